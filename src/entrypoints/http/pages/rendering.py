"""HTML out of templates, and the headers that keep a page from doing anything but being read and sent."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from entrypoints.http.pages.texts import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http import HTTPStatus

PRIVATE_HEADERS = {
    "Referrer-Policy": "no-referrer",  # the address has the token in it
    "Cache-Control": "no-store",
}


def html_page(
    template: str,
    facts: Mapping[str, object],
    *,
    language: str,
    status: HTTPStatus | int = 200,
    headers: Mapping[str, str] | None = None,
    frames: str | None = None,
) -> HTMLResponse:
    """A page. `frames` is where frames in it may come from, if it has any; the page itself may be in none."""
    content = (
        _environment().get_template(template).render(language=language, t=texts(language), style=_style(), **facts)
    )
    policy = (
        f"default-src 'none'; style-src '{_style_hash()}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    if frames:
        policy += f"; frame-src {frames}"
    own = {
        **PRIVATE_HEADERS,
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "Content-Language": language,
    }
    return HTMLResponse(content, status_code=int(status), headers={**own, **(headers or {})})


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("entrypoints.http.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def _style() -> Markup:
    text = (files("entrypoints.http.pages") / "templates" / "style.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - a file of ours, without any input


@cache
def _style_hash() -> str:
    """What allows the one style there is, and no other that somebody might slip in (CSP 3, 8.3)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()}"
