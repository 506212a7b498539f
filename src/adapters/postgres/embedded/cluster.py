"""A database cluster on disk: made in one step, and asked whether a server of it runs."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from adapters.postgres.embedded.account import ServerAccount
from adapters.postgres.embedded.errors import ClusterNotCreated, last_lines
from adapters.postgres.embedded.home import partial_folder

SUPERUSER = "postgres"
APPLICATION = "user_service"
_FIRST_MAJOR_WITH_BUILTIN_LOCALES = 17


@dataclass(frozen=True, slots=True)
class PostmasterFile:
    """What a server writes about itself into `postmaster.pid`; left behind, and wrong, after a crash."""

    pid: int
    port: int
    ready: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """The folder `cluster` of a home. It exists completely or not at all."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def exists(self) -> bool:
        return self.folder.exists()

    def major(self) -> int:
        """The major version of PostgreSQL that made it."""
        return int(_read_theirs(self.data / "PG_VERSION"))

    def url(self, role: str, port: int) -> str:
        """The address of the database that is named like the role."""
        # Said outright: this build has no TLS, and the person's PGSSLMODE may ask for it.
        return f"postgresql://{role}:{self._passwords()[role]}@127.0.0.1:{port}/{role}?sslmode=disable"

    def postmaster_file(self) -> PostmasterFile | None:
        try:
            lines = [line.strip() for line in _read_theirs(self.data / "postmaster.pid").splitlines()]
            pid, port = int(lines[0]), int(lines[3])
        except (FileNotFoundError, ValueError, IndexError):  # absent, or being written just now
            return None
        if pid < 1 or not 0 < port < 1 << 16:
            return None
        return PostmasterFile(pid, port, ready=lines[7:8] == ["ready"])

    def answering_port(self) -> int | None:
        """The port where a server of this very cluster lets our superuser in, or None."""
        server = self.postmaster_file()
        if server is None or not server.ready:
            return None
        try:
            # After a crash anybody may listen on that port: only SCRAM never shows a stranger our password.
            with psycopg.connect(
                self.url(SUPERUSER, server.port),
                hostaddr="127.0.0.1",
                sslmode="disable",
                gssencmode="disable",
                require_auth="scram-sha-256",
                connect_timeout=5,
            ) as connection:
                found = connection.execute("SHOW data_directory").fetchone()
        except psycopg.Error:
            return None
        return server.port if found == (str(self.data),) else None

    def _passwords(self) -> dict[str, str]:
        passwords: dict[str, str] = json.loads((self.folder / "passwords").read_text())
        return passwords


def initdb_options(*, major: int, durable: bool) -> list[str]:
    """What initdb is told about locale and durability.

    The locale C alone would leave `lower('À')` as it is; the built-in C.UTF-8 does not depend on the machine's locales.
    """
    options = ["--locale=C", "--encoding=UTF8"]
    if major >= _FIRST_MAJOR_WITH_BUILTIN_LOCALES:
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:  # for tests; wherever glibc is, there is this one
        options += ["--lc-ctype=C.UTF-8"]
    if not durable:
        # Tests log in thousands of times; a weak derivation only matters to somebody who has stolen the data.
        options += ["--no-sync", "--set=scram_iterations=1"]
    return options


def create_cluster(
    home: Path, account: ServerAccount, binaries: Path, options: Sequence[str], *, server_lock: int
) -> None:
    """Make `home/cluster` with the application's role and its database; the rename at the end makes it exist.

    Every program gets `server_lock`, so that after a `kill -9` of us the next start waits for them to end.

    Raises:
        ClusterNotCreated: initdb or the first statements failed.
    """
    with partial_folder(home) as partial:
        data, password_file = partial / "data", partial / "superuser-password"
        passwords = {role: secrets.token_hex(24) for role in (SUPERUSER, APPLICATION)}
        data.mkdir(0o700)
        _write_private(password_file, passwords[SUPERUSER])
        account.give(data)
        account.give(password_file)

        _run(
            account,
            [
                binaries / "initdb",
                f"--pgdata={data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                *options,
            ],
            server_lock=server_lock,
        )
        password_file.unlink()
        _run(
            account,
            [binaries / "postgres", "--single", "-D", data, "-c", "exit_on_error=on", SUPERUSER],
            # One statement per line, each in a transaction of its own.
            stdin=f"CREATE ROLE {APPLICATION} LOGIN PASSWORD '{passwords[APPLICATION]}'\n"
            f"CREATE DATABASE {APPLICATION} OWNER {APPLICATION}\n",
            server_lock=server_lock,
        )
        _write_private(partial / "passwords", json.dumps(passwords))
        partial.rename(home / "cluster")
        _sync(home)  # else a crash of the machine could undo the rename and keep what was committed after it


def _run(account: ServerAccount, command: list[str | Path], *, server_lock: int, stdin: str = "") -> None:
    result = account.run(command, stdin=stdin, keep_open=[server_lock])
    if result.returncode != 0:
        raise ClusterNotCreated(
            "PostgreSQL could not create its database; look at the reason below (a full disk?), mend it and start "
            f"again. Nothing of the attempt is left.\n{last_lines(result.stdout)}"
        )


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_theirs(path: Path) -> str:
    """Read a file of the server's account, which may have put a link or a pipe there to trap us as root."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(path, flags), encoding="utf-8", errors="replace") as file:
        return file.read(4096)
