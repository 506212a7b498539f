"""What all schemas share."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_TRIED_PASSWORD = 1024
"""Characters of a password that is tried; nobody can have chosen one that long, and it is not worth hashing."""


class Request(BaseModel):
    """A request body: strict types, no fields but those that are known."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def rfc3339(moment: datetime) -> str:
    """As every moment is written."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    datetime,
    PlainSerializer(rfc3339),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-14T15:09:26.535897Z"]}),
]
"""UTC, RFC 3339, always with microseconds and `Z`."""


def _moment(value: object) -> datetime:
    """RFC 3339 with an offset, and nothing else: a time without one would be somebody's guess."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not a string")
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("moment_format", "not a moment")
    return moment


_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)

Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in a request: RFC 3339, with an offset; microseconds are kept, what is finer is cut off."""


def _plain_decimal(text: str) -> str:
    """As we write ids ourselves: one thing has one address, and 01 or +1 is none."""
    if not re.fullmatch(r"0|-?[1-9][0-9]*", text):
        message = "not a decimal number"
        raise ValueError(message)
    return text


IdInPath = Annotated[int, BeforeValidator(_plain_decimal)]
"""The number of something, in the path; the route says how large it may be."""
