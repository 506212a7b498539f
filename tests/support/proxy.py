"""A TCP proxy on loopback that can be cut, for servers that go away and come back."""

from __future__ import annotations

import asyncio
from typing import Self


class Proxy:
    """Forwards a port of its own to a server, until cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.held = 0
        """Pieces of answers that have arrived and are not passed on."""
        self._asking, self._answering = asyncio.Event(), asyncio.Event()
        self.release()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def mend(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Drop every connection and refuse new ones."""
        self._server.close()
        for writer in self._writers.copy():
            writer.transport.abort()
        await asyncio.sleep(0)

    def silence(self) -> None:
        """Keep every connection, and pass nothing on any more."""
        self._asking.clear()
        self._answering.clear()

    def hold_answers(self) -> None:
        """Pass on what is asked, and no answer to it, until released."""
        self._answering.clear()

    def release(self) -> None:
        """Pass on what was held."""
        self._asking.set()
        self._answering.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, to_writer}
        try:
            await asyncio.gather(
                self._pump(reader, to_writer, self._asking), self._pump(to_reader, writer, self._answering)
            )
        finally:
            self._writers -= {writer, to_writer}
            writer.close()
            to_writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
        try:
            while data := await reader.read(65536):
                if not flowing.is_set():
                    self.held += flowing is self._answering
                    await flowing.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
