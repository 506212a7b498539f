"""From changes to periods."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from user_domain.entities.status_change import StatusChange
from user_domain.policies.status_history import periods
from user_domain.testing.builders import NOW, a_status_change
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.ids import StatusChangeId, UserId

HOUR = timedelta(hours=1)


def history(*changes: tuple[int, int | None]) -> list[StatusChange]:
    """Changes after so many hours, that were meant to last until so many; given the oldest first."""
    found = [
        a_status_change(
            UserId(7),
            status=AccountStatus.SUSPENDED,
            since=NOW + since * HOUR,
            until=None if until is None else NOW + until * HOUR,
        )
        for since, until in changes
    ]
    return [StatusChange.recorded(StatusChangeId(number), change) for number, change in enumerate(found)][::-1]


def ends(*changes: tuple[int, int | None]) -> list[float | None]:
    """After how many hours the periods end, the newest first."""
    return [None if period.until is None else (period.until - NOW) / HOUR for period in periods(history(*changes))]


def test_who_was_never_shut_has_no_periods() -> None:
    assert periods([]) == []


def test_the_last_period_goes_on_until_it_was_meant_to_end_if_it_was() -> None:
    assert ends((0, None)) == [None]
    assert ends((0, 5)) == [5]


def test_a_period_ends_when_it_was_meant_to_or_when_the_next_change_came() -> None:
    assert ends((0, None), (3, None)) == [None, 3]
    assert ends((0, 5), (3, None)) == [None, 3]
    assert ends((0, 2), (3, None)) == [None, 2]  # in between the account was open
    assert ends((0, 3), (3, 4)) == [4, 3]


def test_no_period_ends_before_it_begins_though_clocks_differ() -> None:
    assert ends((5, None), (3, None)) == [None, 5]
    assert ends((5, 6), (3, 4), (4, None)) == [None, 4, 5]


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=6))
def test_there_is_a_period_for_every_change_in_the_same_order(changes: list[tuple[int, int | None]]) -> None:
    found = history(*changes)
    answered = periods(found)
    assert [period.change for period in answered] == found
    for period in answered:
        assert period.until is None or period.until >= period.change.since
    for period, later in zip(answered[1:], answered, strict=False):
        next_came = max(period.change.since, later.change.since)
        assert period.until is not None
        assert period.until <= next_came


def test_a_page_of_them_goes_on_where_the_one_before_ended() -> None:
    found = history((0, None), (1, 9), (2, None), (3, 4))
    whole = periods(found)
    for start in range(1, 4):
        assert periods(found[start - 1 :])[1:] == whole[start:]


def test_moments_are_kept_to_the_microsecond() -> None:
    until = datetime.fromisoformat("2026-03-14T23:00:00.000001+00:00")
    (change,) = history((0, None))
    (period,) = periods([StatusChange.recorded(change.id, a_status_change(UserId(7), until=until))])
    assert period.until == until
