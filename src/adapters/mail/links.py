"""Where the links in mails lead."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from user_domain.value_objects.one_time_token import TokenPurpose

_AT_THE_FRONTEND = frozenset({TokenPurpose.VERIFY_EMAIL, TokenPurpose.RESET_PASSWORD})


@dataclass(frozen=True, slots=True)
class MailLinks:
    """`frontend_url` has pages for what every shop asks its customers; the other pages are this service's own, at
    `public_url`. Both may have a path, with or without a slash at its end.
    """

    public_url: str
    frontend_url: str

    @property
    def home(self) -> str | None:
        """Where people begin; None where there is no frontend: our own first page is for programs."""
        return None if self.frontend_url.rstrip("/") == self.public_url.rstrip("/") else self.frontend_url

    def url(self, purpose: TokenPurpose, token: str) -> str:
        """The page that uses up a token of this purpose."""
        root = self.frontend_url if purpose in _AT_THE_FRONTEND else self.public_url
        return f"{root.rstrip('/')}/{purpose}?token={quote(token, safe='')}"
