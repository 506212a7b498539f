"""Writes docs/error-codes.md, from the docstrings of the errors themselves: `make docs`."""

from __future__ import annotations

from entrypoints.http.problems import catalogue

_HEAD = """# Error codes

Every error is a problem (RFC 9457) with one of these codes. `detail` can be shown to a person as it stands; programs
decide by `code`. Each code has a page of its own in the running service, at `/problems/<code>`.

<!-- Written by `make docs` from the docstrings of the errors. -->

| code | status | meaning | what a person reads |
|---|---|---|---|
"""


def render() -> str:
    """The page, in Markdown."""
    rows = [f"| `{kind.code}` | {kind.status.value} | {kind.description} | {kind.example} |\n" for kind in catalogue()]
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    print(render(), end="")  # noqa: T201 - this is what it is for
