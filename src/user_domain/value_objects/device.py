"""What somebody uses us with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A browser or app and what it runs on, as far as its user agent says: `Firefox` and `Linux`."""

    browser: str | None = None
    system: str | None = None
