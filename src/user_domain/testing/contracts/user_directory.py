"""The contract of `UserDirectory`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from user_domain.entities.user import User
from user_domain.policies.access import AccessPolicy
from user_domain.ports.user_directory import Period, StatusTerms, UserCriteria, UserOrder
from user_domain.testing.builders import NOW, a_block, a_new_user, a_suspension
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.store import HASH, together
from user_domain.value_objects.account_status import SHUT, AccountStatus
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role
from user_domain.value_objects.search_words import SearchWords

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.user import NewUser
    from user_domain.ports.user_directory import UserPosition
    from user_domain.testing.contracts.store import Store

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
EVERYBODY = UserCriteria()

PEOPLE = [
    ("John Doe", "john.doe+shop@mail.example.com", "+33612345678"),
    ("JOHANNA DOERING", "johanna@example.com", "0049170123456"),
    ("Élodie D'Arcy", "elodie@exemple.fr", "+33699999999"),
    ("Jean-Luc O'Neill", "jean-luc@oneill.example.org", "12345678"),
    ("Sinéad O\u2019Connor", "o'connor@example.net", "87654321"),
    ("Anne\u2013Marie Müller", "a.m@xn--mller-kva.example", "+491701234567"),
    ("محمد عبد الله", "mohamed@example.ma", "+212600000000"),
    ("İpek ÇELİK", "ipek_celik@example.com.tr", "+905300000000"),
    ("ΟΔΥΣΣΕΥΣ Γεωργίου", "odysseus99@example.gr", "+306900000000"),
    ("ИВАН Петров", "ivan-petrov@example.bg", "+359880000000"),
    ("山田 太郎", "yamada.taro@example.jp", "+819000000000"),
    ("Non\u00a0Breaking\u3000Space", "spaces@example.com", "11111111"),
    ("Back\\slash 'Quoted'", "quote'd@example.com", "22222222"),
    ("Ann & Bob | Co! <-> (x):*", "ann&bob|co!@example.com", "33333333"),
    ("Straße GROẞ", "strasse@example.de", "44444444"),
    ("A b C", "x@example.com", "55555555"),
    ("Null null", "null@example.com", "66666666"),
]  # fmt: skip

QUERIES = [
    "john", "JOHN", "joh", "doe", "do jo", "doe john", "john doering", "ohn", "oe", "doe+", "john.doe",
    "john.doe+shop", "john.doe+shop@mail.example.com", "john@", "johanna@exam", "example", "EXAMPLE.com", "mail.ex",
    "shop", "com", "+336", "+33612345678", "336", "612", "33612345678", "0049", "élodie", "ÉLODIE", "E\u0301lodie",
    "elodie", "Elo D'A", "arcy", "d'arcy", "o'neill", "O'N", "neill", "jean-luc", "jean-", "luc", "jean luc",
    "jeanluc", "o\u2019connor", "connor", "o'connor", "anne\u2013m", "marie", "müller", "MÜLL", "mu\u0308ller",
    "muller", "mller", "xn--mller", "kva", "محمد", "عبد", "مح الله", "ipek", "İpek", "IPEK", "çelik", "ÇELIK",
    "ÇELİK", "celik", "ipek_c", "οδυσσευς", "ΟΔΥΣ", "οδυσσευσ", "γεωρ", "иван", "ИВАН ПЕТ", "петров", "山", "山田",
    "田", "太郎", "yamada.", "taro", "breaking", "space non", "non\u00a0breaking", "\u3000space\t", "back\\",
    "back\\slash", "\\", "slash", "'quoted'", "'", "''", "quoted", "quote'", "&", "|", "!", "<->", "(x):*", "(", "x",
    ":*", "a & b", "ann | nobody", "!john", "john:*", "joh:*", "joh*", "joh%", "jo_n", "j.*n", "john & doe",
    "john <-> doe", "(john)", "john\\", "'john", "john'", '"john"', "--", "; drop", "$1", "%s", "%(at)s", "{user}",
    "straße", "STRASSE", "groß", "GROẞ", "a", "a b", "a b c", "c b a a", "b a x@", "a a", "null", "NULL null", "nul",
    "n o n e", "john\0", "\0", "\ud800", "john \ufffd", "x" * 254, "x" * 255, "é" * 10_000, "\u0301" * 2_000,
    " ".join(f"{number}x" for number in range(3_000)), "j jo joh john", "e ex exa @", "99", "odysseus9", "-", "@",
    ".", "+", "_", "#",
]  # fmt: skip


def _terms(at: datetime = NOW, *, verified_email_required: bool = False) -> StatusTerms:
    return StatusTerms(at=at, verified_email_required=verified_email_required)


async def _found(
    store: Store,
    criteria: UserCriteria = EVERYBODY,
    terms: StatusTerms | None = None,
    *,
    order: UserOrder = UserOrder.ID,
    limit: int = 1000,
    after: UserPosition | None = None,
) -> list[User]:
    return await store.directory.page(criteria, terms or _terms(), order=order, limit=limit, after=after)


async def _users(store: Store, *new: NewUser) -> list[User]:
    """Commit many users at once."""
    async with store.unit_of_work() as work:
        users = [await work.users.add(one, HASH) for one in new]
        await work.commit()
    return users


async def _with(store: Store, **facts: Any) -> User:
    return await store.with_facts(await store.with_user(), **facts)


async def _logged_in(store: Store, at: datetime | None) -> User:
    user = await store.with_user()
    if at is None:
        return user
    async with store.unit_of_work() as work:
        await work.users.lock(user.id)
        user = user.logged_in(at)
        await work.users.save(user)
        await work.commit()
    return user


async def _mixed(store: Store) -> list[User]:
    """Users whose numbers, ages, logins and addresses are in different orders, and of whom some are equal."""
    logins = [NOW, None, NOW - DAY, NOW, None, NOW - MOMENT, None, NOW, NOW - 2 * DAY]
    users = []
    for number, login in enumerate(logins):
        age = (number * 5 % 9 // 2) * DAY
        email = EmailAddress(f"{'zebra-Mx_a09'[number % 12].lower()}{number}@example.com")
        new = await store.with_user(a_new_user(created_at=NOW - age, email=email))
        user = new if login is None else new.logged_in(login)
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(user)
            await work.commit()
        users.append(user)
    return users


def _sorted(users: list[User], order: UserOrder) -> list[User]:
    keys = {
        "id": lambda user: (user.id,),
        "created_at": lambda user: (user.created_at, user.id),
        "last_login": lambda user: (user.last_login_at or NOW - 9999 * DAY, user.id),
        "email": lambda user: (user.email.value,),
    }
    return sorted(users, key=keys[order.field], reverse=order.is_descending)


class UserDirectoryContract(Contract):
    """Needs a fixture `store`."""

    async def test_where_there_is_nobody_nobody_is_found(self, store: Store) -> None:
        assert await _found(store) == []
        assert await store.directory.count(EVERYBODY, _terms()) == 0

    async def test_everybody_is_shown_as_stored(self, store: Store) -> None:
        shut = await _with(store, block=a_block(), suspension=a_suspension(), password_reset_required_at=NOW)
        plain, away = await store.with_user(), await _logged_in(store, NOW)
        assert await _found(store) == [shut, plain, away]

    # --- Order and pages

    @pytest.mark.parametrize("order", list(UserOrder))
    async def test_they_come_in_the_order_that_is_asked_for(self, store: Store, order: UserOrder) -> None:
        users = await _mixed(store)
        assert await _found(store, order=order) == _sorted(users, order)

    @pytest.mark.parametrize("order", list(UserOrder))
    async def test_pages_join_without_a_gap_also_among_equals(self, store: Store, order: UserOrder) -> None:
        everybody = _sorted(await _mixed(store), order)
        some = UserCriteria(created=Period(NOW - 3 * DAY), statuses=frozenset(AccountStatus) - SHUT)
        for criteria, expected in (
            (EVERYBODY, everybody),
            (some, [user for user in everybody if user.created_at >= NOW - 3 * DAY]),
        ):
            for limit in (1, 2, 4, len(expected)):
                seen: list[User] = []
                position = None
                while page := await _found(store, criteria, order=order, limit=limit, after=position):
                    assert len(page) <= limit
                    assert len(seen) <= len(expected), "a list without end"
                    seen += page
                    position = order.position_of(page[-1])
                assert seen == expected

    async def test_no_more_are_shown_than_asked_for(self, store: Store) -> None:
        users = await _users(store, *(a_new_user() for _ in range(4)))
        assert await _found(store, limit=3) == users[:3]
        assert await _found(store, UserCriteria(role=Role.USER), limit=3) == users[:3]

    async def test_a_page_begins_behind_a_place_where_nobody_is_any_more(self, store: Store) -> None:
        first, moved, last = await _users(store, *(a_new_user() for _ in range(3)))
        order = UserOrder.LAST_LOGIN_DESCENDING
        assert await _found(store, order=order) == [last, moved, first]
        position = order.position_of(moved)
        async with store.unit_of_work() as work:
            await work.users.lock(moved.id)
            await work.users.save(moved.logged_in(NOW))
            await work.commit()
        assert await _found(store, order=order, after=position) == [first]

    async def test_nobody_comes_twice_or_is_left_out_because_others_come_or_change(self, store: Store) -> None:
        users = await _users(store, *(a_new_user() for _ in range(6)))
        order, seen, position = UserOrder.ID_DESCENDING, list[User](), None
        while page := await _found(store, order=order, limit=2, after=position):
            assert len(seen) <= len(users), "a list without end"
            seen += page
            position = order.position_of(page[-1])
            await store.with_user()
            await store.with_facts(users[1], block=a_block())
        assert [user.id for user in seen] == [user.id for user in reversed(users)]

    async def test_addresses_are_compared_character_by_character(self, store: Store) -> None:
        emails = [
            "a-b@example.com",
            "a.b@example.com",
            "a0@example.com",
            "a@example.com",
            "a_b@example.com",
            "ab@example.com",
        ]
        await _users(store, *(a_new_user(email=EmailAddress(email)) for email in reversed(emails)))
        assert [user.email.value for user in await _found(store, order=UserOrder.EMAIL)] == emails

    # --- Words

    async def test_words_find_whom_they_say(self, store: Store) -> None:
        users = await _users(
            store,
            *(
                a_new_user(name=PersonName(name), email=EmailAddress(email), mobile=MobileNumber(mobile))
                for name, email, mobile in PEOPLE
            ),
        )
        for query in QUERIES:
            words = SearchWords.parse(query)
            assert words is not None
            expected = [
                user
                for user in users
                if words.match(name=user.name.value, email=user.email.value, mobile=user.mobile.value)
            ]
            criteria = UserCriteria(words=words)
            assert (query, await _found(store, criteria)) == (query, expected)
            assert (query, await store.directory.count(criteria, _terms())) == (query, len(expected))

    async def test_another_name_address_or_number_is_found_from_then_on_and_the_old_one_is_not(
        self, store: Store
    ) -> None:
        user = await store.with_user(a_new_user(email=EmailAddress("before@example.com")))
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.change_email(user.id, EmailAddress("after@example.com"), at=NOW)
            user = replace(user, email=EmailAddress("after@example.com"))
            user = replace(user, name=PersonName("Jane Roe"), mobile=MobileNumber("99999999"))
            await work.users.save(user)
            await work.commit()
        for query in ("after", "jane", "roe", "9999"):
            assert await _found(store, UserCriteria(words=SearchWords.parse(query))) == [user]
        for query in ("before", "john", "doe", "1234"):
            assert await _found(store, UserCriteria(words=SearchWords.parse(query))) == []

    # --- Facts

    async def test_a_status_is_what_the_access_policy_says(self, store: Store) -> None:
        suspensions = [None, *(a_suspension(until=until) for until in (None, NOW - MOMENT, NOW, NOW + MOMENT))]
        users = [
            await _with(
                store,
                block=block,
                suspension=suspension,
                email_verified_at=verified,
                password_reset_required_at=reset,
            )
            for block, suspension, verified, reset in product((None, a_block()), suspensions, (None, NOW), (None, NOW))
        ]
        sets = [frozenset(), SHUT, frozenset(AccountStatus) - SHUT, *(frozenset({status}) for status in AccountStatus)]
        for required, at, statuses in product((False, True), (NOW - DAY, NOW, NOW + MOMENT), sets):
            policy = AccessPolicy(verified_email_required=required)
            expected = [user for user in users if policy.status(user, at=at) in statuses]
            terms = _terms(at, verified_email_required=required)
            assert await _found(store, UserCriteria(statuses=frozenset(statuses)), terms) == expected
            assert await store.directory.count(UserCriteria(statuses=frozenset(statuses)), terms) == len(expected)

    async def test_a_role_finds_those_who_have_it(self, store: Store) -> None:
        user, admin = await _users(store, a_new_user(), a_new_user(role=Role.ADMIN))
        assert await _found(store, UserCriteria(role=Role.ADMIN)) == [admin]
        assert await _found(store, UserCriteria(role=Role.USER)) == [user]

    async def test_whose_address_is_verified_and_whose_is_not(self, store: Store) -> None:
        verified, other = await _users(store, a_new_user(email_verified_at=NOW), a_new_user())
        assert await _found(store, UserCriteria(is_verified=True)) == [verified]
        assert await _found(store, UserCriteria(is_verified=False)) == [other]

    async def test_a_period_has_its_beginning_and_not_its_end(self, store: Store) -> None:
        moments = [NOW - MOMENT, NOW, NOW + MOMENT]
        users = await _users(store, *(a_new_user(created_at=moment) for moment in moments))
        before, at, after = users
        for period, expected in (
            (Period(NOW), [at, after]),
            (Period(None, NOW), [before]),
            (Period(NOW, NOW + MOMENT), [at]),
            (Period(NOW, NOW), []),
            (Period(NOW + MOMENT, NOW), []),
        ):
            assert await _found(store, UserCriteria(created=period)) == expected

    async def test_last_logins_likewise_and_who_never_logged_in_is_in_none(self, store: Store) -> None:
        before, at, never = [await _logged_in(store, moment) for moment in (NOW - MOMENT, NOW, None)]
        for period, expected in (
            (Period(NOW), [at]),
            (Period(None, NOW), [before]),
            (Period(NOW - DAY, NOW + DAY), [before, at]),
            (Period(NOW, NOW), []),
            (Period(), [before, at, never]),
        ):
            criteria = UserCriteria(last_login=period)
            assert await _found(store, criteria) == expected
            assert await _found(store, criteria, order=UserOrder.LAST_LOGIN_DESCENDING) == _sorted(
                expected, UserOrder.LAST_LOGIN_DESCENDING
            )
            assert await store.directory.count(criteria, _terms()) == len(expected)

    @pytest.mark.parametrize("order", list(UserOrder))
    async def test_all_that_is_asked_for_has_to_be_true_at_once(self, store: Store, order: UserOrder) -> None:
        facts: dict[str, Any] = {"role": Role.ADMIN, "email_verified_at": NOW, "created_at": NOW}
        right = a_new_user(**facts, name=PersonName("Ada Right"))
        faults: list[dict[str, Any]] = [
            {"role": Role.USER},
            {"email_verified_at": None},
            {"created_at": NOW + DAY},
            {"name": PersonName("Ada Wrong")},
        ]
        wrong = [
            replace(right, email=EmailAddress(f"wrong{number}@example.com"), **fact)
            for number, fact in enumerate(faults)
        ]
        user, *_ = await _users(store, right, *wrong, replace(right, email=EmailAddress("blocked@example.com")))
        last = (await _found(store, order=UserOrder.ID_DESCENDING, limit=1))[0]
        everybody = await _found(store)
        async with store.unit_of_work() as work:
            for one in everybody:
                await work.users.lock(one.id)
                await work.users.save(replace(one.logged_in(NOW), block=a_block() if one == last else None))
            await work.commit()
        criteria = UserCriteria(
            words=SearchWords.parse("ada ri"),
            statuses=frozenset(AccountStatus) - SHUT,
            role=Role.ADMIN,
            is_verified=True,
            created=Period(NOW, NOW + DAY),
            last_login=Period(NOW, NOW + DAY),
        )
        assert await _found(store, criteria, order=order) == [user.logged_in(NOW)]
        assert await store.directory.count(criteria, _terms()) == 1

    # --- How many

    async def test_a_count_does_not_stop_at_a_page(self, store: Store) -> None:
        await _users(store, *(a_new_user() for _ in range(5)))
        assert await store.directory.count(EVERYBODY, _terms()) == 5
        assert await store.directory.count(UserCriteria(role=Role.ADMIN), _terms()) == 0

    async def test_an_estimate_is_a_number_and_none_where_words_can_find_nobody(self, store: Store) -> None:
        await store.with_user()
        for criteria in (
            EVERYBODY,
            UserCriteria(words=SearchWords.parse("john")),
            UserCriteria(statuses=SHUT, last_login=Period(NOW)),
        ):
            assert await store.directory.estimate(criteria, _terms()) >= 0
        assert await store.directory.estimate(UserCriteria(words=SearchWords.parse("x" * 255)), _terms()) == 0

    # --- At the same time

    async def test_what_was_committed_before_the_question_is_in_the_answer(self, store: Store) -> None:
        user = await store.with_user()
        assert await _found(store) == [user]
        other = await store.with_user()
        assert await _found(store) == [user, other]
        blocked = await store.with_facts(user, block=a_block())
        assert await _found(store, UserCriteria(statuses=SHUT)) == [blocked]

    async def test_locks_keep_no_reader_waiting(self, store: Store) -> None:
        user = await store.with_user()
        async with store.unit_of_work() as work:
            await work.users.lock(user.id)
            await work.users.save(replace(user, block=a_block()))
            found, count = await together(_found(store), store.directory.count(EVERYBODY, _terms()))
            assert (found, count) == ([user], 1)
