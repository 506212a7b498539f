"""Whoever holds the current refresh token of a live session goes on with it; one that was spent is in two hands."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import ACCESS_TOKEN_LIFETIME, LONGEST_LIFETIME, SESSION_LIFETIME, World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason, Session
from user_domain.entities.user import User
from user_domain.errors import (
    AccessDenied,
    AccountBlocked,
    AccountSuspended,
    DomainError,
    EmailNotVerified,
    PasswordResetRequired,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionEnded,
    StorageUnavailable,
)
from user_domain.policies.access import AccessPolicy
from user_domain.policies.session import SEEN_TO, IpBinding
from user_domain.ports.session_refreshes import Refresh, RefreshTerms, SessionRefreshes
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_block, a_handle, a_suspension, an_audit_entry
from user_domain.testing.in_memory import InMemoryAccessTokenCodec, InMemoryRefreshTokenCodec
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.value_objects.access_token import AccessTokenClaims
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.refresh_token import RefreshToken
from user_domain.value_objects.role import Role
from user_domain.value_objects.token_pair import TokenPair

MOMENT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
GRACE = 10 * SECOND
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EMAIL = address("john")
ELSEWHERE = ClientInfo(ip_address="198.51.100.66", user_agent="curl/8.0", request_id="r-9")


@dataclass
class Device:
    """Somebody's device, which has just logged in."""

    world: World
    user: User
    handle: SessionHandle

    def token(self, generation: int) -> str:
        return self.world.refresh_tokens.issue(RefreshToken(self.handle, generation))

    async def shows(self, token: str, *, client: ClientInfo = CLIENT, **instead: Any) -> TokenPair:
        return await self.world.refresh_session(**instead).execute(refresh_token=token, client=client)

    async def refreshes(self) -> TokenPair:
        """With the token that is current, whichever that is."""
        return await self.shows(self.token(self.session.refresh_generation))

    @property
    def session(self) -> Session:
        return self.world.database.committed.sessions[self.handle]


async def logged_in(world: World, *, client: ClientInfo = CLIENT, **facts: Any) -> Device:
    user = await world.with_user(**{"email": EMAIL, "email_verified_at": NOW, **facts})
    await world.log_in().execute(LogInCommand(email=str(user.email), password=PASSWORD, client=client))
    (handle,) = world.database.committed.sessions
    world.audit.clear()
    return Device(world, world.user(user.id), handle)


@pytest.fixture
async def device(world: World) -> Device:
    return await logged_in(world)


def mails(world: World) -> list[MailKind]:
    return [unsent.mail.kind for unsent in world.unsent]


# --- Going on -------------------------------------------------------------------------------------------------------


async def test_the_token_of_the_login_gets_the_next_one(world: World) -> None:
    user = await world.with_user(email=EMAIL)
    first = await world.log_in().execute(LogInCommand(email=str(EMAIL), password=PASSWORD, client=CLIENT))
    second = await world.refresh_session().execute(refresh_token=first.refresh_token, client=CLIENT)
    third = await world.refresh_session().execute(refresh_token=second.refresh_token, client=CLIENT)
    assert len({pair.refresh_token for pair in (first, second, third)}) == 3
    assert len({pair.access_token for pair in (first, second, third)}) == 3
    for pair in (first, second, third):
        login = await world.authenticate().execute(pair.access_token, client=CLIENT)
        assert login.user.id == user.id
    assert len(world.database.committed.sessions) == 1


async def test_the_session_goes_on_to_the_next_generation_and_nothing_else_changes(
    world: World, device: Device
) -> None:
    before, session = world.snapshot(), device.session
    world.clock.advance(HOUR)
    pair = await device.shows(device.token(0))
    assert pair.refresh_token == device.token(1)
    advanced = replace(
        session,
        refresh_generation=1,
        refreshed_at=NOW + HOUR,
        last_seen_at=NOW + HOUR,
        expires_at=NOW + HOUR + SESSION_LIFETIME,
    )
    assert world.snapshot() == replace(before, sessions={device.handle: advanced})


async def test_the_expiry_slides_and_stops_where_a_session_has_lived_for_as_long_as_it_may(
    world: World, device: Device
) -> None:
    for day, expires in [(20, 50), (40, 70), (60, 90), (61, 90), (89, 90)]:
        world.clock.advance(NOW + day * DAY - world.clock.now())
        pair = await device.refreshes()
        assert device.session.expires_at == NOW + expires * DAY
        assert pair.refresh_expires_in == (expires - day) * DAY
        assert pair.expires_in == ACCESS_TOKEN_LIFETIME
    world.clock.advance(NOW + LONGEST_LIFETIME - world.clock.now())
    with pytest.raises(RefreshTokenInvalid):
        await device.refreshes()


