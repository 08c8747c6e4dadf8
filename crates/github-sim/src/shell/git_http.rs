//! Git over HTTP, read only: the model says who may read, and the real git answers from the repository on disk.

use super::carry::Shell;
use crate::error::SimError;
use crate::exchange::{Answer, Request, RequestBody};
use bytes::Bytes;
use flate2::read::GzDecoder;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// What git asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// What there is.
    Refs,
    /// Objects.
    Pack,
}

impl Asked {
    fn of(path: &str) -> Option<Self> {
        if path.ends_with(".git/info/refs") {
            Some(Self::Refs)
        } else if path.ends_with(".git/git-upload-pack") {
            Some(Self::Pack)
        } else {
            None
        }
    }
}

/// Whether a path is one that git reads by.
pub(crate) fn is_read_by_git(path: &str) -> bool {
    Asked::of(path).is_some()
}

/// Answers a request of git.
pub(crate) async fn answer(shell: &Arc<Shell>, request: &Request) -> Result<Answer, SimError> {
    let Some(asked) = Asked::of(&request.path) else {
        return Ok(Answer::not_found());
    };
    let is_reading = request
        .query
        .iter()
        .all(|(_, service)| service == "git-upload-pack");
    if !is_reading {
        return Ok(Answer::refusal(403, "Nothing is pushed to a simulator over HTTP"));
    }
    match shell.with(|model, now| model.read_by_git(now, request))? {
        Ok(folder) => {
            let folder = shell.repository(&folder);
            let served = serve(&folder, asked, request).await;
            served.map_err(super::disk::failed("serve", &folder))
        }
        Err(refusal) => Ok(refusal),
    }
}

async fn serve(folder: &Path, asked: Asked, request: &Request) -> io::Result<Answer> {
    let version = request.headers.get("git-protocol").cloned().unwrap_or_default();
    let mut command = Command::new("git");
    // As GitHub does: whatever commit is asked for by its name, and only what of its objects is asked for.
    for setting in [
        "uploadpack.allowAnySHA1InWant=true",
        "uploadpack.allowFilter=true",
        "safe.directory=*",
    ] {
        command.args(["-c", setting]);
    }
    command.args(["upload-pack", "--stateless-rpc"]);
    if asked == Asked::Refs {
        command.arg("--http-backend-info-refs");
    }
    command
        .arg(".")
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_PROTOCOL", &version)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let input = child.stdin.take();
    let body = body(request)?;
    let write = async {
        if let Some(mut input) = input {
            // Git may have heard enough before the end.
            let _ = input.write_all(&body).await;
        }
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    Ok(said(asked, &version, output?.stdout))
}

fn said(asked: Asked, version: &str, output: Vec<u8>) -> Answer {
    let mut bytes = Vec::new();
    let kind = match asked {
        Asked::Refs => "application/x-git-upload-pack-advertisement",
        Asked::Pack => "application/x-git-upload-pack-result",
    };
    // Older versions of the protocol are told first what answers.
    if asked == Asked::Refs && !version.contains("version=2") {
        bytes.extend_from_slice(b"001e# service=git-upload-pack\n0000");
    }
    bytes.extend(output);
    let mut answer = Answer::bytes(200, bytes.into());
    answer.header("content-type", kind);
    answer.header("cache-control", "no-cache");
    answer
}

/// What git says; a long one comes packed.
fn body(request: &Request) -> io::Result<Bytes> {
    let RequestBody::Bytes(bytes) = &request.body else {
        return Ok(Bytes::new());
    };
    let encoding = request.headers.get("content-encoding").map(String::as_str);
    if encoding != Some("gzip") {
        return Ok(bytes.clone());
    }
    let mut plain = Vec::new();
    GzDecoder::new(bytes.as_ref()).read_to_end(&mut plain)?;
    Ok(plain.into())
}
