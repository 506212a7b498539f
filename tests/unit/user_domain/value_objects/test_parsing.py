"""What all values that people type have in common."""

from collections.abc import Callable
from string import ascii_letters, digits
from typing import Protocol, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.user_domain.texts import ANY_TEXT
from user_domain.errors import InvalidInput
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.person_name import PersonName


class Value(Protocol):
    @property
    def value(self) -> str: ...


Parse: TypeAlias = Callable[[str], Value]

TOKEN = st.text(ascii_letters + digits + ".+-", min_size=1)
PLAUSIBLE_TEXT: dict[Parse, st.SearchStrategy[str]] = {
    EmailAddress.parse: st.builds(" {}@{}.{}".format, TOKEN, TOKEN, TOKEN),
    MobileNumber.parse: st.text("+0123456789 -()[]", min_size=8, max_size=20),
    PersonName.parse: st.text(st.characters(exclude_categories=["C"]), min_size=2, max_size=102),
    Locale.parse: st.lists(st.text(ascii_letters, min_size=2, max_size=4), min_size=1, max_size=3).map("-".join),
}

of_every_value = pytest.mark.parametrize("parse", PLAUSIBLE_TEXT, ids=lambda parse: parse.__self__.__name__)


@of_every_value
@given(data=st.data())
def test_what_was_accepted_is_accepted_again_and_means_the_same(parse: Parse, data: st.DataObject) -> None:
    text = data.draw(PLAUSIBLE_TEXT[parse] | ANY_TEXT)
    try:
        parsed = parse(text)
    except InvalidInput:
        return
    assert parse(parsed.value) == parsed


@of_every_value
@given(data=st.data())
def test_invalid_input_is_the_only_way_to_refuse(parse: Parse, data: st.DataObject) -> None:
    text = data.draw(ANY_TEXT | PLAUSIBLE_TEXT[parse])
    try:
        parsed = parse(text)
    except InvalidInput as error:
        assert error.violations  # noqa: PT017 - that nothing else is raised is what is tested
    else:
        parsed.value.encode()  # can be stored and sent: no lone surrogates
        assert "\0" not in parsed.value


@of_every_value
@pytest.mark.parametrize("piece", ["a", "1", " ", "@", "a.", "-1", "\0", "\ud800", "🦄"])
def test_huge_text_is_refused_like_any_other(parse: Parse, piece: str) -> None:
    with pytest.raises(InvalidInput):
        parse(piece * 1_000_000)
