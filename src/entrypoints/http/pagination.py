"""Pages of a list: a cursor that nobody else can make, and the link to the next page."""

from __future__ import annotations

import base64
import binascii
import os
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entrypoints.http.problems import InvalidCursor, split_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

_NONCE_BYTES = 12
"""NIST SP 800-38D 8.2.2: at random; by far fewer cursors are written under one key than 2^32."""


class Cursors:
    """Writes where a page ended so that only this service can read it, and only for the same list: cursors stand in
    URLs, and a position may be somebody's address. `keys` begins with the one that new cursors are sealed with; those
    it replaced follow.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = tuple(AESGCM(key) for key in keys)

    def write(self, listing: str, position: str) -> str:
        """The cursor that leads to what follows a position."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[0].encrypt(nonce, position.encode(), listing.encode())
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def read(self, listing: str, cursor: str) -> str:
        """The position that a cursor of this list holds.

        Raises:
            InvalidCursor: it is none of ours.
        """
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidCursor from None
        for cipher in self._ciphers:
            with suppress(InvalidTag, ValueError):  # of another key, or too short to be sealed with any
                return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], listing.encode()).decode()
        raise InvalidCursor


def next_link(request: Request, **parameters: str | int) -> str:
    """The Link header (RFC 8288) that leads to the next page of the list a request asked for."""
    prefix, path = split_path(request.scope)
    return f'<{quote(prefix + path)}?{urlencode(parameters)}>; rel="next"'
