"""What the two algorithms write, and what they read of other systems' hashes."""

from __future__ import annotations

import argon2
import bcrypt
import pytest

from adapters.passwords.algorithms import Argon2id, Bcrypt

PASSWORD = "a made-up Passw0rd"
ARGON2ID = Argon2id(memory_kib=8, passes=1)  # the least there is
BCRYPT = Bcrypt(cost=4)


def test_argon2id_costs_what_owasp_asks_for_by_default() -> None:
    assert Argon2id().hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_bcrypt_costs_twelve_by_default_and_hashes_an_hmac_first() -> None:
    assert Bcrypt().hash(PASSWORD).startswith("$bcrypt-sha256$v=2,t=2b,r=12$")


@pytest.mark.parametrize("algorithm", [ARGON2ID, BCRYPT], ids=["argon2id", "bcrypt"])
def test_what_an_algorithm_hashes_it_recognises_and_takes_as_current(algorithm: Argon2id | Bcrypt) -> None:
    password_hash = algorithm.hash(PASSWORD)
    assert algorithm.recognises(password_hash)
    assert algorithm.is_current(password_hash)
    assert algorithm.matches(PASSWORD, password_hash)


@pytest.mark.parametrize(("writer", "reader"), [(ARGON2ID, BCRYPT), (BCRYPT, ARGON2ID)], ids=["argon2id", "bcrypt"])
def test_an_algorithm_leaves_the_hashes_of_the_other_alone(
    writer: Argon2id | Bcrypt, reader: Argon2id | Bcrypt
) -> None:
    password_hash = writer.hash(PASSWORD)
    assert not reader.recognises(password_hash)
    assert not reader.is_current(password_hash)


@pytest.mark.parametrize("other_cost", [Argon2id(memory_kib=16, passes=1), Argon2id(memory_kib=8, passes=2)])
def test_an_argon2id_hash_of_another_cost_is_not_current(other_cost: Argon2id) -> None:
    password_hash = other_cost.hash(PASSWORD)
    assert ARGON2ID.matches(PASSWORD, password_hash)
    assert not ARGON2ID.is_current(password_hash)


@pytest.mark.parametrize("kind", [argon2.Type.I, argon2.Type.D], ids=["argon2i", "argon2d"])
def test_another_kind_of_argon2_is_read_and_not_current(kind: argon2.Type) -> None:
    password_hash = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=kind).hash(PASSWORD)
    assert ARGON2ID.recognises(password_hash)
    assert ARGON2ID.matches(PASSWORD, password_hash)
    assert not ARGON2ID.matches(PASSWORD + "!", password_hash)
    assert not ARGON2ID.is_current(password_hash)


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_plain_bcrypt_is_read_and_not_current(prefix: str) -> None:
    password_hash = prefix + bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().removeprefix("$2b$")
    assert BCRYPT.recognises(password_hash)
    assert BCRYPT.matches(PASSWORD, password_hash)
    assert not BCRYPT.matches(PASSWORD + "!", password_hash)
    assert not BCRYPT.is_current(password_hash)


def test_plain_bcrypt_is_read_as_it_was_written_and_looks_at_72_bytes() -> None:
    seventy_two_bytes = "é" * 36
    password_hash = bcrypt.hashpw(seventy_two_bytes.encode(), bcrypt.gensalt(4)).decode()
    assert BCRYPT.matches(seventy_two_bytes + "and more that the other system never saw", password_hash)
    assert not BCRYPT.matches(seventy_two_bytes[:-1], password_hash)


@pytest.mark.parametrize(
    ("password", "password_hash"),
    [
        # Openwall's crypt_blowfish, wrapper.c
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        # passlib.hash.bcrypt_sha256, its documentation
        ("password", "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2"),
    ],
)
def test_published_bcrypt_hashes_match(password: str, password_hash: str) -> None:
    assert BCRYPT.recognises(password_hash)
    assert BCRYPT.matches(password, password_hash)


@pytest.mark.parametrize(
    "unreadable",
    [
        "$2b$99$" + "a" * 53,  # a cost there is not
        "$2b$04$" + "a" * 52 + "!",
        "$2x$04$" + "a" * 53,  # the flawed variant
        "$2b$04$" + "a" * 53,  # a salt whose unused bits are set, which the library refuses
        "$bcrypt-sha256$v=2,t=2b,r=4$" + "a" * 22 + "$" + "a" * 31,
        "$bcrypt-sha256$v=1,t=2b,r=04$" + "a" * 22 + "$" + "a" * 31,
        "$bcrypt-sha256$v=2,t=2b,r=99$" + "a" * 22 + "$" + "a" * 31,
        "$bcrypt-sha256$v=2,t=2b,r=4$" + "a" * 22 + "$" + "a" * 30,
        "$bcrypt-sha256$v=2,t=2b,r=4$" + "a" * 22 + "$" + "a" * 31 + "\n",
    ],
)
def test_an_unreadable_bcrypt_hash_matches_nothing(unreadable: str) -> None:
    assert not BCRYPT.matches(PASSWORD, unreadable)


@pytest.mark.parametrize(
    "unreadable",
    [
        "$argon2",
        "$argon2id$",
        "$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHQ$aGFzaA",
        "$argon2id$v=19$m=8,t=1,p=1$$",
        "$argon2x$",
        "$argon2id$é",
    ],
)
def test_an_unreadable_argon2_hash_matches_nothing(unreadable: str) -> None:
    assert not ARGON2ID.matches(PASSWORD, unreadable)
