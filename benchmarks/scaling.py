# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A model of BERT-large's step time as a function of the number of GPUs: prints the tables of scaling.md.

    python -m benchmarks.scaling

No GPU is used and nothing is measured. The published figures are NVIDIA's own: README of BERT For TensorFlow, edition of
19.08 ("Pre-training training performance"), https://github.com/NVIDIA/DeepLearningExamples.
"""

import math

PARAMETERS = 336226108  # BERT-large with both pre-training heads; the vocabulary matrix counts once
BACKWARD = 2.0 / 3.0  # fraction of a step in which gradients become ready
WAIT = 0.0143  # seconds per doubling of the nodes, fitted to one figure, (1)

# (system, tokens, sequences per GPU) -> (GPUs per node, GB/s of a node's links, {nodes: published sequences/s})
PUBLISHED = {
    ("DGX-1, 16 GB", 128, 16): (8, 50.0, {1: 571.877, 4: 2028.85, 16: 7299.88, 32: 13917.37}),
    ("DGX-1, 16 GB", 512, 4): (8, 50.0, {1: 128.94, 4: 466.0, 16: 1632.0, 32: 3076.0}),
    ("DGX-2H, 32 GB", 128, 32): (
        16,
        100.0,
        {1: 1758.32, 4: 6379.94, 16: 23846.92, 32: 46191.78, 64: 89195.63},
    ),
    ("DGX-2H, 32 GB", 512, 8): (
        16,
        100.0,
        {1: 383.35, 4: 1408.75, 16: 5344.10, 32: 10323.75, 64: 19766.57},
    ),
}
PHASES = ((128, 65536, 7038), (512, 32768, 1563))  # tokens, global batch, steps


def all_reduce_seconds(nodes, gigabytes_per_second, bytes_of_a_gradient):
    """A ring of nodes sends and receives 2 (n-1)/n of the gradients over each node's links."""
    return (
        2.0 * (nodes - 1) / nodes * PARAMETERS * bytes_of_a_gradient / (gigabytes_per_second * 1e9)
    )


def step_seconds(micro, accumulation, nodes, gigabytes_per_second, bytes_of_a_gradient):
    """One optimizer step: the micro-batches, what of the all-reduce is not hidden, and the wait for the slowest node.

    Args:
      micro: seconds of one micro-batch on one node, the sums within the node included.
      accumulation: micro-batches a step. With more than one the gradients are summed over ranks when the last is done,
        and nothing of that is hidden behind a backward pass.
      nodes, gigabytes_per_second, bytes_of_a_gradient: see all_reduce_seconds.
    """
    sent = all_reduce_seconds(nodes, gigabytes_per_second, bytes_of_a_gradient)
    hidden = BACKWARD * micro if accumulation == 1 else 0.0
    return accumulation * micro + max(0.0, sent - hidden) + WAIT * math.log(nodes, 2)


def check():
    """The model beside each published figure; the largest error is the last line."""
    print(
        "| system | tokens | batch per GPU | nodes | published, sequences/s | model | error | published scaling | model |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    worst = 0.0
    for (system, tokens, batch), (gpus, links, rates) in PUBLISHED.items():
        one_node = gpus * batch / rates[1]
        for nodes, rate in sorted(rates.items()):
            if nodes == 1:
                continue
            ours = nodes * gpus * batch / step_seconds(one_node, 1, nodes, links, 2)
            error = ours / rate - 1
            worst = max(worst, abs(error))
            print(
                "| %s | %d | %d | %d | %.0f | %.0f | %+.1f %% | %.2f | %.2f |"
                % (
                    system,
                    tokens,
                    batch,
                    nodes,
                    rate,
                    ours,
                    100 * error,
                    rate / rates[1],
                    ours / rates[1],
                )
            )
    print("\nLargest error: %.1f %%.\n" % (100 * worst))


def settings():
    """What to run on 8 to 1,024 GPUs: batches, accumulation, time of a step and of a phase."""
    print(
        "| GPUs | nodes | tokens | batch per GPU | accumulation | step, s | communication and waiting | phase, hours |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for gpus, nodes in ((8, 1), (16, 1), (64, 4), (1024, 64)):
        for tokens, global_batch, steps in PHASES:
            batch = {128: 32, 512: 8}[tokens]
            of_node, links, rates = PUBLISHED["DGX-2H, 32 GB", tokens, batch]
            micro = of_node * batch / rates[1]
            accumulation = global_batch // (gpus * batch)
            assert accumulation * gpus * batch == global_batch
            seconds = step_seconds(micro, accumulation, nodes, links, 2)
            print(
                "| %d | %d | %d | %d | %d | %.2f | %.1f %% | %.1f |"
                % (
                    gpus,
                    nodes,
                    tokens,
                    batch,
                    accumulation,
                    seconds,
                    100 * (1 - accumulation * micro / seconds),
                    steps * seconds / 3600,
                )
            )


def links():
    """How much of a step four nodes of 8 GPUs wait for their network, without and with accumulation."""
    print(
        "| network per node | GB/s | float32, no accumulation | float16 | float16, 8 micro-batches |"
    )
    print("|---|---|---|---|---|")
    gpus, _, rates = PUBLISHED["DGX-1, 16 GB", 128, 16]
    micro = gpus * 16 / rates[1]
    for name, rate in (
        ("10 Gb Ethernet", 1.25),
        ("25 Gb Ethernet", 3.1),
        ("100 Gb", 12.5),
        ("4 x 100 Gb InfiniBand", 50.0),
    ):
        lost = [
            1 - k * micro / step_seconds(micro, k, 4, rate, width)
            for k, width in ((1, 4), (1, 2), (8, 2))
        ]
        print(
            "| %s | %g | %s |" % (name, rate, " | ".join("%.0f %%" % (100 * part) for part in lost))
        )


if __name__ == "__main__":
    check()
    settings()
    print()
    links()