@pytest.mark.parametrize("remaining", [ACCESS_TOKEN_LIFETIME, ACCESS_TOKEN_LIFETIME - SECOND, MOMENT], ids=str)
async def test_near_the_end_of_a_session_both_tokens_are_good_for_what_is_left_of_it(
    world: World, remaining: timedelta
) -> None:
    world.session_policy = replace(world.session_policy, absolute=SESSION_LIFETIME)
    device = await logged_in(world)
    world.clock.advance(SESSION_LIFETIME - remaining)
    pair = await device.refreshes()
    assert (pair.expires_in, pair.refresh_expires_in) == (remaining, remaining)
    world.clock.advance(remaining)
    with pytest.raises(DomainError):
        await world.authenticate().execute(pair.access_token, client=CLIENT)
    with pytest.raises(RefreshTokenInvalid):
        await device.shows(pair.refresh_token)


async def test_a_shorter_lifetime_set_since_does_not_shorten_what_was_promised(world: World, device: Device) -> None:
    world.session_policy = replace(world.session_policy, sliding=DAY, absolute=2 * DAY)
    assert (await device.refreshes()).refresh_expires_in == SESSION_LIFETIME


class RecordingCodec(InMemoryAccessTokenCodec):
    def __init__(self) -> None:
        super().__init__()
        self.issued: list[AccessTokenClaims] = []

    def issue(self, claims: AccessTokenClaims) -> str:
        self.issued.append(claims)
        return super().issue(claims)


async def test_role_name_and_address_in_the_access_token_are_those_of_today(world: World) -> None:
    device = await logged_in(world, role=Role.ADMIN)
    renamed = replace(device.user, role=Role.USER).with_profile(name=PersonName("Jane Roe"), at=NOW)
    await world.change(renamed)
    await world.moves(renamed, address("jane"))
    world.access_tokens = codec = RecordingCodec()
    world.clock.advance(HOUR)
    await device.refreshes()
    assert codec.issued == [
        AccessTokenClaims(
            token_id=codec.issued[0].token_id,
            user_id=device.user.id,
            session=device.handle,
            email=address("jane"),
            name=PersonName("Jane Roe"),
            role=Role.USER,
            issued_at=NOW + HOUR,
            expires_at=NOW + HOUR + ACCESS_TOKEN_LIFETIME,
        )
    ]


async def test_the_password_is_not_needed_and_a_refresh_is_no_login(world: World, device: Device) -> None:
    calls, user = world.password_hasher.calls, world.user(device.user.id)
    world.clock.advance(HOUR)
    await device.refreshes()
    assert world.password_hasher.calls == calls
    assert world.user(device.user.id) == user
    assert (world.audit, world.unsent) == ([], [])


async def test_a_token_written_under_a_key_that_was_replaced_since_is_good(world: World, device: Device) -> None:
    old = device.token(0)
    world.refresh_tokens = InMemoryRefreshTokenCodec(key_number=2)
    pair = await device.shows(old)
    assert pair.refresh_token == device.token(1)


# --- Again ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [timedelta(0), SECOND, GRACE - MOMENT], ids=str)
async def test_within_ten_seconds_a_token_gets_the_very_same_one_again(
    world: World, device: Device, after: timedelta
) -> None:
    first = await device.shows(device.token(0))
    before = world.snapshot()
    world.clock.advance(after)
    again = await device.shows(device.token(0))
    assert again.refresh_token == first.refresh_token
    assert again.refresh_expires_in == first.refresh_expires_in - after
    assert again.expires_in == ACCESS_TOKEN_LIFETIME
    assert world.snapshot() == before
    for pair in (first, again):
        await world.authenticate().execute(pair.access_token, client=CLIENT)
    assert (await device.shows(again.refresh_token)).refresh_token == device.token(2)


async def test_the_ten_seconds_begin_once(world: World, device: Device) -> None:
    await device.shows(device.token(0))
    world.clock.advance(GRACE - SECOND)
    await device.shows(device.token(0))
    world.clock.advance(SECOND)
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0))


