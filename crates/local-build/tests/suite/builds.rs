//! Builds in process groups: gate, environment, ends.

use crate::support::{World, base, first_surroundings, shell, wait_for_end};
use domain_types::Timestamp;
use local_build::{
    BuildEnd, BuildOrder, EarlierProducts, Error, Exit, Found, GroupEnd, ProcessGroup, Recipe, RunningBuild,
    SurroundingsOrder, Variation, end_group, inspect, recorded_group, settle, start_build, surroundings,
};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(200);

async fn run(order: &BuildOrder) -> BuildEnd {
    begin(order).await.wait().await.unwrap()
}

async fn begin(order: &BuildOrder) -> RunningBuild {
    start_build(order).await.unwrap().begin().await.unwrap()
}

fn command(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn nothing_runs_before_begin_and_dropping_ends_the_shell() {
    let world = World::new();
    let order = world.build("touch ran");
    let started = start_build(&order).await.unwrap();
    let group = started.group().clone();
    assert_eq!(recorded_group(&order.run_folder).unwrap(), Some(group.clone()));
    assert_eq!(inspect(&order.run_folder, &group).unwrap(), Found::Alive);
    drop(started);
    wait_for_end(group.id);
    assert_eq!(inspect(&order.run_folder, &group).unwrap(), Found::Gone);
    assert!(!order.tree.join("ran").exists());
}

#[tokio::test]
async fn after_begin_the_commands_run_in_order_until_one_fails() {
    let world = World::new();
    let recipe = Recipe {
        build: vec![
            command(&["sh", "-c", "echo built"]),
            command(&["touch", "second one"]),
        ],
        test: vec![
            command(&["sh", "-c", "echo tests failed >&2; exit 3"]),
            command(&["touch", "never"]),
        ],
        ..Recipe::default()
    };
    let order = world.build_of(recipe);
    let end = run(&order).await;
    assert_eq!(end.exit, Exit::Code(3));
    assert_eq!(
        end.command.as_deref(),
        Some("sh -c echo tests failed >&2; exit 3")
    );
    assert_eq!(
        end.log_tail,
        [
            "+ sh -c echo built",
            "built",
            "+ touch second one",
            "+ sh -c echo tests failed >&2; exit 3",
            "tests failed"
        ]
    );
    assert!(order.tree.join("second one").exists() && !order.tree.join("never").exists());
    assert!(end.ended > Timestamp::from_seconds(1_700_000_000));
}

#[tokio::test]
async fn arguments_reach_the_program_as_they_are() {
    let world = World::new();
    let words = [
        "a b",
        "",
        "'",
        "\"",
        "$HOME",
        "`id`",
        "\\",
        "line\nfeed",
        "*",
        "-n",
        "ü",
        "%s",
        "#",
    ];
    let mut line = command(&["sh", "-c", r#"printf '%s\0' "$@" >words"#, "sh"]);
    line.extend(command(&words));
    let order = world.build_of(Recipe {
        build: vec![line],
        ..Recipe::default()
    });
    assert!(run(&order).await.exit.is_success());
    let written = fs::read_to_string(order.tree.join("words")).unwrap();
    assert_eq!(written.split_terminator('\0').collect::<Vec<_>>(), words);
}

#[tokio::test]
async fn a_command_named_like_a_shell_builtin_is_a_program() {
    let world = World::new();
    for (program, code) in [("exit", 127), ("exec", 127), ("no-such-program", 127), ("/", 126)] {
        let order = world.build_of(Recipe {
            build: vec![command(&[program, "0"])],
            ..Recipe::default()
        });
        let end = run(&order).await;
        assert_eq!(
            (end.exit, end.command),
            (Exit::Code(code), Some(format!("{program} 0")))
        );
    }
}

#[tokio::test]
async fn the_environment_is_exactly_the_allow_list() {
    let world = World::new();
    let mut recipe = shell("true");
    recipe.build = vec![command(&["env", "-0"])];
    recipe.env = BTreeMap::from([("FEATURE".to_owned(), "on\nand on".to_owned())]);
    let mut order = world.build_of(recipe.clone());
    let mut base = base();
    base.extend([
        ("SECRET".to_owned(), "x".to_owned()),
        ("GIT_DIR".to_owned(), "/".to_owned()),
    ]);
    base.extend([
        ("TMPDIR".to_owned(), "/var/tmp".to_owned()),
        ("LC_ALL".to_owned(), "de_DE".to_owned()),
    ]);
    order.surroundings = surroundings(&SurroundingsOrder {
        base: &base,
        source_root: &order.tree,
        commit_time: Timestamp::from_seconds(1_700_000_000),
        recipe_env: &recipe.env,
        variation: Variation::First,
    })
    .unwrap();
    assert!(run(&order).await.exit.is_success());
    let log = fs::read_to_string(order.run_folder.join("log")).unwrap();
    let printed = log.strip_prefix("+ env -0\n").unwrap();
    let found: BTreeMap<&str, &str> = printed
        .split_terminator('\0')
        .filter_map(|pair| pair.split_once('='))
        // Where sh is bash, it sets this one for each command.
        .filter(|(name, _)| *name != "_")
        .collect();
    let tree = order.tree.to_str().unwrap();
    let flags = format!(
        "--remap-path-prefix=/home/somebody/.rustup=/rustup\u{1f}--remap-path-prefix=/home/somebody/.cargo=/cargo\u{1f}\
         --remap-path-prefix={tree}=/source"
    );
    let expected = BTreeMap::from([
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", "/home/somebody"),
        ("TMPDIR", "/var/tmp"),
        ("CARGO_HOME", "/home/somebody/.cargo"),
        ("RUSTUP_HOME", "/home/somebody/.rustup"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("SOURCE_DATE_EPOCH", "1700000000"),
        ("CARGO_INCREMENTAL", "0"),
        ("CARGO_ENCODED_RUSTFLAGS", flags.as_str()),
        ("FEATURE", "on\nand on"),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn flags_of_the_recipe_are_appended_to_the_remapping() {
    let world = World::new();
    let mut recipe = shell("true");
    recipe.env.insert(
        "RUSTFLAGS".to_owned(),
        "-C strip=symbols  -C debuginfo=0".to_owned(),
    );
    let found = first_surroundings(&world.path(""), &recipe);
    let flags = &found.variables["CARGO_ENCODED_RUSTFLAGS"];
    assert!(
        flags.ends_with("=/source\u{1f}-C\u{1f}strip=symbols\u{1f}-C\u{1f}debuginfo=0"),
        "{flags}"
    );
    assert!(!found.variables.contains_key("RUSTFLAGS"));
}

#[tokio::test]
async fn standard_input_is_empty_and_the_files_are_for_their_owner() {
    let world = World::new();
    let order = world.build("cat >input; umask >mask");
    assert!(run(&order).await.exit.is_success());
    assert_eq!(fs::read(order.tree.join("input")).unwrap(), b"");
    assert_eq!(fs::read_to_string(order.tree.join("mask")).unwrap(), "0022\n");
    for name in ["log", "status", "group", "commands.sh"] {
        let mode = fs::metadata(order.run_folder.join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[tokio::test]
async fn a_hanging_build_is_ended_with_its_grandchildren_even_if_they_ignore_sigterm() {
    let world = World::new();
    let pipe = world.pipe("pipe");
    let script = format!(
        "trap '' TERM; (trap '' TERM; echo up >{0}; sleep 1000) & sleep 1000",
        pipe.display()
    );
    let order = world.build(&script);
    let mut running = begin(&order).await;
    assert_eq!(tokio::fs::read_to_string(&pipe).await.unwrap(), "up\n");
    let group = running.group().clone();
    assert!(group.living_members().unwrap().len() >= 3);
    let wait = tokio::spawn(async move { running.wait().await.unwrap() });
    assert_eq!(end_group(&group, SHORT).await.unwrap(), GroupEnd::Killed);
    assert_eq!(group.living_members().unwrap(), Vec::<u32>::new());
    let end = wait.await.unwrap();
    assert_eq!(
        (end.exit, end.command),
        (Exit::Signal(15), None),
        "the shell around the commands heeds SIGTERM"
    );
    assert_eq!(end_group(&group, LONG).await.unwrap(), GroupEnd::WasGone);
}

#[tokio::test]
async fn a_build_that_heeds_sigterm_needs_no_kill_also_when_it_is_stopped() {
    let world = World::new();
    let pipe = world.pipe("pipe");
    let order = world.build(&format!("echo up >{}; kill -STOP 0", pipe.display()));
    let mut running = begin(&order).await;
    tokio::fs::read_to_string(&pipe).await.unwrap();
    let group = running.group().clone();
    assert_eq!(end_group(&group, LONG).await.unwrap(), GroupEnd::Terminated);
    let end = running.wait().await.unwrap();
    assert_eq!((end.exit, end.command), (Exit::Signal(15), None));
    assert_eq!(inspect(&order.run_folder, &group).unwrap(), Found::Gone);
}

#[tokio::test]
async fn what_a_build_leaves_running_in_its_group_is_ended_with_it() {
    let world = World::new();
    let order = world.build("sleep 1000 & echo $! >left");
    let mut running = begin(&order).await;
    let end = running.wait().await.unwrap();
    assert!(end.exit.is_success());
    let left: u32 = fs::read_to_string(order.tree.join("left"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(!running.group().living_members().unwrap().contains(&left));
    assert!(!running.group().lives().unwrap());
}

#[tokio::test]
async fn members_whose_leader_was_killed_are_found_and_ended() {
    let world = World::new();
    let pipe = world.pipe("pipe");
    let order = world.build(&format!("echo up >{}; sleep 1000", pipe.display()));
    let running = begin(&order).await;
    tokio::fs::read_to_string(&pipe).await.unwrap();
    let group = running.group().clone();
    let leader = i32::try_from(group.id)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .unwrap();
    rustix::process::kill_process(leader, rustix::process::Signal::KILL).unwrap();
    wait_for_end(group.id);
    assert_eq!(inspect(&order.run_folder, &group).unwrap(), Found::Alive);
    assert_eq!(
        settle(&order.run_folder, &group, LONG).await.unwrap(),
        Found::Gone
    );
    assert!(!group.lives().unwrap());
}

#[tokio::test]
async fn a_group_that_is_not_ours_is_never_signalled() {
    let world = World::new();
    let order = world.build("read never </dev/zero");
    let started = start_build(&order).await.unwrap();
    let ours = started.group().clone();
    let strangers = [
        ProcessGroup {
            start_time: ours.start_time + 1,
            ..ours.clone()
        },
        ProcessGroup {
            start_time: ours.start_time - 1,
            ..ours.clone()
        },
        ProcessGroup {
            boot_id: "another".to_owned(),
            ..ours.clone()
        },
    ];
    for stranger in strangers {
        assert_eq!(
            end_group(&stranger, Duration::ZERO).await.unwrap(),
            GroupEnd::WasGone,
            "{stranger:?}"
        );
    }
    assert!(ours.lives().unwrap());
    let lost = end_group(&ours, LONG).await.unwrap();
    assert_eq!(lost, GroupEnd::Terminated);
    let error = started.begin().await.unwrap_err();
    assert!(matches!(error, Error::GateLost { .. }), "{error}");
}

#[tokio::test]
async fn a_file_without_end_is_stopped_by_the_kernel() {
    let world = World::new();
    let mut order = world.build("exec cat /dev/zero >huge");
    order.limits.file_bytes_max = 1024 * 1024;
    let end = run(&order).await;
    assert_eq!(end.exit, Exit::Signal(25), "SIGXFSZ");
    assert_eq!(fs::metadata(order.tree.join("huge")).unwrap().len(), 1024 * 1024);
}

#[tokio::test]
async fn earlier_products_are_kept_or_discarded() {
    let world = World::new();
    let mut order = world.build("test -e target/product");
    fs::create_dir(order.tree.join("target")).unwrap();
    fs::write(order.tree.join("target/product"), "").unwrap();
    assert!(run(&order).await.exit.is_success());
    order.earlier = EarlierProducts::Discard;
    assert_eq!(run(&order).await.exit, Exit::Code(1));
}

#[tokio::test]
async fn an_attempt_never_sees_the_outcome_of_another_one_in_its_folder() {
    let world = World::new();
    assert!(run(&world.build("true")).await.exit.is_success());
    let order = world.build("true");
    let started = start_build(&order).await.unwrap();
    let group = started.group().clone();
    drop(started);
    assert_eq!(
        settle(&order.run_folder, &group, LONG).await.unwrap(),
        Found::Gone
    );
}

#[tokio::test]
async fn an_unusable_recipe_or_tree_starts_nothing() {
    let world = World::new();
    for bad in [
        vec![],
        command(&[""]),
        command(&["-x"]),
        command(&["A=b"]),
        command(&["a", "\0"]),
    ] {
        let order = world.build_of(Recipe {
            build: vec![bad],
            ..Recipe::default()
        });
        let error = start_build(&order).await.unwrap_err();
        assert!(matches!(error, Error::BadRecipe { .. }), "{error}");
    }
    let mut order = world.build("true");
    order.tree = world.path("absent");
    let error = start_build(&order).await.unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
}
