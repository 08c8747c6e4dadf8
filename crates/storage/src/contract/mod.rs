//! What every store must do, as cases that run against any of them.
//!
//! A case gets an empty store and panics, or gives the store's error, where the promise is broken. Nothing in here
//! knows a database. A store's tests do no more than
//! `for case in CASES { (case.run)(&fresh_store()).await?; }`, and, for a store of pull requests, the same with [`PULL_REQUEST_CASES`].

mod decision;
mod inbox;
mod outbox;
mod postgres;
mod pull_request_outbox;
pub(crate) mod pull_request_sample;
mod queue;
mod release;
mod ruleset;
mod sample;
mod signature;
mod slots;
mod step;
mod timer;
mod watched;

pub use postgres::{empty_schema, test_server};
pub use sample::Sample;
pub use watched::{Call, Watch, Watched};

use crate::{PullRequestStore, Store, StoreError};
use std::future::Future;
use std::pin::Pin;

/// A running case.
pub type Running<'s> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 's>>;

/// One promise of a store.
#[derive(Clone, Copy)]
pub struct Case {
    /// The promise, as a sentence.
    pub name: &'static str,
    /// Runs against an empty store.
    pub run: fn(&dyn Store) -> Running<'_>,
}

/// One promise of a store of pull requests.
#[derive(Clone, Copy)]
pub struct PullRequestCase {
    /// The promise, as a sentence.
    pub name: &'static str,
    /// Runs against an empty store.
    pub run: fn(&dyn PullRequestStore) -> Running<'_>,
}

