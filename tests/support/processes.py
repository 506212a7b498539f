"""The service as a process of its own, the way people and orchestrators run it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from entrypoints.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env=environment(**variables),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


class Service:
    """A running `user-service`, and a way to talk to it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log

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

    def output(self) -> str:
        """Everything it has printed and logged."""
        return self._log.read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE)


@contextmanager
def service(command: str, cwd: Path, **variables: str) -> Iterator[Service]:
    """A service that is ready. It is stopped at the end, and whatever is left of it then is killed, by id."""
    port = free_port()
    log = cwd / f"{command}-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMAND, command],
            cwd=cwd,
            env=environment(PORT=str(port), **variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group of its own, as a terminal gives
        )
    started = Service(process, port, log)
    children: list[psutil.Process] = []
    try:
        _wait_until_ready(started)
        children = psutil.Process(process.pid).children(recursive=True)
        yield started
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


def processes_in(folder: Path) -> list[str]:
    """The command lines that mention a folder, such as a database server's."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(folder) in line:
            found.append(line)
    return found


def _wait_until_ready(started: Service) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        assert started.process.poll() is None, f"it ended by itself: {started.output()}"
        try:
            if started.call("GET", "/health/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"it did not become ready: {started.output()}")
