"""Anyone who knows an account's password starts a session, unless the access policy keeps the account out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.user_domain.world import ACCESS_TOKEN_LIFETIME, SESSION_LIFETIME, World
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.session import EndReason
from user_domain.entities.user import User
from user_domain.errors import (
    AccountBlocked,
    AccountSuspended,
    DomainError,
    EmailNotVerified,
    InvalidCredentials,
    Overloaded,
    PasswordResetRequired,
    RefreshTokenInvalid,
    SessionEnded,
    SessionLimitReached,
)
from user_domain.policies.access import AccessPolicy
from user_domain.policies.session import SEEN_TO, IpBinding, LimitPolicy, SessionPolicy
from user_domain.ports.password_hasher import PasswordHash, Verification
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_block, a_suspension, an_audit_entry
from user_domain.testing.in_memory import InMemoryAccessTokenCodec, InMemoryPasswordHasher
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.access_token import AccessTokenClaims
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.device import Device
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import SessionHandle
from user_domain.value_objects.letter import Letter, MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password
from user_domain.value_objects.refresh_token import RefreshToken
from user_domain.value_objects.role import Role

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
UNKNOWN = "nobody@example.com"


def a_command(email: object, password: str = PASSWORD) -> LogInCommand:
    return LogInCommand(email=str(email), password=password, client=CLIENT)


# --- Coming in ------------------------------------------------------------------------------------------------------


async def test_the_right_password_opens_a_session_that_the_token_speaks_for(world: World) -> None:
    user = await world.with_user()
    logged_in = await world.log_in().execute(a_command(user.email))
    login = await world.authenticate().execute(logged_in.access_token, client=CLIENT)
    assert login.user.id == user.id
    assert (login.session.started_at, login.session.expires_at) == (NOW, NOW + SESSION_LIFETIME)
    assert (login.session.ip_address, login.session.user_agent) == (CLIENT.ip_address, CLIENT.user_agent)


async def test_the_address_is_read_as_at_registration(world: World) -> None:
    user = await world.with_user()
    await world.log_in().execute(a_command(f" {user.email.value.upper()} "))


async def test_the_password_is_normalised_as_at_registration_and_otherwise_taken_as_typed(world: World) -> None:
    user = await world.with_user(password=" Zo\u00eb-1234 ")
    await world.log_in().execute(a_command(user.email, " Zoe\u0308-1234 "))
    with pytest.raises(InvalidCredentials):
        await world.log_in().execute(a_command(user.email, "Zo\u00eb-1234"))


async def test_a_login_is_remembered_with_the_user_and_in_the_audit_trail(world: World) -> None:
    user = await world.with_user()
    world.clock.advance(HOUR)
    await world.log_in().execute(a_command(user.email))
    assert await world.users.by_id(user.id) == replace(user, last_login_at=NOW + HOUR)
    assert world.audit == [
        an_audit_entry(
            action=AuditAction.SESSION_LOGIN_SUCCESS, at=NOW + HOUR, actor_id=user.id, target_id=user.id, client=CLIENT
        )
    ]


async def test_every_login_is_a_session_of_its_own(world: World) -> None:
    user = await world.with_user()
    first, second = [await world.log_in().execute(a_command(user.email)) for _ in range(2)]
    assert first.access_token != second.access_token
    assert len(world.database.committed.sessions) == 2


# --- The token ------------------------------------------------------------------------------------------------------


class RecordingCodec(InMemoryAccessTokenCodec):
    def __init__(self) -> None:
        super().__init__()
        self.issued: list[AccessTokenClaims] = []

    def issue(self, claims: AccessTokenClaims) -> str:
        self.issued.append(claims)
        return super().issue(claims)


async def test_the_token_says_who_it_is_for_how_long_and_in_which_session(world: World) -> None:
    user = await world.with_user(role=Role.ADMIN)
    world.access_tokens = codec = RecordingCodec()
    logged_in = await world.log_in().execute(a_command(user.email))
    (session,) = world.database.committed.sessions
    assert codec.issued == [
        AccessTokenClaims(
            token_id=codec.issued[0].token_id,
            user_id=user.id,
            session=session,
            email=user.email,
            name=user.name,
            role=Role.ADMIN,
            issued_at=NOW,
            expires_at=NOW + ACCESS_TOKEN_LIFETIME,
        )
    ]
    assert logged_in.expires_in == ACCESS_TOKEN_LIFETIME


async def test_a_token_does_not_outlive_its_session(world: World) -> None:
    user = await world.with_user()
    world.access_tokens = codec = RecordingCodec()
    world.session_policy = SessionPolicy(sliding=HOUR, absolute=3 * HOUR, access_token=2 * HOUR)
    logged_in = await world.log_in().execute(a_command(user.email))
    assert logged_in.expires_in == HOUR
    assert codec.issued[0].expires_at == NOW + HOUR


async def test_the_refresh_token_is_the_first_of_its_session(world: World) -> None:
    user = await world.with_user()
    logged_in = await world.log_in().execute(a_command(user.email))
    (session,) = world.database.committed.sessions
    assert world.refresh_tokens.read(logged_in.refresh_token) == RefreshToken(session, 0)
    assert logged_in.refresh_expires_in == SESSION_LIFETIME


async def test_a_session_starts_with_no_longer_than_it_may_live_in_all(world: World) -> None:
    user = await world.with_user()
    world.session_policy = SessionPolicy(sliding=3 * HOUR, absolute=2 * HOUR, access_token=HOUR)
    logged_in = await world.log_in().execute(a_command(user.email))
    assert (logged_in.expires_in, logged_in.refresh_expires_in) == (HOUR, 2 * HOUR)


# --- Wrong ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password", ["", "SecurePass123", "securepass123!", f"{PASSWORD} ", "\0", "\ud800", "x" * 1_000_000]
)
async def test_a_wrong_password_opens_nothing(world: World, password: str) -> None:
    user = await world.with_user()
    before = world.snapshot()
    with pytest.raises(InvalidCredentials):
        await world.log_in().execute(a_command(user.email, password))
    failure = an_audit_entry(
        action=AuditAction.SESSION_LOGIN_FAILURE, target_id=user.id, reason="invalid_credentials", client=CLIENT
    )
    assert world.snapshot() == replace(before, audit=[failure])


@pytest.mark.parametrize("email", [UNKNOWN, "no address", "", "\ud800@example.com"])
async def test_an_unknown_address_is_told_the_same_as_a_wrong_password(world: World, email: str) -> None:
    await world.with_user()
    before = world.snapshot()
    with pytest.raises(InvalidCredentials):
        await world.log_in().execute(a_command(email))
    failure = an_audit_entry(
        action=AuditAction.SESSION_LOGIN_FAILURE, target_id=None, reason="invalid_credentials", client=CLIENT
    )
    after = world.snapshot()
    assert after == replace(before, audit=[failure], address_digests=after.address_digests)
    assert list(after.address_digests) == [1]
    assert email not in repr(after) or not email


async def test_an_unknown_address_however_it_is_spelled_is_recognised_when_it_comes_again(world: World) -> None:
    for email in ("Nobody@example.com", " nobody@EXAMPLE.com ", "somebody@example.com"):
        with pytest.raises(InvalidCredentials):
            await world.log_in().execute(a_command(email))
    first, again, other = world.snapshot().address_digests.values()
    assert first == again != other


async def test_an_unknown_address_costs_as_many_hashes_as_a_wrong_password(world: World) -> None:
    user = await world.with_user()
    for email in (user.email, UNKNOWN, "no address"):
        hasher = InMemoryPasswordHasher()
        with pytest.raises(InvalidCredentials):
            await world.log_in(password_hasher=hasher).execute(a_command(email, "Wrong-1234"))
        assert hasher.calls == 1


class OverloadedPasswordHasher(InMemoryPasswordHasher):
    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        raise Overloaded


async def test_where_too_much_hashing_waits_nothing_is_decided_and_nothing_written(world: World) -> None:
    user = await world.with_user()
    before = world.snapshot()
    with pytest.raises(Overloaded):
        await world.log_in(password_hasher=OverloadedPasswordHasher()).execute(a_command(user.email))
    assert world.snapshot() == before


# --- Kept out -------------------------------------------------------------------------------------------------------

KEPT_OUT = pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"block": a_block()}, AccountBlocked),
        ({"suspension": a_suspension()}, AccountSuspended),
        ({"suspension": a_suspension(until=None)}, AccountSuspended),
        ({"block": a_block(), "suspension": a_suspension()}, AccountBlocked),
    ],
    ids=["blocked", "suspended", "suspended until lifted", "the gravest reason"],
)


@KEPT_OUT
async def test_who_is_kept_out_is_told_why_and_the_attempt_is_in_the_audit_trail(
    world: World, facts: dict[str, Any], refusal: type[DomainError]
) -> None:
    user = await world.with_user(**facts)
    before = world.snapshot()
    with pytest.raises(refusal):
        await world.log_in().execute(a_command(user.email))
    denied = an_audit_entry(
        action=AuditAction.SESSION_LOGIN_DENIED,
        actor_id=user.id,
        target_id=user.id,
        reason=refusal.code,
        client=CLIENT,
    )
    assert world.snapshot() == replace(before, audit=[denied])


@KEPT_OUT
async def test_how_an_account_stands_is_told_to_nobody_without_its_password(
    world: World, facts: dict[str, Any], refusal: type[DomainError]
) -> None:
    user = await world.with_user(**facts)
    with pytest.raises(InvalidCredentials):
        await world.log_in().execute(a_command(user.email, "Wrong-1234"))
    assert [entry.action for entry in world.audit] == [AuditAction.SESSION_LOGIN_FAILURE]


async def test_a_suspension_ends_by_itself(world: World) -> None:
    user = await world.with_user(suspension=a_suspension(until=NOW + HOUR))
    world.clock.advance(HOUR)
    await world.log_in().execute(a_command(user.email))


async def test_a_required_reset_is_told_only_to_who_knows_the_password(world: World) -> None:
    user = await world.with_user(password_reset_required_at=NOW)
    with pytest.raises(PasswordResetRequired):
        await world.log_in().execute(a_command(user.email))
    with pytest.raises(InvalidCredentials):
        await world.log_in().execute(a_command(user.email, "Wrong-1234"))
    assert [entry.reason for entry in world.audit] == ["password_reset_required", "invalid_credentials"]
    assert world.database.committed.sessions == {}


async def test_an_address_need_not_be_verified_unless_that_is_required(world: World) -> None:
    user = await world.with_user(email_verified_at=None)
    await world.log_in().execute(a_command(user.email))
    world.access = AccessPolicy(verified_email_required=True)
    with pytest.raises(EmailNotVerified):
        await world.log_in().execute(a_command(user.email))
    assert world.audit[-1] == an_audit_entry(
        action=AuditAction.SESSION_LOGIN_DENIED,
        actor_id=user.id,
        target_id=user.id,
        reason="email_not_verified",
        client=CLIENT,
    )


async def test_where_it_is_required_who_has_verified_the_address_gets_in(world: World) -> None:
    world.access = AccessPolicy(verified_email_required=True)
    registration = RegisterCommand(
        name="John Doe", email="john@example.com", mobile="1234567890", password=PASSWORD, client=CLIENT
    )
    user = await world.register().execute(registration)
    with pytest.raises(EmailNotVerified):
        await world.log_in().execute(a_command(user.email))
    token = await world.token_to(user.email, TokenPurpose.VERIFY_EMAIL)
    await world.verify_email().execute(token=token, client=CLIENT)
    await world.log_in().execute(a_command(user.email))


# --- As many sessions as are allowed --------------------------------------------------------------------------------


def limited(world: World, limit: int, policy: LimitPolicy, **rules: Any) -> None:
    world.session_policy = replace(world.session_policy, limit=limit, limit_policy=policy, **rules)


def live(world: World, user: User) -> list[SessionHandle]:
    return [handle for handle, reason in world.ends_of_sessions(user).items() if reason is None]


each_limit_policy = pytest.mark.parametrize("policy", LimitPolicy)


async def test_the_oldest_session_makes_room_and_its_tokens_open_nothing_any_more(world: World) -> None:
    user = await world.with_user()
    limited(world, 2, LimitPolicy.EVICT_OLDEST)
    pairs = []
    for _ in range(3):
        world.clock.advance(MOMENT)
        pairs.append(await world.log_in().execute(a_command(user.email)))
    assert list(world.ends_of_sessions(user).values()) == [EndReason.EVICTED, None, None]
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(pairs[0].access_token, client=CLIENT)
    with pytest.raises(RefreshTokenInvalid):
        await world.refresh_session().execute(refresh_token=pairs[0].refresh_token, client=CLIENT)
    for pair in pairs[1:]:
        await world.authenticate().execute(pair.access_token, client=CLIENT)
        await world.refresh_session().execute(refresh_token=pair.refresh_token, client=CLIENT)
    success, evict = AuditAction.SESSION_LOGIN_SUCCESS, AuditAction.SESSION_EVICT
    assert [entry.action for entry in world.audit] == [success, success, evict, success]
    assert [str(entry.action) for entry in world.audit].count("session:evict") == 1


async def test_a_refresh_makes_no_session_younger(world: World) -> None:
    user = await world.with_user()
    limited(world, 2, LimitPolicy.EVICT_OLDEST)
    oldest = await world.log_in().execute(a_command(user.email))
    (handle,) = live(world, user)
    world.clock.advance(MOMENT)
    await world.log_in().execute(a_command(user.email))
    world.clock.advance(HOUR)
    await world.refresh_session().execute(refresh_token=oldest.refresh_token, client=CLIENT)
    await world.log_in().execute(a_command(user.email))
    assert handle not in live(world, user)
    assert len(live(world, user)) == 2


async def test_where_nobody_makes_room_one_too_many_is_refused_and_nothing_is_stored_but_that(world: World) -> None:
    user = await world.with_user()
    limited(world, 2, LimitPolicy.DENY)
    for _ in range(2):
        await world.log_in().execute(a_command(user.email))
    before = world.snapshot()
    world.clock.advance(HOUR)
    with pytest.raises(SessionLimitReached):
        await world.log_in().execute(
            LogInCommand(email=str(user.email), password=PASSWORD, client=replace(CLIENT, user_agent="Another"))
        )
    denied = an_audit_entry(
        action=AuditAction.SESSION_LOGIN_DENIED,
        at=NOW + HOUR,
        actor_id=user.id,
        target_id=user.id,
        reason="session_limit_reached",
        client=replace(CLIENT, user_agent="Another"),
    )
    assert world.snapshot() == replace(before, audit=[*before.audit, denied])


async def test_once_one_has_ended_there_is_room_again(world: World) -> None:
    user = await world.with_user()
    limited(world, 1, LimitPolicy.DENY)
    logged_in = await world.log_in().execute(a_command(user.email))
    login = await world.authenticate().execute(logged_in.access_token, client=CLIENT)
    await world.log_out().execute(login, client=CLIENT)
    await world.log_in().execute(a_command(user.email))


async def test_how_many_there_are_is_told_to_nobody_without_the_password(world: World) -> None:
    user = await world.with_user()
    limited(world, 1, LimitPolicy.DENY)
    await world.with_session(user)
    with pytest.raises(InvalidCredentials):
        await world.log_in().execute(a_command(user.email, "Wrong-1234"))
    assert [entry.reason for entry in world.audit] == ["invalid_credentials"]


@KEPT_OUT
@each_limit_policy
async def test_a_full_house_is_the_least_of_the_reasons_and_for_who_is_kept_out_nobody_goes(
    world: World, policy: LimitPolicy, facts: dict[str, Any], refusal: type[DomainError]
) -> None:
    user = await world.with_user(**facts)
    limited(world, 1, policy)
    session = await world.with_session(user)
    with pytest.raises(refusal):
        await world.log_in().execute(a_command(user.email))
    assert live(world, user) == [session.handle]
    assert [entry.reason for entry in world.audit] == [refusal.code]


@each_limit_policy
async def test_what_has_expired_lies_idle_for_too_long_or_was_ended_takes_no_room(
    world: World, policy: LimitPolicy
) -> None:
    user = await world.with_user()
    limited(world, 2, policy, idle=HOUR)
    await world.with_session(user, expires_at=NOW + HOUR)
    await world.with_session(user)  # and never used again
    ended = await world.with_login(user)
    await world.log_out().execute(ended, client=CLIENT)
    world.clock.advance(HOUR + SEEN_TO)
    used = await world.with_session(user)
    before = list(world.audit)
    await world.log_in().execute(a_command(user.email))
    assert [entry.action for entry in world.audit[len(before) :]] == [AuditAction.SESSION_LOGIN_SUCCESS]
    assert world.ends_of_sessions(user)[used.handle] is None


@each_limit_policy
async def test_the_sessions_of_others_take_no_room(world: World, policy: LimitPolicy) -> None:
    user, other = await world.with_user(), await world.with_user()
    limited(world, 1, policy)
    strangers = await world.with_session(other)
    await world.log_in().execute(a_command(user.email))
    assert live(world, other) == [strangers.handle]


# --- Tied to an address ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("binding", IpBinding)
async def test_a_session_is_tied_to_where_it_was_started_and_people_may_start_others_elsewhere(
    world: World, binding: IpBinding
) -> None:
    user = await world.with_user()
    world.session_policy = replace(world.session_policy, ip_binding=binding)
    for ip_address in ("203.0.113.7", "2001:db8::1", None):
        client = replace(CLIENT, ip_address=ip_address)
        pair = await world.log_in().execute(LogInCommand(email=str(user.email), password=PASSWORD, client=client))
        await world.authenticate().execute(pair.access_token, client=client)
        await world.refresh_session().execute(refresh_token=pair.refresh_token, client=client)
    assert len(live(world, user)) == 3


# --- New devices and networks ---------------------------------------------------------------------------------------

HERE = ClientInfo(ip_address="203.0.113.7", user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0")


async def mails_of_logins(world: World, *clients: ClientInfo) -> list[Letter]:
    """The mails of the last of some logins."""
    user = await world.with_user(email=EmailAddress("john@example.com"), email_verified_at=NOW)
    for client in clients:
        await world.deliver()
        await world.log_in().execute(LogInCommand(email=str(user.email), password=PASSWORD, client=client))
    return await world.deliver()


@pytest.mark.parametrize(
    "before",
    [
        pytest.param([], id="the first login there is"),
        pytest.param([HERE], id="the same again"),
        pytest.param([replace(HERE, ip_address="203.0.113.200")], id="another address of the same network"),
        pytest.param([replace(HERE, request_id="r-2")], id="another request"),
        pytest.param([HERE, replace(HERE, ip_address="198.51.100.1")], id="back home"),
    ],
)
async def test_a_login_that_is_recognised_is_not_told_of(world: World, before: list[ClientInfo]) -> None:
    assert await mails_of_logins(world, *before, HERE) == []


@pytest.mark.parametrize(
    "before",
    [
        pytest.param([replace(HERE, user_agent="Safari")], id="another device"),
        pytest.param([replace(HERE, ip_address="203.0.112.7")], id="another network"),
        pytest.param([replace(HERE, ip_address="2001:db8::1")], id="another kind of address"),
        pytest.param([replace(HERE, ip_address=None)], id="from nowhere before"),
        pytest.param([ClientInfo(ip_address="198.51.100.1", user_agent="Safari")], id="neither is known"),
    ],
)
async def test_a_new_device_or_network_is_told_of_with_when_from_where_and_with_what(
    world: World, before: list[ClientInfo]
) -> None:
    (letter,) = await mails_of_logins(world, *before, HERE)
    assert (letter.kind, str(letter.recipient)) == (MailKind.NEW_LOGIN, "john@example.com")
    assert (letter.occurred_at, letter.ip_address) == (NOW, "203.0.113.7")
    assert letter.device == Device("Firefox", "Linux")
    assert set(letter.tokens) == {TokenPurpose.NOT_ME}


async def test_a_login_that_was_denied_or_failed_is_not_told_of_by_mail(world: World) -> None:
    user = await world.with_user()
    await world.with_session(user, user_agent="Safari")
    with pytest.raises(InvalidCredentials):
        await world.log_in().execute(a_command(user.email, "Wrong-1234"))
    await world.change(replace(user, block=a_block()))
    with pytest.raises(AccountBlocked):
        await world.log_in().execute(a_command(user.email))
    assert world.unsent == []


async def test_a_login_where_all_sessions_were_thrown_away_is_told_of(world: World) -> None:
    """Nothing is known of the account's devices any more; that must not let a stranger in silently."""
    user = await world.with_user()
    await world.log_in().execute(a_command(user.email))
    world.database.committed.sessions.clear()
    await world.log_in().execute(a_command(user.email))
    assert [letter.kind for letter in await world.deliver()] == [MailKind.NEW_LOGIN]


