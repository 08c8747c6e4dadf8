//! What one verdict says otherwise than another one: for whoever supposes something, or changes rules.

use crate::{Outcome, Ruling, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a second verdict says otherwise than a first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The word of the first, and of the second.
    pub outcomes: (Outcome, Outcome),
    /// Each thing that is said otherwise, in the order of the rules.
    pub rules: Vec<Differing>,
}

/// One thing that is said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// The rule, such as `maintainers`; `tiers` and `needed` for what the numbers say.
    pub rule: String,
    /// What the first said; none if it said nothing.
    pub before: Option<Saying>,
    /// What the second says; none if it says nothing.
    pub after: Option<Saying>,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saying {
    /// Its word; none where something is only told.
    pub outcome: Option<Outcome>,
    /// Its words.
    pub because: String,
}

impl Difference {
    /// Whether the word is another one.
    pub fn turns(&self) -> bool {
        self.outcomes.0 != self.outcomes.1
    }

    /// Whether nothing is said otherwise.
    pub fn is_empty(&self) -> bool {
        !self.turns() && self.rules.is_empty()
    }
}

/// What the second verdict says otherwise than the first.
pub fn difference(before: &Verdict, after: &Verdict) -> Difference {
    let (mut first, mut second) = (sayings(before), sayings(after));
    for (rule, said) in &mut first {
        let others = second.entry(rule.clone()).or_insert_with(|| Said::at(said.place));
        // What both say is no difference, wherever it stands among others of its rule.
        said.all.retain(|saying| !others.take(saying));
    }
    let mut rules: Vec<(usize, Differing)> = Vec::new();
    for (rule, after) in second {
        let before = first.remove(&rule).map_or_else(Vec::new, |said| said.all);
        let pairs = before.len().max(after.all.len());
        let (mut before, mut others) = (before.into_iter(), after.all.into_iter());
        rules.extend((0..pairs).map(|_| {
            let differing = Differing {
                rule: rule.clone(),
                before: before.next(),
                after: others.next(),
            };
            (after.place, differing)
        }));
    }
    rules.sort_by_key(|(place, _)| *place);
    Difference {
        outcomes: (before.outcome, after.outcome),
        rules: rules.into_iter().map(|(_, differing)| differing).collect(),
    }
}

/// All that the rulings of one name say, and where the first of them stands.
struct Said {
    place: usize,
    all: Vec<Saying>,
}

impl Said {
    fn at(place: usize) -> Self {
        Self {
            place,
            all: Vec::new(),
        }
    }

    /// Takes one out, if it is among them.
    fn take(&mut self, saying: &Saying) -> bool {
        let found = self.all.iter().position(|other| other == saying);
        found.map(|place| self.all.remove(place)).is_some()
    }
}

fn sayings(verdict: &Verdict) -> BTreeMap<String, Said> {
    let mut all = Vec::new();
    let told = |because: String| Saying {
        outcome: None,
        because,
    };
    let tiers: Vec<&str> = verdict.tiers.iter().map(|tier| tier.as_str()).collect();
    if !tiers.is_empty() {
        all.push(("tiers".to_owned(), told(tiers.join(", "))));
    }
    if let Some(needed) = &verdict.requirement {
        let keyholders = needed
            .keyholders
            .map_or_else(String::new, |keyholders| format!(", {keyholders} keyholders"));
        let because = format!(
            "{}-of-{} signatures{keyholders}, {} days of review",
            needed.required, needed.total, needed.review_days
        );
        all.push(("needed".to_owned(), told(because)));
    }
    for ruling in &verdict.rulings {
        leaves(ruling, &mut all);
    }
    let mut sayings = BTreeMap::new();
    for (place, (rule, saying)) in all.into_iter().enumerate() {
        let said = sayings.entry(rule).or_insert_with(|| Said::at(place));
        said.all.push(saying);
    }
    sayings
}

/// What a rule says, or its parts: whether a rule is one of several parts is no difference.
fn leaves(ruling: &Ruling, all: &mut Vec<(String, Saying)>) {
    if ruling.parts.is_empty() {
        let saying = Saying {
            outcome: Some(ruling.outcome),
            because: ruling.because.clone(),
        };
        all.push((ruling.rule.to_owned(), saying));
    }
    for part in &ruling.parts {
        leaves(part, all);
    }
}
