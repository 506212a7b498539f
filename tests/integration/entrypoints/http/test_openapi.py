"""The OpenAPI document: valid, complete, with an example for everything, and true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from entrypoints.http.problems import catalogue
from tests.support.http import JANE, JOHN, OTHER_PASSWORD, bearer, compose_http, openapi_document, problem, running
from user_domain.testing.builders import PASSWORD
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from tests.support.http import Service

PROBLEM = "application/problem+json"
BODY_PROBLEMS = {"400 malformed_body", "413 body_too_large", "415 unsupported_media_type", "422 validation_failed"}
TOKEN_PROBLEMS = {"400 token_invalid", "400 token_expired"}
FEED_PROBLEMS = {"401 token_missing", "401 token_invalid", "404 not_found", "400 invalid_cursor"}
SHUT = {"403 account_blocked", "403 account_suspended"}
ACCESS_PROBLEMS = SHUT | {"403 email_not_verified", "403 password_reset_required"}
BEARER_PROBLEMS = ACCESS_PROBLEMS | {
    f"401 {code}" for code in ("token_missing", "token_invalid", "token_expired", "session_ended")
}
SEEING = {"403 forbidden", "404 user_not_found"}
CONTROLLING = SEEING | {"400 cannot_act_on_self", "400 cannot_act_on_admin", "412 precondition_failed"}
OPERATIONS = [
    (method, path)
    for path in (
        "/auth/register", "/auth/login", "/auth/token", "/auth/logout", "/auth/me", "/users/{user_id}",
        "/auth/verify-email", "/auth/resend-verification", "/auth/verification-status", "/auth/forgot-password",
        "/auth/reset-password", "/auth/change-password", "/auth/confirm-email-change", "/auth/undo-email-change",
        "/auth/not-me", "/auth/refresh", "/auth/logout-all", "/auth/sessions", "/auth/sessions/{session_id}",
        "/admin/users", "/admin/users/blocked",
        "/admin/users/{user_id}", "/admin/users/{user_id}/status-history", "/admin/users/{user_id}/block",
        "/admin/users/{user_id}/unblock", "/admin/users/{user_id}/suspend", "/admin/users/{user_id}/role",
        "/admin/users/{user_id}/require-password-reset", "/admin/create-user",
        "/admin/mail", "/admin/mail/{mail_id}/retry", "/admin/stats", "/admin/stats/timeseries",
        "/admin/users/{user_id}/sessions", "/admin/sessions/{session_id}", "/admin/users/{user_id}/logout-all",
        "/admin/users/{user_id}/access-decision", "/admin/audit", "/admin/audit/seals",
        "/revocations", "/.well-known/jwks.json",
        "/", "/info", "/health", "/health/database", "/health/live", "/health/ready",
    )
    for method in ("get", "post", "put", "delete")
    if method in openapi_document()["paths"].get(path, {})
]  # fmt: skip


@pytest.fixture(params=OPERATIONS, ids=" ".join)
def operation(request: pytest.FixtureRequest) -> dict[str, Any]:
    method, path = request.param
    found: dict[str, Any] = openapi_document()["paths"][path][method]
    return found


def test_it_is_served_as_it_is_made() -> None:
    assert sum(len(operations) for operations in openapi_document()["paths"].values()) == len(OPERATIONS) == 48


def test_it_is_a_document_of_openapi_3_1() -> None:
    document = openapi_document()
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert document["info"]["title"]
    assert document["info"]["version"]
    assert set(document) <= {"openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"}
    for path, operations in document["paths"].items():
        assert path.startswith("/")
        for operation in operations.values():
            parameters = operation.get("parameters", [])
            in_path = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", path))
            assert all(parameter["required"] for parameter in parameters if parameter["in"] == "path")
            assert len({(parameter["name"], parameter["in"]) for parameter in parameters}) == len(parameters)
            assert all(re.fullmatch(r"[1-5]\d\d|default", status) for status in operation["responses"])
            assert all(response["description"] for response in operation["responses"].values())
            for requirement in operation.get("security", []):
                assert set(requirement) <= set(document["components"]["securitySchemes"])
    for pointer in references(document):
        assert resolved({"$ref": pointer})


def test_nothing_of_the_frameworks_own_errors_is_left() -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(openapi_document()["components"]["schemas"])


def test_every_operation_has_a_name_of_its_own_and_a_summary(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    names = [op["operationId"] for operations in openapi_document()["paths"].values() for op in operations.values()]
    assert names.count(operation["operationId"]) == 1


def test_every_request_and_answer_has_an_example_that_fits_it(operation: dict[str, Any]) -> None:
    contents = [
        response["content"] for status, response in operation["responses"].items() if status not in {"204", "304"}
    ]
    contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
    for content in contents:
        assert content
        for media_type in content.values():
            examples = list(examples_of(media_type))
            assert examples
            for example in examples:
                assert list(misfits(example, media_type["schema"])) == []


def test_every_error_is_a_problem_with_an_example_per_code(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status < "400" or "Health" in str(response) or "Probe" in str(response):
            continue
        assert list(response["content"]) == [PROBLEM]
        media_type = response["content"][PROBLEM]
        assert media_type["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert media_type["examples"]
        for code, example in media_type["examples"].items():
            value = example["value"]
            assert (value["code"], value["status"]) == (code, int(status))
            assert (code, int(status)) in {(kind.code, kind.status) for kind in catalogue()}
            assert ("errors" in value) == (status == "422")


def test_what_needs_a_token_says_so_and_how_that_can_fail(operation: dict[str, Any]) -> None:
    documented = {
        (status, code)
        for status, response in operation["responses"].items()
        for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
    }
    about_tokens = {("401", code) for code in ("token_missing", "token_invalid", "token_expired", "session_ended")}
    about_access = {"account_blocked", "account_suspended", "email_not_verified", "password_reset_required"}
    if operation.get("security") == [{"revocation-feed": []}]:
        assert documented & (about_tokens | {("503", "storage_unavailable")}) == {
            ("401", "token_missing"), ("401", "token_invalid"), ("503", "storage_unavailable"),
        }  # fmt: skip
    elif "security" in operation:
        assert about_tokens | {("403", code) for code in about_access} | {("503", "storage_unavailable")} <= documented
    else:
        assert not about_tokens & documented


@pytest.mark.parametrize(
    ("method", "path", "own"),
    [
        ("post", "/auth/verify-email", TOKEN_PROBLEMS),
        ("post", "/auth/resend-verification", {"429 rate_limited"}),
        ("get", "/auth/verification-status", set()),
        ("post", "/auth/forgot-password", set()),
        ("post", "/auth/reset-password", TOKEN_PROBLEMS | SHUT),
        ("post", "/auth/change-password", {"403 wrong_password"}),
        ("post", "/auth/confirm-email-change", TOKEN_PROBLEMS | SHUT | {"409 email_already_registered"}),
        ("post", "/auth/undo-email-change", TOKEN_PROBLEMS),
        ("post", "/auth/not-me", TOKEN_PROBLEMS),
        ("post", "/auth/refresh", {"401 refresh_token_invalid", "401 refresh_token_reused"} | ACCESS_PROBLEMS),
        ("post", "/auth/logout-all", set()),
        ("get", "/auth/sessions", {"400 invalid_cursor"}),
        ("delete", "/auth/sessions/{session_id}", {"404 session_not_found"}),
        ("get", "/admin/mail", {"403 forbidden", "400 invalid_cursor"}),
        ("get", "/admin/users", {"403 forbidden", "400 invalid_cursor"}),
        ("get", "/admin/users/blocked", {"403 forbidden", "400 invalid_cursor"}),
        (
            "get",
            "/admin/users/{user_id}/sessions",
            {"403 forbidden", "404 user_not_found", "400 invalid_cursor"},
        ),
        ("delete", "/admin/sessions/{session_id}", {"403 forbidden", "404 session_not_found"}),
        ("post", "/admin/users/{user_id}/logout-all", {"403 forbidden", "404 user_not_found"}),
        ("get", "/admin/users/{user_id}/access-decision", {"403 forbidden", "404 user_not_found"}),
        ("get", "/admin/audit", {"403 forbidden", "400 invalid_cursor"}),
        ("get", "/admin/audit/seals", {"403 forbidden", "400 invalid_cursor"}),
        ("get", "/admin/stats", {"403 forbidden"}),
        ("get", "/admin/stats/timeseries", {"403 forbidden"}),
        ("get", "/revocations", FEED_PROBLEMS),
        ("post", "/admin/mail/{mail_id}/retry", {"403 forbidden", "404 mail_not_found"}),
        ("get", "/admin/users/{user_id}", SEEING),
        ("get", "/admin/users/{user_id}/status-history", SEEING | {"400 invalid_cursor"}),
        ("post", "/admin/users/{user_id}/block", CONTROLLING),
        ("post", "/admin/users/{user_id}/unblock", CONTROLLING),
        ("post", "/admin/users/{user_id}/suspend", CONTROLLING),
        ("post", "/admin/users/{user_id}/require-password-reset", CONTROLLING),
        ("put", "/admin/users/{user_id}/role", CONTROLLING - {"400 cannot_act_on_admin"} | {"409 last_admin"}),
        ("post", "/admin/create-user", {"403 forbidden", "409 email_already_registered"}),
        (
            "put",
            "/users/{user_id}",
            {
                "400 cannot_act_on_admin", "403 forbidden", "403 wrong_password", "404 user_not_found",
                "409 email_already_registered", "412 precondition_failed", "422 current_password_required",
            },
        ),
    ],
)  # fmt: skip
def test_an_operation_documents_what_it_can_answer_and_no_more(method: str, path: str, own: set[str]) -> None:
    """Each of them is met by a test of the operation; the rest by those of bad input, bearers and a database away."""
    operation = openapi_document()["paths"][path][method]
    documented = {
        f"{status} {code}"
        for status, response in operation["responses"].items()
        for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
    }
    common = {"503 storage_unavailable"}
    if operation.get("security") == [{"bearer": []}]:
        common |= BEARER_PROBLEMS
    if "requestBody" in operation:
        common |= BODY_PROBLEMS
    if operation.get("parameters"):
        common |= {"422 validation_failed"}
    if path in {"/auth/reset-password", "/auth/change-password", "/users/{user_id}", "/admin/create-user"}:
        common |= {"503 overloaded"}
    assert documented == own | common


@pytest.mark.parametrize("path", ["/admin/users", "/admin/users/blocked"])
def test_a_list_documents_its_headers_and_what_each_parameter_takes(path: str) -> None:
    operation = openapi_document()["paths"][path]["get"]
    headers = operation["responses"]["200"]["headers"]
    assert set(headers) == {"Link", "X-Total-Count"}
    assert all(header["description"] and header["schema"] and header["example"] for header in headers.values())
    for parameter in operation["parameters"]:
        schema = parameter["schema"]
        (kind, *_) = [one for one in schema.get("anyOf", [schema]) if one != {"type": "null"}]
        assert parameter["in"] == "query"
        assert parameter["required"] is False
        if parameter["name"] not in {"limit", "cursor", "role"}:
            assert parameter.get("description") or schema.get("description"), parameter
        for example in [*schema.get("examples", []), *kind.get("examples", [])]:
            assert list(misfits(example, kind)) == []


async def test_an_answer_has_the_shape_that_is_documented(service: Service) -> None:
    user, headers = await service.enter()
    asked = {
        ("get", "/auth/me"): await service.client.get("/auth/me", headers=headers),
        ("get", "/users/{user_id}"): await service.client.get(f"/users/{user['id']}", headers=headers),
        ("put", "/users/{user_id}"): await service.client.put(f"/users/{user['id']}", headers=headers, json={}),
        ("post", "/auth/login"): await service.client.post(
            "/auth/login", json={"email": JOHN["email"], "password": PASSWORD}
        ),
        ("post", "/auth/register"): await service.client.post("/auth/register", json=JOHN | {"email": "j@example.com"}),
        ("get", "/auth/verification-status"): await service.client.get("/auth/verification-status", headers=headers),
    }
    asked |= await of_mails(service, user, headers)
    asked |= await of_sessions(service)
    asked |= await of_admins(service, user)
    asked[("post", "/auth/logout")] = await service.client.post("/auth/logout", headers=await service.log_in())
    asked |= {
        ("get", path): await service.client.get(path)
        for path in ("/", "/info", "/health", "/health/database", "/.well-known/jwks.json")
    }
    for (method, path), answer in asked.items():
        response = openapi_document()["paths"][path][method]["responses"][str(int(answer.status_code))]
        assert list(misfits(answer.json(), response["content"]["application/json"]["schema"])) == [], path
    refused = await service.client.post("/auth/register", json={})
    assert list(misfits(refused.json(), {"$ref": "#/components/schemas/Problem"})) == []


async def of_sessions(service: Service) -> dict[tuple[str, str], httpx2.Response]:
    """The answers about where somebody is logged in."""
    client, asked = service.client, {}
    tokens = await service.start()
    headers = bearer(tokens["access_token"])
    asked[("post", "/auth/refresh")] = await service.refresh(tokens["refresh_token"])
    asked[("get", "/auth/sessions")] = await client.get("/auth/sessions", headers=headers)
    asked[("post", "/auth/logout-all")] = await client.post("/auth/logout-all", headers=headers)
    admin = await service.log_in("ada@example.com")
    number = (await client.get("/auth/sessions", headers=admin)).json()[0]["user_id"]
    for method, path in (
        ("get", "/admin/users/{user_id}/access-decision"),
        ("get", "/admin/users/{user_id}/sessions"),
        ("post", "/admin/users/{user_id}/logout-all"),
    ):
        asked[(method, path)] = await client.request(method, path.replace("{user_id}", str(number)), headers=admin)
    return asked


async def of_admins(service: Service, user: dict[str, Any]) -> dict[tuple[str, str], httpx2.Response]:
    """The answers about an account that is shut and opened again."""
    _, admin = await service.enter_as_admin(email="grace@example.com")
    asked, path = {}, "/admin/users/{user_id}"
    for deed, body in (("block", {"reason": "spam"}), ("suspend", {"until": "2099-01-01T00:00:00+01:00"})):
        for action in (deed, "unblock"):
            url = f"{path}/{action}".format(user_id=user["id"])
            sent = body if action == deed else None
            asked[("post", f"{path}/{action}")] = await service.client.post(url, headers=admin, json=sent)
    url = path.format(user_id=user["id"])
    asked[("get", path)] = await service.client.get(url, headers=admin)
    asked[("get", f"{path}/status-history")] = await service.client.get(f"{url}/status-history", headers=admin)
    jane = await service.client.post("/admin/create-user", headers=admin, json=JANE | {"role": "admin"})
    asked[("post", "/admin/create-user")] = jane
    url = path.format(user_id=jane.json()["id"])
    asked[("put", f"{path}/role")] = await service.client.put(f"{url}/role", headers=admin, json={"role": "user"})
    reset = await service.client.post(f"{url}/require-password-reset", headers=admin)
    asked[("post", f"{path}/require-password-reset")] = reset
    return asked


async def of_mails(
    service: Service, user: dict[str, Any], headers: dict[str, str]
) -> dict[tuple[str, str], httpx2.Response]:
    """The answers of a life with many mails, at the end of which the password is the first one."""
    client, asked = service.client, {}

    async def post(path: str, **body: str) -> None:
        asked[("post", path)] = await client.post(path, headers=headers, json=body)

    async def redeem(kind: MailKind, purpose: TokenPurpose, **fields: str) -> None:
        token = (await service.letter(kind)).tokens[purpose]
        asked[("post", f"/auth/{purpose}")] = await service.redeem(purpose, token, **fields)

    _, admin = await service.enter_as_admin()
    asked[("get", "/admin/mail")] = await client.get("/admin/mail", headers=admin)
    for path in ("/admin/users", "/admin/stats", "/admin/stats/timeseries"):
        asked[("get", path)] = await client.get(path, headers=admin)
    mail = asked[("get", "/admin/mail")].json()[0]
    retry = await client.post(f"/admin/mail/{mail['id']}/retry", headers=admin)
    asked[("post", "/admin/mail/{mail_id}/retry")] = retry
    await service.letters()
    await post("/auth/resend-verification", email=user["email"])
    await redeem(MailKind.VERIFY_EMAIL_AGAIN, TokenPurpose.VERIFY_EMAIL)
    await post("/auth/change-password", current_password=PASSWORD, new_password=OTHER_PASSWORD)
    change = {"email": "new@example.com", "current_password": OTHER_PASSWORD}
    await client.put(f"/users/{user['id']}", headers=headers, json=change)
    await redeem(MailKind.CONFIRM_EMAIL_CHANGE, TokenPurpose.CONFIRM_EMAIL_CHANGE)
    await redeem(MailKind.EMAIL_CHANGED, TokenPurpose.UNDO_EMAIL_CHANGE)
    await service.letters()
    await post("/auth/forgot-password", email=user["email"])
    await redeem(MailKind.RESET_PASSWORD, TokenPurpose.RESET_PASSWORD, new_password=PASSWORD)
    await redeem(MailKind.PASSWORD_CHANGED, TokenPurpose.NOT_ME)
    await redeem(MailKind.RESET_REQUIRED, TokenPurpose.RESET_PASSWORD, new_password=PASSWORD)
    return asked


@pytest.mark.parametrize("prefix", ["", "/user"])
async def test_the_authorize_button_finds_its_way(conninfo: str, prefix: str) -> None:
    """Swagger UI takes a relative tokenUrl from the page it is on."""
    async with running(compose_http(conninfo, root_path=prefix)) as service:
        await service.register()
        document = (await service.client.get("/openapi.json")).json()
        scheme = document["components"]["securitySchemes"]["bearer"]
        assert (scheme["type"], set(scheme["flows"])) == ("oauth2", {"password"})
        token_url = urljoin(f"https://shop.example.com{prefix}/docs", scheme["flows"]["password"]["tokenUrl"])
        assert token_url == f"https://shop.example.com{prefix}/auth/token"
        # What the button sends: the form, and its own name and password for the client, of which there is none.
        form = {"grant_type": "password", "username": JOHN["email"], "password": PASSWORD}
        headers = {"Authorization": "Basic Og==", "X-Requested-With": "XMLHttpRequest"}
        answer = await service.client.post("/auth/token", data=form, headers=headers)
        assert (answer.status_code, answer.json()["token_type"]) == (200, "bearer")
        problem(await service.client.get("/auth/me", headers=headers), 401, "token_missing")


def references(node: object) -> Iterator[str]:
    """Every $ref."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema itself, where there is only a reference to it."""
    if "$ref" not in schema:
        return schema
    node: Any = openapi_document()
    for part in schema["$ref"].removeprefix("#/").split("/"):
        node = node[part]
    return resolved(node)


