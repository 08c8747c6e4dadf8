//! The operator's hand, `governance`, as it is built: run against the server while the time is wound on.

use crate::house::{House, within};
use crate::surfaces::bare;
use crate::wound::Instance;
use governance_server::{Scope, draw, entry};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Days for which a reader's token counts.
const TOKEN_DAYS: u16 = 90;

/// Draws a token with which everything may be looked at, and lays it beside the server's configuration.
pub(crate) fn give_token(house: &House) -> String {
    let name = "reader".parse().unwrap();
    let (text, token) = draw(name, Scope::Read, TOKEN_DAYS, house.github.now()).unwrap();
    std::fs::write(house.path("tokens.toml"), entry(&token)).unwrap();
    text
}

/// Runs a command line against the server: the exit code, and everything that was said, without what differs from run to run.
pub(crate) async fn governance(
    house: &House,
    server: &Instance,
    arguments: &str,
    token: Option<&str>,
) -> String {
    let (code, said) = said(house, server, arguments, token).await;
    let said = said.replace(&house.path("").display().to_string(), "");
    let lines = said
        .lines()
        .map(|line| format!("{}\n", whole_words(line.trim_end())));
    bare(&format!("exit {code}\n{}", lines.collect::<String>()))
}

/// A line that was shortened, without the half word at its end: it may be of a time.
fn whole_words(line: &str) -> String {
    match line.strip_suffix('…').and_then(|line| line.rsplit_once(' ')) {
        Some((whole, _)) => format!("{whole} …"),
        None => line.to_owned(),
    }
}

/// The same as it was said.
pub(crate) async fn said(
    house: &House,
    server: &Instance,
    arguments: &str,
    token: Option<&str>,
) -> (i32, String) {
    let mut command = Command::new(binary());
    command
        .args(arguments.split_whitespace())
        .args(["--server", &format!("http://{}", server.address)])
        .current_dir(house.path(""))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .envs(token.map(|token| ("GOVERNANCE_TOKEN", token)))
        .stdin(Stdio::null());
    let asked = tokio::task::spawn_blocking(move || command.output().unwrap());
    while !asked.is_finished() {
        house.settle().await;
    }
    let output = within("it is answered", asked).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = format!("{}{}", text(output.stdout), text(output.stderr));
    (output.status.code().unwrap(), said)
}

/// The binary, beside the one that runs this test.
fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let mut folders = own.ancestors().skip(1).take(3);
    let found = folders.find_map(|folder| Some(folder.join("governance")).filter(|path| path.is_file()));
    found.unwrap_or_else(|| {
        panic!(
            "no `governance` beside {}: build it with `cargo build --bin governance`",
            own.display()
        )
    })
}
