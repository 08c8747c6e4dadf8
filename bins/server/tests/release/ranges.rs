//! What has come in since the last release: with a green verdict behind it, past the gate, and where there is no earlier release.

use crate::house::{Component, HOME, House, MAINTAINER, OWNER, Plan, within};
use crate::maintainer::Maintainer;
use crate::wound::{Database, Instance, Wound};
use artifact_verify::Landing;
use domain_types::PullRequestId;
use expect_test::{Expect, expect};
use github_sim::{Clock, Faults, Happened, MergeMethod, PullPlan, Truth};
use governance_rules::RulesetDigest;
use runtime::github::FrozenRelease;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use storage::{InboxId, InboxState, Look, NewInboxRow};

/// The component that is governed.
const NODE: &str = "atlas-node";

const COMPONENTS: &[Component] = &[(NODE, &[], &["node"])];

/// Who maintains it, by the rules of the fixture.
const PEOPLE: [&str; 5] = ["atlas-ada", "atlas-ben", "atlas-finn", "atlas-gus", "atlas-hana"];

/// Who proposes changes.
const AUTHOR: &str = "stranger";

/// The days of review that the rules ask for, and one more.
const DAYS: u64 = 15;

const DAY_SECONDS: u64 = 86_400;

/// Rounds of the clock in a row in which nothing happens, after which everything has settled.
const QUIET_ROUNDS: u32 = 10;

/// An organisation with a gate, and its server.
struct Play {
    house: House,
    clock: Arc<Wound>,
    server: Instance,
    maintainers: BTreeMap<&'static str, Maintainer>,
    wishes: u32,
}

