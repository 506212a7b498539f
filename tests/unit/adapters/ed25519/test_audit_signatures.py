"""Ed25519 keeps the contracts of signing for the audit trail, and an auditor needs nothing but OpenSSL."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.ed25519.audit_signer import Ed25519AuditSigner
from adapters.ed25519.keys import key_id_of, new_private_key, private_key_from, public_pem
from adapters.ed25519.signature_verifier import Ed25519SignatureVerifier
from user_domain.entities.audit_seal import FIRST_PREVIOUS, RetirementStatement, SealStatement
from user_domain.testing.builders import NOW
from user_domain.testing.contracts.audit_signer import AuditSignerContract
from user_domain.testing.contracts.signature_verifier import SignatureVerifierContract

if TYPE_CHECKING:
    from pathlib import Path

    from user_domain.ports.audit_signer import AuditSigner
    from user_domain.ports.signature_verifier import SignatureVerifier

KEY, OTHER_KEY, STRANGE_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))


@pytest.fixture
def signer() -> AuditSigner:
    return Ed25519AuditSigner(KEY)


@pytest.fixture
def other_signer() -> AuditSigner:
    return Ed25519AuditSigner(OTHER_KEY)


@pytest.fixture
def strange_signer() -> AuditSigner:
    return Ed25519AuditSigner(STRANGE_KEY)


@pytest.fixture
def signatures() -> SignatureVerifier:
    return Ed25519SignatureVerifier([KEY.public_key(), OTHER_KEY.public_key()])


class TestEd25519AuditSigner(AuditSignerContract):
    pass


class TestEd25519SignatureVerifier(SignatureVerifierContract):
    pass


def test_a_signature_is_that_of_rfc_8032() -> None:
    """Section 7.1, test 2."""
    secret = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    key = Ed25519PrivateKey.from_private_bytes(secret)
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    signer, verifier = Ed25519AuditSigner(key), Ed25519SignatureVerifier([key.public_key()])
    assert signer.sign(b"\x72") == signature
    assert verifier.is_genuine(b"\x72", signature, key_id=key_id_of(key.public_key()))


def test_a_verifier_without_keys_believes_nobody(signer: AuditSigner) -> None:
    assert not Ed25519SignatureVerifier([]).is_genuine(b"text", signer.sign(b"text"), key_id=signer.key_id())


SEAL = SealStatement(
    number=1,
    month=date(2026, 3, 1),
    sealed_at=NOW,
    entries=3,
    root=bytes(32),
    previous=FIRST_PREVIOUS,
    key_id=key_id_of(KEY.public_key()),
)
RETIREMENT = RetirementStatement(
    month=date(2026, 3, 1),
    retired_at=NOW,
    last_seal=1,
    entries=3,
    archive_digest=bytes(32),
    key_id=key_id_of(KEY.public_key()),
)


def openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.heavy
@pytest.mark.parametrize("statement", [SEAL, RETIREMENT], ids=["seal", "retirement"])
def test_openssl_verifies_what_is_signed_here(statement: SealStatement | RetirementStatement, tmp_path: Path) -> None:
    key = private_key_from(new_private_key().encode())
    (tmp_path / "public.pem").write_text(public_pem(key.public_key()), encoding="ascii")
    (tmp_path / "text").write_bytes(statement.text)
    (tmp_path / "signature").write_bytes(Ed25519AuditSigner(key).sign(statement.text))
    command = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public.pem", "-in", "text", "-sigfile", "signature"]
    assert openssl(tmp_path, *command).returncode == 0
    (tmp_path / "text").write_bytes(statement.text.replace(b"entries: 3", b"entries: 2"))
    assert openssl(tmp_path, *command).returncode == 1


@pytest.mark.heavy
def test_a_key_that_openssl_makes_signs_and_has_the_name_that_openssl_finds(tmp_path: Path) -> None:
    assert openssl(tmp_path, "genpkey", "-algorithm", "ed25519", "-out", "audit.pem").returncode == 0
    key = private_key_from((tmp_path / "audit.pem").read_bytes())
    assert openssl(tmp_path, "pkey", "-in", "audit.pem", "-pubout", "-out", "public.pem").returncode == 0
    assert (tmp_path / "public.pem").read_text(encoding="ascii") == public_pem(key.public_key())
    openssl(tmp_path, "pkey", "-pubin", "-in", "public.pem", "-outform", "DER", "-out", "public.der")
    digest = openssl(tmp_path, "dgst", "-sha256", "-r", "public.der").stdout
    assert digest[:32] == Ed25519AuditSigner(key).key_id()
