"""The contract of `AuditQueries`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.ports.audit_queries import AuditCriteria, AuditPosition
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.testing.contracts.audit_queries_erasure import ErasureInAuditQueries
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry, RecordedEntry
    from user_domain.testing.contracts.store import Store

ALL = AuditCriteria()
MOMENT = timedelta(microseconds=1)
MONTHS = timedelta(days=40)
"""Never the same month, nor the same day of another."""


async def _found(store: Store, limit: int = 1000, **criteria: Any) -> list[str | None]:
    """What is found, by the reasons that these tests know entries by."""
    page = await store.audit.page(AuditCriteria(**criteria), limit=limit)
    return [recorded.entry.reason for recorded in page]


async def _pages(store: Store, criteria: AuditCriteria, *, limit: int) -> list[RecordedEntry]:
    """What is found page by page."""
    found: list[RecordedEntry] = []
    after = None
    while page := await store.audit.page(criteria, limit=limit, after=after):
        assert len(page) <= limit
        found += page
        after = AuditPosition(page[-1].entry.at, page[-1].id)
    return found


def _from(ip_address: str | None, reason: str, **facts: Any) -> AuditEntry:
    return an_audit_entry(client=ClientInfo(ip_address=ip_address), reason=reason, **facts)


def _meets(entry: AuditEntry, criteria: AuditCriteria) -> bool:
    return (
        criteria.actor_id in {None, entry.actor_id}
        and criteria.target_id in {None, entry.target_id}
        and criteria.action in {None, entry.action}
        and criteria.ip_address in {None, entry.client.ip_address}
        and (criteria.since is None or criteria.since <= entry.at)
        and (criteria.until is None or entry.at < criteria.until)
    )


class AuditQueriesContract(ErasureInAuditQueries, Contract):
    """Needs a fixture `store`."""

    # --- What is told, and in which order ---------------------------------------------------------------------------

    async def test_where_nothing_happened_nothing_is_found(self, store: Store) -> None:
        assert await store.audit.page(ALL, limit=10) == []
        assert await store.audit.page(AuditCriteria(ip_address=CLIENT.ip_address), limit=10) == []

    async def test_an_entry_comes_back_as_it_is_kept(self, store: Store) -> None:
        user = await store.with_user()
        entry = an_audit_entry(
            action=AuditAction.USER_PROFILE_CHANGE,
            actor_id=user.id,
            target_id=user.id,
            reason="a reason",
            changes=(FieldChange("name", "Zoë", None), FieldChange("locale", "", "ar")),
        )
        await store.record(entry)
        (found,) = await store.audit.page(ALL, limit=10)
        assert (found.entry, found.address_digest, found.is_erased) == (entry, None, False)

    async def test_the_newest_come_first_and_of_one_moment_the_last_number(self, store: Store) -> None:
        for name, at in [("b1", NOW), ("c", NOW + MOMENT), ("a", NOW - MONTHS), ("d", NOW + 5 * MONTHS), ("b2", NOW)]:
            await store.record(an_audit_entry(reason=name, at=at))
        assert await _found(store) == ["d", "c", "b2", "b1", "a"]
        assert await _found(store, ip_address=CLIENT.ip_address) == ["d", "c", "b2", "b1", "a"]

    async def test_no_more_are_found_than_were_asked_for(self, store: Store) -> None:
        await store.record(*(an_audit_entry(reason=name) for name in "abc"))
        for limit in (1, 2, 3, 4):
            assert await _found(store, limit) == ["c", "b", "a"][:limit]

    @pytest.mark.parametrize("criteria", [ALL, AuditCriteria(ip_address=CLIENT.ip_address)], ids=["all", "by address"])
    async def test_pages_join_without_a_gap_also_within_a_moment(self, store: Store, criteria: AuditCriteria) -> None:
        moments = [NOW, NOW, NOW, NOW + MOMENT, NOW - MONTHS, NOW + 3 * MONTHS, NOW - MONTHS, NOW - 100 * MONTHS]
        await store.record(*(an_audit_entry(at=at) for at in moments))
        in_one = await store.audit.page(criteria, limit=100)
        assert len(in_one) == len({recorded.id for recorded in in_one}) == len(moments)
        for limit in (1, 2, 3, 7, 8):
            assert await _pages(store, criteria, limit=limit) == in_one

    async def test_what_comes_in_meanwhile_shifts_no_page(self, store: Store) -> None:
        await store.record(*(an_audit_entry(reason=name) for name in "abcd"))
        first = await store.audit.page(ALL, limit=2)
        await store.record(an_audit_entry(reason="e"), an_audit_entry(reason="f", at=NOW + MONTHS))
        after = AuditPosition(first[-1].entry.at, first[-1].id)
        second = await store.audit.page(ALL, limit=10, after=after)
        assert [recorded.entry.reason for recorded in first + second] == ["d", "c", "b", "a"]

    # --- What is looked for -----------------------------------------------------------------------------------------

    async def test_who_acted_is_found_and_who_was_concerned(self, store: Store) -> None:
        one, other = await store.with_user(), await store.with_user()
        await store.record(
            an_audit_entry(reason="one to other", actor_id=one.id, target_id=other.id),
            an_audit_entry(reason="one", actor_id=one.id),
            an_audit_entry(reason="to other", target_id=other.id),
            an_audit_entry(reason="nobody"),
        )
        assert await _found(store, actor_id=one.id) == ["one", "one to other"]
        assert await _found(store, target_id=other.id) == ["to other", "one to other"]
        assert await _found(store, actor_id=other.id) == await _found(store, target_id=one.id) == []

    async def test_an_action_finds_itself_and_none_that_begins_like_it(self, store: Store) -> None:
        actions = [AuditAction.USER_BLOCK, AuditAction.USER_BLOCK_REFUSED, AuditAction.USER_UNBLOCK]
        await store.record(*(an_audit_entry(action=action, reason=action.value) for action in actions))
        for action in actions:
            assert await _found(store, action=action) == [action.value]
        assert await _found(store, action=AuditAction.MAIL_RETRY) == []

    async def test_a_period_has_its_beginning_and_not_its_end(self, store: Store) -> None:
        moments = {"before": NOW - MOMENT, "at": NOW, "after": NOW + MOMENT}
        await store.record(*(an_audit_entry(reason=name, at=at) for name, at in moments.items()))
        assert await _found(store, since=NOW) == ["after", "at"]
        assert await _found(store, until=NOW) == ["before"]
        assert await _found(store, since=NOW, until=NOW + MOMENT) == ["at"]
        assert await _found(store, since=NOW, until=NOW) == []
        assert await _found(store, since=NOW + MOMENT, until=NOW) == []

    async def test_an_ip_address_finds_what_came_from_there_in_whatever_month(self, store: Store) -> None:
        user = await store.with_user()
        months = [NOW - 100 * MONTHS, NOW, NOW + 2 * MONTHS]
        for number, at in enumerate(months):
            await store.record(
                _from("203.0.113.7", f"v4 {number}", at=at),
                _from("2001:db8::7", f"v6 {number}", at=at, actor_id=user.id),
                _from("203.0.113.70", "near", at=at),
                _from("2001:db8::70", "near", at=at),
                _from(None, "nowhere", at=at),
            )
        assert await _found(store, ip_address="203.0.113.7") == ["v4 2", "v4 1", "v4 0"]
        assert await _found(store, ip_address="2001:db8::7") == ["v6 2", "v6 1", "v6 0"]
        assert await _found(store, ip_address="203.0.113.7", since=NOW, until=NOW + MONTHS) == ["v4 1"]
        assert await _found(store, ip_address="2001:db8::7", since=NOW + 3 * MONTHS) == []
        assert await _found(store, ip_address="198.51.100.1") == []

    async def test_an_ip_address_finds_the_first_moment_of_a_month_and_the_last(self, store: Store) -> None:
        first = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        for name, at in [("last before", first - MOMENT), ("first", first)]:
            await store.record(an_audit_entry(reason=name, at=at))
        assert await _found(store, ip_address=CLIENT.ip_address) == ["first", "last before"]
        assert await _found(store, ip_address=CLIENT.ip_address, since=first) == ["first"]
        assert await _found(store, ip_address=CLIENT.ip_address, until=first) == ["last before"]

    async def test_all_that_is_asked_for_has_to_be_true_at_once(self, store: Store) -> None:
        one, other = await store.with_user(), await store.with_user()
        every = product(
            (one.id, other.id),
            (one.id, other.id),
            (AuditAction.USER_BLOCK, AuditAction.USER_UNBLOCK),
            (NOW - MONTHS, NOW, NOW + MONTHS),
            ("203.0.113.7", "2001:db8::7"),
        )
        entries = [
            an_audit_entry(
                actor_id=actor,
                target_id=target,
                action=action,
                at=at,
                client=ClientInfo(ip_address=ip_address),
                reason=str(number),
            )
            for number, (actor, target, action, at, ip_address) in enumerate(every)
        ]
        await store.record(*entries)
        newest_first = sorted(entries, key=lambda entry: (entry.at, int(entry.reason or 0)), reverse=True)
        for asked in product((None, one.id), (None, other.id), (None, NOW), (None, NOW + MONTHS), (False, True)):
            actor, target, since, until, is_narrow = asked
            criteria = AuditCriteria(
                actor_id=actor,
                target_id=target,
                since=since,
                until=until,
                action=AuditAction.USER_BLOCK if is_narrow else None,
                ip_address="2001:db8::7" if is_narrow else None,
            )
            expected = [entry for entry in newest_first if _meets(entry, criteria)]
            found = await store.audit.page(criteria, limit=1000)
            assert [recorded.entry for recorded in found] == expected
            middle = found[len(found) // 2]
            rest = await store.audit.page(criteria, limit=1000, after=AuditPosition(middle.entry.at, middle.id))
            assert rest == found[len(found) // 2 + 1 :]

    # --- Beside others ----------------------------------------------------------------------------------------------

    async def test_what_is_not_committed_is_not_found_and_keeps_nobody_waiting(self, store: Store) -> None:
        user = await store.with_user()
        await store.record(an_audit_entry(reason="before"))
        async with store.unit_of_work() as work:
            await work.audit.append(an_audit_entry(reason="after", actor_id=user.id))
            await work.users.lock(user.id)
            async with asyncio.timeout(5):
                assert await _found(store) == ["before"]
            await work.commit()
        assert await _found(store) == ["after", "before"]

    # --- Addresses that nobody has ----------------------------------------------------------------------------------

    async def test_an_unknown_address_is_known_again_within_a_month_only_and_never_told(self, store: Store) -> None:
        first = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        typed = {
            "one": (first, "hunter2"),
            "the same": (NOW, "hunter2"),
            "another": (NOW, "hunter3"),
            "a month before": (first - MOMENT, "hunter2"),
            "none": (NOW, None),
            "strange": (NOW, "p\x00ss \ud800 wörd"),
        }
        for name, (at, address) in typed.items():
            await store.record(an_audit_entry(reason=name, at=at, unknown_address=address))
        found = {recorded.entry.reason: recorded for recorded in await store.audit.page(ALL, limit=10)}
        digests = {name: recorded.address_digest for name, recorded in found.items()}
        assert digests.pop("none") is None
        assert digests["one"] == digests.pop("the same")
        assert len(set(digests.values())) == len(digests) == 4
        for recorded in found.values():
            assert recorded.entry.unknown_address is None
            assert b"hunter2" not in bytes.fromhex(recorded.address_digest or "")
            assert "hunter2" not in repr(recorded)

    async def test_an_unknown_address_leaves_everything_else_as_it_is(self, store: Store) -> None:
        entry = an_audit_entry(unknown_address="hunter2", reason="invalid_credentials")
        await store.record(entry)
        (found,) = await store.audit.page(ALL, limit=10)
        assert found.entry == replace(entry, unknown_address=None)
        assert not found.is_erased
