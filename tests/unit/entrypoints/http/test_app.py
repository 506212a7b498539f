"""The application is composed as the settings say, and opens nothing before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from entrypoints.container import Container
from entrypoints.http.app import create_app
from entrypoints.http.client_address import ClientAddress
from entrypoints.http.middleware import RequestContext
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def app_with(**variables: Any) -> FastAPI:
    settings = Settings(
        secret_key="a made-up key for tests, shared with nobody",
        master_key="another made-up key for tests, for nobody at all",
        **variables,
    )
    return create_app(Container(settings=settings, conninfo=""))


def paths(app: FastAPI) -> set[str]:
    return {getattr(route, "path", "") for route in app.routes}


def layers(app: FastAPI) -> list[object]:
    """The middleware, outermost first."""
    return [layer.cls for layer in app.user_middleware]


@pytest.mark.parametrize("root_path", ["", "/user", "/shop/user"])
async def test_behind_a_gateways_prefix_its_document_names_the_prefix(root_path: str) -> None:
    server = httpx2.ASGITransport(app=app_with(root_path=root_path), root_path=root_path)
    async with httpx2.AsyncClient(transport=server, base_url="http://users.test") as client:
        # As uvicorn has it: the server is told of the prefix, and puts it before every path again.
        response = await client.get(f"{root_path}/openapi.json")
    assert response.status_code == 200
    assert response.json().get("servers") == ([{"url": root_path}] if root_path else None)


def test_the_pages_of_the_documentation_can_be_left_out() -> None:
    pages = {"/docs", "/redoc", "/openapi.json"}
    assert pages <= paths(app_with())
    assert not pages & paths(app_with(api_docs=False))


def test_what_takes_opening_is_left_to_the_start() -> None:
    assert not hasattr(app_with().state, "application")


def test_two_applications_share_nothing() -> None:
    assert app_with().state is not app_with().state


def test_nobody_looks_for_forwarded_addresses_unless_a_proxy_is_trusted() -> None:
    assert ClientAddress not in layers(app_with())


@pytest.mark.parametrize("cors_origins", ["", "https://shop.example.com"])
def test_the_clients_address_is_known_before_anything_else_is_done(cors_origins: str) -> None:
    app = app_with(trusted_proxies="10.0.0.0/8", cors_origins=cors_origins)
    assert layers(app)[:2] == [ClientAddress, RequestContext]
