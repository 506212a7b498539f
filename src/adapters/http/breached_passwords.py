"""Breached passwords, asked for by range."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from user_domain.ports.breached_passwords import BreachedPasswords

if TYPE_CHECKING:
    import httpx2

    from user_domain.value_objects.password import Password

_PREFIX_LENGTH = 5
_LINE = re.compile(rb"([0-9A-F]{35}):([0-9]{1,15})")
_MAX_BODY_BYTES = 1024 * 1024  # room for 25,000 lines; a range has a thousand or two

_log = structlog.get_logger(__name__)


class _NotUsableError(Exception):
    """The service answered, and it is no answer. The text says why and repeats nothing of it."""


class HttpBreachedPasswords(BreachedPasswords):
    """A service that speaks the range protocol of Have I Been Pwned (api.pwnedpasswords.com, or a mirror).

    It is told the first 20 bits of the password's SHA-1 and answers with all it knows that begin so: hundreds
    of passwords do, and the service learns nothing of which one was meant, nor whether it was among them.
    The answer is padded, so that its length does not tell the prefix to whoever watches the line.

    Whatever goes wrong, and whatever takes longer than `timeout` seconds as a whole, is logged and means no. Proxies
    are taken from the environment, as other programs do.
    """

    def __init__(self, *, url: str, timeout: float = 1.0) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def contains(self, password: Password) -> bool:
        octets = password.value.encode("utf-8", "surrogatepass")  # any text can be tried, also what is no text
        digest = hashlib.sha1(octets, usedforsecurity=False).hexdigest().upper()
        prefix, suffix = digest[:_PREFIX_LENGTH], digest[_PREFIX_LENGTH:].encode()
        try:
            async with asyncio.timeout(self._timeout):
                return _occurrences(suffix, await self._range(prefix)) > 0
        except _NotUsableError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - nobody is kept from choosing a password by what is wrong elsewhere
            reason = type(error).__name__  # its text may have the address, and the prefix with it
        _log.warning("breached-password check not possible", reason=reason)
        return False

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _range(self, prefix: str) -> bytes:
        client = await self._opened()
        async with client.stream("GET", f"{self._url}/range/{prefix}") as response:
            if response.status_code != HTTPStatus.OK:
                raise _NotUsableError(f"status {response.status_code}")
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _MAX_BODY_BYTES:
                    raise _NotUsableError("the answer has no end")
            return bytes(body)

    async def _opened(self) -> httpx2.AsyncClient:
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(_client)
            return self._client


def _client() -> httpx2.AsyncClient:
    """Takes 0.4 seconds, for the library and for the certificates it trusts; so in a thread, and only when needed."""
    import httpx2  # noqa: PLC0415 - see above

    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)  # below, they log every address, and with it the prefix
    return httpx2.AsyncClient(
        headers={"User-Agent": "user-service", "Add-Padding": "true"},
        follow_redirects=False,  # whoever else would be told the prefix was not chosen by the operator
        timeout=None,  # the caller has one over the whole
    )


def _occurrences(suffix: bytes, body: bytes) -> int:
    """How often the password was found in breaches; none for the lines that are padding."""
    for line in body.upper().split():
        match = _LINE.fullmatch(line)
        if match is None:
            raise _NotUsableError("not a list of hashes")
        if match[1] == suffix:
            return int(match[2])
    return 0
