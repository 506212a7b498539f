"""Letters, written out as mails."""

from __future__ import annotations

import email
import email.policy
import textwrap
import tomllib
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address, AddressHeader, Group
from email.message import EmailMessage
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from adapters.mail.display import printable, printable_ip_address
from user_domain.value_objects.device import Device
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.mail.links import MailLinks
    from user_domain.value_objects.letter import Letter
    from user_domain.value_objects.locale import Locale
    from user_domain.value_objects.person_name import PersonName

DEFAULT_LANGUAGE = "en"
LANGUAGES = (DEFAULT_LANGUAGE, "fr", "ar")
_RIGHT_TO_LEFT = frozenset({"ar"})
_COLUMNS = 72  # RFC 3676 4.2 recommends at most 78; quoted a few times it still fits
_POLICY = email.policy.SMTP.clone(cte_type="7bit")  # deliverable where 8BITMIME (RFC 6152) is unknown
_UNDISCLOSED = Group("undisclosed-recipients", ())  # RFC 5322 A.1.3


def translations(language: str) -> dict[str, dict[str, str]]:
    """The sentences of a language: a section `common`, and one for every kind of mail."""
    file = resources.files("adapters.mail") / "translations" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


class LetterWriter:
    """Writes letters as mails with a text and an HTML part.

    The language is the reader's if there is a translation, else English. Nothing in the HTML is fetched from elsewhere.
    """

    def __init__(self, sender: Address, links: MailLinks) -> None:
        self._sender = sender
        self._links = links
        self._sentences = {language: translations(language) for language in LANGUAGES}
        environment = Environment(
            loader=PackageLoader("adapters.mail"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters["wrapped"] = _wrapped
        self._text = environment.get_template("letter.txt")
        self._html = environment.get_template("letter.html")

    def write(self, letter: Letter) -> EmailMessage:
        """The mail, dated now. The same letter always has the same Message-ID."""
        language = _language(letter.locale)
        text, html = self._phrases(language, letter.kind), self._html_phrases(language, letter.kind)
        message = EmailMessage(policy=_POLICY)
        message["From"] = self._sender
        message["To"] = _recipient(letter.recipient.value, letter.name)
        message["Subject"] = text.say("subject")
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = f"<{letter.id}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5: no out-of-office replies, please
        message.set_content(self._text.render(self._content(letter, text)))
        message.add_alternative(
            self._html.render(
                self._content(letter, html), language=language, direction="rtl" if language in _RIGHT_TO_LEFT else "ltr"
            ),
            subtype="html",
        )
        message["Content-Language"] = language  # last: what begins with Content- moves into the parts
        return message

    def subject(self, letter: Letter) -> str:
        """What the mail is about, in its reader's language."""
        return self._phrases(_language(letter.locale), letter.kind).say("subject")

    def main_link(self, letter: Letter) -> str | None:
        """Where the first link of the mail leads; None where it has none."""
        return next((self._links.url(purpose, letter.tokens[purpose]) for purpose in letter.kind.purposes), None)

    def _phrases(self, language: str, kind: MailKind) -> _Phrases:
        sections = self._sentences[language]
        return _Phrases(sections["common"] | sections[kind], isolate=language in _RIGHT_TO_LEFT)

    def _html_phrases(self, language: str, kind: MailKind) -> _Phrases:
        sections = self._sentences[language]
        return _HtmlPhrases(sections["common"] | sections[kind], isolate=True)

    def _content(self, letter: Letter, phrases: _Phrases) -> dict[str, object]:
        """What both parts say, in the order they say it."""
        say = phrases.say
        name = printable(letter.name.value)
        links: list[dict[str, str | None]] = [
            {
                "action": say(f"{prefix}action"),
                "button": say(f"{prefix}button"),
                "url": self._links.url(purpose, letter.tokens[purpose]),
                "good_for": say("good_for", lifetime=phrases.duration(purpose.lifetime)),
            }
            for prefix, purpose in zip(("", "other_"), letter.kind.purposes, strict=False)
        ]
        if letter.kind is MailKind.ACCOUNT_CREATED and self._links.home is not None:
            home = {"action": say("action"), "button": say("button"), "url": self._links.home, "good_for": None}
            links.append(home)
        return {
            "say": say,
            "greeting": say("greeting_without_name") if name is None else say("greeting", name=name),
            "facts": _facts(letter, phrases),
            "main": links[0] if links else None,
            "others": links[1:],
        }


class _Phrases:
    """The sentences of one mail in one language, for its text part.

    With `isolate`, what is filled in stands in characters that keep its direction from mixing with that of the
    sentence around it (UAX #9 2.4.2): a date would read backwards among Arabic.
    """

    def __init__(self, sentences: Mapping[str, str], *, isolate: bool) -> None:
        self._sentences = sentences
        self._isolate = isolate

    def say(self, key: str, **values: str) -> str:
        filled = {name: f"\u2068{value}\u2069" if self._isolate else value for name, value in values.items()}
        return self._sentences[key].format(**filled)

    def duration(self, of: timedelta) -> str:
        """`24 hours` or `7 days`. Languages inflect too differently for a rule: each number has its own phrase."""
        days, rest = divmod(of, timedelta(days=1))
        key = f"days_{days}" if days > 1 and not rest else f"hours_{of // timedelta(hours=1)}"
        return self._sentences[key]


class _HtmlPhrases(_Phrases):
    """The same for the HTML part: what is filled in is escaped."""

    def say(self, key: str, **values: str) -> str:
        filled = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in values.items()}
        return escape(self._sentences[key]).format(**filled)


def _language(locale: Locale | None) -> str:
    language = locale.value.partition("-")[0] if locale else DEFAULT_LANGUAGE
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def _facts(letter: Letter, phrases: _Phrases) -> list[str]:
    """What it comes to, and when, from where and with what it was done. A browser's name is what the client made it."""
    facts = [phrases.say("when", time=_moment(letter.occurred_at))]
    match letter.kind:
        case MailKind.VERIFY_EMAIL_AGAIN:  # who asks again says nothing of who registered
            facts.insert(0, phrases.say("registered", time=_moment(letter.registered_at)))
        case MailKind.ACCOUNT_SUSPENDED if letter.suspended_until is not None:
            facts.append(phrases.say("until", time=_moment(letter.suspended_until)))
        case MailKind.ROLE_CHANGED:
            facts.append(phrases.say("role", role=phrases.say(f"role_{letter.role}")))
    if letter.ip_address is None and letter.device == Device():
        return facts  # an admin did it: where that was is not for the reader
    return facts + _origin(letter, phrases)


def _origin(letter: Letter, phrases: _Phrases) -> list[str]:
    ip_address = printable_ip_address(letter.ip_address)
    browser, system = printable(letter.device.browser), printable(letter.device.system)
    facts = []
    if ip_address is not None:
        facts.append(phrases.say("where", ip=ip_address))
    if browser is not None and system is not None:
        facts.append(phrases.say("with", browser=browser, system=system))
    elif (device := browser or system) is not None:
        facts.append(phrases.say("with_one", device=device))
    else:
        facts.append(phrases.say("with_unknown"))
    return facts


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _recipient(address: str, name: PersonName) -> Address | Group:
    """What goes into `To`: with the name if it can stand in a header, and without the address if that cannot.

    `=?utf-8?q?a=0d=0aBcc=3ab?=@example.com` is an address by the letter of RFC 5322, and a second header once the
    standard library has decoded it. Such mail still reaches its mailbox: the envelope says where it goes.
    """
    local_part, _, domain = address.rpartition("@")
    for display_name in (printable(name.value) or "", ""):
        try:
            recipient = Address(display_name, local_part, domain)
            if _reads_back(recipient, address):
                return recipient
        except ValueError:  # a line break, or half a surrogate pair
            continue
    return _UNDISCLOSED


def _reads_back(recipient: Address, address: str) -> bool:
    """Whether a reader of the header will see one address, and this one."""
    message = EmailMessage(policy=_POLICY)
    message["To"] = recipient
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    header = read["To"]
    return (
        read.keys() == ["To"]
        and isinstance(header, AddressHeader)
        and [found.addr_spec for found in header.addresses] == [address]
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _COLUMNS, break_on_hyphens=False)
