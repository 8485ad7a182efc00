# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What a build of the fused ops must know about its TensorFlow, and the record that the loader checks.

Called by the Makefile only. `--make` prints `version=… cflags=… lflags=…` on one line, spaces inside a value
written as `|`; `--record=FILE --flavour=TEXT --cpu_isas=NAMES` writes the record (JSON) beside
the library.
"""
import argparse
import json
import os

import loader
import tensorflow.compat.v1 as tf


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--record")
    parser.add_argument("--flavour", default="CPU")
    parser.add_argument(
        "--cpu_isas", default="Baseline", help="instruction sets of the CPU kernels"
    )
    arguments = parser.parse_args()
    if arguments.make:
        values = [
            ("version", tf.VERSION),
            ("cflags", "|".join(tf.sysconfig.get_compile_flags())),
            ("lflags", "|".join(tf.sysconfig.get_link_flags())),
        ]
        print(" ".join("%s=%s" % pair for pair in values))
    if arguments.record:
        record = dict(
            loader.running_identity(),
            flavour=arguments.flavour,
            cpu_isas=[
                name for name in loader.CPU_ISAS if name in arguments.cpu_isas.lower().split()
            ],
            cpu_bfloat16="Avx512Bf16" in arguments.cpu_isas.split(),
            sources=loader.sources_digest(),
        )
        temporary = "%s.tmp-%d" % (arguments.record, os.getpid())
        with open(temporary, "w") as out:
            json.dump(record, out, indent=1, sort_keys=True)
        os.replace(temporary, arguments.record)


if __name__ == "__main__":
    main()
