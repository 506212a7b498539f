"""Languages people want to be written to in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from user_domain.errors import InvalidInput, Violation

_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Locale:
    """A language tag `language[-Script][-REGION]` (RFC 5646), in its recommended case: `en`, `zh-Hant-TW`."""

    value: str

    @classmethod
    def parse(cls, raw: str) -> Locale:
        """Read a tag in any case.

        Raises:
            InvalidInput: `invalid_format`, for the field `locale`.
        """
        match = _TAG.fullmatch(raw)
        if match is None:
            message = "This is not a language tag such as en or fr-CA."
            raise InvalidInput([Violation("locale", "invalid_format", message)])
        language, script, region = match.groups()
        parts = (language.lower(), script and script.title(), region and region.upper())
        return cls("-".join(part for part in parts if part))

    def __str__(self) -> str:
        return self.value