async def test_with_the_mail_of_a_login_its_session_is_ended(world: World) -> None:
    user = await world.with_user(last_login_at=NOW)
    await world.with_session(user, user_agent="Safari")
    logged_in = await world.log_in().execute(a_command(user.email))
    token = await world.token_to(user.email, TokenPurpose.NOT_ME)
    await world.report_not_me().execute(token=token, client=CLIENT)
    with pytest.raises(SessionEnded):
        await world.authenticate().execute(logged_in.access_token, client=CLIENT)


# --- Hashes of yesterday --------------------------------------------------------------------------------------------

TODAY = 2


@pytest.fixture
def today(world: World) -> InMemoryPasswordHasher:
    """Users are stored with hashes of generation 1; today's are of another."""
    world.password_hasher = InMemoryPasswordHasher(generation=TODAY)
    return world.password_hasher


async def is_of_today(world: World, user: User) -> bool:
    verification = await world.password_hasher.verify(Password(PASSWORD), world.account(user.id).password_hash)
    assert verification.matches
    return not verification.outdated


async def test_an_outdated_hash_is_made_anew_at_login(world: World, today: InMemoryPasswordHasher) -> None:
    user = await world.with_user()
    await world.log_in().execute(a_command(user.email))
    assert await is_of_today(world, user)


