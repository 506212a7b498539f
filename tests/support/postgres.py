"""The PostgreSQL servers the integration tests run on (a pytest plugin).

Which: TEST_DATABASE_URL if set, else containers where a Docker engine answers, else the embedded server. The last two
come in the versions 18 and 16; tests on 16 are heavy. A server is started once, by the process that started pytest, and
handed to xdist's workers; each worker clones the migrated template database once and empties it after each test.
"""

from __future__ import annotations

import gc
import os
import tempfile
import uuid
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.url import normalised

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

_VERSIONS = (18, 16)  # the newest, and the oldest that is supported
_TEMPLATE = "user_service_template"
_DOCKER_SECONDS = 3

_servers_key = pytest.StashKey["Servers"]()


@dataclass(frozen=True)
class Servers:
    """Where the servers are: for each version an administrator's conninfo. `kind` is told in pytest's header."""

    kind: str
    admin: dict[str, str]


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[_servers_key] = Servers(worker["postgres_kind"], worker["postgres_admin"])
    elif _needed(config):
        stack = ExitStack()
        config.add_cleanup(stack.close)
        servers = _provide(stack, _VERSIONS[:1] if config.option.markexpr == "not heavy" else _VERSIONS)
        for conninfo in servers.admin.values():
            _make_template(conninfo, stack)
        config.stash[_servers_key] = servers


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist has no types
    servers = node.config.stash.get(_servers_key, Servers("none", {}))
    node.workerinput |= {"postgres_kind": servers.kind, "postgres_admin": servers.admin}


def pytest_report_header(config: pytest.Config) -> str:
    servers = config.stash.get(_servers_key, None)
    return f"PostgreSQL: {servers.kind}" if servers else "PostgreSQL: not needed"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that ask for `each_postgres` run on every version there is, the oldest being heavy: what they prove is
    mostly not about versions.
    """
    if "each_postgres" in metafunc.fixturenames:
        servers = metafunc.config.stash.get(_servers_key, None)  # there are none where tests are only collected
        newest, *older = servers.admin if servers else map(str, _VERSIONS)
        versions = [newest, *(pytest.param(version, marks=pytest.mark.heavy) for version in older)]
        metafunc.parametrize("each_postgres", versions, scope="session")


def _needed(config: pytest.Config) -> bool:
    if config.option.collectonly or config.option.help:
        return False
    unit = config.rootpath / "tests" / "unit"
    paths = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return any(not path.is_relative_to(unit) for path in paths)


def _provide(stack: ExitStack, versions: Sequence[int]) -> Servers:
    if url := os.environ.get("TEST_DATABASE_URL"):
        return Servers("TEST_DATABASE_URL", {"given": normalised(url, require_tls=False)})
    if _docker_answers():
        return Servers("containers", {str(version): stack.enter_context(_container(version)) for version in versions})
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="user-service-tests-")))
    folder.chmod(0o755)  # ours; the server runs as another user when this is root
    embedded = {}
    for version in versions:
        server = EmbeddedPostgres(folder / str(version), major=version, durable=False)
        embedded[str(version)] = stack.enter_context(server).admin_url
    return Servers("embedded", embedded)


def _docker_answers() -> bool:
    import docker  # noqa: PLC0415 - slow to import, and only needed here

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the client leaves a socket open when nobody answers
        try:
            docker.from_env(timeout=_DOCKER_SECONDS).ping()
        except docker.errors.DockerException:
            return False
        finally:
            gc.collect()
    return True


@contextmanager
def _container(version: int) -> Iterator[str]:
    from testcontainers.postgres import PostgresContainer  # noqa: PLC0415 - slow to import, and only needed here

    with PostgresContainer(f"postgres:{version}-alpine", driver=None) as container:
        yield container.get_connection_url()


def _make_template(admin: str, stack: ExitStack) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        _drop(connection, _TEMPLATE)
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(_TEMPLATE)))
    migrate(make_conninfo(admin, dbname=_TEMPLATE))

    def drop() -> None:
        with psycopg.connect(admin, autocommit=True) as connection:
            _drop(connection, _TEMPLATE)

    stack.callback(drop)


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@contextmanager
def cloned_database(admin: str, template: str = _TEMPLATE) -> Iterator[str]:
    """A database of its own; where to find it."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        try:
            yield make_conninfo(admin, dbname=name)
        finally:
            _drop(connection, name)