async def test_many_tabs_at_the_same_instant_get_the_same_token(world: World, device: Device) -> None:
    pairs = await asyncio.gather(*(device.shows(device.token(0)) for _ in range(5)))
    assert {pair.refresh_token for pair in pairs} == {device.token(1)}
    assert device.session.refresh_generation == 1


@pytest.mark.parametrize("client", [CLIENT, ELSEWHERE], ids=["the device itself", "somebody else"])
@pytest.mark.parametrize("after", [GRACE, GRACE + MOMENT, DAY], ids=str)
async def test_from_then_on_it_is_in_two_hands(
    world: World, device: Device, after: timedelta, client: ClientInfo
) -> None:
    await device.shows(device.token(0))
    before, session = world.snapshot(), device.session
    world.clock.advance(after)
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0), client=client)
    at = NOW + after
    ended = replace(session, ended_at=at, end_reason=EndReason.REFRESH_TOKEN_REUSED)
    entry = an_audit_entry(
        action=AuditAction.SESSION_REFRESH_REUSED,
        at=at,
        actor_id=device.user.id,
        target_id=device.user.id,
        client=client,
    )
    now = world.snapshot()
    assert (now.sessions, now.accounts, now.audit) == ({device.handle: ended}, before.accounts, [entry])
    assert mails(world) == [MailKind.REFRESH_TOKEN_REUSED]


async def test_once_its_successor_was_spent_a_token_has_no_grace(world: World, device: Device) -> None:
    first = await device.shows(device.token(0))
    await device.shows(first.refresh_token)
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0))
    assert device.session.end_reason is EndReason.REFRESH_TOKEN_REUSED


async def test_nobody_goes_on_with_the_session_after_that(world: World, device: Device) -> None:
    pairs = [await device.refreshes() for _ in range(3)]
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0))
    before = world.snapshot()
    for generation in range(5):  # every one that was given out, and one that was not
        with pytest.raises(RefreshTokenInvalid):
            await device.shows(device.token(generation))
    for pair in pairs:
        with pytest.raises(SessionEnded):
            await world.authenticate().execute(pair.access_token, client=CLIENT)
    assert world.snapshot() == before, "no second mail, nor anything else"


async def test_the_other_sessions_of_the_person_live_on(world: World, device: Device) -> None:
    other = await world.with_session(device.user)
    await device.refreshes()
    world.clock.advance(GRACE)
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0))
    assert world.ends_of_sessions(device.user) == {device.handle: EndReason.REFRESH_TOKEN_REUSED, other.handle: None}


async def test_the_mail_says_when_and_from_where_and_with_it_the_account_is_shut(world: World, device: Device) -> None:
    other = await world.with_session(device.user)
    await device.refreshes()
    world.clock.advance(DAY)
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0), client=ELSEWHERE)
    (letter,) = await world.deliver()
    assert (letter.kind, letter.recipient) == (MailKind.REFRESH_TOKEN_REUSED, EMAIL)
    assert (letter.occurred_at, letter.ip_address) == (NOW + DAY, ELSEWHERE.ip_address)
    assert set(letter.tokens) == {TokenPurpose.NOT_ME}
    await world.report_not_me().execute(token=letter.tokens[TokenPurpose.NOT_ME], client=CLIENT)
    assert world.ends_of_sessions(device.user) == {
        device.handle: EndReason.REFRESH_TOKEN_REUSED,
        other.handle: EndReason.NOT_ME,
    }


async def test_a_block_keeps_nobody_from_being_told(world: World, device: Device) -> None:
    await device.refreshes()
    world.clock.advance(GRACE)
    await world.change(replace(device.user, block=a_block()))
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0))
    assert device.session.end_reason is EndReason.REFRESH_TOKEN_REUSED
    assert mails(world) == [MailKind.REFRESH_TOKEN_REUSED]


async def test_of_many_who_show_a_spent_token_at_the_same_instant_the_first_has_the_mail_sent(
    world: World, device: Device
) -> None:
    await device.refreshes()
    world.clock.advance(GRACE)
    refusals = await asyncio.gather(*(device.shows(device.token(0)) for _ in range(5)), return_exceptions=True)
    assert {type(refusal) for refusal in refusals} <= {RefreshTokenReused, RefreshTokenInvalid}
    assert mails(world) == [MailKind.REFRESH_TOKEN_REUSED]
    assert [entry.action for entry in world.audit] == [AuditAction.SESSION_REFRESH_REUSED]


