"""A proxy in front of PostgreSQL's unix socket, whose connections can be cut or stopped."""

import asyncio
import contextlib
import shutil
import tempfile
import threading
from pathlib import Path
from types import TracebackType

SOCKET = ".s.PGSQL.5432"


class Proxy:
    """`directory`: what a client names as its host. Runs in a thread of its own."""

    def __init__(self, target: Path) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="oauth-proxy-"))
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        serve = asyncio.start_unix_server(self._pass_on, self.directory / SOCKET)
        self._server = asyncio.run_coroutine_threadsafe(serve, self._loop).result(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self.directory)

    def cut(self) -> None:
        """Reset every connection that is open now, in the middle of whatever it does."""
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _close(self) -> None:
        self._server.close()
        self._abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = {writer}
        self._writers |= mine
        with contextlib.suppress(OSError):
            theirs, there = await asyncio.open_unix_connection(self._target)
            mine.add(there)
            self._writers.add(there)
            await asyncio.gather(self._copy(reader, there), self._copy(theirs, writer))
        for end in mine:
            end.transport.abort()
        self._writers -= mine

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()
