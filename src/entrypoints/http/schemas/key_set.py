"""The published keys, on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class JsonWebKey(BaseModel):
    """A public key (RFC 7517). What it has besides the first four follows from `kty` (RFC 7518 6, RFC 8037)."""

    kty: Literal["EC", "OKP", "RSA"]
    kid: str
    use: Literal["sig"]
    alg: Literal["ES256", "EdDSA", "RS256"]
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    n: str | None = None
    e: str | None = None


class JsonWebKeySet(BaseModel):
    """The keys that access tokens can be signed with."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "keys": [
                    {
                        "kty": "EC",
                        "kid": "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
                        "use": "sig",
                        "alg": "ES256",
                        "crv": "P-256",
                        "x": "usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8",
                        "y": "IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4",
                    }
                ]
            }
        }
    )

    # Public ones: hidden only so that nobody has to wonder about a field of this name.
    keys: list[JsonWebKey] = Field(repr=False)
