//! Emergencies: when they begin, when they end, and by whose signatures.

use super::{rules, well};
use crate::{
    Electorate, Emergency, EmergencyCase, EmergencyRequest, EmergencyVote, Ruleset, Subject, emergency,
};
use domain_types::{Sha256Digest, Timestamp};
use signatures::{EmergencyStatement, Scheme, SigningKey, Statement, verify};
use std::collections::BTreeSet;

const KEYHOLDERS: [&str; 3] = ["atlas-ivy", "atlas-jan", "atlas-kim"];

/// The rules with keyholders whose keys we have.
fn with_keys() -> (Ruleset, Vec<SigningKey>) {
    let keys: Vec<SigningKey> = (1..=3_u8)
        .map(|number| SigningKey::from_secret(Scheme::Bip340, [number + 70; 32]).unwrap())
        .collect();
    let mut text = "keyholders:\n".to_owned();
    for (login, key) in KEYHOLDERS.iter().zip(&keys) {
        let key = key.public_key();
        let entry =
            format!("  - {{github: {login}, keys: [{{scheme: bip340, key: '{key}'}}], status: active}}\n");
        text.push_str(&entry);
    }
    let mut files = well();
    files.insert("config/maintainers/emergency.yml".to_owned(), text);
    (rules(&files), keys)
}

fn subject() -> Subject {
    Subject {
        forge: "github.com".to_owned(),
        repository_id: 7,
        owner: "atlas".to_owned(),
        repository: "atlas-node".parse().unwrap(),
        number: 5,
        base_ref: "refs/heads/main".to_owned(),
        head_sha: "a".repeat(40).parse().unwrap(),
        head_tree: "b".repeat(40).parse().unwrap(),
    }
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + day * 86_400)
}

/// What the keyholders of these numbers signed, and on which day each signature came.
struct Play {
    rules: Ruleset,
    keys: Vec<SigningKey>,
    votes: Vec<EmergencyVote>,
    excluded: BTreeSet<crate::Login>,
}

impl Play {
    fn new() -> Self {
        let (rules, keys) = with_keys();
        Self {
            rules,
            keys,
            votes: Vec::new(),
            excluded: BTreeSet::new(),
        }
    }

    fn state(&self, evidence: &str) -> Option<Emergency> {
        let request = EmergencyRequest {
            tier: "tier_2_urgent".parse().unwrap(),
            evidence: Sha256Digest::of(evidence.as_bytes()),
            by: "atlas-ada".parse().unwrap(),
        };
        let subject = subject();
        let electorate = Electorate::of(&self.rules, &subject.repository);
        let case = EmergencyCase {
            subject: &subject,
            request: &request,
            excluded: &self.excluded,
        };
        emergency(&self.rules, &electorate, &case, &self.votes)
    }

    /// A keyholder signs what is to be signed next.
    fn sign(&mut self, holder: usize, at: i64) -> EmergencyStatement {
        let statement = self.state("e").unwrap().statement.unwrap();
        self.sign_this(holder, &statement, at);
        statement
    }

    fn sign_this(&mut self, holder: usize, statement: &EmergencyStatement, at: i64) {
        let whole = Statement::Emergency(statement.clone());
        let key = &self.keys[holder];
        let text = key.sign(&whole).unwrap();
        self.votes.push(EmergencyVote {
            statement: statement.clone(),
            proof: verify(&whole, &text, key.public_key(), day(at)).unwrap(),
            received_at: day(at),
        });
    }

    fn lasts(&self) -> Option<(Timestamp, Timestamp)> {
        self.state("e").unwrap().lasts
    }
}

#[test]
fn it_begins_with_the_last_signature_that_was_needed_and_ends_by_itself() {
    let mut play = Play::new();
    play.sign(0, 1);
    assert_eq!(play.lasts(), None);
    // The same person again is the same person.
    play.sign(0, 2);
    assert_eq!(play.lasts(), None);
    play.sign(2, 3);
    assert_eq!(play.lasts(), Some((day(3), day(33))));
    let state = play.state("e").unwrap();
    assert_eq!(state.tier_at(day(2)), None);
    assert!(state.tier_at(day(3)).is_some());
    assert!(
        state
            .tier_at(Timestamp::from_milliseconds(day(33).milliseconds() - 1))
            .is_some()
    );
    assert_eq!(state.tier_at(day(33)), None);
    // A third one changes nothing of when it began.
    let begin = play.votes[0].statement.clone();
    play.sign_this(1, &begin, 9);
    assert_eq!(play.lasts(), Some((day(3), day(33))));
}

#[test]
fn the_signatures_of_one_request_begin_no_other() {
    let mut play = Play::new();
    play.sign(0, 1);
    play.sign(1, 1);
    assert!(play.lasts().is_some());
    assert_eq!(play.state("something else").unwrap().lasts, None);
}

#[test]
fn it_goes_on_only_by_signatures_that_say_so_and_that_came_in_time() {
    // All three must sign that it goes on, and it can go on once.
    for (last, ends) in [(32, 63), (33, 33), (40, 33)] {
        let mut play = Play::new();
        play.sign(0, 1);
        let begin = play.sign(1, 3);
        let on = play.sign(0, 10);
        assert_ne!(begin, on);
        play.sign(1, 10);
        assert_eq!(play.lasts(), Some((day(3), day(33))), "two are not enough");
        play.sign(2, last);
        assert_eq!(play.lasts(), Some((day(3), day(ends))), "{last}");
        let is_over = play.state("e").unwrap().statement.is_none();
        assert_eq!(
            is_over,
            ends == 63,
            "there is nothing more to sign once it went on"
        );
    }
}

#[test]
fn whoever_wrote_the_change_and_whoever_is_no_keyholder_count_for_nothing() {
    let mut play = Play::new();
    play.excluded.insert("atlas-ivy".parse().unwrap());
    let statement = play.sign(0, 1);
    play.sign(1, 1);
    assert_eq!(play.lasts(), None);
    play.keys
        .push(SigningKey::from_secret(Scheme::Bip340, [9; 32]).unwrap());
    play.sign_this(3, &statement, 1);
    assert_eq!(play.lasts(), None);
    play.sign(2, 2);
    assert_eq!(play.lasts(), Some((day(2), day(32))));
}

#[test]
fn an_emergency_that_the_rules_do_not_know_is_none() {
    let mut files = well();
    files.remove("config/emergency-tiers.yml");
    let mut play = Play::new();
    play.rules = rules(&files);
    assert!(play.state("e").is_none());
}
