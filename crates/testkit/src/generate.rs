//! A script from a seed: what kind of world, which graph, which outcomes, which people, which faults. Each world has its own
//! habits (swarm testing): some know crashes only, some slow stores, some a bit of everything.

use crate::draw::Draw;
use crate::script::{
    Fault, FaultKind, Hosting, NodeScript, Order, OrderKind, Outcome, PortFault, ReleaseScript, ReportFault,
    Script, StoreFault, TurnFault,
};
use orchestrator::FailureKind;

/// Components of one release at most.
pub const COMPONENTS_MAX: u64 = 60;

/// Failures of every class.
const KINDS: [FailureKind; 8] = [
    FailureKind::RunnerLost,
    FailureKind::DiskFull,
    FailureKind::Network,
    FailureKind::Lock,
    FailureKind::CompileError,
    FailureKind::TestFailure,
    FailureKind::MissingArtifact,
    FailureKind::Unknown,
];

impl Script {
    /// The script of a seed.
    pub fn of_seed(seed: u64) -> Self {
        let draw = Draw::of(seed).named("script");
        let hosting = match draw.named("hosting").percent(50) {
            true => Hosting::Own,
            false => Hosting::Elsewhere,
        };
        let processes = match hosting {
            Hosting::Own => 1,
            Hosting::Elsewhere => u32::try_from(draw.named("processes").between(1, 3)).unwrap_or(1),
        };
        let releases = releases(draw);
        let orders = orders(draw, &releases);
        Self {
            seed,
            hosting,
            processes,
            runners: u32::try_from(draw.named("runners").between(1, 6)).unwrap_or(1),
            faults: faults(
                draw,
                hosting,
                releases.iter().map(|release| release.nodes.len()).sum(),
            ),
            releases,
            orders,
        }
    }

    /// The same script in a world where nothing goes wrong.
    #[must_use]
    pub fn without_faults(&self) -> Self {
        Self {
            faults: Vec::new(),
            ..self.clone()
        }
    }
}

/// Mostly a handful of components, now and then many.
fn components(draw: Draw) -> u64 {
    match draw.named("size").below(100) {
        0..75 => draw.named("few").between(1, 4),
        75..95 => draw.named("some").between(4, 10),
        95..98 => draw.named("more").between(10, 20),
        98 => draw.named("some").between(4, 10),
        _ => match draw.named("very").percent(30) {
            true => draw.named("many").between(20, COMPONENTS_MAX),
            false => draw.named("more").between(10, 20),
        },
    }
}

fn releases(draw: Draw) -> Vec<ReleaseScript> {
    let first = release(draw.named("release"), 0);
    if !draw.named("two").percent(35) {
        return vec![first];
    }
    // The second is a later version of the same components: most commits are the same, so that builds can be reused.
    let mut second = ReleaseScript {
        starts_at: draw.named("later").between(0, 200_000),
        ..release(draw.named("release"), 1)
    };
    for (position, node) in second.nodes.iter_mut().enumerate() {
        let moved = draw.named("moved").nth(position as u64).percent(25);
        node.commit = u8::from(moved);
    }
    vec![first, second]
}

fn release(draw: Draw, number: u64) -> ReleaseScript {
    let count = components(draw);
    let density = draw.named("density").between(5, 60);
    let trouble = draw.named("trouble").nth(number).one_of(&[0, 10, 10, 25]);
    let nodes = (0..count)
        .map(|position| node(draw, number, (position, density, trouble)))
        .collect();
    ReleaseScript {
        starts_at: 0,
        nodes,
        approvals: u32::from(draw.named("approved").percent(25)) * 2,
        signatures: u32::from(draw.named("signed").percent(25)),
        attempts_max: u32::try_from(draw.named("attempts").between(1, 3)).unwrap_or(1),
        retry_budget: u32::try_from(draw.named("budget").below(8)).unwrap_or(0),
    }
}

fn node(draw: Draw, number: u64, (position, density, trouble): (u64, u64, u64)) -> NodeScript {
    let draw = draw.named("node").nth(position);
    let needs = (0..position)
        .rev()
        .take(8)
        .filter(|need| draw.named("needs").nth(*need).percent(density))
        .filter_map(|need| usize::try_from(need).ok())
        .collect();
    let troubled = draw.named("troubled").nth(number);
    let outcomes = match troubled.percent(trouble) {
        true => (0..troubled.named("how often").between(1, 3))
            .map(|nth| outcome(troubled.named("outcome").nth(nth)))
            .collect(),
        false => Vec::new(),
    };
    let forever = troubled
        .named("forever")
        .percent(trouble / 8)
        .then(|| troubled.named("kind").one_of(&KINDS));
    NodeScript {
        needs,
        platform: u8::try_from(draw.named("platform").below(3)).unwrap_or(0),
        commit: 0,
        optional: draw.named("optional").percent(12),
        outcomes,
        forever,
    }
}

fn outcome(draw: Draw) -> Outcome {
    match draw.named("kind").below(100) {
        0..70 => Outcome::Fails(draw.named("failure").one_of(&KINDS)),
        70..80 => Outcome::Succeeds,
        80..92 => Outcome::Hangs,
        _ => Outcome::NeverStarts,
    }
}

/// Half of the worlds have busy people; few of them give up.
fn orders(draw: Draw, releases: &[ReleaseScript]) -> Vec<Order> {
    let draw = draw.named("orders");
    if draw.percent(40) {
        return Vec::new();
    }
    let count = draw.named("count").between(1, 7);
    let patient = draw.named("patient").percent(60);
    (0..count)
        .map(|nth| order(draw.nth(nth), releases.len() as u64, patient))
        .collect()
}