impl Play {
    async fn begin(governance: &str) -> Self {
        let house = House::make(Plan {
            clock: Clock::Hand,
            ..Plan::of(COMPONENTS)
        })
        .await;
        let keys = house.path("keys");
        std::fs::create_dir(&keys).unwrap();
        let maintainers = PEOPLE.map(|login| {
            house.github.create_user(login).unwrap();
            (login, Maintainer::with_key(login, &keys))
        });
        let maintainers = BTreeMap::from(maintainers);
        // The first release of the node is somebody's deed.
        let first = head_of_main(&house);
        let governance = format!("{governance}\nreleased_without_verdict = ['{first}']");
        configure(&house, &maintainers, &governance);
        let clock = Wound::of(&house.github);
        let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 0)).await;
        Self {
            house,
            clock,
            server,
            maintainers,
            wishes: 0,
        }
    }

    /// Somebody who may asks the server for the release of a tag; waits until that is decided. Answers why not, if it is refused.
    async fn wishes(&mut self, tag: &str) -> Option<String> {
        self.wishes += 1;
        let row = NewInboxRow {
            key: format!("request/{}", self.wishes),
            release: None,
            kind: "release_requested".to_owned(),
            body: json!({ "tag": tag }).to_string(),
            actor: MAINTAINER.to_owned(),
        };
        let now = self.house.github.now();
        let appended = self.server.store.append_inbox(&[row], now).await.unwrap();
        self.server.bell.notify_one();
        within("the wish is decided", self.decided(appended[0].id())).await
    }

    async fn decided(&self, id: InboxId) -> Option<String> {
        loop {
            self.clock.idle().await;
            let row = self.server.store.inbox_row(id).await.unwrap().unwrap();
            if row.state != InboxState::Pending {
                return row.reason.filter(|_| row.state == InboxState::Refused);
            }
            self.clock.wind();
        }
    }

    /// Winds until this tag is public; answers its page.
    async fn published(&self, tag: &str) -> String {
        let is_it = |what: &Happened| matches!(what, Happened::ReleasePublished { tag: of, .. } if of == tag);
        self.clock.wind_until(&self.house, is_it).await;
        let views = self.house.github.releases(OWNER, HOME).unwrap();
        let view = views.iter().find(|view| view["tag_name"] == tag).unwrap();
        view["body"].as_str().unwrap().to_owned()
    }

    /// The node's branch as it is gets a tag, and the next version of everything is tagged, without anybody being told.
    fn tag(&self, version: &str, release: &str) {
        let github = &self.house.github;
        let tag = format!("v{version}");
        github
            .push_tag(OWNER, NODE, &tag, &self.main(), MAINTAINER)
            .unwrap();
        let manifest = crate::house::manifest(COMPONENTS).replace("0.1.0", version);
        let files = [("versions.toml", manifest)];
        let head = github.push_files(OWNER, HOME, &files, MAINTAINER).unwrap();
        github.push_tag(OWNER, HOME, release, &head, AUTHOR).unwrap();
    }

    /// The head of the node's default branch.
    fn main(&self) -> String {
        head_of_main(&self.house)
    }

    /// Lets everything settle that the gate and the forge have to do.
    async fn settle(&self) {
        let (mut quiet, mut seen) = (0, 0);
        within("everything settles", async {
            while quiet < QUIET_ROUNDS {
                self.clock.idle().await;
                let truth = self.house.github.truth_len();
                let soon = self.house.github.now().plus_seconds(120);
                let next = self.server.store.next_look().await.unwrap();
                let is_busy = next.is_some_and(|next| next <= soon);
                quiet = if truth == seen && !is_busy { quiet + 1 } else { 0 };
                seen = truth;
                self.clock.wind();
            }
        })
        .await;
    }

    /// A change that two maintainers sign and that is merged when the gate is green; or before that.
    async fn merges(&self, branch: &str, days: u64) -> u64 {
        let github = &self.house.github;
        let files = [("rpc/get.rs", format!("fn {branch}() {{}}\n"))];
        github
            .push_files_to((OWNER, NODE), branch, &files, AUTHOR)
            .unwrap();
        let number = github
            .open_pull_by((OWNER, NODE), PullPlan::of(branch, "main"), AUTHOR)
            .unwrap();
        self.settle().await;
        let statement = self.statement(number).await;
        for login in ["atlas-ada", "atlas-ben"] {
            let armour = self.maintainers[login].sign(&statement, "pr-approval@governance-app.v1");
            let comment = format!("/governance-sign\n\n```\n{armour}```\n");
            github.comment_by((OWNER, NODE, number), &comment, login).unwrap();
        }
        self.settle().await;
        self.clock.pass(Duration::from_secs(days * DAY_SECONDS));
        self.settle().await;
        github
            .merge_by((OWNER, NODE, number), MergeMethod::Merge, "atlas-ada")
            .unwrap();
        self.settle().await;
        number
    }

    /// The statement that was shown last for a pull request.
    async fn statement(&self, number: u64) -> String {
        let listed = self
            .server
            .store
            .pull_requests(None, storage::Listed::All, None, 100)
            .await
            .unwrap();
        let stored = listed.iter().find(|stored| stored.id.number() == number).unwrap();
        let book: Value = serde_json::from_str(stored.body.as_ref().unwrap()).unwrap();
        book["statements"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// What the newest release was begun with.
    async fn frozen(&self) -> FrozenRelease {
        let listed = self.server.store.list_releases().await.unwrap();
        let state = runtime::load(&*self.server.store, &listed[0].id)
            .await
            .unwrap()
            .unwrap();
        FrozenRelease::of(&state).unwrap()
    }
}

/// The head of the node's default branch.
fn head_of_main(house: &House) -> String {
    let folder = house.github.repository_folder(OWNER, NODE);
    let told = std::process::Command::new("git")
        .args(["rev-parse", "refs/heads/main"])
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

/// Rules for the node with the keys that people have here, and a server that holds it to them.
fn configure(house: &House, maintainers: &BTreeMap<&'static str, Maintainer>, governance: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/governance/well");
    let mut files = runtime::read_rules_folder(&root).unwrap();
    // It asks every change of the node for something that is not judged yet.
    files.remove("config/cross-layer-rules.yml");
    let entries = maintainers.values().map(|maintainer| {
        let (login, key) = (&maintainer.login, maintainer.public_key());
        format!("  - {{github: {login}, keys: [{{scheme: ssh, key: '{key}'}}], status: active}}\n")
    });
    let register = format!("maintainers:\n{}", entries.collect::<String>());
    files.insert("config/maintainers/layer-3.yml".to_owned(), register);
    for (path, text) in &files {
        let file = house.path("rules").join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let place = house.path("governance-app.toml");
    let text = std::fs::read_to_string(&place).unwrap();
    let text = text.replacen("[github]\n", &format!("[github]\nowner = '{OWNER}'\n"), 1);
    let digest = RulesetDigest::of(&files);
    let rules = house.path("rules");
    let governance = format!(
        "[governance]\nsource = 'dir:{}'\ngenesis_digest = '{digest}'\n{governance}\n",
        rules.display()
    );
    std::fs::write(place, text + &governance).unwrap();
}

/// What a page tells of changes, without what differs from run to run.
fn shows(page: &str, expected: &Expect) {
    let (_, changes) = page.split_once("## Changes\n").unwrap();
    let (changes, _) = changes.split_once("\n<!-- governance-app release ").unwrap();
    let parts = changes.split_inclusive(['`', ' ', '(', ')']);
    let masked = parts.map(|part| {
        let word = part.trim_end_matches(['`', ' ', '(', ')']);
        let is_name = word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_time = word.len() == 24 && word.ends_with('Z');
        match (is_name, is_time) {
            (true, _) => part.replace(word, "COMMIT"),
            (_, true) => part.replace(word, "TIME"),
            (false, false) => part.to_owned(),
        }
    });
    expected.assert_eq(&masked.collect::<String>());
}

/// Somebody asks for a path with this in it.
fn asks(what: &Happened, part: &str) -> bool {
    matches!(what, Happened::Request { path, .. } if path.contains(part))
}

fn is_run(what: &Happened) -> bool {
    matches!(what, Happened::RunCreated { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_names_every_commit_since_the_last_one_and_who_signed_it() {
    let mut play = Play::begin("release_requires_verdicts = true").await;
    play.house.push_tag_as(AUTHOR);
    assert_eq!(play.wishes("v0.1.0").await, None);
    shows(
        &play.published("v0.1.0").await,
        &expect![[r#"

            ### atlas-node

            There is no earlier release of it to compare this one with.
        "#]],
    );
    play.merges("feature", DAYS).await;
    play.tag("0.2.0", "v0.2.0");
    assert_eq!(play.wishes("v0.2.0").await, None);
    shows(
        &play.published("v0.2.0").await,
        &expect![[r#"

            ### atlas-node

            2 commits since 0.1.0.

            - `COMMIT` `Merge pull request #1 from feature` (example/atlas-node#1): all rules hold, signed by `atlas-ada`, `atlas-ben`
            - `COMMIT` `Change 1 files` (example/atlas-node#1): all rules hold, signed by `atlas-ada`, `atlas-ben`
        "#]],
    );
    // One question was enough.
    let compared = play.house.count(|what| asks(what, "/atlas-node/compare/"));
    assert_eq!(compared, 1);
    let frozen = play.frozen().await;
    assert_eq!(
        (frozen.ranges.len(), frozen.ranges[0].ungoverned().count()),
        (1, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_past_the_gate_is_shown_and_holds_a_production_release_up() {
    let mut play = Play::begin("release_requires_verdicts = true").await;
    play.house.push_tag_as(AUTHOR);
    assert_eq!(play.wishes("v0.1.0").await, None);
    play.published("v0.1.0").await;
    play.merges("feature", DAYS).await;
    play.merges("hasty", 0).await;
    let pushed = [("rpc/get.rs", "fn stolen() {}\n")];
    let pushed = play
        .house
        .github
        .push_files(OWNER, NODE, &pushed, "atlas-gus")
        .unwrap();
    play.settle().await;
    play.tag("0.2.0", "v0.2.0");
    let runs = play.house.count(is_run);
    let refused = play.wishes("v0.2.0").await.unwrap();
    assert!(
        refused.contains("No green verdict stands behind everything"),
        "{refused}"
    );
    assert!(
        refused.contains(&format!(
            "example/atlas-node {} \"Change 1 files\" (no pull request brought it)",
            pushed
        )),
        "{refused}"
    );
    assert!(
        refused.contains("of #2 \"Merge pull request #2 from hasty\" (pending: "),
        "{refused}"
    );
    assert!(!refused.contains("#1"), "{refused}");
    assert!(
        refused.contains("`released_without_verdict` of [governance]"),
        "{refused}"
    );
    assert_eq!(play.house.count(is_run), runs);
    assert_eq!(play.server.store.list_releases().await.unwrap().len(), 1);
    // A prerelease of the same is made, and says so.
    play.tag("0.2.1", "v0.2.1-rc.1");
    assert_eq!(play.wishes("v0.2.1-rc.1").await, None);
    let page = play.published("v0.2.1-rc.1").await;
    shows(
        &page,
        &expect![[r#"

            ### atlas-node

            5 commits since 0.1.0. Without a green verdict: 3.

            - `COMMIT` `Change 1 files`: **without a green verdict**: `no pull request brought it`
            - `COMMIT` `Merge pull request #2 from hasty` (example/atlas-node#2): **without a green verdict**: `pending: 14 days since the last push that changed it (TIME) end TIME`
            - `COMMIT` `Change 1 files` (example/atlas-node#2): **without a green verdict**: `pending: 14 days since the last push that changed it (TIME) end TIME`
            - `COMMIT` `Merge pull request #1 from feature` (example/atlas-node#1): all rules hold, signed by `atlas-ada`, `atlas-ben`
            - `COMMIT` `Change 1 files` (example/atlas-node#1): all rules hold, signed by `atlas-ada`, `atlas-ben`
        "#]],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_component_shows_no_titles_and_no_names_on_a_public_page() {
    let mut play = Play::begin("").await;
    play.house.push_tag_as(AUTHOR);
    assert_eq!(play.wishes("v0.1.0").await, None);
    play.published("v0.1.0").await;
    play.merges("feature", DAYS).await;
    play.merges("hasty", 0).await;
    play.house.github.set_private(OWNER, NODE, true).unwrap();
    play.tag("0.2.0", "v0.2.0");
    assert_eq!(play.wishes("v0.2.0").await, None);
    shows(
        &play.published("v0.2.0").await,
        &expect![[r#"

            ### atlas-node

            4 commits since 0.1.0. Without a green verdict: 2.

            - `COMMIT` `a commit of a repository that not everybody sees` (example/atlas-node#2): **without a green verdict**: `pending`
            - `COMMIT` `a commit of a repository that not everybody sees` (example/atlas-node#2): **without a green verdict**: `pending`
            - `COMMIT` `a commit of a repository that not everybody sees` (example/atlas-node#1): all rules hold, signed by 2 people
            - `COMMIT` `a commit of a repository that not everybody sees` (example/atlas-node#1): all rules hold, signed by 2 people
        "#]],
    );
    // Whatever else the release gives away was made from the same.
    let frozen = serde_json::to_string(&play.frozen().await.ranges).unwrap();
    for hidden in ["feature", "hasty", "Change 1 files", "atlas-ada"] {
        assert!(!frozen.contains(hidden), "{hidden}: {frozen}");
    }
    // Both of one owner, so that one question told who may see what.
    assert_eq!(
        play.house.count(|what| asks(what, "/installation/repositories")),
        1
    );
}

/// A repository that had the name before has another number, and its book says nothing of this one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_book_of_a_namesake_is_not_the_book_of_the_repository() {
    let mut play = Play::begin("release_requires_verdicts = true").await;
    let namesake = Look {
        pull_request: PullRequestId::new(1, 99).unwrap(),
        repository: format!("{OWNER}/{NODE}"),
        not_before: play.house.github.now().plus_seconds(1_000 * DAY_SECONDS),
    };
    let now = play.house.github.now();
    play.server
        .store
        .want_pull_requests(&[namesake], now)
        .await
        .unwrap();
    play.house.push_tag_as(AUTHOR);
    assert_eq!(play.wishes("v0.1.0").await, None);
    play.published("v0.1.0").await;
    let number = play.merges("feature", DAYS).await;
    play.tag("0.2.0", "v0.2.0");
    play.settle().await;
    assert_eq!(play.wishes("v0.2.0").await, None);
    let ranges = play.frozen().await.ranges;
    let landings = ranges[0]
        .commits
        .iter()
        .map(|commit| (commit.pull_request, commit.landing));
    assert_eq!(
        landings.collect::<Vec<_>>(),
        [(Some(number), Landing::Governed); 2]
    );
    // The book was enough: GitHub was not asked who brought the merge.
    let of_merge = format!("/commits/{}/pulls", ranges[0].commits[0].commit);
    // Later the gate hears of a run at that commit, and asks itself.
    let truth = play.house.github.truth();
    let is_run = |line: &Truth| matches!(line.what, Happened::RunCreated { .. });
    let planned = truth.iter().rposition(is_run).unwrap();
    let asked = truth[..planned].iter().filter(|line| asks(&line.what, &of_merge));
    assert_eq!(asked.count(), 0);
}

/// Commits of which GitHub has to be asked one by one.
const PUSHES: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_tried_again_goes_on_where_it_was() {
    let mut play = Play::begin("").await;
    play.house.push_tag_as(AUTHOR);
    assert_eq!(play.wishes("v0.1.0").await, None);
    play.published("v0.1.0").await;
    for push in 0..PUSHES {
        let files = [("rpc/get.rs", format!("fn pushed_{push}() {{}}\n"))];
        play.house
            .github
            .push_files(OWNER, NODE, &files, "atlas-gus")
            .unwrap();
    }
    play.settle().await;
    play.tag("0.2.0", "v0.2.0");
    // Hardly any try comes through all of its requests.
    play.house.github.set_faults(Faults {
        server_error_before: 0.5,
        ..Faults::default()
    });
    assert_eq!(play.wishes("v0.2.0").await, None);
    play.house.github.set_faults(Faults::default());
    play.published("v0.2.0").await;
    let answered = |part: &'static str| {
        play.house.count(move |what| {
            let is_good = matches!(
                what,
                Happened::Request {
                    status: 200 | 304,
                    ..
                }
            );
            is_good && asks(what, part)
        })
    };
    assert_eq!(answered("/atlas-node/compare/"), 1);
    // Who may see what.
    assert_eq!(answered("/installation/repositories"), 1);
    assert_eq!(play.frozen().await.ranges[0].commits.len(), PUSHES);
}

/// Repositories that the App reaches beside those of the release: more than are listed in as many requests as there are of these.
const OTHERS: usize = 200;

/// How often GitHub was asked for the node, for the home, and for a page of all repositories.
fn asked_who_sees(house: &House) -> [usize; 3] {
    let [node, home] = [NODE, HOME].map(|name| format!("/repos/{OWNER}/{name}"));
    [node, home, "/installation/repositories".to_owned()].map(|path| {
        house.count(|what| matches!(what, Happened::Request { path: asked, .. } if *asked == path))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_app_reaches_very_many_repositories_those_of_the_release_are_asked_for_alone() {
    let mut play = Play::begin("").await;
    play.house.push_tag_as(AUTHOR);
    assert_eq!(play.wishes("v0.1.0").await, None);
    play.published("v0.1.0").await;
    for index in 0..OTHERS {
        play.house
            .github
            .create_repository(OWNER, &format!("other-{index}"), &[("README.md", "a")])
            .unwrap();
    }
    play.merges("feature", DAYS).await;
    play.tag("0.2.0", "v0.2.0");
    let before = asked_who_sees(&play.house);
    assert_eq!(play.wishes("v0.2.0").await, None);
    let after = asked_who_sees(&play.house);
    let asked: Vec<usize> = after
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .collect();
    assert_eq!(asked, [1, 1, 1]);
    let page = play.published("v0.2.0").await;
    assert!(page.contains("`Change 1 files`"), "{page}");
}
