//! Stored bytes: versioned JSON, written in one place. A new shape gets a new version and keeps reading the old ones.

use crate::RuntimeError;
use orchestrator::{Command, Event, Fact, Header, Node, ReleaseSpec, State};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version that is written today.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    body: T,
}

/// A whole state, for snapshots.
#[derive(Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) spec: ReleaseSpec,
    pub(crate) header: Header,
    pub(crate) nodes: Vec<(domain_types::NodeId, Node)>,
}

impl Snapshot {
    pub(crate) fn of(state: &State) -> Option<Self> {
        Some(Self {
            spec: state.spec()?.clone(),
            header: state.header().clone(),
            nodes: state
                .nodes()
                .map(|(spec, node)| (spec.id.clone(), node.clone()))
                .collect(),
        })
    }
}

/// Something that is stored as text.
pub(crate) trait Stored: Serialize + DeserializeOwned {
    const WHAT: &'static str;
}

impl Stored for Event {
    const WHAT: &'static str = "event";
}
impl Stored for Vec<Fact> {
    const WHAT: &'static str = "facts";
}
impl Stored for Command {
    const WHAT: &'static str = "command";
}
impl Stored for Header {
    const WHAT: &'static str = "release";
}
impl Stored for Node {
    const WHAT: &'static str = "build";
}
impl Stored for Snapshot {
    const WHAT: &'static str = "snapshot";
}

pub(crate) fn encode<T: Stored>(body: &T) -> Result<String, RuntimeError> {
    serde_json::to_string(&Versioned { v: VERSION, body }).map_err(|source| RuntimeError::Encode {
        what: T::WHAT,
        source,
    })
}

pub(crate) fn decode<T: Stored>(text: &str) -> Result<T, RuntimeError> {
    let decoded = |source| RuntimeError::Decode {
        what: T::WHAT,
        source,
    };
    // Read once: only what does not fit is looked at again, for it may be of another version.
    let versioned = serde_json::from_str::<Versioned<T>>(text);
    let version = match &versioned {
        Ok(versioned) => versioned.v,
        Err(_) => serde_json::from_str::<OnlyVersion>(text).map_err(decoded)?.v,
    };
    if version != VERSION {
        return Err(RuntimeError::UnknownVersion {
            what: T::WHAT,
            version,
        });
    }
    Ok(versioned.map_err(decoded)?.body)
}

#[derive(Deserialize)]
struct OnlyVersion {
    v: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_event_reads_back_and_a_newer_one_is_refused_by_name() {
        let event = Event::Pause {
            actor: "operator".to_owned(),
        };
        let text = encode(&event).unwrap();
        assert_eq!(text, r#"{"v":1,"body":{"event":"pause","actor":"operator"}}"#);
        assert_eq!(decode::<Event>(&text).unwrap(), event);
        let newer = text.replace("\"v\":1", "\"v\":2");
        assert!(matches!(
            decode::<Event>(&newer),
            Err(RuntimeError::UnknownVersion {
                what: "event",
                version: 2
            })
        ));
    }
}
