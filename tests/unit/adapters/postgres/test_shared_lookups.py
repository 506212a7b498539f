"""Who asks at the same time shares a query, which begins after everybody who shares it has asked."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from adapters.postgres.shared_lookups import SharedLookups

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 5.0
"""After which somebody waits for ever."""


class Boom(Exception):
    pass


class Table:
    """Rows by key, and queries that read them when they begin and answer when they are let go."""

    def __init__(self, **rows: str) -> None:
        self.rows = rows
        self.queries: list[list[str]] = []
        self._answers: list[asyncio.Future[None]] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.is_open = False

    async def look_up(self, keys: list[str]) -> dict[str, str]:
        found = {key: self.rows[key] for key in keys if key in self.rows}
        answer = asyncio.get_running_loop().create_future()
        self.queries.append(keys)
        self._answers.append(answer)
        task = asyncio.current_task()
        assert task is not None
        self.tasks.append(task)
        if not self.is_open:
            await answer
        return found

    def answer(self, number: int) -> None:
        """Let a query go, the first being 0."""
        self._answers[number].set_result(None)

    def fail(self, number: int) -> None:
        self._answers[number].set_exception(Boom())

    def open(self) -> None:
        """Let all queries go, those to come too."""
        self.is_open = True
        for answer in self._answers:
            if not answer.done():
                answer.set_result(None)


async def settle() -> None:
    """Let everybody go on who can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def ask(lookups: SharedLookups[str, str], *keys: str) -> list[asyncio.Task[str | None]]:
    """Callers who have all begun to wait."""
    callers = [asyncio.create_task(lookups.get(key)) for key in keys]
    await settle()
    return callers


async def answers(callers: list[asyncio.Task[str | None]]) -> list[str | BaseException | None]:
    async with asyncio.timeout(SECONDS):
        return await asyncio.gather(*callers, return_exceptions=True)


@pytest.fixture
def table() -> Table:
    return Table(a="A", b="B", c="C", d="D")


@pytest.fixture
def lookups(table: Table) -> SharedLookups[str, str]:
    return SharedLookups(table.look_up)


@pytest.fixture(autouse=True)
async def complaints() -> Iterator[list[dict[str, Any]]]:  # type: ignore[misc]  # an async generator, to pytest
    """What asyncio complains of, such as an error that nobody has looked at. It should have no reason to."""
    found: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: found.append(context))
    yield found
    await settle()
    gc.collect()
    loop.set_exception_handler(before)
    assert found == []


# --- Sharing ----------------------------------------------------------------------------------------------------------


async def test_whoever_asks_gets_what_belongs_to_the_key(lookups: SharedLookups[str, str], table: Table) -> None:
    table.open()
    assert await lookups.get("a") == "A"
    assert await lookups.get("b") == "B"
    assert table.queries == [["a"], ["b"]]


async def test_nothing_belongs_to_a_key_that_is_missing(lookups: SharedLookups[str, str], table: Table) -> None:
    table.open()
    assert await answers(await ask(lookups, "a", "x", "b", "y")) == ["A", None, "B", None]
    assert table.queries == [["a", "x", "b", "y"]]


async def test_who_asks_in_the_same_turn_shares_a_query(lookups: SharedLookups[str, str], table: Table) -> None:
    callers = await ask(lookups, "a", "b", "c")
    assert table.queries == [["a", "b", "c"]]
    table.open()
    assert await answers(callers) == ["A", "B", "C"]


async def test_a_key_is_asked_for_once(lookups: SharedLookups[str, str], table: Table) -> None:
    callers = await ask(lookups, "a", "b", "a", "a", "b")
    assert table.queries == [["a", "b"]]
    table.open()
    assert await answers(callers) == ["A", "B", "A", "A", "B"]


