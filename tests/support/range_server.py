"""A server on loopback that speaks the range protocol of Have I Been Pwned, well or badly."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Answer: TypeAlias = "Callable[[BaseHTTPRequestHandler], None]"

_PADDING = "".join(f"{number:035X}:0\r\n" for number in range(800))


@dataclass(frozen=True)
class Asked:
    """A request, as it came."""

    line: str
    headers: Mapping[str, str]


class RangeServer:
    """Has the given passwords and answers as the protocol says, until `answer` is replaced."""

    def __init__(self, passwords: Iterable[str]) -> None:
        self._digests = sorted(sha1(password) for password in passwords)
        self.asked: list[Asked] = []
        self.connections = 0
        self.answer: Answer = self.honestly
        self.url = ""
        self._stopped = threading.Event()

    def honestly(self, request: BaseHTTPRequestHandler) -> None:
        """As the protocol says: the rest of each hash that begins so, and padding if it was asked for."""
        prefix = request.path.removeprefix("/range/")
        found = "".join(f"{digest[5:]}:3\r\n" for digest in self._digests if digest[:5] == prefix)
        send(request, (found + (_PADDING if request.headers["Add-Padding"] == "true" else "")).encode())

    def never(self, request: BaseHTTPRequestHandler) -> None:
        """Keep the connection, and say nothing."""
        self._stopped.wait()

    def slowly(self, request: BaseHTTPRequestHandler) -> None:
        """A line now and then, and no end."""
        self._stream(request, b"0" * 35 + b":0\r\n", pause=0.01)

    def endlessly(self, request: BaseHTTPRequestHandler) -> None:
        """As much as is taken."""
        self._stream(request, (b"0" * 35 + b":0\r\n") * 1000, pause=0)

    def _stream(self, request: BaseHTTPRequestHandler, part: bytes, *, pause: float) -> None:
        request.send_response(200)
        request.send_header("Connection", "close")
        request.end_headers()
        while not self._stopped.wait(pause):
            request.wfile.write(part)

    @contextmanager
    def running(self) -> Iterator[RangeServer]:
        """Serve, each connection in a thread."""
        server = _Server(("127.0.0.1", 0), self._handler())
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ranges = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # connections are kept

            def setup(self) -> None:
                super().setup()
                ranges.connections += 1

            def do_GET(self) -> None:
                ranges.asked.append(Asked(self.requestline, dict(self.headers)))
                ranges.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the standard library calls it
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a connection that is kept keeps nobody waiting

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up; that is what they are tested for."""


def send(
    request: BaseHTTPRequestHandler, body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
