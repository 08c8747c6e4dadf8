//! What an oracle sees is what is stored.

use super::super::ModelStore;
use super::pair::at;
use storage::contract::Sample;
use storage::{Hold, InboxState, NewInboxRow, NewIntent, NewTimer, Step, Store as _};

#[tokio::test]
async fn the_view_shows_every_row() {
    let (store, commons) = (ModelStore::new(), Sample::commons());
    let row = NewInboxRow {
        key: "start".to_owned(),
        release: Some(commons.release.clone()),
        kind: "start".to_owned(),
        body: "{}".to_owned(),
        actor: "operator".to_owned(),
    };
    store.append_inbox(&[row], at(0)).await.unwrap();
    let passing = NewIntent {
        hold: Hold::Passes,
        ..commons.intent(1, 1, 0)
    };
    let timer = NewTimer {
        key: "retry".to_owned(),
        due: at(9),
        kind: "tick".to_owned(),
        body: "{}".to_owned(),
    };
    let step = Step {
        builds: vec![commons.build("a", "waiting", None)],
        intents: vec![commons.intent(1, 0, 0), passing],
        timers_set: vec![timer],
        ..commons.step(1)
    };
    store.commit_step(&step).await.unwrap();
    store.with_rows(|rows| {
        let inbox: Vec<_> = rows
            .inbox()
            .map(|row| (row.row.key.as_str(), row.state))
            .collect();
        assert_eq!(inbox, [("start", InboxState::Pending)]);
        assert!(rows.inbox().all(|row| rows.inbox_row(row.id) == Some(row)));
        let releases: Vec<_> = rows
            .releases()
            .map(|release| (release.id, release.revision))
            .collect();
        assert_eq!(releases, [(&commons.release, 1)]);
        assert_eq!(
            rows.release(&commons.release).map(|release| release.row),
            Some(&step.row)
        );
        assert_eq!(rows.journal_entries(), 1);
        let builds: Vec<_> = rows.builds().map(|build| (build.release, build.row)).collect();
        assert_eq!(builds, [(&commons.release, &step.builds[0])]);
        let intents: Vec<_> = rows
            .intents()
            .map(|intent| (&intent.row.intent.id, intent.passes_hold))
            .collect();
        let (first, second) = (commons.command(1, 0), commons.command(1, 1));
        assert_eq!(intents, [(&first, false), (&second, true)]);
        assert_eq!(rows.intent(&second).map(|intent| intent.passes_hold), Some(true));
        let timers: Vec<_> = rows
            .timers()
            .map(|timer| (timer.release, timer.key, timer.due, timer.revision))
            .collect();
        assert_eq!(timers, [(&commons.release, "retry", at(9), 1)]);
    });
}
