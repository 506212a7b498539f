"""The running server of a home, seen from outside: whoever started it may have ended long ago."""

import os
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.embedded.account import ServerAccount
from adapters.postgres.embedded.cluster import Cluster
from adapters.postgres.embedded.errors import ServerDidNotStart, ServerDidNotStop, last_lines
from adapters.postgres.embedded.locks import lock_file, try_exclusive

_PATIENCE_SECONDS = 60  # PostgreSQL's own: the default of `pg_ctl --timeout`
_POLL_SECONDS = 0.02

# How PostgreSQL is told to stop: after writing everything out, or at once, which loses what is not durable.
FAST = "INT"
IMMEDIATE = "QUIT"


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """Its processes, and only they, hold `server.lock` from the first to the last, which tells life from leftovers."""

    home: Path
    account: ServerAccount

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.home / "cluster")

    @property
    def lock(self) -> Path:
        return self.home / "server.lock"

    def wait_for_answer(self) -> int | None:
        """The port of the server as soon as it lets us in; None as soon as no process of it lives.

        Raises:
            ServerDidNotStart: It neither answers nor ends.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with lock_file(self.lock) as lock:
            while time.monotonic() < deadline:
                port = self.cluster.answering_port()
                if port is not None or try_exclusive(lock):
                    return port
                time.sleep(_POLL_SECONDS)
        server = self.cluster.postmaster_file()
        raise ServerDidNotStart(
            f"A PostgreSQL (process {server.pid if server else 'unknown'}) uses {self.cluster.data} and does not let "
            f"us in; end it and start again.\n{last_lines(self.log())}"
        )

    def launch(self, binaries: Path, settings: Iterable[str], *, lock: int) -> None:
        """Start it in the background, on a free port, and give it `server.lock`, which we hold."""
        # Left over from a crash. PostgreSQL would believe it if its process id belonged to somebody else by now.
        crashed = self.cluster.postmaster_file()
        (self.cluster.data / "postmaster.pid").unlink(missing_ok=True)
        # The same port, so that those who used the crashed server find the new one.
        port = _free_port(crashed.port if crashed else 0)
        command: list[str | Path] = [binaries / "postgres", "-D", self.cluster.data, "-p", str(port)]
        command += [f"--{setting}" for setting in settings]
        log = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            # The shell ends at once, which leaves the server to init: no child of ours that somebody must reap.
            self.account.run(["/bin/sh", "-c", '"$@" &', "sh", *command], output=log, keep_open=[lock])
        finally:
            os.close(log)

    def stop(self, signal: str) -> None:
        """Send the signal if it lives, and wait until its last process has ended.

        Raises:
            ServerDidNotStop: It lives on.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        told = None
        with lock_file(self.lock) as lock:
            while not try_exclusive(lock):
                server = self.cluster.postmaster_file()
                if server and server.pid != told:
                    # As the server's account, because that may have written any process id into its file.
                    self.account.run(["/bin/sh", "-c", 'kill -s "$1" "$2"', "sh", signal, str(server.pid)])
                    told = server.pid
                if time.monotonic() > deadline:
                    raise ServerDidNotStop(
                        f"The embedded PostgreSQL in {self.home} did not stop within {_PATIENCE_SECONDS} seconds; "
                        f"end process {told or '`postgres`'}."
                    )
                time.sleep(_POLL_SECONDS)

    def lost_its_port(self) -> bool:
        """Whether its last start failed because somebody else took the port first."""
        return "could not bind" in self.log()

    def log(self) -> str:
        with suppress(FileNotFoundError):
            return self._log_file.read_text(encoding="utf-8", errors="replace")
        return ""

    @property
    def _log_file(self) -> Path:
        return self.home / "server.log"


def _free_port(wish: int) -> int:
    for port in (wish, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            free: int = probe.getsockname()[1]
            return free
    raise ServerDidNotStart("No free TCP port on 127.0.0.1; end some programs that use the network.")
