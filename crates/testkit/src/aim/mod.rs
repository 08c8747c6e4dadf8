//! Scripts with an aim: one small release is led to one state, by people and by builds and stages that end as they do in truth;
//! there it takes one event, and the commit of that step goes wrong in one of the four ways. Only behind it does anything else
//! go wrong, so that nothing leads the release astray before.

mod table;
#[cfg(test)]
mod tests;

use crate::coverage::POINTS;
use crate::draw::Draw;
use crate::faults::faults;
use crate::script::{
    Aim, Fate, Fault, FaultKind, Hosting, NodeScript, Order, OrderKind, Outcome, ReleaseScript, Script,
    StageTrouble, StoreFault,
};
use crate::world::CrashPoint;
use orchestrator::{FailureKind, Stage};

/// Milliseconds after which an earlier release has long been built, whose outputs can be taken.
const LATER_MILLISECONDS: u64 = 100_000;

/// A person whom nobody asks at the end for what still lacks: what is given early is not given twice.
const EARLY_PERSON: u8 = 3;

/// Where a release is led, and what it takes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Goal {
    phase: &'static str,
    node: Option<&'static str>,
    event: &'static str,
}

fn goals() -> impl Iterator<Item = Goal> {
    table::ROWS.into_iter().flat_map(|(phase, node, events)| {
        let goal = move |event: &&'static str| Goal { phase, node, event };
        events.iter().map(goal)
    })
}

/// The script of a seed that has an aim.
pub(crate) fn aimed(seed: u64, draw: Draw) -> Script {
    let draw = draw.named("aim");
    let goals: Vec<Goal> = goals().collect();
    let goal = draw.named("goal").one_of(&goals);
    goal.script(seed, draw, draw.named("point").one_of(&POINTS))
}

fn fault_at(point: CrashPoint) -> StoreFault {
    match point {
        CrashPoint::Before => StoreFault::DieBefore,
        CrashPoint::After => StoreFault::DieAfter,
        CrashPoint::UnknownNotDone => StoreFault::FailBefore,
        CrashPoint::UnknownDone => StoreFault::FailAfter,
    }
}

impl Goal {
    fn script(self, seed: u64, draw: Draw, point: CrashPoint) -> Script {
        let hosting = match self.is_about_others_builds() || draw.named("hosting").percent(50) {
            true => Hosting::Elsewhere,
            false => Hosting::Own,
        };
        let fewest = if self.is_about_others_builds() { 2 } else { 1 };
        let processes = match hosting {
            Hosting::Own => 1,
            Hosting::Elsewhere => small(draw.named("processes"), fewest, 3),
        };
        let troubles = self.troubles(draw);
        let release = self.release(draw, &troubles);
        let orders = self.orders(draw, &troubles);
        let crash = Fault {
            nth: 0,
            what: FaultKind::Aimed(fault_at(point)),
        };
        let mut faults = faults(draw, hosting, release.nodes.len());
        faults.insert(0, crash);
        Script {
            seed,
            hosting,
            processes,
            runners: small(draw.named("runners"), 1, 3),
            releases: self.releases(release),
            orders,
            faults,
            aim: Some(Aim {
                phase: self.phase.to_owned(),
                node: self.node.map(str::to_owned),
                event: self.event.to_owned(),
            }),
        }
    }

    /// An output is taken from an earlier release.
    fn releases(self, release: ReleaseScript) -> Vec<ReleaseScript> {
        if self.event != "build_reused" {
            return vec![release];
        }
        let later = ReleaseScript {
            starts_at: LATER_MILLISECONDS,
            ..release.clone()
        };
        vec![release, later]
    }

    fn is_paused(self) -> bool {
        self.phase.starts_with("paused(")
    }

    fn is_stalled(self) -> bool {
        self.phase.contains("stalled(")
    }

