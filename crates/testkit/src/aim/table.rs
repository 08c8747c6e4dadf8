//! Every pair of state and event that a small release can take: what scripts aim at. Written out, so that a seed gives the same
//! script whatever the state machine does; a test holds the list to the search over the state machine.

/// The events of a row.
type Events = &'static [&'static str];

/// Phase, state of the node that the events are about, events.
type Row = (&'static str, Option<&'static str>, Events);

/// What people ask of a release that goes on, of a paused one and of a stalled one.
const ORDERS: Events = &["approve", "cancel", "fall_back", "pause", "supersede"];
const ORDERS_PAUSED: Events = &["approve", "cancel", "fall_back", "resume", "supersede"];
const ORDERS_STALLED: Events = &["approve", "cancel", "fall_back", "retry", "supersede"];

/// The same where there is a manifest to sign.
const ORDERS_PAUSED_SIGNING: Events = &["approve", "cancel", "fall_back", "resume", "sign", "supersede"];
const ORDERS_STALLED_SIGNING: Events = &[
    "approve",
    "cancel",
    "fall_back",
    "retry",
    "sign",
    "supersede",
    "withdraw",
];

/// The same where the release may be public, so that no other way is open.
const ORDERS_PAUSED_PUBLISHING: Events = &["approve", "cancel", "resume", "sign", "supersede"];
const ORDERS_STALLED_PUBLISHING: Events = &["approve", "cancel", "retry", "sign", "supersede", "withdraw"];

/// The same where a stage is under way.
const STAGE: Events = &[
    "approve",
    "cancel",
    "fall_back",
    "pause",
    "stage_done",
    "stage_failed",
    "supersede",
];
const STAGE_SIGNING: Events = &[
    "approve",
    "cancel",
    "fall_back",
    "pause",
    "sign",
    "stage_done",
    "stage_failed",
    "supersede",
];
const STAGE_PAUSED_SIGNING: Events = &[
    "approve",
    "cancel",
    "fall_back",
    "resume",
    "sign",
    "stage_done",
    "stage_failed",
    "supersede",
];

/// What comes of a build in each of its states.
const REQUESTED: Events = &[
    "build_failed",
    "build_interrupted",
    "build_queued",
    "build_reused",
    "build_started",
    "build_succeeded",
];
const QUEUED: Events = &[
    "build_failed",
    "build_interrupted",
    "build_started",
    "build_succeeded",
    "queue_timeout",
];
const RUNNING: Events = &[
    "build_failed",
    "build_interrupted",
    "build_succeeded",
    "run_timeout",
];

pub(super) const ROWS: [Row; 35] = [
    ("awaiting_approval", None, ORDERS),
    ("awaiting_signatures", None, STAGE_SIGNING),
    ("building", Some("queued"), QUEUED),
    ("building", Some("requested"), REQUESTED),
    ("building", Some("running"), RUNNING),
    ("building", None, ORDERS),
    ("building", Some("waiting"), &["retry_due"]),
    ("collecting", None, STAGE),
    (
        "drafted",
        None,
        &["approve", "pause", "sign", "stage_done", "stage_failed"],
    ),
    ("paused(awaiting_approval)", None, ORDERS_PAUSED),
    ("paused(awaiting_signatures)", None, STAGE_PAUSED_SIGNING),
    ("paused(building)", Some("queued"), QUEUED),
    ("paused(building)", Some("requested"), REQUESTED),
    ("paused(building)", Some("running"), RUNNING),
    ("paused(building)", None, ORDERS_PAUSED),
    ("paused(building)", Some("waiting"), &["retry_due"]),
    ("paused(collecting)", None, STAGE_PAUSED_SIGNING),
    (
        "paused(drafted)",
        None,
        &["approve", "resume", "sign", "stage_done", "stage_failed"],
    ),
    (
        "paused(planned)",
        None,
        &[
            "approve",
            "cancel",
            "fall_back",
            "resume",
            "stage_done",
            "stage_failed",
            "supersede",
        ],
    ),
    (
        "paused(stalled(awaiting_signatures))",
        None,
        ORDERS_PAUSED_SIGNING,
    ),
    ("paused(stalled(collecting))", None, ORDERS_PAUSED_SIGNING),
    ("paused(stalled(drafted))", None, ORDERS_PAUSED_PUBLISHING),
    ("paused(stalled(planned))", None, ORDERS_PAUSED),
    ("paused(stalled(verifying))", None, ORDERS_PAUSED_SIGNING),
    ("paused(verifying)", None, STAGE_PAUSED_SIGNING),
    ("planned", None, STAGE),
    ("published", None, &["withdraw"]),
    ("stalled(awaiting_signatures)", None, ORDERS_STALLED_SIGNING),
    ("stalled(building)", None, ORDERS_STALLED),
    ("stalled(collecting)", None, ORDERS_STALLED_SIGNING),
    ("stalled(drafted)", None, ORDERS_STALLED_PUBLISHING),
    ("stalled(planned)", None, ORDERS_STALLED),
    ("stalled(verifying)", None, ORDERS_STALLED_SIGNING),
    ("unplanned", None, &["start"]),
    ("verifying", None, STAGE_SIGNING),
];
