"""A cursor is good for its own list, under a key of ours, and unaltered; everything else is refused."""

from __future__ import annotations

import base64
import string

import pytest
from starlette.requests import Request

from entrypoints.http.pagination import Cursors, next_link
from entrypoints.http.problems import InvalidCursor

KEY, PREVIOUS, OTHER = b"the key in force".ljust(32), b"the key before it".ljust(32), b"somebody else's key".ljust(32)
POSITION = "00000000000000000000000000000007"


def a_request(path: str, *, root_path: str = "") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "root_path": root_path,
            "query_string": b"limit=3&secret=1",
            "headers": [(b"host", b"users.test")],
        }
    )


# --- Cursors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [POSITION, "", "7", "Ünïcode/?&=+", "a\0b", "x" * 100])
def test_what_is_written_is_read_again(position: str) -> None:
    cursors = Cursors([KEY])
    assert cursors.read("mail", cursors.write("mail", position)) == position


def test_every_process_with_the_key_reads_it() -> None:
    assert Cursors([KEY]).read("mail", Cursors([KEY]).write("mail", POSITION)) == POSITION


def test_a_cursor_stands_in_a_url_as_it_is() -> None:
    for number in range(50):
        cursor = Cursors([KEY]).write("mail", f"{number:032x}")
        assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")
        assert len(cursor) <= 200, "as much as the list takes"


def test_a_cursor_outlives_its_key_by_one() -> None:
    cursor = Cursors([PREVIOUS]).write("mail", POSITION)
    assert Cursors([KEY, PREVIOUS]).read("mail", cursor) == POSITION
    with pytest.raises(InvalidCursor):
        Cursors([KEY]).read("mail", cursor)


def test_new_cursors_are_sealed_with_the_key_in_force() -> None:
    cursor = Cursors([KEY, PREVIOUS]).write("mail", POSITION)
    assert Cursors([KEY]).read("mail", cursor) == POSITION


def test_a_cursor_of_another_key_is_none_of_ours() -> None:
    with pytest.raises(InvalidCursor):
        Cursors([KEY, PREVIOUS]).read("mail", Cursors([OTHER]).write("mail", POSITION))


@pytest.mark.parametrize("other", ["users", "", "Mail", "mail ", "mai"])
def test_a_cursor_of_another_list_leads_nowhere(other: str) -> None:
    cursors = Cursors([KEY])
    with pytest.raises(InvalidCursor):
        cursors.read("mail", cursors.write(other, POSITION))


def test_the_name_of_a_list_does_not_run_into_the_position() -> None:
    cursors = Cursors([KEY])
    with pytest.raises(InvalidCursor):
        cursors.read("mail", cursors.write("mai", f"l{POSITION}"))


def test_no_byte_of_it_can_be_altered() -> None:
    cursors = Cursors([KEY])
    cursor = cursors.write("mail", POSITION)
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for place in range(len(raw)):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(InvalidCursor):
            cursors.read("mail", base64.urlsafe_b64encode(altered).rstrip(b"=").decode())


def test_nothing_can_be_cut_off_or_added() -> None:
    cursors = Cursors([KEY])
    cursor = cursors.write("mail", POSITION)
    for wrong in (*(cursor[:length] for length in range(len(cursor))), f"{cursor}AAAA", f"AAAA{cursor}", cursor * 2):
        with pytest.raises(InvalidCursor):
            cursors.read("mail", wrong)


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "x",
        "=",
        "====",
        "null",
        "7",
        "ü" * 8,
        "\ud800",
        "\0",
        "a b",
        "%41",
        "<script>",
        "' or 1=1 --",
        "A" * 64,
        "-" * 63,
    ],
)
def test_rubbish_is_no_cursor(rubbish: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursors([KEY]).read("mail", rubbish)


def test_a_position_without_a_seal_is_no_cursor() -> None:
    plain = base64.urlsafe_b64encode(b"\0" * 16 + POSITION.encode()).decode()
    for wrong in (POSITION, plain):
        with pytest.raises(InvalidCursor):
            Cursors([KEY]).read("mail", wrong)


# --- Links ------------------------------------------------------------------------------------------------------------


def test_the_link_to_the_next_page_leads_to_the_same_list() -> None:
    assert next_link(a_request("/admin/mail"), limit=3, cursor="a-b_c") == (
        '</admin/mail?limit=3&cursor=a-b_c>; rel="next"'
    )


@pytest.mark.parametrize(
    ("root_path", "path"),
    [
        ("/user", "/user/admin/mail"),  # as uvicorn has it
        ("/user", "/admin/mail"),  # and servers that leave the prefix out
        ("/user/", "/admin/mail"),
    ],
)
def test_the_link_holds_behind_a_gateways_prefix(root_path: str, path: str) -> None:
    link = next_link(a_request(path, root_path=root_path), limit=3)
    assert link == '</user/admin/mail?limit=3>; rel="next"'


def test_parameters_are_encoded() -> None:
    link = next_link(a_request("/admin/mail"), q='a b>; rel="x"&c')
    assert link == '</admin/mail?q=a+b%3E%3B+rel%3D%22x%22%26c>; rel="next"'
