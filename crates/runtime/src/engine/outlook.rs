//! What may wait in the store, as far as is known without looking. A look is a call, and most of them find nothing.
//!
//! Whoever has the store to itself writes everything itself, but for the orders of people. These, and whatever else was not
//! foreseen, are found by looking at everything every now and then. Where others live, everything is looked at at every turn.

use super::Scope;
use crate::Tenancy;
use crate::inbox_worker::Moved;
use domain_types::{CommandId, Timestamp, seeded_bug};
use effects::Carried;
use std::collections::BTreeSet;
use storage::Hold;

/// Milliseconds between two looks for rows of other processes (`release pause` and its like): SQLite cannot tell us of them, a
/// fifth of a second is prompt for a person, and a look costs microseconds.
const FOREIGN_ROWS_MILLISECONDS: i64 = 200;

/// Whether something may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guess {
    /// Nobody has looked: something may be there that is not in the list beside this.
    Perhaps,
    /// Only what is in the list.
    AsListed,
}

/// What the engine has to look for, and when.
#[derive(Debug)]
pub(super) struct Outlook {
    tenancy: Tenancy,
    scope: Scope,
    rows: (Guess, BTreeSet<String>),
    commands: (Guess, BTreeSet<CommandId>),
    /// Of these, what waits only until nothing else is being sent.
    passing: BTreeSet<CommandId>,
    /// A look found none of the commands that are there: they wait for something.
    commands_wait: bool,
    /// No timer is due before this; none: no timer at all. Not known before somebody looked.
    timer: Option<Option<Timestamp>>,
    /// When everything is looked at again.
    next_look: Option<Timestamp>,
    /// In this turn everything is looked at.
    is_whole: bool,
    /// In this turn the inbox was found empty, and no row was taken since.
    found_empty: bool,
}

impl Outlook {
    pub(super) fn new(tenancy: Tenancy, scope: Scope) -> Self {
        Self {
            tenancy,
            scope,
            rows: (Guess::Perhaps, BTreeSet::new()),
            commands: (Guess::Perhaps, BTreeSet::new()),
            passing: BTreeSet::new(),
            commands_wait: false,
            timer: None,
            next_look: None,
            is_whole: false,
            found_empty: false,
        }
    }

    /// A turn begins: whether everything has to be looked at. A clock that was put back makes it so, too.
    pub(super) fn turn(&mut self, now: Timestamp) {
        self.found_empty = false;
        let latest = latest_look(now);
        let foreseen = self.next_look.is_some_and(|look| now < look && look <= latest);
        self.is_whole = !foreseen || self.tenancy == Tenancy::Shared;
        if !self.is_whole {
            return;
        }
        if self.next_look.is_none() || !seeded_bug("orders-of-others-not-looked-for") {
            self.rows.0 = Guess::Perhaps;
        }
        self.commands.0 = Guess::Perhaps;
        self.commands_wait = false;
        self.timer = None;
        self.next_look = Some(latest);
    }

    /// Whether everything was looked at in this turn, and the inbox behind the last step, so that it may be said that nothing is left to
    /// be done. If not, the next turn looks at everything.
    pub(super) fn may_rest(&mut self) -> bool {
        let may_rest = self.is_whole && self.found_empty;
        if !may_rest {
            self.next_look = None;
        }
        may_rest
    }

    /// Whether the inbox may hold a row.
    pub(super) fn rows(&self) -> bool {
        self.rows.0 == Guess::Perhaps || !self.rows.1.is_empty()
    }

    /// Rows were appended, or may have been.
    pub(super) fn appended(&mut self, keys: impl IntoIterator<Item = String>) {
        self.rows.1.extend(keys);
    }

    /// Somebody put rows into the inbox, or commands into the outbox, and said so.
    pub(super) fn rung(&mut self) {
        self.rows.0 = Guess::Perhaps;
        self.commands.0 = Guess::Perhaps;
        self.commands_wait = false;
    }

    /// Timers became rows.
    pub(super) fn fired(&mut self) {
        self.rows.0 = Guess::Perhaps;
    }

    /// A row was taken.
    pub(super) fn taken(&mut self, key: &str) {
        self.rows.1.remove(key);
        self.found_empty = false;
    }

    /// The inbox held no row that is free.
    pub(super) fn no_row(&mut self) {
        self.rows = (Guess::AsListed, BTreeSet::new());
        self.found_empty = true;
    }

