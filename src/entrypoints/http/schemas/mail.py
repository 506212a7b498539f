"""Mail that has not left, on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.schemas.common import Timestamp
from user_domain.value_objects.letter import MailKind

if TYPE_CHECKING:
    from user_domain.entities.mail import UnsentMail


class UnsentMailResource(BaseModel):
    """A mail that waits or is dead. What it says is not kept, so nobody can read it here."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0196f3c2a1b04f6e8d7c5b4a39281706",
                "kind": "verify_email",
                "recipient": "john@example.com",
                "user_id": 7,
                "status": "waiting",
                "attempts": 3,
                "error": "450",
                "created_at": "2026-03-14T15:09:26.535897Z",
                "next_attempt_at": "2026-03-14T15:09:41.000000Z",
                "dead_at": None,
            }
        }
    )

    id: str
    kind: MailKind
    recipient: str
    user_id: int | None = Field(description="Null: whoever has the address, looked up when the mail is sent.")
    status: Literal["waiting", "dead"]
    attempts: int
    error: str | None = Field(description="Why the last attempt failed.")
    created_at: Timestamp
    next_attempt_at: Timestamp | None = Field(None, description="Null for a dead one.")
    dead_at: Timestamp | None = Field(None, description="Null for one that waits.")

    @classmethod
    def of(cls, unsent: UnsentMail) -> UnsentMailResource:
        """How a mail stands."""
        mail = unsent.mail
        return cls(
            id=mail.id,
            kind=mail.kind,
            recipient=mail.recipient.value,
            user_id=mail.user_id,
            status="dead" if unsent.dead_at else "waiting",
            attempts=unsent.attempts,
            error=unsent.error,
            created_at=mail.occurred_at,
            next_attempt_at=None if unsent.dead_at else unsent.next_attempt_at,
            dead_at=unsent.dead_at,
        )
