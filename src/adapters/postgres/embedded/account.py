"""The account of the operating system under which PostgreSQL's programs run: they refuse to run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from adapters.postgres.embedded.errors import EmbeddedPostgresError

_TIMEOUT_SECONDS = 120
# Nothing of the caller's environment: a PGDATA, PGOPTIONS or LD_PRELOAD of theirs is not meant for this server.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """`nobody` when we are root, else ourselves (`uid` and `gid` are None)."""

    uid: int | None
    gid: int | None

    @classmethod
    def choose(cls) -> Self:
        """The account for this process.

        Raises:
            EmbeddedPostgresError: We are root and there is no account `nobody`.
        """
        if os.geteuid() != 0:
            return cls(None, None)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedPostgresError(
                "PostgreSQL does not run as root, and this machine has no account 'nobody' to run it as; "
                "create that account, use another user, or set DATABASE_URL."
            ) from None
        return cls(nobody.pw_uid, nobody.pw_gid)

    @property
    def is_ours(self) -> bool:
        return self.uid is None

    def run(
        self,
        command: Sequence[str | Path],
        *,
        stdin: str = "",
        output: int = subprocess.PIPE,
        keep_open: Sequence[int] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account and wait for it; stdout and stderr come together.

        It has a session of its own, so that Ctrl-C in the terminal reaches us only and we end things in order.
        """
        return subprocess.run(  # noqa: S603 - our own commands, never a shell line made of data
            command,
            input=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_TIMEOUT_SECONDS,
            cwd="/",
            env=_ENVIRONMENT,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.is_ours else [],
            pass_fds=keep_open,
            start_new_session=True,
        )

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or folder we have just made."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
