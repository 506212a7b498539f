"""What the links in mails are good for, for how long, and what is stored of them."""

from datetime import timedelta

import pytest
from hypothesis import given

from tests.unit.user_domain.texts import ANY_TEXT
from user_domain.value_objects.one_time_token import TokenPurpose, digest


@pytest.mark.parametrize(
    ("purpose", "lifetime", "is_protective"),
    [
        (TokenPurpose.VERIFY_EMAIL, timedelta(hours=24), False),
        (TokenPurpose.RESET_PASSWORD, timedelta(hours=1), False),
        (TokenPurpose.CONFIRM_EMAIL_CHANGE, timedelta(hours=24), False),
        (TokenPurpose.UNDO_EMAIL_CHANGE, timedelta(days=7), True),
        (TokenPurpose.NOT_ME, timedelta(days=7), True),
    ],
)
def test_how_long_a_token_is_good_and_whether_it_protects(
    purpose: TokenPurpose, lifetime: timedelta, is_protective: bool
) -> None:
    assert (purpose.lifetime, purpose.is_protective) == (lifetime, is_protective)


def test_no_purpose_that_was_ever_stored_is_respelled() -> None:
    """A member may be added here; a line that has to change means that links in mails are no longer understood."""
    assert {purpose.value for purpose in TokenPurpose} >= {
        "verify-email",
        "reset-password",
        "confirm-email-change",
        "undo-email-change",
        "not-me",
    }


def test_a_digest_is_sha_256() -> None:
    assert digest("token").hex() == "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0"


@given(ANY_TEXT)
def test_whatever_a_stranger_sends_has_a_digest(text: str) -> None:
    assert len(digest(text)) == 32
