"""What admins look for in the list of users, on the wire."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from user_domain.ports.user_directory import Counting, Period, UserCriteria, UserOrder
from user_domain.value_objects.account_status import SHUT, AccountStatus
from user_domain.value_objects.role import Role
from user_domain.value_objects.search_words import SearchWords

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)


def _as_rfc_3339_has_it(text: object) -> object:
    # pydantic would also read a number, a date alone, or a time without a zone.
    if not isinstance(text, str) or not _RFC_3339.fullmatch(text):
        message = "not a moment"
        raise ValueError(message)
    return text


Moment = Annotated[
    datetime,
    BeforeValidator(_as_rfc_3339_has_it),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-14T00:00:00+01:00"]}),
]
"""A moment of RFC 3339, with its offset."""


class Paging(BaseModel):
    """Which part of a list is asked for, and whether to say how many there are in all."""

    model_config = ConfigDict(frozen=True)

    limit: int = Field(200, ge=1, le=200, description="How many on a page.")
    cursor: str | None = Field(
        None, max_length=500, description="Where a page begins; `Link` has that of the next one."
    )
    count: Counting | None = Field(
        None,
        description="Have `X-Total-Count` say how many there are in all: counted (`exact`), which takes the longer the "
        "more there are, or guessed (`estimate`), which is quick and may be far off.",
        examples=["estimate"],
    )


class UserListQuery(Paging):
    """Who is looked for, and in which order."""

    q: str | None = Field(
        None,
        description="Words, all of which must be found: each as the beginning of a word of the name, of the e-mail "
        "address, its domain or a part of either, or of the mobile number. No character has a special meaning.",
        examples=["john exam"],
    )
    status: AccountStatus | None = Field(None, description="How the account stands now.", examples=["blocked"])
    role: Role | None = Field(None, examples=["admin"])
    include_blocked: bool = Field(
        default=True, description="`false` leaves out who is blocked or suspended now.", examples=[False]
    )
    verified: bool | None = Field(None, description="Whether the e-mail address is.", examples=[True])
    created_from: Moment | None = Field(None, description="Registered then or later.")
    created_to: Moment | None = Field(
        None, description="Registered before. Not later than `created_from`, nobody is found."
    )
    last_login_from: Moment | None = Field(None, description="Last logged in then or later.")
    last_login_to: Moment | None = Field(
        None,
        description="Last logged in before; not, who never did. Not later than `last_login_from`, nobody is found.",
    )
    sort: UserOrder = Field(
        UserOrder.ID_DESCENDING,
        description="A minus puts the highest first. Who never logged in counts as having done so before all others.",
        examples=["-last_login"],
    )

    def criteria(self) -> UserCriteria:
        """Who is looked for, to the domain."""
        statuses = frozenset(AccountStatus if self.status is None else [self.status])
        return UserCriteria(
            words=None if self.q is None else SearchWords.parse(self.q),
            statuses=statuses if self.include_blocked else statuses - SHUT,
            role=self.role,
            is_verified=self.verified,
            created=Period(self.created_from, self.created_to),
            last_login=Period(self.last_login_from, self.last_login_to),
        )

    def listing(self) -> dict[str, str]:
        """What makes it this list and not another, whatever part is asked for: the parameters of its next page."""
        named = self.model_dump(mode="json", exclude={"limit", "cursor", "count"}, exclude_defaults=True)
        return {name: str(value).lower() if isinstance(value, bool) else value for name, value in named.items()}
