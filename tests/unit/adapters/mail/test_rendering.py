"""What a mail says, in which language, and what nobody can make it say."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from adapters.mail.links import MailLinks
from adapters.mail.rendering import LetterWriter
from user_domain.testing.builders import NOW, a_letter
from user_domain.value_objects.device import Device
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import MailId
from user_domain.value_objects.letter import Letter, MailKind
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

LINKS = MailLinks("https://id.example/api", "https://shop.example")
WRITER = LetterWriter(Address("Shop", "no-reply", "mail.shop.example"), LINKS)

each_kind = pytest.mark.parametrize("kind", MailKind)
each_language = pytest.mark.parametrize("language", ["en", "fr", "ar"])


def received(letter: Letter, writer: LetterWriter = WRITER) -> EmailMessage:
    """The mail as it is read at the other end."""
    message = email.message_from_bytes(writer.write(letter).as_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert body is not None
    content: str = body.get_content()
    return content


def text(letter: Letter) -> str:
    return part(received(letter), "plain").replace("\r\n", "\n")


class Page(HTMLParser):
    """The tags, links and words of an HTML part."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str, name: str) -> list[str | None]:
        return [value for found, attribute, value in self.attributes if (found, attribute) == (tag, name)]


def page(letter: Letter) -> Page:
    return Page(part(received(letter), "html"))


def urls(letter: Letter) -> list[str]:
    home = ["https://shop.example"] if letter.kind is MailKind.ACCOUNT_CREATED else []
    return [LINKS.url(purpose, letter.tokens[purpose]) for purpose in letter.kind.purposes] + home


# --- Headers ----------------------------------------------------------------------------------------------------------


def test_the_headers() -> None:
    letter = a_letter(id=MailId("0123456789abcdef" * 2), recipient=EmailAddress("john@example.com"))
    message = received(letter)
    assert message["From"] == "Shop <no-reply@mail.shop.example>"
    assert message["To"] == "John Doe <john@example.com>"
    assert message["Subject"] == "Confirm your e-mail address"
    assert message["Message-ID"] == "<0123456789abcdef0123456789abcdef@mail.shop.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["Bcc"] is None
    assert abs(datetime.now(UTC) - message["Date"].datetime) < timedelta(minutes=1)


def test_the_same_letter_has_the_same_message_id_and_another_has_another() -> None:
    letter = a_letter()
    assert WRITER.write(letter)["Message-ID"] == WRITER.write(letter)["Message-ID"]
    assert WRITER.write(letter)["Message-ID"] != WRITER.write(a_letter())["Message-ID"]


def test_a_long_domain_does_not_break_the_message_id() -> None:
    domain = ".".join(["a-rather-long-label-of-a-domain"] * 4)
    letter = a_letter()
    message = received(letter, LetterWriter(Address("", "shop", domain), LINKS))
    assert message["Message-ID"] == f"<{letter.id}@{domain}>"


def test_the_text_comes_first_so_that_who_can_shows_the_html() -> None:
    message = received(a_letter())
    assert message.get_content_type() == "multipart/alternative"
    assert [it.get_content_type() for it in message.iter_parts()] == ["text/plain", "text/html"]


@each_language
def test_it_is_ascii_in_short_lines_that_end_as_smtp_wants(language: str) -> None:
    source = WRITER.write(a_letter(locale=Locale(language), name=PersonName("محمد Zoë"))).as_bytes()
    assert source.isascii()
    assert b"\n" not in source.replace(b"\r\n", b"")
    assert max(map(len, source.split(b"\r\n"))) <= 998  # RFC 5322 2.1.1


