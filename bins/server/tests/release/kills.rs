//! The server is killed at moments drawn by a seed, again and again, and the release comes out once and whole.

use crate::from_environment;
use crate::house::{COMPONENTS, HOME, House, MAINTAINER, OWNER, Plan, TAG};
use github_sim::{Happened, Truth};
use std::collections::BTreeMap;

/// Kills while a release is under way, unless the variable says another number: `cargo xtask soak` plays more.
const KILLS: u64 = 20;
const KILLS_VARIABLE: &str = "GOVERNANCE_SERVER_KILLS";

/// Kills of one release, at most.
const KILLS_EACH: usize = 4;

/// Lines that the truth grows by between two kills, at most: a whole release has some hundred and fifty.
const BETWEEN_MAX: u64 = 45;

/// A number below `below`, drawn from a seed (splitmix64, Steele, Lea and Flood 2014).
pub(crate) fn drawn(seed: u64, nth: u64, below: u64) -> u64 {
    let mut mixed = seed
        .wrapping_mul(1_000_003)
        .wrapping_add(nth)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % below
}

/// What may be on GitHub after a release, however often its server died: everything once, and every file as built.
fn once(truth: &[Truth]) {
    let mut dispatched: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut published, mut drafts, mut removed) = (0, 0, 0);
    let mut uploaded: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in truth {
        match &line.what {
            Happened::RunCreated {
                dispatch_id: Some(id),
                ..
            } => *dispatched.entry(id).or_default() += 1,
            Happened::ReleasePublished { .. } => published += 1,
            Happened::ReleaseCreated { .. } => drafts += 1,
            Happened::ReleaseDeleted { .. } => removed += 1,
            Happened::AssetUploaded { name, sha256, .. } => {
                uploaded.entry(name).or_default().push(sha256);
            }
            _ => {}
        }
    }
    assert_eq!(published, 1);
    assert_eq!(drafts - removed, 1, "drafts that are left");
    assert_eq!(dispatched.len(), COMPONENTS.len(), "{dispatched:?}");
    assert!(dispatched.values().all(|runs| *runs == 1), "{dispatched:?}");
    for (name, digests) in uploaded {
        assert!(
            digests.windows(2).all(|two| two[0] == two[1]),
            "{name}: {digests:?}"
        );
    }
}

/// Plays one release; answers how often its server was killed before it was published.
async fn play(seed: u64) -> usize {
    let mut plan = Plan::default();
    plan.workers.running_seconds = 20;
    let house = House::make(plan).await;
    let mut served = house.serve();
    house.push_tag_as(MAINTAINER);
    // What was not acknowledged is GitHub's to send again; what was is ours.
    house
        .until(
            "the push is acknowledged",
            |what| matches!(what, Happened::WebhookSent { event, status: 202, .. } if event == "push"),
        )
        .await;
    let mut kills = 0;
    for kill in 0..KILLS_EACH {
        let lines = house.github.truth().len();
        let after = usize::try_from(drawn(seed, kill as u64, BETWEEN_MAX)).unwrap();
        let is_due = |truth: &[Truth]| truth.len() >= lines + after || is_published(truth);
        let truth = crate::house::within("GitHub is asked more", house.github.until(is_due)).await;
        kills += usize::from(!is_published(&truth));
        served.kill();
        served = house.serve();
    }
    house.until_published().await;
    served.hears("\"phase\":\"published\"");
    house.github.settled().await;
    once(&house.github.truth());
    let release = house.github.release_by(OWNER, HOME, TAG, MAINTAINER);
    assert!(release.is_err(), "the tag has its release");
    kills
}

fn is_published(truth: &[Truth]) -> bool {
    truth
        .iter()
        .any(|line| matches!(line.what, Happened::ReleasePublished { .. }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_goes_on_and_nothing_happens_twice() {
    let wanted = usize::try_from(from_environment(KILLS_VARIABLE, KILLS)).unwrap();
    let (mut seed, mut kills) = (0, 0);
    while kills < wanted {
        seed += 1;
        kills += play(seed).await;
    }
}
