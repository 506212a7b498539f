"""The words of the audit trail are stored, and read by others for years."""

import re

import pytest

from user_domain.entities.audit_entry import AuditAction, AuditEntry
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.ids import UserId


def test_an_action_is_spelled_subject_action_outcome() -> None:
    for action in AuditAction:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*(:[a-z]+(-[a-z]+)*){1,2}", action), action


def test_no_two_actions_are_spelled_alike() -> None:
    """A second name for a value would be no member, but another name of the first."""
    assert list(AuditAction.__members__) == [action.name for action in AuditAction]


def test_no_action_that_was_ever_stored_is_respelled() -> None:
    """A member may be added here; a line that has to change means that stored entries are no longer understood."""
    assert {action.value for action in AuditAction} >= {
        "user:register",
        "user:register:refused",
        "user:profile-change",
        "user:verification-request",
        "user:verify-email",
        "user:not-me",
        "email:change-request",
        "email:change-request:refused",
        "email:change",
        "email:change:refused",
        "email:change-undo",
        "password:reset-request",
        "password:reset",
        "password:reset:refused",
        "password:change",
        "password:change:refused",
        "token:redeem:refused",
        "session:login:success",
        "session:login:failure",
        "session:login:denied",
        "session:logout",
        "admin:create",
        "admin:promote",
        "mail:retry",
    }


@pytest.mark.parametrize(
    ("actor_id", "target_id", "origin", "changes"),
    [(1, 2, 1, 2), (1, 1, 1, 1), (1, None, 1, 1), (None, 2, 2, 2), (None, None, None, None)],
)
def test_the_origin_is_of_who_acted_and_the_changes_are_of_whom_it_was_about(
    actor_id: UserId | None, target_id: UserId | None, origin: UserId | None, changes: UserId | None
) -> None:
    entry = an_audit_entry(actor_id=actor_id, target_id=target_id)
    assert (entry.whose_origin, entry.whose_changes) == (origin, changes)


def test_what_people_do_to_their_own_account_names_them_twice() -> None:
    entry = AuditEntry.about_oneself(AuditAction.SESSION_LOGOUT, UserId(7), at=NOW, client=CLIENT)
    assert (entry.actor_id, entry.target_id, entry.reason, entry.changes) == (7, 7, None, ())


def test_what_was_typed_for_an_address_is_not_shown() -> None:
    assert "hunter2" not in repr(an_audit_entry(unknown_address="hunter2"))
