"""Names of people."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from user_domain.errors import InvalidInput, Violation

_MIN_LENGTH, _MAX_LENGTH = 2, 100
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# Unicode UAX #9: these turn the reading direction of whatever is printed after the name.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as the person writes it: any script, trimmed, NFC, nothing invisible that could forge a line or a text."""

    value: str

    MIN_LENGTH, MAX_LENGTH = _MIN_LENGTH, _MAX_LENGTH

    @classmethod
    def parse(cls, raw: str) -> PersonName:
        """Read what a person typed.

        Raises:
            InvalidInput: `too_short`, `too_long` or `invalid_characters`, for the field `name`.
        """
        trimmed = raw.strip()
        # Composed, a name is at most this much shorter; and normalising hostile text takes quadratic time.
        name = unicodedata.normalize("NFC", trimmed) if len(trimmed) <= 4 * _MAX_LENGTH else trimmed
        if len(name) < _MIN_LENGTH:
            raise InvalidInput([Violation("name", "too_short", f"The name needs at least {_MIN_LENGTH} characters.")])
        if len(name) > _MAX_LENGTH:
            raise InvalidInput([Violation("name", "too_long", f"The name has more than {_MAX_LENGTH} characters.")])
        categories = {unicodedata.category(c) for c in name}
        nothing_to_see = not any(category[0] in "LNPS" for category in categories)
        if nothing_to_see or categories & _FORBIDDEN_CATEGORIES or not _DIRECTION_CONTROLS.isdisjoint(name):
            message = "The name has characters that cannot be printed."
            raise InvalidInput([Violation("name", "invalid_characters", message)])
        return cls(name)

    def __str__(self) -> str:
        return self.value
