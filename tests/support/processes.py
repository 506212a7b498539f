"""The service as a process of its own, the way people and orchestrators run it."""

from __future__ import annotations

import http
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import psutil

from entrypoints.settings import Settings
from tests.support.prefork import Forked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Process: TypeAlias = "subprocess.Popen[bytes] | Forked"
Start: TypeAlias = "Callable[[list[str], Path, Path, dict[str, str]], Process]"

COMMAND = str(Path(sys.executable).with_name("user-service"))
_PATIENCE = 60.0  # seconds; only ever spent by a test that fails


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without any setting of the service, and then these."""
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return {**inherited, **variables}


def run(*arguments: str, cwd: Path, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """A command, to its end."""
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
    ):
        given.write(stdin)
        given.seek(0)
        process = Forked(arguments, cwd, environment(**variables), standard_input=given, output=output, errors=errors)
        try:
            status = process.wait(_PATIENCE)
        finally:
            process.kill()
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(process.args, status, output.read(), errors.read())


class Running:
    """A `user-service` that runs."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process = process
        self._log = log

    def output(self) -> str:
        """Everything it has printed and logged."""
        return self._log.read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE)

    def interrupt(self) -> int:
        """Press Ctrl-C, which reaches the whole process group, and wait; the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(_PATIENCE)


class Service(Running):
    """One that serves, and a way to talk to it."""

    def __init__(self, process: Process, port: int, log: Path) -> None:
        super().__init__(process, log)
        self.port = port

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> tuple[int, Any]:  # noqa: ANN401 - JSON
        """Status and JSON of a request."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url(path), data, headers, method=method)  # noqa: S310 - our own URL
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310 - the same
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def url(self, path: str) -> str:
        """Where a path is."""
        return f"http://127.0.0.1:{self.port}{path}"

    def is_ready(self) -> bool:
        """Whether it serves."""
        try:
            return self.call("GET", "/health/ready")[0] == http.HTTPStatus.OK
        except OSError:
            return False


@contextmanager
def service(command: str, cwd: Path, **variables: str) -> Iterator[Service]:
    """A service that is ready. It is stopped at the end, and whatever is left of it then is killed, by id."""
    # Processes that start others import anew what started them: that has to be the real thing.
    start = _fork if variables.get("WORKERS", "1") == "1" else _start
    with _serving(start, command, cwd, variables) as started:
        yield started


@contextmanager
def fresh_service(command: str, cwd: Path, **variables: str) -> Iterator[Service]:
    """The same, started as people start it."""
    with _serving(_start, command, cwd, variables) as started:
        yield started


@contextmanager
def _serving(start: Start, command: str, cwd: Path, variables: dict[str, str]) -> Iterator[Service]:
    port = free_port()
    log = cwd / f"{command}-{port}.log"
    started = Service(start([COMMAND, command], cwd, log, {"PORT": str(port), **variables}), port, log)
    with _ended(started, started.is_ready):
        yield started


@contextmanager
def neighbour(command: list[str], cwd: Path, path: str, **variables: str) -> Iterator[Service]:
    """Another team's service, which listens on `PORT` (and `{port}` in its command), and is ready when it answers a
    path in whatever way. It ends like one of ours.
    """
    port = free_port()
    log = cwd / f"neighbour-{port}.log"
    command = [part.format(port=port) for part in command]
    started = Service(_start(command, cwd, log, {"PORT": str(port), **variables}), port, log)

    def answers() -> bool:
        try:
            return bool(started.call("GET", path))
        except OSError:
            return False

    with _ended(started, answers):
        yield started


def worker(cwd: Path, **variables: str) -> AbstractContextManager[Running]:
    """A worker that runs, and ends like a service."""
    return _working(_fork, cwd, variables)


def fresh_worker(cwd: Path, **variables: str) -> AbstractContextManager[Running]:
    """The same, started as people start it."""
    return _working(_start, cwd, variables)


def woken_worker(cwd: Path, **variables: str) -> AbstractContextManager[Running]:
    """One that looks into the queue only when it is woken, so that what it does shows that it was."""
    return _working(partial(_fork, first=_WOKEN_ONLY), cwd, variables)


_WOKEN_ONLY = """
from entrypoints.worker.bell import Bell

wait = Bell.wait
Bell.wait = lambda bell, *, since, seconds: wait(bell, since=since, seconds=3600.0)
"""


@contextmanager
def _working(start: Start, cwd: Path, variables: dict[str, str]) -> Iterator[Running]:
    log = cwd / f"worker-{time.monotonic_ns()}.log"
    started = Running(start([COMMAND, "worker"], cwd, log, variables), log)
    with _ended(started, lambda: "The worker runs." in started.output()):
        yield started


def _start(command: list[str], cwd: Path, log: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group of its own, as a terminal gives
        )


def _fork(command: list[str], cwd: Path, log: Path, variables: dict[str, str], first: str = "") -> Forked:
    with log.open("wb") as output:
        return Forked(command[1:], cwd, environment(**variables), output=output, errors=output, first=first)


@contextmanager
def _ended(started: Running, is_ready: Callable[[], bool]) -> Iterator[None]:
    """Waits until it is ready. At the end it is stopped, and whatever is left of it then is killed, by id."""
    process = started.process
    children: list[psutil.Process] = []
    try:
        until(is_ready, started)
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(process.pid).children(recursive=True)
        yield
    finally:
        if process.poll() is None:
            process.terminate()  # so that it stops its database server, too
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(_PATIENCE)
        for child in children:
            if child.is_running():
                child.kill()


def until(happened: Callable[[], object], *running: Running) -> None:
    """Wait until something has happened, which these bring about."""
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        outputs = "\n".join(one.output() for one in running)
        assert all(one.process.poll() is None for one in running), f"it ended by itself: {outputs}"
        assert time.monotonic() < deadline, f"it did not happen: {outputs}"
        time.sleep(0.02)


def processes_in(folder: Path) -> list[str]:
    """The command lines that mention a folder, such as a database server's."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(folder) in line:
            found.append(line)
    return found
