//! Which signatures were handed in just now: so that the same one is written into the forge once, however often and at once it comes.

use domain_types::{Sha256Digest, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Seconds for which a signature that was handed in is remembered: a look that finds it comes much sooner, and then the store knows it.
const REMEMBERED_SECONDS: u64 = 600;
/// Signatures that are remembered, of all statements: each is by a registered key, so that more are not handed in.
const REMEMBERED_MAX: usize = 4_096;
/// Signatures of one statement that are remembered: more than anybody's rules ask for.
const OF_STATEMENT_MAX: usize = 64;

/// A statement and the key that signed it.
pub(super) type Name = (Sha256Digest, String);

/// How far one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Somebody is handing it in.
    Going,
    /// The forge has it.
    Shows,
    /// Nobody knows whether the forge has it.
    Doubtful,
}

/// Those that were handed in just now.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<BTreeMap<Name, (Timestamp, Fate)>>);

/// What is to be done with one that comes.
#[derive(Debug)]
#[must_use]
pub(super) enum Turn<'r> {
    /// It is to be written; whether it shows already is to be looked at first if it is in doubt.
    Yours {
        /// Ends when it is dropped.
        going: Going<'r>,
        /// Somebody tried before.
        is_in_doubt: bool,
    },
    /// Another request writes it right now.
    Theirs,
    /// The forge has it.
    Shows,
    /// Too many of this statement, or of all, in too short a time.
    Crowded,
}

/// The right to write one. Whoever goes away in between leaves a doubt.
#[derive(Debug)]
pub(super) struct Going<'r> {
    recent: &'r Recent,
    name: Name,
    at: Timestamp,
    fate: Option<Fate>,
}

impl Recent {
    /// Takes a turn.
    pub(super) fn begin(&self, name: &Name, now: Timestamp) -> Turn<'_> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (at, fate)| {
            *fate == Fate::Going || now.milliseconds_since(*at) < REMEMBERED_SECONDS * 1000
        });
        let before = known.get(name).map(|(_, fate)| *fate);
        match before {
            Some(Fate::Going) => return Turn::Theirs,
            Some(Fate::Shows) => return Turn::Shows,
            Some(Fate::Doubtful) | None => {}
        }
        let of_statement = known.keys().filter(|(statement, _)| *statement == name.0);
        let is_full = known.len() >= REMEMBERED_MAX || of_statement.count() >= OF_STATEMENT_MAX;
        if before.is_none() && is_full {
            return Turn::Crowded;
        }
        known.insert(name.clone(), (now, Fate::Going));
        Turn::Yours {
            going: Going {
                recent: self,
                name: name.clone(),
                at: now,
                fate: Some(Fate::Doubtful),
            },
            is_in_doubt: before.is_some(),
        }
    }
}

impl Going<'_> {
    /// The forge has it.
    pub(super) fn shows(mut self) {
        self.fate = Some(Fate::Shows);
    }

    /// The forge certainly does not have it.
    pub(super) fn does_not_show(mut self) {
        self.fate = None;
    }
}

impl Drop for Going<'_> {
    fn drop(&mut self) {
        let mut known = self.recent.0.lock().unwrap_or_else(PoisonError::into_inner);
        match self.fate {
            Some(fate) => known.insert(self.name.clone(), (self.at, fate)),
            None => known.remove(&self.name),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn name(key: usize) -> Name {
        (Sha256Digest::of(b"statement"), format!("key {key}"))
    }

    /// What a turn comes to, in a word; one that is ours ends in this fate.
    fn turn(recent: &Recent, name: &Name, now: Timestamp, fate: Option<Fate>) -> &'static str {
        match recent.begin(name, now) {
            Turn::Yours { going, is_in_doubt } => {
                match fate {
                    Some(Fate::Shows) => going.shows(),
                    Some(Fate::Going | Fate::Doubtful) => drop(going),
                    None => going.does_not_show(),
                }
                if is_in_doubt { "mine, in doubt" } else { "mine" }
            }
            Turn::Theirs => "theirs",
            Turn::Shows => "shows",
            Turn::Crowded => "crowded",
        }
    }

    #[test]
    fn one_is_written_once_and_looked_for_when_in_doubt() {
        let recent = Recent::default();
        let one = name(1);
        let doubt = Some(Fate::Doubtful);
        for (second, fate, expected) in [
            (0, None, "mine"),
            (1, doubt, "mine"),
            (2, doubt, "mine, in doubt"),
            (3, Some(Fate::Shows), "mine, in doubt"),
            (4, doubt, "shows"),
            (604, doubt, "mine"),
        ] {
            assert_eq!(turn(&recent, &one, at(second), fate), expected, "{second}");
        }
        let held = recent.begin(&one, at(605));
        assert_eq!(turn(&recent, &one, at(5_000), doubt), "theirs");
        drop(held);
        assert_eq!(turn(&recent, &one, at(606), doubt), "mine, in doubt");
    }

    #[test]
    fn a_statement_has_room_for_so_many() {
        let recent = Recent::default();
        let shows = Some(Fate::Shows);
        for key in 0..OF_STATEMENT_MAX {
            assert_eq!(turn(&recent, &name(key), at(0), shows), "mine");
        }
        let one_more = name(OF_STATEMENT_MAX);
        assert_eq!(turn(&recent, &one_more, at(1), shows), "crowded");
        assert_eq!(turn(&recent, &name(0), at(1), shows), "shows");
        let other = (Sha256Digest::of(b"other"), "key".to_owned());
        assert_eq!(turn(&recent, &other, at(1), shows), "mine");
        assert_eq!(turn(&recent, &one_more, at(601), shows), "mine");
    }
}
