//! `[release.follow_up.NAME]`: what is done once a release is public.

use super::document::{Document, Value, kind, shown};
use super::repository::ForgeRepository;
use super::values::{argument, field, inner_path, parsed, text, truth};
use domain_types::Channel;
use std::collections::BTreeMap;
use toml::de::DeTable;

/// Follow-ups of an organisation: as many as the state machine takes.
const FOLLOW_UPS_MAX: usize = orchestrator::FOLLOW_UPS_MAX;
/// Longest name in characters: it stands in a table.
const NAME_CHARS_MAX: usize = 64;
/// Longest event type in characters, by GitHub's API.
const EVENT_TYPE_CHARS_MAX: usize = 100;
/// Values of our own that a dispatch bears are five, and GitHub takes ten.
const PAYLOAD_KEYS_MAX: usize = 5;
/// Longest value in characters: with all others it stays far below the 64 KB that GitHub takes.
const PAYLOAD_CHARS_MAX: usize = 1_000;

const KEYS: &[&str] = &[
    "repository",
    "event_type",
    "workflow",
    "branch",
    "channel",
    "payload",
    "repeatable",
];

/// How somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUpCall {
    /// By a `repository_dispatch` of this type.
    Event {
        /// The type.
        event_type: String,
    },
    /// By a `workflow_dispatch` of this file on this branch.
    Workflow {
        /// Its name below `.github/workflows/`.
        file: String,
        /// The branch or tag whose file it is.
        branch: String,
    },
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpSettings {
    /// Whose workflows are told.
    pub repository: ForgeRepository,
    /// How.
    pub call: FollowUpCall,
    /// Only after releases of this channel; none: after all.
    pub channel: Option<Channel>,
    /// What is told beside the version, the tag and the release's address.
    pub payload: BTreeMap<String, String>,
    /// Whether it does no harm twice: then it is sent again where nobody can tell whether it arrived.
    pub repeatable: bool,
}

/// Reads all of them; where the table is absent, none.
pub(super) fn read(document: &mut Document, release: &DeTable<'_>) -> BTreeMap<String, FollowUpSettings> {
    let mut found = BTreeMap::new();
    let Some(entries) = document.table("release.", release, "follow_up") else {
        return found;
    };
    for (key, value) in entries {
        let name = key.get_ref();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=NAME_CHARS_MAX).contains(&name.len()) || !name.bytes().all(is_plain) {
            let message = format!("`{}` is no name of a follow-up", shown(name));
            let remedy = format!("use 1 to {NAME_CHARS_MAX} letters, digits, - and _");
            document.problem_at(key.span(), message, &remedy);
            continue;
        }
        if found.len() == FOLLOW_UPS_MAX {
            let message = format!("there are more than {FOLLOW_UPS_MAX} follow-ups");
            document.problem_at(key.span(), message, "let one workflow do several things");
            break;
        }
        if let Some(settings) = entry(document, name, value) {
            found.insert(name.to_string(), settings);
        }
    }
    found
}

fn entry(document: &mut Document, name: &str, value: &Value<'_>) -> Option<FollowUpSettings> {
    let path = format!("release.follow_up.{name}");
    let Some(table) = value.get_ref().as_table() else {
        let message = format!("`{path}` is {}, expected a table", kind(value));
        document.problem_at(
            value.span(),
            message,
            &format!("write `[{path}]`, and its keys below"),
        );
        return None;
    };
    document.check_keys(&path, table, KEYS);
    let repository = field(document, table, "repository", parsed);
    if !table.contains_key("repository") {
        let message = format!("`{path}` names no repository");
        document.problem_at(value.span(), message, "add `repository = \"owner/name\"`");
    }
    let call = call(document, &path, (table, value));
    let payload = field(document, table, "payload", payload).unwrap_or_default();
    Some(FollowUpSettings {
        channel: field(document, table, "channel", channel),
        repeatable: field(document, table, "repeatable", truth).unwrap_or_default(),
        payload,
        repository: repository?,
        call: call?,
    })
}

