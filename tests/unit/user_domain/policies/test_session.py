"""How long sessions live, how many a person may have, and from where they may be used."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from user_domain.errors import SessionLimitReached
from user_domain.policies.session import SEEN_TO, IpBinding, LimitPolicy, SessionPolicy
from user_domain.testing.builders import NOW, a_session
from user_domain.value_objects.client_info import ClientInfo

MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_policy(**rules: Any) -> SessionPolicy:
    policy = SessionPolicy(sliding=30 * DAY, absolute=90 * DAY, access_token=HOUR / 2)
    return replace(policy, **rules)


def test_unless_told_otherwise_five_sessions_that_may_lie_idle_and_travel() -> None:
    policy = a_policy()
    assert (policy.idle, policy.limit, policy.limit_policy, policy.ip_binding) == (
        None,
        5,
        LimitPolicy.EVICT_OLDEST,
        IpBinding.OFF,
    )


# --- How long -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sliding", "absolute", "lifetime"),
    [(30 * DAY, 90 * DAY, 30 * DAY), (90 * DAY, 30 * DAY, 30 * DAY), (DAY, DAY, DAY)],
)
def test_a_session_that_is_never_refreshed_lives_for_the_shorter_of_the_two(
    sliding: timedelta, absolute: timedelta, lifetime: timedelta
) -> None:
    assert a_policy(sliding=sliding, absolute=absolute).lifetime == lifetime


@pytest.mark.parametrize(
    ("idle", "ended", "after", "live"),
    [
        pytest.param(None, False, timedelta(0), True, id="from its start"),
        pytest.param(None, False, 30 * DAY - MOMENT, True, id="until it expires"),
        pytest.param(None, False, 30 * DAY, False, id="not when it expires"),
        pytest.param(None, True, HOUR, False, id="not when it was ended"),
        pytest.param(HOUR, False, HOUR, True, id="idle for as long as it may be"),
        pytest.param(HOUR, False, HOUR + MINUTE - MOMENT, True, id="it may have been used up to a minute later"),
        pytest.param(HOUR, False, HOUR + MINUTE, False, id="idle for too long"),
        pytest.param(HOUR, True, MOMENT, False, id="ended and not idle"),
        pytest.param(60 * DAY, False, 30 * DAY, False, id="expired and not idle"),
    ],
)
def test_when_tokens_of_a_session_are_honoured(
    idle: timedelta | None, ended: bool, after: timedelta, live: bool
) -> None:
    session = a_session(ended_at=NOW if ended else None)
    assert a_policy(idle=idle).is_live(session, NOW + after) is live


def test_idle_counts_from_the_last_use_and_not_from_the_start() -> None:
    session = a_session(last_seen_at=NOW + DAY)
    assert a_policy(idle=HOUR).is_live(session, NOW + DAY + HOUR)


def test_what_the_store_is_asked_is_what_the_policy_says() -> None:
    at = NOW + DAY
    assert a_policy().seen_after(at) is None
    assert a_policy(idle=HOUR).seen_after(at) == at - HOUR - MINUTE


@pytest.mark.parametrize(
    ("after", "is_worth_noting"),
    [
        (timedelta(0), False),
        (SEEN_TO - MOMENT, False),
        (SEEN_TO, True),
        (DAY, True),
        (-DAY, False),  # the clock was set back
    ],
    ids=str,
)
def test_use_is_written_down_once_a_minute(after: timedelta, is_worth_noting: bool) -> None:
    assert a_policy().is_worth_noting(a_session(), NOW + after) is is_worth_noting


# --- From where -----------------------------------------------------------------------------------------------------

OFF, SUBNET, STRICT = IpBinding.OFF, IpBinding.SUBNET, IpBinding.STRICT


@pytest.mark.parametrize(
    ("start", "use", "refused_by"),
    [
        pytest.param("203.0.113.7", "203.0.113.7", set(), id="the same address"),
        pytest.param("203.0.113.7", "203.0.113.255", {STRICT}, id="the same /24"),
        pytest.param("203.0.113.7", "203.0.112.7", {SUBNET, STRICT}, id="another /24"),
        pytest.param("2001:db8::1", "2001:db8::1", set(), id="the same IPv6 address"),
        pytest.param("2001:db8:0:1::1", "2001:db8:0:1:ffff::", {STRICT}, id="the same /64"),
        pytest.param("2001:db8:0:1::1", "2001:db8:0:2::1", {SUBNET, STRICT}, id="another /64"),
        pytest.param("203.0.113.7", "2001:db8::1", {SUBNET, STRICT}, id="from IPv4 to IPv6"),
        pytest.param("2001:db8::1", "203.0.113.7", {SUBNET, STRICT}, id="from IPv6 to IPv4"),
        pytest.param("203.0.113.7", None, {SUBNET, STRICT}, id="to nowhere"),
        pytest.param(None, "203.0.113.7", {SUBNET, STRICT}, id="from nowhere"),
        pytest.param(None, None, set(), id="from nowhere to nowhere"),
    ],
)
def test_from_where_a_session_may_be_used(start: str | None, use: str | None, refused_by: set[IpBinding]) -> None:
    session, client = a_session(ip_address=start), ClientInfo(ip_address=use)
    assert {binding for binding in IpBinding if a_policy(ip_binding=binding).has_moved(session, client)} == refused_by


@pytest.mark.parametrize("binding", IpBinding)
def test_another_browser_is_no_move(binding: IpBinding) -> None:
    client = ClientInfo(ip_address="203.0.113.7", user_agent="Another", request_id="another")
    assert not a_policy(ip_binding=binding).has_moved(a_session(ip_address="203.0.113.7"), client)


# --- How many -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "kept"), [(1, 0), (2, 1), (100, 99)])
def test_beside_a_new_session_one_less_than_are_allowed_is_kept(limit: int, kept: int) -> None:
    assert a_policy(limit=limit).kept == kept


@pytest.mark.parametrize("surplus", [0, 1, 2, 99])
def test_where_the_oldest_make_room_nobody_is_refused(surplus: int) -> None:
    assert a_policy(limit=2).refusal(surplus=surplus) is None


@pytest.mark.parametrize(("surplus", "refused"), [(0, False), (1, True), (2, True)])
def test_where_none_has_to_go_whoever_comes_to_a_full_house_is_refused(surplus: int, refused: bool) -> None:
    refusal = a_policy(limit=2, limit_policy=LimitPolicy.DENY).refusal(surplus=surplus)
    assert isinstance(refusal, SessionLimitReached) is refused
    assert (refusal is None) is not refused
