"""The folder of mails for development, and the mailer that fills it."""

from __future__ import annotations

import asyncio
import mailbox
import stat
import sys
import time
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import TYPE_CHECKING

import pytest

from adapters.mail.folder import MailFolder
from adapters.mail.folder_mailer import FolderMailer
from adapters.mail.links import MailLinks
from adapters.mail.rendering import LetterWriter
from user_domain.ports.mailer import MailDeferred, Mailer
from user_domain.testing.builders import a_letter
from user_domain.testing.contracts.mailer import Arrival, Inbox, MailerContract
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.letter import Letter, MailKind
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

LINKS = MailLinks("https://id.example", "https://shop.example")
WRITER = LetterWriter(Address("Shop", "shop", "shop.example"), LINKS)


def a_mail(letter: Letter | None = None) -> EmailMessage:
    return WRITER.write(letter or a_letter())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mail"


@pytest.fixture
def folder(path: Path) -> MailFolder:
    return MailFolder(path)


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def modes_below(folder: Path) -> dict[Path, int]:
    return {found: stat.S_IMODE(found.stat().st_mode) for found in (folder, *folder.rglob("*"))}


async def run(code: str, *arguments: str) -> None:
    """A process of its own, to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *arguments), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


def ignored(_line: str) -> None:
    """Nobody listens."""


class TestFolderMailer(MailerContract):
    @pytest.fixture
    def mailer(self, folder: MailFolder) -> Mailer:
        return FolderMailer(folder=folder, writer=WRITER, announce=ignored)

    @pytest.fixture
    def inbox(self, folder: MailFolder) -> Inbox:
        async def arrived() -> list[Arrival]:
            return [Arrival(mail.id, mail.recipient, mail.text) for mail in reversed(await folder.newest())]

        return arrived

    @pytest.fixture
    def unreachable_mailer(self, tmp_path: Path) -> Mailer:
        (tmp_path / "file").touch()
        return FolderMailer(folder=MailFolder(tmp_path / "file" / "mail"), writer=WRITER, announce=ignored)


async def test_every_mail_is_announced_in_one_line(folder: MailFolder) -> None:
    said: list[str] = []
    mailer = FolderMailer(folder=folder, writer=WRITER, announce=said.append)
    letter = a_letter(recipient=EmailAddress("john@example.com"))
    await mailer.send(letter)
    await mailer.send(a_letter(MailKind.NEW_LOGIN, locale=Locale("ar")))
    link = LINKS.url(TokenPurpose.VERIFY_EMAIL, letter.tokens[TokenPurpose.VERIFY_EMAIL])
    assert said[0] == f"Mail to john@example.com: Confirm your e-mail address  {link}"
    assert len(said) == 2
    assert [len(line.splitlines()) for line in said] == [1, 1]


async def test_what_cannot_be_kept_is_not_announced(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said: list[str] = []
    mailer = FolderMailer(folder=MailFolder(tmp_path / "file"), writer=WRITER, announce=said.append)
    with pytest.raises(MailDeferred, match="cannot be kept"):
        await mailer.send(a_letter())
    assert said == []


# --- The folder -------------------------------------------------------------------------------------------------------


async def test_a_mail_is_read_as_it_was_written(folder: MailFolder) -> None:
    letter = a_letter(locale=Locale("ar"))
    message = a_mail(letter)
    await folder.keep(message)
    (mail,) = await folder.newest()
    assert (mail.id, mail.recipient) == (letter.id, letter.recipient.value)
    assert mail.subject == message["Subject"]
    assert abs(datetime.now(UTC) - mail.sent_at) < timedelta(minutes=1)
    for subtype, kept in (("plain", mail.text), ("html", mail.html)):
        body = message.get_body((subtype,))
        assert body is not None
        assert kept.split() == body.get_content().split()
    assert await folder.find(letter.id) == mail


async def test_what_a_mail_says_does_not_show(folder: MailFolder) -> None:
    letter = a_letter()
    await folder.keep(a_mail(letter))
    (mail,) = await folder.newest()
    assert letter.tokens[TokenPurpose.VERIFY_EMAIL] not in repr(mail)


async def test_nothing_is_created_before_the_first_mail(folder: MailFolder, tmp_path: Path) -> None:
    assert await folder.newest() == []
    assert await folder.find("0" * 32) is None
    assert entries(tmp_path) == []


async def test_an_empty_folder_that_somebody_made(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path)
    assert await folder.newest() == []
    assert await folder.find("0" * 32) is None
    await folder.keep(a_mail())
    assert len(await folder.newest()) == 1


async def test_nobody_else_can_read_it(folder: MailFolder, path: Path) -> None:
    await folder.keep(a_mail())
    modes = modes_below(path)
    assert len(modes) == 5  # the folder, the three of a Maildir, the mail
    assert {found.name for found, mode in modes.items() if mode == 0o700} == {"mail", "tmp", "new", "cur"}
    assert sorted(modes.values()) == [0o600, *[0o700] * 4]


async def test_it_is_a_maildir(folder: MailFolder, path: Path) -> None:
    letter = a_letter()
    await folder.keep(a_mail(letter))
    (message,) = mailbox.Maildir(path, create=False)
    assert message["Message-ID"] == f"<{letter.id}@shop.example>"


async def test_a_mail_that_another_program_has_marked_as_read_is_still_there(folder: MailFolder, path: Path) -> None:
    letter = a_letter()
    await folder.keep(a_mail(letter))
    (file,) = entries(path / "new")
    file.rename(path / "cur" / f"{file.name}:2,S")
    assert [mail.id for mail in await folder.newest()] == [letter.id]
    assert await folder.find(letter.id) is not None


async def test_the_newest_come_first(folder: MailFolder) -> None:
    letters = [a_letter() for _ in range(5)]
    for letter in letters:
        await folder.keep(a_mail(letter))
    ids = [letter.id for letter in reversed(letters)]
    assert [mail.id for mail in await folder.newest()] == ids
    assert [mail.id for mail in await folder.newest(2)] == ids[:2]
    assert await folder.newest(0) == []


async def test_the_same_mail_twice_is_there_once(folder: MailFolder, path: Path) -> None:
    first, second = a_letter(), a_letter()
    for letter in (first, second, first):
        await folder.keep(a_mail(letter))
    assert [mail.id for mail in await folder.newest()] == [first.id, second.id]
    assert len(entries(path / "new")) == 2


async def test_two_copies_left_by_two_processes_show_once(folder: MailFolder, path: Path) -> None:
    letter = a_letter()
    await folder.keep(a_mail(letter))
    (file,) = entries(path / "new")
    (path / "new" / f"{1:020d}.{letter.id}").write_bytes(file.read_bytes())
    assert len(await folder.newest()) == 1


def an_old_id(number: int) -> str:
    return f"{number:0>32}".replace("0", "f", 8)


async def test_two_hundred_are_kept(folder: MailFolder, path: Path) -> None:
    await folder.keep(a_mail())
    (file,) = entries(path / "new")
    for number in range(1, 200):
        (path / "new" / f"{number:020d}.{an_old_id(number)}").write_bytes(file.read_bytes())
    letter = a_letter()
    await folder.keep(a_mail(letter))
    kept = await folder.newest(1000)
    assert len(kept) == len(entries(path / "new")) == 200
    assert kept[0].id == letter.id
    assert await folder.find(an_old_id(1)) is None
    assert await folder.find(an_old_id(2)) is not None


@pytest.mark.parametrize("name", ["", ".", "..", "../secret", "../new", "/etc/passwd", "a" * 5000, "\0", "*", "secret"])
async def test_an_id_is_no_way_out_of_the_folder(folder: MailFolder, path: Path, name: str) -> None:
    letter = a_letter()
    await folder.keep(a_mail(letter))
    (file,) = entries(path / "new")
    (path / "secret").write_bytes(file.read_bytes())
    (path / "new" / "secret").write_bytes(file.read_bytes())
    assert await folder.find(name) is None
    assert await folder.find(f"../new/{file.name}") is None
    assert await folder.find(letter.id.upper() + "\n") is None


async def test_what_is_gone_or_was_never_written_is_passed_over(folder: MailFolder, path: Path) -> None:
    letter = a_letter()
    await folder.keep(a_mail(letter))
    gone, empty = (path / "new" / f"{time.time_ns():020d}.{an_old_id(number)}" for number in (1, 2))
    gone.symlink_to("nowhere")
    empty.touch()
    for number in (1, 2):
        assert await folder.find(an_old_id(number)) is None
    assert [mail.id for mail in await folder.newest()] == [letter.id]


async def test_other_files_are_let_be(folder: MailFolder, path: Path) -> None:
    await folder.keep(a_mail())
    (path / "new" / "notes.txt").write_text("mine")
    await folder.keep(a_mail())
    assert len(await folder.newest()) == 2
    assert (path / "new" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("message_id", ["<x@shop.example>", f"<../../{'0' * 32}@shop.example>", f"<{'0' * 32}>"])
async def test_a_message_id_of_others_makes_no_file(folder: MailFolder, tmp_path: Path, message_id: str) -> None:
    message = a_mail()
    del message["Message-ID"]
    message["Message-ID"] = message_id
    with pytest.raises(ValueError, match="Message-ID"):
        await folder.keep(message)
    assert entries(tmp_path) == []


KEEP_ON_A_FULL_DISK = """
import asyncio, resource, sys
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from adapters.mail.folder import MailFolder

