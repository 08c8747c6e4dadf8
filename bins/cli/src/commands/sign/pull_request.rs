//! `governance sign --pr`: what is signed is held against the signer's own clone first. The server says which statement; which commit it is, and
//! what that holds, the clone says.

use super::{KeyFile, remote, signed};
use crate::arguments::{Format, KeyFileArguments, PullRequestAddress, SignArguments};
use crate::commands::standing::pull_request;
use crate::planning::of_local_build;
use crate::view::quoted;
use crate::{Exit, Failure, Surroundings, block_on, output};
use local_build::{Error, Git, Reviewed};
use serde_json::{Value, json};
use signatures::{PullRequestApproval, Statement};
use std::io::Write as _;
use std::path::Path;

/// Bytes of an answer to a question: longer ones mean nothing.
const ANSWER_BYTES_MAX: u64 = 64;

/// What is to be signed, as the server and the clone say alike.
struct Agreed {
    statement: Statement,
    reviewed: Reviewed,
}

/// Shows the change and the statement, and signs where the server and the clone agree and the signer says yes.
pub(super) fn sign(
    (address, clone): (&PullRequestAddress, &Path),
    arguments: &SignArguments,
    surroundings: &Surroundings,
) -> Result<Exit, Failure> {
    let document = block_on(pull_request(&address.place, &arguments.server, surroundings))??;
    let (statement, approval) = told(&document)?;
    same_place(address, &approval)?;
    let base = branch(&approval)?;
    let git = Git::new(&surroundings.variables);
    let revision = arguments.head.as_str();
    if !arguments.any_remote {
        block_on(same_repository(
            (&git, clone),
            (&arguments.remote, base),
            &approval,
        ))??;
    }
    let looking = git.reviewed(clone, revision, (&arguments.remote, base));
    let reviewed = block_on(looking)?.map_err(|error| not_seen(&error, (clone, revision)))?;
    same_content(&approval, &reviewed)?;
    if reviewed.since.is_none() {
        let remote = &arguments.remote;
        return Err(Failure::usage(
            format!(
                "{} has no {remote}/{base} that this change begins from",
                clone.display()
            ),
            &format!("type `git fetch {remote} {base}` there"),
        ));
    }
    let agreed = Agreed { statement, reviewed };
    show(address, &agreed, base);
    match &arguments.key {
        None => unsigned(arguments.format.format, &agreed),
        Some(file) => {
            let key = KeyFileArguments {
                file: file.clone(),
                scheme: arguments.scheme,
                format: crate::arguments::FormatArgument {
                    format: arguments.format.format,
                },
            };
            let secret = KeyFile::read(&key.file, key.scheme)?.signing_key()?;
            agreed_to(arguments.yes, surroundings)?;
            let exit = signed(&key, &secret, &agreed.statement)?;
            tell_where(&document);
            Ok(exit)
        }
    }
}

/// The statement that the server shows.
fn told(document: &Value) -> Result<(Statement, PullRequestApproval), Failure> {
    let Some(text) = document["statement"]["text"].as_str() else {
        return Err(Failure::no(
            "there is nothing to sign: the pull request is closed, or cannot be judged",
            "ask `governance why` what holds it up",
        ));
    };
    let no_statement = |why: String| {
        Failure::world(
            format!("the server does not understand itself: {why}"),
            "tell whoever runs it",
        )
    };
    let statement = Statement::parse(text.as_bytes()).map_err(|error| no_statement(error.to_string()))?;
    match &statement {
        Statement::Approval(approval) => Ok((statement.clone(), approval.clone())),
        Statement::TierLowering(_)
        | Statement::Withdrawal(_)
        | Statement::Emergency(_)
        | Statement::KeyRegistration(_) => Err(no_statement(format!(
            "it shows a statement of the type {}",
            statement.kind()
        ))),
    }
}

/// The server speaks of the pull request that was named.
fn same_place(address: &PullRequestAddress, approval: &PullRequestApproval) -> Result<(), Failure> {
    let place = &address.place;
    let named = format!("{}/{}", place.owner, place.name);
    let forge = address.host.as_deref().unwrap_or(approval.forge.as_str());
    let is_it = approval.repository.as_str().eq_ignore_ascii_case(&named)
        && approval.pull_request == place.number
        && approval.forge.as_str().eq_ignore_ascii_case(forge);
    if is_it {
        return Ok(());
    }
    Err(refused(format!(
        "its statement is about {}/{}#{}, and not about {forge}/{place}",
        approval.forge, approval.repository, approval.pull_request
    )))
}

