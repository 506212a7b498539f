"""Mobile numbers: 8 to 15 digits with an optional +, stored without the separators people type."""

import pytest

from tests.unit.user_domain.violations import violations_of
from user_domain.value_objects.mobile_number import MobileNumber


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1234567890", "1234567890"),
        ("+4915112345678", "+4915112345678"),
        ("+49 151 1234-5678", "+4915112345678"),
        ("(0151) 1234 5678", "015112345678"),
        (" [+1] (555) 010-0199 ", "+15550100199"),
        ("12345678", "12345678"),
        ("123456789012345", "123456789012345"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_is_stored_as_digits_with_an_optional_plus(typed: str, stored: str) -> None:
    assert str(MobileNumber.parse(typed)) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "1234567",
        "+1234567",
        "1234567890123456",
        "(12) 34-56 7",
        "++4915112345678",
        "49+15112345678",
        "4915112345678+",
        "0151/12345678",
        "0151.12345678",
        "0151\t12345678",
        "0151 CALL NOW",
        "12345678\n",
        "12345678\0",
        "١٢٣٤٥٦٧٨٩٠",
        "１２３４５６７８",
        "1234567²",
        "\ud8001234567",
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    assert violations_of(MobileNumber.parse, typed) == [("mobile", "invalid_format")]
