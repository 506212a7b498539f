"""What somebody uses us with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A browser or app and what it runs on, as far as its user agent says: `Firefox` and `Linux`."""

    browser: str | None = None
    system: str | None = None

    @property
    def in_words(self) -> str | None:
        """As people say it: `Firefox on Linux`, or what of that is known."""
        return " on ".join(part for part in (self.browser, self.system) if part) or None
