//! What would change a rule's mind: what is missing, who can give it, what to type, and when it turns then. One that lacks any of the four
//! cannot be made.

use crate::{Login, PullRequestFacts, Spot, Subject};
use domain_types::Timestamp;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use std::fmt;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    missing: String,
    who: Who,
    typed: Typed,
    turns: Turns,
}

impl Remedy {
    /// What is missing, as a fragment; who can give it; what they type; and when it turns then.
    pub(crate) fn new(missing: impl Into<String>, who: Who, typed: Typed, turns: Turns) -> Self {
        Self {
            missing: missing.into(),
            who,
            typed,
            turns,
        }
    }

    /// Something that only other rules give: which key of which file.
    pub(crate) fn of_rules(missing: impl Into<String>, key: impl fmt::Display) -> Self {
        let typed = Typed::one(key.to_string()).or("governance policy check DIR");
        Self::new(missing, Who::one(Giver::OtherRules), typed, Turns::OnceGiven)
    }

    /// What is missing: a fragment.
    pub fn missing(&self) -> &str {
        &self.missing
    }

    /// Who can give it: somebody always, and be it time.
    pub fn who(&self) -> &[Giver] {
        &self.who.0
    }

    /// The same in words.
    pub fn who_in_words(&self) -> Vec<String> {
        self.who.0.iter().map(ToString::to_string).collect()
    }

    /// What they type, each a whole line: one at least.
    pub fn commands(&self) -> &[String] {
        &self.typed.0
    }

    /// When it turns.
    pub fn turns(&self) -> Turns {
        self.turns
    }

    /// When it turns by itself, if it does.
    pub fn turns_at(&self) -> Option<Timestamp> {
        match self.turns {
            Turns::At(at) => Some(at),
            Turns::OnceGiven | Turns::NotByItself => None,
        }
    }
}

impl Serialize for Remedy {
    /// As a verdict is recorded; `turns` is for people, `turns_at` for programs.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Remedy", 5)?;
        fields.serialize_field("missing", &self.missing)?;
        fields.serialize_field("who", &self.who_in_words())?;
        fields.serialize_field("commands", &self.typed.0)?;
        fields.serialize_field("turns_at", &self.turns_at())?;
        fields.serialize_field("turns", &self.turns.to_string())?;
        fields.end()
    }
}

/// Who can give what is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Giver {
    /// Somebody whom the rules or the pull request name.
    Person(Login),
    /// Whoever opened the pull request, where GitHub names nobody.
    Author,
    /// The App with this number.
    App(u32),
    /// Whoever may start workflows of the repository, or push to the head.
    Writers,
    /// Whoever may set up the repository on GitHub.
    Administrators,
    /// Whoever runs this server.
    Operator,
    /// Nobody but time.
    Time,
    /// Nobody, as the rules are.
    OtherRules,
}

impl fmt::Display for Giver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(login) => login.fmt(out),
            Self::Author => out.write_str("whoever opened it"),
            Self::App(number) => write!(out, "App {number}"),
            Self::Writers => out.write_str("whoever may write to the repository"),
            Self::Administrators => out.write_str("whoever administers the repository on GitHub"),
            Self::Operator => out.write_str("whoever runs this server"),
            Self::Time => out.write_str("nobody: it only takes time"),
            Self::OtherRules => {
                out.write_str("nobody by these rules: whoever maintains them can change them")
            }
        }
    }
}

/// Those who can give something: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who(Vec<Giver>);

impl Who {
    pub(crate) fn one(giver: Giver) -> Self {
        Self(vec![giver])
    }

    /// These people; somebody else if there are none.
    pub(crate) fn people<'p>(people: impl IntoIterator<Item = &'p Login>, otherwise: Giver) -> Self {
        let people: Vec<Giver> = people.into_iter().cloned().map(Giver::Person).collect();
        match people.is_empty() {
            true => Self::one(otherwise),
            false => Self(people),
        }
    }

    /// Whoever opened it.
    pub(crate) fn author(facts: &PullRequestFacts) -> Self {
        Self::people(&facts.author, Giver::Author)
    }

    /// Them, and one more.
    pub(crate) fn and(mut self, giver: Giver) -> Self {
        self.0.push(giver);
        self
    }
}

/// What is typed: a command in a comment or a terminal, a line of a file or a text, or the address of the page where it is set. At least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed(Vec<String>);

impl Typed {
    pub(crate) fn one(line: impl Into<String>) -> Self {
        Self(vec![line.into()])
    }

    /// Where there is nothing to type but the question how far it is.
    pub(crate) fn only_ask() -> Self {
        Self::one("/governance-status")
    }

    /// A page of the pull request on the forge.
    pub(crate) fn page(subject: &Subject, below: &str) -> Self {
        Self::one(format!("{}{below}", subject.page()))
    }

    /// That, or something else.
    pub(crate) fn or(mut self, line: impl Into<String>) -> Self {
        self.0.push(line.into());
        self
    }
}

/// The key of a file of the rules, and what it should say.
pub(crate) fn key_of(spot: &Spot, says: &str) -> String {
    match spot.key.as_str() {
        "" => format!("{}: {says}", spot.file),
        key => format!("{}: {key}: {says}", spot.file),
    }
}

/// When a rule turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turns {
    /// At this time, whatever anybody does.
    At(Timestamp),
    /// As soon as what is missing is given.
    OnceGiven,
    /// Only when somebody opens it anew, or other rules are accepted.
    NotByItself,
}

impl fmt::Display for Turns {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => write!(out, "by itself at {at}"),
            Self::OnceGiven => out.write_str("as soon as it is given"),
            Self::NotByItself => out.write_str("not by itself"),
        }
    }
}
