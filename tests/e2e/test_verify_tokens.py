"""The examples for other services, as processes of their own beside a user service: a logout reaches them within
moments, and without a question per request.
"""

from __future__ import annotations

import http
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.examples import EXAMPLES, with_node
from tests.support.http import JOHN, OTHER_PASSWORD, as_url
from tests.support.postgres import cloned_database
from tests.support.processes import free_port, neighbour, service, until
from user_domain.testing.builders import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.processes import Service

FEED_TOKEN = "a-feed-token-for-tests-shared-with-nobody"
AUDIENCE = "shop"
CALLS = 200

ALGORITHMS = ["HS256", pytest.param("ES256", marks=pytest.mark.heavy)]


@pytest.fixture(scope="module")
def database(postgres_admin: str) -> Iterator[str]:
    with cloned_database(postgres_admin) as conninfo:
        yield conninfo


@pytest.fixture(scope="module", params=ALGORITHMS)
def algorithm(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def users(database: str, algorithm: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A user service with somebody in it."""
    variables = {
        "DATABASE_URL": as_url(database),
        "ENVIRONMENT": "development",
        "SECRET_KEY": SECRET_KEY,
        "MASTER_KEY": MASTER_KEY,
        "REVOCATION_FEED_TOKEN": FEED_TOKEN,
        "ALGORITHM": algorithm,
        "RUN_WORKER": "false",
        "LOG_FORMAT": "json",
    } | ({} if algorithm == "HS256" else {"JWT_AUDIENCE": AUDIENCE})
    with service("serve", tmp_path_factory.mktemp("users"), **variables) as users:
        status, _ = users.call("POST", "/auth/register", JOHN)
        assert status in {http.HTTPStatus.CREATED, http.HTTPStatus.CONFLICT}
        yield users


def configured(users_url: str, algorithm: str) -> dict[str, str]:
    """The environment of an example."""
    keys = {"SECRET_KEY": SECRET_KEY} if algorithm == "HS256" else {"AUDIENCE": AUDIENCE}
    return keys | {"USER_SERVICE_URL": users_url, "REVOCATION_FEED_TOKEN": FEED_TOKEN}


def fastapi_example(folder: Path) -> list[str]:
    """The FastAPI service, with the verifier copied beside it, as its head says."""
    for part in ("fastapi_service/main.py", "plain_python/verifier.py"):
        shutil.copy(EXAMPLES / part, folder)
    return [sys.executable, "-m", "uvicorn", "main:app", "--port", "{port}", "--no-access-log"]


def node_example(folder: Path) -> list[str]:
    """The Node service, with the packages of its lock file."""
    with_node(folder)
    return ["node", "server.js"]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(fastapi_example, id="fastapi"),
        pytest.param(node_example, id="node", marks=pytest.mark.heavy),
    ],
)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    """How to start another team's service, and where."""
    folder = tmp_path_factory.mktemp("orders")
    return request.param(folder), folder


@pytest.fixture
def orders(users: Service, algorithm: str, example: tuple[list[str], Path]) -> Iterator[Service]:
    """That service."""
    command, folder = example
    with neighbour(command, folder, "/orders", **configured(users.url(""), algorithm)) as orders:
        yield orders


def log_in(users: Service) -> str:
    status, body = users.call("POST", "/auth/login", {"email": JOHN["email"], "password": PASSWORD})
    assert status == http.HTTPStatus.OK, body
    token: str = body["access_token"]
    return token


def status(orders: Service, token: str) -> int:
    return orders.call("GET", "/orders", token=token)[0]


def test_a_logout_reaches_the_other_service_which_asks_nothing_per_request(users: Service, orders: Service) -> None:
    token, other = log_in(users), log_in(users)
    answer: tuple[int, Any] = orders.call("GET", "/orders", token=token)
    assert (answer[0], answer[1]["email"], answer[1]["role"]) == (200, JOHN["email"], "user")

    before = requests(users)
    assert {status(orders, token) for _ in range(CALLS)} == {200}
    asked = requests(users) - before
    del asked["/auth/login"]  # ours: a request is written down after it was answered, so maybe only now
    assert asked.keys() <= {"/revocations", "/.well-known/jwks.json"}
    assert asked.total() < CALLS / 4  # once a second, however many requests there are

    assert users.call("POST", "/auth/logout", token=token)[0] == http.HTTPStatus.OK
    until(lambda: status(orders, token) == http.HTTPStatus.UNAUTHORIZED, orders, users)
    assert status(orders, other) == http.HTTPStatus.OK

    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    third = log_in(users)
    assert users.call("POST", "/auth/change-password", change, token=third)[0] == http.HTTPStatus.OK
    until(lambda: status(orders, other) == http.HTTPStatus.UNAUTHORIZED, orders, users)
    assert status(orders, third) == http.HTTPStatus.OK
    back = {"current_password": OTHER_PASSWORD, "new_password": PASSWORD}
    assert users.call("POST", "/auth/change-password", back, token=third)[0] == http.HTTPStatus.OK


def test_a_user_who_is_cut_off_is_out_and_can_come_back(users: Service, orders: Service, database: str) -> None:
    token = log_in(users)
    assert status(orders, token) == http.HTTPStatus.OK
    # Moments of issue have whole seconds: this one is before the cut-off, and those of the next second are not.
    set_blocked_at(database, "the next second")
    until(lambda: status(orders, token) == http.HTTPStatus.UNAUTHORIZED, orders, users)
    set_blocked_at(database, "never")
    until(lambda: status(orders, log_in(users)) == http.HTTPStatus.OK, orders, users)
    assert status(orders, token) == http.HTTPStatus.UNAUTHORIZED


def test_refusals_say_what_http_has_for_them(users: Service, orders: Service) -> None:
    assert challenge(orders, {}) == (401, "Bearer")
    assert challenge(orders, {"Authorization": "Basic x"}) == (401, "Bearer")
    for token in ("x", "a.b.c", log_in(users)[:-3]):
        assert challenge(orders, {"Authorization": f"Bearer {token}"}) == (401, 'Bearer error="invalid_token"')


def test_without_news_of_revocations_nobody_is_let_in(
    users: Service, algorithm: str, example: tuple[list[str], Path]
) -> None:
    if algorithm != "HS256":
        return  # without the user service there are no keys either
    command, folder = example
    nowhere = configured(f"http://127.0.0.1:{free_port()}", algorithm)
    token = log_in(users)
    with neighbour(command, folder, "/orders", **nowhere) as orders:
        assert status(orders, token) == http.HTTPStatus.SERVICE_UNAVAILABLE
    with neighbour(command, folder, "/orders", **nowhere, FEED_WHEN_STALE="accept") as orders:
        assert status(orders, token) == http.HTTPStatus.OK
        assert "accepted all the same" in orders.output()


def test_the_plain_verifier_is_a_command_too(users: Service, algorithm: str, tmp_path: Path) -> None:
    token, ended = log_in(users), log_in(users)
    assert users.call("POST", "/auth/logout", token=ended)[0] == http.HTTPStatus.OK
    done = subprocess.run(
        [sys.executable, EXAMPLES / "plain_python" / "verifier.py"],
        cwd=tmp_path,
        env=os.environ | configured(users.url(""), algorithm),
        input=f"{token}\n{ended}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    good, bad = done.stdout.splitlines()
    assert json.loads(good)["email"] == JOHN["email"]
    assert bad == "TokenRefused: its session was ended"


def requests(users: Service) -> Counter[str]:
    """How often each route was asked for so far, by the service's own log."""
    lines = (json.loads(line) for line in users.output().splitlines() if line.startswith("{"))
    return Counter(str(line["route"]) for line in lines if line.get("event") == "request")


def challenge(orders: Service, headers: dict[str, str]) -> tuple[int, str]:
    """Status and WWW-Authenticate of a refusal."""
    request = urllib.request.Request(orders.url("/orders"), headers=headers)  # noqa: S310 - our own URL
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=60)  # noqa: S310 - the same
    with refusal.value as answer:
        return answer.code, answer.headers["WWW-Authenticate"]


def set_blocked_at(database: str, moment: str) -> None:
    """As an admin's operation will, but for ending the sessions: so that only the cut-off can tell."""
    statement = {
        "the next second": "update users set blocked_at = date_trunc('second', now()) + interval '1 second'",
        "never": "update users set blocked_at = null",
    }[moment]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement)
