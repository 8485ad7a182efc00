# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Ranks that are threads of one process, for what ranks exchange without Horovod; rank_checks.py has real ones."""

import threading

from training.runtime import SingleProcess


class Ranks:
    """So many ranks, whose runtimes gather values from each other."""

    def __init__(self, size):
        self.size, self.given = size, [None] * size
        self.barrier = threading.Barrier(size, timeout=60)

    def runtime(self, number):
        class Rank(SingleProcess):
            rank, size, is_chief, may_fork = number, self.size, number == 0, False

            def gather(_, value):
                self.given[number] = value
                self.barrier.wait()
                found = list(self.given)
                self.barrier.wait()
                return found

            gather_bytes = gather

            def from_chief(self, value):
                return self.gather(value)[0]

        return Rank()

    def run(self, work):
        """work: function of a runtime. Its results by rank."""
        results = [None] * self.size

        def one(number):
            try:
                results[number] = work(self.runtime(number))
            except Exception as error:
                results[number] = error

        threads = [threading.Thread(target=one, args=(number,)) for number in range(self.size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            if isinstance(result, Exception):
                raise result
        return results
