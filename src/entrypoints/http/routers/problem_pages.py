"""/problems/{code}: the page that a problem's `type` leads to."""

from __future__ import annotations

from html import escape
from string import Template

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from entrypoints.http.problems import PathNotFound, catalogue

router = APIRouter(include_in_schema=False)

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#222}
code{background:#f2f2f2;padding:.1em .4em;border-radius:4px}</style>
<h1>$title</h1>
$meanings
</html>
""")

_MEANING = Template("""<p>$description</p>
<p>People are told: <q>$example</q></p>
<p>HTTP status <code>$status</code> · code <code>$code</code></p>
""")


@router.get("/problems/{code}")
async def problem_page(code: str) -> HTMLResponse:
    """What a problem means."""
    kinds = [kind for kind in catalogue() if kind.code == code]
    if not kinds:
        raise PathNotFound
    meanings = (
        _MEANING.substitute(
            description=escape(kind.description),
            example=escape(kind.example),
            status=f"{kind.status.value} {kind.status.phrase}",
            code=kind.code,
        )
        for kind in kinds
    )
    page = _PAGE.substitute(title=escape(kinds[0].title), meanings="<hr>".join(meanings))
    return HTMLResponse(page, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})
