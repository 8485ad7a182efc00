# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Work on items in a second thread while this one makes them, with few items waiting between the two."""

import concurrent.futures
import queue

_END = object()
_MOST_WAITING = 256
_SECONDS_BETWEEN_LOOKS = 0.5  # whether the other thread still takes items


def consume_beside(function, items):
    """Calls a function of an iterator in a thread of its own, while this thread iterates over the items.

    Args:
        function: function of an iterator; it may end before the items do, whose rest is then not made.
        items: iterable; what it waits for (TensorFlow, a file) leaves the processor to the function.

    Returns:
        What the function returned.

    Raises:
        What the function or the items raise; the thread has ended then.
    """
    waiting = queue.Queue(_MOST_WAITING)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(function, iter(waiting.get, _END))
        try:
            for item in items:
                if not _put(waiting, item, future):
                    break
        finally:
            _put(waiting, _END, future)
        return future.result()


def _put(waiting, item, future):
    """Hands an item over; False if the function has ended."""
    while not future.done():
        try:
            waiting.put(item, timeout=_SECONDS_BETWEEN_LOOKS)
            return True
        except queue.Full:
            pass
    return False