    /// The phase without pause and stall.
    fn behind(self) -> &'static str {
        let inner = self.phase.rsplit('(').next().unwrap_or(self.phase);
        inner.trim_end_matches(')')
    }

    /// Only builds that are not our own wait for runners, or are heard of by others than who began them.
    fn is_about_others_builds(self) -> bool {
        let begun = self.event == "build_started" || self.event == "build_reused";
        match self.node {
            Some("queued" | "running") => true,
            Some("requested") => !begun,
            Some(_) | None => false,
        }
    }

    /// The stages that fail on the way, or as the event.
    fn troubles(self, draw: Draw) -> Vec<StageTrouble> {
        let draw = draw.named("trouble");
        let ordinary = FailureKind::DiskFull;
        let Some(stage) = stage_of(self.behind()) else {
            return Vec::new();
        };
        if self.is_withdrawn_unseen() {
            return unseen(stage, ordinary);
        }
        let (stage, failure) = if self.event == "stage_failed" {
            let kinds = [ordinary, FailureKind::Verification, FailureKind::Unknown];
            (stage, draw.one_of(&kinds))
        } else if !self.is_stalled() {
            return Vec::new();
        } else if stage == Stage::Collect && (self.event == "sign" || draw.percent(50)) {
            // What failed verification is collected anew, and has been collected before: it can be signed.
            (Stage::Verify, FailureKind::Verification)
        } else {
            (stage, ordinary)
        };
        vec![trouble(stage, failure)]
    }

    /// A release that may be public is taken back by whoever cannot tell.
    fn is_withdrawn_unseen(self) -> bool {
        self.event == "withdraw" && self.is_stalled()
    }

    fn release(self, draw: Draw, troubles: &[StageTrouble]) -> ReleaseScript {
        let awaits_approval = self.behind() == "awaiting_approval";
        let awaits_signatures = self.behind() == "awaiting_signatures";
        let drafts = self.is_stalled() || self.event.starts_with("stage_");
        let sometimes = |what: &str| u32::from(draw.named(what).percent(25));
        ReleaseScript {
            starts_at: 0,
            nodes: self.nodes(draw),
            approvals: match awaits_approval {
                true => small(draw.named("approvals"), 1, 2),
                false => sometimes("approvals"),
            },
            signatures: match awaits_signatures {
                true => u32::from(!drafts),
                false => sometimes("signatures"),
            },
            attempts_max: small(draw.named("attempts"), 2, 3),
            retry_budget: small(draw.named("budget"), 1, 3),
            stages: troubles.to_vec(),
            rival: false,
        }
    }

    fn nodes(self, draw: Draw) -> Vec<NodeScript> {
        let draw = draw.named("nodes");
        // A node that waits for another one is in the state in which a node waits for its next attempt.
        let count = match self.node {
            Some("waiting") => 1,
            Some(_) => draw.between(1, 2),
            None => draw.between(1, 3),
        };
        (0..count)
            .map(|position| NodeScript {
                needs: match position {
                    0 => Vec::new(),
                    _ if self.node.is_some() || draw.named("needs").nth(position).percent(50) => vec![0],
                    _ => Vec::new(),
                },
                platform: u8::try_from(draw.named("platform").nth(position).below(3)).unwrap_or(0),
                commit: 0,
                optional: false,
                outcomes: match position {
                    0 => self.outcome().into_iter().collect(),
                    _ => Vec::new(),
                },
                forever: None,
                blind: 0,
            })
            .collect()
    }

    /// How the first attempt of the first node ends.
    fn outcome(self) -> Option<Outcome> {
        match (self.node, self.event) {
            (Some("queued"), _) | (Some("requested"), "build_queued") => Some(Outcome::NeverStarts),
            (Some("requested"), "build_started" | "build_reused") => None,
            (Some("requested" | "running"), _) => Some(Outcome::Hangs),
            (Some("waiting"), _) => Some(Outcome::Fails(FailureKind::Network)),
            (None, _) if self.is_stalled() && self.behind() == "building" => {
                Some(Outcome::Fails(FailureKind::TestFailure))
            }
            (Some(_) | None, _) => None,
        }
    }

    fn orders(self, draw: Draw, troubles: &[StageTrouble]) -> Vec<Order> {
        let upon = |phase: &str, what: OrderKind| Order {
            at: 0,
            upon: Some(phase.to_owned()),
            node: self.node.map(str::to_owned),
            release: usize::from(self.event == "build_reused"),
            what,
        };
        // What stalls in a pause was paused where its stage was under way.
        let verifies = troubles.iter().any(|trouble| trouble.stage == Stage::Verify);
        let before = match self.is_stalled() && verifies {
            true => "verifying",
            false => self.behind(),
        };
        let pause = self.is_paused().then(|| upon(before, OrderKind::Pause));
        let again = (self.is_withdrawn_unseen() && troubles.len() > 1)
            .then(|| upon("stalled(collecting)", OrderKind::Retry));
        let wish = self.wish(draw).map(|what| upon(self.phase, what));
        pause.into_iter().chain(again).chain(wish).collect()
    }

    /// What somebody does for the event; none if it comes by itself.
    fn wish(self, draw: Draw) -> Option<OrderKind> {
        let failures = [
            FailureKind::Network,
            FailureKind::TestFailure,
            FailureKind::Unknown,
        ];
        let what = match self.event {
            "approve" => OrderKind::Approve(EARLY_PERSON),
            "sign" => OrderKind::Sign(EARLY_PERSON),
            "pause" => OrderKind::Pause,
            "resume" => OrderKind::Resume,
            "retry" => OrderKind::Retry,
            "cancel" => OrderKind::Cancel,
            "supersede" => OrderKind::Supersede,
            "withdraw" => OrderKind::Withdraw,
            "fall_back" => OrderKind::FallBack,
            "build_failed" => OrderKind::Build(Fate::Fails(draw.named("failure").one_of(&failures))),
            "build_interrupted" => OrderKind::Build(Fate::IsInterrupted),
            "build_succeeded" => OrderKind::Build(Fate::Succeeds),
            "build_started" if self.node == Some("queued") => OrderKind::Build(Fate::Begins),
            _ => return None,
        };
        Some(what)
    }
}

fn trouble(stage: Stage, failure: FailureKind) -> StageTrouble {
    StageTrouble {
        stage,
        failure,
        after: None,
    }
}

/// Publishing fails, and what it leaves stands where this stage does: at once, or when it is done again.
fn unseen(stage: Stage, ordinary: FailureKind) -> Vec<StageTrouble> {
    let refused = trouble(Stage::Publish, FailureKind::Verification);
    match stage {
        Stage::Publish => vec![trouble(stage, ordinary)],
        Stage::Collect => vec![refused],
        Stage::Sources | Stage::Verify | Stage::Draft => {
            let again = StageTrouble {
                after: Some(Stage::Publish),
                ..trouble(stage, ordinary)
            };
            vec![refused, again]
        }
    }
}

/// The stage that is under way in a phase.
fn stage_of(phase: &str) -> Option<Stage> {
    Some(match phase {
        "planned" => Stage::Sources,
        "collecting" => Stage::Collect,
        "verifying" => Stage::Verify,
        "awaiting_signatures" => Stage::Draft,
        "drafted" => Stage::Publish,
        _ => return None,
    })
}

fn small(draw: Draw, low: u64, high: u64) -> u32 {
    u32::try_from(draw.between(low, high)).unwrap_or(1)
}
