"""What is proven of the audit trail, and how."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from user_domain.entities.audit_seal import FIRST_PREVIOUS, SealStatement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from user_domain.entities.audit_entry import StoredEntry
    from user_domain.entities.audit_seal import Leaf, Seal

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NOTHING = b"\xff\xff\xff\xff"
_LEAF = b"\x00"
_NODE = b"\x01"
"""RFC 9162 2.1.1: so that no node passes for a leaf."""


def leaf_digest(entry: StoredEntry) -> bytes:
    """The SHA-256 of an entry as it is stored: each field behind its length in four bytes, or behind 0xffffffff where
    there is none; numbers big-endian, the moment in microseconds since 2000, text in UTF-8.
    """
    since_epoch = entry.at - _EPOCH
    microseconds = (since_epoch.days * 86_400 + since_epoch.seconds) * 1_000_000 + since_epoch.microseconds
    fields = (
        entry.id.to_bytes(8, "big", signed=True),
        microseconds.to_bytes(8, "big", signed=True),
        entry.action.encode(),
        None if entry.actor_id is None else entry.actor_id.to_bytes(4, "big", signed=True),
        None if entry.target_id is None else entry.target_id.to_bytes(4, "big", signed=True),
        None if entry.reason is None else entry.reason.encode(),
        entry.origin,
        entry.changes,
        entry.ip_tag,
        entry.address_tag,
    )
    form = b"".join(_NOTHING if value is None else len(value).to_bytes(4, "big") + value for value in fields)
    return hashlib.sha256(_LEAF + form).digest()


def merkle_root(digests: Sequence[bytes]) -> bytes:
    """The root of a Merkle tree over leaves that are digests already (RFC 9162 2.1.1); over none, that of nothing."""
    level = list(digests) or [hashlib.sha256().digest()]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [hashlib.sha256(_NODE + left + right).digest() for left, right in pairs]
        if len(level) % 2:
            above.append(level[-1])  # which is what the RFC's uneven trees come to
        level = above
    return level[0]


def month_of(moment: datetime) -> date:
    """The month (UTC) a moment is in, by its first day."""
    return moment.astimezone(UTC).date().replace(day=1)


def by_month(leaves: Sequence[Leaf]) -> Iterator[tuple[date, list[Leaf]]]:
    """The leaves of each month, in the order of time."""
    in_order = sorted(leaves, key=lambda leaf: (leaf.at, leaf.entry_id))
    for month, group in groupby(in_order, key=lambda leaf: month_of(leaf.at)):
        yield month, list(group)


def next_statement(last: Seal | None, leaves: Sequence[Leaf], *, at: datetime, key_id: str) -> SealStatement:
    """What the seal after another one, or the first one, has to state of leaves of one month, in this order."""
    return SealStatement(
        number=last.statement.number + 1 if last else 1,
        month=month_of(leaves[0].at),
        sealed_at=at,
        entries=len(leaves),
        root=merkle_root([leaf.digest for leaf in leaves]),
        previous=last.statement.head if last else FIRST_PREVIOUS,
        key_id=key_id,
    )


def first_kept_month(now: datetime, *, keep_months: int) -> date:
    """The first month that is kept, where so many before the present one are, at least one: what is happening as the
    month turns is committed by then.
    """
    this = month_of(now)
    months = this.year * 12 + this.month - 1 - max(1, keep_months)
    return this.replace(year=months // 12, month=months % 12 + 1)
