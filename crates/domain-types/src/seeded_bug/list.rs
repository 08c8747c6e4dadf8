//! The bugs that can be armed, by room. A test holds this list and the spots in the sources together.

use super::SeededBug;

/// All of them.
pub const SEEDED_BUGS: &[SeededBug] = &[
    orchestrator(
        "begin-before-the-last-need",
        "E2",
        "A build begins while one of the builds that it needs is missing.",
    ),
    orchestrator(
        "slot-freed-at-the-start",
        "E2",
        "A build gives its runner back when it begins, so that more run at a time than there are runners.",
    ),
    orchestrator("failure-counted-twice", "E3", "One failed attempt counts as two."),
    orchestrator(
        "stale-attempt-accepted",
        "E3",
        "A report about an earlier attempt is taken for one about the current attempt.",
    ),
    orchestrator(
        "timeout-leaves-the-build-running",
        "E3",
        "A build that ran too long is given up and never ended.",
    ),
    orchestrator(
        "signatures-outlive-the-collection",
        "E4",
        "What was signed is discarded, and the signatures are kept for what is collected next.",
    ),
    orchestrator(
        "skipped-does-not-block",
        "E4",
        "A required build that was skipped does not keep the release from being published.",
    ),
    orchestrator(
        "approval-of-another-plan",
        "E4",
        "An approval counts whichever plan it is for.",
    ),
    orchestrator(
        "approvals-counted-by-vote",
        "E4",
        "Two approvals by one person count as those of two.",
    ),
    orchestrator(
        "verification-skipped",
        "E4",
        "The release goes on to its signatures without being verified.",
    ),
    orchestrator(
        "one-signature-short",
        "E4",
        "One signature less than required is enough.",
    ),
    orchestrator(
        "publish-before-the-draft",
        "E4",
        "Publishing is asked for where the draft should be.",
    ),
    orchestrator(
        "another-manifest-accepted",
        "E4",
        "A stage counts as done for a manifest that is not the release's.",
    ),
    orchestrator(
        "resume-requests-nothing",
        "E9",
        "Builds that became ready during a pause are never begun.",
    ),
    orchestrator(
        "cancel-leaves-builds-running",
        "E6",
        "A release is given up and its builds are not ended.",
    ),
    orchestrator(
        "cancel-keeps-intents",
        "E6",
        "A release is given up and its builds that wait for a runner begin all the same.",
    ),
    orchestrator(
        "cancel-while-publishing",
        "E6",
        "A release can be given up while it is being published.",
    ),
    orchestrator(
        "interruption-costs-an-attempt",
        "E7",
        "A build that our own end interrupted counts as failed.",
    ),
    orchestrator(
        "skip-direct-dependents-only",
        "E9",
        "Of what needs a failed build, only the first step is skipped, the rest waits for ever.",
    ),
    orchestrator("slot-never-freed", "E9", "A build that ended keeps its runner."),
    orchestrator("run-timer-not-set", "E9", "A build that hangs is never ended."),
    orchestrator(
        "retry-timer-not-set",
        "E9",
        "A retry is promised and never comes.",
    ),
    orchestrator(
        "retry-leaves-the-skipped",
        "E9",
        "An operator's retry begins failed builds again, and not those that were skipped because of them.",
    ),
    orchestrator(
        "retry-keeps-the-broken-collection",
        "E9",
        "An operator's retry verifies again what failed verification, and does not collect anew.",
    ),
    orchestrator(
        "retry-a-permanent-failure",
        "E10",
        "A build that fails by itself is tried again.",
    ),
    orchestrator(
        "budget-not-spent",
        "E10",
        "Automatic retries cost nothing of the release's budget.",
    ),
    orchestrator(
        "budget-not-renewed",
        "E10",
        "An operator's retry leaves the budget spent.",
    ),
    orchestrator(
        "publish-requested-twice",
        "F3",
        "Publishing is asked for by two commands.",
    ),
    effects(
        "sent-unmarked",
        "F1",
        "A command is sent without being marked as being sent.",
    ),
    effects(
        "sent-again-unmarked",
        "F1",
        "A command that is sent for the second time is not marked as being sent.",
    ),
    effects(
        "acts-before-the-disk",
        "H1",
        "What has no handle takes effect before it is on the disk that it is being sent.",
    ),
    effects(
        "handle-not-recorded",
        "F1",
        "A build begins without a note by which a successor could find it.",
    ),
    effects(
        "probe-skipped",
        "F1",
        "A command that may have taken effect is sent again without a look.",
    ),
    effects(
        "replies-after-the-outcome",
        "F1",
        "An outcome and its replies are two commits.",
    ),
    effects(
        "unknown-taken-for-not-applied",
        "F5",
        "A look that could not tell counts as one that saw nothing.",
    ),
    effects(
        "given-up-at-the-first-doubt",
        "F5",
        "A command is given up as soon as a look cannot tell.",
    ),
    effects(
        "rejection-tells-nobody",
        "E9",
        "Whoever waits for a command is not told that it was rejected.",
    ),
    runtime(
        "one-runner-too-many",
        "E2",
        "One build more runs at a time than there are runners.",
    ),
    runtime(
        "ended-attempt-probed",
        "E3",
        "After a crash, the command of an attempt that is over is looked at, and may be sent, again.",
    ),
    runtime(
        "verification-only-claimed",
        "E4",
        "The release counts as verified and nobody looked.",
    ),
    runtime("held-release-begins", "E5", "Commands of a paused release begin."),
    runtime(
        "finished-build-called-interrupted",
        "E7",
        "A build that finished while we were dead is built again.",
    ),
    runtime(
        "builds-of-the-dead-forgotten",
        "E7",
        "Nobody asks at the start what became of the builds of a dead process.",
    ),
    runtime(
        "version-not-occupied",
        "E8",
        "Two plans of one version can be released beside each other.",
    ),
    runtime(
        "orders-of-others-not-looked-for",
        "E9",
        "Who has the store to himself looks only for what he wrote himself.",
    ),
    runtime(
        "replies-not-looked-for",
        "E9",
        "What came of a command waits in the inbox until somebody happens to look.",
    ),
    runtime(
        "rest-without-a-look",
        "E9",
        "A run ends without a last look for what others ask.",
    ),
    runtime(
        "wait-reckoned-from-the-turn",
        "E9",
        "A clock that is put back during a turn makes the engine sleep until it has caught up.",
    ),
    runtime(
        "shown-nodes-not-renewed",
        "E7",
        "What is shown of a release follows its phase and forgets its builds.",
    ),
    runtime(
        "far-retries-kept",
        "E9",
        "A retry that was put off by a clock that ran ahead waits for that time.",
    ),
    runtime(
        "leases-of-the-dead-kept",
        "E9",
        "What a dead process had claimed stays claimed.",
    ),
    runtime(
        "quick-report-lost",
        "E9",
        "The report of a build that ends before its begin is recorded is lost.",
    ),
    runtime(
        "attempts-share-their-report",
        "E9",
        "The second attempt's report is taken for a repetition of the first one's.",
    ),
    runtime(
        "publish-not-probed",
        "F3",
        "A release that was visible before a crash is published again.",
    ),
    runtime(
        "reuse-unchecked",
        "G1",
        "An earlier build's artifacts are taken without asking whether they are still there.",
    ),
    runtime(
        "reuse-key-without-needs",
        "G2",
        "An earlier build is reused although what it was built with has changed.",
    ),
    runtime(
        "last-row-not-stored",
        "H1",
        "Of the builds that a step touches, the last one's row is not stored.",
    ),
    runtime(
        "last-fact-not-journalled",
        "H1",
        "The journal lacks the last fact of each step.",
    ),
    runtime(
        "row-refused-when-the-store-fails",
        "H1",
        "An event whose step could not be stored is refused for ever.",
    ),
    storage("pools-never-full", "E2", "Every pool always has a free slot."),
    storage(
        "hold-not-stored",
        "E5",
        "A paused release is stored as one that is not held.",
    ),
    storage(
        "abandoned-intents-kept",
        "E6",
        "A command that was abandoned before it was sent can still be sent.",
    ),
    storage(
        "timer-lost",
        "E9",
        "A timer fires and leaves no row in the inbox.",
    ),
    storage(
        "sending-forgotten-at-take-over",
        "F1",
        "What a dead process was sending counts as never sent.",
    ),
    storage(
        "second-command-lost",
        "H1",
        "The second command of a step is not stored.",
    ),
    storage(
        "journal-entry-skipped",
        "H1",
        "A step that touches no build leaves nothing in the journal.",
    ),
    storage(
        "duplicate-reopens-the-row",
        "I2",
        "A row of a known key is decided again.",
    ),
    storage(
        "leases-of-the-living-stolen",
        "I1",
        "A lease that lasts still is given to the next who asks.",
    ),
    storage(
        "lost-lease-finishes",
        "I1",
        "Who has lost the lease on a command can still store what came of it.",
    ),
];

const fn orchestrator(name: &'static str, breaks: &'static str, does: &'static str) -> SeededBug {
    of("orchestrator", name, breaks, does)
}

const fn effects(name: &'static str, breaks: &'static str, does: &'static str) -> SeededBug {
    of("effects", name, breaks, does)
}

const fn runtime(name: &'static str, breaks: &'static str, does: &'static str) -> SeededBug {
    of("runtime", name, breaks, does)
}

const fn storage(name: &'static str, breaks: &'static str, does: &'static str) -> SeededBug {
    of("storage", name, breaks, does)
}

const fn of(room: &'static str, name: &'static str, breaks: &'static str, does: &'static str) -> SeededBug {
    SeededBug {
        name,
        room,
        breaks,
        does,
    }
}
