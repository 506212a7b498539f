"""When a mail that was not taken is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from user_domain.policies.mail_delivery import LEASE, MAX_ATTEMPTS, pause

ATTEMPTS = st.integers(min_value=1, max_value=10 * MAX_ATTEMPTS)
JITTER = st.floats(min_value=0, max_value=1, exclude_max=True)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("attempts", "shortest"), [(1, 2), (2, 4), (3, 8), (4, 16), (10, 1024), (11, 1800), (12, 1800), (20, 1800)]
)
def test_the_pause_doubles_up_to_an_hour(attempts: int, shortest: int) -> None:
    assert pause(attempts, jitter=0) == timedelta(seconds=shortest)
    assert pause(attempts, jitter=1) == timedelta(seconds=2 * shortest)


@given(JITTER)
def test_the_first_retry_comes_within_five_seconds(jitter: float) -> None:
    assert timedelta(seconds=2) <= pause(1, jitter=jitter) < timedelta(seconds=5)


@given(ATTEMPTS, JITTER)
def test_jitter_spreads_over_half_of_the_longest_pause(attempts: int, jitter: float) -> None:
    shortest, longest = pause(attempts, jitter=0), pause(attempts, jitter=1)
    assert longest == 2 * shortest
    assert shortest <= pause(attempts, jitter=jitter) <= longest <= HOUR


@given(ATTEMPTS, JITTER)
def test_no_pause_is_shorter_than_the_one_before(attempts: int, jitter: float) -> None:
    assert pause(attempts, jitter=jitter) <= pause(attempts + 1, jitter=jitter)


def test_a_mail_is_tried_for_hours_and_not_for_days() -> None:
    tried_for = sum((pause(attempt, jitter=0) for attempt in range(1, MAX_ATTEMPTS)), timedelta())
    assert 4 * HOUR < tried_for < 2 * tried_for < 24 * HOUR


def test_a_mailer_gives_up_long_before_the_lease_is_over() -> None:
    gives_up = timedelta(seconds=30)  # as `Mailer.send` promises
    assert 4 * gives_up <= LEASE
