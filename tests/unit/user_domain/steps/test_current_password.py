"""Proving that one knows one's password."""

from dataclasses import replace

import pytest

from tests.unit.user_domain.world import World
from user_domain.entities.audit_entry import AuditAction
from user_domain.errors import Overloaded, WrongPassword
from user_domain.ports.password_hasher import PasswordHash, Verification
from user_domain.testing.builders import CLIENT, PASSWORD, an_audit_entry
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.value_objects.password import Password

REFUSAL = AuditAction.PASSWORD_CHANGE_REFUSED


async def test_the_right_password_is_answered_with_the_hash_it_matches_and_nothing_is_written(world: World) -> None:
    user = await world.with_user()
    before = world.snapshot()
    proven = await world.current_password.prove(user, PASSWORD, refusal=REFUSAL, client=CLIENT)
    assert proven == world.account(user.id).password_hash
    assert world.snapshot() == before


async def test_the_password_is_normalised_as_at_registration(world: World) -> None:
    user = await world.with_user(password="Zo\u00eb-12345")
    await world.current_password.prove(user, "Zoe\u0308-12345", refusal=REFUSAL, client=CLIENT)


@pytest.mark.parametrize("password", ["", "SecurePass123", f"{PASSWORD} ", "\0", "\ud800", "x" * 1_000_000])
async def test_a_wrong_one_is_refused_and_in_the_audit_trail(world: World, password: str) -> None:
    user = await world.with_user()
    before = world.snapshot()
    with pytest.raises(WrongPassword):
        await world.current_password.prove(user, password, refusal=REFUSAL, client=CLIENT)
    entry = an_audit_entry(action=REFUSAL, actor_id=user.id, target_id=user.id, reason="wrong_password", client=CLIENT)
    assert world.snapshot() == replace(before, audit=[entry])


async def test_who_is_erased_meanwhile_has_no_password(world: World) -> None:
    user = await world.with_user()
    await world.erase(user.id)
    with pytest.raises(WrongPassword):
        await world.current_password.prove(user, PASSWORD, refusal=REFUSAL, client=CLIENT)
    assert world.password_hasher.calls == 1


class OverloadedPasswordHasher(InMemoryPasswordHasher):
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        raise Overloaded


async def test_where_too_much_hashing_waits_nothing_is_decided_and_nothing_written(world: World) -> None:
    user = await world.with_user()
    world.password_hasher = OverloadedPasswordHasher()
    before = world.snapshot()
    with pytest.raises(Overloaded):
        await world.current_password.prove(user, PASSWORD, refusal=REFUSAL, client=CLIENT)
    assert world.snapshot() == before
