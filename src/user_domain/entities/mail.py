"""The mail: what is to be told to somebody, from the moment it is decided until it has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.client_info import ClientInfo
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import MailId, OneTimeTokenId, UserId
    from user_domain.value_objects.letter import MailKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to be sent. It holds neither text nor tokens: those are made when it is sent, and kept nowhere.

    `user_id` None means "whoever has this address, if anybody": so a request for a mail is the same for every address,
    and who that is gets looked up later. `occurred_at` and `client` are of what the mail tells of.
    """

    id: MailId
    kind: MailKind
    recipient: EmailAddress
    user_id: UserId | None
    token_ids: tuple[OneTimeTokenId, ...]
    occurred_at: datetime
    client: ClientInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentMail:
    """How a mail that has not left stands. `attempts` is how often it was tried, `error` why the last try failed;
    dead ones are not tried again by themselves.
    """

    mail: Mail
    attempts: int
    next_attempt_at: datetime
    dead_at: datetime | None
    error: str | None
