"""Kinds of mail, and what their links are for."""

import pytest

from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose


@pytest.mark.parametrize(
    ("kind", "purposes"),
    [
        (MailKind.VERIFY_EMAIL, (TokenPurpose.VERIFY_EMAIL, TokenPurpose.NOT_ME)),
        (MailKind.RESET_PASSWORD, (TokenPurpose.RESET_PASSWORD,)),
        (MailKind.PASSWORD_CHANGED, (TokenPurpose.NOT_ME,)),
        (MailKind.CONFIRM_EMAIL_CHANGE, (TokenPurpose.CONFIRM_EMAIL_CHANGE,)),
        (MailKind.EMAIL_CHANGED, (TokenPurpose.UNDO_EMAIL_CHANGE,)),
        (MailKind.NEW_LOGIN, (TokenPurpose.NOT_ME,)),
        (MailKind.RESET_DEMANDED, (TokenPurpose.RESET_PASSWORD,)),
    ],
)
def test_what_the_links_of_a_mail_are_for_the_one_it_is_about_first(
    kind: MailKind, purposes: tuple[TokenPurpose, ...]
) -> None:
    assert kind.purposes == purposes


def test_what_admins_did_is_only_told() -> None:
    assert [kind for kind in MailKind if not kind.purposes] == [
        MailKind.ACCOUNT_CREATED,
        MailKind.ACCOUNT_BLOCKED,
        MailKind.ACCOUNT_SUSPENDED,
        MailKind.ACCOUNT_UNBLOCKED,
        MailKind.ROLE_CHANGED,
    ]


def test_no_kind_that_was_ever_stored_is_respelled() -> None:
    """A member may be added here; a line that has to change means that queued mails are no longer understood."""
    assert {kind.value for kind in MailKind} >= {
        "verify_email",
        "reset_password",
        "password_changed",
        "confirm_email_change",
        "email_changed",
        "new_login",
        "account_created",
        "account_blocked",
        "account_suspended",
        "account_unblocked",
        "role_changed",
        "reset_demanded",
    }
