"""The contracts are tested too: each of their tests fails for an adapter that is broken in just that respect."""

from __future__ import annotations

import pytest

from tests.unit.user_domain.testing.assembly import ContractTest, outcomes_of
from tests.unit.user_domain.testing.audit_cases import CAUGHT_IN_THE_AUDIT_TRAIL
from tests.unit.user_domain.testing.broken import (
    access_queries,
    access_token_codecs,
    admin_rosters,
    breached_passwords,
    clocks_and_secrets,
    cool_downs,
    device_parsers,
    mail_outboxes,
    mail_queues,
    mailers,
    old_records,
    one_time_token_codecs,
    one_time_token_repositories,
    password_hashers,
    password_strengths,
    queries,
    refresh_token_codecs,
    revocation_queries,
    session_activities,
    session_refreshes,
    session_repositories,
    signing_keys,
    statistics,
    status_histories,
    units_of_work,
    user_directories,
    user_repositories,
)
from user_domain.testing.contracts.access_queries import AccessQueriesContract
from user_domain.testing.contracts.access_token_codec import AccessTokenCodecContract
from user_domain.testing.contracts.admin_roster import AdminRosterContract
from user_domain.testing.contracts.audit_trail import AuditTrailContract
from user_domain.testing.contracts.breached_passwords import BreachedPasswordsContract
from user_domain.testing.contracts.clock import ClockContract
from user_domain.testing.contracts.contract import Contract
from user_domain.testing.contracts.cool_downs import CoolDownsContract
from user_domain.testing.contracts.device_parser import DeviceParserContract
from user_domain.testing.contracts.mail_outbox import MailOutboxContract
from user_domain.testing.contracts.mail_queries import MailQueriesContract
from user_domain.testing.contracts.mail_queue import MailQueueContract
from user_domain.testing.contracts.mailer import MailerContract
from user_domain.testing.contracts.old_records import OldRecordsContract
from user_domain.testing.contracts.one_time_token_codec import OneTimeTokenCodecContract
from user_domain.testing.contracts.one_time_token_repository import OneTimeTokenRepositoryContract
from user_domain.testing.contracts.password_hasher import PasswordHasherContract
from user_domain.testing.contracts.password_strength import PasswordStrengthContract
from user_domain.testing.contracts.refresh_token_codec import RefreshTokenCodecContract
from user_domain.testing.contracts.revocation_queries import RevocationQueriesContract
from user_domain.testing.contracts.secret_source import SecretSourceContract
from user_domain.testing.contracts.session_activity import SessionActivityContract
from user_domain.testing.contracts.session_queries import SessionQueriesContract
from user_domain.testing.contracts.session_refreshes import SessionRefreshesContract
from user_domain.testing.contracts.session_repository import SessionRepositoryContract
from user_domain.testing.contracts.signing_key_maker import SigningKeyMakerContract
from user_domain.testing.contracts.signing_key_queries import SigningKeyQueriesContract
from user_domain.testing.contracts.signing_key_repository import SigningKeyRepositoryContract
from user_domain.testing.contracts.statistics_queries import StatisticsQueriesContract
from user_domain.testing.contracts.statistics_upkeep import StatisticsUpkeepContract
from user_domain.testing.contracts.status_history import StatusHistoryContract
from user_domain.testing.contracts.status_history_queries import StatusHistoryQueriesContract
from user_domain.testing.contracts.unit_of_work import UnitOfWorkContract
from user_domain.testing.contracts.user_directory import UserDirectoryContract
from user_domain.testing.contracts.user_queries import UserQueriesContract
from user_domain.testing.contracts.user_repository import UserRepositoryContract

