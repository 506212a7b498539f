"""What can be wrong with the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from user_domain.entities.audit_seal import FIRST_PREVIOUS
from user_domain.policies.audit_proof import leaf_digest, merkle_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from user_domain.entities.audit_seal import Retirement, Seal, SealedEntry
    from user_domain.value_objects.ids import AuditEntryId


class FaultKind(StrEnum):
    """What was found, in words for whoever verifies."""

    SEAL_MISSING = "the seal is missing"
    SEAL_OUT_OF_CHAIN = "the seal does not follow the one before it"
    SEAL_FORGED = "the seal is not signed by the key"
    SEAL_ROOT = "the seal is over other entries, or over them in another order"
    HEAD_MISSING = "the seal is not the one whose head was logged"
    ENTRY_CHANGED = "the entry was changed"
    ENTRY_MISSING = "the entry is missing"
    ENTRY_UNSEALED = "the entry is under no seal and waits for none"
    ENTRY_MISPLACED = "the entry is recorded under a seal that does not have it"
    WAITING_MISSING = "the entry waited for a seal and is missing"
    ARCHIVE_MISSING = "the archive of the month is missing"
    ARCHIVE_CHANGED = "the archive of the month is not the one that was written"
    RETIREMENT_FORGED = "the retirement of a month is not signed by the key"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and with what: a seal, an entry or both by their numbers, or a month."""

    kind: FaultKind
    seal: int | None = None
    entry: AuditEntryId | None = None
    month: str | None = None


def of_chain(before: Seal | None, seal: Seal, *, is_genuine: bool) -> Iterator[Fault]:
    """What is wrong with a seal as it stands behind another one, or as the first."""
    number = seal.statement.number
    if before is not None and before.statement.number < 1:
        before = None  # which is a fault by itself, and nothing follows from it
    expected = 1 if before is None else before.statement.number + 1
    for missing in range(expected, min(number, expected + _MISSING_TOLD)):
        yield Fault(FaultKind.SEAL_MISSING, seal=missing)
    head = FIRST_PREVIOUS if before is None else before.statement.head
    if number < expected or (number == expected and seal.statement.previous != head):
        yield Fault(FaultKind.SEAL_OUT_OF_CHAIN, seal=number)
    if not is_genuine:
        yield Fault(FaultKind.SEAL_FORGED, seal=number)


_MISSING_TOLD = 1000
"""Seals that are missing are told one by one, but not for ever."""


def of_content(seal: Seal, entries: Sequence[SealedEntry], *, is_retired: bool) -> Iterator[Fault]:
    """What is wrong with what is under a seal. Of a month that was given up all of it may be gone."""
    statement = seal.statement
    if is_retired and not entries:
        return
    is_complete = len(entries) == statement.entries
    in_place = is_complete and all(entry.position == place for place, entry in enumerate(entries))
    if not in_place or merkle_root([entry.leaf.digest for entry in entries]) != statement.root:
        yield Fault(FaultKind.SEAL_ROOT, seal=statement.number)
    for entry in entries:
        if entry.entry is None:
            if not is_retired:
                yield Fault(FaultKind.ENTRY_MISSING, seal=statement.number, entry=entry.leaf.entry_id)
        elif leaf_digest(entry.entry) != entry.leaf.digest:
            yield Fault(FaultKind.ENTRY_CHANGED, seal=statement.number, entry=entry.leaf.entry_id)


def retired_seals(retirements: Sequence[Retirement]) -> Callable[[Seal], bool]:
    """Whether a seal is over entries of a month that was given up, with them."""
    last = {retirement.statement.month: retirement.statement.last_seal for retirement in retirements}
    return lambda seal: seal.statement.number <= last.get(seal.statement.month, 0)