async def test_while_two_queries_are_in_flight_all_others_share_the_next(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    first, second = await ask(lookups, "a"), await ask(lookups, "b")
    rest = [caller for number in range(50) for caller in await ask(lookups, f"k{number % 7}", "c")]
    assert table.queries == [["a"], ["b"]]
    table.answer(1)
    assert await answers(second) == ["B"]
    await settle()
    assert table.queries[2:] == [["k0", "c", "k1", "k2", "k3", "k4", "k5", "k6"]]
    assert not first[0].done()
    table.open()
    assert await answers(first) == ["A"]
    assert await answers(rest) == [None, "C"] * 50
    assert len(table.queries) == 3


async def test_there_are_never_more_than_two_at_once(table: Table) -> None:
    running = most = 0

    async def look_up(keys: list[str]) -> dict[str, str]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return {key: key.upper() for key in keys}

    lookups = SharedLookups(look_up)

    async def keep_asking(number: int) -> list[str | None]:
        found = []
        for turn in range(40):
            found.append(await lookups.get(f"k{number}-{turn}"))
            for _ in range(number % 4):
                await asyncio.sleep(0)
        return found

    async with asyncio.timeout(SECONDS):
        found = await asyncio.gather(*(keep_asking(number) for number in range(20)))
    assert found == [[f"K{number}-{turn}" for turn in range(40)] for number in range(20)]
    assert (running, most) == (0, 2)


# --- What was committed before ----------------------------------------------------------------------------------------


async def test_who_asks_while_a_query_is_in_flight_joins_the_next_one(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    early = await ask(lookups, "a")
    table.rows["a"] = "changed"
    late = await ask(lookups, "a")
    assert table.queries == [["a"], ["a"]]
    table.open()
    assert await answers(early) == ["A"]
    assert await answers(late) == ["changed"]


async def test_and_not_one_of_two_either(lookups: SharedLookups[str, str], table: Table) -> None:
    early = await ask(lookups, "a") + await ask(lookups, "a")
    table.rows["a"] = "changed"
    late = await ask(lookups, "a")
    assert table.queries == [["a"], ["a"]]
    table.answer(0)
    await settle()
    assert table.queries == [["a"], ["a"], ["a"]]
    table.open()
    assert await answers(early) == ["A", "A"]
    assert await answers(late) == ["changed"]


async def test_who_asks_when_the_answer_is_there_but_not_yet_told_gets_another(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    (early,) = await ask(lookups, "a")
    table.answer(0)
    table.rows["a"] = "changed"
    late = asyncio.create_task(lookups.get("a"))
    table.is_open = True
    assert await answers([early, late]) == ["A", "changed"]


async def test_nothing_is_kept_after_the_answer(lookups: SharedLookups[str, str], table: Table) -> None:
    table.open()
    for value in ("one", "two", "three"):
        table.rows["a"] = value
        assert await lookups.get("a") == value
    del table.rows["a"]
    assert await lookups.get("a") is None
    assert table.queries == [["a"]] * 4


# --- Errors -----------------------------------------------------------------------------------------------------------


async def test_an_error_reaches_everybody_who_shared_the_query(lookups: SharedLookups[str, str], table: Table) -> None:
    sharing, other = await ask(lookups, "a", "b", "a"), await ask(lookups, "a")
    table.fail(0)
    assert [type(answer) for answer in await answers(sharing)] == [Boom] * 3
    table.open()
    assert await answers(other) == ["A"]


async def test_the_next_question_asks_anew(lookups: SharedLookups[str, str], table: Table) -> None:
    for number in range(3):
        callers = await ask(lookups, "a")
        table.fail(number)
        assert [type(answer) for answer in await answers(callers)] == [Boom]
    table.open()
    async with asyncio.timeout(SECONDS):
        assert await lookups.get("a") == "A"


async def test_who_waits_for_the_next_query_gets_it_also_after_an_error(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    failing = await ask(lookups, "a") + await ask(lookups, "b")
    waiting = await ask(lookups, "a", "c")
    table.fail(0)
    table.fail(1)
    await settle()
    table.open()
    assert await answers(waiting) == ["A", "C"]
    assert [type(answer) for answer in await answers(failing)] == [Boom, Boom]


async def test_a_look_up_that_fails_before_it_waits_is_an_error_like_any_other() -> None:
    async def look_up(keys: list[str]) -> dict[str, str]:
        raise Boom

    lookups = SharedLookups(look_up)
    for _ in range(3):
        assert [type(answer) for answer in await answers(await ask(lookups, "a", "b"))] == [Boom, Boom]


# --- Callers that give up ---------------------------------------------------------------------------------------------


async def test_a_caller_that_is_cancelled_leaves_the_others_alone(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    callers = await ask(lookups, "a", "a", "b")
    callers[0].cancel()
    await settle()
    assert callers[0].cancelled()
    table.open()
    assert await answers(callers[1:]) == ["A", "B"]


async def test_a_caller_that_is_cancelled_before_the_query_begins_leaves_the_others_alone(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    busy = await ask(lookups, "c") + await ask(lookups, "d")
    callers = await ask(lookups, "a", "a", "b")
    callers[0].cancel()
    await settle()
    table.open()
    assert await answers(callers[1:]) == ["A", "B"]
    assert await answers(busy) == ["C", "D"]


async def test_who_asks_after_everybody_has_given_up_gets_an_answer(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    for _ in range(3):
        for caller in await ask(lookups, "a", "b"):
            caller.cancel()
    await settle()
    table.open()
    async with asyncio.timeout(SECONDS):
        assert await lookups.get("a") == "A"


async def test_an_error_that_nobody_is_left_to_look_at_is_nothing_to_complain_of(
    lookups: SharedLookups[str, str], table: Table, complaints: list[dict[str, Any]]
) -> None:
    for caller in await ask(lookups, "a", "b"):
        caller.cancel()
    await settle()
    table.fail(0)
    await settle()
    gc.collect()
    assert complaints == []


async def test_nor_is_one_that_some_are_left_to_look_at(
    lookups: SharedLookups[str, str], table: Table, complaints: list[dict[str, Any]]
) -> None:
    gone, *left = await ask(lookups, "a", "a", "b")
    gone.cancel()
    await settle()
    table.fail(0)
    assert [type(answer) for answer in await answers(left)] == [Boom, Boom]
    del gone, left
    await settle()
    gc.collect()
    assert complaints == []


# --- Shutdown ---------------------------------------------------------------------------------------------------------


async def test_a_query_that_is_cancelled_leaves_nobody_waiting_for_ever(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    callers = await ask(lookups, "a", "b")
    table.tasks[0].cancel()
    assert [type(answer) for answer in await answers(callers)] == [asyncio.CancelledError] * 2


async def test_nor_one_that_is_cancelled_before_its_first_step(lookups: SharedLookups[str, str], table: Table) -> None:
    before = asyncio.all_tasks()
    caller = asyncio.create_task(lookups.get("a"))
    query: asyncio.Task[Any] | None = None
    for _ in range(10):
        await asyncio.sleep(0)
        query = next(iter(asyncio.all_tasks() - before - {caller}), None)
        if query is not None:
            break
    assert query is not None
    assert table.queries == []  # it has not begun
    query.cancel()
    assert [type(answer) for answer in await answers([caller])] == [asyncio.CancelledError]


async def test_who_waits_for_the_next_query_gets_it_when_one_was_cancelled(
    lookups: SharedLookups[str, str], table: Table
) -> None:
    busy = await ask(lookups, "a") + await ask(lookups, "b")
    waiting = await ask(lookups, "c")
    table.tasks[0].cancel()
    await settle()
    table.open()
    assert await answers(waiting) == ["C"]
    assert [type(answer) for answer in await answers(busy)] == [asyncio.CancelledError, str]


def test_a_loop_that_is_closed_with_callers_waiting_closes_in_peace() -> None:
    complained: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complained.append(context))
        table = Table(a="A")
        await ask(SharedLookups(table.look_up), "a", "b")

    asyncio.run(main())
    gc.collect()
    assert complained == []
