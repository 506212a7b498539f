"""`user-service keys`: which there are, and having a new one sign."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.processes import run, service

if TYPE_CHECKING:
    from pathlib import Path

LINE = re.compile(r"([\w-]{43})  (ES256|EdDSA|RS256) {2,3}(published|signing|retired) +(\S+ \S+Z) to (\S+ \S+Z)")


def listed(folder: Path, variables: dict[str, str]) -> list[tuple[str, ...]]:
    """Name, algorithm, state, and times of every key."""
    shown = run("keys", "list", cwd=folder, **variables)
    assert shown.returncode == 0, shown.stderr
    matches = [LINE.fullmatch(line) for line in shown.stdout.splitlines()]
    assert all(matches), shown.stdout
    return [match.groups() for match in matches if match]


def test_keys_are_made_listed_rotated_and_in_an_emergency_thrown_away(
    folder: Path, production: dict[str, str], conninfo: str
) -> None:
    variables = {**production, "ALGORITHM": "ES256"}
    assert listed(folder, variables) == []
    made = run("keys", "rotate", cwd=folder, **variables)
    assert made.returncode == 0, made.stderr
    ((first, algorithm, state, _, retires),) = listed(folder, variables)
    assert (algorithm, state) == ("ES256", "signing")
    assert made.stdout.startswith(f"Key {first} (ES256) signs from ")

    assert run("keys", "rotate", cwd=folder, **{**variables, "ALGORITHM": "EdDSA"}).returncode == 0
    old, new = listed(folder, variables)
    assert (old[:3], new[1:3]) == ((first, "ES256", "signing"), ("EdDSA", "published"))
    assert old[4] == new[3] < retires

    again = run("keys", "rotate", cwd=folder, **variables)
    assert (again.returncode, again.stdout) == (1, "")
    assert f"takes over by itself, at {new[3][:-4]} UTC." in again.stderr

    ended = run("keys", "rotate", "--emergency", cwd=folder, **variables)
    assert ended.returncode == 0, ended.stderr
    assert "All other keys are deleted" in ended.stdout
    ((last, _, state, _, _),) = listed(folder, variables)
    assert (state, last in (first, new[0])) == ("signing", False)
    with psycopg.connect(conninfo) as connection:
        actions = connection.execute("select action from audit_entries order by id").fetchall()
    assert [action for (action,) in actions] == [
        "key:rotate",
        "key:rotate",
        "key:remove",
        "key:remove",
        "key:emergency-rotate",
    ]


def test_under_hs256_there_is_nothing_to_rotate(folder: Path, production: dict[str, str]) -> None:
    refused = run("keys", "rotate", cwd=folder, **production)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "shared secret" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_under_hs256_an_emergency_throws_away_what_is_left_of_a_key_set(
    folder: Path, production: dict[str, str]
) -> None:
    assert run("keys", "rotate", cwd=folder, **{**production, "ALGORITHM": "ES256"}).returncode == 0
    ended = run("keys", "rotate", "--emergency", cwd=folder, **production)
    assert ended.returncode == 0, ended.stderr
    assert "signs from" not in ended.stdout
    assert listed(folder, production) == []


@pytest.mark.heavy
def test_keys_are_rotated_while_the_service_runs(folder: Path) -> None:
    """On the embedded database, as beside `make run`."""
    variables = {"ALGORITHM": "EdDSA"}
    with service("dev", folder, **variables) as started:
        status, found = started.call("GET", "/.well-known/jwks.json")
        assert (status, [key["alg"] for key in found["keys"]]) == (200, ["EdDSA"])
        assert run("keys", "rotate", cwd=folder, **variables).returncode == 0
        states = [(name, state) for name, _, state, _, _ in listed(folder, variables)]
        assert [state for _, state in states] == ["signing", "published"]
        assert states[0][0] == found["keys"][0]["kid"]
        assert started.stop() == 0
