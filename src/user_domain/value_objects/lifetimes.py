"""How long things are good for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long a session lives, and an access token of it; a token never outlives its session."""

    session: timedelta
    access_token: timedelta
