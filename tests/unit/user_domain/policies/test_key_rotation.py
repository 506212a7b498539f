"""Which key signs, and when the next one is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from user_domain.policies.key_rotation import LEAD, SIGNS_FOR, coming, is_due, next_begins, signer
from user_domain.testing.builders import NOW, a_signing_key

if TYPE_CHECKING:
    from user_domain.entities.signing_key import SigningKey

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
JWKS_MAX_AGE = timedelta(minutes=5)
DURATIONS = st.integers(min_value=-1000, max_value=1000).map(lambda hours: hours * HOUR / 4)


def key(begins: timedelta, ends: timedelta, *, algorithm: str = "ES256") -> SigningKey:
    return a_signing_key(activates_at=NOW + begins, retires_at=NOW + ends, algorithm=algorithm)


KEYS = st.lists(st.builds(key, DURATIONS, DURATIONS), max_size=6)


def due(*keys: SigningKey, algorithm: str = "ES256", starting: bool = False) -> bool:
    return is_due(keys, algorithm=algorithm, at=NOW, starting=starting)


# --- Who signs --------------------------------------------------------------------------------------------------------


def test_where_there_is_no_key_none_signs() -> None:
    assert signer([], at=NOW) is None


def test_of_those_that_may_the_one_signs_that_began_last_whatever_its_algorithm() -> None:
    old, young = key(-2 * HOUR, HOUR), key(-HOUR, HOUR / 2, algorithm="RS256")
    retired, coming = key(-HOUR / 2, timedelta(0)), key(MOMENT, HOUR)
    for keys in ([old, young, retired, coming], [coming, retired, young, old]):
        assert signer(keys, at=NOW) is young
    assert signer([old, young, retired, coming], at=NOW + HOUR - MOMENT) is coming


def test_of_two_that_began_together_every_process_takes_the_same() -> None:
    one, other = key(-HOUR, HOUR), key(-HOUR, HOUR)
    assert signer([one, other], at=NOW) is signer([other, one], at=NOW)


@given(KEYS)
def test_who_signs_may_and_the_order_does_not_matter(keys: list[SigningKey]) -> None:
    found = signer(keys, at=NOW)
    assert (found is None) == (not any(it.activates_at <= NOW < it.retires_at for it in keys))
    assert found is None or found.signs(NOW)
    assert signer(keys[::-1], at=NOW) is found


# --- When the next one is due -----------------------------------------------------------------------------------------


def test_the_first_key_is_due_at_once() -> None:
    assert due()
    assert next_begins([], at=NOW) == NOW


def test_the_next_one_is_due_while_there_is_time_left_to_publish_it() -> None:
    assert not due(key(-SIGNS_FOR, LEAD + MOMENT))
    assert due(key(-SIGNS_FOR, LEAD))


@pytest.mark.parametrize("left", [LEAD, LEAD / 2, MOMENT])
def test_it_begins_when_the_last_one_retires_so_that_some_key_signs_all_the_time(left: timedelta) -> None:
    assert next_begins([key(-HOUR, left)], at=NOW) == NOW + left


def test_a_key_that_is_published_already_counts() -> None:
    assert not due(key(-HOUR, HOUR / 2), key(HOUR / 2, 3 * HOUR))
    assert next_begins([key(-HOUR, HOUR / 2), key(HOUR / 2, 3 * HOUR)], at=NOW) == NOW + LEAD


def test_a_gap_ahead_is_closed_though_a_later_key_is_there() -> None:
    keys = [key(-HOUR, HOUR / 4), key(HOUR / 2, 3 * HOUR)]
    assert due(*keys)
    assert next_begins(keys, at=NOW) == NOW + HOUR / 4


def test_after_a_long_pause_the_new_one_signs_at_once() -> None:
    assert due(key(-3 * HOUR, -HOUR))
    assert next_begins([key(-3 * HOUR, -HOUR)], at=NOW) == NOW


def test_one_in_between_begins_after_the_lead() -> None:
    assert next_begins([key(-HOUR, 24 * HOUR)], at=NOW) == NOW + LEAD


def test_another_algorithm_is_due_only_when_a_process_starts() -> None:
    lasting = key(-HOUR, 24 * HOUR)
    assert due(lasting, algorithm="RS256", starting=True)
    assert not due(lasting, algorithm="RS256")
    assert not due(lasting, starting=True)


def test_a_key_of_that_algorithm_that_is_published_already_is_enough() -> None:
    lasting, coming = key(-HOUR, HOUR / 2), key(HOUR / 2, 24 * HOUR, algorithm="RS256")
    assert not due(lasting, coming, algorithm="RS256", starting=True)
    assert due(lasting, coming, starting=True), "and a change of mind is one more change"


# --- Who takes over without that --------------------------------------------------------------------------------------

SIGNING = key(-HOUR, LEAD)


@pytest.mark.parametrize("begins", [MOMENT, LEAD / 2, LEAD])
def test_a_key_that_begins_before_a_new_one_could_takes_over(begins: timedelta) -> None:
    following = key(begins, begins + SIGNS_FOR)
    assert coming([SIGNING, following], at=NOW) is following
    assert coming([following, SIGNING], at=NOW + begins - MOMENT) is following
    assert coming([following, SIGNING], at=NOW + begins) is None


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([], id="there is none"),
        pytest.param([SIGNING], id="it signs already"),
        pytest.param([SIGNING, key(LEAD + MOMENT, SIGNS_FOR)], id="a new one would begin earlier"),
        pytest.param([key(-HOUR, MOMENT), key(2 * MOMENT, SIGNS_FOR)], id="for a moment none would sign"),
        pytest.param([SIGNING, key(MOMENT, MOMENT)], id="it was replaced before it began"),
        pytest.param([SIGNING, key(2 * MOMENT, MOMENT)], id="it was replaced long before that"),
    ],
)
def test_otherwise_none_does(keys: list[SigningKey]) -> None:
    assert coming(keys, at=NOW) is None


@given(KEYS)
def test_a_key_that_was_made_takes_over_by_itself(keys: list[SigningKey]) -> None:
    begins = next_begins(keys, at=NOW)
    made = a_signing_key(activates_at=begins, retires_at=begins + SIGNS_FOR)
    after = [made, *(replace(it, retires_at=min(it.retires_at, begins)) for it in keys)]
    assert (coming(after, at=NOW) or signer(after, at=NOW)) is made


# --- Made anew --------------------------------------------------------------------------------------------------------


@given(KEYS, st.booleans())
def test_a_key_that_was_due_and_made_is_not_due_again(keys: list[SigningKey], starting: bool) -> None:
    begins = next_begins(keys, at=NOW)
    assert NOW <= begins <= NOW + LEAD
    made = a_signing_key(activates_at=begins, retires_at=begins + SIGNS_FOR)
    after = [made, *(replace(it, retires_at=min(it.retires_at, begins)) for it in keys)]
    newer = [it for it in keys if it.activates_at > begins]
    assert not is_due(after, algorithm="ES256", at=NOW, starting=starting and not newer)


@given(KEYS)
def test_from_the_moment_a_key_was_made_some_key_signs_all_the_time(keys: list[SigningKey]) -> None:
    begins = next_begins(keys, at=NOW)
    made = a_signing_key(activates_at=begins, retires_at=begins + SIGNS_FOR)
    after = [made, *(replace(it, retires_at=min(it.retires_at, begins)) for it in keys)]
    assert all(signer(after, at=NOW + minutes * timedelta(minutes=1)) for minutes in range(120))


def test_verifiers_that_keep_the_published_set_as_long_as_they_may_know_every_key_before_it_signs() -> None:
    assert LEAD > 2 * JWKS_MAX_AGE