    /// A release moved on.
    pub(super) fn moved(&mut self, moved: &Moved) {
        if let (Some(known), Some(set)) = (&mut self.timer, moved.earliest_timer) {
            *known = Some(known.map_or(set, |known| known.min(set)));
        }
        // What is freed is free for all releases; what is decided for others is theirs to carry out.
        self.commands_wait &= !moved.makes_room;
        if !self.scope.covers(&moved.release) {
            return;
        }
        for id in &moved.abandoned {
            self.claimed(id);
        }
        for (id, hold) in &moved.commands {
            self.commands.1.insert(id.clone());
            if *hold == Hold::Passes {
                self.passing.insert(id.clone());
            }
            self.commands_wait = false;
        }
    }

    /// Whether there may be a command to carry out.
    pub(super) fn commands(&self) -> bool {
        self.commands.0 == Guess::Perhaps || (!self.commands_wait && !self.commands.1.is_empty())
    }

    /// A command was claimed, or nobody will claim it any more.
    pub(super) fn claimed(&mut self, id: &CommandId) {
        self.commands.1.remove(id);
        self.passing.remove(id);
    }

    /// No command is free.
    pub(super) fn no_command(&mut self) {
        self.commands.0 = Guess::AsListed;
        self.commands_wait = true;
    }

    /// A command was carried out, or not. What waits for others to end may go on.
    pub(super) fn carried(&mut self, carried: Carried) {
        match carried {
            Carried::Done(_) | Carried::Rejected(_) if seeded_bug("replies-not-looked-for") => {}
            Carried::Done(replies) | Carried::Rejected(replies) => self.appended(replies),
            Carried::PutBack => self.commands.0 = Guess::Perhaps,
            // These wait for a time or for somebody else: a later look finds them.
            Carried::InDoubt(_) | Carried::Held | Carried::LeaseLost => {}
        }
        self.commands_wait &= self.passing.is_empty();
    }

    /// Whether a timer may be due.
    pub(super) fn timer_is_due(&self, now: Timestamp) -> bool {
        self.timer
            .is_none_or(|first| first.is_some_and(|first| first <= now))
    }

    /// Until when nothing needs to be looked at, as far as is known. Reckoned from now: a clock that was put back since the turn began
    /// makes nobody wait for longer.
    pub(super) fn until(&self, now: Timestamp) -> Timestamp {
        let look = self.next_look.map_or(latest_look(now), |look| {
            match seeded_bug("wait-reckoned-from-the-turn") {
                true => look,
                false => look.min(latest_look(now)),
            }
        });
        self.timer.flatten().map_or(look, |first| first.min(look))
    }

    /// The first timer, as the store has it.
    pub(super) fn first_timer(&mut self, first: Option<Timestamp>) {
        self.timer = Some(first);
    }
}

