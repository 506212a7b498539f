"""`user-service mail`: what has not left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entrypoints.cli import running
from user_domain.errors import MailNotFound
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import MailId

if TYPE_CHECKING:
    from entrypoints.application import Application
    from user_domain.entities.mail import UnsentMail

_PAGE = 200


@click.group()
def mail() -> None:
    """Mail that waits or is dead."""


@mail.command("list")
def list_mail() -> None:
    """Show what has not left, oldest first: when, what, to whom, how often it was tried and why it failed."""
    for unsent in running.run(running.load_settings(), _everything):
        click.echo(_line(unsent))


@mail.command("retry")
@click.argument("mail_ids", nargs=-1, metavar="ID...")
@click.option("--dead", is_flag=True, help="Every dead mail.")
def retry_mail(*, mail_ids: tuple[str, ...], dead: bool) -> None:
    """Have mails tried again at once."""
    if bool(mail_ids) == dead:
        message = "name the mails to try again, or --dead for all dead ones"
        raise click.UsageError(message)
    for mail_id in mail_ids:
        if len(mail_id) != len(f"{0:032x}") or not set(mail_id) <= set("0123456789abcdef"):
            message = f"{mail_id!r} is not the id of a mail; `mail list` shows them"
            raise click.UsageError(message)

    async def retry(application: Application) -> tuple[int, list[MailId]]:
        chosen = [MailId(mail_id) for mail_id in mail_ids]
        if dead:
            chosen = [unsent.mail.id for unsent in await _everything(application) if unsent.dead_at]
        gone = []
        for mail_id in chosen:
            try:
                await application.retry_mail.execute(mail_id, actor=None, client=ClientInfo())
            except MailNotFound:
                gone.append(mail_id)
        return len(chosen) - len(gone), gone

    count, gone = running.run(running.load_settings(), retry)
    click.echo(f"{count} {'mail is' if count == 1 else 'mails are'} due now.")
    if gone:
        message = f"Not waiting any more, or never there: {', '.join(gone)}"
        raise click.ClickException(message)


async def _everything(application: Application) -> list[UnsentMail]:
    found: list[UnsentMail] = []
    while page := await application.list_mail.execute(
        actor=None, limit=_PAGE, after=found[-1].mail.id if found else None
    ):
        found += page
    return found


def _line(unsent: UnsentMail) -> str:
    mail = unsent.mail
    state = "dead" if unsent.dead_at else f"due {unsent.next_attempt_at:%Y-%m-%d %H:%M:%SZ}"
    parts = [mail.id, f"{mail.occurred_at:%Y-%m-%d %H:%M:%SZ}", mail.kind, mail.recipient.value, state]
    return "  ".join([*parts, f"tried {unsent.attempts} times", *([unsent.error] if unsent.error else [])])
