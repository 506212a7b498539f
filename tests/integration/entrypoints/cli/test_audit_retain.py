"""`user-service audit retain`: months are given up, and what is left is proven as before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.ed25519.audit_signer import Ed25519AuditSigner
from adapters.ed25519.keys import new_private_key, private_key_from
from adapters.system.clock import SystemClock
from tests.support.processes import run
from tests.support.store import store_on
from user_domain.testing.builders import an_audit_entry
from user_domain.use_cases.audit.seal_audit_trail import SealAuditTrail

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from adapters.postgres.database import Database

OLD = datetime.now(UTC).replace(day=1) - timedelta(days=65)
MONTH = f"{OLD:%Y-%m}"


@dataclass
class Operator:
    """Somebody at a terminal in a folder, with a key to sign with."""

    folder: Path
    environment: dict[str, str]

    def audit(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run("audit", *words, cwd=self.folder, **self.environment)

    @property
    def archive(self) -> Path:
        return self.folder / "archive" / f"audit-{MONTH}.jsonl.gz"


@pytest.fixture
async def operator(folder: Path, production: dict[str, str], database: Database) -> Operator:
    """With a trail of which two entries are old, and one is not."""
    (folder / "key.pem").write_text(new_private_key())
    store = store_on(database)
    async with store.unit_of_work() as work:
        for moment in (OLD, OLD, datetime.now(UTC)):
            await work.audit.append(an_audit_entry(at=moment))
        await work.commit()
    signer = Ed25519AuditSigner(private_key_from((folder / "key.pem").read_bytes()))
    await SealAuditTrail(unit_of_work=store.unit_of_work, signer=signer, clock=SystemClock()).execute()
    return Operator(folder, {**production, "AUDIT_SIGNING_KEY": str(folder / "key.pem")})


def test_old_months_are_archived_and_given_up_and_all_of_it_verifies(operator: Operator) -> None:
    retained = operator.audit("retain", "--keep-months", "1", "--archive", "archive")
    assert (retained.returncode, retained.stderr) == (0, "")
    told, last = retained.stdout.splitlines()
    assert told.startswith(f"{MONTH}: 2 entries given up; SHA-256 of the archive: ")
    assert last == "1 month given up."
    verified = operator.audit("verify", "--archive", "archive")
    assert verified.returncode == 0, verified.stdout
    assert "Verified 2 entries in the archive." in verified.stdout
    assert "1 month was given up." in verified.stdout
    assert operator.audit("retain", "--keep-months", "1", "--archive", "archive").stdout == "0 months given up.\n"


def test_an_archive_that_was_altered_or_is_gone_does_not_verify(operator: Operator) -> None:
    operator.audit("retain", "--keep-months", "1", "--archive", "archive")
    whole = operator.archive.read_bytes()
    operator.archive.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert operator.audit("verify", "--archive", "archive").returncode == 2
    operator.archive.unlink()
    verified = operator.audit("verify", "--archive", "archive")
    assert verified.returncode == 1
    assert f"month {MONTH}: the archive of the month is missing" in verified.stdout


def test_without_the_key_or_a_place_nothing_is_given_up(operator: Operator) -> None:
    (operator.folder / "a file").touch()
    full = operator.audit("retain", "--keep-months", "1", "--archive", "a file/archive")
    assert full.returncode == 1
    assert "cannot be written" in full.stderr
    del operator.environment["AUDIT_SIGNING_KEY"]
    keyless = operator.audit("retain", "--keep-months", "1", "--archive", "archive")
    assert keyless.returncode == 1
    assert "AUDIT_SIGNING_KEY" in keyless.stderr
    verified = operator.audit("verify", "--public-key", "public.pem")
    assert verified.returncode == 2  # there is no such file
