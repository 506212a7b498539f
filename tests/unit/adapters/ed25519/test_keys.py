"""Keys in files: the right kind is read, and everything else is told apart."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from adapters.ed25519.keys import key_id_of, new_private_key, private_key_from, public_key_from, public_pem

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
PROTECTED = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password"))
OPENSSH = KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PUBLIC = public_pem(KEY.public_key()).encode()
STRANGERS = [
    ec.generate_private_key(ec.SECP256R1()),
    ed448.Ed448PrivateKey.generate(),
    x25519.X25519PrivateKey.generate(),
]
GARBAGE = {
    "nothing": b"",
    "words": b"MC4CAQAwBQYDK2VwBCIEIA",
    "bytes": bytes(range(256)),
    "no content": b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    "damaged": PEM.replace(b"MC4C", b"MC4D"),
    "cut off": PEM[:40],
}
NO_PRIVATE_KEYS = GARBAGE | {
    "protected": PROTECTED,
    "openssh": OPENSSH,
    "der": DER,
    "public": PUBLIC,
    **{
        type(key).__name__: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]  # all of them have it
        for key in STRANGERS
    },
}
NO_PUBLIC_KEYS = GARBAGE | {
    "private": PEM,
    "der": KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "openssh": KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    **{
        type(key).__name__: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]  # all of them have it
        for key in STRANGERS
    },
}


def test_a_new_key_comes_back_from_its_file_and_is_no_other() -> None:
    pem, other = new_private_key(), new_private_key()
    assert pem.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert pem.endswith("-----END PRIVATE KEY-----\n")
    key = private_key_from(pem.encode())
    assert key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode() == pem != other


def test_a_public_key_comes_back_from_its_file() -> None:
    key = KEY.public_key()
    assert public_pem(key).startswith("-----BEGIN PUBLIC KEY-----\n")
    assert public_key_from(public_pem(key).encode()) == key


@pytest.mark.parametrize("pem", [b"\n\n" + PEM, PEM + b"\n\n", PEM.replace(b"\n", b"\r\n"), PEM.rstrip()])
def test_how_lines_end_does_not_matter(pem: bytes) -> None:
    assert key_id_of(private_key_from(pem).public_key()) == key_id_of(KEY.public_key())


def test_a_key_is_known_by_what_does_not_change() -> None:
    """Seals have it on record: whoever changes how it is made makes them unverifiable."""
    assert key_id_of(KEY.public_key()) == "a050837d85070582ccf7394b0988847c"
    assert key_id_of(private_key_from(new_private_key().encode()).public_key()) != key_id_of(KEY.public_key())


@pytest.mark.parametrize("pem", NO_PRIVATE_KEYS.values(), ids=NO_PRIVATE_KEYS)
def test_what_is_no_private_key_of_the_kind_is_refused(pem: bytes) -> None:
    with pytest.raises(ValueError, match="an Ed25519 private key in PEM without a password"):
        private_key_from(pem)


@pytest.mark.parametrize("pem", NO_PUBLIC_KEYS.values(), ids=NO_PUBLIC_KEYS)
def test_what_is_no_public_key_of_the_kind_is_refused(pem: bytes) -> None:
    with pytest.raises(ValueError, match="must be an Ed25519 public key in PEM"):
        public_key_from(pem)
