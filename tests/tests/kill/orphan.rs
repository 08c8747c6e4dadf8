//! A build of a minute whose parent is killed in its middle: ended as a group, exactly that group, before anything begins.

use crate::stage::{BEGIN, END, Stage};
use crate::wait::until;
use crate::watch::building;
use house_tests::{Component, Process, ReleaseFolder, Stop};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// Children and grandchildren with a minute ahead of them, unless a file outside says that the build may be quick. A
/// second attempt looks first whether anybody of the first one lives.
const BUILD: &str = r#"for earlier in $(cat "$outside/family" 2>/dev/null); do
  if [ -e "/proc/$earlier" ] && ! grep -q '^State:.Z' "/proc/$earlier/status"; then
    echo "$name: $earlier lives while $$ begins" >>"$outside/violations"
  fi
done
if [ ! -e "$outside/quick" ]; then
  echo $$ >>"$outside/family"
  sh -c 'sleep 60 & echo $! $$ >>"$0/family"; touch "$0/up"; wait; :' "$outside"
fi
echo done >slow"#;

fn stage() -> Stage {
    let slow = Component::new("slow")
        .building(&format!("{BEGIN}\n{BUILD}\n{END}"))
        .with_binary("slow");
    let after = format!("{BEGIN}\ncat ../slow/slow >after\n{END}");
    let after = Component::new("after")
        .needing("slow")
        .building(&after)
        .with_binary("after");
    Stage::of(vec![slow, after])
}

/// A process of the user's that works in the tree, in a group of its own. It ends when its input is closed.
fn bystander(stage: &Stage) -> Child {
    let mut command = Command::new("sh");
    command
        .args(["-c", "read line; :"])
        .current_dir(stage.organisation.sources().join("slow"));
    command
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn an_orphan_with_a_minute_ahead_is_ended_with_its_group_before_anything_begins() {
    let quick = stage();
    fs::write(quick.outside("quick"), "").unwrap();
    let (reference, _) = quick.undisturbed();

    let stage = stage();
    let mut running = stage.start();
    assert!(until(
        "the build",
        || stage.outside("up").exists(),
        || running.has_ended()
    ));
    running.stop(Stop::Kill);
    assert_eq!(running.ends().code, None);
    let orphans = building(&stage.organisation.sources());
    has_the_whole_family(&orphans, &stage);
    let mut bystander = bystander(&stage);

    fs::write(stage.outside("quick"), "").unwrap();
    let mut again = stage.start();
    let second = || stage.log().matches("begin slow").count() > 1;
    assert!(until("the second attempt", second, || again.has_ended()));
    let alive = building(&stage.organisation.sources());
    let survivors: Vec<&Process> = orphans.iter().filter(|orphan| alive.contains(orphan)).collect();
    assert_eq!(survivors, Vec::<&Process>::new());
    again.ends().ends_with(0);
    assert!(
        bystander.try_wait().unwrap().is_none(),
        "a process of another group was ended"
    );
    drop(bystander.stdin.take());
    bystander.wait().unwrap();
    assert_eq!(ReleaseFolder::at(&stage.organisation.out()).what(), reference);
    stage.is_left_in_order();
    assert_eq!(
        stage.log().matches("end slow").count(),
        1,
        "the first attempt ran on"
    );
}

/// The shell around the build, its script, the child and the grandchild, all in one group.
fn has_the_whole_family(orphans: &[Process], stage: &Stage) {
    let family = fs::read_to_string(stage.outside("family")).unwrap();
    let family: Vec<u32> = family.split_whitespace().map(|id| id.parse().unwrap()).collect();
    assert!(family.len() >= 3, "{family:?}");
    for id in family {
        assert!(
            orphans.iter().any(|orphan| orphan.id == id),
            "{id} is not among {orphans:?}"
        );
    }
    assert!(
        orphans.iter().all(|orphan| orphan.group == orphans[0].group),
        "{orphans:?}"
    );
    assert_eq!(
        orphans
            .iter()
            .filter(|orphan| orphan.command == "sleep 60")
            .count(),
        1,
        "{orphans:?}"
    );
}
