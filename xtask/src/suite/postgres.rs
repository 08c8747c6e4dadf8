//! A PostgreSQL server for one run of the tests: made from the installed programs in a folder of its own, reached through a socket in it,
//! stopped and deleted at the end, however the run ends.

use crate::command::Call;
use anyhow::{Context as _, Result};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The variable that names the server to the tests.
pub(crate) const VARIABLE: &str = "HOUSE_TESTS_POSTGRES";

/// Where Debian has the programs of each major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The lowest major version that the store accepts.
const MAJOR_MIN: u32 = 15;

/// Connections that the server takes, in connections: every test may have two stores with ten each, and a large machine runs dozens at once.
const CONNECTIONS_MAX: u32 = 600;

/// What the guardian does: it waits until nobody holds the other end of its input any more, which is so as soon as we end, in whatever way;
/// then it stops the server and deletes the folder, which is its first argument.
const GUARDIAN: &str = "read -r _; folder=$1; shift; \"$@\" >/dev/null 2>&1; rm -rf -- \"$folder\"";

/// A running server.
pub(crate) struct Server {
    folder: PathBuf,
    guardian: Child,
}

/// Whether the programs are there.
pub(super) fn is_installed() -> bool {
    programs().is_some()
}

impl Server {
    /// Starts a server; none if the programs are not there.
    pub(crate) fn start() -> Result<Option<Server>> {
        let Some(programs) = programs() else {
            return Ok(None);
        };
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir()?.keep();
        let data = folder.join("data").display().to_string();
        let as_owner = owner(&folder)?;
        let call = |program: &str| as_call(&as_owner, &programs.join(program));
        let guardian = guard(
            &folder,
            &call("pg_ctl").args(["-D", &data, "-m", "immediate", "-w", "stop"]),
        )?;
        // Dropped from here on, it is stopped.
        let server = Server { folder, guardian };
        let made = [
            "-D",
            &data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ];
        call("initdb").args(made).output()?;
        let socket = server.folder.display();
        let options = format!("-k {socket} -c listen_addresses='' -c max_connections={CONNECTIONS_MAX}");
        let log = server.folder.join("log").display().to_string();
        call("pg_ctl")
            .args(["-D", &data, "-l", &log, "-w", "-o", &options, "start"])
            .output()?;
        Ok(Some(server))
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://postgres@localhost/postgres?host={}",
            self.folder.display()
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take());
        // Whether it was stopped in order matters to nobody: what it held was for the tests.
        self.guardian.wait().ok();
    }
}

/// In a process group of its own, where Ctrl-C does not reach it.
fn guard(folder: &Path, stop: &Call) -> Result<Child> {
    let mut command = Command::new("sh");
    command
        .args(["-c", GUARDIAN, "guardian"])
        .arg(folder)
        .args(stop.words());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .process_group(0);
    command
        .spawn()
        .context("failed to start the guardian of the PostgreSQL server")
}

/// PostgreSQL does not run as root: then it is the user that Debian's package made, and the folder is that user's.
fn owner(folder: &Path) -> Result<Vec<&'static str>> {
    if Call::new("id").args(["-u"]).output()?.trim() != "0" {
        return Ok(Vec::new());
    }
    Call::new("chown")
        .args(["postgres:postgres"])
        .args([folder])
        .output()?;
    Ok(vec![
        "setpriv",
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
    ])
}

fn as_call(as_owner: &[&str], program: &Path) -> Call {
    match as_owner {
        [] => Call::new(&program.display().to_string()),
        [first, rest @ ..] => Call::new(first).args(rest).args([program]),
    }
}

/// The folder of the newest programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let major = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let newest = versions
        .filter_map(major)
        .filter(|major| *major >= MAJOR_MIN)
        .max();
    let debian = newest.map(|major| PathBuf::from(format!("{DEBIAN}/{major}/bin")));
    debian
        .filter(|folder| folder.join("initdb").exists())
        .or_else(elsewhere)
}

/// Where the programs are that are found on the search path.
fn elsewhere() -> Option<PathBuf> {
    let told = Call::new("pg_config").args(["--version"]).output().ok()?;
    let major: u32 = told
        .trim()
        .strip_prefix("PostgreSQL ")?
        .split('.')
        .next()?
        .parse()
        .ok()?;
    let folder = Call::new("pg_config").args(["--bindir"]).output().ok()?;
    let folder = PathBuf::from(folder.trim());
    (major >= MAJOR_MIN && folder.join("initdb").exists()).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_there_until_it_is_dropped() {
        let Some(server) = Server::start().unwrap() else {
            return;
        };
        let socket = server.folder.join(".s.PGSQL.5432");
        assert!(socket.exists() && server.url().ends_with(&server.folder.display().to_string()));
        let folder = server.folder.clone();
        drop(server);
        assert!(!folder.exists());
    }
}
