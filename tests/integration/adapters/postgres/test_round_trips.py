"""What each operation costs in round trips to the database; docs/architecture.md shows the same numbers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.postgres.database import Database, PoolSettings
from adapters.system.key_ring import KeyRing
from adapters.tokens.one_time_token_codec import HmacOneTimeTokenCodec
from tests.support.composition import MASTER_KEY, compose, composed
from tests.support.protocol import traffic
from user_domain.errors import (
    AccountBlocked,
    CannotActOnSelf,
    EmailAlreadyRegistered,
    InvalidCredentials,
    LastAdmin,
    OneTimeTokenInvalid,
    RateLimited,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionEnded,
    SessionLimitReached,
    SessionNotFound,
    UserNotFound,
    WrongPassword,
)
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.ports.user_directory import Counting, UserCriteria, UserOrder
from user_domain.testing.builders import CLIENT, NOW, PASSWORD
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.use_cases.administration.block_user import BlockUserCommand
from user_domain.use_cases.administration.change_role import ChangeRoleCommand
from user_domain.use_cases.administration.create_admin import CreateAdminCommand
from user_domain.use_cases.administration.create_user import CreateUserCommand
from user_domain.use_cases.administration.require_password_reset import RequirePasswordResetCommand
from user_domain.use_cases.administration.suspend_user import SuspendUserCommand
from user_domain.use_cases.administration.unblock_user import UnblockUserCommand
from user_domain.use_cases.audit.export_audit_entries import BATCH
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.passwords.change_password import ChangePasswordCommand
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.ids import OneTimeTokenId, SessionId, UserId
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password
from user_domain.value_objects.role import Role
from user_domain.value_objects.search_words import SearchWords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from entrypoints.application import Application
    from tests.support.protocol import Traffic
    from user_domain.ports.session_queries import Login

REGISTER = RegisterCommand(
    name="John Doe", email="john@example.com", mobile="1234567890", password=PASSWORD, client=CLIENT
)
CREATE_ADMIN = CreateAdminCommand(name="Ada Min", email="ada@example.com", mobile="1234567890", password=PASSWORD)
LOG_IN = LogInCommand(email="john@example.com", password=PASSWORD, client=CLIENT)
OTHER_PASSWORD = "OtherPass456?"
ELSEWHERE = replace(CLIENT, ip_address="198.51.100.1", user_agent="Storefront/2.1")


@pytest.fixture
async def database(conninfo: str) -> AsyncIterator[Database]:
    """One connection, so that all traffic is on it, statements by their full text."""
    database = Database(conninfo, PoolSettings(min_size=1, max_size=1, transaction_pooler=True))
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def application(database: Database) -> Application:
    return await started(database)


async def started(database: Database, **settings: object) -> Application:
    """The service after its first entry in the audit trail, for which each process asks what the keys are made of."""
    application = compose(database, **settings)
    with pytest.raises(InvalidCredentials):
        await application.log_in.execute(LogInCommand(email="nobody@example.com", password="", client=CLIENT))
    return application


async def test_registering_takes_two(application: Application, database: Database) -> None:
    async with traffic(database) as seen:
        await application.register.execute(REGISTER)
    # claim, insert, which answers the number, and what the trail's key is made of; audit entry, tokens, mail and commit
    assert (seen.round_trips, work(seen)) == (2, 9)


async def test_a_refused_registration_takes_no_more(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        with pytest.raises(EmailAlreadyRegistered):
            await application.register.execute(REGISTER)
    assert seen.round_trips == 2


async def test_logging_in_takes_three(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        await application.log_in.execute(LOG_IN)
    # read the account; lock it and the sessions that are too many; session, last login, audit entry and commit
    assert (seen.round_trips, work(seen)) == (3, 6)


async def test_making_room_or_being_refused_for_want_of_it_takes_no_more(database: Database) -> None:
    evicting = await started(database, max_sessions_per_user=1)
    await evicting.register.execute(REGISTER)
    await evicting.log_in.execute(LOG_IN)
    async with traffic(database) as seen:
        await evicting.log_in.execute(LOG_IN)
    assert (seen.round_trips, work(seen)) == (3, 8)  # the oldest ended, and an entry that names it
    denying = await started(database, max_sessions_per_user=1, session_limit_policy="deny")
    async with traffic(database) as seen:
        with pytest.raises(SessionLimitReached):
            await denying.log_in.execute(LOG_IN)
    assert (seen.round_trips, work(seen)) == (3, 4)


async def test_a_failed_login_takes_two_whether_the_account_exists_or_not(
    application: Application, database: Database
) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as known:
        with pytest.raises(InvalidCredentials):
            await application.log_in.execute(LogInCommand(email="john@example.com", password="wrong", client=CLIENT))
    async with traffic(database) as unknown:
        with pytest.raises(InvalidCredentials):
            await application.log_in.execute(LogInCommand(email="jane@example.com", password="wrong", client=CLIENT))
    assert known.round_trips == unknown.round_trips == 2
    assert known.statements == unknown.statements


async def test_recognising_a_caller_takes_one(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    token = (await application.log_in.execute(LOG_IN)).access_token
    async with traffic(database) as seen:
        await application.authenticate.execute(token, client=CLIENT)
    assert seen.round_trips == 1
    assert all("hash" not in statement for statement in seen.statements)


async def test_a_forged_token_takes_none(application: Application, database: Database) -> None:
    async with traffic(database) as seen:
        with pytest.raises(Exception, match="not valid"):
            await application.authenticate.execute("a.b.c", client=CLIENT)
    assert seen.round_trips == 0


async def test_logging_out_takes_two(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    login = await application.authenticate.execute(
        (await application.log_in.execute(LOG_IN)).access_token, client=CLIENT
    )
    async with traffic(database) as seen:
        await application.log_out.execute(login, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (2, 2)
    async with traffic(database) as seen:
        await application.log_out.execute(login, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (2, 1)  # over already: nothing to tell, give back what was not changed


# Sessions: going on with one, seeing them, ending them.


async def test_refreshing_takes_one_statement_and_no_transaction_also_where_it_is_repeated(
    application: Application, database: Database
) -> None:
    await application.register.execute(REGISTER)
    token = (await application.log_in.execute(LOG_IN)).refresh_token
    async with traffic(database) as first:
        await application.refresh_session.execute(refresh_token=token, client=CLIENT)
    async with traffic(database) as repeated:
        await application.refresh_session.execute(refresh_token=token, client=CLIENT)
    assert (first.round_trips, len(first.statements)) == (1, 1)
    assert (repeated.round_trips, repeated.statements) == (1, first.statements)
    assert "hash" not in first.statements[0]


async def test_a_refresh_token_that_is_good_for_nothing_takes_one_and_a_forged_one_none(
    application: Application, database: Database
) -> None:
    login, token = await entered_with(application)
    async with traffic(database) as seen:
        with pytest.raises(RefreshTokenInvalid):
            await application.refresh_session.execute(refresh_token=token[:-4] + "AAAA", client=CLIENT)
    assert seen.round_trips == 0
    await application.log_out.execute(login, client=CLIENT)
    async with traffic(database) as seen:
        with pytest.raises(RefreshTokenInvalid):
            await application.refresh_session.execute(refresh_token=token, client=CLIENT)
    assert (seen.round_trips, len(seen.statements)) == (1, 1)


async def test_a_refresh_token_that_comes_twice_takes_four_and_a_denied_refresh_two(
    application: Application, database: Database
) -> None:
    _, token = await entered_with(application)
    later = await application.refresh_session.execute(refresh_token=token, client=CLIENT)
    await database.execute("update users set blocked_at = now()", {})
    async with traffic(database) as seen:
        with pytest.raises(AccountBlocked):
            await application.refresh_session.execute(refresh_token=later.refresh_token, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (2, 2)  # the session, not changed; the entry and commit
    await database.execute("update users set blocked_at = null", {})
    await application.refresh_session.execute(refresh_token=later.refresh_token, client=CLIENT)
    async with traffic(database) as seen:
        with pytest.raises(RefreshTokenReused):
            await application.refresh_session.execute(refresh_token=token, client=CLIENT)
    # the session, not changed; its user locked; its end; the entry, token and mail, and commit
    assert (seen.round_trips, work(seen)) == (4, 7)


async def test_seeing_ones_sessions_takes_one_and_ending_one_or_all_three(
    application: Application, database: Database
) -> None:
    login, _ = await entered_with(application)
    other, _ = await entered_with(application, register=False)
    async with traffic(database) as seen:
        assert len(await application.list_own_sessions.execute(login, limit=200)) == 2
    assert (seen.round_trips, len(seen.statements)) == (1, 1)
    async with traffic(database) as seen:
        await application.end_own_session.execute(login, other.session.id, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (3, 3)  # whose is it; its end; the entry and commit
    async with traffic(database) as seen:
        await application.end_own_session.execute(login, other.session.id, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (3, 2)
    async with traffic(database) as seen:
        with pytest.raises(SessionNotFound):
            await application.end_own_session.execute(login, SessionId(2**40), client=CLIENT)
    assert (seen.round_trips, work(seen)) == (1, 1)
    async with traffic(database) as seen:
        assert await application.log_out_everywhere.execute(login, keep_current=False, client=CLIENT) == 1
    assert (seen.round_trips, work(seen)) == (3, 3)  # lock; how many end; the entry and commit


async def test_seeing_a_users_sessions_takes_one_ending_one_or_all_three(
    application: Application, database: Database
) -> None:
    login, _ = await entered_with(application)
    other, _ = await entered_with(application, register=False)
    await application.promote_to_admin.execute(email=REGISTER.email)
    admin = replace(login.user, role=Role.ADMIN)
    for include_ended in (False, True):
        async with traffic(database) as seen:
            found = await application.list_user_sessions.execute(
                admin.id, actor=admin, include_ended=include_ended, limit=200
            )
        assert (len(found), seen.round_trips, len(seen.statements)) == (2, 1, 1)
    async with traffic(database) as seen:
        with pytest.raises(UserNotFound):
            await application.list_user_sessions.execute(UserId(2**30), actor=admin, include_ended=True, limit=200)
    assert (seen.round_trips, work(seen)) == (2, 2)  # no session; and no user who could have none
    async with traffic(database) as seen:
        await application.end_user_session.execute(other.session.id, actor=admin, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (3, 3)  # whose is it; its end; the entry and commit
    async with traffic(database) as seen:
        assert await application.log_user_out.execute(admin.id, actor=admin, client=CLIENT) == 1
    assert (seen.round_trips, work(seen)) == (3, 3)  # lock; how many end; the entry and commit


async def test_explaining_access_takes_one(application: Application, database: Database) -> None:
    login, _ = await entered_with(application)
    admin = replace(login.user, role=Role.ADMIN)
    async with traffic(database) as seen:
        decision = await application.explain_access.execute(admin.id, actor=admin)
    assert (decision.is_allowed, len(decision.recent_attempts)) == (True, 1)
    assert (seen.round_trips, len(seen.statements)) == (1, 1)


async def test_a_session_that_moved_takes_two_more(database: Database) -> None:
    bound = await started(database, session_ip_binding="strict")
    await bound.register.execute(REGISTER)
    tokens = await bound.log_in.execute(LOG_IN)
    async with traffic(database) as seen:
        with pytest.raises(SessionEnded):
            await bound.authenticate.execute(tokens.access_token, client=ELSEWHERE)
    assert (seen.round_trips, work(seen)) == (3, 3)


async def test_sixty_four_who_are_recognised_at_once_take_one(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    tokens = [(await application.log_in.execute(LOG_IN)).access_token for _ in range(4)]
    async with traffic(database) as seen:
        logins = await asyncio.gather(
            *(application.authenticate.execute(token, client=CLIENT) for token in tokens * 16)
        )
    assert len({login.session.id for login in logins}) == 4
    assert (seen.round_trips, len(seen.statements)) == (1, 1)


async def test_that_sessions_are_used_takes_one_for_all_of_them_now_and_then(database: Database) -> None:
    container = composed(database)
    application, activity = container.application(), container.session_activity()
    await application.register.execute(REGISTER)
    tokens = [(await application.log_in.execute(LOG_IN)).access_token for _ in range(4)]
    async with traffic(database) as seen:
        await activity.write_down()
    assert seen.round_trips == 0  # nothing was seen
    await database.execute("update sessions set last_seen_at = last_seen_at - interval '1 hour'", {})
    async with traffic(database) as seen:
        for token in tokens * 3:
            await application.authenticate.execute(token, client=CLIENT)
    assert (seen.round_trips, len(set(seen.statements))) == (12, 1)
    async with traffic(database) as seen:
        await activity.write_down()
    assert (seen.round_trips, len(seen.statements)) == (1, 1)


async def test_statistics_take_one_to_read_and_one_each_to_keep(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    admin = await application.promote_to_admin.execute(email=REGISTER.email)
    await application.log_in.execute(LOG_IN)
    async with traffic(database) as seen:
        await application.get_statistics.execute(actor=admin)
    assert (seen.round_trips, len(seen.statements)) == (1, 1)
    async with traffic(database) as seen:
        await application.get_timeseries.execute(actor=admin, days=366)
    assert (seen.round_trips, len(seen.statements)) == (1, 1)
    for keep in (application.fold_statistics, application.settle_sessions):
        async with traffic(database) as seen:
            await keep.execute()
        assert (seen.round_trips, len(seen.statements)) == (1, 1)


async def test_seeing_oneself_takes_none_and_changing_ones_profile_two(
    application: Application, database: Database
) -> None:
    user = await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        await application.get_user.execute(actor=user, user_id=user.id)
    assert seen.round_trips == 0  # the caller was just read
    change = ChangeProfileCommand(actor=user, user_id=user.id, name="Jane Roe", client=CLIENT)
    async with traffic(database) as seen:
        await application.change_profile.execute(change)
    assert seen.round_trips == 2
    async with traffic(database) as seen:
        await application.change_profile.execute(change)
    assert seen.round_trips == 2  # nothing differs: lock, look, give the lock back


# What is mailed: who asks for a mail, who follows its links, and who sends it.


async def test_a_login_from_a_new_device_takes_no_more(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    await application.log_in.execute(LOG_IN)
    async with traffic(database) as known:
        await application.log_in.execute(LOG_IN)
    async with traffic(database) as new:
        await application.log_in.execute(replace(LOG_IN, client=ELSEWHERE))
    assert known.round_trips == new.round_trips == 3
    assert work(new) - work(known) == 3  # its token, its mail, and the call for the worker


async def test_an_outdated_hash_made_anew_takes_no_more(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    await database.execute("update passwords set hash = '2' || substr(hash, 2)", {})
    weaker = InMemoryPasswordHasher(generation=2)
    await database.execute("update passwords set hash = %(hash)s", {"hash": await weaker.hash(Password(PASSWORD))})
    async with traffic(database) as seen:
        await application.log_in.execute(LOG_IN)
    assert (seen.round_trips, work(seen)) == (3, 7)


async def test_a_denied_login_takes_three(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    await database.execute("update users set blocked_at = now()", {})
    async with traffic(database) as seen:
        with pytest.raises(AccountBlocked):
            await application.log_in.execute(LOG_IN)
    assert (seen.round_trips, work(seen)) == (3, 4)


async def test_verifying_takes_three_and_again_three(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    token = await mailed(database, TokenPurpose.VERIFY_EMAIL)
    async with traffic(database) as seen:
        await application.verify_email.execute(token=token, client=CLIENT)
    # the token, its user locked before; the user; everything else and commit
    assert (seen.round_trips, work(seen)) == (3, 6)
    async with traffic(database) as seen:
        await application.verify_email.execute(token=token, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (3, 3)


async def test_a_token_nobody_issued_takes_two_and_one_that_is_spent_three(
    application: Application, database: Database
) -> None:
    async with traffic(database) as seen:
        with pytest.raises(OneTimeTokenInvalid):
            await application.verify_email.execute(token="guess", client=CLIENT)
    assert (seen.round_trips, work(seen)) == (2, 2)  # look, and give back what was not locked
    await application.register.execute(REGISTER)
    token = await mailed(database, TokenPurpose.NOT_ME)
    await application.report_not_me.execute(token=token, client=CLIENT)
    async with traffic(database) as seen:
        with pytest.raises(OneTimeTokenInvalid):
            await application.report_not_me.execute(token=token, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (3, 4)  # the refusal is in the trail


async def test_asking_for_another_verification_takes_two_and_too_soon_three_whoever_it_is_for(
    application: Application, database: Database
) -> None:
    await application.register.execute(REGISTER)
    for email in (REGISTER.email, "nobody@example.com"):
        async with traffic(database) as seen:
            await application.resend_verification.execute(email=email, client=CLIENT)
        assert (seen.round_trips, work(seen)) == (2, 3)  # the pause; the mail and commit
        async with traffic(database) as seen:
            with pytest.raises(RateLimited):
                await application.resend_verification.execute(email=email, client=CLIENT)
        assert (seen.round_trips, work(seen)) == (3, 2)  # the pause that lasts; until when; nothing to keep


async def test_seeing_how_the_verification_stands_takes_one(application: Application, database: Database) -> None:
    user = await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        await application.get_verification_status.execute(user)
    assert (seen.round_trips, work(seen)) == (1, 1)


async def test_asking_for_a_reset_takes_one_whoever_it_is_for(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    for email in (REGISTER.email, "nobody@example.com"):
        async with traffic(database) as seen:
            await application.forgot_password.execute(email=email, client=CLIENT)
        assert (seen.round_trips, work(seen)) == (1, 2)


async def test_a_reset_takes_seven(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    await application.forgot_password.execute(email=REGISTER.email, client=CLIENT)
    await send_all(application)
    token = await mailed(database, TokenPurpose.RESET_PASSWORD)
    command = ResetPasswordCommand(token=token, new_password=OTHER_PASSWORD, client=CLIENT)
    async with traffic(database) as seen:
        await application.reset_password.execute(command)
    # Token and user, before the hash: 3 with the lock given back. After it: token; user; password, user, sessions;
    # tokens, audit entry, mail and commit.
    assert (seen.round_trips, work(seen)) == (7, 15)


async def test_a_change_of_the_password_takes_four(application: Application, database: Database) -> None:
    login = await entered(application)
    command = ChangePasswordCommand(login=login, current_password=PASSWORD, new_password=OTHER_PASSWORD, client=CLIENT)
    await database.execute("update users set email_verified_at = now()", {})
    async with traffic(database) as seen:
        await application.change_password.execute(command)
    # The hash; lock; password, tokens, audit entry, mail and the other sessions; commit.
    assert (seen.round_trips, work(seen)) == (4, 9)


async def test_a_wrong_current_password_takes_two(application: Application, database: Database) -> None:
    login = await entered(application)
    command = ChangePasswordCommand(login=login, current_password="x", new_password=OTHER_PASSWORD, client=CLIENT)
    async with traffic(database) as seen:
        with pytest.raises(WrongPassword):
            await application.change_password.execute(command)
    assert (seen.round_trips, work(seen)) == (2, 2)


async def test_a_change_of_address_takes_four_to_ask_and_four_to_confirm_and_five_to_undo(
    application: Application, database: Database
) -> None:
    user = (await entered(application)).user
    ask = ChangeProfileCommand(
        actor=user, user_id=user.id, email="new@example.com", current_password=PASSWORD, client=CLIENT
    )
    async with traffic(database) as seen:
        await application.change_profile.execute(ask)
    assert (seen.round_trips, work(seen)) == (4, 9)  # the hash; is the address free; lock; the rest and commit
    token = await mailed(database, TokenPurpose.CONFIRM_EMAIL_CHANGE)
    async with traffic(database) as seen:
        await application.confirm_email_change.execute(token=token, client=CLIENT)
    # token; user; the address claimed and changed; the rest and commit
    assert (seen.round_trips, work(seen)) == (4, 12)
    token = await mailed(database, TokenPurpose.UNDO_EMAIL_CHANGE)
    async with traffic(database) as seen:
        await application.undo_email_change.execute(token=token, client=CLIENT)
    # token; user; the address; user and sessions, which answer how many; the rest and commit
    assert (seen.round_trips, work(seen)) == (5, 15)


async def test_an_admins_change_of_an_address_takes_three(application: Application, database: Database) -> None:
    user = await application.register.execute(REGISTER)
    admin = await application.create_admin.execute(CREATE_ADMIN)
    change = ChangeProfileCommand(actor=admin, user_id=user.id, email="new@example.com", client=CLIENT)
    async with traffic(database) as seen:
        await application.change_profile.execute(change)
    assert (seen.round_trips, work(seen)) == (3, 9)


async def test_what_admins_do_takes_three_and_nothing_new_two(application: Application, database: Database) -> None:
    user = await application.register.execute(REGISTER)
    await application.log_in.execute(LOG_IN)
    admin = await application.create_admin.execute(CREATE_ADMIN)
    by: dict[str, Any] = {"actor": admin, "user_id": user.id, "client": CLIENT}
    async with traffic(database) as seen:
        await application.block_user.execute(BlockUserCommand(**by))
    # lock; user, entry, history, mail and its call, and the sessions, which answer how many; commit
    assert (seen.round_trips, work(seen)) == (3, 7)
    async with traffic(database) as seen:
        await application.block_user.execute(BlockUserCommand(**by))
    assert (seen.round_trips, work(seen)) == (2, 1)
    async with traffic(database) as seen:
        await application.unblock_user.execute(UnblockUserCommand(**by))
    assert (seen.round_trips, work(seen)) == (2, 6)
    async with traffic(database) as seen:
        await application.suspend_user.execute(SuspendUserCommand(**by))
    assert (seen.round_trips, work(seen)) == (3, 7)
    async with traffic(database) as seen:
        await application.require_password_reset.execute(RequirePasswordResetCommand(**by))
    assert (seen.round_trips, work(seen)) == (3, 9)
    async with traffic(database) as seen:
        with pytest.raises(CannotActOnSelf):
            await application.block_user.execute(BlockUserCommand(**{**by, "user_id": admin.id}))
    assert (seen.round_trips, work(seen)) == (1, 1)


async def test_changing_a_role_takes_two_with_the_roster(application: Application, database: Database) -> None:
    user = await application.register.execute(REGISTER)
    admin = await application.create_admin.execute(CREATE_ADMIN)
    change = ChangeRoleCommand(actor=admin, user_id=user.id, role=Role.ADMIN, client=CLIENT)
    async with traffic(database) as seen:
        await application.change_role.execute(change)
    # roster, lock and count; user, entry, mail and its call, and commit
    assert (seen.round_trips, work(seen)) == (2, 7)
    await database.execute("update users set role = 'user' where id = %(id)s", {"id": admin.id})  # and has not noticed
    async with traffic(database) as seen:
        with pytest.raises(LastAdmin):
            await application.change_role.execute(replace(change, role=Role.USER))
    assert (seen.round_trips, work(seen)) == (2, 4)


async def test_opening_an_account_takes_two_and_seeing_one_or_its_history_one(
    application: Application, database: Database
) -> None:
    admin = await application.create_admin.execute(CREATE_ADMIN)
    async with traffic(database) as seen:
        jane = await application.create_user.execute(
            CreateUserCommand(
                actor=admin,
                name="Jane Roe",
                email="jane@example.com",
                mobile="1234567890",
                password=PASSWORD,
                role=Role.USER,
                client=CLIENT,
            )
        )
    assert (seen.round_trips, work(seen)) == (2, 6)
    async with traffic(database) as seen:
        await application.see_user.execute(actor=admin, user_id=jane.id)
    assert (seen.round_trips, work(seen)) == (1, 1)
    async with traffic(database) as seen:
        assert await application.list_status_history.execute(actor=admin, user_id=jane.id, limit=200) == []
    assert (seen.round_trips, work(seen)) == (2, 2)  # none: is there such a user?
    await application.block_user.execute(BlockUserCommand(actor=admin, user_id=jane.id, client=CLIENT))
    async with traffic(database) as seen:
        assert len(await application.list_status_history.execute(actor=admin, user_id=jane.id, limit=200)) == 1
    assert (seen.round_trips, work(seen)) == (1, 1)


async def test_reporting_a_stranger_takes_four(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    token = await mailed(database, TokenPurpose.NOT_ME)
    async with traffic(database) as seen:
        await application.report_not_me.execute(token=token, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (4, 8)


async def test_delivering_takes_two(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        assert (await application.deliver_mail.execute()).kind is MailKind.VERIFY_EMAIL
    assert (seen.round_trips, work(seen)) == (2, 2)  # claim; remove. None is open while it is being sent
    assert not any(statement.endswith('"begin') for statement in seen.statements)
    async with traffic(database) as seen:
        assert not (await application.deliver_mail.execute()).found
    assert (seen.round_trips, work(seen)) == (2, 2)  # nothing to claim; when the next will be due


async def test_delivering_what_was_asked_for_takes_six_and_to_nobody_three(
    application: Application, database: Database
) -> None:
    await application.register.execute(REGISTER)
    await send_all(application)
    await application.forgot_password.execute(email=REGISTER.email, client=CLIENT)
    async with traffic(database) as seen:
        assert (await application.deliver_mail.execute()).kind is MailKind.RESET_PASSWORD
    # claim; whose address; lock; token, and is the mail still nobody's; audit entry and commit; remove
    assert (seen.round_trips, work(seen)) == (6, 8)
    await application.forgot_password.execute(email="nobody@example.com", client=CLIENT)
    async with traffic(database) as seen:
        assert (await application.deliver_mail.execute()).found
    assert (seen.round_trips, work(seen)) == (3, 3)


async def test_the_revocation_feed_takes_one(application: Application, database: Database) -> None:
    login = await entered(application)
    await application.log_out.execute(login, client=CLIENT)
    async with traffic(database) as seen:
        assert len((await application.list_revocations.execute()).revocations) == 1
    assert (seen.round_trips, work(seen)) == (1, 1)
    assert not any(statement.endswith('"begin') for statement in seen.statements)


async def test_listing_mail_takes_one_and_a_retry_two(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        (mail,) = await application.list_mail.execute(actor=None, limit=200)
    assert (seen.round_trips, work(seen)) == (1, 1)
    async with traffic(database) as seen:
        await application.retry_mail.execute(mail.mail.id, actor=None, client=CLIENT)
    assert (seen.round_trips, work(seen)) == (2, 3)


async def test_purging_takes_one_for_each_kind_and_no_transaction(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        assert (await application.purge_old_records.execute()).is_done
    assert (seen.round_trips, len(seen.statements)) == (5, 5)


async def test_listing_users_takes_one_and_one_more_where_they_are_counted(
    application: Application, database: Database
) -> None:
    await application.register.execute(replace(REGISTER, email="john2@example.com"))
    actor = (await entered(application)).user.promoted(NOW)
    for words, counting, expected in (
        (None, None, 1), ("john", None, 1), ("john", Counting.EXACT, 2), ("john", Counting.ESTIMATE, 2),
        ("jane", Counting.EXACT, 1), ("x" * 255, Counting.EXACT, 0),
    ):  # fmt: skip
        criteria = UserCriteria(words=SearchWords.parse(words) if words else None)
        async with traffic(database) as seen:
            await application.list_users.execute(
                actor=actor, criteria=criteria, order=UserOrder.EMAIL, limit=1, counting=counting
            )
        assert (seen.round_trips, work(seen)) == (expected, expected)
        assert not any("hash" in statement for statement in seen.statements)


async def test_reading_the_trail_takes_one_and_by_ip_address_two(application: Application, database: Database) -> None:
    actor = (await entered(application)).user.promoted(NOW)
    for ip_address, expected in ((None, 1), ("203.0.113.7", 2)):
        async with traffic(database) as seen:
            page = await application.list_audit_entries.execute(
                actor=actor, criteria=AuditCriteria(ip_address=ip_address), limit=1
            )
        assert page.entries
        assert page.next_page
        assert (seen.round_trips, work(seen)) == (expected, expected)
    async with traffic(database) as seen:
        await application.list_audit_seals.execute(actor=actor, limit=1)
    assert (seen.round_trips, work(seen)) == (1, 1)


async def test_exporting_the_trail_takes_one_for_its_own_entry_and_one_for_each_batch(
    application: Application, database: Database
) -> None:
    actor = (await entered(application)).user.promoted(NOW)
    await database.execute(
        "insert into audit_entries (at, action) select '2026-01-01', 'user:block' from generate_series(1, %(entries)s)",
        {"entries": 2 * BATCH},
    )
    async with traffic(database) as seen:
        batches = await application.export_audit_entries.execute(
            actor=actor, criteria=AuditCriteria(until=NOW), client=CLIENT
        )
    assert (seen.round_trips, work(seen)) == (2, 2)  # the entry and commit; the first batch
    async with traffic(database) as seen:
        assert sum([len(batch) async for batch in batches]) == 2 * BATCH
    assert (seen.round_trips, work(seen)) == (2, 2)  # the second one, and that there is no third


async def test_looking_after_the_keys_takes_one_making_one_three_and_rotating_two(database: Database) -> None:
    application = await started(database, algorithm="ES256")
    async with traffic(database) as seen:
        await application.tend_signing_keys.execute(starting=True)
    assert (seen.round_trips, work(seen)) == (3, 5)  # the keys; lock and the keys anew; key, audit entry and commit
    async with traffic(database) as seen:
        await application.tend_signing_keys.execute(starting=True)
    assert (seen.round_trips, work(seen)) == (1, 1)
    async with traffic(database) as seen:
        await application.rotate_signing_keys.execute(emergency=False)
    assert (seen.round_trips, work(seen)) == (2, 5)


def work(seen: Traffic) -> int:
    """How many statements there were, besides those that begin and end a transaction."""
    return sum(not statement.endswith(('"begin', '"commit', "rollback")) for statement in seen.statements)


async def entered(application: Application) -> Login:
    """Somebody who has registered and logged in."""
    login, _ = await entered_with(application)
    return login


async def entered_with(application: Application, *, register: bool = True) -> tuple[Login, str]:
    """The same, and the refresh token."""
    if register:
        await application.register.execute(REGISTER)
    tokens = await application.log_in.execute(LOG_IN)
    return await application.authenticate.execute(tokens.access_token, client=CLIENT), tokens.refresh_token


async def send_all(application: Application) -> None:
    while (await application.deliver_mail.execute()).found:
        pass


async def mailed(database: Database, purpose: TokenPurpose) -> str:
    """The one good token for a purpose, as the worker derives it."""
    statement = "select id from one_time_tokens where purpose = %(purpose)s and used_at is null and voided_at is null"
    (row,) = await database.fetch_all(statement, {"purpose": purpose.value})
    codec = HmacOneTimeTokenCodec(keys=KeyRing([MASTER_KEY]).keys("one-time-tokens"))
    return codec.derive(OneTimeTokenId(row["id"].hex))
