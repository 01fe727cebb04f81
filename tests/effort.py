"""What a refusal may cost: a guard against work that grows faster than what was sent."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """What is done inside costs this thread less of the processor; what it waits for, other threads and the collector are not counted."""
    gc.disable()
    began = time.thread_time()
    try:
        yield
        spent = time.thread_time() - began
    finally:
        gc.enable()
    assert spent < seconds, f"it took {spent:.3f} s"
