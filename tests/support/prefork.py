"""Commands that start at once: forked from a process that has imported the service already.

A start takes more than a second of imports, and the tests have a hundred of them. Nothing happens in it but imports
(`test_nothing_is_opened_started_or_written_at_import`), so a forked command does what a started one does. Tests of the
start itself ask for a fresh one.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER_BYTES = 4
_SEND = threading.Lock()  # some tests start several processes, each in a thread


class Forked:
    """A command that runs, with what `subprocess.Popen` has for it. Statements that run `first` may change it."""

    def __init__(
        self,
        arguments: Sequence[str],
        cwd: Path,
        environment: dict[str, str],
        *,
        output: IO[Any],
        errors: IO[Any],
        standard_input: IO[Any] | None = None,
        first: str = "",
    ) -> None:
        self.args = ["user-service", *arguments]
        self.returncode: int | None = None
        reading, writing = os.pipe()
        self._report = os.fdopen(reading, "rb", buffering=0)
        order = {"arguments": self.args, "cwd": str(cwd), "environment": environment, "first": first}
        text = json.dumps(order).encode()
        with os.fdopen(writing, "wb") as report, Path(os.devnull).open() as nothing, _SEND:
            streams = (standard_input or nothing, output, errors, report)
            descriptors = [stream.fileno() for stream in streams]
            socket.send_fds(_parent(), [len(text).to_bytes(_NUMBER_BYTES, "big")], descriptors)
            _parent().sendall(text)
        self.pid = self._told()

    def poll(self) -> int | None:
        """The exit status, negative for a signal, or None as long as it runs."""
        if self.returncode is None and select.select([self._report], [], [], 0)[0]:
            self.returncode = self._told()
            self._report.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Until it has ended; the exit status."""
        if self.returncode is None:
            select.select([self._report], [], [], timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Without effect when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _told(self) -> int:
        number = self._report.read(_NUMBER_BYTES)
        assert number, "the process that commands are forked from has ended"
        return int.from_bytes(number, "big", signed=True)


@cache
def _parent() -> socket.socket:
    """Where orders go: to a process that forks a command for each. It ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        # -P: beside this file lies http.py, which is not the one that everybody imports.
        command = [sys.executable, "-P", __file__, str(theirs.fileno())]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is not for it
        )

    def stop() -> None:
        ours.close()
        process.wait()

    atexit.register(stop)
    return ours


def _serve(orders: socket.socket) -> dict[str, Any] | None:
    """Fork a command for each order. Answers the order in the forked process, and None at the end of all orders."""
    while True:
        length, descriptors, _, _ = socket.recv_fds(orders, _NUMBER_BYTES, 4)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:  # those who have told of an end, and have ended themselves
                pass
        if not length:
            return None
        text, size = b"", int.from_bytes(length, "big")
        while len(text) < size:
            received = orders.recv(size - len(text))  # and no more: the next order may wait behind it
            if not received:
                return None
            text += received
        *streams, report = descriptors
        if os.fork() == 0:
            pid = os.fork()
            if pid == 0:
                orders.close()
                os.close(report)
                for target, stream in enumerate(streams):
                    os.dup2(stream, target)
                    os.close(stream)
                order: dict[str, Any] = json.loads(text)
                return order
            _wait_for(pid, report)
        for descriptor in descriptors:
            os.close(descriptor)


def _wait_for(pid: int, report: int) -> None:
    """Tell of a command that it has begun, and how it ends."""
    os.write(report, pid.to_bytes(_NUMBER_BYTES, "big", signed=True))
    _, status = os.waitpid(pid, 0)
    os.write(report, os.waitstatus_to_exitcode(status).to_bytes(_NUMBER_BYTES, "big", signed=True))
    os._exit(0)


def _main() -> None:
    import entrypoints.cli.commands  # noqa: PLC0415 - in this process only
    import entrypoints.http.asgi  # noqa: PLC0415, F401 - the same; what a server imports
    from entrypoints.cli import main  # noqa: PLC0415 - the same

    gc.freeze()
    order = _serve(socket.socket(fileno=int(sys.argv[1])))
    if order is not None:
        os.setsid()  # a process group of its own, as a terminal gives
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.argv = order["arguments"]
        exec(order["first"], {})  # noqa: S102 - what a test has written
        main()


if __name__ == "__main__":
    _main()
