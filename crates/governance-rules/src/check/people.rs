//! People of whom two files of one layer say different things.

use crate::finding::Findings;
use crate::model::{Person, Register};
use crate::wording::list;
use crate::{Code, Ruleset};

/// Whoever has left by one file has left the layer, whatever another one says.
pub(super) fn status_in_two_files(rules: &Ruleset, findings: &mut Findings) {
    for register in &rules.registers {
        let others = || {
            rules
                .registers
                .iter()
                .filter(|other| !std::ptr::eq(*other, register))
        };
        for person in register.people.iter().filter(|person| person.active) {
            let left = others().filter_map(|other| {
                let entry = inactive(other, person)?;
                let layers = shared(register, other);
                (!layers.is_empty()).then_some((entry, layers))
            });
            for (entry, layers) in left {
                let message = format!(
                    "{} is active here and not in {}: the person does not count for layer {}",
                    person.login.value,
                    entry.login.spot,
                    list(&layers)
                );
                let remedy = "write the same status in every file of a layer";
                findings.say(Code::StatusDiffers, &person.login.spot, message, remedy);
            }
        }
    }
}

fn inactive<'r>(register: &'r Register, person: &Person) -> Option<&'r Person> {
    let is_same = |other: &&Person| !other.active && other.login.value == person.login.value;
    register.people.iter().find(is_same)
}

fn shared(one: &Register, other: &Register) -> Vec<String> {
    let both = one.layers.iter().filter(|layer| other.layers.contains(layer));
    both.map(u32::to_string).collect()
}
