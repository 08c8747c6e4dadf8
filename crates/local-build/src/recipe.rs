//! What is run to build a repository, and which files of it are the result.

use crate::Error;
use domain_types::{AssetName, DigestWriter, Platform, Sha256Digest};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Commands of one recipe: more is a script, which belongs into the repository.
const COMMANDS_MAX: usize = 100;
/// Artifacts of one recipe: more belongs into an archive.
const ARTIFACTS_MAX: usize = 1000;
/// Bytes of one command with its arguments: Linux takes 128 KiB per argument, the script repeats them all.
const COMMAND_BYTES_MAX: usize = 64 * 1024;

/// How a repository is built. Commands run one after another in the root of its tree, each only if all before it
/// succeeded; `build` before `test`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Recipe {
    /// Program and arguments of each build command; no shell has a say.
    pub build: Vec<Vec<String>>,
    /// The same for tests: a build whose tests fail has failed.
    pub test: Vec<Vec<String>>,
    /// Variables beside those of [`crate::surroundings()`]; these win.
    pub env: BTreeMap<String, String>,
    /// The files that are the result.
    pub artifacts: Vec<ArtifactRule>,
}

/// One file that a build is to leave.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ArtifactRule {
    /// Under which name it is released.
    pub name: AssetName,
    /// Where the build leaves it.
    pub path: TreePath,
    /// Whether the build has failed without it.
    pub presence: Presence,
}

/// Whether an artifact must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// Without it the build has failed.
    Required,
    /// It is taken if it is there.
    Optional,
}

/// A path below the root of a source tree: relative, `/` between parts, no empty part, `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TreePath(String);

impl TreePath {
    /// Bytes of the path: Linux's own limit.
    const BYTES_MAX: usize = 4095;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl FromStr for TreePath {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let legal = text.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if legal && text.len() <= Self::BYTES_MAX && !text.chars().any(char::is_control) {
            return Ok(Self(text.to_owned()));
        }
        let rule = "the path of an artifact is relative to the tree, without empty parts, `.`, `..` and control characters";
        Err(Error::BadRecipe {
            rule,
            found: text.to_owned(),
        })
    }
}

