use super::state::{Need, State, Turn};
use super::*;
use crate::call::Account;
use crate::tests::HandWound;
use crate::{Limit, Priority};
use http::Method;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn call(method: Method, priority: Priority, content: bool) -> Call {
    let account = Account::Owner {
        owner: "acme".to_owned(),
        repository: "node".to_owned(),
    };
    let call = Call::new(account, method, "/x", &[]).priority(priority);
    if content { call.content() } else { call }
}

fn read() -> Call {
    call(Method::GET, Priority::Read, false)
}

fn dispatch() -> Call {
    call(Method::POST, Priority::Dispatch, true)
}

/// Limits of which all is ours, so that the numbers of a test are those that hold.
fn limits() -> Limits {
    Limits {
        concurrent_max: 3,
        points_per_minute_max: 20,
        contents_per_minute_max: 2,
        contents_per_hour_max: 3,
        own_share_percent: 100,
        wait_seconds_max: 90,
        answer_seconds_max: 30,
    }
}

/// What becomes of a request that comes at a time: when it may go.
fn turn(state: &mut State, call: &Call, now: i64) -> Turn {
    let ticket = state.enter(Need::of(call));
    let (turn, _) = state.turn(ticket, at(now));
    state.leave(ticket);
    turn
}

#[test]
fn half_of_everything_is_ours() {
    let own = |all| Limits::default().own(all);
    assert_eq!(
        [own(100), own(900), own(80), own(500), own(1)],
        [50, 450, 40, 250, 1]
    );
}

#[test]
fn a_write_costs_five_reads() {
    let mut state = State::new(&limits());
    for _ in 0..4 {
        assert_eq!(
            turn(&mut state, &call(Method::POST, Priority::Dispatch, false), 0),
            Turn::Now
        );
        state.came_back();
    }
    assert_eq!(turn(&mut state, &read(), 1), Turn::At(at(60), Limit::OwnShare));
    assert_eq!(turn(&mut state, &read(), 60), Turn::Now);
}

#[test]
fn only_so_many_are_under_way_at_a_time() {
    let mut state = State::new(&limits());
    for _ in 0..3 {
        assert_eq!(turn(&mut state, &read(), 0), Turn::Now);
    }
    assert_eq!(turn(&mut state, &read(), 0), Turn::AfterAnother);
    state.came_back();
    assert_eq!(turn(&mut state, &read(), 0), Turn::Now);
}

#[test]
fn contents_are_counted_by_minute_and_by_hour_and_hold_up_no_reads() {
    let mut state = State::new(&limits());
    assert_eq!(turn(&mut state, &dispatch(), 0), Turn::Now);
    assert_eq!(turn(&mut state, &dispatch(), 1), Turn::Now);
    state.came_back();
    state.came_back();
    let waiting = state.enter(Need::of(&dispatch()));
    assert_eq!(state.turn(waiting, at(2)).0, Turn::At(at(60), Limit::OwnShare));
    assert_eq!(
        turn(&mut state, &dispatch(), 2),
        Turn::At(at(60), Limit::OwnShare)
    );
    assert_eq!(turn(&mut state, &read(), 2), Turn::Now);
    assert_eq!(state.turn(waiting, at(60)).0, Turn::Now);
    assert_eq!(
        turn(&mut state, &dispatch(), 200),
        Turn::At(at(3600), Limit::OwnShare)
    );
}

#[test]
fn comments_leave_a_quarter_of_all_contents_to_statuses() {
    let (comment, status) = (Priority::Comment, Priority::Status);
    for (minute, hour, due) in [(4, 100, 60), (100, 4, 3600)] {
        let mut state = State::new(&Limits {
            points_per_minute_max: 100,
            contents_per_minute_max: minute,
            contents_per_hour_max: hour,
            ..limits()
        });
        let mut made = |priority| {
            let turn = turn(&mut state, &call(Method::POST, priority, true), 0);
            if turn == Turn::Now {
                state.came_back();
            }
            turn
        };
        let later = Turn::At(at(due), Limit::OwnShare);
        let turns = [comment, comment, comment, comment, status, status].map(&mut made);
        assert_eq!(
            turns,
            [Turn::Now, Turn::Now, Turn::Now, later, Turn::Now, later],
            "{minute} a minute, {hour} an hour"
        );
    }
}

#[test]
fn the_more_urgent_go_first_and_then_who_came_first() {
    let mut state = State::new(&limits());
    for _ in 0..3 {
        assert_eq!(turn(&mut state, &read(), 0), Turn::Now);
    }
    let order = [
        Priority::Comment,
        Priority::Read,
        Priority::Dispatch,
        Priority::Status,
        Priority::Read,
    ];
    let tickets: Vec<_> = order
        .iter()
        .map(|priority| state.enter(Need::of(&call(Method::GET, *priority, false))))
        .collect();
    let mut gone = Vec::new();
    for _ in 0..tickets.len() {
        state.came_back();
        let passed = tickets
            .iter()
            .filter(|ticket| state.turn(**ticket, at(0)).0 == Turn::Now);
        gone.extend(passed.map(|ticket| ticket.0));
    }
    let expected = [
        Priority::Status,
        Priority::Dispatch,
        Priority::Read,
        Priority::Read,
        Priority::Comment,
    ];
    assert_eq!(gone, expected);
}

