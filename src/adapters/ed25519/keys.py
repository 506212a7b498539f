"""Ed25519 keys in files, as OpenSSL writes and reads them."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_ID_DIGITS = 32


def key_id_of(public_key: Ed25519PublicKey) -> str:
    """What a key is known by: the first 128 bits of the SHA-256 of its DER form (RFC 5280 4.1.2.7), in hex."""
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:_ID_DIGITS]


def new_private_key() -> str:
    """A private key, as PEM (PKCS #8)."""
    private_key = Ed25519PrivateKey.generate()
    return private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def private_key_from(pem: bytes) -> Ed25519PrivateKey:
    """A private key from PEM.

    Raises:
        ValueError: it is none, or is protected by a password.
    """
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = "must be an Ed25519 private key in PEM without a password"
        raise ValueError(message)  # noqa: TRY004 - the file is wrong, not the program
    return key


def public_key_from(pem: bytes) -> Ed25519PublicKey:
    """A public key from PEM.

    Raises:
        ValueError: it is none.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        message = "must be an Ed25519 public key in PEM"
        raise ValueError(message)  # noqa: TRY004 - the file is wrong, not the program
    return key


def public_pem(public_key: Ed25519PublicKey) -> str:
    """A public key, as PEM."""
    return public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
