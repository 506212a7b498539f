"""Which passwords may be chosen: 8 to 128 characters of four kinds, nothing of one's name or mailbox."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.user_domain.texts import ANY_CHARACTER, ANY_TEXT
from user_domain.policies import password as password_policy
from user_domain.testing.builders import PASSWORD
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.password import Password
from user_domain.value_objects.person_name import PersonName


def broken_rules(typed: str, *, name: str = "John Doe", email: str = "john@example.com") -> list[str]:
    found = password_policy.violations(Password.typed(typed), name=PersonName(name), email=EmailAddress(email))
    assert {violation.field for violation in found} <= {"password"}
    return [violation.code for violation in found]


# --- Length ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "rules"),
    [
        pytest.param("aB3!567", ["too_short"], id="7"),
        pytest.param("aB3!5678", [], id="8"),
        pytest.param("aB3!" + "x" * 124, [], id="128"),
        pytest.param("aB3!" + "x" * 125, ["too_long"], id="129"),
        pytest.param("aB3!" + "é" * 4, [], id="8 with accents"),
        pytest.param("aB3!" + "e\u0301" * 3, ["too_short"], id="7, and 10 before normalising"),
        pytest.param("aB3!" + "e\u0301" * 124, [], id="128, and 252 before normalising"),
        pytest.param("aB3!" + "🦄" * 124, [], id="128 that are 500 bytes"),
    ],
)
def test_has_8_to_128_characters_after_normalising(typed: str, rules: list[str]) -> None:
    assert broken_rules(typed) == rules


def test_one_far_too_long_is_not_looked_into() -> None:
    assert broken_rules("john" * 250_000) == ["too_long"]


# --- Kinds of characters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "rules"),
    [
        (PASSWORD, []),
        ("securepass123!", ["no_upper_case"]),
        ("SECUREPASS123!", ["no_lower_case"]),
        ("SecurePass!!!!", ["no_digit"]),
        ("SecurePass1234", ["no_special_character"]),
        ("--------", ["no_upper_case", "no_lower_case", "no_digit"]),
        ("12345678", ["no_upper_case", "no_lower_case", "no_special_character"]),
        ("", ["too_short", "no_upper_case", "no_lower_case", "no_digit", "no_special_character"]),
    ],
)
def test_has_upper_and_lower_case_a_digit_and_a_special_character_and_all_that_is_missing_is_told(
    typed: str, rules: list[str]
) -> None:
    assert broken_rules(typed) == rules


@pytest.mark.parametrize("special", [" ", "!", "-", "_", "€", "§", "\u00a0", "。", "🦄", "^"])
def test_punctuation_symbols_and_spaces_are_special(special: str) -> None:
    assert broken_rules(f"Secure1{special}Pass") == []


@pytest.mark.parametrize("letter", ["é", "ß", "ж", "ω"])
def test_lower_case_letters_of_any_script_count(letter: str) -> None:
    assert broken_rules(f"ABCDEF1!{letter}") == []


@pytest.mark.parametrize("letter", ["É", "Ж", "Ω", "ǅ"])
def test_upper_case_letters_of_any_script_count(letter: str) -> None:
    assert broken_rules(f"abcdef1!{letter}") == []


@pytest.mark.parametrize("letters", ["密码密码密码", "كلمةالسر", "סיסמהסוד", "パスワードです"])
def test_letters_without_case_count_as_both(letters: str) -> None:
    assert broken_rules(f"{letters}1!") == []


@pytest.mark.parametrize("digit", ["7", "٧", "७"])
def test_digits_of_any_script_count(digit: str) -> None:
    assert broken_rules(f"SecurePass!{digit}") == []


@pytest.mark.parametrize("character", ["\0", "\n", "\t", "\x7f", "\x85", "\ud800"])
def test_characters_that_cannot_be_typed_are_refused(character: str) -> None:
    assert broken_rules(f"{PASSWORD}{character}") == ["invalid_characters"]


# --- Personal words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name", "email"),
    [
        ("xJonathan1!", "Jonathan Doe", "jd@example.com"),
        ("1!JONATHANx", "Jonathan Doe", "jd@example.com"),
        ("Xx1!jonathan", "JONATHAN DOE", "jd@example.com"),
        ("Smithers1!", "Anna-Lena O'Smith", "al@example.com"),
        ("Yes!Lena2024", "Anna-Lena Roe", "al@example.com"),
        ("Doe.john.1!", "D. Roe", "john.doe42@example.com"),
        ("Shopping1!", "D. Roe", "d_shop+x@example.com"),
        ("STRASSE1!a", "Max Straße", "ms@example.com"),
        ("Zoë-Ñandú1", "Zoë Ñandú", "zn@example.com"),
        ("zo\u0065\u0308lle-X1", "Zoëlle Roe", "zr@example.com"),
        ("МАРИЯ-маша-1", "Мария Иванова", "mi@example.com"),
    ],
)
def test_contains_no_word_of_four_letters_of_name_or_mailbox_in_any_case(typed: str, name: str, email: str) -> None:
    assert broken_rules(typed, name=name, email=email) == ["contains_personal_word"]


@pytest.mark.parametrize(
    ("typed", "name", "email"),
    [
        pytest.param("DoeDoe123!", "John Doe", "doe@example.com", id="words of three letters"),
        pytest.param("Example123!", "John Doe", "john@example.com", id="the domain of the address"),
        pytest.param("Xx!20242024", "R2 D2", "d2024@example.com", id="digits"),
        pytest.param("Jonas-2024", "Jonathan Doe", "jd@example.com", id="the beginning of a word"),
    ],
)
def test_anything_shorter_or_elsewhere_may_be_in_it(typed: str, name: str, email: str) -> None:
    assert broken_rules(typed, name=name, email=email) == []


@pytest.mark.parametrize("name", ["प्रियंका", "மீனாட்சி"])
def test_vowel_signs_do_not_tear_a_word_apart(name: str) -> None:
    assert broken_rules(f"{name}-2024", name=name) == ["contains_personal_word"]


def test_where_name_and_address_are_not_known_the_other_rules_still_hold() -> None:
    assert password_policy.violations(Password(PASSWORD), name=None, email=None) == []
    (violation,) = password_policy.violations(Password("JohnDoe123"), name=None, email=None)
    assert violation.code == "no_special_character"


# --- What is said elsewhere -----------------------------------------------------------------------------------------


def test_a_violation_names_the_field_as_the_caller_calls_it() -> None:
    found = password_policy.violations(Password("secret"), name=None, email=None, field="new_password")
    assert {violation.field for violation in found} == {"new_password"}


def test_what_is_said_of_a_password_that_others_have_too() -> None:
    common, breached = password_policy.too_common("new_password"), password_policy.breached("new_password")
    assert (common.field, common.code) == ("new_password", "too_common")
    assert (breached.field, breached.code) == ("new_password", "breached")


def test_personal_words_are_folded_and_have_four_letters_or_more() -> None:
    name, email = PersonName("Anna-Lena Straße"), EmailAddress("a.roe_shop42@example.com")
    assert password_policy.personal_words(name, email) == {"anna", "lena", "strasse", "shop"}
    assert password_policy.personal_words(None, None) == set()


# --- For any text ---------------------------------------------------------------------------------------------------


@given(ANY_TEXT)
def test_any_text_gets_a_verdict_and_no_rule_is_told_twice(text: str) -> None:
    rules = broken_rules(text)
    assert len(rules) == len(set(rules))


@given(st.text(ANY_CHARACTER, max_size=116))
def test_a_valid_password_stays_valid_with_more_around_it_and_however_it_is_spelled(more: str) -> None:
    rules = set(broken_rules(f"aB3!{more}5678"))
    assert rules <= {"contains_personal_word", "invalid_characters", "too_long"}
    for form in ("NFC", "NFD"):
        assert set(broken_rules(unicodedata.normalize(form, f"aB3!{more}5678"))) == rules
