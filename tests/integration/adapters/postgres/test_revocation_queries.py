"""The feed is asked every second by every service: its indexes carry it, however large the tables are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.statements import statements

if TYPE_CHECKING:
    from adapters.postgres.database import Database

NOW = datetime.now(UTC)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_indexes_carry_the_feed(each_database: Database, mode: str) -> None:
    await each_database.execute(
        """
        insert into users (name, email, mobile, role, created_at, updated_at, version, blocked_at)
        select 'x', n || '@example.com', '1', 'user', now(), now(), 1,
               case when mod(n, 50) = 0 then now() - n * interval '1 minute' end
          from generate_series(1, 5000) n
        """,
        {},
    )
    await each_database.execute(
        """
        insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, ended_at)
        select gen_random_uuid(), (select min(id) from users), now(), now(), now(), now(),
               case when mod(n, 2) = 0 then now() - n * interval '1 minute' end
          from generate_series(1, 20000) n
        """,
        {},
    )
    parameters = {"at": NOW - timedelta(minutes=30), "handle": "0" * 32, "user_id": 0, "limit": 1_001}
    async with each_database.connection() as connection:
        await connection.execute("analyze users, sessions")
        await connection.execute("select set_config('plan_cache_mode', %s, false)", [mode])
        try:
            explain = "explain " + statements("revocations")["after"]
            rows = await (await connection.execute(explain, parameters, prepare=True)).fetchall()
        finally:
            await connection.execute("reset plan_cache_mode")
    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert "sessions_ended" in plan, plan
    assert "users_cut_off" in plan, plan
    assert "Seq Scan" not in plan, plan
