"""As much of the user service as a verifier asks of it, on a socket, and tokens as it signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

if TYPE_CHECKING:
    from collections.abc import Iterator

FEED_TOKEN = "a-feed-token-for-tests-shared-with-nobody"
SECRET = "a secret that other services share, for tests"
ISSUER, AUDIENCE = "user-service", "shop"
SID = "0196f3c2a1b04f6e8d7c5b4a39281706"

_MAKERS = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@dataclass(frozen=True)
class Signer:
    """A private key, and what is published of it."""

    algorithm: str
    key: Any
    kid: str

    @classmethod
    def generate(cls, algorithm: str, kid: str = "key-1") -> Signer:
        return cls(algorithm, _MAKERS[algorithm](), kid)

    @property
    def jwk(self) -> dict[str, Any]:
        published: Any = get_default_algorithms()[self.algorithm]
        jwk: dict[str, Any] = published.to_jwk(self.key.public_key(), as_dict=True)
        jwk.pop("key_ops", None)
        return jwk | {"kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def sign(self, **claims: Any) -> str:
        audience = {"aud": AUDIENCE, "client_id": "storefront"}
        return signed(self.key, self.algorithm, {"kid": self.kid}, **(audience | claims))


def signed(key: Any, algorithm: str = "HS256", header: dict[str, Any] | None = None, **claims: Any) -> str:  # noqa: ANN401 - a key of any kind
    """A token as the user service issues it, but for what is named; a claim that is None is left out."""
    now = int(time.time())
    usual = {
        "iss": ISSUER, "sub": "7", "exp": now + 1800, "iat": now, "nbf": now - 60, "jti": "1", "sid": SID,
        "email": "john@example.com", "name": "John Doe", "role": "user",
    }  # fmt: skip
    payload = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(payload, key, algorithm, headers={"typ": "at+jwt"} | (header or {}))


def b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(header: dict[str, Any], token: str, key: bytes | None) -> str:
    """The claims of a token under another header, signed by HMAC or not at all: no library would do that."""
    content = f"{b64(header)}.{token.split('.')[1]}"
    return f"{content}.{b64(hmac.digest(key, content.encode(), hashlib.sha256)) if key else ''}"


@dataclass
class Stub:
    """What it answers, and what it was asked."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    window_seconds: float = 1860
    page: int = 100
    broken: bool = False
    keys_broken: bool = False
    keys_hang: threading.Event | None = None
    keys_awaited: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def answer(self, path: str, headers: Any) -> tuple[int, dict[str, Any], str]:  # noqa: ANN401 - an e-mail message
        """Status, JSON and ETag."""
        parts = urlsplit(path)
        if self.broken:
            return 500, {}, ""
        if parts.path == "/user/.well-known/jwks.json":
            if self.keys_hang is not None:
                self.keys_awaited.set()
                self.keys_hang.wait(60)
            if self.keys_broken:
                return 500, {}, ""
            return 200, {"keys": self.keys}, ""
        assert parts.path == "/user/revocations"
        if headers["Authorization"] != f"Bearer {FEED_TOKEN}":
            return 401, {}, ""
        start = int(parse_qs(parts.query).get("cursor", ["0"])[0])
        end = start + self.page
        body = {
            "sessions": [{"sid": sid, "ended_at": "2026-03-14T15:09:26.535897Z"} for sid in self.sessions[start:end]],
            "users": [{"sub": sub, "not_before": at} for sub, at in self.users.items()] if start == 0 else [],
            "next_cursor": str(end) if end < len(self.sessions) else None,
            "next_since": "2026-03-14T15:08:26.535897Z",
            "window_seconds": self.window_seconds,
        }
        tag = f'W/"{hash(json.dumps(body))}"'
        return (304, {}, tag) if headers["If-None-Match"] == tag else (200, body, tag)


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    """The stub on a port of its own, below a prefix as behind a gateway."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body, tag = stub.answer(self.path, self.headers)
            stub.asked.append(self.path)
            stub.statuses.append(status)
            content = b"" if status == 304 else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("ETag", tag)
            if status != 304:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}/user"
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
