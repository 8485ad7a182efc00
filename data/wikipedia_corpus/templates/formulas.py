# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""TeX of short formulas -> one line of text: x_1 + 2\\alpha. Longer ones have no such form."""

import re

_SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
    "times": "×",
    "cdot": "·",
    "pm": "±",
    "leq": "≤",
    "le": "≤",
    "geq": "≥",
    "ge": "≥",
    "neq": "≠",
    "ne": "≠",
    "approx": "≈",
    "infty": "∞",
    "to": "→",
    "rightarrow": "→",
    "in": "∈",
    "ldots": "...",
    "dots": "...",
    "circ": "°",
    "ell": "ℓ",
    "hbar": "ħ",
    "ast": "∗",
    "%": "%",
    ",": " ",
    ";": " ",
    "!": "",
    " ": " ",
    "{": "\u0001",
    "}": "\u0002",
}
_COMMAND = re.compile(r"\\([a-zA-Z]+|.)\s*")
_STYLES = re.compile(
    r"\\(?:text|mathrm|mathbf|mathit|operatorname|rm|bf|mathbb|mathcal|displaystyle)\b\s*"
)
_LONGEST = 60


def in_one_line(tex, raised, lowered):
    """The text of a formula, or None.

    Args:
        tex: str, the content of <math>.
        raised, lowered: functions of the text of an exponent or index, its form in one line.
    """
    source = _STYLES.sub("", " ".join(tex.replace("~", " ").split()))
    unknown = []

    def symbol(match):
        if match.group(1) not in _SYMBOLS:
            unknown.append(match.group(1))
            return ""
        return _SYMBOLS[match.group(1)]

    text = _COMMAND.sub(symbol, source)
    if unknown or len(text) > _LONGEST or "&" in text:
        return None
    text = re.sub(
        r"\^(?:\{([^{}]*)\}|(\S))", lambda m: raised(m.group(1) or m.group(2) or ""), text
    )
    text = re.sub(
        r"(?<!\^)_(?:\{([^{}]*)\}|(\w))", lambda m: lowered(m.group(1) or m.group(2) or ""), text
    )
    text = re.sub(r"\{([^{}]*)\}", r"\1", text)
    if re.search(r"[{}\\]", text):
        return None
    text = re.sub(r"\s*([=<>≤≥≠≈+×→∈±])\s*", r" \1 ", text)
    text = text.replace("\u0001", "{").replace("\u0002", "}")
    return " ".join(text.split()) or None
