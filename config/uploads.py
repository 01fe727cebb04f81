"""What is uploaded stays in memory: a server that may write nowhere takes the same, and no stranger fills its disk."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class InMemory(MemoryFileUploadHandler):
    """Refuses more than `FILE_UPLOAD_MAX_MEMORY_SIZE` before it is read."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any, **named: Any) -> None:
        super().handle_raw_input(input_data, META, content_length, *rest, **named)
        if not self.activated:
            raise RequestDataTooBig("An upload is larger than FILE_UPLOAD_MAX_MEMORY_SIZE.")
