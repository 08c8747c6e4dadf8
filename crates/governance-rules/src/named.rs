//! Pull requests that another one says it belongs to: lines such as `Depends-On: atlas/atlas-kit#7` in its text.

use crate::commands::plain_lines;
use domain_types::RepoName;
use serde::{Deserialize, Serialize};

/// Pull requests that one may name: more nobody merges together.
pub const NAMED_MAX: usize = 10;
/// Characters of the name of an account on GitHub.
const OWNER_CHARS_MAX: usize = 39;
/// What a line begins with, in whatever case.
const KEY: &str = "depends-on";

/// A pull request that is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The owner of its repository.
    pub owner: String,
    /// The repository.
    pub repository: RepoName,
    /// Its number there.
    pub number: u64,
}

/// The pull requests that a text names, each on a line of its own outside quotes and code, in their order, at most [`NAMED_MAX`].
pub fn named(text: &str) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    let lines = plain_lines(text);
    for one in lines.into_iter().filter_map(value).filter_map(one) {
        if found.len() < NAMED_MAX && !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

fn value(line: &str) -> Option<&str> {
    let (key, value) = line.split_once(':')?;
    key.trim_end().eq_ignore_ascii_case(KEY).then(|| value.trim())
}

/// `owner/name#7`, or the page of a pull request.
fn one(value: &str) -> Option<Named> {
    let (full_name, number) = match value.strip_prefix("https://") {
        Some(url) => {
            let (_host, path) = url.split_once('/')?;
            let (full_name, rest) = path.split_once("/pull/")?;
            (full_name, rest.split(['/', '#', '?']).next()?)
        }
        None => value.split_once('#')?,
    };
    let (owner, repository) = full_name.split_once('/')?;
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let is_owner = !owner.is_empty() && owner.len() <= OWNER_CHARS_MAX && owner.chars().all(is_letter);
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|number| is_number && *number > 0)?;
    Some(Named {
        owner: is_owner.then(|| owner.to_owned())?,
        repository: repository.parse().ok()?,
        number,
    })
}
