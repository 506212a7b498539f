"""Which key signs, and when the next one is due.

Keys are told apart by time alone, whatever their algorithms: after a change of algorithm the old key goes on signing
until verifiers have had time to learn of the new one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from user_domain.entities.signing_key import SigningKey

SIGNS_FOR = timedelta(days=30)
"""How long a key signs, where nobody rotates. NIST SP 800-57 part 1, 5.3.6, allows a private signature key one to
three years; a month costs nothing, and shows in time if a verifier cannot follow."""

LEAD = timedelta(hours=1)
"""How long a key is published before it signs. Verifiers may keep the published set for five minutes, other processes
of ours learn of a key within seconds; the rest is for verifiers that keep it longer than they were told."""


def signer(keys: Iterable[SigningKey], *, at: datetime) -> SigningKey | None:
    """The key to sign with: of those that may, the one that began last; None where none may."""
    return max((key for key in keys if key.signs(at)), key=_order, default=None)


def next_begins(keys: Collection[SigningKey], *, at: datetime) -> datetime:
    """When a key that is made now begins to sign: after the lead, or earlier where nothing would sign in between."""
    return min(_unsigned_from(keys, at=at), at + LEAD)


def coming(keys: Collection[SigningKey], *, at: datetime) -> SigningKey | None:
    """The key that is published and takes over no later than one that is made now would; None where none does."""
    latest = next_begins(keys, at=at)
    between = (key for key in keys if at < key.activates_at <= latest and key.activates_at < key.retires_at)
    return max(between, key=_order, default=None)


def is_due(keys: Collection[SigningKey], *, algorithm: str, at: datetime, starting: bool) -> bool:
    """Whether a key has to be made: soon none will sign; or a process is starting that wants another algorithm than
    the newest key's. Only then, or two processes with different settings would make keys in turn for ever.
    """
    if _unsigned_from(keys, at=at) <= at + LEAD:
        return True
    return starting and max(keys, key=_order).algorithm != algorithm


def _unsigned_from(keys: Collection[SigningKey], *, at: datetime) -> datetime:
    """The first moment, from this one on, at which no key signs."""
    while (current := signer(keys, at=at)) is not None:
        at = current.retires_at
    return at


def _order(key: SigningKey) -> tuple[datetime, str]:
    return key.activates_at, key.id  # the same one in every process, should two begin at one moment
