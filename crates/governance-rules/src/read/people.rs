//! `config/maintainers/*.yml`: who may sign, with which keys.

use super::meta::LAYER_MAX;
use super::walk::{At, Walk};
use crate::model::{KeyText, Person, Register};
use crate::{Located, Ruleset};
use signatures::Scheme;

/// The layers that a file of maintainers is for: `layer-N.yml`, `layer-N-M.yml` and so on. Other digits in a name are no layers.
pub(super) fn layers_of_file(path: &str) -> Option<Vec<u32>> {
    let name = path.strip_prefix("config/maintainers/")?.strip_suffix(".yml")?;
    let numbers = name.strip_prefix("layer-")?.split('-');
    let layer = |number: &str| {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let layer = number.parse::<u32>().ok().filter(|_| is_number);
        layer.filter(|layer| *layer <= LAYER_MAX)
    };
    numbers.map(layer).collect()
}

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    walk.required(at, "maintainers");
    let register = Register {
        layers: layers_of_file(&at.spot.file).unwrap_or_default(),
        people: people(walk, at, "maintainers"),
    };
    rules.registers.push(register);
}

pub(super) fn read_keyholders(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    walk.required(at, "keyholders");
    rules.keyholders = Some(Register {
        layers: Vec::new(),
        people: people(walk, at, "keyholders"),
    });
}

/// The threshold of an emergency removal: the one number of the rules of conduct that others rest on.
pub(super) fn read_removal(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    let removal = walk.field(at, "emergency_removal");
    let threshold = removal.and_then(|removal| walk.field(&removal, "threshold"));
    let text = threshold.and_then(|threshold| walk.text(&threshold));
    // `N-of-M teams` is none of keyholders, and whatever else stands there is for people to read.
    rules.removal = text.and_then(|text| {
        let value = text.value.trim().parse().ok()?;
        let spot = text.spot;
        Some(Located { value, spot })
    });
}

fn people(walk: &mut Walk, at: &At<'_>, name: &str) -> Vec<Person> {
    let items = walk.items(at, name);
    items.iter().filter_map(|item| person(walk, item)).collect()
}

fn person(walk: &mut Walk, at: &At<'_>) -> Option<Person> {
    let login = walk.required(at, "github")?;
    let login = walk.parsed(&login, "a login of GitHub");
    let status = walk.field(at, "status").and_then(|found| walk.text(&found));
    let note = walk.field(at, "note").and_then(|found| walk.text(&found));
    Some(Person {
        keys: keys(walk, at),
        login: login?,
        active: status.is_some_and(|status| status.value.eq_ignore_ascii_case("active")),
        test_note: note.is_some_and(|note| speaks_of_tests(&note.value)),
        spot: at.spot.clone(),
    })
}

fn speaks_of_tests(note: &str) -> bool {
    let note = note.to_ascii_lowercase();
    ["test key", "test-key", "replace before production", "do not use"]
        .iter()
        .any(|words| note.contains(words))
}

/// `public_key`, which is a secp256k1 key, and `keys: [{scheme, key}]`.
fn keys(walk: &mut Walk, at: &At<'_>) -> Vec<Located<KeyText>> {
    let mut keys = Vec::new();
    if let Some(found) = walk.field(at, "public_key") {
        keys.extend(walk.text(&found).map(|text| with_scheme(Scheme::Secp256k1, text)));
    }
    for item in walk.items(at, "keys") {
        let scheme = walk.required(&item, "scheme").and_then(|found| {
            let scheme = walk.text(&found)?;
            let known = scheme_named(&scheme.value);
            if known.is_none() {
                walk.wrong(&found, "`ssh`, `openpgp`, `bip340`, `ed25519` or `secp256k1`");
            }
            known
        });
        let text = walk.required(&item, "key").and_then(|found| walk.text(&found));
        keys.extend(scheme.zip(text).map(|(scheme, text)| with_scheme(scheme, text)));
    }
    keys
}

fn with_scheme(scheme: Scheme, text: Located<String>) -> Located<KeyText> {
    Located {
        value: KeyText::new(scheme, text.value),
        spot: text.spot,
    }
}

fn scheme_named(name: &str) -> Option<Scheme> {
    Some(match name {
        "ssh" => Scheme::Ssh,
        "openpgp" => Scheme::OpenPgp,
        "bip340" => Scheme::Bip340,
        "ed25519" => Scheme::Ed25519,
        "secp256k1" => Scheme::Secp256k1,
        _ => return None,
    })
}
