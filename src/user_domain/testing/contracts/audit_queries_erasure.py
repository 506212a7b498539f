"""The part of the contract of `AuditQueries` that is about people who were erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry, RecordedEntry
    from user_domain.testing.contracts.store import Store
    from user_domain.value_objects.ids import UserId

CHANGES = (FieldChange("name", "Zoë", "Zoe"),)


def _change(actor_id: UserId | None, target_id: UserId | None, **facts: Any) -> AuditEntry:
    action = AuditAction.USER_PROFILE_CHANGE
    return an_audit_entry(action=action, actor_id=actor_id, target_id=target_id, changes=CHANGES, **facts)


async def _recorded(store: Store, **criteria: Any) -> list[RecordedEntry]:
    """What is found, in the order of writing."""
    found = await store.audit.page(AuditCriteria(**criteria), limit=100)
    return sorted(found, key=lambda recorded: recorded.id)


async def _told(store: Store) -> list[tuple[AuditEntry, bool]]:
    """What is told of each entry, in the order of writing, and whether something of it was erased."""
    return [(recorded.entry, recorded.is_erased) for recorded in await _recorded(store)]


class ErasureInAuditQueries:
    """Needs a fixture `store`."""

    async def test_of_who_was_erased_nothing_is_told_but_the_number(self, store: Store) -> None:
        user = await store.with_user()
        entries = [
            _change(user.id, user.id, reason="a reason"),
            _change(user.id, None, at=NOW - timedelta(days=400)),
            _change(None, user.id),
        ]
        await store.record(*entries)
        assert await _told(store) == [(entry, False) for entry in entries]
        await store.erase(user)
        assert await _told(store) == [(replace(entry, client=ClientInfo(), changes=()), True) for entry in entries]

    async def test_of_everybody_else_everything_is(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        entries = [_change(other.id, other.id), _change(None, None), _change(None, other.id)]
        await store.record(*entries, _change(user.id, user.id))
        await store.erase(user)
        assert (await _told(store))[:-1] == [(entry, False) for entry in entries]

    async def test_of_what_an_admin_did_to_who_was_erased_the_admins_part_is_told(self, store: Store) -> None:
        user, admin = await store.with_user(), await store.with_user()
        entry = _change(admin.id, user.id)
        await store.record(entry)
        await store.erase(user)
        assert await _told(store) == [(replace(entry, changes=()), True)]

    async def test_of_what_an_erased_admin_did_the_others_part_is_told(self, store: Store) -> None:
        user, admin = await store.with_user(), await store.with_user()
        entry = _change(admin.id, user.id)
        await store.record(entry)
        await store.erase(admin)
        assert await _told(store) == [(replace(entry, client=ClientInfo()), True)]
        await store.erase(user)
        assert await _told(store) == [(replace(entry, client=ClientInfo(), changes=()), True)]

    async def test_where_there_was_nothing_to_erase_nothing_was_erased(self, store: Store) -> None:
        user, admin = await store.with_user(), await store.with_user()
        entries = [
            an_audit_entry(actor_id=user.id, client=ClientInfo()),
            an_audit_entry(actor_id=admin.id, target_id=user.id),
        ]
        await store.record(*entries)
        await store.erase(user)
        assert await _told(store) == [(entry, False) for entry in entries]

    async def test_who_was_erased_is_found_by_everything_but_what_is_hidden(self, store: Store) -> None:
        user = await store.with_user()
        await store.record(_change(user.id, user.id))
        await store.erase(user)
        found = await _recorded(store)
        assert len(found) == 1
        assert await _recorded(store, actor_id=user.id, target_id=user.id, since=NOW) == found
        assert await _recorded(store, action=AuditAction.USER_PROFILE_CHANGE) == found

    async def test_an_ip_address_finds_also_who_was_erased_but_not_what_came_later(self, store: Store) -> None:
        user = await store.with_user()
        await store.record(_change(user.id, user.id, reason="before"))
        await store.erase(user)
        await store.record(_change(user.id, user.id, reason="after"))
        assert len(await _recorded(store)) == 2
        found = await _recorded(store, ip_address=CLIENT.ip_address)
        assert [(recorded.entry.reason, recorded.entry.client) for recorded in found] == [("before", ClientInfo())]

    async def test_the_digest_of_an_address_outlives_who_was_erased(self, store: Store) -> None:
        user = await store.with_user()
        await store.record(an_audit_entry(target_id=user.id, unknown_address="typed"))
        (before,) = await _recorded(store)
        await store.erase(user)
        (after,) = await _recorded(store)
        assert before.address_digest == after.address_digest is not None
