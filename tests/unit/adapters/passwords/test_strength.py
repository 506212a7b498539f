"""zxcvbn keeps the contract, whoever sends it what; one thread works, and only so many wait for it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn import matching  # type: ignore[import-untyped]  # it comes without types

from adapters.passwords import strength as strength_module
from adapters.passwords.strength import ZxcvbnPasswordStrength
from tests.unit.architecture.sources import SRC
from tests.unit.user_domain.texts import ANY_TEXT
from user_domain.errors import Overloaded
from user_domain.testing.contracts.password_strength import PasswordStrengthContract
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = Password("SecurePass123!")
PATIENCE = 10.0
"""Seconds after which something that must happen counts as not happening. Nothing here waits that long."""


@contextmanager
def running(*, queue: int = 32) -> Iterator[ZxcvbnPasswordStrength]:
    strength = ZxcvbnPasswordStrength(queue=queue)
    try:
        yield strength
    finally:
        strength.close()


@pytest.fixture(scope="module")
def strength() -> Iterator[ZxcvbnPasswordStrength]:
    with running() as strength:
        yield strength


class TestZxcvbnPasswordStrength(PasswordStrengthContract):
    @pytest.fixture
    def strength(self) -> Iterator[ZxcvbnPasswordStrength]:
        with running() as strength:
            yield strength


# --- What is looked at ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "score"),
    [("password", 0), ("Password1!", 1), ("P@ssw0rd1", 1), ("SecurePass123!", 3), ("kX9#vQ2mLw8z", 4)],
)
async def test_the_score_is_the_librarys(strength: ZxcvbnPasswordStrength, password: str, score: int) -> None:
    assert await strength.score(Password(password), personal=[]) == score


async def test_24_characters_are_looked_at(strength: ZxcvbnPasswordStrength) -> None:
    assert await strength.score(Password("a" * 18 + "kX9#vQ"), personal=[]) > 1
    assert await strength.score(Password("a" * 24 + "kX9#vQ2mLw8z"), personal=[]) < 2


async def test_a_personal_word_may_be_longer_than_what_is_looked_at(strength: ZxcvbnPasswordStrength) -> None:
    word = "rindfleischetikettierungsueberwachung"
    assert await strength.score(Password(f"{word}1!"), personal=[word]) < 2


@pytest.mark.parametrize("random", ["{8<4+[!|9(3@$0%27165", "@3$5!1+7{(4|0%9<6[28", "]7(|3$@1{9+<0!5%"])
async def test_many_substitutes_make_no_random_password_weak(strength: ZxcvbnPasswordStrength, random: str) -> None:
    assert await strength.score(Password(random), personal=[]) == 4


@pytest.mark.parametrize("disguised", ["p@$$w0rd", "!l0v3y0u", "p455w0rd", "1|0vey0u"])
async def test_words_in_disguise_are_seen_through(strength: ZxcvbnPasswordStrength, disguised: str) -> None:
    assert await strength.score(Password(disguised), personal=[]) < 2


@settings(deadline=None)  # how long it takes depends on who else is there
@given(text=ANY_TEXT, personal=st.lists(ANY_TEXT))
async def test_anything_has_a_score(strength: ZxcvbnPasswordStrength, text: str, personal: list[str]) -> None:
    assert await strength.score(Password(text), personal=personal) in range(5)


# --- How long it takes ------------------------------------------------------------------------------------------------


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The length of each text whose parts the library looks up in its dictionaries, which is most of its work."""
    lengths: list[int] = []
    original = matching.dictionary_match

    def counting(password: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - it comes without types
        lengths.append(len(password))
        return original(password, *arguments, **named)

    monkeypatch.setattr(matching, "dictionary_match", counting)
    return lengths


@pytest.mark.parametrize(
    "hostile",
    [
        '"4@8({[<369&#!1/|0$5+7%2"' * 3,  # 5 seconds uncut, one from its first 32 characters
        "4@({[<69!1|7$5+830%2" * 3,
        "1$69@510n7444444a444a444",  # the worst of some minutes' search
        "1!|7$5" + "17" * 50,
        "([{<1!" + "ccil" * 20,
        "4@6917$5" * 10,
        "4@6917$5!(|+" * 10,
        "01/01/2011" * 10,
        "19991231" * 10,
        "qwertyuiop" * 10,
        "ab" * 60,
        "a" * 128,
        "🦄" * 128,
    ],
)
async def test_no_text_is_read_often_and_none_is_long(
    strength: ZxcvbnPasswordStrength, lookups: list[int], hostile: str
) -> None:
    await strength.score(Password(hostile), personal=[hostile[:length] for length in range(100)])
    assert len(lookups) <= 64
    assert max(lookups) <= 24


def test_the_library_is_imported_only_when_somebody_asks() -> None:
    look = "import sys, adapters.passwords.strength; sys.exit('zxcvbn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], env={"PYTHONPATH": str(SRC)}, check=False).returncode == 0


# --- The queue --------------------------------------------------------------------------------------------------------


class Gate:
    """Stands for the library: each password waits until it is let go on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._permits = 0
        self.begun = self.in_progress = 0

    def score(self, text: str, personal: list[str]) -> int:
        with self._changed:
            self.begun += 1
            self.in_progress += 1
            self._changed.notify_all()
            self._wait_for(lambda: self._permits > 0)
            self._permits -= 1
            self.in_progress -= 1
        if text == "fails":
            raise MemoryError
        return 4

    def let(self, passwords: int) -> None:
        """So many more may go on."""
        with self._changed:
            self._permits += passwords
            self._changed.notify_all()

    async def until_begun(self, passwords: int) -> None:
        """Wait for the thread, without keeping the event loop."""
        await asyncio.to_thread(self._wait_for, lambda: self.begun >= passwords)

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), "it did not happen"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(strength_module, "_score", gate.score)
    yield gate
    gate.let(1000)  # a test that failed leaves no thread waiting


def ask(strength: ZxcvbnPasswordStrength, password: Password = PASSWORD) -> asyncio.Task[int]:
    return asyncio.create_task(strength.score(password, personal=[]))


async def admitted(strength: ZxcvbnPasswordStrength) -> int:
    """The first score that is not refused: the thread is done, and the event loop hears of it in its next rounds."""
    while True:
        try:
            return await strength.score(PASSWORD, personal=[])
        except Overloaded:
            await asyncio.sleep(0)


async def test_one_password_at_a_time_is_looked_at_while_the_event_loop_is_free(gate: Gate) -> None:
    with running() as strength:
        asking = [ask(strength) for _ in range(4)]
        for looked_at in range(1, 5):
            await gate.until_begun(looked_at)  # nobody would come here if the loop were held
            assert (gate.begun, gate.in_progress) == (looked_at, 1)
            gate.let(1)
        assert await asyncio.gather(*asking) == [4] * 4


async def test_who_finds_the_queue_full_is_refused_at_once(gate: Gate) -> None:
    with running(queue=2) as strength:
        asking = [ask(strength) for _ in range(3)]
        await gate.until_begun(1)
        with pytest.raises(Overloaded):
            await strength.score(PASSWORD, personal=[])
        gate.let(3)
        assert await asyncio.gather(*asking) == [4] * 3
        gate.let(1)
        assert await strength.score(PASSWORD, personal=[]) == 4
        assert gate.begun == 4


async def test_who_hangs_up_makes_no_room_before_the_thread_is_done(gate: Gate) -> None:
    with running(queue=0) as strength:
        asking = ask(strength)
        await gate.until_begun(1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        with pytest.raises(Overloaded):
            await strength.score(PASSWORD, personal=[])
        gate.let(2)
        async with asyncio.timeout(PATIENCE):
            assert await admitted(strength) == 4
        assert gate.begun == 2


async def test_a_failure_fails_its_caller_and_nobody_else(gate: Gate) -> None:
    gate.let(2)
    with running(queue=0) as strength:
        with pytest.raises(MemoryError):
            await strength.score(Password("fails"), personal=[])
        assert await strength.score(PASSWORD, personal=[]) == 4


async def test_closing_looks_at_the_passwords_that_wait(gate: Gate) -> None:
    with running() as strength:
        asking = [ask(strength) for _ in range(2)]
        await gate.until_begun(1)
        closing = asyncio.create_task(asyncio.to_thread(strength.close))
        closed, _ = await asyncio.wait({closing}, timeout=0.02)
        assert not closed
        gate.let(2)
        await closing
        assert await asyncio.gather(*asking) == [4, 4]