fn call(
    document: &mut Document,
    path: &str,
    (table, value): (&DeTable<'_>, &Value<'_>),
) -> Option<FollowUpCall> {
    let event_type = field(document, table, "event_type", event_type);
    let file = field(document, table, "workflow", inner_path);
    let branch = field(document, table, "branch", argument);
    match (table.contains_key("event_type"), table.contains_key("workflow")) {
        (true, false) => Some(FollowUpCall::Event {
            event_type: event_type?,
        }),
        (false, true) => {
            let Some(branch) = branch else {
                let message = format!("`{path}` does not say which branch's workflow is run");
                document.problem_at(value.span(), message, "add `branch = \"main\"`");
                return None;
            };
            let file = file?;
            Some(FollowUpCall::Workflow {
                file: file
                    .strip_prefix(".github/workflows/")
                    .unwrap_or(&file)
                    .to_owned(),
                branch,
            })
        }
        (true, true) | (false, false) => {
            let message = format!("`{path}` needs either `event_type` or `workflow`");
            let remedy =
                "`event_type` sends a repository_dispatch, `workflow` and `branch` a workflow_dispatch";
            document.problem_at(value.span(), message, remedy);
            None
        }
    }
}

fn event_type(document: &mut Document, key: &str, value: &Value<'_>) -> Option<String> {
    let text = text(document, key, value)?;
    let fits = (1..=EVENT_TYPE_CHARS_MAX).contains(&text.chars().count());
    if !fits {
        let message = format!("`{key}` has {} characters", text.chars().count());
        let remedy = format!("GitHub takes 1 to {EVENT_TYPE_CHARS_MAX}");
        document.problem_at(value.span(), message, &remedy);
    }
    fits.then(|| text.to_owned())
}

fn channel(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Channel> {
    match text(document, key, value)? {
        "production" => Some(Channel::Production),
        "prerelease" => Some(Channel::Prerelease),
        other => {
            let message = format!("`{key}`: there is no channel {:?}", shown(other));
            let remedy = "write production or prerelease, or leave it out for both";
            document.problem_at(value.span(), message, remedy);
            None
        }
    }
}

/// Texts by name, none of which is one of ours.
fn payload(document: &mut Document, key: &str, value: &Value<'_>) -> Option<BTreeMap<String, String>> {
    let payload = inputs(document, key, value)?;
    let ours = payload.keys().find(|name| OUR_KEYS.contains(&name.as_str()));
    if let Some(name) = ours {
        let message = format!("`{key}.{}` cannot be sent", shown(name));
        let remedy = format!("these names are ours: {}", OUR_KEYS.join(", "));
        document.problem_at(value.span(), message, &remedy);
        return None;
    }
    Some(payload)
}

/// Texts by name.
pub(super) fn inputs(
    document: &mut Document,
    key: &str,
    value: &Value<'_>,
) -> Option<BTreeMap<String, String>> {
    let Some(table) = value.get_ref().as_table() else {
        let message = format!("`{key}` is {}, expected a table", kind(value));
        document.problem_at(
            value.span(),
            message,
            &format!("write `{key} = {{ name = \"value\" }}`"),
        );
        return None;
    };
    if table.len() > PAYLOAD_KEYS_MAX {
        let message = format!("`{key}` has {} keys", table.len());
        let remedy = format!("at most {PAYLOAD_KEYS_MAX} fit beside our own");
        document.problem_at(value.span(), message, &remedy);
        return None;
    }
    let mut payload = BTreeMap::new();
    for (name, value) in table {
        let said = text(document, &format!("{key}.{}", shown(name.get_ref())), value)?;
        if said.chars().count() > PAYLOAD_CHARS_MAX {
            let message = format!("`{key}.{}` is too long", shown(name.get_ref()));
            let remedy = format!("values have at most {PAYLOAD_CHARS_MAX} characters");
            document.problem_at(value.span(), message, &remedy);
            return None;
        }
        payload.insert(name.get_ref().to_string(), said.to_owned());
    }
    Some(payload)
}

/// What every follow-up is told.
pub(crate) const OUR_KEYS: &[&str] = &["version", "tag", "repository", "release_id", "dispatch_id"];
