//! The environment of a build: a short allow-list, so that a build does not depend on who started it.
//!
//! What makes a build's bytes depend on its place is remapped (`--remap-path-prefix`) or fixed: cargo hashes the path of a
//! path dependency into symbol names, which no remapping undoes, so the source root must be the same for the same
//! workspace. Paths in the output of C compilers that a build script runs (`__FILE__`) are not remapped for the same reason.

use crate::Error;
use domain_types::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Variables that are handed on from the base as they are: where the tools are, and how to reach the network.
/// The latter decide only how a dependency is fetched; what is fetched is checked against the lock file.
pub const HANDED_ON: [&str; 15] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CARGO_HTTP_CAINFO",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// The separator of [`CARGO_ENCODED_RUSTFLAGS`]: unlike `RUSTFLAGS` it allows blanks in paths.
const FLAG_SEPARATOR: &str = "\u{1f}";
const CARGO_ENCODED_RUSTFLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";
/// File mode mask of a first build, so that modes do not depend on the user's shell.
const UMASK_FIRST: u32 = 0o022;
/// Another one for the second build.
const UMASK_SECOND: u32 = 0o077;

/// What [`surroundings`] works from.
#[derive(Debug, Clone)]
pub struct SurroundingsOrder<'a> {
    /// The variables of whoever started the release.
    pub base: &'a BTreeMap<String, String>,
    /// The folder of all source trees; `/source` in the binaries.
    pub source_root: &'a Path,
    /// The committer's time of the commit that is built: `SOURCE_DATE_EPOCH`.
    pub commit_time: Timestamp,
    /// The recipe's own variables; they win over all others.
    pub recipe_env: &'a BTreeMap<String, String>,
    /// First build, or a second one that must give the same bytes.
    pub variation: Variation,
}

/// Which of the two surroundings of a reproducible build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variation {
    /// The build whose result is released.
    First,
    /// A build that must give the same bytes in other surroundings.
    Second {
        /// Another home folder, empty. Cargo's and rustup's own folders stay.
        home: PathBuf,
    },
}

/// The environment of a build: exactly these variables, and the file mode mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// All variables; nothing is added but what a shell itself sets for its children.
    pub variables: BTreeMap<String, String>,
    /// The file mode mask.
    pub umask: u32,
}

/// The environment of a build.
///
/// A repository's own `rustflags` (in `.cargo/config.toml`) are replaced by the flags set here, as cargo takes flags from
/// one place only: state them as `RUSTFLAGS` in the recipe, they are appended.
///
/// # Errors
/// [`Error::BadPath`] if a path that must be remapped cannot be written as a flag.
pub fn surroundings(order: &SurroundingsOrder<'_>) -> Result<Surroundings, Error> {
    let mut variables: BTreeMap<String, String> = HANDED_ON
        .iter()
        .filter_map(|name| order.base.get_key_value(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(home) = variables.get("HOME").map(PathBuf::from) {
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            variables
                .entry(name.to_owned())
                .or_insert_with(|| home.join(folder).to_string_lossy().into_owned());
        }
    }
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("SOURCE_DATE_EPOCH", order.commit_time.seconds().to_string());
    set("CARGO_INCREMENTAL", "0".to_owned());
    for (name, value) in place_and_time(&order.variation) {
        set(name, value);
    }
    let flags = rust_flags(order, &variables)?;
    variables.extend(order.recipe_env.clone());
    variables.remove("RUSTFLAGS");
    variables.insert(CARGO_ENCODED_RUSTFLAGS.to_owned(), flags);
    let umask = match order.variation {
        Variation::First => UMASK_FIRST,
        Variation::Second { .. } => UMASK_SECOND,
    };
    Ok(Surroundings { variables, umask })
}

/// What differs between the first and the second build. `C` and `POSIX` need no locale to be installed.
fn place_and_time(variation: &Variation) -> Vec<(&'static str, String)> {
    match variation {
        Variation::First => vec![("LANG", "C.UTF-8".to_owned()), ("TZ", "UTC".to_owned())],
        Variation::Second { home } => vec![
            ("HOME", home.to_string_lossy().into_owned()),
            ("LANG", "POSIX".to_owned()),
            ("LC_ALL", "C".to_owned()),
            ("TZ", "<+0545>-5:45".to_owned()),
            ("CARGO_BUILD_JOBS", "1".to_owned()),
        ],
    }
}

fn rust_flags(order: &SurroundingsOrder<'_>, variables: &BTreeMap<String, String>) -> Result<String, Error> {
    let mut flags = Vec::new();
    for (name, alias) in [("RUSTUP_HOME", "/rustup"), ("CARGO_HOME", "/cargo")] {
        if let Some(folder) = variables.get(name) {
            flags.push(remap(Path::new(folder), alias)?);
        }
    }
    // Of several prefixes that match, the last one given wins: the sources may lie within a home folder.
    flags.push(remap(order.source_root, "/source")?);
    let own = order
        .recipe_env
        .get(CARGO_ENCODED_RUSTFLAGS)
        .map(|flags| flags.split(FLAG_SEPARATOR));
    let own = own.into_iter().flatten().filter(|flag| !flag.is_empty());
    let plain = order
        .recipe_env
        .get("RUSTFLAGS")
        .map(|flags| flags.split_whitespace());
    flags.extend(own.chain(plain.into_iter().flatten()).map(str::to_owned));
    Ok(flags.join(FLAG_SEPARATOR))
}

fn remap(folder: &Path, alias: &str) -> Result<String, Error> {
    let rule = "the path of sources and tools is UTF-8 without control characters";
    match folder.to_str() {
        Some(text) if !text.chars().any(char::is_control) => {
            Ok(format!("--remap-path-prefix={text}={alias}"))
        }
        _ => Err(Error::BadPath {
            path: folder.to_owned(),
            rule,
        }),
    }
}