/// When everything is looked at again at the latest.
fn latest_look(now: Timestamp) -> Timestamp {
    Timestamp::from_milliseconds(now.milliseconds() + FOREIGN_ROWS_MILLISECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::spec;
    use domain_types::ReleaseId;

    fn later(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(1_764_000_000_000 + milliseconds)
    }

    fn command(number: usize) -> CommandId {
        CommandId::new(&spec().id, 7, number)
    }

    /// An outlook upon a store in which a look found nothing.
    fn quiet(tenancy: Tenancy) -> Outlook {
        let mut outlook = Outlook::new(tenancy, Scope::One(spec().id));
        outlook.turn(later(0));
        assert!(outlook.rows() && outlook.commands() && outlook.timer_is_due(later(0)));
        outlook.no_row();
        outlook.no_command();
        outlook.first_timer(None);
        outlook
    }

    fn sees(outlook: &Outlook) -> (bool, bool, bool) {
        (outlook.rows(), outlook.commands(), outlook.timer_is_due(later(0)))
    }

    fn moved(hold: Hold) -> Moved {
        Moved {
            nodes: Vec::new(),
            release: spec().id,
            commands: vec![(command(0), hold)],
            abandoned: Vec::new(),
            makes_room: false,
            earliest_timer: None,
        }
    }

    #[test]
    fn who_is_alone_looks_again_after_a_fifth_of_a_second_and_when_the_clock_is_put_back() {
        for (milliseconds, again) in [
            (0, false),
            (199, false),
            (200, true),
            (100_000, true),
            (-1, true),
            (-100_000, true),
        ] {
            let mut outlook = quiet(Tenancy::Sole);
            outlook.turn(later(milliseconds));
            assert_eq!(sees(&outlook), (again, again, again), "{milliseconds} ms later");
        }
    }

    #[test]
    fn where_others_live_everything_is_looked_at_at_every_turn() {
        let mut outlook = quiet(Tenancy::Shared);
        assert_eq!(sees(&outlook), (false, false, false));
        outlook.turn(later(0));
        assert_eq!(sees(&outlook), (true, true, true));
    }

    #[test]
    fn rows_are_looked_for_until_all_that_were_appended_are_taken() {
        let mut outlook = quiet(Tenancy::Sole);
        outlook.appended(["a".to_owned()]);
        outlook.carried(Carried::Done(vec!["b".to_owned()]));
        outlook.carried(Carried::Rejected(vec!["c".to_owned()]));
        for (key, more) in [("a", true), ("of somebody else", true), ("b", true), ("c", false)] {
            assert!(outlook.rows());
            outlook.taken(key);
            assert_eq!(outlook.rows(), more, "{key}");
        }
        outlook.appended(["never there".to_owned()]);
        outlook.no_row();
        assert!(!outlook.rows());
        outlook.fired();
        outlook.taken("of a timer");
        assert!(outlook.rows(), "there may be another one");
    }

    #[test]
    fn commands_are_looked_for_until_all_that_were_decided_are_claimed_or_abandoned() {
        let mut outlook = quiet(Tenancy::Sole);
        let mut two = moved(Hold::Obeys);
        two.commands.push((command(1), Hold::Obeys));
        outlook.moved(&two);
        outlook.claimed(&command(0));
        assert!(outlook.commands());
        let abandons = Moved {
            commands: Vec::new(),
            abandoned: vec![command(1)],
            ..moved(Hold::Obeys)
        };
        outlook.moved(&abandons);
        assert!(!outlook.commands());
        let foreign = Moved {
            release: ReleaseId::new(
                &"another".parse().unwrap(),
                &"0.1.0".parse().unwrap(),
                &domain_types::Sha256Digest::of(b"another plan"),
            ),
            ..two
        };
        outlook.moved(&foreign);
        assert!(!outlook.commands(), "others carry that out");
    }

    #[test]
    fn a_command_that_waits_is_looked_for_again_when_there_is_room() {
        let makes_room = Moved {
            commands: Vec::new(),
            makes_room: true,
            ..moved(Hold::Obeys)
        };
        let mut outlook = quiet(Tenancy::Sole);
        outlook.moved(&moved(Hold::Obeys));
        outlook.no_command();
        assert!(!outlook.commands());
        outlook.carried(Carried::Done(Vec::new()));
        assert!(
            !outlook.commands(),
            "its runner is not free before that is decided"
        );
        outlook.moved(&makes_room);
        assert!(outlook.commands());
        // What ends or tidies up waits until nothing else is being sent.
        let mut outlook = quiet(Tenancy::Sole);
        outlook.moved(&moved(Hold::Passes));
        outlook.no_command();
        outlook.carried(Carried::Done(Vec::new()));
        assert!(outlook.commands());
    }

    #[test]
    fn what_was_put_back_is_looked_for_and_what_waits_for_a_time_is_not() {
        for (carried, again) in [
            (Carried::PutBack, true),
            (Carried::InDoubt(later(5_000)), false),
            (Carried::Held, false),
            (Carried::LeaseLost, false),
        ] {
            let mut outlook = quiet(Tenancy::Sole);
            outlook.carried(carried.clone());
            assert_eq!(outlook.commands(), again, "{carried:?}");
        }
    }

    #[test]
    fn nothing_is_looked_at_before_the_first_timer_or_the_next_look() {
        let mut outlook = quiet(Tenancy::Sole);
        assert_eq!(outlook.until(later(0)), later(200));
        let sets = |timer| Moved {
            earliest_timer: Some(timer),
            ..moved(Hold::Obeys)
        };
        outlook.moved(&sets(later(300)));
        assert_eq!(outlook.until(later(0)), later(200));
        outlook.moved(&sets(later(50)));
        outlook.moved(&sets(later(100)));
        assert_eq!(outlook.until(later(0)), later(50));
        assert!(!outlook.timer_is_due(later(49)) && outlook.timer_is_due(later(50)));
        outlook.first_timer(Some(later(100)));
        assert!(!outlook.timer_is_due(later(50)));
        assert_eq!(
            outlook.until(later(-5_000)),
            later(-4_800),
            "the clock was put back since"
        );
    }

    #[test]
    fn who_says_that_nothing_is_left_has_looked_at_everything_in_this_turn() {
        let mut outlook = quiet(Tenancy::Sole);
        assert!(outlook.may_rest());
        outlook.turn(later(1));
        assert!(!outlook.may_rest() && !outlook.rows());
        outlook.turn(later(2));
        assert!(outlook.rows() && !outlook.may_rest(), "the inbox may hold a row");
        outlook.turn(later(3));
        outlook.no_row();
        assert!(outlook.may_rest());
        outlook.appended(["heard in the same turn".to_owned()]);
        outlook.taken("heard in the same turn");
        assert!(!outlook.may_rest(), "nobody has looked behind that");
        outlook.turn(later(4));
        outlook.no_row();
        assert!(outlook.may_rest());
    }
}
