"""A real PgBouncer in transaction mode, in front of the PostgreSQL that the tests run on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 30.0  # seconds; only ever spent by a test that fails
_PARAMETERS = ("host", "port", "user", "password")
# Strict where poolers in the cloud are: a start-up parameter it does not know, such as `options`, is refused.
_CONFIGURATION = """
[databases]
* = {target}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 1000
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
"""


@contextmanager
def pgbouncer(conninfo: str, *, pool_size: int = 3) -> Iterator[str]:
    """Where to find a database behind it; the test is skipped where it is not installed.

    Many clients share `pool_size` connections, each for a transaction at a time.
    """
    program = shutil.which("pgbouncer", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    if program is None:
        pytest.skip("pgbouncer is not installed; make ci-tools does that")
    port = free_port()
    given = conninfo_to_dict(conninfo)
    target = " ".join(f"{name}={_quoted(str(given[name]))}" for name in _PARAMETERS if given.get(name))
    with tempfile.TemporaryDirectory(prefix="user-service-pgbouncer-") as name:
        folder = Path(name)
        settings = folder / "pgbouncer.ini"
        settings.touch(mode=0o600)
        settings.write_text(_CONFIGURATION.format(target=target, port=port, pool_size=pool_size))
        with (folder / "log").open("wb") as log:
            # It refuses to run as root, and becomes somebody else when it has read its settings.
            process = subprocess.Popen(
                [program, *(["-u", "nobody"] if os.geteuid() == 0 else []), str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            pooled = make_conninfo(
                "", host="127.0.0.1", port=port, user=given["user"], dbname=given["dbname"], sslmode="disable"
            )
            _wait_until_ready(process, pooled, folder / "log")
            yield pooled
        finally:
            process.kill()
            process.wait(_PATIENCE)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _wait_until_ready(process: subprocess.Popen[bytes], pooled: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        assert process.poll() is None, f"it ended by itself: {log.read_text()}"
        try:
            psycopg.connect(pooled, connect_timeout=5).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, f"it does not answer: {log.read_text()}"
            time.sleep(0.05)
        else:
            return
