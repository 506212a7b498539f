"""What somebody wants to change about a profile: every field is read, and everything that is wrong is told at once."""

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.user_domain.texts import ANY_TEXT
from tests.unit.user_domain.violations import violations_of
from user_domain.entities.audit_entry import FieldChange
from user_domain.errors import InvalidInput
from user_domain.policies import profile
from user_domain.testing.builders import NOW, a_user
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.person_name import PersonName


@dataclass(frozen=True)
class Details:
    name: str | None = None
    mobile: str | None = None
    locale: str | None = None
    email: str | None = None


def test_what_is_typed_is_read_as_at_registration() -> None:
    details = Details(name=" Jane Roe ", mobile="+1 (555) 010-0199", locale="fr-ca", email=" Jane@Example.com ")
    assert profile.wanted(details) == profile.WantedProfile(
        name=PersonName("Jane Roe"),
        mobile=MobileNumber("+15550100199"),
        locale=Locale("fr-CA"),
        email=EmailAddress("jane@example.com"),
    )


def test_a_field_that_is_not_named_stays_as_it_is() -> None:
    assert profile.wanted(Details()) == profile.WantedProfile(name=None, mobile=None, locale=None, email=None)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    details = Details(name="J", mobile="12", locale="english", email="jane@")
    assert violations_of(profile.wanted, details) == [
        ("name", "too_short"),
        ("mobile", "invalid_format"),
        ("locale", "invalid_format"),
        ("email", "invalid_format"),
    ]


OPTIONAL_TEXT = st.none() | ANY_TEXT


@given(st.builds(Details, name=OPTIONAL_TEXT, mobile=OPTIONAL_TEXT, locale=OPTIONAL_TEXT, email=OPTIONAL_TEXT))
def test_nothing_but_invalid_input_is_raised_for_any_text(details: Details) -> None:
    try:
        profile.wanted(details)
    except InvalidInput as refusal:
        assert refusal.violations  # noqa: PT017 - most texts are wrong, and some are not


def test_changes_are_those_fields_that_differ_before_and_after() -> None:
    before = a_user(locale=None)
    after = before.with_profile(name=PersonName("Jane Roe"), mobile=before.mobile, locale=Locale("ar"), at=NOW)
    assert profile.changes(before, after) == (
        FieldChange("name", "John Doe", "Jane Roe"),
        FieldChange("locale", None, "ar"),
    )


def test_the_address_is_not_among_them() -> None:
    before, new = a_user(), EmailAddress("new@example.com")
    assert profile.changes(before, replace(before, email=new)) == ()
    assert profile.changes(before, replace(before, pending_email=new)) == ()