# --- Names and addresses in headers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["John Doe", 'Anne "Annie" Doe', "<b>Anne</b>", "Doe, Anne; (x) <y@z>", "Zoë Müller", "محمد علي", "李小龍", "🦄"],
)
def test_a_name_stands_beside_the_address(name: str) -> None:
    (address,) = received(a_letter(name=PersonName(name), recipient=EmailAddress("john@example.com")))["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "john@example.com")


@pytest.mark.parametrize(
    "name",
    [
        "John\r\nBcc: x@example.org",
        "John\nDoe",
        "John\rDoe",
        "John\0Doe",
        "John\x0b\x85Doe",
        "John\u2028Doe",
        "John \u202edeO",
        "John \u2067Doe",
        "John \ud800",
        "x" * 101,
        "=?utf-8?q?J=0d=0aBcc=3a_x?=",  # RFC 2047: the standard library makes two lines of it
        "=?utf-8?b?SgpCY2M6IHg=?=",
        "http://evil.example",
        "",
        " ",
    ],
)
def test_a_name_that_cannot_stand_in_a_header_is_left_out_everywhere(name: str) -> None:
    letter = a_letter(name=PersonName(name), recipient=EmailAddress("john@example.com"))
    message = received(letter)
    assert message["To"] == "john@example.com"
    assert message["Bcc"] is None
    assert part(message, "plain").startswith("Hello,")
    assert '<p style="margin:0 0 16px">Hello,</p>' in part(message, "html")


@pytest.mark.parametrize("address", ["=?utf-8?q?a=0d=0aBcc=3ax?=@example.com", "=?utf-8?q?a=2c_b?=@example.com"])
def test_an_address_that_reads_as_something_else_is_not_disclosed(address: str) -> None:
    """By RFC 5322 these are addresses. Nobody registers with one any more, but one may be stored."""
    message = received(a_letter(recipient=EmailAddress(address)))
    assert message["To"] == "undisclosed-recipients:;"
    assert message["Bcc"] is None


def test_a_stored_address_that_we_would_not_admit_forges_nothing() -> None:
    message = received(a_letter(recipient=EmailAddress("a\r\nBcc: x@example.org")))
    assert message["To"] == "undisclosed-recipients:;"
    assert message["Bcc"] is None


@pytest.mark.parametrize("local_part", ["o'brien", "a+b", "!#$%&'*+/=?^_`{|}~-", "a" * 64])
def test_any_other_address_is_written_as_it_is(local_part: str) -> None:
    address = f"{local_part}@{'d' * 60}.{'d' * 60}.{'d' * 60}.example"
    (read,) = received(a_letter(recipient=EmailAddress(address)))["To"].addresses
    assert (read.display_name, read.addr_spec) == ("John Doe", address)


# --- Names in texts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "http://evil.example",
        "Visit evil.example now",
        "WWW.evil",
        "ftp://x",
        "john@evil.example",
        "evil。example",  # U+3002, a dot to browsers
        "evil．example",  # U+FF0E
        "ｅｖｉｌ．ｃｏｍ",
        "http：／／evil",
        "evil.\u200bexample",  # zero width space
        "evil.пример",
    ],
)
def test_a_name_that_may_become_a_link_is_not_greeted(name: str) -> None:
    letter = a_letter(name=PersonName(name))
    message = received(letter)
    for subtype in ("plain", "html"):
        assert name not in part(message, subtype)
        assert "evil" not in part(message, subtype).lower()
    assert text(letter).startswith("Hello,\n")


@pytest.mark.parametrize("name", ["J. R. Doe", "John Doe Jr.", "Nr. 5", "O'Neil-Smith", "Ms. Doe"])
def test_other_names_with_dots_are_greeted(name: str) -> None:
    assert text(a_letter(name=PersonName(name))).startswith(f"Hello {name},\n")


def test_a_name_is_text_in_the_html() -> None:
    letter = a_letter(name=PersonName("<img src=x onerror=alert(1)> & {{ 7*7 }} {name} \"'"))
    shown = page(letter)
    assert "img" not in shown.tags
    assert letter.name.value in shown.words
    assert f"Hello {letter.name.value}," in text(letter)


def test_what_a_client_says_of_itself_is_text_too() -> None:
    device = Device("<b>Fire</b>", "Lin & ux")
    assert "<b>Fire</b> on Lin & ux" in page(a_letter(device=device)).words
    assert "Device: <b>Fire</b> on Lin & ux" in text(a_letter(device=device))
    for forged in ("http://evil.example", "evil.example", "a\nb", "x" * 101):
        assert "Device: an unknown device\n" in text(a_letter(device=Device(forged, None)))


# --- What it tells ----------------------------------------------------------------------------------------------------


@each_kind
@each_language
def test_both_parts_have_all_the_links(kind: MailKind, language: str) -> None:
    letter = a_letter(kind, locale=Locale(language))
    lines = text(letter).splitlines()
    shown = page(letter)
    assert [line for line in lines if "://" in line] == urls(letter)  # on lines of their own
    # As a button or a link in words, and for copying.
    assert shown.of("a", "href") == [url for url in urls(letter) for _ in range(2)]
    for url in urls(letter):
        assert url in shown.words


@each_kind
@each_language
def test_every_mail_says_when_from_where_and_with_what(kind: MailKind, language: str) -> None:
    paris = timezone(timedelta(hours=1))
    letter = a_letter(kind, locale=Locale(language), occurred_at=datetime(2026, 3, 14, 16, 9, 26, tzinfo=paris))
    for said in (text(letter), page(letter).words):
        for fact in ("2026-03-14 15:09 UTC", "203.0.113.7", "Firefox", "Linux"):
            assert fact in said


