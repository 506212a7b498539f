"""What is signed is a text that stays as it is, for auditors and for what was signed before."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone

from user_domain.entities.audit_seal import FIRST_PREVIOUS, Retirement, RetirementStatement, Seal, SealStatement

SEAL = SealStatement(
    number=12,
    month=date(2026, 3, 1),
    sealed_at=datetime(2026, 4, 1, 0, 0, 5, 42, tzinfo=UTC),
    entries=250,
    root=bytes(range(32)),
    previous=bytes([0xFE]) * 32,
    key_id="0123456789abcdef0123456789abcdef",
)
RETIREMENT = RetirementStatement(
    month=date(2025, 12, 1),
    retired_at=datetime(2026, 3, 2, tzinfo=UTC),
    last_seal=12,
    entries=1_000_000,
    archive_digest=bytes([0xAD]) * 32,
    key_id="0123456789abcdef0123456789abcdef",
)
OTHER_SEALS = {
    "number": 13,
    "month": date(2026, 4, 1),
    "sealed_at": SEAL.sealed_at + timedelta(microseconds=1),
    "entries": 251,
    "root": bytes(32),
    "previous": FIRST_PREVIOUS,
    "key_id": "another key",
}
OTHER_RETIREMENTS = {
    "month": date(2026, 1, 1),
    "retired_at": RETIREMENT.retired_at + timedelta(microseconds=1),
    "last_seal": 13,
    "entries": 1_000_001,
    "archive_digest": bytes(32),
    "key_id": "another key",
}


def test_the_text_of_a_seal_is_to_the_letter() -> None:
    assert SEAL.text == (
        b"user-service audit seal 1\n"
        b"number: 12\n"
        b"month: 2026-03\n"
        b"sealed_at: 2026-04-01T00:00:05.000042Z\n"
        b"entries: 250\n"
        b"root: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
        b"previous: fefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefe\n"
        b"key: 0123456789abcdef0123456789abcdef\n"
    )


def test_the_text_of_a_retirement_is_to_the_letter() -> None:
    assert RETIREMENT.text == (
        b"user-service audit retirement 1\n"
        b"month: 2025-12\n"
        b"retired_at: 2026-03-02T00:00:00.000000Z\n"
        b"last_seal: 12\n"
        b"entries: 1000000\n"
        b"archive: adadadadadadadadadadadadadadadadadadadadadadadadadadadadadadadad\n"
        b"key: 0123456789abcdef0123456789abcdef\n"
    )


def test_nothing_is_left_out_of_the_text() -> None:
    assert OTHER_SEALS.keys() == {field.name for field in fields(SealStatement)}
    assert OTHER_RETIREMENTS.keys() == {field.name for field in fields(RetirementStatement)}
    seals = [SEAL, *(replace(SEAL, **{name: value}) for name, value in OTHER_SEALS.items())]  # type: ignore[arg-type]  # of any field
    retirements = [RETIREMENT, *(replace(RETIREMENT, **{name: value}) for name, value in OTHER_RETIREMENTS.items())]  # type: ignore[arg-type]  # of any field
    texts = {seal.text for seal in seals} | {retirement.text for retirement in retirements}
    assert len(texts) == len(seals) + len(retirements)


def test_a_moment_is_told_in_utc() -> None:
    zone = timezone(timedelta(hours=-3, minutes=-30))
    assert replace(SEAL, sealed_at=SEAL.sealed_at.astimezone(zone)).text == SEAL.text
    assert replace(RETIREMENT, retired_at=RETIREMENT.retired_at.astimezone(zone)).text == RETIREMENT.text


def test_the_head_is_the_digest_of_the_text() -> None:
    assert SEAL.head == hashlib.sha256(SEAL.text).digest()
    assert bytes(32) == FIRST_PREVIOUS


def test_a_signature_is_not_shown() -> None:
    for signed in (Seal(SEAL, b"a signature"), Retirement(RETIREMENT, b"a signature")):
        assert "a signature" not in repr(signed)
