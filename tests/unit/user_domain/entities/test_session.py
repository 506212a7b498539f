"""The session: live from its start until it is ended or expires, whichever is first."""

from datetime import datetime, timedelta

import pytest

from user_domain.entities.session import EndReason, NewSession
from user_domain.testing.builders import CLIENT, NOW, a_handle, a_session
from user_domain.value_objects.ids import UserId

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
