"""Months of the audit trail in files."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date
from typing import TYPE_CHECKING

import pytest

from adapters.files.audit_archive import FileAuditArchive
from user_domain.errors import ArchiveUnavailable
from user_domain.testing.builders import a_sheet, a_stored_entry
from user_domain.testing.contracts.audit_archive import AuditArchiveContract, given, kept

if TYPE_CHECKING:
    from pathlib import Path

    from user_domain.ports.audit_archive import AuditArchive

MONTH = date(2026, 3, 1)


@pytest.fixture
def archive(tmp_path: Path) -> FileAuditArchive:
    return FileAuditArchive(tmp_path / "archive")


@pytest.fixture
def full_archive(tmp_path: Path) -> AuditArchive:
    (tmp_path / "a file").touch()
    return FileAuditArchive(tmp_path / "a file" / "archive")


class TestFileAuditArchive(AuditArchiveContract):
    pass


async def written(archive: FileAuditArchive, folder: Path) -> tuple[Path, bytes]:
    digest = await archive.write(MONTH, given(a_sheet(a_stored_entry(), a_stored_entry())))
    return folder / "archive" / "audit-2026-03.jsonl.gz", digest


async def test_a_month_is_a_file_for_its_owner_alone_and_the_digest_is_the_files(
    archive: FileAuditArchive, tmp_path: Path
) -> None:
    path, digest = await written(archive, tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    assert hashlib.sha256(path.read_bytes()).digest() == digest


@pytest.mark.parametrize("damage", ["cut off", "no gzip", "no JSON", "an entry less"])
async def test_a_damaged_file_is_not_taken_for_an_archive(
    archive: FileAuditArchive, tmp_path: Path, damage: str
) -> None:
    path, _ = await written(archive, tmp_path)
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(
        {
            "cut off": path.read_bytes()[:-20],
            "no gzip": b"nothing of the kind",
            "no JSON": gzip.compress(b"nothing of the kind\n"),
            "an entry less": gzip.compress(b"".join(lines[:-1])),
        }[damage]
    )
    with pytest.raises(ArchiveUnavailable, match="damaged"):
        await kept(archive)


async def test_what_a_crash_left_half_written_is_no_month_and_in_nobodys_way(
    archive: FileAuditArchive, tmp_path: Path
) -> None:
    path, digest = await written(archive, tmp_path)
    path.rename(path.with_suffix(".new"))
    assert await kept(archive) == []
    sheet = a_sheet(a_stored_entry())
    await archive.write(MONTH, given(sheet))
    assert await kept(archive) == [sheet]
    assert [left.name for left in path.parent.iterdir()] == [path.name]
    assert digest