def examples_of(media_type: dict[str, Any]) -> Iterator[object]:
    """Examples of the media type, or else of its schema."""
    schema = resolved(media_type["schema"])
    if "examples" in media_type:
        yield from (example["value"] for example in media_type["examples"].values())
    elif "example" in media_type:
        yield media_type["example"]
    elif "examples" in schema:
        yield from schema["examples"]
    elif "example" in schema:
        yield schema["example"]
    elif schema.get("type") == "array":  # as Swagger UI shows it
        yield list(examples_of({"schema": schema["items"]}))


TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def misfits(value: object, schema: dict[str, Any], where: str = "") -> Iterator[str]:
    """Where a value does not fit, by as much of JSON Schema as the document uses."""
    schema = resolved(schema)
    if "anyOf" in schema:
        if all(list(misfits(value, alternative)) for alternative in schema["anyOf"]):
            yield f"{where}: {value!r} is none of the alternatives"
        return
    kind = schema.get("type")
    if kind and not (isinstance(value, TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")):
        yield f"{where}: {value!r} is no {kind}"
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        yield f"{where}: {value!r} is not allowed"
    if isinstance(value, dict):
        yield from (f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value)
        other = schema.get("additionalProperties", False)
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, other)
            yield from misfits(item, inner, f"{where}.{name}") if inner else [f"{where}.{name} is not documented"]
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from misfits(item, schema["items"], f"{where}[{number}]")
