"""Every purpose has its page, at the front end or at this service."""

import pytest

from adapters.mail.links import MailLinks
from user_domain.value_objects.one_time_token import TokenPurpose

PAGES = {
    TokenPurpose.VERIFY_EMAIL: "https://shop.example/account/verify-email?token=abc",
    TokenPurpose.RESET_PASSWORD: "https://shop.example/account/reset-password?token=abc",
    TokenPurpose.CONFIRM_EMAIL_CHANGE: "https://id.example/api/confirm-email-change?token=abc",
    TokenPurpose.UNDO_EMAIL_CHANGE: "https://id.example/api/undo-email-change?token=abc",
    TokenPurpose.NOT_ME: "https://id.example/api/not-me?token=abc",
}


@pytest.mark.parametrize("slash", ["", "/", "//"])
@pytest.mark.parametrize("purpose", TokenPurpose)
def test_a_link_leads_to_the_page_of_its_purpose(purpose: TokenPurpose, slash: str) -> None:
    links = MailLinks(f"https://id.example/api{slash}", f"https://shop.example/account{slash}")
    assert links.url(purpose, "abc") == PAGES[purpose]


def test_roots_without_a_path() -> None:
    links = MailLinks("http://127.0.0.1:9090", "http://127.0.0.1:9090/")
    assert links.url(TokenPurpose.NOT_ME, "abc") == "http://127.0.0.1:9090/not-me?token=abc"
    assert links.url(TokenPurpose.VERIFY_EMAIL, "abc") == "http://127.0.0.1:9090/verify-email?token=abc"


def test_a_token_is_a_parameter_whatever_it_is_made_of() -> None:
    url = MailLinks("https://id.example", "https://shop.example").url(TokenPurpose.NOT_ME, "a+b/c=&d#e é")
    assert url == "https://id.example/not-me?token=a%2Bb%2Fc%3D%26d%23e%20%C3%A9"


def test_people_begin_at_the_frontend_if_there_is_one() -> None:
    assert MailLinks("https://id.example", "https://shop.example/").home == "https://shop.example/"
    assert MailLinks("https://id.example/api", "https://id.example/api/").home is None
