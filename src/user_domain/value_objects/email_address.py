"""E-mail addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from user_domain.errors import InvalidInput, Violation

_MAX_LENGTH = 254  # RFC 5321 4.5.3.1.3: a path of 256 octets less its angle brackets
_MAX_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322 3.2.3 atext, lower case
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1035 2.3.1, digits first as in RFC 1123 2.1
_ENCODED_WORD = re.compile(r"=\?.*\?[bq]\?")  # RFC 2047: a mail header would read something else in it
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!\d+$){_LABEL}")


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address in the one spelling it is stored and compared in: trimmed and lower-cased.

    RFC 5321 leaves the case of the local part to the receiving host; no provider in use tells them apart, and people
    do not either. Addresses are ASCII (international domains in their `xn--` form): mail to others is not
    deliverable everywhere, and look-alike letters would make two accounts look like one.
    """

    value: str

    MAX_LENGTH = _MAX_LENGTH

    @classmethod
    def parse(cls, raw: str) -> EmailAddress:
        """Read what a person typed.

        Raises:
            InvalidInput: `too_long` or `invalid_format`, for the field `email`.
        """
        trimmed = raw.strip()
        if len(trimmed) > _MAX_LENGTH:
            message = f"The e-mail address has more than {_MAX_LENGTH} characters."
            raise InvalidInput([Violation("email", "too_long", message)])
        # ASCII first: lower() turns the Kelvin sign into a plain k.
        address = trimmed.lower() if trimmed.isascii() else ""
        good = _ADDRESS.fullmatch(address) and address.index("@") <= _MAX_LOCAL_PART
        if not good or _ENCODED_WORD.search(address):
            raise InvalidInput([Violation("email", "invalid_format", "This is not a valid e-mail address.")])
        return cls(address)

    @property
    def local_part(self) -> str:
        """The mailbox: what stands before the @."""
        return self.value.partition("@")[0]

    def __str__(self) -> str:
        return self.value
