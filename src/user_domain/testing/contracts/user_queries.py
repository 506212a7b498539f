"""The contract of `UserQueries`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.entities.session import EndReason
from user_domain.ports.password_hasher import PasswordHash
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import CLIENT, NOW, a_token, an_email
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH, NO_RESERVATION
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.testing.contracts.store import Store

LATER = NOW + timedelta(minutes=1)
ELSEWHERE = ClientInfo(ip_address="198.51.100.7", user_agent="Mozilla/5.0 (Macintosh)")
NOWHERE = ClientInfo()


async def _log_in(store: Store, user: User, client: ClientInfo) -> None:
    await store.with_session(user, ip_address=client.ip_address, user_agent=client.user_agent)
    await store.with_facts(user, last_login_at=NOW)


async def _is_recognised(store: Store, client: ClientInfo, *, after: list[ClientInfo]) -> bool:
    """Whether a login from there would be recognised, after logins of the same user from elsewhere."""
    user = await store.with_user()
    for before in after:
        await _log_in(store, user, before)
    return await _recognises(store, user, client)


async def _recognises(store: Store, user: User, client: ClientInfo) -> bool:
    candidate = await store.users.login_candidate(user.email, client=client)
    assert candidate is not None
    return candidate.is_recognised


def _at(ip_address: str | None) -> ClientInfo:
    return replace(CLIENT, ip_address=ip_address)


def _with(user_agent: str | None) -> ClientInfo:
    return replace(CLIENT, user_agent=user_agent)


class UserQueriesContract(Contract):
    """Needs a fixture `store`."""

    async def test_finds_a_user_by_number(self, store: Store) -> None:
        await store.with_user()
        user = await store.with_user()
        assert await store.users.by_id(user.id) == user

    async def test_finds_an_account_by_address(self, store: Store) -> None:
        await store.with_user()
        user = await store.with_user()
        assert await store.users.account_by_email(user.email) == Account(user, HASH)

    async def test_finds_an_account_by_number(self, store: Store) -> None:
        await store.with_user()
        user = await store.with_user()
        assert await store.users.account_by_id(user.id) == Account(user, HASH)

    async def test_answers_none_where_there_is_nobody(self, store: Store) -> None:
        assert await store.users.by_id(UserId(1)) is None
        assert await store.users.account_by_email(an_email()) is None
        assert await store.users.account_by_id(UserId(1)) is None
        assert await store.users.login_candidate(an_email(), client=CLIENT) is None
        assert await store.users.verification_sent_at(UserId(1)) is None

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        user = await store.with_user()
        assert await store.users.by_id(user.id) == user
        assert await store.users.account_by_email(user.email) == Account(user, HASH)
        assert await store.users.account_by_id(user.id) == Account(user, HASH)
        later, newer = user.logged_in(NOW), PasswordHash("$contract$newer-hash")
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(later)
            await work.users.replace_password_hash(user.id, old=HASH, new=newer)
            await work.commit()
        assert await store.users.by_id(user.id) == later
        assert await store.users.account_by_email(user.email) == Account(later, newer)
        assert await store.users.account_by_id(user.id) == Account(later, newer)

    async def test_locks_keep_no_reader_waiting(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            assert await store.users.by_id(user.id) == user

    # --- Who logs in ---

    async def test_a_newer_version_of_a_known_browser_is_recognised(self, store: Store) -> None:
        old, new = (_with(f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{version}.0.0.0") for version in (131, 132))
        assert await _is_recognised(store, new, after=[old])

    @pytest.mark.parametrize("reason", [EndReason.NOT_ME, EndReason.EMAIL_CHANGE_UNDO])
    async def test_what_the_user_said_was_somebody_else_is_not_recognised(
        self, store: Store, reason: EndReason
    ) -> None:
        user = await store.with_user()
        await _log_in(store, user, CLIENT)
        async with store.unit_of_work() as work:
            await work.sessions.end_all(user.id, at=LATER, reason=reason)
            await work.commit()
        assert not await _recognises(store, user, CLIENT)

    async def test_finds_the_account_somebody_logs_in_to(self, store: Store) -> None:
        await store.with_user()
        user = await store.with_user()
        candidate = await store.users.login_candidate(user.email, client=CLIENT)
        assert candidate is not None
        assert candidate.account == Account(user, HASH)

    async def test_the_very_first_login_is_recognised_wherever_it_comes_from(self, store: Store) -> None:
        other = await store.with_user()
        await _log_in(store, other, CLIENT)
        assert await _is_recognised(store, ELSEWHERE, after=[])
        assert await _is_recognised(store, NOWHERE, after=[])

    async def test_where_no_session_is_left_a_login_is_not_the_first_one(self, store: Store) -> None:
        user = await store.with_facts(await store.with_user(), last_login_at=NOW)
        assert not await _recognises(store, user, CLIENT)
        assert not await _recognises(store, user, NOWHERE)

    async def test_a_login_from_the_same_place_with_the_same_user_agent_is_recognised(self, store: Store) -> None:
        assert await _is_recognised(store, CLIENT, after=[CLIENT])
        assert await _is_recognised(store, CLIENT, after=[CLIENT, ELSEWHERE])

    async def test_a_login_with_another_user_agent_is_not_recognised(self, store: Store) -> None:
        assert not await _is_recognised(store, _with("Another"), after=[CLIENT])

    async def test_a_login_from_another_network_is_not_recognised(self, store: Store) -> None:
        assert not await _is_recognised(store, _at("203.0.112.7"), after=[_at("203.0.113.7")])
        assert not await _is_recognised(store, _at("2001:db8::1"), after=[_at("203.0.113.7")])

    async def test_addresses_of_one_network_are_one_place(self, store: Store) -> None:
        assert await _is_recognised(store, _at("203.0.113.255"), after=[_at("203.0.113.0")])

    async def test_an_ipv6_network_has_64_bits(self, store: Store) -> None:
        before = [_at("2001:db8:0:7::1")]
        assert await _is_recognised(store, _at("2001:db8:0:7:ffff::2"), after=before)
        assert not await _is_recognised(store, _at("2001:db8:0:8::1"), after=before)

    async def test_user_agent_and_network_may_be_known_from_two_logins(self, store: Store) -> None:
        before = [replace(CLIENT, ip_address=ELSEWHERE.ip_address), replace(ELSEWHERE, ip_address=CLIENT.ip_address)]
        assert await _is_recognised(store, CLIENT, after=before)

    async def test_no_user_agent_is_one_like_any_other(self, store: Store) -> None:
        assert await _is_recognised(store, _with(None), after=[_with(None)])
        assert not await _is_recognised(store, _with(None), after=[CLIENT])
        assert not await _is_recognised(store, CLIENT, after=[_with(None)])

    async def test_no_address_is_a_network_like_any_other(self, store: Store) -> None:
        assert await _is_recognised(store, _at(None), after=[_at(None)])
        assert not await _is_recognised(store, _at(None), after=[CLIENT])
        assert not await _is_recognised(store, CLIENT, after=[_at(None)])

    async def test_logins_of_others_say_nothing(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        await _log_in(store, user, ELSEWHERE)
        await _log_in(store, other, CLIENT)
        assert not await _recognises(store, user, CLIENT)

    async def test_logins_that_are_over_count(self, store: Store) -> None:
        user = await store.with_user()
        for client in (CLIENT, ELSEWHERE):
            await _log_in(store, user, client)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.sessions.end_all(user.id, at=LATER, reason=EndReason.PASSWORD_CHANGE)
            await work.commit()
        assert await _recognises(store, user, CLIENT)
        assert not await _recognises(store, user, NOWHERE)

    # --- Whose address it is ---

    async def test_an_address_is_taken_by_others_than_its_owner(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        assert await store.users.email_is_taken(user.email, by_others_than=other.id, at=NOW)
        assert not await store.users.email_is_taken(user.email, by_others_than=user.id, at=NOW)

    async def test_an_address_nobody_has_is_not_taken(self, store: Store) -> None:
        user = await store.with_user()
        assert not await store.users.email_is_taken(an_email(), by_others_than=user.id, at=NOW)

    async def test_an_address_is_taken_by_others_than_the_one_who_can_take_it_back(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        token = await store.with_token(a_token(user, TokenPurpose.UNDO_EMAIL_CHANGE, email=an_email()))
        assert await store.users.email_is_taken(token.email, by_others_than=other.id, at=NOW)
        assert not await store.users.email_is_taken(token.email, by_others_than=user.id, at=NOW)

    async def test_an_address_is_taken_until_it_cannot_be_taken_back(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        token = await store.with_token(a_token(user, TokenPurpose.UNDO_EMAIL_CHANGE, email=an_email()))
        end, instant = token.expires_at, timedelta(microseconds=1)
        assert await store.users.email_is_taken(token.email, by_others_than=other.id, at=end - instant)
        assert not await store.users.email_is_taken(token.email, by_others_than=other.id, at=end)

    @pytest.mark.parametrize("token", NO_RESERVATION)
    async def test_a_token_that_undoes_nothing_takes_no_address(self, store: Store, token: str) -> None:
        user, other = await store.with_user(), await store.with_user()
        undo = a_token(user, TokenPurpose.UNDO_EMAIL_CHANGE, email=an_email())
        await store.with_token(replace(undo, **NO_RESERVATION[token]))
        assert not await store.users.email_is_taken(undo.email, by_others_than=other.id, at=NOW)

    # --- When a verification was sent ---

    async def test_a_user_who_was_sent_nothing_has_no_moment_of_it(self, store: Store) -> None:
        user, other = await store.with_user(), await store.with_user()
        await store.with_token(a_token(other))
        assert await store.users.verification_sent_at(user.id) is None

    async def test_the_last_mail_that_verifies_counts_whatever_became_of_it(self, store: Store) -> None:
        user = await store.with_user()
        moments = [NOW + timedelta(minutes=minutes) for minutes in (1, 3, 2)]
        await store.with_token(a_token(user, issued_at=moments[0]))
        await store.with_token(a_token(user, issued_at=moments[1], voided_at=LATER))
        await store.with_token(a_token(user, issued_at=moments[2], used_at=LATER))
        assert await store.users.verification_sent_at(user.id) == moments[1]

    async def test_mails_about_other_things_verify_nothing(self, store: Store) -> None:
        user = await store.with_user()
        for purpose in set(TokenPurpose) - {TokenPurpose.VERIFY_EMAIL}:
            await store.with_token(a_token(user, purpose))
        assert await store.users.verification_sent_at(user.id) is None

    async def test_only_mails_to_the_present_address_count(self, store: Store) -> None:
        user = await store.with_user()
        await store.with_token(a_token(user))
        await store.with_token(a_token(user, email=an_email(), issued_at=LATER))
        assert await store.users.verification_sent_at(user.id) == NOW
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.change_email(user.id, an_email(), at=NOW)
            await work.commit()
        assert await store.users.verification_sent_at(user.id) is None
