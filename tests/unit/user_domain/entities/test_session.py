"""The session: live from its start until it is ended or expires, whichever is first."""

from datetime import datetime, timedelta

import pytest

from user_domain.entities.session import EndReason, NewSession, Session
from user_domain.testing.builders import CLIENT, NOW, a_handle, a_session
from user_domain.value_objects.ids import SessionId, UserId

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
EXPIRY = NOW + 2 * HOUR


def test_starts_at_a_moment_and_expires_a_lifetime_later() -> None:
    new = NewSession.start(a_handle(), UserId(7), at=NOW, lifetime=2 * HOUR, client=CLIENT)
    assert (new.started_at, new.expires_at) == (NOW, EXPIRY)


def test_remembers_from_where_it_was_started() -> None:
    new = NewSession.start(a_handle(), UserId(7), at=NOW, lifetime=2 * HOUR, client=CLIENT)
    assert (new.ip_address, new.user_agent) == (CLIENT.ip_address, CLIENT.user_agent)


@pytest.mark.parametrize(
    ("ended_at", "at", "live"),
    [
        pytest.param(None, NOW, True, id="from its start"),
        pytest.param(None, EXPIRY - MOMENT, True, id="until the last moment"),
        pytest.param(None, EXPIRY, False, id="not at its expiry"),
        pytest.param(None, EXPIRY + HOUR, False, id="nor later"),
        pytest.param(NOW + HOUR, NOW + HOUR, False, id="not when it was ended"),
        pytest.param(NOW + HOUR, NOW + HOUR - MOMENT, False, id="nor on a clock that is behind"),
    ],
)
def test_when_a_session_is_live(ended_at: datetime | None, at: datetime, live: bool) -> None:
    reason = EndReason.LOGOUT if ended_at else None
    session = a_session(started_at=NOW, expires_at=EXPIRY, ended_at=ended_at, end_reason=reason)
    assert session.is_live(at) is live


# --- As stored ------------------------------------------------------------------------------------------------------


def test_a_stored_session_was_seen_and_refreshed_when_it_started_and_has_spent_no_token() -> None:
    new = NewSession.start(a_handle(), UserId(7), at=NOW, lifetime=2 * HOUR, client=CLIENT)
    assert Session.started(SessionId(3), new) == Session(
        id=SessionId(3),
        handle=new.handle,
        user_id=UserId(7),
        started_at=NOW,
        expires_at=EXPIRY,
        last_seen_at=NOW,
        refresh_generation=0,
        refreshed_at=NOW,
        ended_at=None,
        end_reason=None,
        ip_address=CLIENT.ip_address,
        user_agent=CLIENT.user_agent,
    )


def test_no_reason_that_was_ever_stored_is_respelled() -> None:
    """A member may be added here; a line that has to change means that stored sessions are no longer understood."""
    assert {reason.value for reason in EndReason} >= {
        "logout",
        "logout_all",
        "revoked",
        "revoked_by_admin",
        "evicted",
        "moved",
        "refresh_token_reused",
        "password_change",
        "password_reset",
        "email_change_undo",
        "not_me",
    }
