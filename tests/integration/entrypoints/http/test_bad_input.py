"""Whatever is sent: a clear problem, nothing written, nothing repeated, and never a fault of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.support.http import JANE, JOHN, OTHER_PASSWORD, problem, violations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx2

    from tests.support.http import Service

CANARY = "Canary-4f1d-Tweet!"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
LIMIT = 64 * 1024


@dataclass(frozen=True)
class Operation:
    """One that reads a body, with one that it takes."""

    method: str
    path: str
    content_type: str
    fields: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self, fields: object) -> bytes:
        """A body of the kind it reads."""
        if self.content_type == FORM:
            # The fields are whatever a case is about, mapping or not.
            return urlencode(fields, encoding="utf-8", errors="surrogatepass").encode()  # type: ignore[arg-type]
        return json.dumps(fields).encode()


OPERATIONS = {
    "register": Operation("POST", "/auth/register", JSON, JOHN | {"email": "new@example.com", "locale": "en"}),
    "login": Operation("POST", "/auth/login", JSON, {"email": JANE["email"], "password": CANARY}),
    "token": Operation(
        "POST",
        "/auth/token",
        FORM,
        {"username": JANE["email"], "password": CANARY, "scope": "", "client_id": "x", "client_secret": "y"},
    ),
    "change": Operation("PUT", "/users/ID", JSON, {"name": "Jane Doe", "mobile": "0987654321", "locale": "fr"}),
    "move": Operation("PUT", "/users/ID", JSON, {"email": "new@example.com", "current_password": CANARY}),
    "verify": Operation("POST", "/auth/verify-email", JSON, {"token": CANARY}),
    "resend": Operation("POST", "/auth/resend-verification", JSON, {"email": JANE["email"]}),
    "forgot": Operation("POST", "/auth/forgot-password", JSON, {"email": JANE["email"]}),
    "reset": Operation("POST", "/auth/reset-password", JSON, {"token": CANARY, "new_password": OTHER_PASSWORD}),
    "change password": Operation(
        "POST", "/auth/change-password", JSON, {"current_password": CANARY, "new_password": OTHER_PASSWORD}
    ),
    "confirm": Operation("POST", "/auth/confirm-email-change", JSON, {"token": CANARY}),
    "undo": Operation("POST", "/auth/undo-email-change", JSON, {"token": CANARY}),
    "not me": Operation("POST", "/auth/not-me", JSON, {"token": CANARY}),
    "refresh": Operation("POST", "/auth/refresh", JSON, {"refresh_token": CANARY}),
}
OF_SOMEBODY = {"change", "move", "change password"}
OF_A_TOKEN = ["verify", "reset", "confirm", "undo", "not me"]
EVERY = list(OPERATIONS)
WITH_JSON = [name for name in EVERY if OPERATIONS[name].content_type == JSON]


@pytest.fixture(scope="module")
async def jane(lasting: Service) -> tuple[dict[str, Any], dict[str, str]]:
    """Who is logged in."""
    return await lasting.enter(**JANE)


@pytest.fixture
def operation(request: pytest.FixtureRequest, jane: tuple[dict[str, Any], dict[str, str]]) -> Operation:
    """The operation a test names, by somebody who may call it."""
    named = OPERATIONS[request.param]
    user, headers = jane
    if request.param not in OF_SOMEBODY:
        return named
    return replace(named, path=named.path.replace("ID", str(user["id"])), headers=headers)


@pytest.fixture(autouse=True)
async def _nothing_is_written(lasting: Service, jane: object) -> AsyncIterator[None]:
    before = await stored(lasting)
    yield
    assert await stored(lasting) == before


async def stored(service: Service) -> list[dict[str, Any]]:
    """Everything, but for the trail of what got as far as a password and failed there, or was forbidden. One
    statement: it is asked for twice by each of a thousand tests.
    """
    return await service.rows(
        "select (select json_agg(t order by id) from users t) as users,"
        " (select json_agg(t order by user_id) from passwords t) as passwords,"
        " (select json_agg(t order by id) from sessions t) as sessions,"
        " (select json_agg(t order by id) from one_time_tokens t) as tokens,"
        " (select json_agg(t order by id) from outgoing_mails t) as mails,"
        " (select json_agg(t order by key) from cool_downs t) as pauses,"
        " (select json_agg(t order by id) from audit_entries t"
        "   where coalesce(reason, '') not in ('invalid_credentials', 'wrong_password', 'forbidden')) as trail"
    )


async def send(
    service: Service, operation: Operation, body: bytes | Iterator[bytes], content_type: str | None = None
) -> httpx2.Response:
    """Send a body and look for what must never come back."""
    answer = await service.client.request(
        operation.method,
        operation.path,
        content=body if isinstance(body, bytes) else in_chunks(body),
        headers=operation.headers | {"Content-Type": operation.content_type if content_type is None else content_type},
    )
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)
    return answer


async def in_chunks(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def for_each(names: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", names, indirect=True)


NO_JSON = {
    "nothing but a bracket": b"{",
    "cut off": json.dumps({"name": CANARY}).encode()[:-1],
    "two documents": b'{"name": "' + CANARY.encode() + b'"} {}',
    "single quotes": b"{'name': 'x'}",
    "a trailing comma": b'{"name": "x",}',
    "a bare word": CANARY.encode(),
    "a control character in a string": b'{"name": "a\x00b"}',
    "brackets 10,000 deep": b"[" * 10_000,
    "objects 10,000 deep": b'{"a":' * 10_000,
    "brackets 10,000 deep, and closed": b"[" * 10_000 + b"]" * 10_000,
    "a number of 5,000 digits": b'{"name": ' + b"9" * 5000 + b"}",
    "bytes that are not UTF-8": b'{"name": "\xff\xfe"}',
    "half a character": b'{"name": "\xc3"}',
    "a mark of another encoding": b"\xff\xfe{\x00}\x00\xff",
}


@for_each(WITH_JSON)
@pytest.mark.parametrize("body", NO_JSON)
async def test_what_is_no_json_is_malformed(lasting: Service, operation: Operation, body: str) -> None:
    problem(await send(lasting, operation, NO_JSON[body]), 400, "malformed_body")


@for_each(WITH_JSON)
@pytest.mark.parametrize("document", ["NaN", "Infinity", "-Infinity", "[]", "null", '"x"', "1", "true", "[{}]"])
async def test_what_is_no_object_is_refused(lasting: Service, operation: Operation, document: str) -> None:
    assert violations(await send(lasting, operation, document.encode())) == {("body", "wrong_type")}


@for_each(WITH_JSON)
@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1", "1e400", "9" * 30, "true", "[]", '["x"]', "{}", f'["{CANARY}"]']
)
async def test_no_other_type_is_taken_for_text(lasting: Service, operation: Operation, value: str) -> None:
    for name in operation.fields:
        body = json.dumps(operation.fields | {name: "VALUE"}).replace('"VALUE"', value)
        assert violations(await send(lasting, operation, body.encode())) == {(name, "wrong_type")}


@for_each([name for name in EVERY if name not in {"change", "move"}])
async def test_what_is_missing_is_named(lasting: Service, operation: Operation) -> None:
    required = [name for name in operation.fields if name not in {"locale", "scope", "client_id", "client_secret"}]
    for name in required:
        fields = {other: value for other, value in operation.fields.items() if other != name}
        assert violations(await send(lasting, operation, operation.encoded(fields))) == {(name, "required")}
    if operation.content_type == JSON:
        for name in required:
            body = operation.encoded(operation.fields | {name: None})
            assert violations(await send(lasting, operation, body)) == {(name, "wrong_type")}


@for_each(EVERY)
async def test_fields_nobody_knows_are_refused(lasting: Service, operation: Operation) -> None:
    for name in ("nickname", f"<b>{CANARY}</b>", "x" * 65 + CANARY, "a b", "na\u0000me", "naïve", ""):
        answer = await send(lasting, operation, operation.encoded(operation.fields | {name: CANARY}))
        assert violations(answer) == {("body", "unknown_field")}  # the name may be anything, and is not repeated


@for_each(EVERY)
async def test_no_value_comes_back(lasting: Service, operation: Operation) -> None:
    """In every field at once, in each way that is wrong."""
    for spoiled in (f"{CANARY}\n", f"{CANARY}\u0000", CANARY * 100, f"<script>{CANARY}</script>\u202e"):
        fields = dict.fromkeys(operation.fields, spoiled)
        answer = await send(lasting, operation, operation.encoded(fields))
        assert 400 <= answer.status_code < 500
        problem(answer, answer.status_code, answer.json()["code"])


@for_each(EVERY)
@pytest.mark.parametrize("character", ["\u0000", "\ud800", "\udfff\ud800"])
async def test_characters_that_are_none_are_refused_in_every_field(
    lasting: Service, operation: Operation, character: str
) -> None:
    for name in operation.fields:
        fields = operation.fields | {name: f"{operation.fields[name]}{character}x"}
        answer = await send(lasting, operation, operation.encoded(fields))
        if answer.status_code == 422:
            assert {fault for fault, _ in violations(answer)} == {name}
        else:  # any text can be tried as a password or a token
            assert answer.json()["code"] in {
                "invalid_credentials", "wrong_password", "token_invalid", "refresh_token_invalid",
            }  # fmt: skip
            problem(answer, answer.status_code, answer.json()["code"])


ANY_TEXT = ["", " ", "x" * 10_000, "\u0000" * 43, "é" * 43, "\U0001f511" * 43, "../" * 20, "' or 1=1 --", "%00",
            "\r\n" * 9, "x" * 70, "\u0000" * 70, "é" * 70, "\ud800" * 70, "=" * 70, "-_" * 35]  # fmt: skip


@for_each(OF_A_TOKEN)
@pytest.mark.parametrize("token", ANY_TEXT)
async def test_any_text_can_be_tried_as_a_token(lasting: Service, operation: Operation, token: str) -> None:
    answer = await send(lasting, operation, operation.encoded(operation.fields | {"token": token}))
    problem(answer, 400, "token_invalid")
    assert len(answer.content) < 1000


@for_each(["refresh"])
@pytest.mark.parametrize("token", ANY_TEXT)
async def test_any_text_can_be_tried_as_a_refresh_token(lasting: Service, operation: Operation, token: str) -> None:
    answer = await send(lasting, operation, operation.encoded({"refresh_token": token}))
    problem(answer, 401, "refresh_token_invalid")
    assert len(answer.content) < 1000


@for_each(["reset", "change password"])
async def test_a_password_nobody_could_type_is_measured_before_anything_else(
    lasting: Service, operation: Operation
) -> None:
    fields = operation.fields | {"new_password": "x" * 60_000}
    answer = await send(lasting, operation, operation.encoded(fields))
    # Who has neither token nor password is not told what is wrong with the new one.
    assert answer.json()["code"] in {"token_invalid", "wrong_password"}
    problem(answer, answer.status_code, answer.json()["code"])


async def test_many_fields_nobody_knows_are_answered_with_one_sentence(lasting: Service) -> None:
    answer = await lasting.client.post("/auth/login", json={f"f{number}": 0 for number in range(5000)})
    assert len(answer.content) < 2000
    assert ("body", "unknown_field") in violations(answer)


@for_each(EVERY)
async def test_a_body_over_the_limit_is_refused_with_and_without_its_length(
    lasting: Service, operation: Operation
) -> None:
    padding = LIMIT - len(operation.encoded(operation.fields | {"padding": ""}))
    fits = operation.encoded(operation.fields | {"padding": "x" * padding})
    assert len(fits) == LIMIT
    for body in (fits, iter([fits[:-1], fits[-1:]])):
        assert violations(await send(lasting, operation, body)) == {("body", "unknown_field")}
    for too_much in (fits + b" ", iter([fits, b" "]), b"x" * 10_000_000, (b"x" * 1000 for _ in range(10_000))):
        problem(await send(lasting, operation, too_much), 413, "body_too_large")


@for_each(EVERY)
@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/xml", "application/octet-stream", "json", "text/json", CANARY]
)
async def test_a_body_of_another_kind_is_refused(lasting: Service, operation: Operation, content_type: str) -> None:
    body = operation.encoded(operation.fields)
    problem(await send(lasting, operation, body, content_type), 415, "unsupported_media_type")


@for_each(EVERY)
async def test_a_body_that_is_not_declared_is_refused(lasting: Service, operation: Operation) -> None:
    answer = await lasting.client.request(
        operation.method, operation.path, content=operation.encoded(operation.fields), headers=operation.headers
    )
    problem(answer, 415, "unsupported_media_type")


@for_each(WITH_JSON)
async def test_an_empty_body_is_refused(lasting: Service, operation: Operation) -> None:
    assert violations(await send(lasting, operation, b"")) == {("body", "required")}


@for_each(WITH_JSON)
async def test_of_a_name_that_comes_twice_the_last_counts(lasting: Service, operation: Operation) -> None:
    """As in the browsers' and most servers' parsers, so that nothing in between sees another request than we do."""
    for name, value in operation.fields.items():
        twice = json.dumps(operation.fields)[:-1] + f', "{name}": 1, "{name}": {json.dumps(value)}, "{name}": 1}}'
        assert violations(await send(lasting, operation, twice.encode())) == {(name, "wrong_type")}


PART = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nJane'
NO_FORM = {
    "without a boundary": ("multipart/form-data", PART + b"\r\n--x--"),
    "with another boundary": ("multipart/form-data; boundary=y", PART + b"\r\n--x--"),
    "without names": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nJ\r\n--x--"),
    "not one at all": ("multipart/form-data; boundary=x", CANARY.encode()),
    "of 2,000 fields": (FORM, b"a=1&" * 2000),
}


@for_each(["token"])
@pytest.mark.parametrize("form", NO_FORM)
async def test_a_form_that_cannot_be_read_is_malformed(lasting: Service, operation: Operation, form: str) -> None:
    content_type, body = NO_FORM[form]
    answer = await send(lasting, operation, body, content_type)
    assert "JSON" not in problem(answer, 400, "malformed_body")["detail"]


@pytest.mark.parametrize("charset", ["utf-8", "unicode_escape", "utf-7", "rot13", "idna", "nonsense"])
@for_each(["token"])
async def test_a_form_in_an_odd_encoding_is_no_fault_of_ours(
    lasting: Service, operation: Operation, charset: str
) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    text = b"a\\ud800+2AA-\xff.\xc3"
    body = part % (b"username", text) + part % (b"password", text) + part % (text, text) + b"--x--\r\n"
    answer = await send(lasting, operation, body, f"multipart/form-data; boundary=x; charset={charset}")
    assert answer.status_code in {400, 401, 422}


@for_each(["token"])
async def test_a_file_is_no_text(lasting: Service, operation: Operation) -> None:
    answer = await lasting.client.post(
        operation.path, files={"username": ("a.txt", CANARY.encode())}, data={"password": CANARY}
    )
    assert violations(answer) == {("username", "wrong_type")}
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    "target",
    [("GET", "/users/", 2**31 - 1), ("PUT", "/users/", 2**31 - 1), ("DELETE", "/auth/sessions/", 2**63 - 1)],
)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "out_of_range"),
        ("-1", "out_of_range"),
        ("MOST", "out_of_range"),
        ("9" * 30, "out_of_range"),
        ("9" * 5000, None),
        ("1e3", "wrong_type"),
        ("1.0", "wrong_type"),
        ("%201", "wrong_type"),
        ("1%0A", "wrong_type"),
        ("1%20", "wrong_type"),
        ("+1", "wrong_type"),
        ("01", "wrong_type"),
        ("1_0", "wrong_type"),
        ("0x1", "wrong_type"),
        ("%D9%A1", "wrong_type"),  # ARABIC-INDIC DIGIT ONE
        ("%EF%BC%91", "wrong_type"),  # FULLWIDTH DIGIT ONE
        ("%00", "wrong_type"),
        ("%FF", "wrong_type"),
        ("me", "wrong_type"),
        ("null", "wrong_type"),
    ],
)
async def test_an_id_is_digits_and_fits_in_its_bits(
    lasting: Service,
    jane: tuple[dict[str, Any], dict[str, str]],
    target: tuple[str, str, int],
    text: str,
    code: str | None,
) -> None:
    (method, path, most), (_, headers) = target, jane
    body = {"name": "Somebody Else"} if method == "PUT" else None
    answer = await lasting.client.request(
        method, path + text.replace("MOST", str(most + 1)), headers=headers, json=body
    )
    ((fault, found),) = violations(answer)
    assert fault in {"user_id", "session_id"}
    assert code in {found, None}
    largest = await lasting.client.request(method, path + str(most), headers=headers, json=body)
    assert largest.status_code in {403, 404}


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/auth",
        "/auth/",
        "/auth/nope",
        "/auth/not-me/",
        "/auth/refresh/",
        "/auth/sessions/",
        "/auth/sessions/1/",
        "/auth/sessions/1/2",
        "/auth/logout-all/",
        "/admin",
        "/admin/",
        "/admin/mail/",
        "/admin/mail/1",
        "/admin/stats/",
        "/admin/stats/timeseries/",
        "/users",
        "/users/",
        "/users/1/",
        "/auth/me/",
        "/health/",
        "/AUTH/ME",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_path_nobody_knows_is_not_found(lasting: Service, method: str, path: str) -> None:
    answer = await lasting.client.request(method, path)
    assert problem(answer, 404, "not_found")["instance"] == path


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/auth/register", {"POST"}),
        ("PUT", "/auth/login", {"POST"}),
        ("DELETE", "/auth/token", {"POST"}),
        ("GET", "/auth/logout", {"POST"}),
        ("GET", "/auth/verify-email", {"POST"}),
        ("GET", "/auth/reset-password", {"POST"}),
        ("GET", "/auth/not-me", {"POST"}),
        ("POST", "/auth/verification-status", {"GET"}),
        ("GET", "/auth/refresh", {"POST"}),
        ("PUT", "/auth/refresh", {"POST"}),
        ("GET", "/auth/logout-all", {"POST"}),
        ("POST", "/auth/sessions", {"GET"}),
        ("DELETE", "/auth/sessions", {"GET"}),
        ("GET", "/auth/sessions/1", {"DELETE"}),
        ("POST", "/auth/sessions/1", {"DELETE"}),
        ("DELETE", "/admin/mail", {"GET"}),
        ("GET", "/admin/mail/0/retry", {"POST"}),
        ("POST", "/admin/stats", {"GET"}),
        ("DELETE", "/admin/stats/timeseries", {"GET"}),
        ("POST", "/auth/me", {"GET"}),
        ("DELETE", "/users/1", {"GET", "PUT"}),
        ("PATCH", "/users/1", {"GET", "PUT"}),
        ("OPTIONS", "/users/1", {"GET", "PUT"}),
        ("POST", "/health", {"GET"}),
        ("POST", "/problems/forbidden", {"GET"}),
        ("TRACE", "/auth/me", {"GET"}),
    ],
)
async def test_another_method_is_refused_with_those_there_are(
    lasting: Service, method: str, path: str, allowed: set[str]
) -> None:
    answer = await lasting.client.request(method, path)
    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == allowed