#[test]
fn after_a_secondary_limit_everything_rests_and_then_one_goes_ahead() {
    let mut state = State::new(&limits());
    assert_eq!(turn(&mut state, &read(), 0), Turn::Now);
    state.reached_secondary(0, None, at(0));
    state.came_back();
    assert_eq!(turn(&mut state, &read(), 59), Turn::At(at(60), Limit::Secondary));
    assert_eq!(turn(&mut state, &read(), 60), Turn::Now);
    assert_eq!(turn(&mut state, &read(), 60), Turn::AfterAnother);
    state.passed_well(1);
    assert_eq!(turn(&mut state, &read(), 60), Turn::Now);
}

#[test]
fn rests_double_until_a_request_passes_and_those_under_way_together_are_one_strike() {
    let mut state = State::new(&limits());
    let mut now = 0;
    for expected in [60, 120, 240, 480, 960, 1920, 3600, 3600] {
        let ticket = state.enter(Need::of(&read()));
        let (turn, rest) = state.turn(ticket, at(now));
        assert_eq!(turn, Turn::Now);
        state.reached_secondary(rest, None, at(now));
        state.reached_secondary(rest, None, at(now));
        state.came_back();
        let due = now + expected;
        assert_eq!(
            self::turn(&mut state, &read(), now),
            Turn::At(at(due), Limit::Secondary)
        );
        now = due;
    }
}

#[test]
fn what_github_asks_for_is_waited_if_it_is_longer() {
    for (asked, rest) in [(Some(7), 60), (Some(600), 600), (None, 60)] {
        let mut state = State::new(&limits());
        state.reached_secondary(0, asked, at(0));
        assert_eq!(turn(&mut state, &read(), 0), Turn::At(at(rest), Limit::Secondary));
    }
}

#[test]
fn the_end_of_an_hour_is_kept_for_the_urgent() {
    let account = read().account.without_repository();
    let check = |remaining, priority, expected| {
        let mut state = State::new(&limits());
        let quota = Quota {
            limit: 100,
            remaining,
            reset: at(500),
        };
        state.saw_quota(account.clone(), quota);
        let turn = turn(&mut state, &call(Method::GET, priority, false), 0);
        let expected = if expected {
            Turn::Now
        } else {
            Turn::At(at(500), Limit::Primary)
        };
        assert_eq!(turn, expected, "{remaining} {priority:?}");
        assert_eq!(
            self::turn(&mut state, &call(Method::GET, priority, false), 500),
            Turn::Now
        );
    };
    check(11, Priority::Comment, true);
    check(10, Priority::Comment, false);
    check(6, Priority::Read, true);
    check(5, Priority::Read, false);
    check(1, Priority::Dispatch, true);
    check(1, Priority::Status, true);
    check(0, Priority::Status, false);
}

#[test]
fn one_account_that_is_used_up_holds_up_no_other() {
    let mut state = State::new(&limits());
    let quota = Quota {
        limit: 100,
        remaining: 0,
        reset: at(500),
    };
    state.saw_quota(read().account.without_repository(), quota);
    state.enter(Need::of(&call(Method::POST, Priority::Status, true)));
    let other = Call::new(Account::App, Method::GET, "/app", &[]);
    assert_eq!(turn(&mut state, &other, 0), Turn::Now);
    assert_eq!(state.tightest(), Some(quota));
}

#[tokio::test]
async fn a_wait_within_bounds_is_waited_and_a_longer_one_is_told() {
    let time = Arc::new(HandWound::jumping(1000));
    let gate = Arc::new(Gate::new(&limits(), time.clone()));
    for _ in 0..2 {
        drop(gate.pass(&dispatch()).await.unwrap());
    }
    drop(gate.pass(&dispatch()).await.unwrap());
    assert_eq!(time.now(), at(1060), "the third content waits for the minute");
    let error = gate.pass(&dispatch()).await.err().unwrap();
    assert!(error.is_retryable());
    assert_eq!(error.not_before(), Some(3600 - 60));
    assert_eq!(time.now(), at(1060), "what would take too long is not waited for");
}

#[tokio::test]
async fn whoever_gives_up_gives_back_its_place() {
    let time = Arc::new(HandWound::standing(0));
    let gate = Arc::new(Gate::new(&limits(), time));
    let held = [
        gate.pass(&read()).await.unwrap(),
        gate.pass(&read()).await.unwrap(),
        gate.pass(&read()).await.unwrap(),
    ];
    let urgent = call(Method::POST, Priority::Status, true);
    let mut waiting = Box::pin(gate.pass(&urgent));
    assert!(futures::poll!(&mut waiting).is_pending());
    assert_eq!(gate.locked().waiting(), 1);
    drop(waiting);
    assert_eq!(gate.locked().waiting(), 0);
    let reading = read();
    let mut waiting = Box::pin(gate.pass(&reading));
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(held);
    assert!(futures::poll!(&mut waiting).is_ready());
}
