"""The life of an embedded server: started by the first process that uses it, stopped by the last one to leave."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from subprocess import SubprocessError
from types import TracebackType
from typing import Self

from adapters.postgres.embedded.account import ServerAccount
from adapters.postgres.embedded.binaries import COPY_PREFIX, find_binaries, runnable_binaries
from adapters.postgres.embedded.cluster import APPLICATION, SUPERUSER, Cluster, create_cluster, initdb_options
from adapters.postgres.embedded.errors import (
    AnotherMajorVersion,
    EmbeddedPostgresError,
    ServerDidNotStart,
    last_lines,
)
from adapters.postgres.embedded.home import abandoned_homes, find_home, sweep_partial_folders
from adapters.postgres.embedded.locks import exclusive, lock_file, share, try_exclusive
from adapters.postgres.embedded.process import FAST, IMMEDIATE, ServerProcess

_PORT_ATTEMPTS = 10
_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=100",
    "log_timezone=UTC",
    "timezone=UTC",
)
_SETTINGS_WITHOUT_DURABILITY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgres:
    """One process's use of the server whose data live in `folder`; deleting the folder gives a fresh one.

    `durable=False` is for tests: faster, and the data may not outlive a crash of the server or the machine. Processes
    that join a running server take it as it is, whatever their `durable` says.
    """

    def __init__(self, folder: Path, *, major: int = 18, durable: bool = True) -> None:
        self._folder = folder.resolve()
        self._major = major
        self._durable = durable
        self._home = self._folder
        self._port: int | None = None
        self._presence: int | None = None  # our share in users.lock

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """For the application: its role owns its database and has no other privileges."""
        return self._url(APPLICATION)

    @property
    def admin_url(self) -> str:
        """For tests, which create databases: the superuser."""
        return self._url(SUPERUSER)

    def start(self) -> None:
        """Join the server that runs on the folder, or start one; when we have joined already, make sure it still runs.

        Raises:
            EmbeddedPostgresError: One of its kinds, see `errors`. Nothing is left running that was not before.
        """
        try:
            installation = find_binaries(self._major)
            account = ServerAccount.choose()
            if self._presence is None:
                self._home = find_home(self._folder, account, lasting=self._durable)
                _remove_abandoned_homes(account)
            with exclusive(self._home / "starting.lock"):
                if self._presence is None:
                    self._presence = share(self._home / "users.lock")
                try:
                    self._make_run(ServerProcess(self._home, account), installation)
                except BaseException:
                    with suppress(EmbeddedPostgresError):
                        self._leave(account)
                    raise
        except (OSError, SubprocessError) as error:
            raise EmbeddedPostgresError(
                f"The embedded PostgreSQL in {self._folder} could not be started: {error}. "
                "Check that this folder can be written and has space, or choose another one."
            ) from error

    def stop(self) -> None:
        """Leave the server; the last one to leave stops it. Without effect when we are not using it.

        Raises:
            ServerDidNotStop: It was told to and still lives.
            EmbeddedPostgresError: The operating system refused something, for instance because the folder is gone.
        """
        if self._presence is None:
            return
        try:
            with exclusive(self._home / "starting.lock"):
                self._leave(ServerAccount.choose())
        except (OSError, SubprocessError) as error:
            raise EmbeddedPostgresError(
                f"The embedded PostgreSQL in {self._folder} could not be stopped: {error}. "
                "Without its folder it stops by itself within a minute; else end its process `postgres`."
            ) from error

    def _leave(self, account: ServerAccount) -> None:
        presence, self._presence, self._port = self._presence, None, None
        if presence is None:
            return
        try:
            if try_exclusive(presence):
                ServerProcess(self._home, account).stop(FAST)
        finally:
            os.close(presence)

    def _url(self, role: str) -> str:
        if self._port is None:
            raise EmbeddedPostgresError("The embedded PostgreSQL has no address before start() and after stop().")
        return Cluster(self._home / "cluster").url(role, self._port)

    def _make_run(self, server: ServerProcess, installation: Path) -> None:
        if server.cluster.exists() and server.cluster.major() != self._major:
            raise AnotherMajorVersion(
                f"{self._folder} holds data of PostgreSQL {server.cluster.major()}, and this is PostgreSQL "
                f"{self._major}; choose another folder, or delete this one with its data."
            )
        for attempt in range(_PORT_ATTEMPTS):
            self._port = server.wait_for_answer()
            if self._port is not None:
                return
            if attempt and not server.lost_its_port():
                break
            self._launch(server, installation)
        raise ServerDidNotStart(
            f"PostgreSQL ended at once when started in {self._home}; look at the reason below. If the data are "
            f"damaged, delete {self._folder} to begin with an empty database.\n{last_lines(server.log())}"
        )

    def _launch(self, server: ServerProcess, installation: Path) -> None:
        with exclusive(server.lock) as lock:
            sweep_partial_folders(self._home)
            binaries = runnable_binaries(installation, server.account, self._home)
            for copy in self._home.glob(f"{COPY_PREFIX}*"):
                if copy not in binaries.parents:
                    shutil.rmtree(copy, ignore_errors=True)
            if not server.cluster.exists():
                options = initdb_options(major=self._major, durable=self._durable)
                create_cluster(self._home, server.account, binaries, options, server_lock=lock)
            settings = _SETTINGS if self._durable else _SETTINGS + _SETTINGS_WITHOUT_DURABILITY
            server.launch(binaries, settings, lock=lock)


def _remove_abandoned_homes(account: ServerAccount) -> None:
    for home in abandoned_homes(account):
        with suppress(OSError, EmbeddedPostgresError), lock_file(home / "users.lock") as users:
            if try_exclusive(users):
                ServerProcess(home, account).stop(IMMEDIATE)
                shutil.rmtree(home)
