"""Our records and the libraries' leave by one pipe, as JSON or for people, and no secret leaves with a traceback."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from entrypoints import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "psycopg.pool")
FORMATS = ["console", "json"]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    loggers = {name: logging.getLogger(name) for name in LOGGERS}
    state = {name: (it.level, it.handlers[:], it.propagate, it.disabled) for name, it in loggers.items()}
    was_configured, config = structlog.is_configured(), structlog.get_config()
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    if was_configured:
        structlog.configure(**config)
    for name, logger in loggers.items():
        logger.level, logger.handlers, logger.propagate, logger.disabled = state[name]
    root.handlers = before[1]
    root.setLevel(before[0])  # which also forgets what levels loggers have worked out


class Output:
    """What is written to standard error."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def configure(self, log_format: str, *, level: str = "info") -> None:
        """Configure, so that everything is written from here on. Not a fixture: capsys has a stream for each phase."""
        logs.configure(level=level, log_format=log_format)

    def text(self) -> str:
        """All there is since it was asked for last."""
        return self._capsys.readouterr().err

    def records(self) -> list[dict[str, Any]]:
        """The same, read as JSON line by line."""
        return [json.loads(line) for line in self.text().split("\n") if line]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Output:
    return Output(capsys)


def fail_with_a_secret_at_hand() -> None:
    secret = "".join(reversed("2retnuh"))  # not written as it is: a traceback shows the lines of the source
    try:
        int("deep down")
    except ValueError as error:
        raise RuntimeError(f"something with {len(secret)} characters") from error


# --- Lines ------------------------------------------------------------------------------------------------------------


def test_a_json_line_says_when_where_how_grave_and_what(output: Output) -> None:
    output.configure("json")
    structlog.get_logger("shop.cart").warning("too many", count=3)
    (line,) = output.records()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "too many", "count": 3, "level": "warning", "logger": "shop.cart"}


def test_a_console_line_can_be_read(output: Output) -> None:
    output.configure("console")
    structlog.get_logger("shop.cart").warning("too many", count=3)
    (line,) = output.text().splitlines()
    assert "warning" in line
    assert "too many" in line
    assert "count=3" in line
    assert "\x1b" not in line  # no colours but on a terminal


@pytest.mark.parametrize("log_format", FORMATS)
def test_lines_go_to_standard_error_only(output: Output, capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    output.configure(log_format)
    structlog.get_logger().info("hello")
    logging.getLogger("library").info("hello")
    captured = capsys.readouterr()
    assert captured.err.count("hello") == 2
    assert captured.out == ""


@pytest.mark.parametrize("log_format", FORMATS)
@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_what_is_less_grave_than_the_level_is_not_shown(
    output: Output, log_format: str, level: str, shown: list[str]
) -> None:
    output.configure(log_format, level=level)
    for name in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), name)(f"ours-{name}")
        getattr(logging.getLogger("library"), name)(f"theirs-{name}")
    text = output.text()
    for name in ("debug", "info", "warning", "error"):
        assert (f"ours-{name}" in text) == (f"theirs-{name}" in text) == (name in shown)


def test_what_was_sent_in_cannot_forge_a_line(output: Output) -> None:
    output.configure("json")
    forged = 'x\r\n{"event": "forged"}\u2028'
    structlog.get_logger().info("request", path=forged)
    logging.getLogger("library").info("path %s", forged)
    assert [line["event"] for line in output.records()] == ["request", f"path {forged}"]


def test_what_json_does_not_know_is_shown_nevertheless(output: Output) -> None:
    output.configure("json")
    structlog.get_logger().info("odd", value={1, 2}, error=ValueError("x"))
    (line,) = output.records()
    assert line["event"] == "odd"


# --- The libraries' records -------------------------------------------------------------------------------------------


def test_a_librarys_record_looks_like_ours_and_carries_the_same_context(output: Output) -> None:
    output.configure("json")
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger("ours").warning("one")
    logging.getLogger("theirs").warning("%s", "two", extra={"pool": "main"})
    ours, theirs = output.records()
    assert ours.keys() == theirs.keys() - {"pool"}
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("two", "theirs", "warning")
    assert theirs["pool"] == "main"
    assert ours["request_id"] == theirs["request_id"] == "r-1"


def test_uvicorns_words_come_without_its_colours_and_without_its_access_log(output: Output) -> None:
    output.configure("json")
    logging.getLogger("uvicorn.error").info("started", extra={"color_message": "\x1b[36mstarted"})
    logging.getLogger("uvicorn.access").info("GET /?token=made-up")
    (line,) = output.records()
    assert line["event"] == "started"
    assert "color_message" not in line


def test_the_pool_does_not_tell_of_every_connection(output: Output) -> None:
    output.configure("json")
    logging.getLogger("psycopg.pool").info("new connection")
    logging.getLogger("psycopg.pool").warning("no connection")
    assert [line["event"] for line in output.records()] == ["no connection"]


@pytest.mark.parametrize("log_format", FORMATS)
def test_to_configure_twice_doubles_nothing(output: Output, log_format: str) -> None:
    for _ in range(2):
        output.configure(log_format)
    logging.getLogger("library").warning("once")
    logging.getLogger("uvicorn.error").warning("once")
    assert output.text().count("once") == 2


# --- Tracebacks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_format", FORMATS)
@pytest.mark.parametrize("logger", ["structlog", "logging"])
def test_a_traceback_shows_where_and_why_and_no_local_variable(output: Output, log_format: str, logger: str) -> None:
    output.configure(log_format)
    log: Any = structlog.get_logger() if logger == "structlog" else logging.getLogger("library")
    try:
        fail_with_a_secret_at_hand()
    except RuntimeError:
        log.exception("it failed")
    text = output.text()
    for shown in ("it failed", "RuntimeError", "something with 7 characters", "ValueError", "deep down"):
        assert shown in text
    assert "fail_with_a_secret_at_hand" in text
    assert "hunter2" not in text


def test_a_traceback_is_part_of_its_json_line(output: Output) -> None:
    output.configure("json")
    try:
        fail_with_a_secret_at_hand()
    except RuntimeError:
        structlog.get_logger().exception("it failed")
    (line,) = output.records()
    assert [error["exc_type"] for error in line["exception"]] == ["RuntimeError", "ValueError"]
    assert not [frame for error in line["exception"] for frame in error["frames"] if frame.get("locals")]
