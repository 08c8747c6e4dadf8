//! Where nobody can tell: that is an error, never the same.

use super::forge::Forge;
use crate::{Compared, Error, Landing, Limits, Remote, What};
use expect_test::expect;

fn merged() -> Forge {
    let forge = Forge::make();
    forge.git("merge --quiet --no-ff --no-edit feature");
    forge
}

#[tokio::test]
async fn without_git_nobody_can_tell() {
    let mut forge = merged();
    forge.look_in("/nonexistent");
    let error = forge.compare().await.unwrap_err();
    assert!(matches!(error, Error::GitAbsent { .. }), "{error}");
    assert!(!error.is_retryable());
    assert!(
        error.to_string().ends_with("install git, or put it on the PATH"),
        "{error}"
    );
}

#[tokio::test]
async fn a_git_that_is_too_old_is_told_by_its_version() {
    let mut forge = merged();
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("git");
    std::fs::write(&old, "#!/bin/sh\necho git version 2.30.2\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&old, mode).unwrap();
    forge.look_in(folder.path().to_str().unwrap());
    expect!["git version 2.30.2 cannot merge trees by itself: install git 2.38 or later"]
        .assert_eq(&forge.told().await);
}

#[tokio::test]
async fn objects_that_are_gone_are_told() {
    let forge = merged();
    let landing = Landing {
        head: "a".repeat(40).parse().unwrap(),
        ..forge.landing()
    };
    let error = forge.compare_this(&landing).await.unwrap_err();
    // Both ends say it, in an order that nobody promises.
    assert!(error.to_string().contains("not our ref"), "{error}");
    assert!(error.is_retryable());
    let gone = Remote {
        url: "file:///nonexistent/forge".to_owned(),
        ..forge.remote()
    };
    let landing = forge.landing();
    let gone = async { Ok::<_, Error>(gone) };
    let error = forge.mirrors.compare("1", &landing, gone).await.unwrap_err();
    assert!(error.to_string().starts_with("`git fetch` ended with"), "{error}");
}

#[tokio::test]
async fn files_that_both_changed_and_cannot_be_fetched_are_told() {
    let forge = merged();
    let landing = forge.landing();
    forge.git("config uploadpack.allowFilter true");
    // Everything but the files is there, then the repository goes.
    let blob = forge.git("rev-parse feature:both.rs");
    let object = forge
        .place()
        .join(".git/objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    std::fs::remove_file(object).unwrap();
    let error = forge.compare_this(&landing).await.unwrap_err();
    assert!(matches!(error, Error::GitFailed { .. }), "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn what_differs_differs_although_git_cannot_say_in_what() {
    let mut forge = Forge::make();
    forge.git("merge --quiet --no-ff --no-commit feature");
    forge.commit("merge", &[("door.rs", "fn door() {}\n")]);
    let folder = tempfile::tempdir().unwrap();
    let failing = folder.path().join("git");
    let text = "#!/bin/sh\ncase \"$*\" in *diff-tree*) exit 128;; esac\nPATH=/usr/bin:/bin exec git \"$@\"\n";
    std::fs::write(&failing, text).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&failing, mode).unwrap();
    forge.look_in(&format!("{}:/usr/bin:/bin", folder.path().display()));
    let compared = forge.compare().await.unwrap();
    let Compared::Different(deviation) = &compared else {
        panic!("{compared:?}");
    };
    assert!(matches!(deviation.what, What::OtherTree { .. }), "{deviation:?}");
    assert_eq!((deviation.paths.len(), deviation.more_paths), (0, 0));
}

#[tokio::test]
async fn limits_hold() {
    let mut forge = merged();
    forge.limit(Limits {
        file_bytes_max: 512,
        ..Limits::default()
    });
    let error = forge.compare().await.unwrap_err();
    assert!(matches!(error, Error::GitFailed { .. }), "{error}");
    forge.limit(Limits {
        seconds_max: 0,
        ..Limits::default()
    });
    assert_eq!(forge.told().await, "it took longer than 0 seconds");
    forge.limit(Limits::default());
    assert_eq!(forge.told().await, "the same, merged");
}

/// A git that says its id and never ends, with a child that does not either.
#[tokio::test]
async fn what_takes_too_long_is_ended_with_all_that_it_started() {
    let mut forge = merged();
    let folder = tempfile::tempdir().unwrap();
    let (slow, fifo) = (folder.path().join("git"), folder.path().join("fifo"));
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    // Whoever reads a pipe that nobody writes waits; whoever ends lets go of it.
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *' version') echo git version 2.47.3; exit;; esac\n(exec 9<>{fifo}; echo begun > {folder}/begun; read line <&9) &\nread line < {fifo}\n",
        fifo = fifo.display(),
        folder = folder.path().display()
    );
    std::fs::write(&slow, text).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&slow, mode).unwrap();
    forge.look_in(&format!("{}:/usr/bin:/bin", folder.path().display()));
    forge.limit(Limits {
        seconds_max: 2,
        ..Limits::default()
    });
    assert_eq!(forge.told().await, "it took longer than 2 seconds");
    assert!(folder.path().join("begun").exists());
    let own = fifo.to_str().unwrap();
    let holders = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let files = processes.filter_map(|process| std::fs::read_dir(process.path().join("fd")).ok());
        let held = files.flat_map(|fds| fds.flatten().filter_map(|fd| std::fs::read_link(fd.path()).ok()));
        held.filter(|path| path.to_str() == Some(own)).count()
    };
    // A process that was killed lets go of its files a moment later.
    for _ in 0..1_000 {
        if holders() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} processes live on", holders());
}
