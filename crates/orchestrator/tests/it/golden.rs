//! E11: journals written by every version keep folding to where they led, and their rows keep being read.
//!
//! A file in `fixtures/journals` is never edited. Whoever changes what is written (an event, a fact, a row, or which
//! facts follow from an event) raises [`JOURNAL_VERSION`] and runs this test once with `UPDATE_EXPECT=1`, which adds the
//! new version's files; those of older versions stay and must still pass [`every_stored_journal_leads_to_its_end`].

use crate::plans::short;
use crate::story::play;
use crate::transcript;
use crate::world::World;
use domain_types::{NodeId, Sha256Digest};
use expect_test::expect_file;
use orchestrator::{Fact, Header, Node, Recorded, State, check_all};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The version that is written now.
const JOURNAL_VERSION: u32 = 3;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/journals");

/// Together they hold every event and every fact.
const STORIES: [(&str, &str); 8] = [
    (
        "in-doubt",
        "given consensus
         when start
         when sources done
         when consensus#1 succeeds
         when collect done A
         when verify done A
         when draft done A
         when publish fails network",
    ),
    (
        "published",
        "given policy approvals 1 signatures 1
         given the family
         when start
         when sources done
         when alice approves plan
         when consensus#1 queued
         when 5 seconds pass
         when consensus#1 starts
         when sdk#1 reused
         when 7 seconds pass
         when consensus#1 succeeds
         when pause
         when 1 seconds pass
         when governance-app#1 succeeds
         when resume
         when protocol#1 interrupted
         when the rest builds
         when collect done A
         when verify done A
         when alice signs A
         when draft done A
         when publish done A
         when withdraw",
    ),
    (
        "mended",
        "given policy budget 2
         given consensus
         given consensus:windows-x86_64 optional
         given node needs consensus
         given gui:windows-x86_64 optional needs consensus:windows-x86_64
         when start
         when sources fails network
         when retry
         when sources done
         when consensus#1 starts
         when consensus#1 fails network
         when consensus:windows-x86_64#1 fails unknown
         when 1 seconds pass
         when consensus:windows-x86_64#2 fails unknown
         when consensus#2 queued
         when consensus#2 waits for self-hosted, gpu
         when 60 seconds pass
         when retry
         when consensus#3 starts
         when consensus:windows-x86_64#3 fails compile_error
         when 3600 seconds pass
         when retry
         when the rest builds
         when collect done A
         when verify fails verification
         when retry
         when collect done B
         when verify done B
         when draft done B
         when publish done B",
    ),
    (
        "approved-by-another",
        "given github:alice asks
         given policy approvals 1
         given consensus
         when start
         when sources done
         when token:alice approves plan
         when token:bob approves plan
         when consensus#1 succeeds",
    ),
    (
        "legacy",
        "given consensus alone example/consensus
         when start
         when sources done
         when consensus#1 queued
         when consensus#1 found weakly
         when consensus#1 succeeds",
    ),
    (
        "cancelled",
        "given consensus
         given sdk
         when start
         when sources done
         when consensus#1 starts
         when sdk#1 fails lock
         when cancel",
    ),
    (
        "superseded",
        "given consensus\n when start\n when pause\n when sources fails disk_full\n when superseded by 0.2.0",
    ),
    (
        "fallen-back",
        "given consensus\n when start\n when sources done\n when fall back",
    ),
];

#[derive(Serialize, Deserialize)]
struct Journal {
    version: u32,
    revisions: Vec<Entry>,
    rows: Rows,
    end: End,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    recorded: Recorded,
    facts: Vec<Fact>,
}

/// The rows as they were stored at the end.
#[derive(Serialize, Deserialize)]
struct Rows {
    header: Header,
    nodes: Vec<(NodeId, Node)>,
}

/// Where the journal led when it was written, in words that outlive the types.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    phase: String,
    revision: u64,
    budget_left: u32,
    manifest: Option<Sha256Digest>,
    nodes: BTreeMap<String, String>,
}

fn end_of(state: &State) -> End {
    let node_text = |node: &Node| {
        let ends = node
            .attempts
            .iter()
            .map(|attempt| attempt.outcome.as_ref().map_or("open", |end| end.label()));
        let output = node
            .output
            .as_ref()
            .map_or_else(|| "no output".to_owned(), |output| output.digest().to_string());
        format!(
            "{}; {}; {output}",
            node.state,
            ends.collect::<Vec<_>>().join(", ")
        )
    };
    End {
        phase: transcript::phase(state.phase()),
        revision: state.revision(),
        budget_left: state.header().budget_left,
        manifest: state.header().manifest,
        nodes: state
            .nodes()
            .map(|(spec, node)| (short(&spec.id), node_text(node)))
            .collect(),
    }
}

fn journal_of(world: World) -> Journal {
    let nodes = world
        .state
        .nodes()
        .map(|(spec, node)| (spec.id.clone(), node.clone()))
        .collect();
    Journal {
        version: JOURNAL_VERSION,
        rows: Rows {
            header: world.state.header().clone(),
            nodes,
        },
        end: end_of(&world.state),
        revisions: world
            .journal
            .into_iter()
            .map(|revision| Entry {
                recorded: revision.recorded,
                facts: revision.facts,
            })
            .collect(),
    }
}

#[test]
fn the_present_version_writes_what_is_stored() {
    for (name, story) in STORIES {
        let text = serde_json::to_string_pretty(&journal_of(play(story).0)).unwrap();
        expect_file![Path::new(FOLDER).join(format!("v{JOURNAL_VERSION}-{name}.json"))]
            .assert_eq(&format!("{text}\n"));
    }
}

#[test]
fn every_stored_journal_leads_to_its_end() {
    let mut read = 0;
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            check_stored(&path);
            read += 1;
        }
    }
    assert!(read >= STORIES.len(), "{read} journals in {FOLDER}");
}

fn check_stored(path: &Path) {
    let journal: Journal = serde_json::from_str(&std::fs::read_to_string(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let state = State::replay(journal.revisions.iter().map(|entry| entry.facts.as_slice()))
        .unwrap_or_else(|corrupt| panic!("{}: {corrupt}", path.display()));
    check_all(&state).unwrap_or_else(|violation| panic!("{}: {violation}", path.display()));
    assert_eq!(end_of(&state), journal.end, "{}", path.display());
    let spec = state.spec().unwrap().clone();
    let rows = State::from_rows(spec, journal.rows.header, journal.rows.nodes, state.revision()).unwrap();
    assert_eq!(rows, state, "{}: its rows", path.display());
}

#[test]
fn the_stories_hold_every_event_and_every_fact() {
    let (mut events, mut facts) = (BTreeSet::new(), BTreeSet::new());
    for (_, story) in STORIES {
        for revision in play(story).0.journal {
            events.insert(revision.recorded.event.label());
            facts.extend(revision.facts.iter().map(Fact::label));
        }
    }
    assert_eq!((events.len(), facts.len()), (21, 20), "{events:?} {facts:?}");
}