impl TryFrom<String> for TreePath {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<TreePath> for String {
    fn from(path: TreePath) -> Self {
        path.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl Recipe {
    /// `cargo build --release --locked`, the binaries taken from cargo's target folder.
    ///
    /// For the platform of this machine no `--target` is given, so that the folder is `target/release`; for others the
    /// target triple must be installed.
    ///
    /// # Errors
    /// [`Error::BadRecipe`] for a platform whose target triple is not known, or a binary whose name cannot be an asset's.
    pub fn default_cargo(binaries: &[String], platform: &Platform) -> Result<Self, Error> {
        let mut command: Vec<String> = ["cargo", "build", "--release", "--locked"]
            .map(str::to_owned)
            .to_vec();
        let mut folder = "target/release".to_owned();
        if *platform != Platform::of_this_program() {
            let triple = target_triple(platform)?;
            command.extend(["--target".to_owned(), triple.to_owned()]);
            folder = format!("target/{triple}/release");
        }
        let artifacts: Result<_, Error> = binaries
            .iter()
            .map(|binary| artifact_of(&format!("{binary}{}", platform.executable_suffix()), &folder))
            .collect();
        Ok(Self {
            build: vec![command],
            artifacts: artifacts?,
            ..Self::default()
        })
    }

    /// Whether every command, variable and artifact can be used.
    ///
    /// # Errors
    /// [`Error::BadRecipe`] with the first thing that cannot.
    pub fn check(&self) -> Result<(), Error> {
        let bad = |rule, found: &str| {
            Err(Error::BadRecipe {
                rule,
                found: found.chars().take(80).collect(),
            })
        };
        if self.build.len() + self.test.len() > COMMANDS_MAX || self.artifacts.len() > ARTIFACTS_MAX {
            return bad(
                "at most 100 commands and 1000 artifacts",
                &self.artifacts.len().to_string(),
            );
        }
        for command in self.commands() {
            if command
                .first()
                .is_none_or(|program| program.is_empty() || program.starts_with('-') || program.contains('='))
            {
                return bad(
                    "a command begins with its program, without `=` and leading `-`",
                    &command.join(" "),
                );
            }
            if command.iter().any(|word| word.contains('\0')) || command.concat().len() > COMMAND_BYTES_MAX {
                return bad("a command has at most 64 KiB and no NUL", &command.concat());
            }
        }
        for (name, value) in &self.env {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if name.is_empty()
                || !name.bytes().all(legal)
                || name.as_bytes()[0].is_ascii_digit()
                || value.contains('\0')
            {
                return bad("a variable's name has A-Z a-z 0-9 _ and its value no NUL", name);
            }
        }
        match self.twice_named_artifact() {
            Some(name) => bad("every artifact has its own name", name),
            None => Ok(()),
        }
    }

    /// The digest of everything that decides what is built and tested; limits do not.
    ///
    /// Each text is preceded by its length in bytes and each list by its length, so that no two recipes share bytes.
    pub fn digest(&self) -> Sha256Digest {
        let mut digest = DigestWriter::new();
        put(&mut digest, "governance-recipe/v1");
        for commands in [&self.build, &self.test] {
            put_count(&mut digest, commands.len());
            for command in commands {
                put_count(&mut digest, command.len());
                command.iter().for_each(|word| put(&mut digest, word));
            }
        }
        put_count(&mut digest, self.env.len());
        for (name, value) in &self.env {
            put(&mut digest, name);
            put(&mut digest, value);
        }
        put_count(&mut digest, self.artifacts.len());
        for rule in &self.artifacts {
            put(&mut digest, rule.name.as_str());
            put(&mut digest, rule.path.as_str());
            put(
                &mut digest,
                match rule.presence {
                    Presence::Required => "required",
                    Presence::Optional => "optional",
                },
            );
        }
        digest.finish()
    }

    pub(crate) fn commands(&self) -> impl Iterator<Item = &Vec<String>> {
        self.build.iter().chain(&self.test)
    }

    fn twice_named_artifact(&self) -> Option<&str> {
        let mut names = std::collections::BTreeSet::new();
        self.artifacts
            .iter()
            .map(|rule| rule.name.as_str())
            .find(|name| !names.insert(*name))
    }
}

fn artifact_of(file: &str, folder: &str) -> Result<ArtifactRule, Error> {
    let name = file.parse().map_err(|_| Error::BadRecipe {
        rule: "a binary is named like an asset: A-Z a-z 0-9 . _ - + ~ @ = ,",
        found: file.to_owned(),
    })?;
    Ok(ArtifactRule {
        name,
        path: format!("{folder}/{file}").parse()?,
        presence: Presence::Required,
    })
}

fn target_triple(platform: &Platform) -> Result<&'static str, Error> {
    match platform.as_str() {
        "linux-x86_64" => Ok("x86_64-unknown-linux-gnu"),
        "linux-aarch64" => Ok("aarch64-unknown-linux-gnu"),
        "windows-x86_64" => Ok("x86_64-pc-windows-gnu"),
        "macos-x86_64" => Ok("x86_64-apple-darwin"),
        "macos-aarch64" => Ok("aarch64-apple-darwin"),
        other => Err(Error::BadRecipe {
            rule: "without `build` commands the platform is one of linux-x86_64, linux-aarch64, windows-x86_64, \
                   macos-x86_64, macos-aarch64 or this machine's own",
            found: other.to_owned(),
        }),
    }
}

fn put(digest: &mut DigestWriter, text: &str) {
    put_count(digest, text.len());
    digest.update(text.as_bytes());
}

fn put_count(digest: &mut DigestWriter, count: usize) {
    digest.update(&(count as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn recipe(build: &[&[&str]], test: &[&[&str]], env: &[(&str, &str)]) -> Recipe {
        let commands = |lists: &[&[&str]]| {
            lists
                .iter()
                .map(|words| words.iter().map(|word| (*word).to_owned()).collect())
                .collect()
        };
        let env = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Recipe {
            build: commands(build),
            test: commands(test),
            env,
            artifacts: Vec::new(),
        }
    }

    #[test]
    fn the_default_is_a_locked_release_build_of_cargo() {
        let binaries = ["tool".to_owned()];
        let own = Recipe::default_cargo(&binaries, &Platform::of_this_program()).unwrap();
        assert_eq!(own.build, [["cargo", "build", "--release", "--locked"]]);
        assert!(own.artifacts[0].path.as_str().starts_with("target/release/tool"));
        let windows = Recipe::default_cargo(&binaries, &"windows-x86_64".parse().unwrap()).unwrap();
        assert_eq!(windows.build[0][4..], ["--target", "x86_64-pc-windows-gnu"]);
        assert_eq!(
            windows.artifacts[0].path.as_str(),
            "target/x86_64-pc-windows-gnu/release/tool.exe"
        );
        assert_eq!(windows.artifacts[0].name.as_str(), "tool.exe");
        for (binary, platform) in [
            ("tool", "plan9-mips"),
            ("../tool", "linux-x86_64"),
            ("", "windows-x86_64"),
        ] {
            let refused = Recipe::default_cargo(&[binary.to_owned()], &platform.parse().unwrap());
            assert!(
                matches!(refused, Err(Error::BadRecipe { .. })),
                "{binary} {platform}"
            );
        }
    }

    #[test]
    fn recipes_that_differ_anywhere_have_different_digests() {
        let rule = |presence| ArtifactRule {
            name: "a".parse().unwrap(),
            path: "a".parse().unwrap(),
            presence,
        };
        let with = |presence| Recipe {
            artifacts: vec![rule(presence)],
            ..Recipe::default()
        };
        let recipes = [
            Recipe::default(),
            recipe(&[&["ab", "c"]], &[], &[]),
            recipe(&[&["a", "bc"]], &[], &[]),
            recipe(&[&["a"], &["bc"]], &[], &[]),
            recipe(&[], &[&["a", "bc"]], &[]),
            recipe(&[&["a"]], &[&["bc"]], &[]),
            recipe(&[], &[], &[("a", "bc")]),
            recipe(&[], &[], &[("ab", "c")]),
            with(Presence::Required),
            with(Presence::Optional),
        ];
        let digests: std::collections::BTreeSet<_> = recipes.iter().map(Recipe::digest).collect();
        assert_eq!(digests.len(), recipes.len());
    }

    #[test]
    fn a_stored_digest_stays_what_it_is() {
        let recipe = recipe(&[&["make", "all"]], &[&["make", "check"]], &[("A", "1")]);
        expect_test::expect!["sha256:c2597402fbaab5f44755321cf45c340f7273be3d368735b079bcb7f983bb93a3"]
            .assert_eq(&recipe.digest().to_string());
    }

    #[test]
    fn unusable_recipes_are_named() {
        let artifact = |path: &str| ArtifactRule {
            name: "a".parse().unwrap(),
            path: path.parse().unwrap(),
            presence: Presence::Required,
        };
        let twice = Recipe {
            artifacts: vec![artifact("x"), artifact("y")],
            ..Recipe::default()
        };
        let rows = [
            (recipe(&[&[]], &[], &[]), "begins with its program"),
            (recipe(&[&["a", "b\0"]], &[], &[]), "no NUL"),
            (recipe(&[], &[&["A=b"]], &[]), "begins with its program"),
            (recipe(&[], &[], &[("", "x")]), "variable"),
            (recipe(&[], &[], &[("1A", "x")]), "variable"),
            (recipe(&[], &[], &[("A B", "x")]), "variable"),
            (recipe(&[], &[], &[("A", "\0")]), "variable"),
            (
                recipe(&[&["a"][..]; COMMANDS_MAX + 1], &[], &[]),
                "at most 100 commands",
            ),
            (twice, "its own name"),
        ];
        for (recipe, expected) in rows {
            let error = recipe.check().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_tree_path_never_leaves_its_tree(text in "[a./ \\\\\u{0}-\u{1f}-]{0,12}") {
            if let Ok(path) = text.parse::<TreePath>() {
                let path = std::path::Path::new(path.as_str());
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
                prop_assert!(!text.is_empty());
            }
        }
    }
}