/// The remote that the base is taken from is the repository that the statement is about.
async fn same_repository(
    (git, clone): (&Git, &Path),
    (name, base): (&str, &str),
    approval: &PullRequestApproval,
) -> Result<(), Failure> {
    let of_clone = |error: Error| of_local_build(&error);
    let addresses = git.remote_addresses(clone, name).await.map_err(of_clone)?;
    if addresses.is_empty() {
        return Err(Failure::usage(
            format!("{} has no remote {name}", clone.display()),
            &format!(
                "name the repository's with `--remote`, or add it, then type `git fetch {name} {base}` there"
            ),
        ));
    }
    let Some(other) = addresses.iter().find(|address| !remote::names(address, approval)) else {
        return Ok(());
    };
    let (forge, repository) = (&approval.forge, &approval.repository);
    Err(Failure::usage(
        format!(
            "{}: the remote {name} is {}, and the statement is about {forge}/{repository}",
            clone.display(),
            remote::without_secrets(other)
        ),
        "name the remote of that repository with `--remote`, or say `--any-remote` if this one has the same branches; nothing was signed",
    ))
}

fn branch(approval: &PullRequestApproval) -> Result<&str, Failure> {
    let base = approval.base_ref.as_str();
    base.strip_prefix("refs/heads/")
        .ok_or_else(|| refused(format!("{base} is no branch")))
}

/// The clone has the same commit with the same content. The commit alone would do; who says another tree is wrong somewhere.
fn same_content(approval: &PullRequestApproval, reviewed: &Reviewed) -> Result<(), Failure> {
    if approval.head_sha != reviewed.head {
        return Err(refused(format!(
            "its statement is about the commit {}, and what you looked at is {}",
            approval.head_sha, reviewed.head
        )));
    }
    if approval.head_tree != reviewed.tree {
        return Err(refused(format!(
            "its statement says that {} holds the tree {}, and in your clone it holds {}",
            reviewed.head, approval.head_tree, reviewed.tree
        )));
    }
    Ok(())
}

fn refused(why: String) -> Failure {
    Failure::no(
        format!("the server disagrees: {why}"),
        "fetch the pull request, look at what came, and sign that; nothing was signed",
    )
}

fn not_seen(error: &Error, (clone, revision): (&Path, &str)) -> Failure {
    if !matches!(error, Error::GitFailed { .. }) {
        return of_local_build(error);
    }
    Failure::usage(
        format!("{} has no commit {revision}", clone.display()),
        "check the pull request out there, or name its head with `--head`",
    )
}

/// What is about to be signed, where a person sees it.
fn show(address: &PullRequestAddress, agreed: &Agreed, base: &str) {
    let reviewed = &agreed.reviewed;
    output::note(&format!("{} changes, against {base}:", address.place));
    for line in &reviewed.summary {
        output::note(&plain(line));
    }
    output::note(&format!(
        "The statement, of which commit, tree and branch are those of your clone:\n\n{}",
        agreed.statement.to_string().trim_end()
    ));
}

/// Names of files move no cursor.
pub(super) fn plain(line: &str) -> String {
    line.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Without a key the statement itself is the result, for `ssh-keygen` or `gpg`.
fn unsigned(format: Format, agreed: &Agreed) -> Result<Exit, Failure> {
    let statement = &agreed.statement;
    output::note(&format!(
        "Nothing is signed yet. With the statement in approval.txt:\nssh-keygen -Y sign -f ~/.ssh/id_ed25519 -n {} approval.txt\ngpg --armor --detach-sign approval.txt",
        statement.namespace()
    ));
    match format {
        Format::Text => output::result(&statement.to_string())?,
        Format::Json => output::json(&json!({
            "schema": "governance/statement/v1",
            "statement": statement.to_string(),
            "statement_digest": statement.digest().hex(),
            "namespace": statement.namespace(),
            "head": agreed.reviewed.head,
            "head_tree": agreed.reviewed.tree,
            "since": agreed.reviewed.since,
            "summary": agreed.reviewed.summary,
        }))?,
    }
    Ok(Exit::Yes)
}

/// A person at a terminal is asked; a program says `--yes`.
fn agreed_to(yes: bool, surroundings: &Surroundings) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !surroundings.answers_on_terminal {
        return Err(Failure::usage(
            "nobody can be asked here whether this shall be signed",
            "read the statement above, and say `--yes`",
        ));
    }
    let mut out = std::io::stderr().lock();
    let asked = write!(out, "\nSign this? Type yes: ").and_then(|()| out.flush());
    drop(out);
    let answer = asked.and_then(|()| read_answer());
    let answer = answer.map_err(|error| Failure::world(format!("failed to ask: {error}"), "say `--yes`"))?;
    match answer.trim().eq_ignore_ascii_case("yes") {
        true => Ok(()),
        false => Err(Failure::no("nothing was signed", "")),
    }
}

fn read_answer() -> std::io::Result<String> {
    use std::io::{BufRead as _, Read as _};
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .take(ANSWER_BYTES_MAX)
        .read_line(&mut answer)?;
    Ok(answer)
}

/// Where the signature goes.
fn tell_where(document: &Value) {
    let here = "Put it into a comment on the pull request";
    match document["statement"]["address"].as_str() {
        Some(address) => output::note(&format!(
            "{here}, or send it: curl --data-binary @FILE {}",
            quoted(Path::new(&plain(address)))
        )),
        None => output::note(&format!("{here}.")),
    }
}
