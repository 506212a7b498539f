"""What the retention policy no longer keeps is thrown away, a batch at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import ACCESS_TOKEN_LIFETIME, LONGEST_LIFETIME, World
from user_domain.entities.session import EndReason
from user_domain.entities.user import User
from user_domain.errors import RefreshTokenInvalid, SessionEnded
from user_domain.policies.retention import DEAD_MAILS, SESSIONS, TOKENS, RetentionPolicy
from user_domain.ports.mailer import MailRejected
from user_domain.testing.builders import CLIENT, PASSWORD, a_token
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.maintenance import purge_old_records
from user_domain.use_cases.maintenance.purge_old_records import Purged
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.token_pair import TokenPair

MOMENT = timedelta(microseconds=1)
NOTHING = Purged(sessions=0, tokens=0, mails=0, pauses=0, is_done=True)


async def log_in(world: World, user: User, client: ClientInfo = CLIENT) -> TokenPair:
    return await world.log_in().execute(LogInCommand(email=str(user.email), password=PASSWORD, client=client))


async def purge(world: World) -> Purged:
    return await world.purge_old_records().execute()


async def test_where_nothing_is_old_nothing_goes(world: World) -> None:
    user = await world.with_user()
    await log_in(world, user)
    await world.forgot_password().execute(email=str(user.email), client=CLIENT)
    before = world.snapshot()
    assert await purge(world) == NOTHING
    assert world.snapshot() == before


async def test_an_ended_session_goes_ninety_days_after_its_end(world: World) -> None:
    login = await world.with_login(await world.with_user())
    await world.log_out().execute(login, client=CLIENT)
    world.clock.advance(SESSIONS - MOMENT)
    assert await purge(world) == NOTHING
    world.clock.advance(MOMENT)
    assert await purge(world) == replace(NOTHING, sessions=1)
    assert world.ends_of_sessions(login.user) == {}


async def test_one_that_nobody_ended_goes_ninety_days_after_it_was_over_at_the_latest(world: World) -> None:
    user = await world.with_user()
    await world.with_session(user)
    world.clock.advance(LONGEST_LIFETIME + SESSIONS - MOMENT)
    assert await purge(world) == NOTHING
    world.clock.advance(MOMENT)
    assert await purge(world) == replace(NOTHING, sessions=1)


async def test_one_that_is_refreshed_stays_and_so_does_one_of_more_generous_times(world: World) -> None:
    """The longest lifetime was longer once: what it allowed then still lives."""
    user = await world.with_user()
    world.session_policy = replace(world.session_policy, sliding=5 * LONGEST_LIFETIME, absolute=5 * LONGEST_LIFETIME)
    tokens = await log_in(world, user)
    world.clock.advance(3 * LONGEST_LIFETIME)
    assert await purge(world) == NOTHING
    await world.refresh_session().execute(refresh_token=tokens.refresh_token, client=CLIENT)


async def test_no_session_goes_that_other_services_may_have_to_hear_of(world: World) -> None:
    user = await world.with_user()
    await log_in(world, user)
    login = await world.with_login(user)
    await world.log_out().execute(login, client=CLIENT)
    generous = RetentionPolicy(longest_session=LONGEST_LIFETIME, revocation_window=SESSIONS + ACCESS_TOKEN_LIFETIME)
    world.clock.advance(SESSIONS)
    assert await world.purge_old_records(retention=generous).execute() == NOTHING


async def test_the_tokens_of_a_session_that_is_gone_are_good_for_nothing(world: World) -> None:
    user = await world.with_user()
    tokens = await log_in(world, user)
    world.clock.advance(LONGEST_LIFETIME + SESSIONS)
    assert (await purge(world)).sessions == 1
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh_session().execute(refresh_token=tokens.refresh_token, client=CLIENT)
    later = await log_in(world, user)
    world.database.committed.sessions.clear()
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(later.access_token, client=CLIENT)


async def test_a_login_to_an_account_whose_sessions_are_gone_is_told_of(world: World) -> None:
    """Nobody can say any more that the device is known; a stranger who waited so long must not get in silently."""
    user = await world.with_user()
    await log_in(world, user)
    world.clock.advance(LONGEST_LIFETIME + SESSIONS)
    await purge(world)
    await log_in(world, user)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient) == (MailKind.NEW_LOGIN, user.email)


@pytest.mark.parametrize("purpose", list(TokenPurpose))
async def test_a_token_goes_thirty_days_after_it_expired(world: World, purpose: TokenPurpose) -> None:
    user = await world.with_user()
    async with world.unit_of_work() as work:
        token = a_token(user, purpose)
        await work.tokens.add(token)
        await work.tokens.mark_used(token.id, at=world.clock.now())
        await work.commit()
    world.clock.advance(purpose.lifetime + TOKENS - MOMENT)
    assert await purge(world) == NOTHING
    world.clock.advance(MOMENT)
    assert await purge(world) == replace(NOTHING, tokens=1)


async def test_a_dead_mail_goes_after_ninety_days_and_one_that_waits_does_not(world: World) -> None:
    user = await world.with_user()
    await world.forgot_password().execute(email=str(user.email), client=CLIENT)
    world.mailer.refuse(MailRejected("550"))
    await world.deliver()
    await world.forgot_password().execute(email=str(user.email), client=CLIENT)
    world.clock.advance(DEAD_MAILS - MOMENT)
    assert (await purge(world)).mails == 0
    world.clock.advance(MOMENT)
    assert (await purge(world)).mails == 1
    assert [unsent.dead_at for unsent in world.unsent] == [None]


async def test_a_mail_that_is_tried_again_after_its_token_has_gone_is_pointless(world: World) -> None:
    user = await world.with_user()
    await world.forgot_password().execute(email=str(user.email), client=CLIENT)
    world.mailer.refuse(MailRejected("550"))
    await world.deliver()
    (dead,) = world.unsent
    world.clock.advance(TokenPurpose.RESET_PASSWORD.lifetime + TOKENS)
    assert (await purge(world)).tokens == 1
    await world.retry_mail().execute(dead.mail.id, actor=None, client=CLIENT)
    assert await world.deliver() == []
    assert world.unsent == []


async def test_a_pause_goes_when_it_is_over(world: World) -> None:
    await world.resend_verification().execute(email="john@example.com", client=CLIENT)
    (until,) = world.database.committed.cool_downs.values()
    world.clock.advance(until - world.clock.now() - MOMENT)
    assert await purge(world) == NOTHING
    world.clock.advance(MOMENT)
    assert await purge(world) == replace(NOTHING, pauses=1)


async def test_a_full_batch_of_any_kind_says_that_there_may_be_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge_old_records, "BATCH", 2)
    user = await world.with_user()
    for _ in range(5):
        await world.with_session(user)
    for number in range(3):
        await world.resend_verification().execute(email=f"john{number}@example.com", client=CLIENT)
    world.clock.advance(LONGEST_LIFETIME + SESSIONS)
    rounds = [await purge(world) for _ in range(4)]
    assert rounds == [
        replace(NOTHING, sessions=2, pauses=2, is_done=False),
        replace(NOTHING, sessions=2, pauses=1, is_done=False),
        replace(NOTHING, sessions=1),
        NOTHING,
    ]
    assert [one.total for one in rounds] == [4, 3, 1, 0]


async def test_ended_and_lapsed_sessions_are_two_kinds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge_old_records, "BATCH", 2)
    user = await world.with_user()
    for _ in range(2):
        login = await world.with_login(user)
        await world.session_end.end(login.session, EndReason.LOGOUT, client=CLIENT)
    await world.with_session(user)
    world.clock.advance(LONGEST_LIFETIME + SESSIONS)
    assert await purge(world) == replace(NOTHING, sessions=3, is_done=False)


async def test_the_audit_trail_stays(world: World) -> None:
    user = await world.with_user()
    await log_in(world, user)
    trail = list(world.audit)
    world.clock.advance(10 * LONGEST_LIFETIME)
    assert (await purge(world)).total > 0
    assert world.audit == trail
