"""Composition, strength, breaches, hash; each only where the one before it had nothing to say."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.user_domain.world import World
from user_domain.errors import InvalidInput, Overloaded
from user_domain.policies.password import MIN_STRENGTH
from user_domain.ports.breached_passwords import BreachedPasswords
from user_domain.ports.password_strength import PasswordStrength
from user_domain.testing.builders import PASSWORD
from user_domain.testing.in_memory.breached_passwords import InMemoryBreachedPasswords
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.password import Password
from user_domain.value_objects.person_name import PersonName

NAME, EMAIL = PersonName("John Doe"), EmailAddress("john.smith@example.com")


class Strength(PasswordStrength):
    """Gives every password the same score."""

    def __init__(self, score: int) -> None:
        self.asked: list[tuple[Password, list[str]]] = []
        self._score = score

    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        self.asked.append((password, list(personal)))
        return self._score


class Breaches(BreachedPasswords):
    """Knows one password, and remembers whether it was asked."""

    def __init__(self, known: str = "") -> None:
        self.asked: list[Password] = []
        self._known = known

    async def contains(self, password: Password) -> bool:
        self.asked.append(password)
        return password.value == self._known


async def refusal(world: World, password: str, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        await world.new_password.hash(Password(password), name=NAME, email=EMAIL, **more)
    return [(violation.field, violation.code) for violation in caught.value.violations]


async def test_a_password_that_may_be_chosen_is_hashed(world: World) -> None:
    password_hash = await world.new_password.hash(Password(PASSWORD), name=NAME, email=EMAIL)
    assert (await world.password_hasher.verify(Password(PASSWORD), password_hash)).matches


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("secure-pass-123", "no_upper_case"),
        ("John-2024", "contains_personal_word"),
        ("Password1!", "too_common"),
        ("Breached-1234", "breached"),
    ],
)
async def test_one_that_may_not_is_refused_and_never_hashed(world: World, password: str, code: str) -> None:
    assert await refusal(world, password) == [("password", code)]
    assert world.password_hasher.calls == 0


@pytest.mark.parametrize("password", ["secure-pass-123", "Password1!", "Breached-1234"])
async def test_what_is_wrong_stands_at_the_field_that_the_caller_names(world: World, password: str) -> None:
    assert {field for field, _ in await refusal(world, password, field="new_password")} == {"new_password"}


async def test_a_password_of_the_wrong_composition_is_neither_estimated_nor_looked_up(world: World) -> None:
    world.strength, world.breached = (strength := Strength(4)), (breaches := Breaches())
    await refusal(world, "secret")
    assert (strength.asked, breaches.asked) == ([], [])


async def test_a_common_password_is_not_looked_up_among_breaches(world: World) -> None:
    world.strength, world.breached = Strength(MIN_STRENGTH - 1), (breaches := Breaches())
    await refusal(world, PASSWORD)
    assert breaches.asked == []


@pytest.mark.parametrize(("score", "codes"), [(0, ["too_common"]), (1, ["too_common"]), (2, []), (3, []), (4, [])])
async def test_two_of_four_is_strong_enough(world: World, score: int, codes: list[str]) -> None:
    world.strength = Strength(score)
    if codes:
        assert [code for _, code in await refusal(world, PASSWORD)] == codes
    else:
        await world.new_password.hash(Password(PASSWORD), name=NAME, email=EMAIL)


async def test_a_guesser_is_thought_to_know_the_person(world: World) -> None:
    world.strength = strength = Strength(4)
    await world.new_password.hash(Password(PASSWORD), name=NAME, email=EMAIL)
    assert strength.asked == [(Password(PASSWORD), ["john", "smith"])]


async def test_a_list_of_breaches_that_cannot_be_asked_keeps_nobody_from_choosing(world: World) -> None:
    world.breached = breached = InMemoryBreachedPasswords("Breached-1234")
    breached.reachable = False
    await world.new_password.hash(Password("Breached-1234"), name=NAME, email=EMAIL)


class OverloadedStrength(PasswordStrength):
    async def score(self, password: Password, *, personal: Sequence[str]) -> int:
        raise Overloaded


async def test_where_too_much_waits_nothing_is_hashed(world: World) -> None:
    world.strength = OverloadedStrength()
    with pytest.raises(Overloaded):
        await world.new_password.hash(Password(PASSWORD), name=NAME, email=EMAIL)
    assert world.password_hasher.calls == 0
