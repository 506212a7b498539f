"""The contracts are tested too: each of their tests fails for an adapter that is broken in just that respect."""

from __future__ import annotations

import pytest

from tests.unit.user_domain.testing.assembly import ContractTest, outcomes_of
from tests.unit.user_domain.testing.broken import (
    access_token_codecs,
    audit_trails,
    clocks_and_secrets,
    password_hashers,
    queries,
    session_repositories,
    units_of_work,
    user_repositories,
)
from user_domain.testing.contracts.access_token_codec import AccessTokenCodecContract
from user_domain.testing.contracts.audit_trail import AuditTrailContract
from user_domain.testing.contracts.clock import ClockContract
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.password_hasher import PasswordHasherContract
from user_domain.testing.contracts.secret_source import SecretSourceContract
from user_domain.testing.contracts.session_queries import SessionQueriesContract
from user_domain.testing.contracts.session_repository import SessionRepositoryContract
from user_domain.testing.contracts.unit_of_work import UnitOfWorkContract
from user_domain.testing.contracts.user_queries import UserQueriesContract
from user_domain.testing.contracts.user_repository import UserRepositoryContract

# --- The table ------------------------------------------------------------------------------------------------------

CAUGHT: list[tuple[type, list[ContractTest]]] = [
    # Units of work: lossy, leaking, not isolated
    (units_of_work.CommitDoesNothing, [UnitOfWorkContract.test_a_commit_makes_everything_stand]),
    (
        units_of_work.CommitDropsAuditEntries,
        [
            UnitOfWorkContract.test_a_commit_makes_everything_stand,
            AuditTrailContract.test_an_entry_is_kept_as_it_was_written,
        ],
    ),
    (units_of_work.CommitDropsSessions, [SessionRepositoryContract.test_a_session_is_stored_as_started]),
    (units_of_work.EmptyCommitsLeaveATrace, [UnitOfWorkContract.test_an_empty_unit_of_work_can_be_committed]),
    (
        units_of_work.WritesAreSeenAtOnce,
        [
            UnitOfWorkContract.test_nobody_sees_anything_before_the_commit,
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
        ],
    ),
    (
        units_of_work.LeavingCommits,
        [
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
            UnitOfWorkContract.test_an_exception_leaves_nothing_and_passes_through,
            UnitOfWorkContract.test_a_cancelled_unit_of_work_leaves_nothing_and_blocks_nobody,
        ],
    ),
    (units_of_work.LeavingInPeaceCommits, [UnitOfWorkContract.test_leaving_without_commit_leaves_nothing]),
    (units_of_work.SwallowsExceptions, [UnitOfWorkContract.test_an_exception_leaves_nothing_and_passes_through]),
    (
        units_of_work.NobodyWaits,
        [
            UserRepositoryContract.test_of_many_at_the_same_instant_one_gets_the_address_and_one_number_is_used,
            UserRepositoryContract.test_whoever_waits_for_a_lock_sees_what_was_committed_meanwhile,
            UserRepositoryContract.test_whoever_waits_for_a_lock_sees_the_password_hash_committed_meanwhile,
            SessionRepositoryContract.test_a_session_ends_once_however_many_end_it,
        ],
    ),
    (
        units_of_work.SeesWhatWasThereBeforeItWaited,
        [
            UserRepositoryContract.test_of_many_at_the_same_instant_one_gets_the_address_and_one_number_is_used,
            UserRepositoryContract.test_whoever_waits_for_a_lock_sees_what_was_committed_meanwhile,
            UserRepositoryContract.test_whoever_waits_for_a_lock_sees_the_password_hash_committed_meanwhile,
            SessionRepositoryContract.test_a_session_ends_once_however_many_end_it,
        ],
    ),
    (units_of_work.ARefusalUndoesEverything, [UserRepositoryContract.test_a_refusal_leaves_the_unit_of_work_usable]),
    # Users: uniqueness, numbers, locks, facts
    (user_repositories.AddForgetsTheLanguage, [UserRepositoryContract.test_a_new_user_is_stored_as_admitted]),
    (user_repositories.NumbersGoDown, [UserRepositoryContract.test_users_are_numbered_upwards]),
    (user_repositories.AddressesBelongToAnybody, [UserRepositoryContract.test_an_address_belongs_to_one_user]),
    (
        user_repositories.RefusalsUseUpNumbers,
        [
            UserRepositoryContract.test_a_refusal_uses_up_no_number,
            UserRepositoryContract.test_of_many_at_the_same_instant_one_gets_the_address_and_one_number_is_used,
        ],
    ),
    (user_repositories.AddressesStayTaken, [UserRepositoryContract.test_an_address_given_back_by_a_rollback_is_free]),
    (user_repositories.LockFindsSomebody, [UserRepositoryContract.test_lock_reads_the_account]),
    (user_repositories.SaveNeedsNoLock, [UserRepositoryContract.test_a_user_that_was_not_locked_cannot_be_saved]),
    (user_repositories.SaveForgetsTheSuspension, [UserRepositoryContract.test_every_fact_that_can_change_is_saved]),
    (
        user_repositories.SaveMovesTheAddress,
        [UserRepositoryContract.test_address_and_time_of_creation_stay_as_they_were_admitted],
    ),
    (user_repositories.SaveTakesNothingBack, [UserRepositoryContract.test_facts_can_be_taken_back]),
    (
        user_repositories.RehashDoesNothing,
        [UserRepositoryContract.test_a_password_hash_is_replaced_by_one_of_the_same_password],
    ),
    (
        user_repositories.RehashOverwritesAnyPassword,
        [UserRepositoryContract.test_a_password_changed_in_the_meantime_wins_over_a_newer_hash_of_the_old_one],
    ),
    # Sessions: single use
    (session_repositories.AddForgetsTheClient, [SessionRepositoryContract.test_a_session_is_stored_as_started]),
    (
        session_repositories.EndsForEverybody,
        [
            SessionRepositoryContract.test_a_session_ends_once_however_many_end_it,
            SessionRepositoryContract.test_an_expired_session_has_ended_by_itself,
            SessionRepositoryContract.test_a_session_nobody_has_does_not_end,
        ],
    ),
    (session_repositories.EndsForNobody, [SessionRepositoryContract.test_a_session_ends_once_however_many_end_it]),
    (session_repositories.EndForgetsWhy, [SessionRepositoryContract.test_an_ended_session_says_when_and_why]),
    (session_repositories.EndsAllOfThem, [SessionRepositoryContract.test_other_sessions_live_on]),
    # Audit trail: lossless, in order
    (audit_trails.ForgetsWhatChanged, [AuditTrailContract.test_an_entry_is_kept_as_it_was_written]),
    (audit_trails.NewestFirst, [AuditTrailContract.test_an_entry_is_kept_as_it_was_written]),
    (audit_trails.KnowsThisMonthOnly, [AuditTrailContract.test_entries_of_any_month_find_their_place]),
    (audit_trails.KnowsUsersOnly, [AuditTrailContract.test_an_entry_may_name_users_that_do_not_exist]),
    # Queries: up to date, about the one asked for
    (
        queries.FindsWhoeverCameFirst,
        [UserQueriesContract.test_finds_a_user_by_number, UserQueriesContract.test_finds_an_account_by_address],
    ),
    (queries.MakesUsersUp, [UserQueriesContract.test_answers_none_where_there_is_nobody]),
    (queries.DoesNotAnswerWhileSomebodyWrites, [UserQueriesContract.test_locks_keep_no_reader_waiting]),
    (queries.RemembersUsers, [UserQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer]),
    (queries.RemembersAccounts, [UserQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer]),
    (queries.RemembersWhoWasNotThere, [UnitOfWorkContract.test_nobody_sees_anything_before_the_commit]),
    (queries.NamesAnotherUser, [SessionQueriesContract.test_finds_a_session_and_its_user]),
    (queries.MakesSessionsUp, [SessionQueriesContract.test_answers_none_where_there_is_no_such_session]),
    (queries.HidesEndedSessions, [SessionRepositoryContract.test_an_ended_session_says_when_and_why]),
    (
        queries.NeverSawASessionEnd,
        [SessionQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (queries.AnswersEverybodyLikeTheFirst, [SessionQueriesContract.test_many_at_once_each_get_their_own]),
    # Password hashers
    (password_hashers.MatchesNothing, [PasswordHasherContract.test_the_right_password_matches]),
    (password_hashers.MatchesAnything, [PasswordHasherContract.test_another_password_does_not_match]),
    (password_hashers.MatchesNobody, [PasswordHasherContract.test_without_a_hash_nothing_matches]),
    (
        password_hashers.MatchesWhatItCannotRead,
        [PasswordHasherContract.test_a_hash_that_cannot_be_read_matches_nothing],
    ),
    (
        password_hashers.NeverOutdated,
        [PasswordHasherContract.test_a_hash_made_at_another_cost_matches_and_is_outdated],
    ),
    (
        password_hashers.OutdatedThoughWrong,
        [
            PasswordHasherContract.test_a_hash_made_at_another_cost_matches_and_is_outdated,
            PasswordHasherContract.test_another_password_does_not_match,
        ],
    ),
    (password_hashers.Unsalted, [PasswordHasherContract.test_the_same_password_never_gives_the_same_hash]),
    (password_hashers.AppendsThePassword, [PasswordHasherContract.test_a_hash_does_not_contain_the_password]),
    (password_hashers.StopsAfter72Bytes, [PasswordHasherContract.test_every_character_of_a_long_password_counts]),
    (password_hashers.StopsAtNul, [PasswordHasherContract.test_any_text_can_be_a_password]),
    (password_hashers.TrimsSpaces, [PasswordHasherContract.test_any_text_can_be_a_password]),
    # Access tokens
    (access_token_codecs.SpeaksForSomebodyElse, [AccessTokenCodecContract.test_reads_what_it_issued]),
    (access_token_codecs.IssuesTokensWithSpaces, [AccessTokenCodecContract.test_a_token_fits_into_a_header]),
    (access_token_codecs.HonoursExpiredTokens, [AccessTokenCodecContract.test_a_token_is_good_until_it_expires]),
    (access_token_codecs.HonoursTheMomentOfExpiry, [AccessTokenCodecContract.test_a_token_is_good_until_it_expires]),
    (access_token_codecs.HonoursNonsense, [AccessTokenCodecContract.test_nonsense_is_invalid]),
    (access_token_codecs.IgnoresWhatFollows, [AccessTokenCodecContract.test_an_altered_token_is_invalid]),
    (access_token_codecs.IgnoresCase, [AccessTokenCodecContract.test_an_altered_token_is_invalid]),
    (access_token_codecs.SignsNothing, [AccessTokenCodecContract.test_somebody_elses_token_is_invalid]),
    # Clock and secrets
    (clocks_and_secrets.NaiveClock, [ClockContract.test_tells_an_aware_moment_in_utc]),
    (clocks_and_secrets.LocalClock, [ClockContract.test_tells_an_aware_moment_in_utc]),
    (clocks_and_secrets.ShortHandles, [SecretSourceContract.test_a_session_handle_is_128_bits_in_hex]),
    (clocks_and_secrets.TokenIdsOutsideUrls, [SecretSourceContract.test_a_token_id_is_short_and_url_safe]),
    (clocks_and_secrets.OneHandleForAll, [SecretSourceContract.test_nothing_comes_twice]),
    (clocks_and_secrets.OneTokenIdForAll, [SecretSourceContract.test_nothing_comes_twice]),
    # What each contract once let pass
    (
        units_of_work.SessionsAreSeenAtOnce,
        [
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
            UnitOfWorkContract.test_nobody_sees_anything_before_the_commit,
        ],
    ),
    (user_repositories.SaveRuinsThePassword, [UserRepositoryContract.test_every_fact_that_can_change_is_saved]),
    (
        session_repositories.EndMovesAnEarlierEnd,
        [SessionRepositoryContract.test_a_session_ends_once_however_many_end_it],
    ),
    (
        queries.RemembersSessions,
        [SessionQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (access_token_codecs.CountsLikeAnyOther, [AccessTokenCodecContract.test_somebody_elses_token_is_invalid]),
]

CASES = [(broken, test) for broken, tests in CAUGHT for test in tests]


# --- The tests ------------------------------------------------------------------------------------------------------


def name(thing: type | ContractTest) -> str:
    return thing.__qualname__


@pytest.mark.parametrize(("broken", "test"), CASES, ids=name)
async def test_the_right_test_fails(broken: type, test: ContractTest) -> None:
    assert "failed" in await outcomes_of(test, broken)


@pytest.mark.parametrize("test", dict.fromkeys(test for _, test in CASES), ids=name)
async def test_the_same_test_passes_for_the_intact_adapter(test: ContractTest) -> None:
    assert await outcomes_of(test, object) == {"passed"}


def test_no_test_of_these_contracts_is_left_out() -> None:
    """A new test of a contract needs an adapter that it catches; otherwise it may be one that nothing can fail."""
    suites = {suite for suite in Contract.__subclasses__() for _, test in CASES if test.__module__ == suite.__module__}
    there_are = {test for suite in suites for key, test in vars(suite).items() if key.startswith("test")}
    assert {test.__qualname__ for test in there_are - {test for _, test in CASES}} == set()