@pytest.mark.parametrize(
    ("language", "device", "said"),
    [
        ("en", Device("Firefox", "Linux"), "Device: Firefox on Linux"),
        ("en", Device("Firefox", None), "Device: Firefox"),
        ("en", Device(None, "Linux"), "Device: Linux"),
        ("en", Device(), "Device: an unknown device"),
        ("fr", Device("Firefox", "Linux"), "Appareil\u00a0: Firefox sur Linux"),
        ("fr", Device(), "Appareil\u00a0: un appareil inconnu"),
        ("ar", Device("Firefox", "Linux"), "الجهاز: \u2068Firefox\u2069 على \u2068Linux\u2069"),
        ("ar", Device(), "الجهاز: جهاز غير معروف"),
    ],
)
def test_a_device_in_words(language: str, device: Device, said: str) -> None:
    letter = a_letter(locale=Locale(language), device=device)
    assert said in text(letter).splitlines()
    assert re.sub("[\u2068\u2069]", "", said) in page(letter).words


@pytest.mark.parametrize("unknown", [None, "", "not an address", "http://evil.example"])
def test_without_an_ip_address_there_is_no_word_of_it(unknown: str | None) -> None:
    letter = a_letter(ip_address=unknown)
    assert "IP" not in text(letter)
    assert "IP address" not in page(letter).words


def test_an_ip_address_of_either_kind() -> None:
    assert "IP address: 203.0.113.7\n" in text(a_letter(ip_address="203.0.113.7"))
    assert "IP address: fe80::1\n" in text(a_letter(ip_address="fe80::1%evil.example"))


@pytest.mark.parametrize(
    ("kind", "lifetimes"),
    [
        (MailKind.VERIFY_EMAIL, ["24 hours", "7 days"]),
        (MailKind.RESET_PASSWORD, ["1 hour"]),
        (MailKind.PASSWORD_CHANGED, ["7 days"]),
        (MailKind.CONFIRM_EMAIL_CHANGE, ["24 hours"]),
        (MailKind.EMAIL_CHANGED, ["7 days"]),
        (MailKind.NEW_LOGIN, ["7 days"]),
    ],
)
def test_every_link_says_how_long_it_is_good(kind: MailKind, lifetimes: list[str]) -> None:
    letter = a_letter(kind)
    for said in (text(letter), page(letter).words):
        assert re.findall(r"This link is good for (.+)\.", said) == lifetimes


def test_the_main_link_and_the_subject_by_themselves() -> None:
    letter = a_letter(locale=Locale("fr"))
    assert WRITER.main_link(letter) == LINKS.url(TokenPurpose.VERIFY_EMAIL, letter.tokens[TokenPurpose.VERIFY_EMAIL])
    assert WRITER.subject(letter) == received(letter)["Subject"] == "Confirmez votre adresse e-mail"


# --- How it looks -----------------------------------------------------------------------------------------------------


@each_kind
@each_language
@pytest.mark.parametrize("name", ["John Doe", "x" * 100, "John " * 19 + "Doe"])
def test_the_lines_of_the_text_are_short(kind: MailKind, language: str, name: str) -> None:
    lines = text(
        a_letter(kind, locale=Locale(language), name=PersonName(name), ip_address="2001:db8::" + "ffff:" * 5 + "1")
    )
    assert [line for line in lines.splitlines() if len(line) >= 78 and "://" not in line] == []


@each_kind
@each_language
def test_the_text_has_no_holes(kind: MailKind, language: str) -> None:
    said = text(a_letter(kind, locale=Locale(language)))
    assert "\n\n\n" not in said
    assert said.strip() + "\n" == said
    assert not re.search(r"[{}]", said)


@each_kind
@each_language
def test_the_html_fetches_nothing_and_runs_nothing(kind: MailKind, language: str) -> None:
    shown = page(a_letter(kind, locale=Locale(language)))
    assert set(shown.tags) <= {*("html", "head", "meta", "title", "body", "div", "h1", "p", "a", "bdi")}
    assert not {name for _, name, _ in shown.attributes} & {"src", "srcset", "background", "class", "id"}
    assert not any(name.startswith("on") for _, name, _ in shown.attributes)
    assert not any("url(" in (value or "") for _, name, value in shown.attributes if name == "style")
    assert not re.search(r"[{}]", shown.words)


# --- Languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "language", "direction"),
    [
        (None, "en", "ltr"),
        ("en", "en", "ltr"),
        ("en-GB", "en", "ltr"),
        ("fr", "fr", "ltr"),
        ("fr-CA", "fr", "ltr"),
        ("ar", "ar", "rtl"),
        ("ar-Arab-EG", "ar", "rtl"),
        ("de", "en", "ltr"),
        ("zh-Hant-TW", "en", "ltr"),
        ("fro", "en", "ltr"),  # Old French is another language
    ],
)
def test_the_language_is_the_readers_or_english(tag: str | None, language: str, direction: str) -> None:
    letter = a_letter(locale=None if tag is None else Locale(tag))
    shown = page(letter)
    assert (shown.of("html", "lang"), shown.of("html", "dir")) == ([language], [direction])
    assert received(letter)["Content-Language"] == language


