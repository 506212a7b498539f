"""The pages behind the links in mails."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

import pytest

from entrypoints.http.pages.texts import texts
from entrypoints.http.problems import problem_type
from tests.support.http import CLIENT_IP, client_of
from tests.unit.entrypoints.http.pages.stage import NEW_PASSWORD, PATHS, TOKEN, Stage, stage
from user_domain.errors import (
    AccountBlocked,
    AccountSuspended,
    DomainError,
    EmailAlreadyRegistered,
    InvalidInput,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
    Overloaded,
    RateLimited,
    StorageUnavailable,
    UserNotFound,
    Violation,
)
from user_domain.policies import password as password_policy
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

A_FILE = b'--x\r\nContent-Disposition: form-data; name="token"; filename="a"\r\n\r\nb\r\n--x--\r\n'
SCRIPT = '"><script>alert(1)</script>'


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.style = ""
        self.text = ""
        self._open = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "style":
            self.style += data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def inputs(self) -> dict[str | None, dict[str, str | None]]:
        """The fields of the form, by name."""
        return {attributes["name"]: attributes for attributes in self.all("input")}

    @property
    def alerts(self) -> int:
        """How many things are said aloud at once."""
        return len([attributes for _, attributes in self.tags if attributes.get("role") == "alert"])


@pytest.fixture
def pages() -> Stage:
    return stage()


@pytest.fixture
async def client(pages: Stage) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(pages.app) as client:
        yield client


def form(path: str, token: str = TOKEN) -> dict[str, str]:
    return {"token": token} | ({"new_password": NEW_PASSWORD} if path == "/reset-password" else {})


def says(answer: httpx2.Response, text: str) -> bool:
    return " ".join(text.split()) in " ".join(Page(answer).text.split())


# --- The form ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", PATHS)
async def test_looking_changes_nothing(client: httpx2.AsyncClient, pages: Stage, path: str, method: str) -> None:
    pages.app.state.application = None  # it is not asked for anything
    answer = await client.request(method, path, params={"token": TOKEN})
    assert answer.status_code == 200
    assert (answer.content == b"") == (method == "HEAD")
    assert pages.asked == {}


@pytest.mark.parametrize("path", PATHS)
async def test_the_form_carries_the_token_and_leaves_it_out_of_the_address(
    client: httpx2.AsyncClient, path: str
) -> None:
    page = Page(await client.get(path, params={"token": TOKEN}))
    (sent,) = page.all("form")
    assert sent == {"method": "post", "action": path[1:]}
    assert page.inputs["token"] == {"type": "hidden", "name": "token", "value": TOKEN}
    assert set(page.inputs) == set(form(path))
    assert len(page.all("button")) == 1
    assert page.all("script") == page.all("img") == page.all("link") == []
    assert page.alerts == 0


async def test_the_password_field_is_one(client: httpx2.AsyncClient) -> None:
    page = Page(await client.get("/reset-password", params={"token": TOKEN}))
    field = page.inputs["new_password"]
    assert (field["type"], field["autocomplete"], field["minlength"]) == ("password", "new-password", "8")
    assert "required" in field
    assert not {"value", "maxlength", "pattern"} & field.keys(), "what is pasted must arrive as it is"
    assert page.all("label") == [{"for": field["id"]}]
    assert {"id": field["aria-describedby"], "class": "help"} in page.all("div")


@pytest.mark.parametrize("path", PATHS)
async def test_the_whole_way_behind_a_gateway_that_strips_a_prefix(pages: Stage, path: str) -> None:
    async with client_of(pages.app, prefix="/user") as client:
        answer = await client.get(path, params={"token": TOKEN})
        (sent,) = Page(answer).all("form")
        target = urljoin(str(answer.request.url), sent["action"] or "")
        assert target == f"http://users.test/user{path}"
        assert (await client.post(target, data=form(path))).status_code == 200
    assert list(pages.asked) == [path]


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_token_the_link_is_incomplete(client: httpx2.AsyncClient, path: str) -> None:
    for query in ("", "?token=", "?tok"):
        answer = await client.get(path + query)
        assert answer.status_code == 400
        assert says(answer, texts("en")["incomplete"]["title"])
        assert Page(answer).all("form") == []


HOSTILE = [SCRIPT, "x" * 201, "a b", "a\0b", "é", "\ud800", "..%2F", "a\r\nSet-Cookie: a=b", "{{ 7*7 }}", "' onload='"]


@pytest.mark.parametrize("token", HOSTILE)
async def test_what_is_no_token_is_an_invalid_one(client: httpx2.AsyncClient, pages: Stage, token: str) -> None:
    sent = quote(token.encode("utf-8", "surrogatepass"))
    body = f"token={sent}&new_password=x".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [await client.get(f"{path}?token={sent}") for path in PATHS]
    answers += [await client.post(path, content=body, headers=headers) for path in PATHS]
    for answer in answers:
        assert answer.status_code == 400
        assert says(answer, texts("en")["errors"]["token_invalid"])
        assert token not in answer.text
        assert Page(answer).all("form") == Page(answer).all("script") == []
    assert pages.asked == {}


# --- The deed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
async def test_sending_the_form_does_it_once(client: httpx2.AsyncClient, pages: Stage, path: str) -> None:
    answer = await client.post(path, data=form(path), headers={"X-Request-ID": "r-1"})
    assert answer.status_code == 200
    assert says(answer, texts("en")[path[1:]]["done_title"])
    assert TOKEN not in answer.text
    assert Page(answer).all("form") == []
    assert list(pages.asked) == [path]
    (asked,) = pages.asked[path]
    client_info = asked.pop("client")
    assert (client_info.ip_address, client_info.request_id) == (CLIENT_IP, "r-1")
    assert asked == form(path)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"token": "abc"}'),
        ("text/plain", b"token=abc"),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ff&&&==;%"),
        ("application/x-www-form-urlencoded", b"token"),
        ("application/x-www-form-urlencoded; charset=\xff", b"token=%C3%28"),
        ("multipart/form-data", b"token=abc"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", A_FILE),
        ("nonsense", b"\0"),
    ],
)
async def test_what_is_no_form_of_ours_does_nothing(
    client: httpx2.AsyncClient, pages: Stage, content_type: str, body: bytes
) -> None:
    headers = [(b"Content-Type", content_type.encode("latin-1"))]
    for path in PATHS:
        answer = await client.post(path, content=body, headers=headers)
        assert answer.status_code in {400, 422}
    assert pages.asked == {}


async def test_the_token_in_the_address_alone_does_nothing(client: httpx2.AsyncClient, pages: Stage) -> None:
    for path in PATHS:
        assert (await client.post(f"{path}?token={TOKEN}", data={"new_password": "x"})).status_code == 400
    assert pages.asked == {}


async def test_a_body_without_end_is_refused(client: httpx2.AsyncClient, pages: Stage) -> None:
    assert (await client.post("/verify-email", data={"token": "x" * 70_000})).status_code == 413
    assert pages.asked == {}


# --- What goes wrong --------------------------------------------------------------------------------------------------

FAILURES = [
    OneTimeTokenInvalid(),
    OneTimeTokenExpired(),
    EmailAlreadyRegistered(),
    AccountBlocked(),
    AccountSuspended(),
    Overloaded(),
    StorageUnavailable(),
    RateLimited(7),
]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("path", PATHS)
async def test_a_refusal_has_its_status_and_the_readers_words(
    client: httpx2.AsyncClient, pages: Stage, path: str, language: str
) -> None:
    for failure in FAILURES:
        pages.behind[path].failure = failure
        await is_told(client, path, language, failure)


async def is_told(client: httpx2.AsyncClient, path: str, language: str, failure: DomainError) -> None:
    answer = await client.post(path, data=form(path), headers={"Accept-Language": language})
    assert answer.status_code == problem_type(type(failure)).status
    assert says(answer, texts(language)["errors"][failure.code])
    assert Page(answer).alerts == 1
    assert NEW_PASSWORD not in answer.text
    over = isinstance(failure, OneTimeTokenInvalid | OneTimeTokenExpired)
    assert says(answer, texts(language)[path[1:]]["link_is_over"]) == over


@pytest.mark.parametrize("failure", [Overloaded(), StorageUnavailable(), RateLimited(7)])
@pytest.mark.parametrize("path", PATHS)
async def test_where_trying_again_may_help_the_form_is_there_again(
    client: httpx2.AsyncClient, pages: Stage, path: str, failure: Overloaded | StorageUnavailable | RateLimited
) -> None:
    pages.behind[path].failure = failure
    answer = await client.post(path, data=form(path))
    page = Page(answer)
    assert page.inputs["token"]["value"] == TOKEN
    assert answer.headers["Retry-After"] == str(failure.retry_after)


@pytest.mark.parametrize("failure", [AccountBlocked(), EmailAlreadyRegistered(), OneTimeTokenInvalid()])
async def test_where_it_cannot_help_it_is_not(client: httpx2.AsyncClient, pages: Stage, failure: DomainError) -> None:
    pages.behind["/verify-email"].failure = failure
    answer = await client.post("/verify-email", data=form("/verify-email"))
    assert Page(answer).all("form") == []
    assert TOKEN not in answer.text
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
async def test_a_password_that_may_not_be_chosen_is_told_why(
    client: httpx2.AsyncClient, pages: Stage, language: str
) -> None:
    broken = password_policy.violations(Password.typed("aaaa"), name=None, email=None, field="new_password")
    pages.behind["/reset-password"].failure = InvalidInput([*broken, password_policy.breached("new_password")])
    data = {"token": TOKEN, "new_password": "aaaa-the-typed-one"}
    answer = await client.post("/reset-password", data=data, headers={"Accept-Language": language})
    assert answer.status_code == 422
    page = Page(answer)
    for code in ("too_short", "no_upper_case", "no_digit", "no_special_character", "breached"):
        assert says(answer, texts(language)["violations"][code].format(min=8, max=128))
    assert page.inputs["token"]["value"] == TOKEN
    assert page.inputs["new_password"]["aria-invalid"] == "true"
    assert "value" not in page.inputs["new_password"]
    assert "the-typed-one" not in answer.text
    assert page.alerts == 1


async def test_what_the_domain_says_is_text_and_not_html(client: httpx2.AsyncClient, pages: Stage) -> None:
    pages.behind["/reset-password"].failure = InvalidInput([Violation("new_password", "unheard_of", SCRIPT)])
    answer = await client.post("/reset-password", data=form("/reset-password"))
    assert says(answer, SCRIPT)
    assert Page(answer).all("script") == []


async def test_an_error_nobody_translated_is_said_in_english(client: httpx2.AsyncClient, pages: Stage) -> None:
    pages.behind["/not-me"].failure = UserNotFound()
    answer = await client.post("/not-me", data=form("/not-me"), headers={"Accept-Language": "ar"})
    assert answer.status_code == 404
    assert says(answer, UserNotFound.message)


async def test_what_nobody_expects_is_not_shown(
    client: httpx2.AsyncClient, pages: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.http.middleware._log", Silence())
    pages.behind["/reset-password"].failure = RuntimeError(SCRIPT)
    answer = await client.post("/reset-password", data=form("/reset-password"))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "script" not in answer.text


class Silence:
    """A log that says nothing."""

    def info(self, *arguments: object, **facts: object) -> None: ...
    def exception(self, *arguments: object, **facts: object) -> None: ...


# --- Headers and languages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_has_the_headers(client: httpx2.AsyncClient, pages: Stage, path: str) -> None:
    pages.behind[path].failure = None
    answers = [
        await client.get(path),
        await client.get(path, params={"token": TOKEN}),
        await client.head(path, params={"token": TOKEN}),
        await client.get(path, params={"token": SCRIPT}),
        await client.post(path, data=form(path)),
    ]
    for failure in (OneTimeTokenExpired(), Overloaded(), InvalidInput([])):
        pages.behind[path].failure = failure
        answers.append(await client.post(path, data=form(path)))
    for answer in answers:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Content-Language"] == "en"
        assert answer.headers["Vary"] == "Accept-Language"
        assert "Set-Cookie" not in answer.headers
        policy = re.fullmatch(
            r"default-src 'none'; style-src '(sha256-[A-Za-z0-9+/=]{44})'; form-action 'self'; "
            r"frame-ancestors 'none'; base-uri 'none'",
            answer.headers["Content-Security-Policy"],
        )
        assert policy is not None
        if answer.content:
            style = Page(answer).style.encode()
            assert policy[1] == f"sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}"
            assert "style=" not in answer.text


@pytest.mark.parametrize(
    ("header", "language", "direction"),
    [
        (None, "en", "ltr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr", "ltr"),
        ("ar-EG", "ar", "rtl"),
        ("de-DE,de;q=0.9", "en", "ltr"),
        ("x" * 5000, "en", "ltr"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
async def test_a_page_speaks_the_readers_language(
    client: httpx2.AsyncClient, path: str, header: str | None, language: str, direction: str
) -> None:
    headers = {} if header is None else {"Accept-Language": header}
    for answer in (
        await client.get(path, params={"token": TOKEN}, headers=headers),
        await client.get(path, headers=headers),
        await client.post(path, data=form(path), headers=headers),
    ):
        assert Page(answer).all("html") == [{"lang": language, "dir": direction}]
        assert answer.headers["Content-Language"] == language


async def test_other_methods_are_told_which_ones_there_are(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/verify-email")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST, HEAD")


def test_the_pages_are_not_in_the_document_of_the_api(pages: Stage) -> None:
    assert pages.app.openapi()["paths"] == {}


async def test_an_outage_is_logged(client: httpx2.AsyncClient, pages: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, object]] = []

    class Log(Silence):
        def warning(self, event: str, **facts: object) -> None:
            lines.append({"event": event, **facts})

    monkeypatch.setattr("entrypoints.http.pages.account._log", Log())
    error = StorageUnavailable()
    error.__cause__ = TimeoutError(SCRIPT)
    pages.behind["/not-me"].failure = error
    await client.post("/not-me", data=form("/not-me"))
    assert lines == [{"event": "unavailable", "code": "storage_unavailable", "cause": "TimeoutError"}]
