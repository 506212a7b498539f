"""What proves that the audit trail is as it was: seals, each over some entries and the seal before it.

What is signed is a text, so that an auditor can check it with nothing but OpenSSL.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from user_domain.entities.audit_entry import StoredEntry
    from user_domain.value_objects.ids import AuditEntryId

FIRST_PREVIOUS = bytes(32)
"""What stands for the head before the first seal."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry, and the SHA-256 of how it is stored."""

    entry_id: AuditEntryId
    at: datetime
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealStatement:
    """What a seal states: that so many entries of one month (UTC; its first day) have this Merkle root (RFC 9162
    2.1.1), and come after the seal with this head. Seals are numbered from 1.
    """

    number: int
    month: date
    sealed_at: datetime
    entries: int
    root: bytes
    previous: bytes
    key_id: str

    @property
    def text(self) -> bytes:
        """What is signed."""
        return (
            "user-service audit seal 1\n"
            f"number: {self.number}\n"
            f"month: {self.month:%Y-%m}\n"
            f"sealed_at: {_moment(self.sealed_at)}\n"
            f"entries: {self.entries}\n"
            f"root: {self.root.hex()}\n"
            f"previous: {self.previous.hex()}\n"
            f"key: {self.key_id}\n"
        ).encode()

    @property
    def head(self) -> bytes:
        """The SHA-256 of the text: whoever knows it knows everything up to here. Kept elsewhere, it proves that nothing
        was cut off.
        """
        return hashlib.sha256(self.text).digest()


@dataclass(frozen=True, slots=True)
class Seal:
    """A statement, signed."""

    statement: SealStatement
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """What a seal says of one of its entries, and the entry as it is stored now; None: it is gone."""

    seal: int
    position: int
    leaf: Leaf
    entry: StoredEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetirementStatement:
    """That so many entries of a month were exported, into an archive with this SHA-256, and given up; those under the
    seals of that month up to `last_seal`.
    """

    month: date
    retired_at: datetime
    last_seal: int
    entries: int
    archive_digest: bytes
    key_id: str

    @property
    def text(self) -> bytes:
        """What is signed."""
        return (
            "user-service audit retirement 1\n"
            f"month: {self.month:%Y-%m}\n"
            f"retired_at: {_moment(self.retired_at)}\n"
            f"last_seal: {self.last_seal}\n"
            f"entries: {self.entries}\n"
            f"archive: {self.archive_digest.hex()}\n"
            f"key: {self.key_id}\n"
        ).encode()


@dataclass(frozen=True, slots=True)
class Retirement:
    """A statement, signed."""

    statement: RetirementStatement
    signature: bytes = field(repr=False)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