def test_links_run_from_left_to_right_in_arabic_too() -> None:
    shown = page(a_letter(locale=Locale("ar")))
    assert shown.of("p", "dir") == ["ltr", "ltr"]
    assert shown.of("div", "dir") == ["rtl"]  # for clients that drop <html>


@pytest.mark.parametrize("tag", ["en", "fr", "ar"])
def test_a_verification_asked_for_again_says_when_the_account_was_opened(tag: str) -> None:
    """Or whoever asks again would take a stranger's registration for their own."""
    asked = a_letter(MailKind.VERIFY_EMAIL_AGAIN, locale=Locale(tag), occurred_at=NOW + timedelta(days=20))
    for subtype in ("plain", "html"):
        text = part(received(asked), subtype)
        assert text.index("2026-03-14 15:09 UTC") < text.index("2026-04-03 15:09 UTC")


def test_a_reset_that_is_required_does_not_say_that_it_can_be_ignored() -> None:
    text = part(received(a_letter(MailKind.RESET_REQUIRED)), "plain")
    assert "ignore" not in text
    assert "stays as it is" not in text


# --- What admins did --------------------------------------------------------------------------------------------------

BY_ADMINS = [
    MailKind.ACCOUNT_CREATED,
    MailKind.ACCOUNT_BLOCKED,
    MailKind.ACCOUNT_SUSPENDED,
    MailKind.ACCOUNT_UNBLOCKED,
    MailKind.ROLE_CHANGED,
    MailKind.RESET_DEMANDED,
    MailKind.EMAIL_CHANGED,
]
DEVICES = {"en": "Device", "fr": "Appareil", "ar": "الجهاز"}


def both_parts(letter: Letter) -> list[str]:
    return [re.sub("[\u2068\u2069]", "", said) for said in (text(letter), page(letter).words)]


@pytest.mark.parametrize("kind", BY_ADMINS)
@each_language
def test_where_the_origin_is_not_told_there_is_no_word_of_it(kind: MailKind, language: str) -> None:
    letter = a_letter(kind, locale=Locale(language), ip_address=None, device=Device())
    for said in both_parts(letter):
        assert "2026-03-14 15:09 UTC" in said
        assert "IP" not in said
        assert DEVICES[language] not in said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Until: 2026-03-15 23:30 UTC"),
        ("fr", "Jusqu’au\u00a0: 2026-03-15 23:30 UTC"),
        ("ar", "حتى: 2026-03-15 23:30 UTC"),
    ],
)
def test_a_suspension_says_until_when(language: str, said: str) -> None:
    until = datetime(2026, 3, 16, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    for part_said in both_parts(a_letter(MailKind.ACCOUNT_SUSPENDED, locale=Locale(language), suspended_until=until)):
        assert said in part_said


@each_language
def test_where_no_end_is_known_or_it_was_lifted_by_then_none_is_told(language: str) -> None:
    for said in both_parts(a_letter(MailKind.ACCOUNT_SUSPENDED, locale=Locale(language), suspended_until=None)):
        assert said.count(" UTC") == 1


@pytest.mark.parametrize(
    ("language", "role", "said"),
    [
        ("en", Role.ADMIN, "Role now: administrator"),
        ("en", Role.USER, "Role now: user"),
        ("fr", Role.ADMIN, "Rôle actuel\u00a0: administrateur"),
        ("fr", Role.USER, "Rôle actuel\u00a0: utilisateur"),
        ("ar", Role.ADMIN, "الدور الحالي: مسؤول"),
        ("ar", Role.USER, "الدور الحالي: مستخدم"),
    ],
)
def test_a_change_of_role_says_which(language: str, role: Role, said: str) -> None:
    for part_said in both_parts(a_letter(MailKind.ROLE_CHANGED, locale=Locale(language), role=role)):
        assert said in part_said


@pytest.mark.parametrize("kind", [kind for kind in MailKind if not kind.purposes])
def test_a_mail_without_a_link_has_none(kind: MailKind) -> None:
    """But for where to log in, and that only where people have a frontend to do so."""
    nowhere = LetterWriter(
        Address("Shop", "shop", "shop.example"), MailLinks("https://id.example/", "https://id.example")
    )
    letter = a_letter(kind)
    message = received(letter, nowhere)
    assert "://" not in part(message, "plain")
    assert "href" not in part(message, "html")
    assert "\n\n\n" not in part(message, "plain").replace("\r\n", "\n")
    assert WRITER.main_link(letter) is None


def test_a_demanded_reset_does_not_say_that_somebody_reported_anything() -> None:
    for said in both_parts(a_letter(MailKind.RESET_DEMANDED)):
        assert "administrator" in said
        assert "secured" not in said
        assert "ignore" not in said