fn order(draw: Draw, releases: u64, patient: bool) -> Order {
    let mild = [
        OrderKind::Pause,
        OrderKind::Pause,
        OrderKind::Resume,
        OrderKind::Resume,
        OrderKind::Retry,
        OrderKind::Approve(0),
        OrderKind::Approve(1),
        OrderKind::Approve(0),
        OrderKind::Sign(0),
        OrderKind::Sign(0),
        OrderKind::ApproveAnother,
        OrderKind::Stray,
    ];
    let phases = [
        "planned",
        "awaiting_approval",
        "building",
        "collecting",
        "verifying",
        "awaiting_signatures",
        "drafted",
        "published",
        "paused",
        "stalled",
    ];
    let harsh = [
        OrderKind::Cancel,
        OrderKind::Supersede,
        OrderKind::Withdraw,
        OrderKind::FallBack,
    ];
    let what = match patient || draw.named("mood").percent(70) {
        true => draw.named("mild").one_of(&mild),
        false => draw.named("harsh").one_of(&harsh),
    };
    let upon = draw.named("upon").percent(50);
    Order {
        at: match upon {
            true => 0,
            false => draw.named("at").between(0, 400_000),
        },
        upon: upon.then(|| draw.named("phase").one_of(&phases).to_owned()),
        release: usize::try_from(draw.named("which").below(releases)).unwrap_or(0),
        what,
    }
}

/// How often an occasion of each kind goes wrong: one in so many.
struct Habits {
    store: u64,
    port: u64,
    report: u64,
    turn: u64,
    /// Of a hundred faults of the store, so many are only slow.
    slow: u64,
    temper: Temper,
}

/// Whether the world makes builds fail that would not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temper {
    Rough,
    /// What is published must be the same to the last component as without faults.
    Gentle,
}

fn habits(draw: Draw) -> Habits {
    let draw = draw.named("habits");
    Habits {
        store: draw.named("store").one_of(&[5, 8, 12, 20]),
        port: draw.named("port").one_of(&[3, 4, 6, 10]),
        report: draw.named("report").one_of(&[2, 3, 5]),
        turn: draw.named("turn").one_of(&[12, 25, 60]),
        slow: draw.named("slow").one_of(&[20, 50, 85]),
        temper: match draw.named("temper").percent(25) {
            true => Temper::Gentle,
            false => Temper::Rough,
        },
    }
}

fn faults(draw: Draw, hosting: Hosting, components: usize) -> Vec<Fault> {
    let draw = draw.named("faults");
    let habits = habits(draw);
    let more = components as u64;
    let mut faults = Vec::new();
    let plan = [
        ("store", habits.store, 30 + 2 * more),
        ("port", habits.port, 12 + 2 * more),
        ("report", habits.report, 8 + more),
        ("turn", habits.turn, 8 + more / 2),
    ];
    for (site, one_in, count) in plan {
        let draw = draw.named(site);
        let mut nth = 0;
        for index in 0..count {
            nth += draw.named("gap").nth(index).between(1, 2 * one_in - 1);
            let draw = draw.nth(index);
            let what = match site {
                "store" => FaultKind::Store(store_fault(draw, habits.slow)),
                "port" => FaultKind::Port(port_fault(draw, habits.temper)),
                "report" => FaultKind::Report(report_fault(draw, habits.temper)),
                _ => FaultKind::Turn(turn_fault(draw, hosting, habits.temper)),
            };
            let nth = u32::try_from(nth).unwrap_or(u32::MAX);
            faults.push(Fault { nth, what });
        }
    }
    faults
}

fn milliseconds(draw: Draw, most: u64) -> u32 {
    u32::try_from(draw.named("milliseconds").between(1, most)).unwrap_or(u32::MAX)
}

fn store_fault(draw: Draw, slow: u64) -> StoreFault {
    if draw.named("slow").percent(slow) {
        return StoreFault::Slow(milliseconds(draw, 8_000));
    }
    draw.named("kind").one_of(&[
        StoreFault::DieBefore,
        StoreFault::DieAfter,
        StoreFault::FailBefore,
        StoreFault::FailAfter,
    ])
}

fn port_fault(draw: Draw, temper: Temper) -> PortFault {
    match draw.named("kind").below(100) {
        0..12 => PortFault::DieBefore,
        12..24 => PortFault::DieAfter,
        24..38 if temper == Temper::Rough => PortFault::Fails(draw.named("failure").one_of(&KINDS)),
        38..52 => PortFault::UnknownBefore,
        52..66 => PortFault::UnknownAfter,
        _ => PortFault::Slow(milliseconds(draw, 90_000)),
    }
}

fn report_fault(draw: Draw, temper: Temper) -> ReportFault {
    match draw.named("kind").below(3) {
        0 if temper == Temper::Rough => ReportFault::Lost,
        2 if temper == Temper::Rough => ReportFault::Late(milliseconds(draw, 400_000)),
        _ => ReportFault::Twice(milliseconds(draw, 120_000)),
    }
}

/// Where processes share a store, its clock is the one that counts, and it jumps little.
fn turn_fault(draw: Draw, hosting: Hosting, temper: Temper) -> TurnFault {
    let number = u32::try_from(draw.named("which").below(3)).unwrap_or(0);
    let most = match hosting {
        Hosting::Own => 3_600_000,
        Hosting::Elsewhere => 10_000,
    };
    match draw.named("kind").below(100) {
        0..45 => TurnFault::Kill(number),
        45..70 => TurnFault::Terminate(number),
        _ if temper == Temper::Gentle => TurnFault::Kill(number),
        _ => {
            let by = i32::try_from(draw.named("by").below(2 * most)).unwrap_or(0);
            TurnFault::Jump(by - i32::try_from(most).unwrap_or(0))
        }
    }
}
