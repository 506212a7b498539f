"""Whatever is done to accounts by mail, in any order: what holds at every moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.user_domain.world import World, address
from user_domain.entities.session import EndReason
from user_domain.errors import (
    DomainError,
    EmailAlreadyRegistered,
    OneTimeTokenExpired,
    OneTimeTokenInvalid,
    PasswordResetRequired,
)
from user_domain.testing.builders import CLIENT, NOW, PASSWORD
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.passwords.change_password import ChangePasswordCommand
from user_domain.use_cases.passwords.reset_password import ResetPasswordCommand
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from user_domain.entities.user import User
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId

T = TypeVar("T")
Step: TypeAlias = "tuple[Callable[[Story, int, EmailAddress], None], int, EmailAddress]"

MOMENT = timedelta(microseconds=1)
ADDRESSES = [address(letter) for letter in "abcdef"]  # a and b are somebody's from the start
NEXT_PASSWORD = {PASSWORD: "Another-1234", "Another-1234": "YetAnother-1234", "YetAnother-1234": PASSWORD}
PAUSES = [MOMENT, timedelta(minutes=59), timedelta(hours=23), timedelta(days=3)]


@dataclass(eq=False)
class Mailed:
    """A token as somebody found it in a mail, and what has to have become of it."""

    text: str
    purpose: TokenPurpose
    owner: UserId
    email: EmailAddress
    at: datetime
    is_off: bool = False

    def refusal(self, now: datetime) -> type[DomainError] | None:
        if self.is_off:
            return OneTimeTokenInvalid
        return OneTimeTokenExpired if now >= self.at + self.purpose.lifetime else None


class Story:
    """Two people, a few addresses, and every token that was ever mailed, tried at any time."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.world = World()
        self.mailed: list[Mailed] = []
        self.passwords: dict[UserId, str] = {}
        for email in ADDRESSES[:2]:
            user = self.run(self.world.with_user(email=email, email_verified_at=NOW))
            self.passwords[user.id] = PASSWORD

    def end(self) -> None:
        for token in self.mailed:
            if token.is_off:
                self.attempt(token)
        for user_id in self.passwords:
            self._the_first_address_can_be_restored(user_id)

    def run(self, doing: Coroutine[object, object, T]) -> T:
        return self.runner.run(doing)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def person(self, number: int) -> User:
        return self.world.user(list(self.passwords)[number % 2])

    def read_mail(self, owner: UserId) -> None:
        """Find the tokens in whatever an action has mailed; and let time pass, so that no two happen at once."""
        for letter in self.run(self.world.deliver()):
            for purpose, text in letter.tokens.items():
                if not purpose.is_protective:
                    self.off(owner, purpose)
                self.mailed.append(Mailed(text, purpose, owner, letter.recipient, self.now))
        self.world.clock.advance(MOMENT)

    def off(self, owner: UserId, *purposes: TokenPurpose, since: datetime = NOW) -> None:
        for token in self.mailed:
            if token.owner == owner and token.purpose in purposes and token.at >= since:
                token.is_off = True

    def powers_off(self, owner: UserId) -> None:
        self.off(owner, *(purpose for purpose in TokenPurpose if not purpose.is_protective))

    def some(self, purpose: TokenPurpose, number: int) -> Mailed | None:
        tokens = [token for token in self.mailed if token.purpose is purpose]
        return tokens[-1 - number % len(tokens)] if tokens else None

    def redeem(self, token: Mailed) -> Coroutine[object, object, object]:
        match token.purpose:
            case TokenPurpose.CONFIRM_EMAIL_CHANGE:
                return self.world.confirm_email_change().execute(token=token.text, client=CLIENT)
            case TokenPurpose.UNDO_EMAIL_CHANGE:
                return self.world.undo_email_change().execute(token=token.text, client=CLIENT)
            case TokenPurpose.NOT_ME:
                return self.world.report_not_me().execute(token=token.text, client=CLIENT)
            case _:
                password = NEXT_PASSWORD[self.passwords[token.owner]]
                command = ResetPasswordCommand(token=token.text, new_password=password, client=CLIENT)
                return self.world.reset_password().execute(command)

    def attempt(self, token: Mailed) -> bool:
        """Try a token, which has to work as long as it is good, and never else."""
        expected = token.refusal(self.now)
        try:
            self.run(self.redeem(token))
        except EmailAlreadyRegistered:
            assert expected is None
            assert token.purpose is TokenPurpose.CONFIRM_EMAIL_CHANGE
            assert self.is_taken(token.email, by_others_than=token.owner)
            return False
        except DomainError as refusal:
            assert type(refusal) is expected  # noqa: PT017 - the refusal depends on the token
            return False
        assert expected is None
        token.is_off = True
        return True

    def is_taken(self, email: EmailAddress, *, by_others_than: UserId) -> bool:
        """As it has to be: an address is whose it is, and whose it was for as long as that can be undone."""
        owners = {
            user_id for user_id in self.world.database.committed.accounts if self.world.user(user_id).email == email
        }
        owners |= {
            token.owner
            for token in self.mailed
            if token.purpose is TokenPurpose.UNDO_EMAIL_CHANGE
            and token.email == email
            and token.refusal(self.now) is None
        }
        return bool(owners - {by_others_than})

    # --- What can be done -------------------------------------------------------------------------------------------

    def wants(self, number: int, wanted: EmailAddress) -> None:
        user = self.person(number)
        if user.password_reset_required_at is not None:
            return  # nobody has a session
        command = ChangeProfileCommand(
            actor=user,
            user_id=user.id,
            email=str(wanted),
            current_password=self.passwords[user.id],
            client=CLIENT,
        )
        taken = wanted != user.email and self.is_taken(wanted, by_others_than=user.id)
        try:
            self.run(self.world.change_profile().execute(command))
        except EmailAlreadyRegistered:
            assert taken
        else:
            assert not taken
        self.read_mail(user.id)

    def confirms(self, number: int, wanted: EmailAddress) -> None:
        token = self.some(TokenPurpose.CONFIRM_EMAIL_CHANGE, number)
        if token and self.attempt(token):
            assert self.world.user(token.owner).email == token.email
            self.powers_off(token.owner)
            self.read_mail(token.owner)

    def moves(self, number: int, wanted: EmailAddress) -> None:
        before = len(self.mailed)
        self.wants(number, wanted)
        if len(self.mailed) > before:
            self.confirms(0, wanted)

    def undoes(self, number: int, wanted: EmailAddress) -> None:
        token = self.some(TokenPurpose.UNDO_EMAIL_CHANGE, number)
        if token:
            self._undo(token)

    def _undo(self, token: Mailed) -> None:
        if self.attempt(token):
            user = self.world.user(token.owner)
            assert user.email == token.email
            assert user.is_email_verified
            self._is_shut(user)
            self.powers_off(token.owner)
            self.off(token.owner, TokenPurpose.UNDO_EMAIL_CHANGE, TokenPurpose.NOT_ME, since=token.at)
            self.read_mail(token.owner)

    def reports(self, number: int, wanted: EmailAddress) -> None:
        token = self.some(TokenPurpose.NOT_ME, number)
        if token and self.attempt(token):
            self._is_shut(self.world.user(token.owner))
            self.powers_off(token.owner)
            self.read_mail(token.owner)

    def forgets(self, number: int, wanted: EmailAddress) -> None:
        user = self.person(number)
        self.run(self.world.forgot_password().execute(email=str(user.email), client=CLIENT))
        self.read_mail(user.id)

    def resets(self, number: int, wanted: EmailAddress) -> None:
        token = self.some(TokenPurpose.RESET_PASSWORD, number)
        if token and self.attempt(token):
            user = self.world.user(token.owner)
            assert user.password_reset_required_at is None
            assert None not in self.world.ends_of_sessions(user).values()
            self.passwords[user.id] = NEXT_PASSWORD[self.passwords[user.id]]
            self.powers_off(user.id)
            self.read_mail(user.id)

    def changes_password(self, number: int, wanted: EmailAddress) -> None:
        user = self.person(number)
        if user.password_reset_required_at is not None:
            return  # nobody has a session
        old = self.passwords[user.id]
        login = self.run(self.world.with_login(user))
        command = ChangePasswordCommand(
            login=login, current_password=old, new_password=NEXT_PASSWORD[old], client=CLIENT
        )
        self.run(self.world.change_password().execute(command))
        self.passwords[user.id] = NEXT_PASSWORD[old]
        self.powers_off(user.id)
        self.read_mail(user.id)

    def logs_in(self, number: int, wanted: EmailAddress) -> None:
        user = self.person(number)
        client = ClientInfo(ip_address=f"203.0.{number // 2}.7", user_agent="Firefox/150.0")
        command = LogInCommand(email=str(user.email), password=self.passwords[user.id], client=client)
        try:
            self.run(self.world.log_in().execute(command))
        except PasswordResetRequired:
            assert user.password_reset_required_at is not None
        else:
            assert user.password_reset_required_at is None
        self.read_mail(user.id)

    def a_stranger_registers(self, number: int, wanted: EmailAddress) -> None:
        """And wants nothing but the address; the account is erased at once."""
        taken = self.is_taken(wanted, by_others_than=max(self.passwords))
        taken = taken or self.is_taken(wanted, by_others_than=min(self.passwords))
        command = RegisterCommand(
            name="Jane Roe", email=str(wanted), mobile="1234567890", password=PASSWORD, client=CLIENT
        )
        try:
            stranger = self.run(self.world.register().execute(command))
        except EmailAlreadyRegistered:
            assert taken
        else:
            assert not taken
            self.run(self.world.deliver())
            self.run(self.world.erase(stranger.id))

    def time_passes(self, number: int, wanted: EmailAddress) -> None:
        self.world.clock.advance(PAUSES[number % len(PAUSES)])

    # --- What holds -------------------------------------------------------------------------------------------------

    def check(self) -> None:
        self.an_address_belongs_to_one_user()
        self.nobody_has_an_address_that_another_one_can_take_back()
        self.no_address_is_pending_without_a_token_that_was_mailed_for_it()

    def an_address_belongs_to_one_user(self) -> None:
        emails = [account.user.email for account in self.world.database.committed.accounts.values()]
        assert len(emails) == len(set(emails))

    def nobody_has_an_address_that_another_one_can_take_back(self) -> None:
        for user_id in self.passwords:
            assert not self.is_taken(self.world.user(user_id).email, by_others_than=user_id)

    def no_address_is_pending_without_a_token_that_was_mailed_for_it(self) -> None:
        for user_id in self.passwords:
            pending = self.world.user(user_id).pending_email
            assert pending is None or any(
                (token.owner, token.email, token.is_off) == (user_id, pending, False)
                for token in self.mailed
                if token.purpose is TokenPurpose.CONFIRM_EMAIL_CHANGE
            )

    def _is_shut(self, user: User) -> None:
        assert user.password_reset_required_at is not None
        assert user.pending_email is None
        ends = self.world.ends_of_sessions(user).values()
        assert set(ends) <= set(EndReason)

    def _the_first_address_can_be_restored(self, user_id: UserId) -> None:
        """Of the changes that can be undone, the first; unless it was undone, an earlier one, or a week has passed."""
        undos = [
            token
            for token in self.mailed
            if token.owner == user_id
            and token.purpose is TokenPurpose.UNDO_EMAIL_CHANGE
            and token.refusal(self.now) is None
        ]
        if undos:
            first = min(undos, key=lambda token: token.at)
            self._undo(first)
            assert self.world.user(user_id).email == first.email
            for later in undos:
                assert later.is_off
                self._undo(later)
            assert self.world.user(user_id).email == first.email


DEEDS = [
    Story.wants,
    Story.moves,
    Story.moves,
    Story.confirms,
    Story.undoes,
    Story.undoes,
    Story.reports,
    Story.forgets,
    Story.resets,
    Story.resets,
    Story.changes_password,
    Story.logs_in,
    Story.a_stranger_registers,
    Story.time_passes,
]
"""What follows more often from something else is there twice."""

# Whose turn it is, or which of the tokens there are, the newest first, or how long it takes; and a wanted address.
STEPS = st.tuples(st.sampled_from(DEEDS), st.integers(0, 7), st.sampled_from(ADDRESSES))


@settings(max_examples=100)
@given(st.lists(STEPS, min_size=20, max_size=40))
def test_what_holds_whatever_is_done_in_any_order(steps: list[Step]) -> None:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        story = Story(runner)
        for deed, number, wanted in steps:
            deed(story, number, wanted)
            story.check()
        story.end()