# --- None of ours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda device: "", id="nothing"),
        pytest.param(lambda device: "\ud800\0", id="no text"),
        pytest.param(lambda device: device.token(0)[:-1], id="cut"),
        pytest.param(lambda device: device.token(1).replace("-1-", "-0-"), id="of another generation"),
        pytest.param(lambda device: device.token(0).replace(device.handle, "f" * 32), id="of another session"),
        pytest.param(
            lambda device: InMemoryRefreshTokenCodec(key_number=2).issue(RefreshToken(device.handle, 0)),
            id="under a key that is not ours",
        ),
        pytest.param(
            lambda device: device.world.refresh_tokens.issue(RefreshToken(a_handle(), 0)),
            id="of a session that is not there",
        ),
        pytest.param(lambda device: device.token(1), id="from the future: the store is an older copy"),
        pytest.param(lambda device: device.token(999), id="from long after"),
    ],
)
async def test_what_was_not_given_out_is_invalid_and_the_session_lives(
    world: World, device: Device, forge: Callable[[Device], str]
) -> None:
    before = world.snapshot()
    with pytest.raises(RefreshTokenInvalid):
        await device.shows(forge(device))
    assert world.snapshot() == before
    await device.shows(device.token(0))


# --- Over -----------------------------------------------------------------------------------------------------------


each_generation = pytest.mark.parametrize("generation", [0, 1, 2, 3], ids=["spent", "repeated", "current", "future"])


async def is_over(device: Device, generation: int) -> None:
    """Nothing comes of a token, and nobody is told."""
    before = device.world.snapshot()
    with pytest.raises(RefreshTokenInvalid):
        await device.shows(device.token(generation))
    assert device.world.snapshot() == before


@each_generation
@pytest.mark.parametrize("reason", EndReason)
async def test_a_session_that_was_ended_stays_ended_for_its_reason(
    world: World, device: Device, generation: int, reason: EndReason
) -> None:
    await device.refreshes()
    await device.refreshes()
    async with world.unit_of_work() as work:
        await work.sessions.end(device.handle, at=world.clock.now(), reason=reason)
        await work.commit()
    await is_over(device, generation)
    assert device.session.end_reason is reason


@each_generation
async def test_a_session_that_has_expired_is_over(world: World, device: Device, generation: int) -> None:
    await device.refreshes()
    await device.refreshes()
    world.clock.advance(SESSION_LIFETIME)
    await is_over(device, generation)


async def test_it_is_not_before_the_last_moment(world: World, device: Device) -> None:
    world.clock.advance(SESSION_LIFETIME - MOMENT)
    await device.refreshes()


@each_generation
async def test_a_session_that_was_idle_for_too_long_is_over(world: World, device: Device, generation: int) -> None:
    world.session_policy = replace(world.session_policy, idle=HOUR)
    await device.refreshes()
    await device.refreshes()
    world.clock.advance(HOUR + SEEN_TO)
    await is_over(device, generation)


async def test_a_refresh_is_a_use_and_so_is_a_request_that_was_written_down(world: World, device: Device) -> None:
    world.session_policy = replace(world.session_policy, idle=HOUR)
    world.clock.advance(HOUR + SEEN_TO - MOMENT)
    pair = await device.refreshes()
    world.clock.advance(ACCESS_TOKEN_LIFETIME - MOMENT)
    await world.authenticate().execute(pair.access_token, client=CLIENT)
    await world.activity.write_down()
    world.clock.advance(HOUR + SEEN_TO - MOMENT)
    await device.refreshes()


async def test_whoever_refreshes_was_there_and_whoever_is_refused_was_not(world: World, device: Device) -> None:
    spent = device.token(0)
    await world.activity.write_down()
    world.database.committed.presence.clear()
    world.clock.advance(DAY)
    await device.refreshes()
    await world.activity.write_down()
    assert world.database.committed.presence == {(device.user.id, NOW + DAY)}
    world.clock.advance(DAY)
    with pytest.raises(RefreshTokenReused):
        await device.shows(spent)
    await world.activity.write_down()
    assert world.database.committed.presence == {(device.user.id, NOW + DAY)}


# --- Kept out -------------------------------------------------------------------------------------------------------


KEPT_OUT = pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"block": a_block()}, AccountBlocked),
        ({"suspension": a_suspension(until=NOW + DAY)}, AccountSuspended),
        ({"suspension": a_suspension(until=None)}, AccountSuspended),
        ({"email_verified_at": None}, EmailNotVerified),
        ({"password_reset_required_at": NOW}, PasswordResetRequired),
        ({"block": a_block(), "password_reset_required_at": NOW, "email_verified_at": None}, AccountBlocked),
    ],
    ids=["blocked", "suspended", "until lifted", "not verified", "a reset is required", "the gravest reason"],
)


