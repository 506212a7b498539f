"""People who know their password choose another one."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.interference import AfterReading
from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.errors import (
    AccessDenied,
    AccountBlocked,
    InvalidInput,
    OneTimeTokenInvalid,
    Overloaded,
    PasswordResetRequired,
    WrongPassword,
)
from user_domain.policies.session import SEEN_TO
from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.session_queries import Login
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_block, an_audit_entry
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.use_cases.passwords.change_password import ChangePasswordCommand
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password
from user_domain.value_objects.person_name import PersonName

HOUR = timedelta(hours=1)
EMAIL, NEW = address("john"), address("new")
ANOTHER = "Another-1234"


async def a_login(world: World, **facts: Any) -> Login:
    return await world.with_login(await world.with_user(**{"email": EMAIL, "email_verified_at": NOW, **facts}))


async def change(world: World, login: Login, password: str = ANOTHER, *, current: str = PASSWORD) -> int:
    command = ChangePasswordCommand(login=login, current_password=current, new_password=password, client=CLIENT)
    return await world.change_password().execute(command)


# --- What it does ---------------------------------------------------------------------------------------------------


async def test_the_new_password_opens_the_account_and_the_old_one_does_not(world: World) -> None:
    login = await a_login(world)
    await change(world, login)
    assert await world.password_is(login.user.id, ANOTHER)
    assert not await world.password_is(login.user.id, PASSWORD)
    assert world.user(login.user.id) == login.user


async def test_passwords_are_normalised_as_at_registration(world: World) -> None:
    login = await a_login(world, password="Zo\u00eb-12345")
    await change(world, login, "Ze\u0301a-12345", current="Zoe\u0308-12345")
    assert await world.password_is(login.user.id, "Z\u00e9a-12345")


async def test_the_other_sessions_end_and_the_present_one_stays(world: World) -> None:
    login = await a_login(world)
    others = [await world.with_session(login.user) for _ in range(2)]
    over = await world.with_login(login.user)
    await world.log_out().execute(over, client=CLIENT)
    strangers = await world.with_session(await world.with_user())
    assert await change(world, login) == 2
    assert world.ends_of_sessions(login.user) == {
        login.session.handle: None,
        **{other.handle: EndReason.PASSWORD_CHANGE for other in others},
        over.session.handle: EndReason.LOGOUT,
    }
    assert world.database.committed.sessions[strangers.handle].end_reason is None


async def test_a_session_that_lay_idle_for_too_long_ends_for_good_and_does_not_count(world: World) -> None:
    idle = await a_login(world)
    world.clock.advance(HOUR + SEEN_TO)
    login = await world.with_login(idle.user)
    world.session_policy = replace(world.session_policy, idle=HOUR)
    assert await change(world, login) == 0
    assert world.ends_of_sessions(login.user)[idle.session.handle] is EndReason.PASSWORD_CHANGE


async def test_a_notice_is_mailed_and_says_from_where_it_was_done(world: World) -> None:
    await change(world, await a_login(world))
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient) == (MailKind.PASSWORD_CHANGED, EMAIL)
    assert set(letter.tokens) == {TokenPurpose.NOT_ME}
    assert (letter.occurred_at, letter.ip_address) == (NOW, CLIENT.ip_address)


async def test_the_audit_trail_has_it(world: World) -> None:
    login = await a_login(world)
    await change(world, login)
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.PASSWORD_CHANGE, actor_id=login.user.id, target_id=login.user.id, client=CLIENT
        )
    ]


async def test_a_pending_change_of_address_is_off(world: World) -> None:
    login = await a_login(world)
    confirm = await world.wants(login.user, NEW)
    await change(world, login)
    assert world.user(login.user.id).pending_email is None
    with pytest.raises(OneTimeTokenInvalid):
        await world.confirm_email_change().execute(token=confirm, client=CLIENT)


async def test_mailed_tokens_that_give_power_are_void_and_those_that_protect_are_not(world: World) -> None:
    login = await a_login(world)
    async with world.unit_of_work() as work:
        await work.users.lock(login.user.id)
        for purpose in TokenPurpose:
            await world.tokens.issue(work, purpose, login.user.id, EMAIL, at=NOW)
        await work.commit()
    await change(world, login)
    good = [token.purpose for token in world.database.committed.tokens.values() if token.is_good(NOW)]
    assert set(good) == {TokenPurpose.UNDO_EMAIL_CHANGE, TokenPurpose.NOT_ME}
    assert good.count(TokenPurpose.NOT_ME) == 2


async def test_a_reset_mailed_before_is_worth_nothing(world: World) -> None:
    login = await a_login(world)
    token = await world.forgets(EMAIL)
    await change(world, login)
    with pytest.raises(OneTimeTokenInvalid):
        await world.reset_password().execute(
            ResetPasswordCommand(token=token, new_password="YetAnother-1234", client=CLIENT)
        )
    assert await world.password_is(login.user.id, ANOTHER)


async def test_who_has_not_verified_the_address_gets_another_mail_for_that(world: World) -> None:
    login = await a_login(world, email_verified_at=None)
    await change(world, login)
    assert {letter.kind for letter in await world.deliver()} == {MailKind.PASSWORD_CHANGED, MailKind.VERIFY_EMAIL_AGAIN}
    token = await world.token_to(EMAIL, TokenPurpose.VERIFY_EMAIL)
    await world.verify_email().execute(token=token, client=CLIENT)
    assert world.user(login.user.id).is_email_verified


# --- Refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("current", ["", "SecurePass123", ANOTHER, "\ud800"])
async def test_without_the_current_password_nothing_changes_and_the_attempt_is_in_the_audit_trail(
    world: World, current: str
) -> None:
    login = await a_login(world)
    before = world.snapshot()
    with pytest.raises(WrongPassword):
        await change(world, login, current=current)
    refused = an_audit_entry(
        action=AuditAction.PASSWORD_CHANGE_REFUSED,
        actor_id=login.user.id,
        target_id=login.user.id,
        reason="wrong_password",
        client=CLIENT,
    )
    assert world.snapshot() == replace(before, audit=[refused])
    assert world.password_hasher.calls == 1


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("secret", "too_short"),
        ("John-2024", "contains_personal_word"),
        ("Password1!", "too_common"),
        ("Breached-1234", "breached"),
    ],
)
async def test_a_password_that_may_not_be_chosen_is_refused_and_nothing_is_written(
    world: World, password: str, code: str
) -> None:
    login = await a_login(world)
    before = world.snapshot()
    with pytest.raises(InvalidInput) as caught:
        await change(world, login, password)
    assert ("new_password", code) in {(one.field, one.code) for one in caught.value.violations}
    assert world.snapshot() == before


class OverloadedPasswordHasher(InMemoryPasswordHasher):
    async def hash(self, password: Password) -> PasswordHash:
        raise Overloaded


async def test_where_too_much_hashing_waits_nothing_is_written(world: World) -> None:
    login = await a_login(world)
    world.password_hasher = OverloadedPasswordHasher()
    before = world.snapshot()
    with pytest.raises(Overloaded):
        await change(world, login)
    assert world.snapshot() == before


# --- Meanwhile ------------------------------------------------------------------------------------------------------


def meanwhile(world: World, *events: Callable[[], Awaitable[object]]) -> None:
    """What others do between the check of the current password and the change."""
    world.users = AfterReading(world.users, *events)


@pytest.mark.parametrize("times", [1, 3])
async def test_a_hash_made_anew_meanwhile_by_logins_fails_nothing(world: World, times: int) -> None:
    login = await a_login(world)
    meanwhile(world, *[lambda: world.replace_hash(login.user.id, PASSWORD)] * times)
    await change(world, login)
    assert await world.password_is(login.user.id, ANOTHER)
    assert [entry.action for entry in world.audit] == [AuditAction.PASSWORD_CHANGE]


async def test_the_new_password_is_hashed_once_however_often_the_old_one_is_checked(world: World) -> None:
    login = await a_login(world)
    world.password_hasher = hasher = InMemoryPasswordHasher()
    anew = [await hasher.hash(Password(PASSWORD)) for _ in range(3)]

    async def replace_hash() -> None:
        account = world.account(login.user.id)
        world.database.committed.accounts[login.user.id] = replace(account, password_hash=anew.pop())

    meanwhile(world, *[replace_hash] * 3)
    before = hasher.calls
    await change(world, login)
    assert hasher.calls - before == 4 + 1


async def test_a_reset_meanwhile_wins(world: World) -> None:
    login = await a_login(world)
    token = await world.forgets(EMAIL)
    reset = ResetPasswordCommand(token=token, new_password="YetAnother-1234", client=CLIENT)
    meanwhile(world, lambda: world.reset_password().execute(reset))
    with pytest.raises(WrongPassword):
        await change(world, login)
    assert await world.password_is(login.user.id, "YetAnother-1234")
    assert [entry.action for entry in world.audit[-2:]] == [
        AuditAction.PASSWORD_RESET,
        AuditAction.PASSWORD_CHANGE_REFUSED,
    ]


async def test_another_change_meanwhile_wins(world: World) -> None:
    login = await a_login(world)
    other = await world.with_login(login.user)
    meanwhile(world, lambda: change(world, other, "YetAnother-1234"))
    with pytest.raises(WrongPassword):
        await change(world, login)
    assert await world.password_is(login.user.id, "YetAnother-1234")


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"block": a_block()}, AccountBlocked), ({"password_reset_required_at": NOW}, PasswordResetRequired)],
    ids=["blocked", "a reset is required"],
)
async def test_who_is_kept_out_meanwhile_changes_nothing(
    world: World, facts: dict[str, Any], refusal: type[AccessDenied]
) -> None:
    login = await a_login(world)
    other = await world.with_session(login.user)
    meanwhile(world, lambda: world.change(replace(login.user, **facts)))
    with pytest.raises(refusal):
        await change(world, login)
    assert await world.password_is(login.user.id, PASSWORD)
    assert world.ends_of_sessions(login.user)[other.handle] is None
    assert world.unsent == []
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.PASSWORD_CHANGE_REFUSED,
            actor_id=login.user.id,
            target_id=login.user.id,
            reason=refusal.code,
            client=CLIENT,
        )
    ]


async def test_what_others_change_meanwhile_is_not_lost(world: World) -> None:
    login = await a_login(world)
    renamed = login.user.with_profile(name=PersonName("Jane Roe"), at=NOW)
    meanwhile(world, lambda: world.change(renamed))
    await change(world, login)
    assert world.user(login.user.id) == renamed


async def test_who_is_erased_meanwhile_has_no_password_to_change(world: World) -> None:
    login = await a_login(world)
    meanwhile(world, lambda: world.erase(login.user.id))
    with pytest.raises(WrongPassword):
        await change(world, login)
