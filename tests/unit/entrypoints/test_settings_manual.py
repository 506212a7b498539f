"""The manual of the settings, README and .env.example, has each of them, and what it says is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from entrypoints.settings import Settings
from entrypoints.settings_in_force import load

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
NAMES = {name.upper() for name in Settings.model_fields}
# What is shown of these is what a value looks like; they have no default.
SHOWN_AS_AN_EXAMPLE = {"DATABASE_URL", "DATABASE_MIGRATION_URL", "BREACHED_PASSWORDS_URL", "MAIL_FROM"}


def shown() -> list[tuple[str, str]]:
    """The variables of .env.example and what stands there, commented out or not."""
    return re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE)


def test_the_example_shows_every_setting_once() -> None:
    names = [name for name, _ in shown()]
    assert len(names) == len(set(names))
    assert set(names) == NAMES


def test_the_table_explains_every_setting_once() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Settings")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    names = [name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)]
    assert sorted(names) == sorted(NAMES)


def test_the_example_can_be_read_by_docker_too() -> None:
    """Which takes quotes, and what follows a value, as part of it."""
    for line in EXAMPLE.splitlines():
        assert re.fullmatch(r"|#.*|[A-Z_]+=\S*", line), line
    for _, value in shown():
        assert not re.search(r"""["']|\s#|\s$""", value)


@pytest.mark.parametrize("uncommented", [False, True])
def test_the_example_changes_nothing_even_where_it_is_uncommented(uncommented: bool) -> None:
    defaults = load()
    text = EXAMPLE
    if uncommented:
        text = "".join(f"{name}={value}\n" for name, value in shown() if name not in SHOWN_AS_AN_EXAMPLE)
        assert "SESSION_IDLE_TIMEOUT_MINUTES=off" in text
    Path(".env").write_text(text, encoding="utf-8")
    assert load() == defaults
