//! The server is killed at moments drawn by a seed, again and again, and the release comes out once and whole.

use crate::from_environment;
use crate::house::{COMPONENTS, HOME, House, MAINTAINER, OWNER, Plan, Served, TAG};
use github_sim::{Happened, Truth};
use std::collections::BTreeMap;
use storage::contract::{empty_schema, test_server};

/// Kills while a release is under way, unless the variable says another number: `cargo xtask soak` plays more.
const KILLS: u64 = 20;
const KILLS_VARIABLE: &str = "GOVERNANCE_SERVER_KILLS";

/// Kills of one release, at most.
const KILLS_EACH: usize = 4;

/// Releases at a time.
const AT_A_TIME: usize = 4;

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

/// Plays one release by so many servers over one database; answers how often one of them was killed before it was published.
async fn play(seed: u64, (servers, database): (u64, Option<String>)) -> usize {
    let mut plan = Plan {
        database,
        ..Plan::default()
    };
    plan.workers.running_seconds = 20;
    let house = House::make(plan).await;
    // Webhooks go to the one that was started last.
    let folders: Vec<String> = (0..servers).map(|number| format!("machine {number}")).collect();
    let mut served: Vec<Served> = folders.iter().map(|folder| house.serve_in(folder)).collect();
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
        let whose = usize::try_from(drawn(seed, 100 + kill as u64, servers)).unwrap();
        served.remove(whose).kill();
        served.insert(whose, house.serve_in(&folders[whose]));
    }
    house.until_published().await;
    // Whoever lives comes to know it, or has said so.
    house
        .until("its status is told", |what| {
            matches!(what, Happened::StatusCreated { context, state, .. } if context == "governance/release" && state == "success")
        })
        .await;
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

/// Plays until so many servers were killed, some releases at a time: most of a play is waiting.
async fn campaign(servers: u64, database: impl AsyncFn(u64) -> Option<String>) {
    let wanted = usize::try_from(from_environment(KILLS_VARIABLE, KILLS)).unwrap();
    let (mut seed, mut kills) = (0, 0);
    let mut playing = tokio::task::JoinSet::new();
    while kills < wanted {
        while playing.len() < AT_A_TIME && kills + playing.len() * KILLS_EACH < wanted {
            seed += 1;
            playing.spawn(play(seed, (servers, database(seed).await)));
        }
        kills += playing.join_next().await.unwrap().unwrap();
    }
    while let Some(played) = playing.join_next().await {
        kills += played.unwrap();
    }
    eprintln!("kills {kills} of {servers} server(s), releases {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_goes_on_and_nothing_happens_twice() {
    campaign(1, async |_| None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_servers_over_one_postgresql_go_on_and_nothing_happens_twice() {
    let Some(server) = test_server() else { return };
    let schema = async |seed| {
        let name = format!("kills_{}_{seed}", std::process::id());
        Some(empty_schema(&server, &name).await.unwrap())
    };
    campaign(2, schema).await;
}