macro_rules! cases {
    ($(#[$attribute:meta])* $list:ident of $kind:ident: $($module:ident::$case:ident,)*) => {
        $(#[$attribute])*
        pub const $list: &[$kind] = &[$($kind {
            name: stringify!($module::$case),
            run: |store| Box::pin($module::$case(store)),
        },)*];
    };
}

cases! {
    /// All promises of [`Store`].
    CASES of Case:
    inbox::a_key_is_stored_once,
    inbox::the_oldest_pending_row_goes_first_and_to_one_owner,
    inbox::an_expired_lease_goes_to_another_and_shuts_the_first_owner_out,
    inbox::a_refused_row_keeps_its_reason_and_is_never_claimed_again,
    inbox::refused_rows_are_told_newest_first,
    inbox::a_refused_row_that_is_too_large_is_not_told,
    inbox::an_answered_row_is_done_without_a_revision_and_what_follows_is_there,
    inbox::an_answer_with_a_lost_lease_changes_nothing,
    inbox::one_row_above_a_limit_refuses_the_whole_list,
    inbox::a_delivery_may_be_larger_than_an_event,
    step::a_step_stores_everything_that_follows_from_an_event,
    step::a_step_upon_another_revision_changes_nothing,
    step::a_step_with_a_lost_inbox_lease_changes_nothing,
    step::a_step_that_breaks_a_constraint_changes_nothing,
    step::an_unknown_commit_is_read_again_by_key,
    step::an_inbox_row_makes_one_revision,
    release::what_a_step_does_not_touch_stays,
    release::one_release_of_a_name_and_version_is_active,
    release::the_journal_is_read_in_pages,
    release::releases_are_listed_newest_first,
    release::the_newest_succeeded_build_of_a_reuse_key_is_found,
    inbox::a_claim_for_a_release_gets_its_rows_only,
    outbox::higher_priority_goes_first_then_the_older,
    outbox::a_sent_intent_is_probed_by_its_successor_who_sees_the_handle,
    outbox::an_owner_without_its_lease_writes_nothing,
    outbox::a_lease_that_expired_writes_nothing_for_its_own_owner_either,
    outbox::what_is_in_doubt_goes_before_whatever_has_priority,
    outbox::an_unknown_intent_waits_for_its_time,
    outbox::an_intent_that_was_not_applied_is_fresh_again_under_its_id,
    outbox::a_send_forgets_the_doubts_before_it,
    outbox::replies_come_with_the_outcome,
    outbox::a_renewed_lease_lasts_longer,
    outbox::taking_over_ends_the_leases_of_all_others,
    outbox::an_abandoned_intent_is_never_sent,
    slots::a_pool_gives_no_more_slots_than_it_has_over_all_releases,
    slots::what_was_not_applied_or_is_abandoned_holds_no_slot,
    slots::what_was_claimed_and_not_sent_lets_its_slot_go_with_its_lease,
    slots::what_tidies_up_waits_until_nothing_else_is_being_sent,
    slots::what_was_not_applied_after_its_release_ended_is_abandoned,
    slots::a_pool_that_is_not_named_is_not_served,
    slots::a_claim_for_a_release_gets_its_intents_only_and_minds_the_slots_of_all,
    slots::a_held_release_begins_nothing_and_is_still_probed,
    slots::a_release_held_between_claim_and_send_begins_nothing,
    slots::what_ends_a_build_passes_a_hold,
    timer::a_due_timer_becomes_one_inbox_row,
    timer::a_timer_set_again_is_replaced_and_a_cleared_one_never_fires,
    timer::a_timer_that_could_not_become_an_inbox_row_is_refused,
}

cases! {
    /// All promises of [`PullRequestStore`] beside those of [`Store`].
    PULL_REQUEST_CASES of PullRequestCase:
    queue::many_wishes_before_a_claim_make_one_look,
    queue::what_is_wanted_during_a_look_makes_one_more_look,
    queue::the_one_that_is_due_longest_goes_first_and_to_one_owner,
    queue::the_earliest_wish_counts,
    queue::a_look_can_be_due_without_a_wish,
    queue::one_that_is_named_twice_is_wanted_once,
    queue::a_row_that_tells_of_pull_requests_is_done_when_they_are_wanted,
    queue::what_cannot_be_heard_changes_nothing,
    queue::an_expired_lease_goes_to_another_and_shuts_the_first_owner_out,
    queue::a_look_that_was_put_off_waits_is_counted_and_can_be_had_sooner,
    queue::taking_over_ends_the_looks_of_all_others,
    queue::a_claim_for_a_release_gets_no_pull_request,
    queue::pull_requests_are_listed_in_pages_by_their_numbers,
    decision::a_decision_stores_everything_that_a_look_came_to,
    decision::a_look_without_a_verdict_leaves_the_book_as_it_is,
    decision::a_decision_upon_another_revision_changes_nothing,
    decision::a_decision_that_breaks_a_constraint_changes_nothing,
    decision::an_unknown_commit_is_found_by_its_revision,
    decision::decisions_are_read_newest_first_in_pages,
    pull_request_outbox::commands_of_a_decision_are_stored_and_listed_newest_first,
    pull_request_outbox::what_a_newer_one_stands_for_before_it_was_sent_is_abandoned,
    pull_request_outbox::what_a_newer_one_stands_for_is_not_sent_again_when_it_was_not_applied,
    pull_request_outbox::what_a_newer_one_stands_for_is_done_if_it_was_done,
    pull_request_outbox::what_no_newer_one_stands_for_is_sent_again_before_the_next,
    pull_request_outbox::those_of_one_kind_are_carried_out_one_after_the_other,
    pull_request_outbox::kinds_of_one_lane_are_carried_out_one_after_the_other,
    pull_request_outbox::a_command_of_somebody_else_or_a_known_one_changes_nothing,
    pull_request_outbox::neither_holds_nor_ends_of_releases_concern_a_pull_request,
    signature::a_signature_is_received_once_and_stays_as_it_was,
    signature::a_withdrawn_signature_stays_withdrawn,
    signature::what_was_never_received_cannot_be_withdrawn,
    ruleset::versions_only_go_up_by_one,
    ruleset::old_rules_come_back_as_a_new_version_and_no_commit_twice,
}
