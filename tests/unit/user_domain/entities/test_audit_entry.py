"""The words of the audit trail are stored, and read by others for years."""

import re

from user_domain.entities.audit_entry import AuditAction


def test_an_action_is_spelled_subject_action_outcome() -> None:
    for action in AuditAction:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*(:[a-z]+(-[a-z]+)*){1,2}", action), action


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
