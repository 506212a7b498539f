"""Adapters of the audit trail that are broken, and the tests of contracts that each of them fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.user_domain.testing.broken import (
    audit_archives,
    audit_evidence,
    audit_queries,
    audit_seals,
    audit_signatures,
    audit_trails,
    units_of_work,
)
from user_domain.testing.contracts.audit_archive import AuditArchiveContract
from user_domain.testing.contracts.audit_evidence import AuditEvidenceContract
from user_domain.testing.contracts.audit_months import AuditMonthsContract
from user_domain.testing.contracts.audit_queries import AuditQueriesContract
from user_domain.testing.contracts.audit_seals import AuditSealsContract
from user_domain.testing.contracts.audit_signer import AuditSignerContract
from user_domain.testing.contracts.audit_trail import AuditTrailContract
from user_domain.testing.contracts.personal_keys import PersonalKeysContract
from user_domain.testing.contracts.signature_verifier import SignatureVerifierContract

if TYPE_CHECKING:
    from tests.unit.user_domain.testing.assembly import ContractTest

CAUGHT_IN_THE_AUDIT_TRAIL: list[tuple[type, list[ContractTest]]] = [
    # Trail: lossless, in order, and not too curious
    (audit_trails.ForgetsWhatChanged, [AuditTrailContract.test_an_entry_is_kept_as_it_was_written]),
    (audit_trails.NewestFirst, [AuditTrailContract.test_an_entry_is_kept_as_it_was_written]),
    (audit_trails.KnowsThisMonthOnly, [AuditTrailContract.test_entries_of_any_month_find_their_place]),
    (
        audit_trails.KnowsUsersOnly,
        [AuditTrailContract.test_an_entry_may_name_users_that_do_not_exist_and_tells_nothing_of_them],
    ),
    (
        audit_trails.KeepsEverything,
        [
            AuditTrailContract.test_an_entry_may_name_users_that_do_not_exist_and_tells_nothing_of_them,
            PersonalKeysContract.test_nothing_is_kept_of_what_is_written_from_then_on,
            AuditQueriesContract.test_an_ip_address_finds_also_who_was_erased_but_not_what_came_later,
            AuditQueriesContract.test_an_unknown_address_is_known_again_within_a_month_only_and_never_told,
        ],
    ),
    (
        audit_trails.KeepsOriginsOfActorsOnly,
        [AuditTrailContract.test_of_an_entry_about_one_user_all_is_that_users],
    ),
    (
        audit_trails.KeepsWhatWasTyped,
        [
            AuditTrailContract.test_an_address_that_nobody_has_is_not_kept,
            AuditQueriesContract.test_an_unknown_address_is_known_again_within_a_month_only_and_never_told,
        ],
    ),
    (
        audit_trails.DigestsForEver,
        [AuditQueriesContract.test_an_unknown_address_is_known_again_within_a_month_only_and_never_told],
    ),
    (
        audit_trails.DigestsWithANonce,
        [AuditQueriesContract.test_an_unknown_address_is_known_again_within_a_month_only_and_never_told],
    ),
    (
        audit_trails.DigestsNothing,
        [AuditQueriesContract.test_an_unknown_address_is_known_again_within_a_month_only_and_never_told],
    ),
    (
        audit_trails.TellsOfAnAddressOnly,
        [
            AuditQueriesContract.test_an_unknown_address_leaves_everything_else_as_it_is,
            AuditTrailContract.test_an_address_that_nobody_has_is_not_kept,
        ],
    ),
    # Keys: gone for good, with what they hide and nothing else
    (
        audit_trails.DestroysNothing,
        [
            PersonalKeysContract.test_what_was_written_before_stays_and_tells_nothing,
            PersonalKeysContract.test_nothing_is_kept_of_what_is_written_from_then_on,
            PersonalKeysContract.test_to_do_it_again_changes_nothing,
            AuditQueriesContract.test_of_who_was_erased_nothing_is_told_but_the_number,
        ],
    ),
    (
        audit_trails.DestroysEntries,
        [
            PersonalKeysContract.test_what_was_written_before_stays_and_tells_nothing,
            PersonalKeysContract.test_what_seals_an_entry_is_as_it_was,
            AuditQueriesContract.test_who_was_erased_is_found_by_everything_but_what_is_hidden,
        ],
    ),
    (
        audit_trails.RewritesThePast,
        [
            PersonalKeysContract.test_nothing_is_kept_of_what_is_written_from_then_on,
            PersonalKeysContract.test_what_seals_an_entry_is_as_it_was,
        ],
    ),
    (audit_trails.WantsThereToBeAKey, [PersonalKeysContract.test_to_do_it_again_changes_nothing]),
    (audit_trails.WantsThereToBeAUser, [PersonalKeysContract.test_of_who_does_not_exist_nothing_happens]),
    (
        audit_trails.DestroysEverybody,
        [
            PersonalKeysContract.test_others_are_told_of_as_before,
            PersonalKeysContract.test_of_who_does_not_exist_nothing_happens,
            AuditQueriesContract.test_of_everybody_else_everything_is,
        ],
    ),
    (audit_trails.DestroysThoseToCome, [PersonalKeysContract.test_a_user_who_comes_later_has_a_key]),
    (
        audit_trails.DestroysDigests,
        [AuditQueriesContract.test_the_digest_of_an_address_outlives_who_was_erased],
    ),
    (units_of_work.ErasuresHappenAtOnce, [PersonalKeysContract.test_without_a_commit_it_did_not_happen]),
    # Reading: in order, without a gap, what was asked for
    (audit_queries.MakesEntriesUp, [AuditQueriesContract.test_where_nothing_happened_nothing_is_found]),
    (audit_queries.ForgetsWhatWasThereBefore, [AuditQueriesContract.test_an_entry_comes_back_as_it_is_kept]),
    (
        audit_queries.OldestFirst,
        [
            AuditQueriesContract.test_the_newest_come_first_and_of_one_moment_the_last_number,
            AuditQueriesContract.test_no_more_are_found_than_were_asked_for,
        ],
    ),
    (
        audit_queries.LastWrittenFirst,
        [
            AuditQueriesContract.test_the_newest_come_first_and_of_one_moment_the_last_number,
            AuditQueriesContract.test_pages_join_without_a_gap_also_within_a_moment,
        ],
    ),
    (
        audit_queries.FirstOfAMomentFirst,
        [
            AuditQueriesContract.test_the_newest_come_first_and_of_one_moment_the_last_number,
            AuditQueriesContract.test_pages_join_without_a_gap_also_within_a_moment,
        ],
    ),
    (
        audit_queries.FirstMonthFirstByAddress,
        [
            AuditQueriesContract.test_the_newest_come_first_and_of_one_moment_the_last_number,
            AuditQueriesContract.test_pages_join_without_a_gap_also_within_a_moment,
            AuditQueriesContract.test_an_ip_address_finds_the_first_moment_of_a_month_and_the_last,
        ],
    ),
    (
        audit_queries.IgnoresTheLimit,
        [
            AuditQueriesContract.test_no_more_are_found_than_were_asked_for,
            AuditQueriesContract.test_pages_join_without_a_gap_also_within_a_moment,
        ],
    ),
    (
        audit_queries.SkipsTheRestOfAMoment,
        [
            AuditQueriesContract.test_pages_join_without_a_gap_also_within_a_moment,
            AuditQueriesContract.test_what_comes_in_meanwhile_shifts_no_page,
        ],
    ),
    (
        audit_queries.RepeatsTheMoment,
        [AuditQueriesContract.test_what_comes_in_meanwhile_shifts_no_page],
    ),
    (audit_queries.CountsWhatItGave, [AuditQueriesContract.test_what_comes_in_meanwhile_shifts_no_page]),
    (
        audit_queries.RemembersTheTrail,
        [AuditQueriesContract.test_what_is_not_committed_is_not_found_and_keeps_nobody_waiting],
    ),
    (
        audit_queries.WaitsForWriters,
        [AuditQueriesContract.test_what_is_not_committed_is_not_found_and_keeps_nobody_waiting],
    ),
    (audit_queries.TakesWhoeverIsNamed, [AuditQueriesContract.test_who_acted_is_found_and_who_was_concerned]),
    (
        audit_queries.FindsActionsByTheirBeginning,
        [AuditQueriesContract.test_an_action_finds_itself_and_none_that_begins_like_it],
    ),
    (audit_queries.IncludesTheEnd, [AuditQueriesContract.test_a_period_has_its_beginning_and_not_its_end]),
    (audit_queries.ExcludesTheBeginning, [AuditQueriesContract.test_a_period_has_its_beginning_and_not_its_end]),
    (
        audit_queries.KnowsAddressesOfThisMonth,
        [
            AuditQueriesContract.test_an_ip_address_finds_what_came_from_there_in_whatever_month,
            AuditQueriesContract.test_an_ip_address_finds_the_first_moment_of_a_month_and_the_last,
        ],
    ),
    (
        audit_queries.FindsAddressesByTheirBeginning,
        [AuditQueriesContract.test_an_ip_address_finds_what_came_from_there_in_whatever_month],
    ),
    (
        audit_queries.LosesTheFirstDay,
        [AuditQueriesContract.test_an_ip_address_finds_the_first_moment_of_a_month_and_the_last],
    ),
    (
        audit_queries.ByAddressLooksForNothingElse,
        [AuditQueriesContract.test_all_that_is_asked_for_has_to_be_true_at_once],
    ),
    # Reading of the erased: neither more nor less
    (
        audit_queries.ErasesNothing,
        [
            AuditQueriesContract.test_of_who_was_erased_nothing_is_told_but_the_number,
            AuditQueriesContract.test_of_what_an_admin_did_to_who_was_erased_the_admins_part_is_told,
            AuditQueriesContract.test_of_what_an_erased_admin_did_the_others_part_is_told,
            AuditQueriesContract.test_an_ip_address_finds_also_who_was_erased_but_not_what_came_later,
        ],
    ),
    (
        audit_queries.ErasesWholeEntries,
        [
            AuditQueriesContract.test_of_what_an_admin_did_to_who_was_erased_the_admins_part_is_told,
            AuditQueriesContract.test_of_what_an_erased_admin_did_the_others_part_is_told,
        ],
    ),
    (
        audit_queries.ErasesWhoWasConcerned,
        [AuditQueriesContract.test_of_what_an_erased_admin_did_the_others_part_is_told],
    ),
    (audit_queries.ErasesEverybodyAtOnce, [AuditQueriesContract.test_of_everybody_else_everything_is]),
    (
        audit_queries.DoesNotSaySo,
        [
            AuditQueriesContract.test_of_who_was_erased_nothing_is_told_but_the_number,
            AuditQueriesContract.test_of_what_an_admin_did_to_who_was_erased_the_admins_part_is_told,
        ],
    ),
    (
        audit_queries.SaysSoOfAllThatNamesThem,
        [AuditQueriesContract.test_where_there_was_nothing_to_erase_nothing_was_erased],
    ),
    (
        audit_queries.LeavesOutTheErased,
        [AuditQueriesContract.test_who_was_erased_is_found_by_everything_but_what_is_hidden],
    ),
    (
        audit_queries.FindsNoAddressOfTheErased,
        [AuditQueriesContract.test_an_ip_address_finds_also_who_was_erased_but_not_what_came_later],
    ),
    # Seals: one after the other, over every entry once
    (audit_seals.StartsWithASeal, [AuditSealsContract.test_at_first_there_is_no_seal_and_nothing_waits]),
    (
        audit_seals.NothingWaitsLong,
        [AuditSealsContract.test_what_was_seen_and_not_sealed_still_waits_whatever_was_sealed_instead],
    ),
    (
        audit_seals.DigestsWhatIsRead,
        [AuditSealsContract.test_every_entry_waits_with_the_digest_of_how_it_is_stored],
    ),
    (audit_seals.KnowsDaysOnly, [AuditSealsContract.test_every_entry_waits_with_the_digest_of_how_it_is_stored]),
    (audit_seals.SealsWhateverThereIs, [AuditSealsContract.test_no_more_wait_than_were_asked_for]),
    (
        audit_seals.SealsEverything,
        [
            AuditSealsContract.test_no_more_wait_than_were_asked_for,
            AuditSealsContract.test_of_many_who_seal_at_once_each_follows_another_or_does_nothing,
        ],
    ),
    (audit_seals.ClosesTheTrail, [AuditSealsContract.test_what_seals_is_on_record_with_what_it_writes_itself]),
    (audit_seals.EntriesAreSeenAtOnce, [AuditSealsContract.test_an_entry_that_is_rolled_back_never_waits]),
    (
        audit_seals.NothingIsEverDone,
        [
            AuditSealsContract.test_a_seal_comes_back_as_it_was_and_its_entries_wait_no_more,
            AuditSealsContract.test_several_seals_may_come_at_once_and_the_last_has_the_highest_number,
        ],
    ),
    (
        audit_seals.RoundsTimes,
        [AuditSealsContract.test_a_seal_comes_back_as_it_was_and_its_entries_wait_no_more],
    ),
    (
        audit_seals.CutsSignatures,
        [AuditSealsContract.test_a_seal_comes_back_as_it_was_and_its_entries_wait_no_more],
    ),
    (audit_seals.EverySealFollowsTheFirst, [AuditSealsContract.test_the_next_seal_follows_the_last_one]),
    (
        audit_seals.KeepsOneSealAtATime,
        [AuditSealsContract.test_several_seals_may_come_at_once_and_the_last_has_the_highest_number],
    ),
    (
        audit_seals.SealsInTheOrderOfNumbers,
        [AuditSealsContract.test_entries_are_recorded_once_in_the_order_in_which_they_are_given],
    ),
    (
        audit_seals.SealsAreSeenAtOnce,
        [
            AuditSealsContract.test_a_seal_that_is_rolled_back_was_never_there,
            AuditSealsContract.test_without_a_commit_it_was_not_given_up,
        ],
    ),
    (
        units_of_work.NobodyWaits,
        [
            AuditSealsContract.test_of_many_who_seal_at_once_each_follows_another_or_does_nothing,
            AuditSealsContract.test_who_writes_and_who_seals_do_so_at_once_and_nothing_is_lost,
        ],
    ),
    # Months that are given up: wholly, or not at all
    (audit_seals.SaysItIsDone, [AuditSealsContract.test_a_month_that_is_given_up_is_gone_and_its_seals_are_not]),
    (audit_seals.GivesUpSealsToo, [AuditSealsContract.test_a_month_that_is_given_up_is_gone_and_its_seals_are_not]),
    (
        audit_seals.LooksAtNothing,
        [
            AuditSealsContract.test_a_month_of_which_something_waits_is_not_given_up,
            AuditSealsContract.test_a_month_that_was_sealed_since_is_not_given_up,
        ],
    ),
    (audit_seals.WaitsForEverySeal, [AuditSealsContract.test_what_waits_of_other_months_is_in_nobodys_way]),
    (
        audit_seals.RemembersARefusal,
        [
            AuditSealsContract.test_a_month_of_which_something_waits_is_not_given_up,
            AuditSealsContract.test_a_month_that_was_sealed_since_is_not_given_up,
        ],
    ),
    # Evidence: everything there is
    (audit_evidence.AlwaysHasAMonth, [AuditEvidenceContract.test_of_an_empty_trail_there_is_no_evidence]),
    (
        audit_evidence.BeginsWithTheOneBefore,
        [AuditEvidenceContract.test_seals_come_in_their_order_and_after_one_come_the_next],
    ),
    (
        audit_evidence.ShowsEverySeal,
        [AuditEvidenceContract.test_seals_come_in_their_order_and_after_one_come_the_next],
    ),
    (
        audit_evidence.NewestSealsFirst,
        [AuditEvidenceContract.test_seals_come_in_their_order_and_after_one_come_the_next],
    ),
    (audit_evidence.ShowsWhatLooksRight, [AuditEvidenceContract.test_a_seal_that_looks_wrong_is_not_left_out]),
    (
        audit_evidence.WaitsForTheSealer,
        [AuditEvidenceContract.test_what_is_not_committed_is_not_evidence_and_keeps_nobody_waiting],
    ),
    (
        audit_evidence.ShowsWhatIsRead,
        [AuditEvidenceContract.test_what_is_sealed_is_shown_as_it_is_stored_and_what_it_was_then],
    ),
    (
        audit_evidence.ShowsNoEntries,
        [
            AuditEvidenceContract.test_what_is_sealed_is_shown_as_it_is_stored_and_what_it_was_then,
            AuditSealsContract.test_every_entry_waits_with_the_digest_of_how_it_is_stored,
        ],
    ),
    (
        audit_evidence.InTheOrderOfPlaces,
        [AuditEvidenceContract.test_entries_come_by_their_seals_and_only_those_that_are_asked_for],
    ),
    (
        audit_evidence.ShowsAllInBetween,
        [AuditEvidenceContract.test_entries_come_by_their_seals_and_only_those_that_are_asked_for],
    ),
    (
        audit_evidence.KnowsSealedMonthsOnly,
        [AuditEvidenceContract.test_months_begin_and_end_with_what_there_is_whether_it_is_sealed_or_waits],
    ),
    (audit_evidence.SuspectsWhatWaits, [AuditEvidenceContract.test_an_honest_trail_is_accounted_for]),
    (
        audit_evidence.TrustsEveryRecord,
        [AuditEvidenceContract.test_what_is_recorded_under_a_seal_of_another_month_is_named],
    ),
    (
        audit_evidence.SuspectsWithoutEnd,
        [AuditEvidenceContract.test_what_is_recorded_under_a_seal_of_another_month_is_named],
    ),
    (audit_evidence.CountsUpToTheLimit, [AuditEvidenceContract.test_what_waits_is_counted_whatever_the_limit]),
    (
        audit_evidence.InTheOrderOfRetiring,
        [AuditEvidenceContract.test_months_that_were_given_up_come_in_their_order_as_it_was_stated],
    ),
    # Signatures: by one key, over every byte
    (audit_signatures.SignsForNobody, [AuditSignerContract.test_what_is_signed_is_genuine]),
    (
        audit_signatures.SignsAnewEveryTime,
        [AuditSignerContract.test_the_same_text_has_the_same_signature_and_another_another],
    ),
    (
        audit_signatures.SignsTheBeginning,
        [AuditSignerContract.test_the_same_text_has_the_same_signature_and_another_another],
    ),
    (audit_signatures.SignsWithoutAKey, [AuditSignerContract.test_another_key_signs_otherwise]),
    (audit_signatures.EveryKeyHasOneName, [AuditSignerContract.test_a_key_has_a_name_of_its_own_which_is_one_word]),
    (audit_signatures.NamesItsKeyInWords, [AuditSignerContract.test_a_key_has_a_name_of_its_own_which_is_one_word]),
    (
        audit_signatures.BelievesNothing,
        [SignatureVerifierContract.test_signatures_of_every_key_it_knows_are_genuine],
    ),
    (
        audit_signatures.BelievesAnything,
        [
            SignatureVerifierContract.test_a_text_that_was_altered_is_not,
            SignatureVerifierContract.test_a_signature_that_was_altered_is_not,
            SignatureVerifierContract.test_what_is_no_signature_at_all_is_not,
            SignatureVerifierContract.test_a_key_that_is_not_known_signs_for_nobody,
            SignatureVerifierContract.test_a_signature_is_genuine_under_the_name_of_its_own_key_only,
        ],
    ),
    (audit_signatures.ForgivesWhitespace, [SignatureVerifierContract.test_a_text_that_was_altered_is_not]),
    (audit_signatures.ComparesTheBeginning, [SignatureVerifierContract.test_what_is_no_signature_at_all_is_not]),
    (
        audit_signatures.ComparesHalf,
        [
            SignatureVerifierContract.test_a_signature_that_was_altered_is_not,
            SignatureVerifierContract.test_what_is_no_signature_at_all_is_not,
        ],
    ),
    (
        audit_signatures.ChokesOnStrangeKeys,
        [
            SignatureVerifierContract.test_a_key_that_is_not_known_signs_for_nobody,
            SignatureVerifierContract.test_a_signature_is_genuine_under_the_name_of_its_own_key_only,
        ],
    ),
    (
        audit_signatures.TriesEveryKey,
        [SignatureVerifierContract.test_a_signature_is_genuine_under_the_name_of_its_own_key_only],
    ),
    (audit_signatures.TakesAnySigner, [SignatureVerifierContract.test_a_key_that_is_not_known_signs_for_nobody]),
    # Archives: to the letter, and wholly
    (audit_archives.KnowsNoEmptiness, [AuditArchiveContract.test_a_month_comes_back_as_it_was]),
    (
        audit_archives.KeepsAllInOne,
        [
            AuditArchiveContract.test_of_a_month_that_was_not_written_nothing_is_kept,
            AuditArchiveContract.test_months_are_apart,
        ],
    ),
    (audit_archives.NamesTheMonthOnly, [AuditArchiveContract.test_the_same_has_the_same_digest_and_all_else_another]),
    (
        audit_archives.IsAnotherEveryTime,
        [
            AuditArchiveContract.test_the_same_has_the_same_digest_and_all_else_another,
            AuditArchiveContract.test_the_digest_can_be_asked_for_later,
        ],
    ),
    (audit_archives.ForgetsDigests, [AuditArchiveContract.test_the_digest_can_be_asked_for_later]),
    (audit_archives.MakesDigestsUp, [AuditArchiveContract.test_the_digest_can_be_asked_for_later]),
    (audit_archives.Appends, [AuditArchiveContract.test_writing_again_replaces_what_was_kept]),
    (audit_archives.KeepsWhatCame, [AuditArchiveContract.test_where_the_sheets_fail_nothing_has_changed]),
    (audit_archives.SaysItIsKept, [AuditArchiveContract.test_where_there_is_no_room_that_is_said]),
    # Months: made ahead, any number of times
    (
        audit_archives.HasNoRoom,
        [
            AuditMonthsContract.test_room_is_made_and_there_is_no_end_of_it,
            AuditMonthsContract.test_to_do_it_again_changes_nothing,
            AuditMonthsContract.test_many_at_once_come_to_the_same,
        ],
    ),
    (audit_archives.EndsWithTheYear, [AuditMonthsContract.test_room_is_made_and_there_is_no_end_of_it]),
    (
        audit_archives.MakesThemOnce,
        [AuditMonthsContract.test_to_do_it_again_changes_nothing],
    ),
    (
        audit_archives.SaysThereIsRoom,
        [AuditMonthsContract.test_a_month_without_room_is_named_and_keeps_nobody_else_from_it],
    ),
    (
        audit_archives.StopsAtTheFirst,
        [AuditMonthsContract.test_a_month_without_room_is_named_and_keeps_nobody_else_from_it],
    ),
]
