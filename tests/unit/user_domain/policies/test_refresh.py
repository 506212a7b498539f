"""What a refresh token is worth when the session did not advance by it."""

from datetime import timedelta

import pytest

from user_domain.policies.refresh import REPEAT_WITHIN, Worth, worth
from user_domain.testing.builders import NOW, a_session

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
TEN_SECONDS = timedelta(seconds=10)


def test_a_token_is_repeated_for_ten_seconds() -> None:
    assert REPEAT_WITHIN == TEN_SECONDS


@pytest.mark.parametrize(
    ("generation", "after", "expected"),
    [
        pytest.param(5, timedelta(0), Worth.CURRENT, id="the current one"),
        pytest.param(5, 30 * DAY, Worth.CURRENT, id="the current one, at any time"),
        pytest.param(4, timedelta(0), Worth.REPEATED, id="the one before, at the same instant"),
        pytest.param(4, TEN_SECONDS - MOMENT, Worth.REPEATED, id="the one before, to the last moment of its grace"),
        pytest.param(4, TEN_SECONDS, Worth.REUSED, id="the one before, after that"),
        pytest.param(4, 30 * DAY, Worth.REUSED, id="the one before, at any time later"),
        pytest.param(4, -DAY, Worth.REPEATED, id="the one before, on a clock that was set back"),
        pytest.param(3, timedelta(0), Worth.REUSED, id="the one before that has no grace"),
        pytest.param(0, timedelta(0), Worth.REUSED, id="the first of all"),
        pytest.param(6, timedelta(0), Worth.UNKNOWN, id="one that was not given out yet"),
        pytest.param(999, 30 * DAY, Worth.UNKNOWN, id="nor was this"),
    ],
)
def test_what_a_token_is_worth(generation: int, after: timedelta, expected: Worth) -> None:
    session = a_session(refresh_generation=5, refreshed_at=NOW)
    assert worth(session, generation, at=NOW + after) is expected


def test_nothing_comes_before_the_first_token() -> None:
    session = a_session(refresh_generation=0, refreshed_at=NOW)
    assert worth(session, 0, at=NOW) is Worth.CURRENT
    assert worth(session, 1, at=NOW) is Worth.UNKNOWN
