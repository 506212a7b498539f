"""Who may become a user: all details are read, and everything that is wrong is told at once."""

import unicodedata
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.user_domain.texts import ANY_TEXT
from tests.unit.user_domain.violations import violations_of
from user_domain.entities.user import NewUser
from user_domain.errors import InvalidInput
from user_domain.policies.admission import Admission, admit
from user_domain.testing.builders import NOW, PASSWORD
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.password import Password
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role


@dataclass(frozen=True)
class Details:
    name: str = "John Doe"
    email: str = "john@example.com"
    mobile: str = "1234567890"
    password: str = PASSWORD
    locale: str | None = None


def admit_as_user(details: Details) -> Admission:
    return admit(details, role=Role.USER, at=NOW, email_verified=False)


def test_good_details_make_a_new_user_and_a_password() -> None:
    details = Details(
        name=" Zoe\u0308 Doe ",
        email=" Zoe@Example.com ",
        mobile="+1 (555) 010-0199",
        locale="fr-ca",
        password="Se\u0301cret 1!",
    )
    assert admit_as_user(details) == Admission(
        NewUser(
            name=PersonName("Zoë Doe"),
            email=EmailAddress("zoe@example.com"),
            mobile=MobileNumber("+15550100199"),
            locale=Locale("fr-CA"),
            role=Role.USER,
            created_at=NOW,
            email_verified_at=None,
        ),
        Password("Sécret 1!"),
    )


def test_a_language_need_not_be_named() -> None:
    assert admit_as_user(Details(locale=None)).user.locale is None


def test_an_address_known_to_be_the_persons_is_verified_from_the_start() -> None:
    admission = admit(Details(), role=Role.ADMIN, at=NOW, email_verified=True)
    assert (admission.user.role, admission.user.email_verified_at) == (Role.ADMIN, NOW)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    details = Details(name="J", email="john@", mobile="12", password="secret", locale="english")
    assert violations_of(admit_as_user, details) == [
        ("name", "too_short"),
        ("email", "invalid_format"),
        ("mobile", "invalid_format"),
        ("locale", "invalid_format"),
        ("password", "too_short"),
        ("password", "no_upper_case"),
        ("password", "no_digit"),
        ("password", "no_special_character"),
    ]


@pytest.mark.parametrize(
    ("details", "violations"),
    [
        (Details(name="J", password="John-2024"), [("name", "too_short"), ("password", "contains_personal_word")]),
        (
            Details(email="@", password="John-2024"),
            [("email", "invalid_format"), ("password", "contains_personal_word")],
        ),
        (Details(name="J", email="@", password="John-2024"), [("name", "too_short"), ("email", "invalid_format")]),
    ],
    ids=["the address is", "the name is", "neither is"],
)
def test_the_password_is_held_against_what_is_known_of_the_person(
    details: Details, violations: list[tuple[str, str]]
) -> None:
    assert violations_of(admit_as_user, replace(details, password="John-2024")) == violations


@given(st.builds(Details, name=ANY_TEXT, email=ANY_TEXT, mobile=ANY_TEXT, password=ANY_TEXT, locale=ANY_TEXT))
def test_nothing_but_invalid_input_is_raised_for_any_text(details: Details) -> None:
    with pytest.raises(InvalidInput):
        admit_as_user(details)


@given(st.text(st.characters(exclude_categories=["C"]), max_size=40))
def test_a_password_once_admitted_is_admitted_again_however_it_is_spelled(more: str) -> None:
    details = Details(name="X Y", email="x.y@example.com", password=f"aB3!{more}5678")
    chosen = admit_as_user(details).password
    for form in ("NFC", "NFD"):
        spelled = replace(details, password=unicodedata.normalize(form, details.password))
        assert admit_as_user(spelled).password == chosen
