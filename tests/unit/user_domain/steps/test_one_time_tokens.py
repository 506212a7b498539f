"""Issuing one-time tokens, finding and using them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.user_domain.world import World, address
from user_domain.entities.audit_entry import AuditAction
from user_domain.entities.one_time_token import OneTimeToken
from user_domain.entities.user import User
from user_domain.errors import OneTimeTokenExpired, OneTimeTokenInvalid, OneTimeTokenRefused
from user_domain.steps.one_time_tokens import POWERS
from user_domain.testing.builders import CLIENT, NOW, an_audit_entry
from user_domain.value_objects.ids import OneTimeTokenId
from user_domain.value_objects.one_time_token import TokenPurpose, digest

MOMENT = timedelta(microseconds=1)
PROTECTIVE = frozenset(TokenPurpose) - POWERS

every_purpose = pytest.mark.parametrize("purpose", TokenPurpose)


async def issue(world: World, user: User, purpose: TokenPurpose) -> OneTimeToken:
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        token = await world.tokens.issue(work, purpose, user.id, user.email, at=world.clock.now())
        await work.commit()
    return token


def stored(world: World, token: OneTimeToken) -> OneTimeToken:
    return world.database.committed.tokens[token.id]


def test_the_purposes_that_give_power_are_those_that_do_not_protect() -> None:
    assert set(POWERS) == {TokenPurpose.VERIFY_EMAIL, TokenPurpose.RESET_PASSWORD, TokenPurpose.CONFIRM_EMAIL_CHANGE}


# --- Issuing --------------------------------------------------------------------------------------------------------


@every_purpose
async def test_a_token_is_bound_to_a_user_a_purpose_and_an_address(world: World, purpose: TokenPurpose) -> None:
    user = await world.with_user()
    token = await issue(world, user, purpose)
    assert stored(world, token) == OneTimeToken(
        id=token.id,
        purpose=purpose,
        user_id=user.id,
        email=user.email,
        digest=digest(world.token_codec.derive(token.id)),
        issued_at=NOW,
        expires_at=NOW + purpose.lifetime,
        used_at=None,
        voided_at=None,
    )


@every_purpose
async def test_the_token_itself_is_kept_nowhere(world: World, purpose: TokenPurpose) -> None:
    token = await issue(world, await world.with_user(), purpose)
    text = world.token_codec.derive(token.id)
    kept = repr([(one, one.digest) for one in world.database.committed.tokens.values()])
    assert text not in kept
    assert text not in repr(world.database.committed)


@every_purpose
async def test_a_newer_token_takes_the_place_of_an_older_one_unless_it_protects(
    world: World, purpose: TokenPurpose
) -> None:
    user = await world.with_user()
    first = await issue(world, user, purpose)
    world.clock.advance(MOMENT)
    second = await issue(world, user, purpose)
    assert stored(world, first).voided_at == (None if purpose in PROTECTIVE else NOW + MOMENT)
    assert stored(world, second).is_good(world.clock.now())


@every_purpose
async def test_tokens_of_other_users_and_for_other_purposes_stay(world: World, purpose: TokenPurpose) -> None:
    user, another = await world.with_user(), await world.with_user()
    others = [await issue(world, user, other) for other in TokenPurpose if other is not purpose]
    others.append(await issue(world, another, purpose))
    await issue(world, user, purpose)
    assert all(stored(world, other).is_good(NOW) for other in others)


# --- Finding --------------------------------------------------------------------------------------------------------


@every_purpose
async def test_a_token_is_found_with_its_user_locked_whatever_has_become_of_it(
    world: World, purpose: TokenPurpose
) -> None:
    user = await world.with_user()
    token = await issue(world, user, purpose)
    world.clock.advance(timedelta(days=365))
    async with world.unit_of_work() as work:
        found, account = await world.tokens.find(work, world.token_codec.derive(token.id), purpose)
        await work.users.save(account.user)  # which only who has locked the user may do
    assert (found, account) == (token, world.account(user.id))


@pytest.mark.parametrize(
    "text", ["", "nonsense", "\0", "\ud800", "x" * 100_000, f"{'0' * 31}1", digest("").hex()], ids=range(7)
)
@every_purpose
async def test_what_was_never_issued_is_invalid_and_leaves_no_trace(
    world: World, purpose: TokenPurpose, text: str
) -> None:
    await issue(world, await world.with_user(), purpose)
    before = world.snapshot()
    async with world.unit_of_work() as work:
        with pytest.raises(OneTimeTokenInvalid):
            await world.tokens.find(work, text, purpose)
    assert world.snapshot() == before


@every_purpose
async def test_neither_the_id_of_a_token_nor_its_digest_is_one(world: World, purpose: TokenPurpose) -> None:
    token = await issue(world, await world.with_user(), purpose)
    async with world.unit_of_work() as work:
        for text in (token.id, token.digest.hex()):
            with pytest.raises(OneTimeTokenInvalid):
                await world.tokens.find(work, text, purpose)


@every_purpose
async def test_a_token_is_good_for_nothing_but_its_purpose(world: World, purpose: TokenPurpose) -> None:
    token = await issue(world, await world.with_user(), purpose)
    async with world.unit_of_work() as work:
        for other in set(TokenPurpose) - {purpose}:
            with pytest.raises(OneTimeTokenInvalid):
                await world.tokens.find(work, world.token_codec.derive(token.id), other)


async def test_the_token_of_somebody_who_was_erased_is_invalid(world: World) -> None:
    user = await world.with_user()
    token = await issue(world, user, TokenPurpose.NOT_ME)
    await world.erase(user.id)
    async with world.unit_of_work() as work:
        with pytest.raises(OneTimeTokenInvalid):
            await world.tokens.find(work, world.token_codec.derive(token.id), TokenPurpose.NOT_ME)


# --- Using ----------------------------------------------------------------------------------------------------------


async def use(world: World, token: OneTimeToken) -> None:
    async with world.unit_of_work() as work:
        found, _ = await world.tokens.find(work, world.token_codec.derive(token.id), token.purpose)
        await world.tokens.use(work, found, at=world.clock.now(), client=CLIENT)
        await work.commit()


@every_purpose
async def test_a_used_token_stays_as_it_was_but_for_that(world: World, purpose: TokenPurpose) -> None:
    token = await issue(world, await world.with_user(), purpose)
    world.clock.advance(MOMENT)
    await use(world, token)
    assert stored(world, token) == replace(token, used_at=NOW + MOMENT)
    assert world.audit == []


@every_purpose
async def test_a_token_is_good_until_the_last_moment_of_its_time(world: World, purpose: TokenPurpose) -> None:
    token = await issue(world, await world.with_user(), purpose)
    world.clock.advance(purpose.lifetime - MOMENT)
    await use(world, token)


@every_purpose
@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"used_at": NOW}, OneTimeTokenInvalid), ({"voided_at": NOW}, OneTimeTokenInvalid), ({}, OneTimeTokenExpired)],
    ids=["used", "void", "expired"],
)
async def test_a_token_that_is_good_no_more_is_refused_and_the_attempt_is_in_the_audit_trail(
    world: World, purpose: TokenPurpose, facts: dict[str, object], refusal: type[OneTimeTokenRefused]
) -> None:
    user = await world.with_user()
    token = replace(await issue(world, user, purpose), **facts)  # type: ignore[arg-type]  # named above
    world.database.committed.tokens[token.id] = token
    before = world.snapshot()
    world.clock.advance(purpose.lifetime)
    with pytest.raises(refusal):
        await use(world, token)
    entry = an_audit_entry(
        action=AuditAction.TOKEN_REFUSED, at=world.clock.now(), target_id=user.id, reason=refusal.code, client=CLIENT
    )
    assert world.snapshot() == replace(before, audit=[entry])


async def test_of_tokens_with_one_id_after_the_other_each_is_another() -> None:
    codec = World().token_codec
    texts = [codec.derive(OneTimeTokenId(f"{number:032x}")) for number in range(3)]
    assert len({digest(text) for text in texts}) == 3


async def test_a_token_is_mailed_to_the_address_it_is_bound_to(world: World) -> None:
    user = await world.with_user(email=address("old"))
    async with world.unit_of_work() as work:
        await work.users.lock(user.id)
        await world.tokens.issue(work, TokenPurpose.CONFIRM_EMAIL_CHANGE, user.id, address("new"), at=NOW)
        await work.commit()
    assert [token.email for token in world.issued(TokenPurpose.CONFIRM_EMAIL_CHANGE)] == [address("new")]
