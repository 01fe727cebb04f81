"""What a refusal may cost. A guard against work that grows faster than what was sent, with room for any machine; it measures no speed."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most_a_second() -> Iterator[None]:
    """What is done inside costs this thread less than a second of the processor; what it waits for is not counted."""
    gc.disable()
    began = time.thread_time()
    try:
        yield
        spent = time.thread_time() - began
    finally:
        gc.enable()
    assert spent < 1, f"it took {spent:.1f} s"
