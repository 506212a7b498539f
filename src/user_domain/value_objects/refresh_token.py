"""What a refresh token says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_domain.value_objects.ids import SessionHandle


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Which session it continues, and how many tokens of that session came before it."""

    session: SessionHandle
    generation: int
