"""The contract of `PersonalKeys`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.policies.audit_proof import leaf_digest
from user_domain.testing.builders import an_audit_entry
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.testing.contracts.store import Store


def _change(actor_id: UserId, target_id: UserId) -> AuditEntry:
    changes = (FieldChange("name", "Zoë", "Zoe"),)
    action = AuditAction.USER_PROFILE_CHANGE
    return an_audit_entry(action=action, actor_id=actor_id, target_id=target_id, changes=changes)


def _emptied(entry: AuditEntry) -> AuditEntry:
    return replace(entry, client=ClientInfo(), changes=())


class PersonalKeysContract(Contract):
    """Needs a fixture `store`."""

    async def test_what_was_written_before_stays_and_tells_nothing(self, store: Store) -> None:
        user = await store.with_user()
        entry = _change(user.id, user.id)
        await store.record(entry, entry)
        await store.erase(user)
        assert await store.audit_entries() == [_emptied(entry)] * 2

    async def test_nothing_is_kept_of_what_is_written_from_then_on(self, store: Store) -> None:
        user, admin = await store.with_user(), await store.with_user()
        await store.record(_change(user.id, user.id))
        entries = [_change(user.id, user.id), _change(user.id, admin.id), _change(admin.id, user.id)]
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.personal_keys.destroy(user.id)
            await work.users.lock(user.id)
            for entry in entries:
                await work.audit.append(entry)
            await work.commit()
        await store.record(*entries)
        kept = [_emptied(entries[0]), replace(entries[1], client=ClientInfo()), replace(entries[2], changes=())]
        assert (await store.audit_entries())[1:] == kept * 2
        (_, *sealed) = await store.evidence.sealed_entries(await store.seal())
        stored = [one.entry for one in sealed if one.entry]
        assert [(entry.origin is None, entry.ip_tag is None, entry.changes is None) for entry in stored] == [
            (True, True, True),
            (True, True, False),
            (False, False, True),
        ] * 2

    async def test_to_do_it_again_changes_nothing(self, store: Store) -> None:
        user = await store.with_user()
        entry = _change(user.id, user.id)
        await store.record(entry)
        await store.erase(user)
        async with store.unit_of_work() as work:
            await work.personal_keys.destroy(user.id)
            await work.personal_keys.destroy(user.id)
            await work.commit()
        assert await store.audit_entries() == [_emptied(entry)]

    async def test_others_are_told_of_as_before(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        before, after = _change(other.id, other.id), _change(other.id, other.id)
        await store.record(before)
        await store.erase(user)
        await store.record(after)
        assert await store.audit_entries() == [before, after]

    async def test_of_who_does_not_exist_nothing_happens(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            await work.personal_keys.destroy(UserId(user.id + 1000))
            await work.commit()
        entry = _change(user.id, user.id)
        await store.record(entry)
        assert await store.audit_entries() == [entry]

    async def test_without_a_commit_it_did_not_happen(self, store: Store) -> None:
        user = await store.with_user()
        entry = _change(user.id, user.id)
        await store.record(entry)
        async with store.unit_of_work() as work:
            await work.personal_keys.destroy(user.id)
        await store.record(entry)
        assert await store.audit_entries() == [entry] * 2

    async def test_what_seals_an_entry_is_as_it_was(self, store: Store) -> None:
        user = await store.with_user()
        await store.record(_change(user.id, user.id))
        seals = await store.seal()
        before = await store.evidence.sealed_entries(seals)
        await store.erase(user)
        assert await store.evidence.sealed_entries(seals) == before
        assert [leaf_digest(sealed.entry) for sealed in before if sealed.entry] == [before[0].leaf.digest]

    async def test_a_user_who_comes_later_has_a_key(self, store: Store) -> None:
        await store.erase(await store.with_user())
        user = await store.with_user()
        entry = _change(user.id, user.id)
        await store.record(entry)
        assert await store.audit_entries() == [entry]
