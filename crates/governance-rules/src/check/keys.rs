//! Keys that are none, keys that everybody knows, and keys of two people.

use crate::finding::Findings;
use crate::key::{Judged, judge};
use crate::model::{KeyText, Person, Register};
use crate::pool::KeyOwners;
use crate::wording::list;
use crate::{Code, Located, Login, Ruleset};
use signatures::KeyIdentity;
use std::collections::{BTreeMap, BTreeSet};

/// What every placeholder and test key is answered with.
const OWN_KEY: &str =
    "let the person make a key of their own and put its public part here; nobody signs until then";

fn registers(rules: &Ruleset) -> impl Iterator<Item = &Register> {
    rules.registers.iter().chain(&rules.keyholders)
}

pub(super) fn each_key(rules: &Ruleset, findings: &mut Findings) {
    let owners = KeyOwners::of(rules);
    for person in registers(rules).flat_map(|register| &register.people) {
        for key in &person.keys {
            key_of(person, key, &owners, findings);
        }
        if person.keys.is_empty() {
            let message = format!("{} has no key, and so cannot sign", person.login.value);
            findings.say(Code::NoKey, &person.spot, message, OWN_KEY);
        }
    }
}

fn key_of(person: &Person, key: &Located<KeyText>, owners: &KeyOwners, findings: &mut Findings) {
    let login = &person.login.value;
    match judge(&key.value) {
        Judged::Placeholder => {
            let message = format!("the key of {login} is a placeholder");
            findings.say(Code::PlaceholderKey, &key.spot, message, OWN_KEY);
        }
        Judged::Known => {
            let message = format!("the secret of this key of {login} is known to everybody");
            findings.say(Code::TestKey, &key.spot, message, OWN_KEY);
        }
        Judged::Bad(expected) => {
            let message = format!("what stands for the key of {login} cannot be one: expected {expected}");
            findings.say(Code::BadKey, &key.spot, message, OWN_KEY);
        }
        Judged::Usable(_) if person.test_note => {
            let message = format!("the note of {login} calls this a key for tests");
            findings.say(Code::TestKey, &key.spot, message, OWN_KEY);
        }
        Judged::Usable(id) => {
            let others: Vec<&str> = owners.owners(id).into_iter().map(Login::as_str).collect();
            if others.len() > 1 {
                let message = format!("one key for several people ({}) is nobody's", list(&others));
                let remedy = "let each of them make a key of their own: one person, one vote";
                findings.say(Code::SharedKey, &key.spot, message, remedy);
            }
        }
    }
}

pub(super) fn each_person(rules: &Ruleset, findings: &mut Findings) {
    for register in registers(rules) {
        let mut seen = BTreeSet::new();
        for person in &register.people {
            let login = &person.login;
            if !seen.insert(&login.value) {
                findings.say(
                    Code::PersonTwice,
                    &login.spot,
                    format!("{} is listed twice", login.value),
                    "keep one of the two entries; several keys of one person go into `keys`",
                );
            }
            if !person.active {
                findings.say(
                    Code::PersonInactive,
                    &login.spot,
                    format!("{} is not active, and does not count", login.value),
                    "write `status: active` if the person may sign",
                );
            }
        }
    }
}

/// Keys are those of a file: a person may have another one in another. Most often that is a mistake.
pub(super) fn one_login_other_keys(rules: &Ruleset, findings: &mut Findings) {
    let mut first: BTreeMap<&Login, (&Person, BTreeSet<String>)> = BTreeMap::new();
    for person in rules.registers.iter().flat_map(|register| &register.people) {
        let keys: BTreeSet<String> = person.keys.iter().map(|key| written(&key.value)).collect();
        let (known, known_keys) = first
            .entry(&person.login.value)
            .or_insert_with(|| (person, keys.clone()));
        let is_other_file = known.spot.file != person.spot.file;
        if let (true, true, Some(key)) = (is_other_file, *known_keys != keys, person.keys.first()) {
            let login = &person.login.value;
            findings.say(
                Code::KeysDiffer,
                &key.spot,
                format!("{login} has other keys here than in {}", known.spot),
                "write the same keys in both files, unless the person means to sign with one for each layer",
            );
        }
    }
}

/// The key without what does not matter: case, blanks and `0x`.
fn written(key: &KeyText) -> String {
    match judge(key) {
        Judged::Usable(identities) => identities
            .iter()
            .map(KeyIdentity::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        Judged::Placeholder | Judged::Known | Judged::Bad(_) => key.text.trim().to_ascii_lowercase(),
    }
}
