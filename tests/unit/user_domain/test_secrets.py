"""What is secret does not show up where things are printed: logs, tracebacks, failed assertions."""

from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World
from user_domain.policies.admission import Admission
from user_domain.ports.mail_queue import ClaimedMail
from user_domain.ports.mailer import MailRejected
from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.session_queries import Login
from user_domain.ports.session_repository import SessionHolder
from user_domain.ports.user_queries import LoginCandidate
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import CLIENT, NOW, PASSWORD, a_letter, a_mail, a_new_user, a_session, a_token, a_user
from user_domain.use_cases.administration.create_admin import CreateAdminCommand
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.passwords.change_password import ChangePasswordCommand
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.password import Password
from user_domain.value_objects.token_pair import TokenPair

SECRET = "Open-Sesame-1234"

USER = a_user()
LOGIN = Login(USER, a_session(user_id=USER.id))
TOKEN = a_token(USER, digest=SECRET.encode())

HOLDERS = [
    Password(SECRET),
    Admission(a_new_user(), Password(SECRET)),
    Account(a_user(), PasswordHash(SECRET)),
    RegisterCommand(name="John", email="john@example.com", mobile="1234567890", password=SECRET, client=CLIENT),
    CreateAdminCommand(name="John", email="john@example.com", mobile="1234567890", password=SECRET),
    LogInCommand(email="john@example.com", password=SECRET, client=CLIENT),
    TokenPair(
        access_token=SECRET,
        expires_in=timedelta(minutes=30),
        refresh_token=SECRET,
        refresh_expires_in=timedelta(days=30),
    ),
    SessionHolder(Account(a_user(), PasswordHash(SECRET)), surplus=()),
    ChangePasswordCommand(login=LOGIN, current_password=SECRET, new_password=SECRET, client=CLIENT),
    ResetPasswordCommand(token=SECRET, new_password=SECRET, client=CLIENT),
    ChangeProfileCommand(actor=USER, user_id=USER.id, current_password=SECRET, client=CLIENT),
    a_letter(tokens=dict.fromkeys(TokenPurpose, SECRET)),
    TOKEN,
    ClaimedMail(mail=a_mail(token_ids=(TOKEN.id,)), attempt=1, until=NOW, user=USER, tokens=(TOKEN,)),
    LoginCandidate(account=Account(USER, PasswordHash(SECRET)), is_recognised=True),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_a_secret_is_not_printed(holder: object) -> None:
    assert SECRET not in f"{holder} {holder!r}"


async def test_no_one_time_token_and_no_password_is_stored_queued_or_in_the_audit_trail() -> None:
    world, email = World(), EmailAddress("john@example.com")
    user = await world.with_user(email=email, last_login_at=NOW)
    session = await world.with_session(user, user_agent="Safari")
    world.mailer.refuse(*[MailRejected("550")] * 2)  # dead letters hold none either
    await world.forgot_password().execute(email=str(email), client=CLIENT)
    await world.log_in().execute(LogInCommand(email=str(email), password=PASSWORD, client=CLIENT))
    await world.deliver()
    await world.wants(user, EmailAddress("new@example.com"))
    await world.forgets(email)
    login = await world.sessions.login_by_handle(session.handle)
    assert login is not None
    await world.change_password().execute(
        ChangePasswordCommand(login=login, current_password=PASSWORD, new_password=SECRET, client=CLIENT)
    )
    stored = f"{world.database.committed!r} {[one.digest.hex() for one in world.database.committed.tokens.values()]}"
    tokens = [world.token_codec.derive(token_id) for token_id in world.database.committed.tokens]
    assert len(tokens) > 4
    assert not [secret for secret in (*tokens, PASSWORD, SECRET) if secret in stored]