@KEPT_OUT
async def test_who_is_kept_out_is_told_why_and_the_token_is_not_spent(
    world: World, facts: dict[str, Any], refusal: type[AccessDenied]
) -> None:
    world.access = AccessPolicy(verified_email_required=True)
    device = await logged_in(world)
    await world.change(replace(device.user, **facts))
    before = world.snapshot()
    world.clock.advance(HOUR)
    with pytest.raises(refusal):
        await device.shows(device.token(0), client=ELSEWHERE)
    denied = an_audit_entry(
        action=AuditAction.SESSION_REFRESH_DENIED,
        at=NOW + HOUR,
        actor_id=device.user.id,
        target_id=device.user.id,
        reason=refusal.code,
        client=ELSEWHERE,
    )
    assert world.snapshot() == replace(before, audit=[denied])

    await world.change(device.user)
    assert (await device.shows(device.token(0))).refresh_token == device.token(1)


@KEPT_OUT
async def test_nor_is_who_is_kept_out_between_a_refresh_and_its_repetition_let_in(
    world: World, facts: dict[str, Any], refusal: type[AccessDenied]
) -> None:
    world.access = AccessPolicy(verified_email_required=True)
    device = await logged_in(world)
    first = await device.shows(device.token(0))
    await world.change(replace(device.user, **facts))
    with pytest.raises(refusal):
        await device.shows(device.token(0))
    assert [entry.reason for entry in world.audit] == [refusal.code]

    await world.change(device.user)
    assert (await device.shows(device.token(0))).refresh_token == first.refresh_token


async def test_a_suspension_ends_by_itself(world: World, device: Device) -> None:
    await world.change(replace(device.user, suspension=a_suspension(until=NOW + HOUR)))
    world.clock.advance(HOUR)
    await device.refreshes()


async def test_an_address_need_not_be_verified_unless_that_is_required(world: World) -> None:
    device = await logged_in(world, email_verified_at=None)
    await device.refreshes()


class Curfew(AccessDenied):
    """A reason that no store knows of."""

    code = "curfew"
    message = "Everybody stays out."


class CurfewPolicy(AccessPolicy):
    def denials(self, user: User, *, at: datetime) -> tuple[AccessDenied, ...]:
        return (Curfew(),)


async def test_what_the_policy_says_counts_even_where_the_store_has_let_somebody_in(
    world: World, device: Device
) -> None:
    with pytest.raises(Curfew):
        await device.shows(device.token(0), access=CurfewPolicy())
    assert device.session.refresh_generation == 1
    assert [entry.reason for entry in world.audit] == ["curfew"]


# --- From elsewhere -------------------------------------------------------------------------------------------------

NEAR, FAR = (replace(CLIENT, ip_address=address) for address in ("203.0.113.99", "203.0.112.7"))
"""From 203.0.113.7; what is near is for the policy to say, and tested there."""


async def test_a_session_that_has_moved_is_over_though_the_token_was_good(world: World) -> None:
    world.session_policy = replace(world.session_policy, ip_binding=IpBinding.SUBNET)
    device = await logged_in(world, client=replace(CLIENT, ip_address="203.0.113.7"))
    await device.shows(device.token(0), client=NEAR)
    assert (device.session.ended_at, world.audit) == (None, [])
    with pytest.raises(RefreshTokenInvalid):
        await device.shows(device.token(1), client=FAR)
    for generation in (0, 1, 2):
        with pytest.raises(RefreshTokenInvalid):
            await device.shows(device.token(generation), client=NEAR)
    assert device.session.end_reason is EndReason.MOVED
    assert [(entry.action, entry.client) for entry in world.audit] == [(AuditAction.SESSION_MOVE_REFUSED, FAR)]


async def test_a_move_during_the_grace_is_a_move(world: World, device: Device) -> None:
    world.session_policy = replace(world.session_policy, ip_binding=IpBinding.SUBNET)
    await device.refreshes()
    with pytest.raises(RefreshTokenInvalid):
        await device.shows(device.token(0), client=ELSEWHERE)
    assert device.session.end_reason is EndReason.MOVED


# --- Meanwhile ------------------------------------------------------------------------------------------------------


