"""The pages on their own: an application that only remembers what it was asked, and a folder with a few mails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.middleware import Middleware

from entrypoints.http import error_handlers
from entrypoints.http.middleware import BodyLimit, ErrorBoundary, HeadAsGet, RequestContext
from entrypoints.http.pages import account, dev_mailbox

if TYPE_CHECKING:
    from collections.abc import Sequence

PATHS = ("/verify-email", "/reset-password", "/confirm-email-change", "/undo-email-change", "/not-me")
TOKEN = "hW3n-0dTq_4kZ9cXv1bN7mAsDfGhJkLpQwErTyUiOp2"
NEW_PASSWORD = "Another-Passw0rd"


class Recorded:
    """Stands in for a use case. It keeps what it was asked, and fails as told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.failure: Exception | None = None

    async def execute(self, command: object = None, **facts: Any) -> None:
        """Do nothing, or fail."""
        asked = {name: getattr(command, name) for name in command.__slots__} if command is not None else {}  # type: ignore[attr-defined]  # a dataclass with slots
        self.asked.append(asked | facts)
        if self.failure is not None:
            raise self.failure


@dataclass
class Stage:
    """An app with nothing but the pages, and what stands behind each path."""

    app: FastAPI
    behind: dict[str, Recorded]

    @property
    def asked(self) -> dict[str, list[dict[str, Any]]]:
        """What was asked so far, by path; nothing where nothing was."""
        return {path: use_case.asked for path, use_case in self.behind.items() if use_case.asked}


@dataclass(frozen=True)
class Mail:
    """A mail in the folder."""

    id: str
    subject: str = "Confirm your e-mail address"
    recipient: str = "john@example.com"
    sent_at: datetime = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
    text: str = "Hello John,\n\nhttp://users.test/verify-email?token=abc\n"
    html: str = "<!doctype html><html><head><title>x</title></head><body><p>Hello John</p></body></html>"


@dataclass
class Folder:
    """The folder, newest mail first."""

    mails: Sequence[Mail] = ()
    looked_for: list[str] = field(default_factory=list)

    async def newest(self, limit: int = 200) -> list[Mail]:
        """The last ones."""
        return list(self.mails[:limit])

    async def find(self, mail_id: str) -> Mail | None:
        """One of them."""
        self.looked_for.append(mail_id)
        return next((mail for mail in self.mails if mail.id == mail_id), None)


def stage(*mails: Mail) -> Stage:
    """The pages, with these mails in the folder."""
    stack = [Middleware(RequestContext), Middleware(ErrorBoundary), Middleware(HeadAsGet), Middleware(BodyLimit)]
    app = FastAPI(middleware=stack, telemetry={"tracing": False, "metrics": False, "logs": False})
    error_handlers.install(app)
    app.include_router(account.router)
    app.include_router(dev_mailbox.router)
    behind = {path: Recorded() for path in PATHS}
    app.state.application = SimpleNamespace(
        verify_email=behind["/verify-email"],
        reset_password=behind["/reset-password"],
        confirm_email_change=behind["/confirm-email-change"],
        undo_email_change=behind["/undo-email-change"],
        report_not_me=behind["/not-me"],
    )
    app.state.mail_folder = Folder(mails)
    return Stage(app, behind)
