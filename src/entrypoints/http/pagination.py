"""Pages of a list: a cursor that nobody else can make, and the link to the next page."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from entrypoints.http.problems import InvalidCursor, split_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

_SEAL_BYTES = 16


class Cursors:
    """Writes where a page ended so that only this service can read it, and only for the same list. `keys` begins with
    the one that new cursors are sealed with; those it replaced follow.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    def write(self, listing: str, position: str) -> str:
        """The cursor that leads to what follows a position."""
        content = position.encode()
        return base64.urlsafe_b64encode(_seal(self._keys[0], listing, content) + content).rstrip(b"=").decode()

    def read(self, listing: str, cursor: str) -> str:
        """The position that a cursor of this list holds.

        Raises:
            InvalidCursor: it is none of ours.
        """
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidCursor from None
        seal, content = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if not any(hmac.compare_digest(seal, _seal(key, listing, content)) for key in self._keys):
            raise InvalidCursor
        return content.decode()


def next_link(request: Request, **parameters: str | int) -> str:
    """The Link header (RFC 8288) that leads to the next page of the list a request asked for."""
    prefix, path = split_path(request.scope)
    return f'<{quote(prefix + path)}?{urlencode(parameters)}>; rel="next"'


def _seal(key: bytes, listing: str, content: bytes) -> bytes:
    return hmac.digest(key, listing.encode() + b"\0" + content, hashlib.sha256)[:_SEAL_BYTES]
