//! A git command that outlives the killed process: nothing works in the trees before it has ended.

use crate::stage::{BEGIN, END, Stage};
use crate::wait::until;
use house_tests::{Component, Governance, Stop};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// A git whose first checkout takes its time: it makes folder after folder where it works, then says that it is done.
const SLOW_GIT: &str = r#"#!/bin/sh
outside=$(dirname "$(dirname "$0")")
case "$*" in
*" checkout "*)
  if mkdir "$outside/slowed" 2>/dev/null; then
    touch "$outside/up"
    i=0
    while [ $i -lt 800 ]; do
      mkdir -p late/$i 2>/dev/null && : >late/$i/file
      sleep 0.002
      i=$((i + 1))
    done
    echo "ended git $$" >>"$outside/log"
  fi
  ;;
esac
exec /usr/bin/env PATH=/usr/local/bin:/usr/bin:/bin git "$@"
"#;

fn stage() -> Stage {
    let script = format!("{BEGIN}\necho done >one\n{END}");
    let stage = Stage::of(vec![Component::new("one").building(&script).with_binary("one")]);
    let git = stage.outside("bin/git");
    fs::create_dir(stage.outside("bin")).unwrap();
    fs::write(&git, SLOW_GIT).unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    stage
}

fn command(stage: &Stage) -> Governance {
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", stage.outside("bin").display());
    stage.command().env("PATH", path)
}

#[test]
fn a_git_command_that_outlives_the_killed_process_is_waited_for() {
    let stage = stage();
    let mut running = command(&stage).start();
    assert!(until(
        "a checkout",
        || stage.outside("up").exists(),
        || running.has_ended()
    ));
    running.stop(Stop::Kill);
    assert_eq!(running.ends().code, None);
    command(&stage).run().ends_with(0);
    let log = stage.log();
    let (git, build) = (log.find("ended git").unwrap(), log.find("begin one").unwrap());
    assert!(git < build, "built while git still worked in the trees\n{log}");
    stage.is_left_in_order();
}
