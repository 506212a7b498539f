"""How long what is over is kept."""

from datetime import timedelta

import pytest

from user_domain.policies.retention import DEAD_MAILS, SESSIONS, TOKENS, RetentionPolicy
from user_domain.testing.builders import NOW
from user_domain.value_objects.one_time_token import TokenPurpose

DAY = timedelta(days=1)
POLICY = RetentionPolicy(longest_session=60 * DAY, revocation_window=timedelta(hours=1))


def test_sessions_are_kept_for_ninety_days_after_they_were_over() -> None:
    assert POLICY.sessions_over_by(NOW) == NOW - 90 * DAY


@pytest.mark.parametrize(("window", "kept"), [(89 * DAY, 90 * DAY), (90 * DAY, 90 * DAY), (91 * DAY, 91 * DAY)])
def test_and_never_for_less_than_they_are_told_of_as_revoked(window: timedelta, kept: timedelta) -> None:
    policy = RetentionPolicy(longest_session=60 * DAY, revocation_window=window)
    assert policy.sessions_over_by(NOW) == NOW - kept
    assert policy.sessions_started_by(NOW) == NOW - kept - 60 * DAY


def test_one_that_started_so_long_ago_was_over_however_often_it_was_refreshed() -> None:
    started = POLICY.sessions_started_by(NOW)
    assert started + POLICY.longest_session == POLICY.sessions_over_by(NOW)


def test_tokens_are_kept_for_thirty_days_after_they_expired() -> None:
    assert POLICY.tokens_expired_by(NOW) == NOW - 30 * DAY


def test_dead_mails_are_kept_for_ninety_days_and_outlive_the_tokens_of_their_links() -> None:
    assert POLICY.mails_dead_by(NOW) == NOW - 90 * DAY
    assert max(purpose.lifetime for purpose in TokenPurpose) + TOKENS < DEAD_MAILS == SESSIONS


def test_pauses_go_when_they_are_over() -> None:
    assert POLICY.pauses_over_by(NOW) == NOW
