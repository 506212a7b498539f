"""The mailbox of developers: who may look, and that no mail does anything."""

from __future__ import annotations

import pytest

from entrypoints.http.pages.dev_mailbox import linkified
from tests.support.http import client_of, raw
from tests.unit.entrypoints.http.pages.stage import Folder, Mail, stage

SCRIPT = '"><script>alert(1)</script>'
HERE = ("127.0.0.1", 50_000)
HOST = {"Host": "localhost:8000"}
MAILS = (
    Mail("new"),
    Mail("old", subject="تأكيد عنوان بريدك", recipient="layla@example.com", html=""),
    Mail("20260314T150926.535897-a_b", subject=SCRIPT, recipient=SCRIPT, text=SCRIPT, html=SCRIPT),
)


async def status(path: str, *, peer: tuple[str, int] | None = HERE, headers: list[tuple[bytes, bytes]]) -> int:
    async with client_of(stage(*MAILS).app, peer=peer) as client:
        request = client.build_request("GET", path)
        request.headers = type(request.headers)([*headers, (b"Accept", b"*/*")])
        return (await client.send(request)).status_code


# --- Who may look -----------------------------------------------------------------------------------------------------

PATHS = ["/dev/mailbox", "/dev/mailbox/new", "/dev/mailbox/new/html"]


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("path", PATHS)
async def test_whoever_is_on_this_machine_may(path: str, peer: str) -> None:
    assert await status(path, peer=(peer, 1), headers=raw(HOST)) == 200


@pytest.mark.parametrize("peer", ["203.0.113.7", "10.0.0.1", "128.0.0.1", "fe80::1", "::", "", "localhost", None])
@pytest.mark.parametrize("path", PATHS)
async def test_nobody_else_may(path: str, peer: str | None) -> None:
    assert await status(path, peer=peer if peer is None else (peer, 1), headers=raw(HOST)) == 404


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost:8000", "127.0.0.1", "127.0.0.1:80", "127.1.2.3:65535", "[::1]", "[::1]:8000"],
)
async def test_this_machine_may_be_called_so(host: str) -> None:
    assert await status("/dev/mailbox", headers=raw({"Host": host})) == 200


@pytest.mark.parametrize(
    "host",
    [
        "users.test",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8000",
        "evil-localhost",
        "localhost:",
        "localhost:x",
        "localhost\n",
        "localhost, evil.example",
        "user@localhost",
        "::1",
        "[::2]",
        "128.0.0.1",
        "127.0.0",
        "2130706433",
        "",
    ],
)
@pytest.mark.parametrize("path", PATHS)
async def test_under_another_name_nobody_may(path: str, host: str) -> None:
    assert await status(path, headers=raw({"Host": host})) == 404


async def test_nor_under_two_names_or_none() -> None:
    two = [(b"Host", b"localhost"), (b"Host", b"localhost")]
    assert await status("/dev/mailbox", headers=two) == 404
    assert await status("/dev/mailbox", headers=[]) == 404


