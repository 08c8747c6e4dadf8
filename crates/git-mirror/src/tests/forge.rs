//! A repository that real git made, and mirrors of it.

use crate::{Compared, Error, Landing, Limits, Mirrors, Remote};
use std::path::PathBuf;
use std::process::Command;

/// Where the mirrors lie: a colon parts lists of folders.
const MIRRORS: &str = "mirrors:all";

/// A repository with a base that is `main` and a head that is `feature`.
pub(super) struct Forge {
    folder: tempfile::TempDir,
    pub(super) mirrors: Mirrors,
    path: String,
}

impl Forge {
    /// Both have changed: the base one end of `both.rs` and a file of its own, the head the other end and another one.
    pub(super) fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = "/usr/bin:/bin".to_owned();
        let mirrors = Mirrors::new(folder.path().join(MIRRORS), path.clone(), Limits::default());
        let forge = Self {
            folder,
            mirrors,
            path,
        };
        std::fs::create_dir(forge.place()).unwrap();
        forge.git("init --quiet --initial-branch=main");
        forge.git("config uploadpack.allowAnySHA1InWant true");
        forge.git("config uploadpack.allowFilter true");
        let lines: Vec<String> = (0..20).map(|line| format!("line {line}")).collect();
        forge.commit("begin", &[("both.rs", &lines.join("\n"))]);
        forge.git("switch --quiet --create=feature");
        let of_head = lines.join("\n").replace("line 1\n", "line one\n");
        forge.commit("first", &[("both.rs", &of_head), ("get.rs", "fn get() {}\n")]);
        forge.commit("second", &[("set.rs", "fn set() {}\n")]);
        forge.git("switch --quiet main");
        let of_base = lines.join("\n").replace("line 18\n", "line eighteen\n");
        forge.commit(
            "meanwhile",
            &[("both.rs", &of_base), ("other.rs", "fn other() {}\n")],
        );
        forge
    }

    pub(super) fn place(&self) -> PathBuf {
        self.folder.path().join("forge")
    }

    pub(super) fn mirror(&self) -> PathBuf {
        self.folder.path().join(MIRRORS).join("1.git")
    }

    /// Runs git there, its words apart by blanks. Each commit is a minute later than the one before.
    pub(super) fn git(&self, words: &str) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        let output = self.try_git(&words);
        assert!(
            output.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(super) fn try_git(&self, words: &[&str]) -> std::process::Output {
        let clock = self.folder.path().join("clock");
        let now: u64 = std::fs::read_to_string(&clock).map_or(1_760_000_000, |text| text.parse().unwrap());
        std::fs::write(&clock, (now + 60).to_string()).unwrap();
        let mut git = Command::new("git");
        git.current_dir(self.place())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", format!("@{now} +0000"))
            .env("GIT_COMMITTER_DATE", format!("@{now} +0000"))
            .args(["-c", "user.name=ada", "-c", "user.email=ada@example.org"])
            .args(words);
        git.output().unwrap()
    }

    pub(super) fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let file = self.place().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        self.git("add --all");
    }

    pub(super) fn commit(&self, message: &str, files: &[(&str, &str)]) {
        self.write(files);
        self.git(&format!("commit --quiet --allow-empty --message={message}"));
    }

    pub(super) fn remote(&self) -> Remote {
        Remote {
            url: format!("file://{}", self.place().display()),
            token: None,
        }
    }

    /// What landed on `main`, with `feature` as its head.
    pub(super) fn landing(&self) -> Landing {
        let of = |name: &str| self.git(&format!("rev-parse {name}")).parse().unwrap();
        Landing {
            commit: of("main"),
            head: of("feature"),
            formers: Vec::new(),
        }
    }

    /// Mirrors within other limits from now on.
    pub(super) fn limit(&mut self, limits: Limits) {
        self.again(None, limits);
    }

    /// Mirrors kept by the git on another `PATH` from now on.
    pub(super) fn look_in(&mut self, path: &str) {
        self.again(Some(path), Limits::default());
    }

    fn again(&mut self, path: Option<&str>, limits: Limits) {
        if let Some(path) = path {
            path.clone_into(&mut self.path);
        }
        self.mirrors = Mirrors::new(self.folder.path().join(MIRRORS), self.path.clone(), limits);
    }

    pub(super) async fn compare(&self) -> Result<Compared, Error> {
        self.compare_this(&self.landing()).await
    }

    pub(super) async fn compare_this(&self, landing: &Landing) -> Result<Compared, Error> {
        let remote = async { Ok(self.remote()) };
        self.mirrors.compare("1", landing, remote).await
    }

    /// What a comparison comes to, in words, without what differs from run to run.
    pub(super) async fn told(&self) -> String {
        in_words(self.compare().await)
    }

    /// The same where the branch was known to be these before.
    pub(super) async fn told_after(&self, formers: &[&str]) -> String {
        let formers = formers
            .iter()
            .map(|name| self.git(&format!("rev-parse {name}")).parse());
        let landing = Landing {
            formers: formers.collect::<Result<_, _>>().unwrap(),
            ..self.landing()
        };
        in_words(self.compare_this(&landing).await)
    }
}

fn in_words(compared: Result<Compared, Error>) -> String {
    match compared {
        Ok(Compared::Same(way)) => format!("the same, {way}"),
        Ok(Compared::Different(deviation)) => masked(&deviation.to_string()),
        Err(error) => masked(&error.to_string()),
    }
}

/// A text without names of commits and folders.
fn masked(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let bare = word.trim_end_matches([',', ':', ';']);
        let is_sha = bare.len() == 40 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_sha || bare.contains("/forge") {
            true => word.replacen(bare, "...", 1),
            false => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
