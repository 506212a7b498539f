"""`user-service mail`: what it is asked with."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from entrypoints.cli.mail import mail

ID = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def _nothing_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.cli.running.load_settings", lambda: pytest.fail("the settings were asked for"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--dead"),
        (["--dead", ID], "--dead"),
        (["7"], "'7' is not the id of a mail"),
        ([""], "'' is not the id of a mail"),
        ([ID[:-1]], "is not the id of a mail"),
        ([f"{ID}0"], "is not the id of a mail"),
        ([ID.upper()], "is not the id of a mail"),
        (["g" * 32], "is not the id of a mail"),
        (["٣" * 32], "is not the id of a mail"),  # digits, but no hexadecimal ones
        ([f"{ID[:-1]}\n"], "is not the id of a mail"),
        (["01234567-89ab-cdef-0123-456789abcdef"], "is not the id of a mail"),
        ([ID, ID, "x"], "'x' is not the id of a mail"),
        (["--all"], "--all"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(arguments: list[str], said: str) -> None:
    refused = CliRunner().invoke(mail, ["retry", *arguments])
    assert refused.exit_code == 2
    assert said in refused.output
    assert "Traceback" not in refused.output
