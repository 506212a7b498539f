"""Who may know what: one file composes, nothing happens at import, nothing blocks the event loop."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Route

from entrypoints.container import Container
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from tests.unit.architecture.sources import SRC, called, imports, module_name, python_files, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi.dependencies.models import Dependant


def test_only_the_container_imports_dependency_injector() -> None:
    roots = {called(path): {name.partition(".")[0] for name in imports(path)} for path in python_files(SRC)}
    importing = [name for name, found in roots.items() if "dependency_injector" in found]
    assert importing == ["src/entrypoints/container.py"]


# --- At import nothing happens ----------------------------------------------------------------------------------------

IMPORT_EVERYTHING = """
import importlib, sys, threading

forbidden = ("socket.connect", "socket.bind", "subprocess.Popen", "os.fork", "os.mkdir", "os.chmod", "os.remove")

def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event in forbidden:
        print("happens at import:", event, arguments, flush=True)
        sys.exit(1)

import psycopg, psycopg_pool

def refuse(*arguments, **keywords):
    print("happens at import: a connection or a pool", flush=True)
    sys.exit(1)

psycopg.Connection.connect = psycopg.AsyncConnection.connect = refuse
for pool in (psycopg_pool.ConnectionPool, psycopg_pool.AsyncConnectionPool):
    pool.__init__ = refuse
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
assert threading.active_count() == 1, threading.enumerate()
"""


def test_nothing_is_opened_started_or_written_at_import(tmp_path: Path) -> None:
    """In a process of its own: here everything is imported already."""
    modules = [module_name(path) for path in python_files(SRC)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING, *modules],
        cwd=tmp_path,  # without a .env
        env={"DATABASE_URL": "not to be read", "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


# --- Nothing blocks the event loop ------------------------------------------------------------------------------------


def test_no_middleware_is_built_on_the_one_that_breaks_streaming_and_context() -> None:
    for path in python_files(SRC):
        nodes = list(ast.walk(tree(path)))
        names = {alias.name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        # @app.middleware("http") makes one too.
        assert not {"BaseHTTPMiddleware", "middleware"} & attributes | {"BaseHTTPMiddleware"} & names, called(path)


def called_by(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for dependency in dependant.dependencies:
        yield from called_by(dependency)


def is_async(function: Callable[..., Any]) -> bool:
    candidates = [inspect.unwrap(function)]
    if not inspect.isroutine(function) and not inspect.isclass(function):
        candidates.append(type(function).__call__)
    return any(inspect.iscoroutinefunction(it) or inspect.isasyncgenfunction(it) for it in candidates)


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Route]:
    """Every route of the service but mounted folders, which Starlette serves; composed from these settings alone."""
    monkeypatch.chdir(tmp_path)
    for variable in list(os.environ):
        if variable.lower() in Settings.model_fields:
            monkeypatch.delenv(variable)
    app = create_app(
        Container(
            settings=Settings(
                secret_key="a made-up key for tests, shared with nobody",
                master_key="another made-up key for tests, for nobody at all",
            ),
            conninfo="",
        )
    )
    found = [context.original_route for context in iter_route_contexts(app.routes)]
    return {f"{route.methods} {route.path}": route for route in found if isinstance(route, Route)}


def test_the_routes_that_are_looked_at_are_those_there_are(routes: dict[str, Route]) -> None:
    paths = {route.path for route in routes.values()}
    assert {"/auth/login", "/auth/me", "/users/{user_id}", "/health", "/problems/{code}", "/openapi.json"} <= paths


def test_no_endpoint_and_no_dependency_runs_in_a_thread(routes: dict[str, Route]) -> None:
    for name, route in routes.items():
        functions = list(called_by(route.dependant)) if isinstance(route, APIRoute) else [route.endpoint]
        assert [function for function in functions if not is_async(function)] == [], name
