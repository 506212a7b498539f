"""What of other people's words may stand in a mail.

Whoever registers chooses a name, and any address to have it sent to. Left alone, that makes this service a way to send
strangers a link (`Hello http://evil.example,`).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

_MAX_LENGTH = 100  # PersonName.MAX_LENGTH when it is parsed; a stored one is not looked at again
# Unicode UAX #9: these turn the reading direction of whatever is printed after them.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_LINK = re.compile(r"://|www\.|\.[^\W\d_]", re.IGNORECASE)  # mail clients make a link of `evil.example` by themselves
_DOTS = str.maketrans({"\u3002": ".", "\uff61": "."})  # UTS #46: in a domain these are dots too
_ENCODED_WORD = "=?"
"""RFC 2047. The standard library decodes such words in addresses it is given, line breaks included, and writes the
result into the header as it is."""


def printable(text: str | None) -> str | None:
    """The text, unless it could forge a line, a header or a link, or is nothing to see."""
    if text is None or not text.strip() or len(text) > _MAX_LENGTH or _ENCODED_WORD in text:
        return None
    categories = {unicodedata.category(c) for c in text}
    if categories & _FORBIDDEN_CATEGORIES or not _DIRECTION_CONTROLS.isdisjoint(text):
        return None
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")  # zero width, between dot and letter
    return None if _LINK.search(unicodedata.normalize("NFKC", visible).translate(_DOTS)) else text


def printable_ip_address(text: str | None) -> str | None:
    """The address without a zone (`%eth0`), which may be any text; None for what is no address."""
    try:
        return str(ipaddress.ip_address((text or "").partition("%")[0]))
    except ValueError:
        return None
