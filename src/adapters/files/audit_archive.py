"""Months of the audit trail in files."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from user_domain.entities.audit_entry import StoredEntry
from user_domain.entities.audit_seal import Leaf, Seal, SealedEntry, SealStatement
from user_domain.errors import ArchiveUnavailable
from user_domain.ports.audit_archive import AuditArchive, Sheet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date
    from pathlib import Path

_DIGESTED_AT_ONCE = 1 << 20


class FileAuditArchive(AuditArchive):
    """One file a month in a folder, `audit-2026-11.jsonl.gz`: a JSON object a line, of a seal or of an entry under the
    seal before it; bytes in hex. Readable by nobody but its owner.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, month: date, sheets: AsyncIterator[Sheet]) -> bytes:
        path, fresh = self._path(month), self._path(month).with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                # No name and no time in it, so that the same sheets make the same file.
                with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                    async for sheet in sheets:
                        await asyncio.to_thread(packed.write, _lines(sheet))
                file.flush()
                os.fsync(file.fileno())
            digest = await asyncio.to_thread(_digest, fresh)
            fresh.replace(path)
            _make_durable(self._folder)
        except OSError as error:
            message = f"The archive {path} cannot be written: {error.strerror}."
            raise ArchiveUnavailable(message) from error
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
        return digest

    async def digest(self, month: date) -> bytes | None:
        path = self._path(month)
        try:
            return await asyncio.to_thread(_digest, path)
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"The archive {path} cannot be read: {error.strerror}."
            raise ArchiveUnavailable(message) from error

    async def read(self, month: date) -> AsyncIterator[Sheet]:
        path = self._path(month)
        try:
            with gzip.open(path, "rb") as file:
                while (sheet := await asyncio.to_thread(_next_sheet, file)) is not None:
                    yield sheet
        except FileNotFoundError:
            return
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            message = f"The archive {path} cannot be read, or was damaged."
            raise ArchiveUnavailable(message) from error

    def _path(self, month: date) -> Path:
        return self._folder / f"audit-{month:%Y-%m}.jsonl.gz"


def _lines(sheet: Sheet) -> bytes:
    statement = sheet.seal.statement
    about = {field.name: _as_json(getattr(statement, field.name)) for field in fields(statement)}
    lines: list[dict[str, Any]] = [{"seal": about, "signature": sheet.seal.signature.hex()}]
    for sealed in sheet.entries:
        if sealed.entry is None:
            message = "only what is there can be archived"
            raise ValueError(message)
        entry = {field.name: _as_json(getattr(sealed.entry, field.name)) for field in fields(sealed.entry)}
        lines.append({"position": sealed.position, "leaf": sealed.leaf.digest.hex(), "entry": entry})
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def _next_sheet(file: gzip.GzipFile) -> Sheet | None:
    first = file.readline()
    if not first:
        return None
    line = json.loads(first)
    about = line["seal"]
    statement = SealStatement(
        **{
            **about,
            "month": datetime.fromisoformat(about["month"]).date(),
            "sealed_at": _moment(about["sealed_at"]),
            "root": bytes.fromhex(about["root"]),
            "previous": bytes.fromhex(about["previous"]),
        }
    )
    entries = tuple(_sealed(statement.number, json.loads(file.readline())) for _ in range(statement.entries))
    return Sheet(Seal(statement, bytes.fromhex(line["signature"])), entries)


def _sealed(seal: int, line: dict[str, Any]) -> SealedEntry:
    about: dict[str, Any] = line["entry"]
    hidden = {name: None if about[name] is None else bytes.fromhex(about[name]) for name in _BYTES}
    entry = StoredEntry(**{**about, **hidden, "at": _moment(about["at"])})
    return SealedEntry(seal, line["position"], Leaf(entry.id, entry.at, bytes.fromhex(line["leaf"])), entry)


_BYTES = ("origin", "changes", "ip_tag", "address_tag")


def _as_json(value: object) -> object:
    match value:
        case bytes():
            return value.hex()
        case datetime():
            return value.astimezone(UTC).isoformat()
        case int() | str() | None:
            return value
        case _:
            return str(value)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_DIGESTED_AT_ONCE):
            digest.update(part)
    return digest.digest()


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
