"""Two services on one database, each a process of its own: what is ended at one, or done by an admin there, counts at
the other on the very next request, however many ask it at that moment; and what one signs the other reads.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import jwt
import pytest

from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import ADA, JOHN, USER_AGENT, as_url, bearer
from tests.support.postgres import cloned_database
from tests.support.processes import run, service, until
from user_domain.testing.builders import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.processes import Service

ROUNDS = 30
"""How often what is done at one is looked at from the other; every second time the other way round."""


@dataclass(frozen=True)
class Pair:
    """Two services, a client of each, and with which variables and where they run."""

    servers: tuple[Service, Service]
    clients: tuple[httpx2.Client, httpx2.Client]
    variables: dict[str, str]
    folder: Path

    def both_ways(self) -> Iterator[tuple[httpx2.Client, httpx2.Client]]:
        """Here and there, and there and here, many times."""
        for number in range(ROUNDS):
            here, there = self.clients if number % 2 else self.clients[::-1]
            yield here, there


@contextmanager
def two_services(admin: str, folder: Path, *, workers: tuple[int, int], **settings: str) -> Iterator[Pair]:
    """On a database of their own, where John has an account."""
    with cloned_database(admin) as conninfo:
        variables = {
            "DATABASE_URL": as_url(conninfo),
            "DATABASE_TIMEOUT_SECONDS": "30",
            "ENVIRONMENT": "development",
            "SECRET_KEY": SECRET_KEY,
            "MASTER_KEY": MASTER_KEY,
            "MIGRATE_ON_START": "false",
            "RUN_WORKER": "false",
            "HASH_QUEUE_SECONDS": "60",
            **settings,
        }
        first, second = (variables | {"WORKERS": str(count)} for count in workers)
        with (
            service("serve", folder, **first) as here,
            service("serve", folder, **second) as there,
            client_of(here) as client,
            client_of(there) as other,
        ):
            for person in (JOHN, ADA):
                assert client.post("/auth/register", json=person).status_code == 201
            yield Pair((here, there), (client, other), variables, folder)
        for server in (here, there):
            assert "Traceback" not in server.output()
            assert "unexpected error" not in server.output()


def client_of(server: Service) -> httpx2.Client:
    """On connections that it keeps."""
    return httpx2.Client(base_url=server.url(""), headers={"User-Agent": USER_AGENT}, trust_env=False, timeout=60)


def log_in(client: httpx2.Client, email: str = JOHN["email"]) -> dict[str, Any]:
    answer = client.post("/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def ask(client: httpx2.Client, tokens: dict[str, Any]) -> tuple[int, str | None]:
    """Who am I; status and code."""
    answer = client.get("/auth/me", headers=bearer(tokens["access_token"]))
    return answer.status_code, answer.json().get("code")


def key_of(tokens: dict[str, Any]) -> str:
    """The name of the key that has signed the access token."""
    name: str = jwt.get_unverified_header(tokens["access_token"])["kid"]
    return name


def published(client: httpx2.Client) -> list[str]:
    """The names of the keys that there are."""
    return [key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]]


def refresh(client: httpx2.Client, tokens: dict[str, Any]) -> httpx2.Response:
    return client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


@contextmanager
def others_asking(pair: Pair) -> Iterator[None]:
    """Meanwhile Ada asks both services without pause, so that there are look-ups to share."""
    done, statuses = threading.Event(), set()

    def keep_asking(server: Service, tokens: dict[str, Any]) -> None:
        with client_of(server) as client:
            while not done.is_set():
                statuses.add(ask(client, tokens)[0])

    tokens = log_in(pair.clients[0], ADA["email"])
    threads = [threading.Thread(target=keep_asking, args=(server, tokens)) for server in pair.servers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert statuses == {200}


@pytest.fixture(scope="module")
def pair(postgres_admin: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_services(postgres_admin, tmp_path_factory.mktemp("two"), workers=(1, 1)) as pair:
        yield pair


def log_out(client: httpx2.Client, tokens: dict[str, Any]) -> None:
    assert client.post("/auth/logout", headers=bearer(tokens["access_token"])).status_code == 200


def end_from_another_device(client: httpx2.Client, tokens: dict[str, Any]) -> None:
    headers = bearer(tokens["access_token"])
    (number,) = [one["id"] for one in client.get("/auth/sessions", headers=headers).json() if one["is_current"]]
    other = bearer(log_in(client)["access_token"])
    assert client.delete(f"/auth/sessions/{number}", headers=other).status_code == 204
    assert client.post("/auth/logout", headers=other).status_code == 200


def log_out_everywhere(client: httpx2.Client, tokens: dict[str, Any]) -> None:
    answer = client.post("/auth/logout-all", headers=bearer(tokens["access_token"]))
    assert (answer.status_code, answer.json()["sessions_ended"]) == (200, 1)


def log_out_everywhere_else(client: httpx2.Client, tokens: dict[str, Any]) -> None:
    other = bearer(log_in(client)["access_token"])
    answer = client.post("/auth/logout-all", params={"keep_current": "true"}, headers=other)
    assert (answer.status_code, answer.json()["sessions_ended"]) == (200, 1)
    assert client.post("/auth/logout", headers=other).status_code == 200


def replay(client: httpx2.Client, tokens: dict[str, Any]) -> None:
    second = refresh(client, tokens).json()
    assert refresh(client, second).status_code == 200
    answer = refresh(client, tokens)
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_reused")


def what_ends_here_is_refused_there(pair: Pair, end: Callable[[httpx2.Client, dict[str, Any]], None]) -> None:
    with others_asking(pair):
        for here, there in pair.both_ways():
            tokens = log_in(here)
            assert ask(there, tokens) == ask(here, tokens) == (200, None)
            end(here, tokens)
            assert ask(there, tokens) == (401, "session_ended")
            assert ask(here, tokens) == (401, "session_ended")
            answer = refresh(there, tokens)
            assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_invalid")


def test_a_logout_at_one_counts_at_the_other_on_the_very_next_request(pair: Pair) -> None:
    what_ends_here_is_refused_there(pair, log_out)


@pytest.mark.heavy
@pytest.mark.parametrize("end", [end_from_another_device, log_out_everywhere, log_out_everywhere_else, replay])
def test_so_does_every_other_end_of_a_session(pair: Pair, end: Callable[[httpx2.Client, dict[str, Any]], None]) -> None:
    what_ends_here_is_refused_there(pair, end)


# --- What admins do ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def admin(pair: Pair) -> dict[str, str]:
    """What an admin sends along, to either."""
    email = "grace@example.com"
    arguments = ("--name", "Grace Hopper", "--email", email, "--mobile", "1234567890", "--password-stdin")
    created = run("create-admin", *arguments, cwd=pair.folder, stdin=f"{PASSWORD}\n", **pair.variables)
    assert created.returncode == 0, created.stderr
    return bearer(log_in(pair.clients[0], email)["access_token"])


def number_of(client: httpx2.Client, tokens: dict[str, Any]) -> int:
    number: int = client.get("/auth/me", headers=bearer(tokens["access_token"])).json()["id"]
    return number


def act(client: httpx2.Client, admin: dict[str, str], user_id: int, deed: str, **body: str) -> None:
    method = "PUT" if deed == "role" else "POST"
    answer = client.request(method, f"/admin/users/{user_id}/{deed}", headers=admin, json=body or None)
    assert answer.status_code == 200, answer.text


@pytest.mark.heavy
@pytest.mark.parametrize(("deed", "reason"), [("block", "account_blocked"), ("suspend", "account_suspended")])
def test_who_is_shut_out_at_one_is_refused_at_the_other_on_the_very_next_request(
    pair: Pair, admin: dict[str, str], deed: str, reason: str
) -> None:
    user_id = number_of(pair.clients[0], log_in(pair.clients[0]))
    with others_asking(pair):
        for here, there in pair.both_ways():
            tokens = log_in(there)
            assert ask(there, tokens) == ask(here, tokens) == (200, None)
            act(here, admin, user_id, deed)
            assert ask(there, tokens) == (401, "session_ended")
            answer = there.post("/auth/login", json={"email": JOHN["email"], "password": PASSWORD})
            assert (answer.status_code, answer.json()["code"]) == (403, reason)
            act(there, admin, user_id, "unblock")
            assert ask(here, log_in(here)) == (200, None)


def test_a_role_that_changes_at_one_counts_at_the_other_on_the_very_next_request(
    pair: Pair, admin: dict[str, str]
) -> None:
    tokens = log_in(pair.clients[0])
    headers, user_id = bearer(tokens["access_token"]), number_of(pair.clients[0], tokens)

    def list_users(client: httpx2.Client) -> int:
        return client.get("/admin/users", headers=headers).status_code

    with others_asking(pair):
        for here, there in pair.both_ways():
            assert list_users(there) == list_users(here) == 403
            act(here, admin, user_id, "role", role="admin")
            assert list_users(there) == 200
            act(there, admin, user_id, "role", role="user")
            assert list_users(here) == 403


# --- Refreshing, and other keys ---------------------------------------------------------------------------------------


def test_a_session_is_refreshed_at_either(pair: Pair) -> None:
    tokens = chain = log_in(pair.clients[0])
    for here, there in pair.both_ways():
        first, again = refresh(here, chain), refresh(there, chain)
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json()["refresh_token"] == again.json()["refresh_token"]
        chain = again.json()
        assert ask(here, chain) == ask(there, tokens) == (200, None)


@pytest.mark.heavy
def test_two_workers_of_one_service_are_no_different(postgres_admin: str, tmp_path: Path) -> None:
    with two_services(postgres_admin, tmp_path, workers=(2, 1)) as pair:
        for end in (log_out, end_from_another_device, replay):
            what_ends_here_is_refused_there(pair, end)


def what_one_signs_anew_the_other_reads(pair: Pair, here: httpx2.Client, there: httpx2.Client) -> None:
    stolen = log_in(here)
    assert ask(there, stolen) == (200, None)
    ended = run("keys", "rotate", "--emergency", cwd=pair.folder, **pair.variables)
    assert ended.returncode == 0, ended.stderr
    until(lambda: published(here) != [key_of(stolen)], *pair.servers)
    tokens = log_in(here)
    until(lambda: ask(there, tokens) == (200, None), *pair.servers)
    assert [key_of(tokens)] == [key_of(log_in(there))] == published(there)
    for client in pair.clients:
        assert ask(client, stolen) == (401, "token_invalid")


@pytest.mark.heavy
def test_after_an_emergency_rotation_each_reads_what_the_other_signs(postgres_admin: str, tmp_path: Path) -> None:
    with two_services(postgres_admin, tmp_path, workers=(1, 1), ALGORITHM="ES256") as pair:
        what_one_signs_anew_the_other_reads(pair, *pair.clients)
        what_one_signs_anew_the_other_reads(pair, *pair.clients[::-1])
