"""/dev/mailbox: what would have been mailed, for developers. It is there in development only, and on this machine only:
the mails open accounts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from entrypoints.http.pages.rendering import PRIVATE_HEADERS, html_page
from entrypoints.http.problems import PathNotFound

_LANGUAGE = "en"
_MOST_MAILS = 200
_MAIL_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")  # no way out of a folder
_LOOPBACK_HOST = re.compile(r"(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_URL = re.compile(r"""https?://[^\s<>"']+""")
_AFTER_A_URL = ".,;:!?)]}"  # belongs to the sentence around it

# A link in the mail opens a tab of its own, and that tab is free. Everything else is dead: scripts, forms, the origin.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
_MAIL_POLICY = f"sandbox {_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_OPENING = re.compile(
    r"\s*(?:<!doctype[^>]*>)?\s*(?:<html(?:\s[^>]*)?>)?\s*(?:<head(?:\s[^>]*)?>)?",
    re.IGNORECASE,
)
# In the frame itself a link to a page of ours would show nothing: those refuse to be framed.
_LINKS_OPEN_TABS = '<base target="_blank">'


class KeptMail(Protocol):
    """A mail that was kept instead of sent."""

    @property
    def id(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def sent_at(self) -> datetime: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...  # empty where there is none


class MailFolder(Protocol):
    """Where they are kept."""

    async def newest(self, limit: int) -> Sequence[KeptMail]:
        """The last ones, newest first."""

    async def find(self, mail_id: str) -> KeptMail | None:
        """One of them."""


async def _only_on_this_machine(request: Request) -> None:
    """Whoever else asks learns nothing. The Host header is looked at because a foreign page may have its own name
    resolve to 127.0.0.1 and then read what it likes (DNS rebinding). What a proxy passes on comes from elsewhere,
    whether it is trusted or not and whatever address it names.
    """
    forwarded = "forwarded" in request.headers or "x-forwarded-for" in request.headers
    hosts = request.headers.getlist("host")
    named = len(hosts) == 1 and _LOOPBACK_HOST.fullmatch(hosts[0])
    if forwarded or not (named and request.client and _is_loopback(request.client.host)):
        raise PathNotFound


async def _folder(request: Request) -> MailFolder:
    folder: MailFolder = request.app.state.mail_folder
    return folder


async def _mail(mail_id: str, folder: Annotated[MailFolder, Depends(_folder)]) -> KeptMail:
    mail = await folder.find(mail_id) if _MAIL_ID.fullmatch(mail_id) else None
    if mail is None:
        raise PathNotFound
    return mail


router = APIRouter(prefix="/dev/mailbox", include_in_schema=False, dependencies=[Depends(_only_on_this_machine)])


@router.get("")
async def mailbox(folder: Annotated[MailFolder, Depends(_folder)]) -> HTMLResponse:
    """The last mails, newest first. It does not reload by itself: that would take the focus away, every time."""
    mails = await folder.newest(limit=_MOST_MAILS)
    return html_page("mailbox.html", {"mails": mails, "shown": _shown}, language=_LANGUAGE)


@router.get("/{mail_id}")
async def mail_page(mail: Annotated[KeptMail, Depends(_mail)]) -> HTMLResponse:
    """One mail."""
    facts = {"mail": mail, "text": linkified(mail.text), "sandbox": _SANDBOX, "shown": _shown}
    return html_page("mail.html", facts, language=_LANGUAGE, frames="'self'")


@router.get("/{mail_id}/html")
async def mail_html(mail: Annotated[KeptMail, Depends(_mail)]) -> HTMLResponse:
    """Its HTML, as a mail program would show it, and as powerless."""
    if not mail.html:
        raise PathNotFound
    opening = _OPENING.match(mail.html)
    start = opening.end() if opening else 0
    content = mail.html[:start] + _LINKS_OPEN_TABS + mail.html[start:]
    headers = {"Content-Security-Policy": _MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN", **PRIVATE_HEADERS}
    return HTMLResponse(content, headers=headers)


def linkified(text: str) -> Markup:
    """The text with its web addresses as links; nothing else in it is HTML."""
    parts: list[str] = []
    end = 0
    for match in _URL.finditer(text):
        url = match[0].rstrip(_AFTER_A_URL)
        link = Markup('<a href="{0}" target="_blank" rel="noreferrer">{0}</a>').format(url)
        parts += [text[end : match.start()], link]
        end = match.start() + len(url)
    return Markup("").join([*parts, text[end:]])


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