async def test_a_header_does_not_make_a_peer() -> None:
    forged = raw(HOST | {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"})
    assert await status("/dev/mailbox", peer=("203.0.113.7", 1), headers=forged) == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
async def test_what_a_proxy_on_this_machine_passes_on_comes_from_elsewhere(header: str) -> None:
    assert await status("/dev/mailbox", headers=raw(HOST | {header: "203.0.113.7"})) == 404


# --- What there is to see ---------------------------------------------------------------------------------------------


async def test_the_list_shows_the_newest_first_with_links_that_hold_behind_a_prefix() -> None:
    async with client_of(stage(*MAILS).app, peer=HERE, prefix="/user") as client:
        answer = await client.get("/dev/mailbox", headers=HOST)
    assert answer.status_code == 200
    assert answer.text.index("mailbox/new") < answer.text.index("mailbox/old")
    assert 'href="mailbox/20260314T150926.535897-a_b"' in answer.text
    for fact in ("john@example.com", "Confirm your e-mail address", "2026-03-14 15:09:26 UTC", "تأكيد عنوان بريدك"):
        assert fact in answer.text
    assert "<script>" not in answer.text
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_empty_mailbox_says_so() -> None:
    async with client_of(stage().app, peer=HERE) as client:
        answer = await client.get("/dev/mailbox", headers=HOST)
    assert (answer.status_code, "There is no mail yet." in answer.text) == (200, True)


async def test_a_mail_has_its_html_in_a_sandbox_and_its_links_as_links() -> None:
    async with client_of(stage(*MAILS).app, peer=HERE) as client:
        answer = await client.get("/dev/mailbox/new", headers=HOST)
    assert answer.status_code == 200
    assert '<a href="http://users.test/verify-email?token=abc"' in answer.text
    assert 'src="new/html"' in answer.text
    assert "allow-scripts" not in answer.text
    assert "allow-same-origin" not in answer.text
    assert answer.headers["Content-Security-Policy"].endswith("; frame-src 'self'")
    assert answer.headers["X-Frame-Options"] == "DENY"


async def test_a_mail_without_html_has_no_frame() -> None:
    async with client_of(stage(*MAILS).app, peer=HERE) as client:
        assert "<iframe" not in (await client.get("/dev/mailbox/old", headers=HOST)).text
        assert (await client.get("/dev/mailbox/old/html", headers=HOST)).status_code == 404


async def test_a_hostile_mail_is_text_on_our_page_and_inert_on_its_own() -> None:
    async with client_of(stage(*MAILS).app, peer=HERE) as client:
        page = await client.get("/dev/mailbox/20260314T150926.535897-a_b", headers=HOST)
        html = await client.get("/dev/mailbox/20260314T150926.535897-a_b/html", headers=HOST)
    assert "<script>" not in page.text
    assert html.headers["Content-Type"] == "text/html; charset=utf-8"
    assert html.headers["Referrer-Policy"] == "no-referrer"
    policy = html.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox ")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


@pytest.mark.parametrize(
    ("html", "served"),
    [
        ("<!DOCTYPE html>\n<html lang=en>\n<head><x>", "<!DOCTYPE html>\n<html lang=en>\n<head>{base}<x>"),
        ("<!doctype html><title>x", "<!doctype html>{base}<title>x"),
        ("<html><header>", "<html>{base}<header>"),
        ("<p>x</p>", "{base}<p>x</p>"),
    ],
)
async def test_links_open_a_tab_and_the_mail_stays_in_standards_mode(html: str, served: str) -> None:
    async with client_of(stage(Mail("a", html=html)).app, peer=HERE) as client:
        assert (await client.get("/dev/mailbox/a/html", headers=HOST)).text == served.format(
            base='<base target="_blank">'
        )


@pytest.mark.parametrize(
    "mail_id", ["nope", "..", "..%2F..%2Fetc%2Fpasswd", ".hidden", "%00", "a%0a", "x" * 129, "a%20b", "%C3%A9"]
)
async def test_what_is_no_id_is_not_looked_for(mail_id: str) -> None:
    pages = stage(*MAILS)
    folder: Folder = pages.app.state.mail_folder
    async with client_of(pages.app, peer=HERE) as client:
        for path in (f"/dev/mailbox/{mail_id}", f"/dev/mailbox/{mail_id}/html"):
            assert (await client.get(path, headers=HOST)).status_code in {200, 404}
    assert set(folder.looked_for) <= {"nope"}


# --- Links in text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://a.test/b?c=d-_e.", "https://a.test/b?c=d-_e"),
        ("(http://a.test/)", "http://a.test/"),
        ("<http://a.test/x>", "http://a.test/x"),
        ("http://a.test/?a=1&b=2", "http://a.test/?a=1&amp;b=2"),
        ("http://[::1]:8000/verify-email?token=a", "http://[::1]:8000/verify-email?token=a"),
        ("مرحبًا https://a.test/é", "https://a.test/é"),
    ],
)
def test_an_address_becomes_a_link(text: str, url: str) -> None:
    assert linkified(text).count(f'<a href="{url}" target="_blank" rel="noreferrer">{url}</a>') == 1
    assert linkified(text).striptags().replace("\n", " ") == " ".join(text.split())


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "JAVASCRIPT://x", "data:text/html,x", "ftp://a.test", "www.a.test", "http:/x", ""]
)
def test_nothing_else_does(text: str) -> None:
    assert "<a" not in linkified(text)


def test_nothing_in_the_text_is_html() -> None:
    shown = linkified(f"{SCRIPT} http://a.test/{SCRIPT} & 'x' http://b.test/'onclick='x")
    assert "<script" not in shown
    assert "onclick='" not in shown.replace("&#39;", "?")
    assert shown.count("<a ") == 2
    assert "&amp; &#39;x&#39;" in shown
