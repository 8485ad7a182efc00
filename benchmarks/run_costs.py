# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Measures what a run's promises cost: steps of a training of any checkout, and a checkpoint written, read back and removed.

    python -m benchmarks.run_costs steps CHECKOUT --do_train --bert_config_file=… (arguments of its run_pretraining.py)
    python -m benchmarks.run_costs checkpoint bert_config.json 5

`steps` runs CHECKOUT/run_pretraining.py and prints seconds and CPU seconds (of all threads) a step, from the tenth step to the last. To
compare two commits, unpack both (`git archive`) and let them take turns. `checkpoint` saves a BERT of the configuration with two
more values for each parameter, as AdamW keeps them, so many times, as a run does, in a new directory under TMPDIR; medians, lowest and highest.
"""

import os
import runpy
import shutil
import statistics
import sys
import tempfile
import time

_FIRST_STEP = 10


def clocks():
    return time.perf_counter(), time.process_time()


def steps(checkout, arguments):
    """Runs a training in this process and prints its speed."""
    checkout = os.path.abspath(checkout)
    sys.path.insert(0, checkout)
    from tensorflow.python.training import monitored_session

    marks, run = [], monitored_session._MonitoredSession.run

    def timed(*args, **kwargs):
        found = run(*args, **kwargs)
        marks.append(clocks())
        return found

    monitored_session._MonitoredSession.run = timed
    sys.argv = [os.path.join(checkout, "run_pretraining.py")] + arguments
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
    count = len(marks) - 1 - _FIRST_STEP
    if count < 1:
        sys.exit("error: --num_train_steps must be at least %d" % (_FIRST_STEP + 2))
    wall, cpu = ((last - first) / count for first, last in zip(marks[_FIRST_STEP], marks[-1]))
    print("%d steps: %.4f s and %.4f s of CPU time a step" % (count, wall, cpu))


def checkpoint(config, rounds):
    """Saves and removes checkpoints and prints what each part takes."""
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import tensorflow.compat.v1 as tf

    import modeling
    from training import checkpoint_files, checkpoints

    tf.disable_v2_behavior()
    folder = tempfile.mkdtemp()
    with tf.Graph().as_default(), tf.Session() as session:
        ids = tf.zeros([1, 8], tf.int32)
        modeling.BertModel(modeling.BertConfig.from_json_file(config), False, ids)
        for variable in list(tf.trainable_variables()):
            for slot in ("adam_m", "adam_v"):
                name = "%s/%s" % (variable.op.name, slot)
                tf.get_variable(
                    name,
                    variable.shape,
                    initializer=tf.random_normal_initializer(),
                    trainable=False,
                )
        saver = checkpoints.RunSaver([], 1)
        saver.build()
        session.run(tf.global_variables_initializer())
        times = []
        for number in range(rounds + 1):
            marks = [clocks()]
            prefix = tf.train.Saver.save(
                saver, session, os.path.join(folder, "model.ckpt"), number, write_state=False
            )
            marks.append(clocks())
            checkpoint_files.verify(prefix)
            marks.append(clocks())
            size = sum(os.path.getsize(path) for path in files_of(prefix))
            checkpoint_files.record(prefix, 1)  # removes the one before
            marks.append(clocks())
            if number:  # the first one does not count, and removes none
                times.append([[b - a for a, b in zip(*two)] for two in zip(marks, marks[1:])])
    shutil.rmtree(folder)
    print("%d MB, medians of %d (lowest to highest), seconds" % (size / 1e6, rounds))
    for name, part in zip(("write", "read back", "note it, remove the one before"), zip(*times)):
        wall, cpu = zip(*part)
        print(
            "%-32s %.2f (%.2f to %.2f), CPU time %.2f (%.2f to %.2f)"
            % ((name,) + summary(wall) + summary(cpu))
        )


def files_of(prefix):
    folder, name = os.path.split(prefix)
    return [os.path.join(folder, one) for one in os.listdir(folder) if one.startswith(name + ".")]


def summary(values):
    return statistics.median(values), min(values), max(values)


def main():
    if len(sys.argv) >= 3 and sys.argv[1] == "steps":
        steps(sys.argv[2], sys.argv[3:])
    elif len(sys.argv) == 4 and sys.argv[1] == "checkpoint" and sys.argv[3].isdigit():
        checkpoint(sys.argv[2], max(1, int(sys.argv[3])))
    else:
        sys.stdout.write(__doc__)
        sys.exit(0 if sys.argv[1:] == ["--help"] else 2)


if __name__ == "__main__":
    main()
