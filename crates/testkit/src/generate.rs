//! A script from a seed: what kind of world, which graph, which outcomes, which people. Some seeds have an aim; what goes wrong is
//! drawn beside this.

use crate::aim::aimed;
use crate::draw::Draw;
use crate::faults::{KINDS, faults};
use crate::script::{Hosting, NodeScript, Order, OrderKind, Outcome, ReleaseScript, Script};

/// Of a hundred seeds, so many have an aim: in a hundred thousand each crash point is aimed at about 26 times.
const AIMED_PERCENT: u64 = 20;

/// Looks that fail at a build that nobody can see: more than anybody has patience for.
const BLIND_LOOKS: u32 = 22;

/// Components of one release at most.
pub const COMPONENTS_MAX: u64 = 60;

impl Script {
    /// The script of a seed.
    pub fn of_seed(seed: u64) -> Self {
        let draw = Draw::of(seed).named("script");
        if draw.named("aimed").percent(AIMED_PERCENT) {
            return aimed(seed, draw);
        }
        let hosting = match draw.named("hosting").percent(50) {
            true => Hosting::Own,
            false => Hosting::Elsewhere,
        };
        let processes = match hosting {
            Hosting::Own => 1,
            Hosting::Elsewhere => u32::try_from(draw.named("processes").between(1, 3)).unwrap_or(1),
        };
        let releases = releases(draw, hosting);
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
            aim: None,
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

fn releases(draw: Draw, hosting: Hosting) -> Vec<ReleaseScript> {
    let mut first = release(draw.named("release"), 0);
    // Our own builds are found at the next start or not at all; elsewhere somebody looks until his patience ends.
    if hosting == Hosting::Elsewhere && draw.named("blind").percent(12) {
        first.nodes.iter_mut().for_each(|node| node.blind = BLIND_LOOKS);
    }
    if !draw.named("two").percent(35) {
        return vec![first];
    }
    // The second is a later version of the same components: most commits are the same, so that builds can be reused.
    let mut second = ReleaseScript {
        starts_at: draw.named("later").between(0, 200_000),
        rival: draw.named("rival").percent(15),
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
        stages: Vec::new(),
        rival: false,
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
        blind: 0,
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
        node: None,
        release: usize::try_from(draw.named("which").below(releases)).unwrap_or(0),
        what,
    }
}
