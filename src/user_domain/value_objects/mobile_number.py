"""Mobile numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from user_domain.errors import InvalidInput, Violation

_NUMBER = re.compile(r"\+?[0-9]{8,15}")  # E.164: at most 15 digits
_SEPARATORS = str.maketrans("", "", " -()[]")


@dataclass(frozen=True, slots=True)
class MobileNumber:
    """A number as digits with an optional leading +; the separators people type are gone.

    Whether a number without + belongs to a country is not guessed: `1234567890` is kept as it is.
    """

    value: str

    @classmethod
    def parse(cls, raw: str) -> MobileNumber:
        """Read what a person typed: 8 to 15 digits, spaces, dashes and brackets ignored.

        Raises:
            InvalidInput: `invalid_format`, for the field `mobile`.
        """
        number = raw.translate(_SEPARATORS)
        if not _NUMBER.fullmatch(number):
            message = "A mobile number has 8 to 15 digits, with an optional + in front."
            raise InvalidInput([Violation("mobile", "invalid_format", message)])
        return cls(number)

    def __str__(self) -> str:
        return self.value