class _WorkersDatabase:
    """A migrated database that one worker's tests share, one after the other."""

    def __init__(self, conninfo: str, connection: psycopg.Connection[Any]) -> None:
        self.conninfo = conninfo
        self._connection = connection
        tables = connection.execute(
            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition"
            " and c.relname not in ('schema_migrations', 'audit_months')"  # what migrating has written
        ).fetchall()
        # Together they make one transaction, in one round trip.
        self._emptying = sql.SQL("; ").join(
            [
                sql.SQL("set local session_replication_role = replica"),  # in any order, past append-only triggers
                sql.SQL("set local lock_timeout = '5s'"),  # a test that leaves a lock behind fails here
                *(sql.SQL("delete from {}").format(sql.Identifier(table)) for (table,) in tables),
            ]
        )

    def empty(self) -> None:
        """Delete every row the service wrote; much quicker than TRUNCATE on small tables. Numbering goes on."""
        self._connection.execute(self._emptying)


@contextmanager
def away(admin: str, conninfo: str) -> Iterator[None]:
    """A database takes no connections, and has none."""
    name = str(conninfo_to_dict(conninfo)["dbname"])
    switch = sql.SQL("alter database {} allow_connections {}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(switch.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(switch.format(sql.Identifier(name), sql.SQL("true")))


@contextmanager
def _workers_database(admin: str) -> Iterator[_WorkersDatabase]:
    with cloned_database(admin) as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        yield _WorkersDatabase(conninfo, connection)


@pytest.fixture(scope="session")
def postgres_admin(pytestconfig: pytest.Config) -> str:
    """An administrator's conninfo of the newest server."""
    return next(iter(pytestconfig.stash[_servers_key].admin.values()))


@pytest.fixture(scope="session")
def _newest_database(postgres_admin: str) -> Iterator[_WorkersDatabase]:
    with _workers_database(postgres_admin) as database:
        yield database


@pytest.fixture
def conninfo(_newest_database: _WorkersDatabase) -> Iterator[str]:
    """A migrated, empty database on the newest server."""
    yield _newest_database.conninfo
    _newest_database.empty()


@pytest.fixture
def empty_database(postgres_admin: str) -> Iterator[str]:
    """A database without any schema, for tests of DDL."""
    with cloned_database(postgres_admin, "template0") as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def _each_database(each_postgres: str, pytestconfig: pytest.Config) -> Iterator[_WorkersDatabase]:
    with _workers_database(pytestconfig.stash[_servers_key].admin[each_postgres]) as database:
        yield database


@pytest.fixture(scope="session")
async def _each_pool(_each_database: _WorkersDatabase) -> AsyncIterator[Database]:
    database = Database(_each_database.conninfo, PoolSettings(max_size=10))
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def each_database(_each_pool: Database, _each_database: _WorkersDatabase) -> Iterator[Database]:
    """An open pool on a migrated, empty database; once for every version of PostgreSQL there is."""
    yield _each_pool
    _each_database.empty()


@pytest.fixture
def each_conninfo(each_database: Database, _each_database: _WorkersDatabase) -> str:
    """Where `each_database` is, for whoever goes there by another way."""
    return _each_database.conninfo


@pytest.fixture
async def database(conninfo: str) -> AsyncIterator[Database]:
    """An open pool on a migrated, empty database on the newest server."""
    database = Database(conninfo, PoolSettings(min_size=1, max_size=10))
    await database.open()
    yield database
    await database.close()