message = EmailMessage(policy=SMTP)
message["Message-ID"] = f"<{0:032x}@shop.example>"
message.set_content("Hello " * 1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    asyncio.run(MailFolder(Path(sys.argv[1])).keep(message))
except OSError:
    sys.exit(0)
sys.exit("it was kept")
"""


async def test_a_full_disk_leaves_nothing_half_written(folder: MailFolder, path: Path) -> None:
    await run(KEEP_ON_A_FULL_DISK, str(path))
    assert entries(path / "tmp") == entries(path / "new") == []
    assert await folder.newest() == []


async def test_many_at_once_are_all_kept(folder: MailFolder) -> None:
    letters = [a_letter() for _ in range(20)]
    async with asyncio.TaskGroup() as tasks:
        for letter in letters:
            tasks.create_task(folder.keep(a_mail(letter)))
    assert {mail.id for mail in await folder.newest()} == {letter.id for letter in letters}


KEEP_MANY = """
import asyncio, sys
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from adapters.mail.folder import MailFolder

async def main(path, process):
    folder = MailFolder(Path(path))
    for number in range(110):
        message = EmailMessage(policy=SMTP)
        message["To"] = "john@example.com"
        message["Subject"] = "Hello"
        message["Date"] = "Sat, 14 Mar 2026 15:09:26 +0000"
        message["Message-ID"] = f"<{int(process):016x}{number:016x}@shop.example>"
        message.set_content("Hello")
        await folder.keep(message)
        await folder.newest(3)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_several_processes_share_it(folder: MailFolder, path: Path) -> None:
    await asyncio.gather(*(run(KEEP_MANY, str(path), str(number)) for number in range(2)))
    assert len(await folder.newest()) == 200