class Overtaken(SessionRefreshes):
    """What others do comes first; whoever asked is shown the session as it was before that, as a store may."""

    def __init__(self, world: World, *others: Callable[[], Awaitable[object]]) -> None:
        self._world = world
        self._others = list(others)
        self.asked = 0

    async def advance(self, token: RefreshToken, terms: RefreshTerms) -> Refresh | None:
        self.asked += 1
        if not self._others:
            return await self._world.refreshes.advance(token, terms)
        stale = await self._world.sessions.login_by_handle(token.session)
        assert stale is not None
        await self._others.pop(0)()
        return Refresh(has_advanced=False, login=stale)


async def nothing() -> None:
    """A store that makes no sense: the token is good, and nobody overtook it."""


async def test_a_token_overtaken_by_itself_gets_what_the_other_one_got(world: World, device: Device) -> None:
    refreshes = Overtaken(world, device.refreshes)
    pair = await device.shows(device.token(0), refreshes=refreshes)
    assert pair.refresh_token == device.token(1)
    assert refreshes.asked == 2
    assert (device.session.ended_at, device.session.refresh_generation) == (None, 1)


async def test_a_token_overtaken_by_a_logout_is_invalid(world: World, device: Device) -> None:
    refreshes = Overtaken(world, lambda: world.session_end.end(device.session, EndReason.LOGOUT, client=CLIENT))
    with pytest.raises(RefreshTokenInvalid):
        await device.shows(device.token(0), refreshes=refreshes)
    assert (device.session.end_reason, refreshes.asked) == (EndReason.LOGOUT, 2)


async def test_a_token_overtaken_by_a_block_is_denied(world: World, device: Device) -> None:
    refreshes = Overtaken(world, lambda: world.change(replace(device.user, block=a_block())))
    with pytest.raises(AccountBlocked):
        await device.shows(device.token(0), refreshes=refreshes)


async def test_a_token_kept_back_by_a_block_that_was_just_lifted_is_good(world: World, device: Device) -> None:
    """The store saw the block, and shows the user as of a moment later."""
    pair = await device.shows(device.token(0), refreshes=Overtaken(world, nothing))
    assert pair.refresh_token == device.token(1)


async def test_each_time_it_is_asked_what_time_it_is(world: World, device: Device) -> None:
    async def it_takes_long() -> None:
        world.clock.advance(SESSION_LIFETIME)

    with pytest.raises(RefreshTokenInvalid):
        await device.shows(device.token(0), refreshes=Overtaken(world, it_takes_long))


async def test_a_store_that_makes_no_sense_three_times_is_at_fault(world: World, device: Device) -> None:
    refreshes = Overtaken(world, *[nothing] * 9)
    before = world.snapshot()
    with pytest.raises(StorageUnavailable):
        await device.shows(device.token(0), refreshes=refreshes)
    assert refreshes.asked == 3
    assert world.snapshot() == before
    await device.shows(device.token(0))


async def test_twice_is_no_fault_yet(world: World, device: Device) -> None:
    await device.shows(device.token(0), refreshes=Overtaken(world, nothing, nothing))


async def test_a_session_ended_before_its_reuse_is_dealt_with_keeps_its_reason_and_nobody_is_mailed(
    world: World, device: Device
) -> None:
    await device.refreshes()
    world.clock.advance(GRACE)
    refreshes = Overtaken(world, lambda: world.session_end.end(device.session, EndReason.LOGOUT, client=CLIENT))
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0), refreshes=refreshes)
    assert device.session.end_reason is EndReason.LOGOUT
    assert [entry.action for entry in world.audit] == [AuditAction.SESSION_LOGOUT]
    assert world.unsent == []


async def test_who_is_erased_before_that_is_not_mailed(world: World, device: Device) -> None:
    await device.refreshes()
    world.clock.advance(GRACE)
    refreshes = Overtaken(world, lambda: world.erase(device.user.id))
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0), refreshes=refreshes)
    assert (world.audit, world.unsent) == ([], [])


async def test_the_mail_goes_to_the_address_of_that_moment(world: World, device: Device) -> None:
    await device.refreshes()
    world.clock.advance(GRACE)
    refreshes = Overtaken(world, lambda: world.moves(device.user, address("new")))
    with pytest.raises(RefreshTokenReused):
        await device.shows(device.token(0), refreshes=refreshes)
    assert (await world.letter_to(address("new"))).kind is MailKind.REFRESH_TOKEN_REUSED
