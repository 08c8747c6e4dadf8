//! What goes wrong in a world, drawn from its seed. Each world has its own habits (swarm testing): some know crashes only, some
//! slow stores, some a bit of everything.

use crate::draw::Draw;
use crate::script::{Fault, FaultKind, Hosting, PortFault, ReportFault, StoreFault, TurnFault};
use orchestrator::FailureKind;

/// Failures of every class.
pub(crate) const KINDS: [FailureKind; 8] = [
    FailureKind::RunnerLost,
    FailureKind::DiskFull,
    FailureKind::Network,
    FailureKind::Lock,
    FailureKind::CompileError,
    FailureKind::TestFailure,
    FailureKind::MissingArtifact,
    FailureKind::Unknown,
];

/// Of a hundred faults of the store that are not slow, so many leave their caller stuck.
const STUCK_PERCENT: u64 = 10;

/// The longest that somebody is stuck, in milliseconds: three times as long as the lease on an intent lasts.
const STUCK_MILLISECONDS_MAX: u64 = 180_000;

/// Of a hundred rough worlds of one process, so many have a clock that runs ahead for a while.
const FIT_PERCENT: u64 = 20;

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

/// What goes wrong in a world of so many components.
pub(crate) fn faults(draw: Draw, hosting: Hosting, components: usize) -> Vec<Fault> {
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
    if (hosting, habits.temper) == (Hosting::Own, Temper::Rough) && draw.named("fit").percent(FIT_PERCENT) {
        faults.push(fit_of_the_clock(draw.named("fit")));
    }
    faults
}

fn fit_of_the_clock(draw: Draw) -> Fault {
    Fault {
        nth: u32::try_from(draw.named("first").between(5, 60)).unwrap_or(u32::MAX),
        what: FaultKind::Turn(TurnFault::Fit(milliseconds(draw, 7_200_000))),
    }
}

fn milliseconds(draw: Draw, most: u64) -> u32 {
    u32::try_from(draw.named("milliseconds").between(1, most)).unwrap_or(u32::MAX)
}

fn store_fault(draw: Draw, slow: u64) -> StoreFault {
    if draw.named("slow").percent(slow) {
        return StoreFault::Slow(milliseconds(draw, 8_000));
    }
    if draw.named("stuck").percent(STUCK_PERCENT) {
        return StoreFault::Stuck(milliseconds(draw, STUCK_MILLISECONDS_MAX));
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
