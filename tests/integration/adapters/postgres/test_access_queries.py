"""The audit trail grows for ever; what an account's last logins were is read from an index, month by month."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from adapters.postgres.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.postgres.database import Database

NOW = datetime.now(UTC)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_an_index_carries_the_attempts_at_one_account(each_database: Database, mode: str) -> None:
    """A year ahead, as there are partitions, and what was before in the default one: 50 attempts at each of a thousand
    accounts, among as many entries of other kinds.
    """
    await each_database.execute(
        """
        insert into users (name, email, mobile, role, created_at, updated_at, version)
        select 'x', n || '@example.com', '1', 'user', now(), now(), 1 from generate_series(1, 1000) n
        """,
        {},
    )
    for part in range(20):  # each of which the time limit of a statement allows
        await each_database.execute(
            """
            insert into audit_entries (at, action, target_id)
            select now() - interval '30 days' + n * interval '6 minutes',
                   (array['session:login:success', 'session:login:failure', 'user:profile-change', 'session:logout'])
                       [1 + mod(n / 1000, 4)],
                   (select min(id) from users) + mod(n, 1000)
              from generate_series(%(part)s * 5000 + 1, (%(part)s + 1) * 5000) n
            """,
            {"part": part},
        )
    parameters = {"at": NOW, "seen_after": None, "attempts": 20}
    async with each_database.connection() as connection:
        await connection.execute("analyze users, user_activity, audit_entries")
        (user,) = await (await connection.execute("select min(id) + 77 as id from users")).fetchall()
        await connection.execute("select set_config('plan_cache_mode', %s, false)", [mode])
        try:
            explain = f"explain (analyze, buffers, format json) {statements('access')['record_of']}"
            cursor = await connection.execute(explain, {**parameters, **user}, prepare=True)
            (row,) = await cursor.fetchall()
        finally:
            await connection.execute("reset plan_cache_mode")
    (plan,) = row["QUERY PLAN"]
    scans = [node for node in nodes(plan["Plan"]) if node.get("Relation Name", "").startswith("audit_entries")]
    assert len(scans) > 12
    assert {node["Node Type"] for node in scans} == {"Index Scan"}
    assert all("Filter" not in node for node in scans)
    assert sum(node["Actual Rows"] for node in scans) <= 20 + len(scans), "no more is read than is shown"
    assert plan["Plan"]["Actual Rows"] == 20
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 150


async def test_a_month_that_is_created_later_has_its_index_too(each_database: Database) -> None:
    async with each_database.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute(
            "create table audit_entries_later partition of audit_entries"
            " for values from ('2999-01-01') to ('2999-02-01')"
        )
        cursor = await connection.execute("select indexdef from pg_indexes where tablename = 'audit_entries_later'")
        assert any("target_id, at, id" in row["indexdef"] for row in await cursor.fetchall())


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and everything below it."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)
