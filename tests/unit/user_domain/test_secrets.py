"""What is secret does not show up where things are printed: logs, tracebacks, failed assertions."""

from datetime import timedelta

import pytest

from user_domain.policies.admission import Admission
from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import CLIENT, a_new_user, a_user
from user_domain.use_cases.administration.create_admin import CreateAdminCommand
from user_domain.use_cases.authentication.log_in import LoggedIn, LogInCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.password import Password

SECRET = "Sesame-1234"

HOLDERS = [
    Password(SECRET),
    Admission(a_new_user(), Password(SECRET)),
    Account(a_user(), PasswordHash(SECRET)),
    RegisterCommand(name="John", email="john@example.com", mobile="1234567890", password=SECRET, client=CLIENT),
    CreateAdminCommand(name="John", email="john@example.com", mobile="1234567890", password=SECRET),
    LogInCommand(email="john@example.com", password=SECRET, client=CLIENT),
    LoggedIn(access_token=SECRET, expires_in=timedelta(minutes=30)),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_a_secret_is_not_printed(holder: object) -> None:
    assert SECRET not in f"{holder} {holder!r}"
