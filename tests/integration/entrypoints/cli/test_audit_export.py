"""`user-service audit export`: the trail as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.processes import run
from tests.support.store import store_on
from user_domain.entities.audit_entry import AuditAction
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.postgres.database import Database


async def written(database: Database) -> None:
    async with store_on(database).unit_of_work() as work:
        await work.audit.append(an_audit_entry(action=AuditAction.SESSION_LOGIN_FAILURE))
        await work.audit.append(an_audit_entry(action=AuditAction.KEY_ROTATE, at=NOW + timedelta(days=1)))
        await work.commit()


async def test_what_is_looked_for_is_written_readable_and_the_trail_tells_of_it(
    folder: Path, production: dict[str, str], database: Database
) -> None:
    await written(database)
    found = run("audit", "export", "--to", "2026-03-15", cwd=folder, **production)
    assert (found.returncode, found.stderr) == (0, "")
    (row,) = csv.DictReader(io.StringIO(found.stdout))
    assert (row["action"], row["ip_address"]) == ("session:login:failure", CLIENT.ip_address)
    newest = (await store_on(database).audit_entries())[-1]
    assert (newest.action, newest.actor_id) == (AuditAction.AUDIT_EXPORT, None)


async def test_a_file_is_there_when_it_is_whole(folder: Path, production: dict[str, str], database: Database) -> None:
    await written(database)
    found = run("audit", "export", "--output", "trail.csv", cwd=folder, **production)
    assert (found.returncode, found.stdout) == (0, "")
    lines = (folder / "trail.csv").read_text().splitlines()
    assert len(lines) == 4  # the names, two entries, and the one that tells of the export
    assert run("audit", "export", "--action", "nothing", cwd=folder, **production).returncode == 2