# --- The table, without the audit trail, which has one of its own ----------------------------------------------------

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
    (
        units_of_work.CommitDropsSessions,
        [
            SessionRepositoryContract.test_a_session_is_stored_as_started,
            StatisticsQueriesContract.test_many_at_once_are_all_counted,
        ],
    ),
    (units_of_work.CommitDropsTokens, [UnitOfWorkContract.test_a_commit_makes_everything_stand]),
    (units_of_work.CommitDropsMails, [UnitOfWorkContract.test_a_commit_makes_everything_stand]),
    (units_of_work.CommitDropsPauses, [UnitOfWorkContract.test_a_commit_makes_everything_stand]),
    (units_of_work.CommitDropsSigningKeys, [UnitOfWorkContract.test_a_commit_makes_everything_stand]),
    (units_of_work.CommitDropsStatusChanges, [UnitOfWorkContract.test_a_commit_makes_everything_stand]),
    (
        units_of_work.StatusChangesAreSeenAtOnce,
        [
            UnitOfWorkContract.test_nobody_sees_anything_before_the_commit,
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
            StatusHistoryContract.test_a_rollback_leaves_no_change,
        ],
    ),
    (
        units_of_work.SigningKeysAreSeenAtOnce,
        [
            UnitOfWorkContract.test_nobody_sees_anything_before_the_commit,
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
            SigningKeyRepositoryContract.test_a_rollback_leaves_the_set_as_it_was,
            SigningKeyRepositoryContract.test_whoever_waits_for_one_that_is_rolled_back_finds_the_set_as_it_was,
        ],
    ),
    (
        units_of_work.TokensAreSeenAtOnce,
        [
            UnitOfWorkContract.test_nobody_sees_anything_before_the_commit,
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
        ],
    ),
    (
        units_of_work.MailsAreSeenAtOnce,
        [
            UnitOfWorkContract.test_nobody_sees_anything_before_the_commit,
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
            MailOutboxContract.test_nobody_sees_a_mail_before_the_commit,
            MailOutboxContract.test_a_mail_falls_with_the_change_it_tells_of,
            MailOutboxContract.test_what_is_rolled_back_changes_no_mail,
        ],
    ),
    (
        units_of_work.PausesBeginAtOnce,
        [
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
            UnitOfWorkContract.test_an_exception_leaves_nothing_and_passes_through,
            UnitOfWorkContract.test_a_cancelled_unit_of_work_leaves_nothing_and_blocks_nobody,
            CoolDownsContract.test_a_rollback_ends_the_pause,
            CoolDownsContract.test_whoever_waits_for_one_that_is_rolled_back_begins_the_pause,
        ],
    ),
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
    (
        units_of_work.LeavingInPeaceCommits,
        [
            UnitOfWorkContract.test_leaving_without_commit_leaves_nothing,
            UserRepositoryContract.test_a_change_of_address_that_was_rolled_back_did_not_happen,
            CoolDownsContract.test_a_rollback_ends_the_pause,
        ],
    ),
    (units_of_work.SwallowsExceptions, [UnitOfWorkContract.test_an_exception_leaves_nothing_and_passes_through]),
    (
        units_of_work.NobodyWaits,
        [
            UserRepositoryContract.test_of_many_at_the_same_instant_one_gets_the_address_and_one_number_is_used,
            UserRepositoryContract.test_whoever_waits_for_a_lock_sees_what_was_committed_meanwhile,
            UserRepositoryContract.test_whoever_waits_for_a_lock_sees_the_password_hash_committed_meanwhile,
            SessionRepositoryContract.test_a_session_ends_once_however_many_end_it,
            OneTimeTokenRepositoryContract.test_of_many_who_hold_one_token_one_finds_it_unused,
            OneTimeTokenRepositoryContract.test_of_many_who_hold_tokens_of_one_user_the_first_makes_the_others_void,
            OneTimeTokenRepositoryContract.test_a_user_whose_token_is_locked_is_locked_too,
            OneTimeTokenRepositoryContract.test_whoever_waits_for_the_user_finds_the_token_as_it_was_left,
            UserRepositoryContract.test_of_many_who_want_one_address_one_gets_it_whether_they_have_an_account_or_not,
            SessionRepositoryContract.test_a_session_ends_once_however_many_end_all,
            CoolDownsContract.test_of_many_at_the_same_instant_one_begins_the_pause,
            CoolDownsContract.test_of_many_when_a_pause_is_over_one_begins_the_next,
            SigningKeyRepositoryContract.test_of_many_that_find_no_key_at_the_same_instant_one_adds_one,
            SigningKeyRepositoryContract.test_whoever_waits_sees_what_was_committed_meanwhile,
            SessionRepositoryContract.test_no_session_starts_beside_a_holder_that_is_locked,
            SessionRepositoryContract.test_a_session_that_starts_before_the_lock_is_had_counts,
            SessionRepositoryContract.test_of_many_who_log_in_at_once_each_sees_those_before,
            SessionRepositoryContract.test_of_many_who_log_in_at_once_no_more_are_kept_than_are_allowed,
            AdminRosterContract.test_of_two_who_take_each_other_away_at_once_one_succeeds,
            AdminRosterContract.test_of_many_who_go_at_once_one_is_left,
            AdminRosterContract.test_whoever_waits_for_the_roster_sees_what_was_committed_meanwhile,
            StatusHistoryContract.test_changes_of_one_user_are_numbered_as_they_happened,
        ],
    ),
    (
        units_of_work.SeesWhatWasThereBeforeItWaited,
        [
            UserRepositoryContract.test_of_many_at_the_same_instant_one_gets_the_address_and_one_number_is_used,
            UserRepositoryContract.test_whoever_waits_for_a_lock_sees_what_was_committed_meanwhile,
            UserRepositoryContract.test_whoever_waits_for_a_lock_sees_the_password_hash_committed_meanwhile,
            SessionRepositoryContract.test_a_session_ends_once_however_many_end_it,
            OneTimeTokenRepositoryContract.test_of_many_who_hold_one_token_one_finds_it_unused,
            OneTimeTokenRepositoryContract.test_of_many_who_hold_tokens_of_one_user_the_first_makes_the_others_void,
            OneTimeTokenRepositoryContract.test_a_user_whose_token_is_locked_is_locked_too,
            OneTimeTokenRepositoryContract.test_whoever_waits_for_the_user_finds_the_token_as_it_was_left,
            UserRepositoryContract.test_of_many_who_want_one_address_one_gets_it_whether_they_have_an_account_or_not,
            SessionRepositoryContract.test_a_session_ends_once_however_many_end_all,
            CoolDownsContract.test_of_many_at_the_same_instant_one_begins_the_pause,
            CoolDownsContract.test_of_many_when_a_pause_is_over_one_begins_the_next,
            SigningKeyRepositoryContract.test_of_many_that_find_no_key_at_the_same_instant_one_adds_one,
            SigningKeyRepositoryContract.test_whoever_waits_sees_what_was_committed_meanwhile,
            SessionRepositoryContract.test_a_session_that_starts_before_the_lock_is_had_counts,
            SessionRepositoryContract.test_of_many_who_log_in_at_once_each_sees_those_before,
            SessionRepositoryContract.test_of_many_who_log_in_at_once_no_more_are_kept_than_are_allowed,
            AdminRosterContract.test_of_two_who_take_each_other_away_at_once_one_succeeds,
            AdminRosterContract.test_of_many_who_go_at_once_one_is_left,
            AdminRosterContract.test_whoever_waits_for_the_roster_sees_what_was_committed_meanwhile,
            StatusHistoryContract.test_changes_of_one_user_are_numbered_as_they_happened,
        ],
    ),
    (
        units_of_work.ARefusalUndoesEverything,
        [
            UserRepositoryContract.test_a_refusal_leaves_the_unit_of_work_usable,
            UserRepositoryContract.test_a_refused_change_of_address_leaves_the_unit_of_work_usable,
            CoolDownsContract.test_a_unit_of_work_goes_on_where_a_pause_lasts,
        ],
    ),
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
    (
        user_repositories.AddressesStayTaken,
        [
            UserRepositoryContract.test_an_address_given_back_by_a_rollback_is_free,
            UserRepositoryContract.test_a_change_of_address_that_was_rolled_back_did_not_happen,
        ],
    ),
    (user_repositories.LockFindsSomebody, [UserRepositoryContract.test_lock_reads_the_account]),
    (user_repositories.SaveNeedsNoLock, [UserRepositoryContract.test_a_user_that_was_not_locked_cannot_be_saved]),
    (user_repositories.SaveForgetsTheSuspension, [UserRepositoryContract.test_every_fact_that_can_change_is_saved]),
    (
        user_repositories.SaveMovesTheAddress,
        [UserRepositoryContract.test_address_and_time_of_creation_stay_as_they_were_admitted],
    ),
    (user_repositories.SaveForgetsThePendingAddress, [UserRepositoryContract.test_every_fact_that_can_change_is_saved]),
    (
        user_repositories.SaveForgetsThatAResetIsRequired,
        [UserRepositoryContract.test_every_fact_that_can_change_is_saved],
    ),
    (user_repositories.SaveKeepsAddressesPending, [UserRepositoryContract.test_facts_can_be_taken_back]),
    (user_repositories.SaveTakesNothingBack, [UserRepositoryContract.test_facts_can_be_taken_back]),
    (
        user_repositories.RehashDoesNothing,
        [UserRepositoryContract.test_a_password_hash_is_replaced_by_one_of_the_same_password],
    ),
    (
        user_repositories.RehashOverwritesAnyPassword,
        [UserRepositoryContract.test_a_password_changed_in_the_meantime_wins_over_a_newer_hash_of_the_old_one],
    ),
    # Users: another password, another address, reserved ones
    (
        user_repositories.SetsNoPassword,
        [UserRepositoryContract.test_another_password_takes_the_place_of_the_one_before],
    ),
    (
        user_repositories.SetsEverybodysPassword,
        [UserRepositoryContract.test_another_password_takes_the_place_of_the_one_before],
    ),
    (user_repositories.PasswordsNeedNoLock, [UserRepositoryContract.test_a_user_that_was_not_locked_gets_no_password]),
    (
        user_repositories.ChangesNoAddress,
        [
            UserRepositoryContract.test_a_user_gets_another_address_and_nothing_else,
            UserRepositoryContract.test_what_is_saved_after_a_change_of_address_has_the_new_one,
            UserRepositoryContract.test_an_address_left_for_good_is_free,
            UserRepositoryContract.test_a_user_takes_back_the_address_that_is_reserved,
        ],
    ),
    (
        user_repositories.DoubtsEveryNewAddress,
        [UserRepositoryContract.test_a_user_gets_another_address_and_nothing_else],
    ),
    (
        user_repositories.ChangesOfAddressAreLostWithTheNextSave,
        [UserRepositoryContract.test_what_is_saved_after_a_change_of_address_has_the_new_one],
    ),
    (user_repositories.AddressesNeedNoLock, [UserRepositoryContract.test_a_user_that_was_not_locked_gets_no_address]),
    (
        user_repositories.ChangesToAnyAddress,
        [
            UserRepositoryContract.test_nobody_changes_to_an_address_that_belongs_to_another_user,
            UserRepositoryContract.test_of_many_who_want_one_address_one_gets_it_whether_they_have_an_account_or_not,
            UserRepositoryContract.test_nobody_changes_to_an_address_that_another_user_can_take_back,
        ],
    ),
    (
        user_repositories.RefusesAfterTheFact,
        [UserRepositoryContract.test_a_refused_change_of_address_leaves_the_unit_of_work_usable],
    ),
    (user_repositories.RefusesOnesOwnAddress, [UserRepositoryContract.test_ones_own_address_is_taken_by_nobody_else]),
    (user_repositories.AddressesAreNeverGivenUp, [UserRepositoryContract.test_an_address_left_for_good_is_free]),
    (
        user_repositories.ReservesNothing,
        [
            UserRepositoryContract.test_an_address_that_can_be_taken_back_is_not_registered,
            UserRepositoryContract.test_nobody_changes_to_an_address_that_another_user_can_take_back,
            UserRepositoryContract.test_an_address_left_with_a_way_back_is_free_at_no_moment,
        ],
    ),
    (user_repositories.ReservesForNobody, [UserRepositoryContract.test_a_user_takes_back_the_address_that_is_reserved]),
    (
        user_repositories.ReservesWhatWasUsed,
        [
            UserRepositoryContract.test_a_token_that_undoes_nothing_keeps_nobody_from_registering,
            UserRepositoryContract.test_a_token_that_undoes_nothing_keeps_nobody_from_changing_to_its_address,
        ],
    ),
    (
        user_repositories.ReservesWhatIsVoid,
        [
            UserRepositoryContract.test_a_token_that_undoes_nothing_keeps_nobody_from_registering,
            UserRepositoryContract.test_a_token_that_undoes_nothing_keeps_nobody_from_changing_to_its_address,
        ],
    ),
    (
        user_repositories.ReservesWhatExpired,
        [
            UserRepositoryContract.test_a_token_that_undoes_nothing_keeps_nobody_from_registering,
            UserRepositoryContract.test_a_token_that_undoes_nothing_keeps_nobody_from_changing_to_its_address,
        ],
    ),
    (
        user_repositories.ReservesForAnyPurpose,
        [
            UserRepositoryContract.test_a_token_that_undoes_nothing_keeps_nobody_from_registering,
            UserRepositoryContract.test_a_token_that_undoes_nothing_keeps_nobody_from_changing_to_its_address,
        ],
    ),
    # Admins: who counts, and when
    (
        admin_rosters.CountsOneself,
        [
            AdminRosterContract.test_a_place_is_the_account_and_the_number_of_other_admins,
            AdminRosterContract.test_the_last_admin_has_no_others,
            AdminRosterContract.test_of_many_who_go_at_once_one_is_left,
        ],
    ),
    (
        admin_rosters.CountsEverybody,
        [AdminRosterContract.test_whoever_is_kept_out_or_no_admin_does_not_count],
    ),
    (
        admin_rosters.CountsWhoIsKeptOut,
        [
            AdminRosterContract.test_whoever_is_kept_out_or_no_admin_does_not_count,
            AdminRosterContract.test_who_has_not_verified_the_address_counts_where_that_is_not_required,
        ],
    ),
    (admin_rosters.TakesEverySuspensionForOne, [AdminRosterContract.test_whoever_is_let_in_counts]),
    (
        admin_rosters.AlwaysWantsAVerifiedAddress,
        [AdminRosterContract.test_who_has_not_verified_the_address_counts_where_that_is_not_required],
    ),
    (
        admin_rosters.CountsWithoutTheLock,
        [AdminRosterContract.test_what_was_done_before_in_the_same_unit_of_work_counts],
    ),
    (admin_rosters.MakesPlacesUp, [AdminRosterContract.test_who_is_no_user_has_no_place]),
    (admin_rosters.LocksNobody, [AdminRosterContract.test_an_admin_is_locked_like_any_user_and_can_be_saved]),
    (
        units_of_work.LeavingCommits,
        [AdminRosterContract.test_whoever_waits_for_one_that_is_rolled_back_finds_the_admins_as_they_were],
    ),
    (queries.DoesNotAnswerWhileSomebodyWrites, [AdminRosterContract.test_the_roster_keeps_nobody_else_waiting]),
    # The history of how accounts stood
    (status_histories.ForgetsTheEnd, [StatusHistoryContract.test_a_change_is_kept_as_it_was_written]),
    (status_histories.NumbersByTime, [StatusHistoryContract.test_changes_are_numbered_upwards_whatever_the_time]),
    (status_histories.KeepsNoTwins, [StatusHistoryContract.test_the_same_change_may_come_twice]),
    (status_histories.WantsToKnowWho, [StatusHistoryContract.test_a_change_may_be_by_somebody_who_does_not_exist]),
    (
        status_histories.NumbersDownwards,
        [
            StatusHistoryContract.test_changes_of_one_user_are_numbered_as_they_happened,
            StatusHistoryContract.test_changes_are_numbered_upwards_whatever_the_time,
        ],
    ),
    (
        status_histories.ShowsEverybodys,
        [
            StatusHistoryQueriesContract.test_who_was_never_shut_and_who_does_not_exist_have_no_history,
            StatusHistoryQueriesContract.test_changes_come_the_newest_first_and_those_of_others_are_not_among_them,
        ],
    ),
    (
        status_histories.ShowsTheOldestFirst,
        [StatusHistoryQueriesContract.test_changes_come_the_newest_first_and_those_of_others_are_not_among_them],
    ),
    (
        status_histories.KnowsNoLimit,
        [StatusHistoryQueriesContract.test_a_page_of_changes_has_no_more_than_was_asked_for],
    ),
    (
        status_histories.BeginsAfterIt,
        [StatusHistoryQueriesContract.test_a_page_begins_with_the_change_it_is_asked_to_begin_with],
    ),
    (
        status_histories.LooksForTheOneToBeginWith,
        [StatusHistoryQueriesContract.test_it_begins_there_too_where_that_number_is_of_nobody_or_somebody_else],
    ),
    (
        status_histories.RemembersTheHistory,
        [StatusHistoryQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (
        status_histories.ShowsNothingWhileSomebodyWrites,
        [StatusHistoryQueriesContract.test_locks_keep_nobody_who_reads_the_history_waiting],
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
    # Sessions: all of a user's at once
    (
        session_repositories.EndAllEndsOne,
        [SessionRepositoryContract.test_all_sessions_of_a_user_end_together_and_are_counted],
    ),
    (
        session_repositories.EndAllForgetsWhy,
        [SessionRepositoryContract.test_all_sessions_of_a_user_end_together_and_are_counted],
    ),
    (
        session_repositories.EndsAllOnlyIfOneIsKept,
        [SessionRepositoryContract.test_all_sessions_of_a_user_end_together_and_are_counted],
    ),
    (
        session_repositories.EndAllCountsWhatIsOver,
        [
            SessionRepositoryContract.test_what_ended_before_all_others_keeps_its_reason,
            SessionRepositoryContract.test_what_expired_is_not_ended_with_all_others,
            SessionRepositoryContract.test_a_session_ends_once_however_many_end_all,
        ],
    ),
    (
        session_repositories.EndAllCountsTheOneItKeeps,
        [
            SessionRepositoryContract.test_the_session_to_keep_lives_on_when_all_others_end,
            SessionRepositoryContract.test_where_there_is_no_session_none_ends,
        ],
    ),
    (
        session_repositories.EndAllKeepsNone,
        [SessionRepositoryContract.test_the_session_to_keep_lives_on_when_all_others_end],
    ),
    (
        session_repositories.EndsAllOfEverybody,
        [SessionRepositoryContract.test_sessions_of_others_live_on_when_all_of_a_user_end],
    ),
    (
        session_repositories.EndAllMovesEarlierEnds,
        [
            SessionRepositoryContract.test_what_ended_before_all_others_keeps_its_reason,
            SessionRepositoryContract.test_what_expired_is_not_ended_with_all_others,
        ],
    ),
    (
        session_repositories.EndAllCountsWhatLiesIdle,
        [SessionRepositoryContract.test_what_was_not_seen_since_ends_with_all_others_and_is_not_counted],
    ),
    (
        session_repositories.EndAllCountsWhatLaysIdleForAnInstant,
        [SessionRepositoryContract.test_what_was_not_seen_since_ends_with_all_others_and_is_not_counted],
    ),
    (
        session_repositories.EndAllLeavesWhatLiesIdle,
        [SessionRepositoryContract.test_what_was_not_seen_since_ends_with_all_others_and_is_not_counted],
    ),
    (session_repositories.AddCountsARefresh, [SessionRepositoryContract.test_a_session_is_stored_as_started]),
    # Sessions: which of them have to go for another
    (
        session_repositories.HoldsNothing,
        [
            SessionRepositoryContract.test_a_holder_is_the_account_and_those_of_its_live_sessions_that_are_too_many,
            SessionRepositoryContract.test_of_many_who_log_in_at_once_each_sees_those_before,
        ],
    ),
    (
        session_repositories.HoldsEverybodysSessions,
        [
            SessionRepositoryContract.test_a_holder_is_the_account_and_those_of_its_live_sessions_that_are_too_many,
            SessionRepositoryContract.test_sessions_of_others_take_no_place_and_are_not_evicted,
        ],
    ),
    (session_repositories.MakesHoldersUp, [SessionRepositoryContract.test_who_is_no_user_holds_nothing]),
    (
        session_repositories.HoldsWhatIsOver,
        [
            SessionRepositoryContract.test_sessions_that_are_over_are_not_held,
            SessionRepositoryContract.test_who_is_ended_by_somebody_else_first_has_not_to_go,
        ],
    ),
    (session_repositories.HoldsWhatExpired, [SessionRepositoryContract.test_sessions_that_are_over_are_not_held]),
    (
        session_repositories.HoldsWhatLiesIdle,
        [
            SessionRepositoryContract.test_sessions_that_were_not_seen_since_are_not_held,
            SessionRepositoryContract.test_sessions_that_were_not_seen_since_take_no_place,
        ],
    ),
    (
        session_repositories.HoldsWhatLaysIdleForAnInstant,
        [SessionRepositoryContract.test_sessions_that_were_not_seen_since_are_not_held],
    ),
    (
        session_repositories.HoldsWhatWasCommitted,
        [
            SessionRepositoryContract.test_what_was_done_before_in_the_same_unit_of_work_counts,
            SessionRepositoryContract.test_a_session_that_starts_in_the_same_unit_of_work_is_the_newest,
        ],
    ),
    (
        session_repositories.LocksNobody,
        [SessionRepositoryContract.test_a_holder_is_locked_like_any_user_and_can_be_saved],
    ),
    (session_repositories.EndsForEverybody, [SessionRepositoryContract.test_nobody_else_ends_a_session_that_has_to_go]),
    (session_repositories.NamesTheNewestFirst, [SessionRepositoryContract.test_the_oldest_sessions_end_and_say_why]),
    (session_repositories.EvictsNobody, [SessionRepositoryContract.test_the_oldest_sessions_end_and_say_why]),
    (session_repositories.EvictsTheNewest, [SessionRepositoryContract.test_the_oldest_sessions_end_and_say_why]),
    (session_repositories.EvictsAllOfThem, [SessionRepositoryContract.test_the_oldest_sessions_end_and_say_why]),
    (
        session_repositories.EvictsWhatWasStoredFirst,
        [SessionRepositoryContract.test_the_oldest_sessions_end_and_say_why],
    ),
    (
        session_repositories.EvictsOne,
        [
            SessionRepositoryContract.test_the_oldest_sessions_end_and_say_why,
            SessionRepositoryContract.test_all_of_them_end_where_none_is_kept,
        ],
    ),
    (session_repositories.EvictsWithoutAReason, [SessionRepositoryContract.test_the_oldest_sessions_end_and_say_why]),
    (
        session_repositories.CountsFromTheEnd,
        [SessionRepositoryContract.test_where_there_are_no_more_than_are_kept_none_ends],
    ),
    (session_repositories.AlwaysKeepsOne, [SessionRepositoryContract.test_all_of_them_end_where_none_is_kept]),
    (
        session_repositories.KeepsWhatStartedWithTheLast,
        [SessionRepositoryContract.test_of_sessions_that_started_at_the_same_moment_as_many_are_kept],
    ),
    (
        session_repositories.EvictsWhateverStartedBeforeTheFirst,
        [SessionRepositoryContract.test_of_sessions_that_started_at_the_same_moment_as_many_are_kept],
    ),
    (
        session_repositories.WhatIsOverTakesPlaces,
        [SessionRepositoryContract.test_sessions_that_are_over_take_no_place_and_keep_their_reason],
    ),
    (
        session_repositories.EvictsWhatIsOver,
        [SessionRepositoryContract.test_sessions_that_are_over_take_no_place_and_keep_their_reason],
    ),
    # Refreshes
    (
        session_refreshes.AdvancesForNobody,
        [SessionRefreshesContract.test_a_session_goes_on_to_the_next_generation_and_has_nothing_else_changed],
    ),
    (
        session_refreshes.ForgetsWhenItRefreshed,
        [SessionRefreshesContract.test_a_session_goes_on_to_the_next_generation_and_has_nothing_else_changed],
    ),
    (
        session_refreshes.SeesNobody,
        [SessionRefreshesContract.test_a_session_goes_on_to_the_next_generation_and_has_nothing_else_changed],
    ),
    (
        session_refreshes.SeesEarlier,
        [SessionRefreshesContract.test_a_session_was_seen_when_it_was_refreshed_but_never_earlier_than_before],
    ),
    (session_refreshes.CountsToOne, [SessionRefreshesContract.test_one_generation_follows_the_other]),
    (session_refreshes.StoresNothing, [SessionRefreshesContract.test_what_it_shows_is_what_is_stored]),
    (session_refreshes.ShowsTheSessionAsItWasBefore, [SessionRefreshesContract.test_what_it_shows_is_what_is_stored]),
    (session_refreshes.AnswersForAnySession, [SessionRefreshesContract.test_a_session_that_nobody_has_is_none]),
    (session_refreshes.AdvancesAllSessionsOfAUser, [SessionRefreshesContract.test_other_sessions_stay_as_they_are]),
    (session_refreshes.AdvancesAllSessions, [SessionRefreshesContract.test_other_sessions_stay_as_they_are]),
    (session_refreshes.NeverLengthens, [SessionRefreshesContract.test_a_session_lives_on_from_each_refresh]),
    (session_refreshes.SlidesFromTheStart, [SessionRefreshesContract.test_a_session_lives_on_from_each_refresh]),
    (
        session_refreshes.CountsDaysByTheCalendar,
        [SessionRefreshesContract.test_days_have_24_hours_also_where_clocks_are_changed],
    ),
    (session_refreshes.LivesForEver, [SessionRefreshesContract.test_in_all_it_lives_no_longer_than_is_allowed]),
    (session_refreshes.Shortens, [SessionRefreshesContract.test_it_never_lives_shorter_than_before]),
    (
        session_refreshes.IgnoresBlocks,
        [SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it],
    ),
    (
        session_refreshes.IgnoresSuspensions,
        [SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it],
    ),
    (
        session_refreshes.SuspensionsNeverEnd,
        [SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it],
    ),
    (
        session_refreshes.SuspensionsNeedAnEnd,
        [SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it],
    ),
    (
        session_refreshes.SuspensionsHoldAnInstantTooLong,
        [SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it],
    ),
    (
        session_refreshes.IgnoresRequiredResets,
        [SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it],
    ),
    (
        session_refreshes.NeverAsksForVerification,
        [SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it],
    ),
    (
        session_refreshes.AlwaysAsksForVerification,
        [SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it],
    ),
    (
        session_refreshes.SpendsTokensOfWhoIsKeptOut,
        [
            SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it,
            SessionRefreshesContract.test_only_the_current_generation_advances,
        ],
    ),
    (
        session_refreshes.SeesWhoIsKeptOut,
        [
            SessionRefreshesContract.test_it_advances_exactly_where_the_access_policy_has_nothing_against_it,
            SessionRefreshesContract.test_only_the_current_generation_advances,
        ],
    ),
    (session_refreshes.AdvancesByAnyToken, [SessionRefreshesContract.test_only_the_current_generation_advances]),
    (session_refreshes.AdvancesByTheTokenBefore, [SessionRefreshesContract.test_only_the_current_generation_advances]),
    (session_refreshes.AdvancesByTokensToCome, [SessionRefreshesContract.test_only_the_current_generation_advances]),
    (session_refreshes.RevivesEndedSessions, [SessionRefreshesContract.test_a_session_that_was_ended_does_not_advance]),
    (
        session_refreshes.RevivesSessionsBeforeTheirEnd,
        [SessionRefreshesContract.test_a_session_that_was_ended_does_not_advance],
    ),
    (session_refreshes.RevivesExpiredSessions, [SessionRefreshesContract.test_a_session_advances_until_it_expires]),
    (
        session_refreshes.SessionsLiveAnInstantTooLong,
        [SessionRefreshesContract.test_a_session_advances_until_it_expires],
    ),
    (
        session_refreshes.KnowsNoIdleness,
        [SessionRefreshesContract.test_a_session_that_was_not_seen_since_does_not_advance],
    ),
    (
        session_refreshes.SessionsLieIdleAnInstantTooLong,
        [SessionRefreshesContract.test_a_session_that_was_not_seen_since_does_not_advance],
    ),
    (
        session_refreshes.LooksBeforeItLeaps,
        [
            SessionRefreshesContract.test_of_many_with_one_token_it_advances_for_exactly_one,
            SessionRefreshesContract.test_a_session_that_is_ended_at_the_same_instant_is_over_whoever_came_first,
            SessionRefreshesContract.test_a_user_who_is_blocked_at_the_same_instant_has_no_session_whoever_came_first,
        ],
    ),
    (
        session_refreshes.RemembersWhatItShowed,
        [SessionRefreshesContract.test_whoever_lost_is_shown_what_it_is_since_when_asking_again],
    ),
    (
        session_refreshes.AdvancesTheLastThatWasAskedFor,
        [SessionRefreshesContract.test_many_sessions_advance_beside_each_other],
    ),
    # Activity
    (
        session_activities.WritesNothing,
        [SessionActivityContract.test_what_was_noted_is_written_down_and_nothing_else_changes],
    ),
    (
        session_activities.RefreshesToo,
        [SessionActivityContract.test_what_was_noted_is_written_down_and_nothing_else_changes],
    ),
    (
        session_activities.LengthensSessions,
        [SessionActivityContract.test_what_was_noted_is_written_down_and_nothing_else_changes],
    ),
    (
        session_activities.SeesAllSessionsOfAUser,
        [SessionActivityContract.test_what_was_noted_is_written_down_and_nothing_else_changes],
    ),
    (session_activities.WritesAtOnce, [SessionActivityContract.test_what_is_noted_has_not_been_written_yet]),
    (session_activities.KeepsTheLastNote, [SessionActivityContract.test_of_all_that_was_noted_the_latest_counts]),
    (session_activities.KeepsTheFirstNote, [SessionActivityContract.test_of_all_that_was_noted_the_latest_counts]),
    (
        session_activities.WritesEachTime,
        [
            SessionActivityContract.test_a_session_is_written_once_a_minute,
            SessionActivityContract.test_once_a_minute_however_many_processes_note_it,
        ],
    ),
    (session_activities.WritesAnInstantTooLate, [SessionActivityContract.test_a_session_is_written_once_a_minute]),
    (
        session_activities.KnowsItsOwnWritesOnly,
        [SessionActivityContract.test_once_a_minute_however_many_processes_note_it],
    ),
    (session_activities.WritesWholeMinutes, [SessionActivityContract.test_of_many_at_the_same_instant_one_writes]),
    (session_activities.SeesEarlier, [SessionActivityContract.test_a_session_was_never_seen_earlier_than_before]),
    (session_activities.PutsBackWhatItRead, [SessionActivityContract.test_a_refresh_at_the_same_instant_loses_nothing]),
    (session_activities.SeesWhatIsOver, [SessionActivityContract.test_what_is_over_or_unknown_is_left_out]),
    (session_activities.SeesWhatWasEndedLater, [SessionActivityContract.test_what_is_over_or_unknown_is_left_out]),
    (session_activities.SeesAnInstantTooLong, [SessionActivityContract.test_what_is_over_or_unknown_is_left_out]),
    (session_activities.RefusesWhatItDoesNotKnow, [SessionActivityContract.test_what_is_over_or_unknown_is_left_out]),
    (session_activities.StopsAtWhatItDoesNotKnow, [SessionActivityContract.test_what_is_over_or_unknown_is_left_out]),
    (
        session_activities.SeesAllWhereNothingWasNoted,
        [SessionActivityContract.test_where_nothing_was_noted_nothing_happens],
    ),
    (session_activities.ForgetsNothing, [SessionActivityContract.test_what_was_written_down_is_written_down_once]),
    (
        session_activities.WritesOnlyOnce,
        [SessionActivityContract.test_what_is_noted_after_that_is_written_the_next_time],
    ),
    (
        session_activities.WritesAThousand,
        [SessionActivityContract.test_thousands_are_written_down_each_to_its_own_moment],
    ),
    (
        session_activities.WritesOneMomentForAll,
        [SessionActivityContract.test_thousands_are_written_down_each_to_its_own_moment],
    ),
    # One-time tokens: one time, and told apart
    (
        one_time_token_repositories.AddForgetsTheAddress,
        [OneTimeTokenRepositoryContract.test_a_token_is_stored_as_it_was_issued],
    ),
    (
        one_time_token_repositories.AddsAtTheEnd,
        [OneTimeTokenRepositoryContract.test_what_is_issued_is_found_in_the_same_unit_of_work],
    ),
    (
        one_time_token_repositories.FindsAnyToken,
        [OneTimeTokenRepositoryContract.test_nobody_finds_a_token_that_was_not_issued],
    ),
    (
        one_time_token_repositories.HidesUsedTokens,
        [
            OneTimeTokenRepositoryContract.test_a_token_is_stored_as_it_was_issued,
            OneTimeTokenRepositoryContract.test_a_used_token_says_when,
        ],
    ),
    (
        one_time_token_repositories.HidesVoidTokens,
        [
            OneTimeTokenRepositoryContract.test_a_token_is_stored_as_it_was_issued,
            OneTimeTokenRepositoryContract.test_a_void_token_says_when,
        ],
    ),
    (
        one_time_token_repositories.UsesNothingUp,
        [
            OneTimeTokenRepositoryContract.test_a_used_token_says_when,
            OneTimeTokenRepositoryContract.test_of_many_who_hold_one_token_one_finds_it_unused,
        ],
    ),
    (one_time_token_repositories.UsesAllOfThem, [OneTimeTokenRepositoryContract.test_a_used_token_says_when]),
    (
        one_time_token_repositories.VoidsNothing,
        [
            OneTimeTokenRepositoryContract.test_a_void_token_says_when,
            OneTimeTokenRepositoryContract.test_of_many_who_hold_tokens_of_one_user_the_first_makes_the_others_void,
        ],
    ),
    (
        one_time_token_repositories.VoidsEveryPurpose,
        [OneTimeTokenRepositoryContract.test_tokens_for_other_purposes_stay_good],
    ),
    (
        one_time_token_repositories.VoidsForEverybody,
        [OneTimeTokenRepositoryContract.test_tokens_of_other_users_stay_good],
    ),
    (
        one_time_token_repositories.VoidsSinceEver,
        [OneTimeTokenRepositoryContract.test_tokens_issued_before_a_moment_stay_good],
    ),
    (
        one_time_token_repositories.VoidsWhatCameAfter,
        [OneTimeTokenRepositoryContract.test_tokens_issued_before_a_moment_stay_good],
    ),
    (
        one_time_token_repositories.VoidsWhatIsOver,
        [OneTimeTokenRepositoryContract.test_what_was_used_or_void_before_stays_as_it_was],
    ),
    (
        one_time_token_repositories.VoidsWhatIsAddedLater,
        [OneTimeTokenRepositoryContract.test_a_token_issued_after_the_others_became_void_is_good],
    ),
    # Pauses: begun by one, for their time
    (
        cool_downs.KeepsNobodyWaiting,
        [
            CoolDownsContract.test_a_pause_that_lasts_says_when_it_ends,
            CoolDownsContract.test_names_are_told_apart,
        ],
    ),
    (cool_downs.KeepsEverybodyWaiting, [CoolDownsContract.test_a_pause_begins_where_none_lasts]),
    (cool_downs.SaysWhenItWouldHaveEnded, [CoolDownsContract.test_a_pause_that_lasts_says_when_it_ends]),
    (cool_downs.BeginsAnewWheneverAsked, [CoolDownsContract.test_asking_changes_nothing_about_a_pause_that_lasts]),
    (cool_downs.LastsAnInstantTooLong, [CoolDownsContract.test_a_pause_is_over_at_its_end]),
    (
        cool_downs.LastsForEver,
        [
            CoolDownsContract.test_a_pause_is_over_at_its_end,
            CoolDownsContract.test_of_many_when_a_pause_is_over_one_begins_the_next,
        ],
    ),
    (cool_downs.NormalisesNames, [CoolDownsContract.test_names_are_told_apart]),
    (cool_downs.CutsNames, [CoolDownsContract.test_names_are_told_apart]),
    # The outbox: lossless, and each mail as it stands
    (mail_outboxes.SortsTheTokens, [MailOutboxContract.test_a_mail_is_queued_as_it_was_written]),
    (mail_outboxes.AddForgetsTheClient, [MailOutboxContract.test_a_mail_is_queued_as_it_was_written]),
    (mail_outboxes.AddsDeadMail, [MailOutboxContract.test_a_mail_is_due_at_once_and_was_never_tried]),
    (mail_outboxes.AddsTriedMail, [MailOutboxContract.test_a_mail_is_due_at_once_and_was_never_tried]),
    (
        mail_outboxes.AddressesNothing,
        [
            MailOutboxContract.test_a_request_becomes_a_users_mail_and_stays_where_it_was,
            MailOutboxContract.test_of_many_at_once_one_addresses_a_request,
            MailOutboxContract.test_other_requests_stay_nobodys,
        ],
    ),
    (
        mail_outboxes.AddressesWithoutSayingSo,
        [MailOutboxContract.test_a_request_becomes_a_users_mail_and_stays_where_it_was],
    ),
    (
        mail_outboxes.AddressesByAddingAnew,
        [MailOutboxContract.test_a_request_becomes_a_users_mail_and_stays_where_it_was],
    ),
    (
        mail_outboxes.AddressesWhatIsSomebodys,
        [
            MailOutboxContract.test_of_many_at_once_one_addresses_a_request,
            MailOutboxContract.test_a_mail_that_is_somebodys_stays_so,
        ],
    ),
    (mail_outboxes.AddressesWhatIsGone, [MailOutboxContract.test_a_request_that_is_gone_is_nobodys]),
    (mail_outboxes.AddressesAllOfThem, [MailOutboxContract.test_other_requests_stay_nobodys]),
    (
        mail_outboxes.RevivesNothing,
        [
            MailOutboxContract.test_a_dead_mail_is_revived_with_all_its_attempts_before_it,
            MailOutboxContract.test_a_mail_that_waits_is_due_when_it_is_revived,
        ],
    ),
    (
        mail_outboxes.RevivesWithoutSayingSo,
        [MailOutboxContract.test_a_dead_mail_is_revived_with_all_its_attempts_before_it],
    ),
    (mail_outboxes.RevivesTheDeadOnly, [MailOutboxContract.test_a_mail_that_waits_is_due_when_it_is_revived]),
    (
        mail_outboxes.RevivesForOneLastAttempt,
        [
            MailOutboxContract.test_a_dead_mail_is_revived_with_all_its_attempts_before_it,
            MailOutboxContract.test_a_mail_that_waits_is_due_when_it_is_revived,
        ],
    ),
    (mail_outboxes.RevivesAllOfThem, [MailOutboxContract.test_other_mails_stay_dead]),
    (mail_outboxes.RevivesWhatIsGone, [MailOutboxContract.test_a_mail_that_is_gone_is_not_revived]),
    # The queue of mails: each with one sender at a time, until it has left
    (
        mail_queues.ComesWithoutTokens,
        [
            MailQueueContract.test_a_mail_comes_with_its_user_and_its_tokens,
            MailQueueContract.test_user_and_tokens_come_as_they_are_now,
        ],
    ),
    (
        mail_queues.ComesWithEveryToken,
        [
            MailQueueContract.test_a_mail_comes_with_its_user_and_its_tokens,
            MailQueueContract.test_a_user_needs_no_token_to_be_mailed,
        ],
    ),
    (
        mail_queues.ComesOnlyWithTokens,
        [
            MailQueueContract.test_a_user_needs_no_token_to_be_mailed,
            MailQueueContract.test_a_mail_to_whoever_has_the_address_comes_without_a_user,
        ],
    ),
    (mail_queues.CountsFromZero, [MailQueueContract.test_a_mail_comes_with_its_user_and_its_tokens]),
    (
        mail_queues.FindsOutWhoHasTheAddress,
        [MailQueueContract.test_a_mail_to_whoever_has_the_address_comes_without_a_user],
    ),
    (mail_queues.ComesWithTheUserOfThatTime, [MailQueueContract.test_user_and_tokens_come_as_they_are_now]),
    (mail_queues.ComesWithTokensOfThatTime, [MailQueueContract.test_user_and_tokens_come_as_they_are_now]),
    (
        mail_queues.MakesMailUp,
        [
            MailQueueContract.test_where_nothing_is_queued_nothing_is_due,
            MailQueueContract.test_a_mail_that_has_left_is_gone,
            MailQueueContract.test_a_dead_mail_is_not_tried_again,
        ],
    ),
    (mail_queues.LastInFirstOut, [MailQueueContract.test_the_mail_that_has_been_due_the_longest_comes_first]),
    (
        mail_queues.SmallestNumberFirst,
        [
            MailQueueContract.test_the_mail_that_has_been_due_the_longest_comes_first,
            MailQueueContract.test_what_was_postponed_takes_its_turn_among_the_others,
        ],
    ),
    (
        mail_queues.OneAtATime,
        [
            MailQueueContract.test_nobody_waits_until_somebody_elses_mail_has_left,
            MailQueueContract.test_of_many_at_the_same_instant_each_gets_a_mail_of_its_own,
        ],
    ),
    (
        mail_queues.TakersDoNotSeeEachOther,
        [
            MailQueueContract.test_of_many_at_the_same_instant_each_gets_a_mail_of_its_own,
            MailQueueContract.test_of_many_at_the_end_of_a_lease_one_gets_the_mail,
        ],
    ),
    (
        mail_queues.LeasesForNoTime,
        [
            MailQueueContract.test_a_mail_belongs_to_whoever_took_it_until_the_lease_is_over,
            MailQueueContract.test_of_many_at_the_end_of_a_lease_one_gets_the_mail,
            MailQueueContract.test_a_mail_that_was_taken_is_due_when_the_lease_is_over,
        ],
    ),
    (
        mail_queues.LeasesAnInstantTooShort,
        [MailQueueContract.test_a_mail_belongs_to_whoever_took_it_until_the_lease_is_over],
    ),
    (
        mail_queues.LeasesAnInstantTooLong,
        [MailQueueContract.test_a_mail_belongs_to_whoever_took_it_until_the_lease_is_over],
    ),
    (
        mail_queues.LosesWhatWasTaken,
        [
            MailQueueContract.test_a_mail_belongs_to_whoever_took_it_until_the_lease_is_over,
            MailQueueContract.test_of_many_at_the_end_of_a_lease_one_gets_the_mail,
            MailQueueContract.test_a_mail_that_was_taken_is_due_when_the_lease_is_over,
        ],
    ),
    (
        mail_queues.CountsNoAttempts,
        [
            MailQueueContract.test_a_mail_belongs_to_whoever_took_it_until_the_lease_is_over,
            MailQueueContract.test_a_mail_that_was_postponed_is_due_when_it_was_told,
        ],
    ),
    (
        mail_queues.RemovesNothing,
        [
            MailQueueContract.test_a_mail_that_has_left_is_gone,
            MailQueueContract.test_what_is_dead_or_gone_will_not_be_due,
        ],
    ),
    (mail_queues.RemovesAllOfThem, [MailQueueContract.test_other_mails_have_not_left]),
    (mail_queues.RemovesForWhoeverHasItOnly, [MailQueueContract.test_what_has_left_has_left_whoever_has_it_now]),
    (
        mail_queues.PostponesNothing,
        [
            MailQueueContract.test_a_mail_that_was_postponed_is_due_when_it_was_told,
            MailQueueContract.test_a_mail_that_was_postponed_says_why,
            MailQueueContract.test_a_mail_that_was_postponed_is_the_next_if_no_other_is,
        ],
    ),
    (mail_queues.PostponesWithoutSayingWhy, [MailQueueContract.test_a_mail_that_was_postponed_says_why]),
    (
        mail_queues.PostponesForEver,
        [
            MailQueueContract.test_a_mail_that_was_postponed_is_due_when_it_was_told,
            MailQueueContract.test_what_was_postponed_takes_its_turn_among_the_others,
        ],
    ),
    (mail_queues.PostponesAllOfThem, [MailQueueContract.test_other_mails_are_neither_postponed_nor_dead]),
    (mail_queues.PostponesForAnybody, [MailQueueContract.test_whoever_took_too_long_postpones_nothing]),
    (mail_queues.PostponesWhatHasLeft, [MailQueueContract.test_what_has_left_does_not_come_back]),
    (
        mail_queues.BuriesNothing,
        [
            MailQueueContract.test_a_dead_mail_is_not_tried_again,
            MailQueueContract.test_a_dead_mail_is_kept_and_says_why,
            MailQueueContract.test_what_is_dead_or_gone_will_not_be_due,
        ],
    ),
    (mail_queues.BuriesWithoutATrace, [MailQueueContract.test_a_dead_mail_is_kept_and_says_why]),
    (mail_queues.BuriesAllOfThem, [MailQueueContract.test_other_mails_are_neither_postponed_nor_dead]),
    (mail_queues.BuriesForAnybody, [MailQueueContract.test_whoever_took_too_long_buries_nothing]),
    (
        mail_queues.ComparesAttemptsOnly,
        [MailQueueContract.test_whoever_took_too_long_changes_nothing_about_a_mail_that_was_revived_since],
    ),
    (mail_queues.BuriesWhatHasLeft, [MailQueueContract.test_what_has_left_does_not_come_back]),
    (mail_queues.SomethingIsAlwaysDue, [MailQueueContract.test_where_nothing_is_queued_nothing_will_be_due]),
    (mail_queues.NothingIsEverDue, [MailQueueContract.test_the_next_mail_may_have_been_due_long_ago]),
    (
        mail_queues.LooksAgainForTheLast,
        [
            MailQueueContract.test_the_next_mail_may_have_been_due_long_ago,
            MailQueueContract.test_a_mail_that_was_postponed_is_the_next_if_no_other_is,
        ],
    ),
    (mail_queues.ForgetsWhatWasTaken, [MailQueueContract.test_a_mail_that_was_taken_is_due_when_the_lease_is_over]),
    (mail_queues.TheDeadAreDue, [MailQueueContract.test_what_is_dead_or_gone_will_not_be_due]),
    # Queries: up to date, about the one asked for
    (
        queries.FindsWhoeverCameFirst,
        [
            UserQueriesContract.test_finds_a_user_by_number,
            UserQueriesContract.test_finds_an_account_by_address,
            UserQueriesContract.test_finds_an_account_by_number,
        ],
    ),
    (queries.MakesUsersUp, [UserQueriesContract.test_answers_none_where_there_is_nobody]),
    (queries.DoesNotAnswerWhileSomebodyWrites, [UserQueriesContract.test_locks_keep_no_reader_waiting]),
    (queries.RemembersUsers, [UserQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer]),
    (queries.RemembersAccounts, [UserQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer]),
    (
        queries.RemembersAccountsByNumber,
        [UserQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (queries.MakesCandidatesUp, [UserQueriesContract.test_answers_none_where_there_is_nobody]),
    (queries.RemembersWhoWasNotThere, [UnitOfWorkContract.test_nobody_sees_anything_before_the_commit]),
    (queries.NamesAnotherUser, [SessionQueriesContract.test_finds_a_session_and_its_user]),
    (queries.MakesSessionsUp, [SessionQueriesContract.test_answers_none_where_there_is_no_such_session]),
    (queries.HidesEndedSessions, [SessionRepositoryContract.test_an_ended_session_says_when_and_why]),
    (
        queries.NeverSawASessionEnd,
        [SessionQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (queries.AnswersEverybodyLikeTheFirst, [SessionQueriesContract.test_many_at_once_each_get_their_own]),
    # Queries: who logs in, whose address it is, what was sent
    (queries.LogsInToSomebodyElse, [UserQueriesContract.test_finds_the_account_somebody_logs_in_to]),
    (
        queries.RecognisesEverybody,
        [
            UserQueriesContract.test_what_the_user_said_was_somebody_else_is_not_recognised,
            UserQueriesContract.test_a_login_with_another_user_agent_is_not_recognised,
            UserQueriesContract.test_a_login_from_another_network_is_not_recognised,
            UserQueriesContract.test_an_ipv6_network_has_64_bits,
            UserQueriesContract.test_no_user_agent_is_one_like_any_other,
            UserQueriesContract.test_no_address_is_a_network_like_any_other,
            UserQueriesContract.test_logins_of_others_say_nothing,
            UserQueriesContract.test_logins_that_are_over_count,
        ],
    ),
    (
        queries.RecognisesNobody,
        [
            UserQueriesContract.test_a_newer_version_of_a_known_browser_is_recognised,
            UserQueriesContract.test_the_very_first_login_is_recognised_wherever_it_comes_from,
            UserQueriesContract.test_a_login_from_the_same_place_with_the_same_user_agent_is_recognised,
            UserQueriesContract.test_addresses_of_one_network_are_one_place,
            UserQueriesContract.test_an_ipv6_network_has_64_bits,
        ],
    ),
    (
        queries.TakesALoginWithoutSessionsForTheFirst,
        [UserQueriesContract.test_where_no_session_is_left_a_login_is_not_the_first_one],
    ),
    (
        queries.DistrustsTheFirstLogin,
        [UserQueriesContract.test_the_very_first_login_is_recognised_wherever_it_comes_from],
    ),
    (
        queries.LooksAtTheUserAgentOnly,
        [
            UserQueriesContract.test_a_login_from_another_network_is_not_recognised,
            UserQueriesContract.test_an_ipv6_network_has_64_bits,
        ],
    ),
    (queries.LooksAtTheNetworkOnly, [UserQueriesContract.test_a_login_with_another_user_agent_is_not_recognised]),
    (
        queries.LooksAtTheLastLoginOnly,
        [UserQueriesContract.test_a_login_from_the_same_place_with_the_same_user_agent_is_recognised],
    ),
    (
        queries.WantsTheSameAddress,
        [
            UserQueriesContract.test_addresses_of_one_network_are_one_place,
            UserQueriesContract.test_an_ipv6_network_has_64_bits,
        ],
    ),
    (queries.KnowsWideNetworksOnly, [UserQueriesContract.test_an_ipv6_network_has_64_bits]),
    (queries.WantsBothFromOneLogin, [UserQueriesContract.test_user_agent_and_network_may_be_known_from_two_logins]),
    (
        queries.NullEqualsNothing,
        [
            UserQueriesContract.test_no_user_agent_is_one_like_any_other,
            UserQueriesContract.test_no_address_is_a_network_like_any_other,
        ],
    ),
    (
        queries.NullEqualsAnything,
        [
            UserQueriesContract.test_no_user_agent_is_one_like_any_other,
            UserQueriesContract.test_no_address_is_a_network_like_any_other,
        ],
    ),
    (
        queries.MixesUpPeople,
        [
            UserQueriesContract.test_the_very_first_login_is_recognised_wherever_it_comes_from,
            UserQueriesContract.test_logins_of_others_say_nothing,
        ],
    ),
    (queries.ForgetsLoginsThatAreOver, [UserQueriesContract.test_logins_that_are_over_count]),
    (
        queries.EveryAddressIsTaken,
        [
            UserQueriesContract.test_an_address_nobody_has_is_not_taken,
            UserQueriesContract.test_an_address_is_taken_until_it_cannot_be_taken_back,
        ],
    ),
    (queries.EveryAddressIsFree, [UserQueriesContract.test_an_address_is_taken_by_others_than_its_owner]),
    (
        queries.OnesOwnAddressIsTaken,
        [
            UserQueriesContract.test_an_address_is_taken_by_others_than_its_owner,
            UserQueriesContract.test_an_address_is_taken_by_others_than_the_one_who_can_take_it_back,
        ],
    ),
    (
        queries.KnowsNoReservations,
        [
            UserQueriesContract.test_an_address_is_taken_by_others_than_the_one_who_can_take_it_back,
            UserQueriesContract.test_an_address_is_taken_until_it_cannot_be_taken_back,
        ],
    ),
    (queries.EveryTokenReserves, [UserQueriesContract.test_a_token_that_undoes_nothing_takes_no_address]),
    (
        queries.ReservesAnInstantTooLong,
        [
            UserQueriesContract.test_an_address_is_taken_until_it_cannot_be_taken_back,
            UserQueriesContract.test_a_token_that_undoes_nothing_takes_no_address,
        ],
    ),
    (queries.NeverSentAnything, [UserQueriesContract.test_the_last_mail_that_verifies_counts_whatever_became_of_it]),
    (queries.CountsWhatOthersGot, [UserQueriesContract.test_a_user_who_was_sent_nothing_has_no_moment_of_it]),
    (queries.CountsGoodTokensOnly, [UserQueriesContract.test_the_last_mail_that_verifies_counts_whatever_became_of_it]),
    (queries.CountsEveryMail, [UserQueriesContract.test_mails_about_other_things_verify_nothing]),
    (queries.CountsFormerAddresses, [UserQueriesContract.test_only_mails_to_the_present_address_count]),
    # Queries: sessions that many ask for, and those of a user
    (queries.HidesEndedSessions, [SessionQueriesContract.test_an_ended_session_is_found_and_says_why]),
    (queries.NeverSawASessionEnd, [SessionQueriesContract.test_an_ended_session_is_found_and_says_why]),
    (queries.AnswersOneOfThem, [SessionQueriesContract.test_many_who_ask_for_the_same_session_at_once_all_get_it]),
    (
        queries.JoinsWhatIsUnderWay,
        [SessionQueriesContract.test_while_others_ask_too_everybody_gets_what_was_committed_before],
    ),
    (
        queries.FallsWithWhoeverAskedFirst,
        [
            SessionQueriesContract.test_a_caller_that_gives_up_leaves_the_others_alone,
            SessionQueriesContract.test_after_all_have_given_up_the_next_gets_an_answer,
        ],
    ),
    (queries.KnowsNoNumbers, [SessionQueriesContract.test_a_session_has_a_number_by_which_it_is_found]),
    (queries.TakesAnyNumber, [SessionQueriesContract.test_by_a_number_that_no_session_has_none_is_found]),
    (queries.HidesNumbersOfEndedSessions, [SessionQueriesContract.test_it_is_found_by_its_number_when_it_is_over]),
    (
        queries.ListsEverybodysSessions,
        [
            SessionQueriesContract.test_a_user_without_sessions_has_none,
            SessionQueriesContract.test_sessions_of_others_are_not_among_them,
        ],
    ),
    (queries.ListsTheOldestFirst, [SessionQueriesContract.test_sessions_come_as_they_are_stored_the_newest_first]),
    (queries.ListsWhatWasEnded, [SessionQueriesContract.test_sessions_that_are_over_are_not_among_them]),
    (queries.ListsWhatExpired, [SessionQueriesContract.test_sessions_that_are_over_are_not_among_them]),
    (queries.ListsWhatExpiresNow, [SessionQueriesContract.test_sessions_that_are_over_are_not_among_them]),
    (queries.ListsWhatLiesIdle, [SessionQueriesContract.test_sessions_that_were_not_seen_since_are_not_among_them]),
    (
        queries.ListsWhatLaysIdleForAnInstant,
        [SessionQueriesContract.test_sessions_that_were_not_seen_since_are_not_among_them],
    ),
    (queries.ListsThemAll, [SessionQueriesContract.test_a_page_of_sessions_has_no_more_than_was_asked_for]),
    (
        queries.BeginsWithTheLastSessionAgain,
        [SessionQueriesContract.test_the_next_page_of_sessions_begins_after_the_last_one],
    ),
    (queries.LooksForTheLastSession, [SessionQueriesContract.test_it_begins_there_too_when_that_session_is_over]),
    (queries.CutsBeforeItLooks, [SessionQueriesContract.test_a_page_is_full_also_where_sessions_in_between_are_over]),
    (
        queries.ShowsNoSessionsWhileSomebodyWrites,
        [SessionQueriesContract.test_locks_keep_nobody_who_reads_sessions_waiting],
    ),
    (queries.ForgetsEndedSessions, [SessionQueriesContract.test_all_sessions_of_a_user_are_those_that_are_over_too]),
    (queries.ForgetsExpiredSessions, [SessionQueriesContract.test_all_sessions_of_a_user_are_those_that_are_over_too]),
    (queries.ListsAllOfEverybody, [SessionQueriesContract.test_all_sessions_of_a_user_are_those_that_are_over_too]),
    (queries.ListsAllOldestFirst, [SessionQueriesContract.test_all_sessions_of_a_user_are_those_that_are_over_too]),
    (queries.ListsAllWithoutLimit, [SessionQueriesContract.test_pages_of_all_sessions_join_without_a_gap]),
    (queries.ListsTheLastOneTwice, [SessionQueriesContract.test_pages_of_all_sessions_join_without_a_gap]),
    (queries.SkipsOneAfterEachPage, [SessionQueriesContract.test_pages_of_all_sessions_join_without_a_gap]),
    (
        queries.ListsNoneWhileSomebodyWrites,
        [SessionQueriesContract.test_locks_keep_nobody_who_reads_sessions_waiting],
    ),
    # Queries: why somebody gets in or does not
    (access_queries.InventsARecord, [AccessQueriesContract.test_of_a_user_who_is_not_there_there_is_no_record]),
    (access_queries.InventsAnAttempt, [AccessQueriesContract.test_a_record_begins_with_the_user_and_nothing_else]),
    (access_queries.ForgetsTheSuspension, [AccessQueriesContract.test_the_user_comes_with_every_fact_that_counts]),
    (access_queries.CountsEndedSessions, [AccessQueriesContract.test_sessions_that_live_are_counted_and_nobody_elses]),
    (
        access_queries.CountsEverybodysSessions,
        [AccessQueriesContract.test_sessions_that_live_are_counted_and_nobody_elses],
    ),
    (access_queries.CountsAnInstantTooLong, [AccessQueriesContract.test_one_is_live_up_to_its_end]),
    (access_queries.CountsWhatLiesIdle, [AccessQueriesContract.test_one_that_was_not_seen_since_does_not_count]),
    (access_queries.HidesTheReason, [AccessQueriesContract.test_an_attempt_comes_with_what_came_of_it_and_from_where]),
    (access_queries.TakesEverythingForAnAttempt, [AccessQueriesContract.test_nothing_else_that_happened_is_an_attempt]),
    (
        access_queries.TakesActorsForTargets,
        [AccessQueriesContract.test_attempts_at_other_accounts_and_at_none_are_not_among_them],
    ),
    (
        access_queries.TellsAttemptsAsWritten,
        [AccessQueriesContract.test_the_newest_attempts_come_first_however_many_months_they_are_apart],
    ),
    (
        access_queries.CutsBeforeItSorts,
        [AccessQueriesContract.test_the_newest_attempts_come_first_however_many_months_they_are_apart],
    ),
    (
        access_queries.TellsThisYearOnly,
        [AccessQueriesContract.test_the_newest_attempts_come_first_however_many_months_they_are_apart],
    ),
    (
        access_queries.TellsTheFirstOfAMomentFirst,
        [AccessQueriesContract.test_of_one_moment_what_was_written_last_comes_first],
    ),
    (
        access_queries.RemembersRecords,
        [AccessQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (
        access_queries.KnowsNobodyWhileSomebodyWrites,
        [AccessQueriesContract.test_what_is_not_committed_is_not_told_and_keeps_no_reader_waiting],
    ),
    # Queries: mail that has not left, page by page
    (queries.InventsMail, [MailQueriesContract.test_where_every_mail_has_left_there_is_none]),
    (queries.OrdersMailByWhenItIsDue, [MailQueriesContract.test_mails_come_in_the_order_of_their_ids]),
    (queries.KnowsNoLimit, [MailQueriesContract.test_a_page_has_no_more_than_was_asked_for]),
    (queries.BeginsWithTheLastMailAgain, [MailQueriesContract.test_the_next_page_begins_after_the_last_mail]),
    (queries.LooksForTheLastMail, [MailQueriesContract.test_the_next_page_begins_there_too_when_that_mail_has_left]),
    (queries.HidesDeadMail, [MailQueriesContract.test_mails_that_wait_and_dead_ones_say_how_they_stand]),
    (queries.SaysNotWhy, [MailQueriesContract.test_mails_that_wait_and_dead_ones_say_how_they_stand]),
    (queries.RemembersMail, [MailQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer]),
    (queries.ShowsNoMailWhileSomebodyWrites, [MailQueriesContract.test_locks_keep_no_reader_waiting]),
    # Queries: what was taken back
    (revocation_queries.TellsNoSessions, [RevocationQueriesContract.test_an_ended_session_is_told_with_its_moment]),
    (revocation_queries.RoundsMoments, [RevocationQueriesContract.test_an_ended_session_is_told_with_its_moment]),
    (
        revocation_queries.TellsExpiredSessions,
        [RevocationQueriesContract.test_live_and_expired_sessions_are_not_told_nor_users_who_may_come_in],
    ),
    (
        revocation_queries.TellsLiveSessions,
        [RevocationQueriesContract.test_live_and_expired_sessions_are_not_told_nor_users_who_may_come_in],
    ),
    (revocation_queries.KnowsBlocksOnly, [RevocationQueriesContract.test_each_way_to_cut_a_user_off_is_told]),
    (revocation_queries.KnowsNoResets, [RevocationQueriesContract.test_each_way_to_cut_a_user_off_is_told]),
    (
        revocation_queries.TellsTheBlockFirst,
        [RevocationQueriesContract.test_of_several_facts_about_a_user_the_latest_counts],
    ),
    (
        revocation_queries.ForgetsSuspensionsThatAreOver,
        [RevocationQueriesContract.test_a_suspension_that_is_over_cut_off_all_the_same],
    ),
    (
        revocation_queries.BeginsBehindTheMoment,
        [RevocationQueriesContract.test_the_moment_asked_for_is_included_and_what_was_before_is_not],
    ),
    (
        revocation_queries.BeginsBefore,
        [RevocationQueriesContract.test_the_moment_asked_for_is_included_and_what_was_before_is_not],
    ),
    (
        revocation_queries.TellsUsersLast,
        [RevocationQueriesContract.test_they_come_in_order_of_time_then_sessions_then_users],
    ),
    (
        revocation_queries.NewestFirst,
        [RevocationQueriesContract.test_they_come_in_order_of_time_then_sessions_then_users],
    ),
    (revocation_queries.KnowsNoLimit, [RevocationQueriesContract.test_no_more_are_told_than_asked_for]),
    (revocation_queries.LimitsEachKind, [RevocationQueriesContract.test_no_more_are_told_than_asked_for]),
    (
        revocation_queries.GoesOnByTimeAlone,
        [RevocationQueriesContract.test_pages_join_without_a_gap_also_within_one_moment],
    ),
    (
        revocation_queries.RemembersRevocations,
        [RevocationQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (
        revocation_queries.TellsNothingWhileSomebodyWrites,
        [RevocationQueriesContract.test_what_is_not_committed_is_not_told_and_keeps_no_reader_waiting],
    ),
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
    (clocks_and_secrets.ShortOneTimeTokenIds, [SecretSourceContract.test_an_id_of_a_one_time_token_is_128_bits_in_hex]),
    (clocks_and_secrets.OneOneTimeTokenIdForAll, [SecretSourceContract.test_nothing_comes_twice]),
    (clocks_and_secrets.MailIdsWithDashes, [SecretSourceContract.test_a_mail_id_is_32_hex_digits]),
    (clocks_and_secrets.OneMailIdForAll, [SecretSourceContract.test_nothing_comes_twice]),
    (clocks_and_secrets.MailIdsInNoOrder, [SecretSourceContract.test_mail_ids_sort_by_the_time_they_were_made]),
    (clocks_and_secrets.JitterInPercent, [SecretSourceContract.test_jitter_is_a_share]),
    (clocks_and_secrets.JitterOfAWhole, [SecretSourceContract.test_jitter_is_a_share]),
    # Mailers
    (mailers.SendsNothing, [MailerContract.test_a_letter_arrives_where_it_is_addressed_to]),
    (mailers.SendsToSomebodyElse, [MailerContract.test_a_letter_arrives_where_it_is_addressed_to]),
    (mailers.SendsACopyToSomebodyElse, [MailerContract.test_a_letter_arrives_where_it_is_addressed_to]),
    (mailers.ForgetsTheSecondLink, [MailerContract.test_every_kind_of_letter_brings_its_tokens]),
    (mailers.KnowsEnglishOnly, [MailerContract.test_readers_of_any_language_get_their_mail]),
    (mailers.KnowsPlainNamesOnly, [MailerContract.test_no_name_keeps_a_mail_from_its_reader_or_sends_it_to_others]),
    (mailers.BelievesNames, [MailerContract.test_no_name_keeps_a_mail_from_its_reader_or_sends_it_to_others]),
    (mailers.NumbersAnew, [MailerContract.test_the_same_letter_again_is_the_same_mail]),
    (mailers.SendsEverybodyTheFirstLinks, [MailerContract.test_many_at_once_each_get_their_own]),
    (mailers.SwallowsRefusals, [MailerContract.test_what_nobody_takes_now_is_deferred]),
    (mailers.GivesUpForGood, [MailerContract.test_what_nobody_takes_now_is_deferred]),
    (mailers.TellsWhomItWasFor, [MailerContract.test_the_reason_tells_nothing_of_the_mail]),
    (mailers.RepeatsWhatTheServerSaid, [MailerContract.test_the_reason_tells_nothing_of_the_mail]),
    # Password strength, breached passwords
    (
        password_strengths.CountsCharactersOnly,
        [PasswordStrengthContract.test_a_common_password_is_guessed_within_a_million_tries],
    ),
    (
        password_strengths.FindsEverythingWeak,
        [PasswordStrengthContract.test_a_password_of_some_length_that_is_not_common_survives_a_million_tries],
    ),
    (password_strengths.DoesNotKnowWhoAsks, [PasswordStrengthContract.test_what_somebody_is_called_is_guessed_first]),
    (password_strengths.KnowsOneWordOnly, [PasswordStrengthContract.test_what_somebody_is_called_is_guessed_first]),
    (
        password_strengths.RemembersEveryWord,
        [PasswordStrengthContract.test_what_somebody_is_called_means_nothing_for_anybody_else],
    ),
    (password_strengths.CountsOn, [PasswordStrengthContract.test_any_text_has_a_score_from_0_to_4]),
    (password_strengths.RefusesWhatIsNoText, [PasswordStrengthContract.test_any_text_has_a_score_from_0_to_4]),
    (breached_passwords.FindsNothing, [BreachedPasswordsContract.test_a_password_of_a_breach_is_among_them]),
    (breached_passwords.FindsWhatCanBeEncoded, [BreachedPasswordsContract.test_a_password_of_a_breach_is_among_them]),
    (breached_passwords.IgnoresCase, [BreachedPasswordsContract.test_another_password_is_not]),
    (breached_passwords.FindsBeginnings, [BreachedPasswordsContract.test_another_password_is_not]),
    (breached_passwords.AnswersOnlyOneAtATime, [BreachedPasswordsContract.test_many_can_ask_at_once]),
    (
        breached_passwords.FailsClosed,
        [BreachedPasswordsContract.test_a_collection_that_cannot_be_asked_keeps_nobody_from_choosing],
    ),
    (
        breached_passwords.PassesTheOutageOn,
        [BreachedPasswordsContract.test_a_collection_that_cannot_be_asked_keeps_nobody_from_choosing],
    ),
    # Devices
    (device_parsers.KnowsNothing, [DeviceParserContract.test_knows_what_most_people_use_by_names_without_versions]),
    (device_parsers.TellsVersions, [DeviceParserContract.test_knows_what_most_people_use_by_names_without_versions]),
    (
        device_parsers.TakesChromeForSafari,
        [DeviceParserContract.test_knows_what_most_people_use_by_names_without_versions],
    ),
    (device_parsers.AllOrNothing, [DeviceParserContract.test_what_is_not_recognised_is_left_out]),
    (
        device_parsers.SaysOther,
        [
            DeviceParserContract.test_what_is_not_recognised_is_left_out,
            DeviceParserContract.test_anything_can_stand_in_a_user_agent,
        ],
    ),
    (device_parsers.TakesNobodyForAWindow, [DeviceParserContract.test_without_a_user_agent_nothing_is_known]),
    (device_parsers.RefusesWhatIsTooLong, [DeviceParserContract.test_anything_can_stand_in_a_user_agent]),
    (device_parsers.RepeatsWhatItDoesNotKnow, [DeviceParserContract.test_nothing_of_a_user_agent_is_repeated]),
    (device_parsers.RepeatsWhatBegins, [DeviceParserContract.test_nothing_of_a_user_agent_is_repeated]),
    # Tokens of one time, as they are mailed
    (one_time_token_codecs.DrawsTokens, [OneTimeTokenCodecContract.test_the_same_id_gives_the_same_token]),
    (one_time_token_codecs.OneTokenForAll, [OneTimeTokenCodecContract.test_no_other_id_gives_the_same_token]),
    (one_time_token_codecs.LooksAtTheBeginning, [OneTimeTokenCodecContract.test_no_other_id_gives_the_same_token]),
    (
        one_time_token_codecs.ShortTokens,
        [OneTimeTokenCodecContract.test_a_token_can_stand_in_a_url_and_has_room_for_128_bits],
    ),
    (
        one_time_token_codecs.TokensWithPadding,
        [OneTimeTokenCodecContract.test_a_token_can_stand_in_a_url_and_has_room_for_128_bits],
    ),
    (one_time_token_codecs.DerivesOnlyOnce, [OneTimeTokenCodecContract.test_a_token_is_derived_again_for_its_digest]),
    (one_time_token_codecs.DoesNotCompare, [OneTimeTokenCodecContract.test_a_digest_of_something_else_gives_nothing]),
    (
        one_time_token_codecs.ComparesTheBeginning,
        [OneTimeTokenCodecContract.test_a_digest_of_something_else_gives_nothing],
    ),
    (
        one_time_token_codecs.ForgetsReplacedKeys,
        [OneTimeTokenCodecContract.test_a_key_that_was_replaced_gives_its_tokens_again],
    ),
    (one_time_token_codecs.NeedsNoKey, [OneTimeTokenCodecContract.test_a_key_that_was_replaced_gives_no_new_tokens]),
    (
        one_time_token_codecs.GoesOnWithTheReplacedKey,
        [OneTimeTokenCodecContract.test_a_key_that_was_replaced_gives_no_new_tokens],
    ),
    (one_time_token_codecs.KnowsKeysToCome, [OneTimeTokenCodecContract.test_a_key_that_is_not_known_gives_nothing]),
    # Signing keys: lost, mixed up, open to anybody
    (signing_keys.RoundsTimes, [SigningKeyRepositoryContract.test_a_key_is_kept_as_it_was_added]),
    (signing_keys.RewritesWhatIsPublished, [SigningKeyRepositoryContract.test_a_key_is_kept_as_it_was_added]),
    (
        signing_keys.LocksInTheOrderOfMaking,
        [SigningKeyRepositoryContract.test_keys_are_locked_in_the_order_in_which_they_begin_to_sign],
    ),
    (signing_keys.SavesNoSeal, [SigningKeyRepositoryContract.test_when_a_key_retires_and_its_seal_can_change]),
    (signing_keys.SavesEverything, [SigningKeyRepositoryContract.test_nothing_else_of_a_key_changes]),
    (
        signing_keys.SavesWhatIsGone,
        [SigningKeyRepositoryContract.test_saving_a_key_that_is_gone_does_not_bring_it_back],
    ),
    (
        signing_keys.RemovesTheFirst,
        [SigningKeyRepositoryContract.test_a_key_is_removed_once_however_often_and_no_other],
    ),
    (
        signing_keys.RemovesNothing,
        [
            SigningKeyRepositoryContract.test_a_key_is_removed_once_however_often_and_no_other,
            SigningKeyRepositoryContract.test_saving_a_key_that_is_gone_does_not_bring_it_back,
        ],
    ),
    (signing_keys.MakesKeysUp, [SigningKeyQueriesContract.test_at_first_there_is_none]),
    (
        signing_keys.ShowsKeysInTheOrderOfMaking,
        [SigningKeyQueriesContract.test_keys_come_in_the_order_in_which_they_begin_to_sign],
    ),
    (
        signing_keys.RemembersKeys,
        [SigningKeyQueriesContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (signing_keys.WaitsForWriters, [SigningKeyQueriesContract.test_locks_keep_no_reader_waiting]),
    (
        signing_keys.KnowsOneAlgorithm,
        [SigningKeyMakerContract.test_a_pair_is_for_the_algorithm_that_was_asked_for],
    ),
    (signing_keys.MakesOneKey, [SigningKeyMakerContract.test_no_pair_comes_twice]),
    (
        signing_keys.PublishesEverything,
        [SigningKeyMakerContract.test_what_is_published_names_the_key_and_shows_nothing_private],
    ),
    (
        signing_keys.PublishesAnotherName,
        [SigningKeyMakerContract.test_what_is_published_names_the_key_and_shows_nothing_private],
    ),
    (signing_keys.SealsAnewEveryTime, [SigningKeyMakerContract.test_what_is_under_the_seal_in_force_stays_as_it_is]),
    (signing_keys.LeavesOldSeals, [SigningKeyMakerContract.test_what_is_under_a_seal_that_was_replaced_is_sealed_anew]),
    (signing_keys.SealsNothing, [SigningKeyMakerContract.test_nobody_else_opens_it]),
    (signing_keys.ChecksNothing, [SigningKeyMakerContract.test_what_was_damaged_cannot_be_opened]),
    (
        signing_keys.LooksAtTheSealOnly,
        [SigningKeyMakerContract.test_the_private_half_of_one_key_is_not_taken_for_anothers],
    ),
    # Refresh tokens, as they are handed out
    (refresh_token_codecs.ForgetsTheGeneration, [RefreshTokenCodecContract.test_it_reads_what_it_wrote]),
    (refresh_token_codecs.ReadsNineDigits, [RefreshTokenCodecContract.test_it_reads_what_it_wrote]),
    (refresh_token_codecs.DrawsTexts, [RefreshTokenCodecContract.test_the_same_token_gives_the_same_text]),
    (refresh_token_codecs.CountsTo255, [RefreshTokenCodecContract.test_no_other_token_gives_the_same_text]),
    (refresh_token_codecs.LooksAtTheEnd, [RefreshTokenCodecContract.test_no_other_token_gives_the_same_text]),
    (
        refresh_token_codecs.TextsWithPadding,
        [RefreshTokenCodecContract.test_a_text_can_stand_in_a_url_and_has_room_for_128_bits_besides_what_it_says],
    ),
    (
        refresh_token_codecs.ShortCodes,
        [RefreshTokenCodecContract.test_a_text_can_stand_in_a_url_and_has_room_for_128_bits_besides_what_it_says],
    ),
    (
        refresh_token_codecs.ReadsWithoutACode,
        [
            RefreshTokenCodecContract.test_a_text_with_any_other_character_in_it_is_invalid,
            RefreshTokenCodecContract.test_two_texts_make_no_third,
        ],
    ),
    (
        refresh_token_codecs.ComparesTheBeginning,
        [RefreshTokenCodecContract.test_a_text_with_any_other_character_in_it_is_invalid],
    ),
    (refresh_token_codecs.TrimsSpaces, [RefreshTokenCodecContract.test_a_text_that_is_longer_or_shorter_is_invalid]),
    (
        refresh_token_codecs.IgnoresWhatFollows,
        [RefreshTokenCodecContract.test_a_text_that_is_longer_or_shorter_is_invalid],
    ),
    (
        refresh_token_codecs.IgnoresCase,
        [
            RefreshTokenCodecContract.test_there_is_one_way_to_write_a_token,
            RefreshTokenCodecContract.test_a_text_with_any_other_character_in_it_is_invalid,
        ],
    ),
    (
        refresh_token_codecs.KnowsTwoAlphabets,
        [
            RefreshTokenCodecContract.test_there_is_one_way_to_write_a_token,
            RefreshTokenCodecContract.test_a_text_with_any_other_character_in_it_is_invalid,
        ],
    ),
    (
        refresh_token_codecs.SignsTheSessionOnly,
        [
            RefreshTokenCodecContract.test_two_texts_make_no_third,
            RefreshTokenCodecContract.test_a_text_with_any_other_character_in_it_is_invalid,
        ],
    ),
    (refresh_token_codecs.ReadsNonsense, [RefreshTokenCodecContract.test_nonsense_is_invalid]),
    (refresh_token_codecs.FailsOnWhatIsNotAscii, [RefreshTokenCodecContract.test_nonsense_is_invalid]),
    (refresh_token_codecs.FailsOnWhatIsTooLong, [RefreshTokenCodecContract.test_nonsense_is_invalid]),
    (
        refresh_token_codecs.ForgetsReplacedKeys,
        [RefreshTokenCodecContract.test_a_text_is_read_after_its_key_was_replaced],
    ),
    (
        refresh_token_codecs.GoesOnWithTheReplacedKey,
        [RefreshTokenCodecContract.test_a_key_that_was_replaced_writes_nothing_more],
    ),
    (
        refresh_token_codecs.KnowsKeysToCome,
        [RefreshTokenCodecContract.test_a_text_under_a_key_that_is_not_known_is_invalid],
    ),
    # What is past its time: too much, too little, twice
    (
        old_records.KeepsAnInstantTooLong,
        [
            OldRecordsContract.test_a_session_that_ended_at_that_moment_goes_and_one_that_ended_after_it_stays,
            OldRecordsContract.test_a_token_that_expired_at_that_moment_goes_and_one_that_did_after_it_stays,
            OldRecordsContract.test_a_mail_that_died_at_that_moment_goes_and_one_that_did_after_it_stays,
            OldRecordsContract.test_a_pause_that_was_over_at_that_moment_goes_and_one_that_lasts_stays,
        ],
    ),
    (
        old_records.ForgetsAnInstantTooSoon,
        [
            OldRecordsContract.test_a_session_that_ended_at_that_moment_goes_and_one_that_ended_after_it_stays,
            OldRecordsContract.test_a_token_that_expired_at_that_moment_goes_and_one_that_did_after_it_stays,
            OldRecordsContract.test_a_mail_that_died_at_that_moment_goes_and_one_that_did_after_it_stays,
            OldRecordsContract.test_a_pause_that_was_over_at_that_moment_goes_and_one_that_lasts_stays,
        ],
    ),
    (
        old_records.LetsSessionsExpireAnInstantTooSoon,
        [OldRecordsContract.test_a_session_that_expired_at_that_moment_goes_and_one_that_did_after_it_stays],
    ),
    (
        old_records.LetsSessionsStartAnInstantTooLate,
        [
            OldRecordsContract.test_an_expired_session_that_started_at_the_other_moment_goes_and_one_that_did_after_it_stays
        ],
    ),
    (
        old_records.TakesExpiredSessionsForEnded,
        [OldRecordsContract.test_a_session_that_nobody_ended_is_no_ended_one_however_old],
    ),
    (
        old_records.LooksOnlyAtWhenSessionsStarted,
        [
            OldRecordsContract.test_a_session_that_lives_stays_however_long_ago_it_started,
            OldRecordsContract.test_a_session_that_expired_at_that_moment_goes_and_one_that_did_after_it_stays,
        ],
    ),
    (old_records.TakesEndedSessionsForLapsed, [OldRecordsContract.test_a_session_that_was_ended_is_no_lapsed_one]),
    (
        old_records.ForgetsSpentTokens,
        [OldRecordsContract.test_a_token_that_was_used_or_void_long_ago_stays_until_it_has_expired],
    ),
    (
        old_records.ForgetsMailThatWaits,
        [
            OldRecordsContract.test_a_mail_that_waits_stays_however_long_it_has_waited,
            OldRecordsContract.test_a_mail_that_is_tried_again_is_not_dead,
        ],
    ),
    (old_records.CleansUpTheTrail, [OldRecordsContract.test_nothing_else_goes]),
    (old_records.FindsSomethingWhereThereIsNothing, [OldRecordsContract.test_what_is_not_there_does_not_go]),
    (
        old_records.KeepsUndoTokens,
        [OldRecordsContract.test_an_expired_token_goes_whatever_it_was_for_and_whatever_became_of_it],
    ),
    (old_records.NeedsTheTokensOfAMail, [OldRecordsContract.test_a_mail_whose_tokens_are_gone_is_claimed_without_them]),
    (
        old_records.DeletesWithoutLimit,
        [OldRecordsContract.test_no_more_go_at_once_than_asked_for_and_in_the_end_all_do],
    ),
    (old_records.CountsForEverybody, [OldRecordsContract.test_of_many_at_once_none_counts_what_another_has_deleted]),
    (old_records.DeletesTheNewestFirst, [OldRecordsContract.test_the_oldest_go_first]),
    # Statistics: of another day, twice, or not at all
    (statistics.CountsFromOne, [StatisticsQueriesContract.test_where_there_is_nothing_every_number_is_zero]),
    (
        statistics.CountsWhoeverIsBlockedAsSuspendedToo,
        [StatisticsQueriesContract.test_every_user_stands_where_the_access_policy_says_whatever_the_facts],
    ),
    (
        statistics.RequiresVerifiedAddressesAlways,
        [StatisticsQueriesContract.test_every_user_stands_where_the_access_policy_says_whatever_the_facts],
    ),
    (statistics.SuspensionsHoldOn, [StatisticsQueriesContract.test_a_suspension_lifts_itself_for_the_number_too]),
    (
        statistics.SuspensionsHoldForWholeQuarters,
        [
            StatisticsQueriesContract.test_those_suspended_are_right_at_every_moment_wherever_suspensions_end,
            StatisticsQueriesContract.test_whatever_changes_about_somebody_suspended_is_counted,
        ],
    ),
    (
        statistics.CountsSuspensionsOfToday,
        [
            StatisticsQueriesContract.test_those_suspended_are_right_at_every_moment_wherever_suspensions_end,
            StatisticsQueriesContract.test_whatever_changes_about_somebody_suspended_is_counted,
        ],
    ),
    (
        statistics.ForgetsThatABlockWasLifted,
        [StatisticsQueriesContract.test_whatever_changes_about_somebody_suspended_is_counted],
    ),
    (statistics.OnlyCountsUp, [StatisticsQueriesContract.test_a_change_back_is_counted_as_well]),
    (statistics.CountsEndedSessions, [StatisticsQueriesContract.test_a_session_counts_from_its_start_to_its_end]),
    (statistics.TakesOffTwice, [StatisticsUpkeepContract.test_one_that_ends_after_that_is_not_taken_off_twice]),
    (
        statistics.RemembersTotals,
        [
            StatisticsUpkeepContract.test_what_happens_after_folding_is_counted_on_top,
        ],
    ),
    (statistics.CountsWhatIsRolledBack, [StatisticsQueriesContract.test_what_is_rolled_back_is_not_counted]),
    (
        statistics.MovesDays,
        [
            StatisticsQueriesContract.test_users_are_counted_on_the_day_they_were_admitted,
            StatisticsQueriesContract.test_logins_are_counted_on_their_day,
        ],
    ),
    (
        statistics.CountsByHours,
        [StatisticsQueriesContract.test_a_day_may_begin_at_any_quarter_of_an_hour_and_have_23_hours],
    ),
    (
        statistics.ForgetsThoseDenied,
        [StatisticsQueriesContract.test_failed_logins_are_those_with_wrong_passwords_and_those_denied],
    ),
    (
        statistics.LeavesOutQuietDays,
        [StatisticsQueriesContract.test_every_day_is_there_in_order_and_quiet_ones_with_zeros],
    ),
    (statistics.NewestDayFirst, [StatisticsQueriesContract.test_every_day_is_there_in_order_and_quiet_ones_with_zeros]),
    (statistics.KnowsAYear, [StatisticsQueriesContract.test_the_longest_series_is_a_leap_year]),
    (
        statistics.CountsVisits,
        [
            StatisticsQueriesContract.test_a_person_is_counted_once_a_day_however_often_it_logs_in,
            StatisticsQueriesContract.test_a_person_who_was_seen_was_there_and_is_counted_once,
        ],
    ),
    (
        statistics.KnowsWhoLoggedInOnly,
        [StatisticsQueriesContract.test_a_person_who_was_seen_was_there_and_is_counted_once],
    ),
    (
        statistics.KeepsTheLatestMomentOnly,
        [StatisticsQueriesContract.test_being_seen_on_both_sides_of_midnight_counts_on_both_days],
    ),
    (
        statistics.ForgetsWhoHasLoggedOut,
        [StatisticsQueriesContract.test_whoever_was_seen_and_has_logged_out_since_was_there],
    ),
    (
        statistics.OverForGoodThoughSeen,
        [StatisticsQueriesContract.test_one_that_was_found_to_be_over_and_comes_back_to_life_counts_when_it_is_used],
    ),
    (
        statistics.OverForGoodThoughRefreshed,
        [StatisticsQueriesContract.test_one_that_was_found_to_be_over_and_comes_back_to_life_counts_when_it_is_used],
    ),
    (
        statistics.CountsSessions,
        [StatisticsQueriesContract.test_nobody_is_counted_twice_who_is_seen_and_logs_in_at_the_same_instant],
    ),
    (
        statistics.FoldingLosesLogins,
        [
            StatisticsUpkeepContract.test_no_number_changes_by_folding,
            StatisticsUpkeepContract.test_many_fold_at_once_while_others_write,
        ],
    ),
    (statistics.AlwaysHasMore, [StatisticsUpkeepContract.test_where_nothing_has_happened_there_is_nothing_to_fold]),
    (
        statistics.SettlesNothing,
        [
            StatisticsUpkeepContract.test_a_session_that_has_expired_is_not_counted_any_more,
            StatisticsUpkeepContract.test_many_settle_at_once_and_each_session_is_taken_off_once,
        ],
    ),
    (statistics.SettlesByTheirStart, [StatisticsUpkeepContract.test_one_that_was_seen_since_is_counted_on]),
    (statistics.EndsWhatIsOver, [StatisticsUpkeepContract.test_that_a_session_is_over_changes_nothing_about_it]),
    (
        statistics.RearmsNothing,
        [StatisticsUpkeepContract.test_when_less_is_allowed_than_before_rearming_finds_those_that_are_over],
    ),
    (
        statistics.OnlyTakesOff,
        [StatisticsUpkeepContract.test_when_more_is_allowed_than_before_rearming_counts_those_again_that_live],
    ),
    (
        statistics.TakesOffWhatWasPurged,
        [StatisticsUpkeepContract.test_what_was_purged_is_nothing_that_is_wrong_and_nothing_to_take_off],
    ),
    (
        statistics.MissesWhatWasPurged,
        [StatisticsUpkeepContract.test_what_was_purged_is_nothing_that_is_wrong_and_nothing_to_take_off],
    ),
    (
        statistics.FindsFault,
        [
            StatisticsUpkeepContract.test_where_every_number_is_right_a_recount_tells_of_none_and_changes_none,
            StatisticsUpkeepContract.test_where_there_is_nothing_a_recount_finds_that,
        ],
    ),
    # The directory of users
    (user_directories.InventsUsers, [UserDirectoryContract.test_where_there_is_nobody_nobody_is_found]),
    (
        user_directories.HidesTheShut,
        [
            UserDirectoryContract.test_everybody_is_shown_as_stored,
            UserDirectoryContract.test_a_status_is_what_the_access_policy_says,
        ],
    ),
    (user_directories.ForgetsLogins, [UserDirectoryContract.test_everybody_is_shown_as_stored]),
    (user_directories.SortsByNumber, [UserDirectoryContract.test_they_come_in_the_order_that_is_asked_for]),
    (user_directories.KnowsNoDirection, [UserDirectoryContract.test_they_come_in_the_order_that_is_asked_for]),
    (user_directories.PutsThoseWhoNeverCameLast, [UserDirectoryContract.test_they_come_in_the_order_that_is_asked_for]),
    (
        user_directories.GoesOnAmongEqualsAtRandom,
        [UserDirectoryContract.test_pages_join_without_a_gap_also_among_equals],
    ),
    (
        user_directories.BeginsWithTheLastAgain,
        [
            UserDirectoryContract.test_nobody_comes_twice_or_is_left_out_because_others_come_or_change,
        ],
    ),
    (
        user_directories.CountsPages,
        [UserDirectoryContract.test_nobody_comes_twice_or_is_left_out_because_others_come_or_change],
    ),
    (
        user_directories.LooksForTheLastOne,
        [UserDirectoryContract.test_a_page_begins_behind_a_place_where_nobody_is_any_more],
    ),
    (user_directories.KnowsNoLimitOfPages, [UserDirectoryContract.test_no_more_are_shown_than_asked_for]),
    (
        user_directories.SortsAddressesAsPeopleDo,
        [UserDirectoryContract.test_addresses_are_compared_character_by_character],
    ),
    (user_directories.FindsAnywhereInAWord, [UserDirectoryContract.test_words_find_whom_they_say]),
    (user_directories.NeedsOneWordOnly, [UserDirectoryContract.test_words_find_whom_they_say]),
    (user_directories.MindsCase, [UserDirectoryContract.test_words_find_whom_they_say]),
    (
        user_directories.RemembersTheFirstName,
        [UserDirectoryContract.test_another_name_address_or_number_is_found_from_then_on_and_the_old_one_is_not],
    ),
    (user_directories.JudgesWithoutTheSetting, [UserDirectoryContract.test_a_status_is_what_the_access_policy_says]),
    (user_directories.SuspendsForever, [UserDirectoryContract.test_a_status_is_what_the_access_policy_says]),
    (user_directories.KnowsNoRoles, [UserDirectoryContract.test_a_role_finds_those_who_have_it]),
    (
        user_directories.CannotAskForTheUnverified,
        [UserDirectoryContract.test_whose_address_is_verified_and_whose_is_not],
    ),
    (
        user_directories.IncludesTheEnd,
        [
            UserDirectoryContract.test_a_period_has_its_beginning_and_not_its_end,
            UserDirectoryContract.test_last_logins_likewise_and_who_never_logged_in_is_in_none,
        ],
    ),
    (
        user_directories.TakesNeverForLongAgo,
        [UserDirectoryContract.test_last_logins_likewise_and_who_never_logged_in_is_in_none],
    ),
    (user_directories.FindsWhoeverMeetsMost, [UserDirectoryContract.test_all_that_is_asked_for_has_to_be_true_at_once]),
    (user_directories.CountsOnePage, [UserDirectoryContract.test_a_count_does_not_stop_at_a_page]),
    (
        user_directories.GuessesAlways,
        [UserDirectoryContract.test_an_estimate_is_a_number_and_none_where_words_can_find_nobody],
    ),
    (
        user_directories.RemembersTheList,
        [UserDirectoryContract.test_what_was_committed_before_the_question_is_in_the_answer],
    ),
    (user_directories.ShowsNobodyWhileSomebodyWrites, [UserDirectoryContract.test_locks_keep_no_reader_waiting]),
    # What each contract once let pass
    (
        units_of_work.SessionsAreSeenAtOnce,
        [
            SessionRepositoryContract.test_what_was_evicted_in_a_unit_of_work_that_was_left_lives_on,
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

CASES = [(broken, test) for broken, tests in [*CAUGHT, *CAUGHT_IN_THE_AUDIT_TRAIL] for test in tests]


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
    cases = {test for _, test in CASES}
    suites = [set(_tests_of(suite)) for suite in Contract.__subclasses__()]
    there_are = {test for tests in suites if tests & cases for test in tests}
    assert {test.__qualname__ for test in there_are - cases} == set()


def _tests_of(suite: type[Contract]) -> list[ContractTest]:
    return [getattr(suite, key) for key in dir(suite) if key.startswith("test")]