async def test_a_hash_made_anew_is_left_alone_from_then_on(world: World, today: InMemoryPasswordHasher) -> None:
    user = await world.with_user()
    await world.log_in().execute(a_command(user.email))
    kept, calls = world.account(user.id), today.calls
    await world.log_in().execute(a_command(user.email))
    assert world.account(user.id) == kept
    assert today.calls == calls + 1


async def test_an_outdated_hash_costs_the_same_as_any_where_the_password_is_wrong(
    world: World, today: InMemoryPasswordHasher
) -> None:
    user = await world.with_user()
    with pytest.raises(InvalidCredentials):
        await world.log_in().execute(a_command(user.email, "Wrong-1234"))
    assert today.calls == 1


async def test_for_somebody_who_is_kept_out_no_hash_is_replaced(world: World, today: InMemoryPasswordHasher) -> None:
    user = await world.with_user(block=a_block())
    with pytest.raises(AccountBlocked):
        await world.log_in().execute(a_command(user.email))
    assert not await is_of_today(world, user)


async def test_a_hash_made_anew_is_kept_where_another_session_made_room(
    world: World, today: InMemoryPasswordHasher
) -> None:
    user = await world.with_user()
    limited(world, 1, LimitPolicy.EVICT_OLDEST)
    await world.with_session(user)
    await world.log_in().execute(a_command(user.email))
    assert await is_of_today(world, user)
    assert len(live(world, user)) == 1


async def test_for_one_login_too_many_no_hash_is_replaced(world: World, today: InMemoryPasswordHasher) -> None:
    user = await world.with_user()
    limited(world, 1, LimitPolicy.DENY)
    await world.with_session(user)
    with pytest.raises(SessionLimitReached):
        await world.log_in().execute(a_command(user.email))
    assert not await is_of_today(world, user)
