//! A delivery: its payload with what every payload may have. Unknown events pass; a known one that does not fit is set aside.

use super::Payload;
use crate::Actor;
use serde::Deserialize;

/// A webhook delivery, read. Nothing in it is checked against anything but its form.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// `X-GitHub-Event`.
    pub event: String,
    /// The action within the event.
    pub action: Option<String>,
    /// The repository that it is about.
    pub repository: Option<RepositoryRef>,
    /// Who did what it tells of.
    pub sender: Option<Actor>,
    /// The number of the installation that it is sent for.
    pub installation_id: Option<u64>,
    /// What it tells.
    pub payload: Payload,
}

/// A repository as payloads name it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositoryRef {
    /// Its number.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
    /// Its default branch, where that is told.
    #[serde(default)]
    pub default_branch: Option<String>,
}

impl RepositoryRef {
    /// Owner and name; none if the full name is not two names.
    pub fn owner_and_name(&self) -> Option<(&str, &str)> {
        self.full_name
            .split_once('/')
            .filter(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'))
    }
}

/// Why a body is no delivery.
#[derive(Debug, thiserror::Error)]
pub enum UnfitDelivery {
    /// It is no JSON object.
    #[error("the payload is no JSON object: {reason}")]
    NotJson {
        /// What is wrong with it.
        reason: String,
    },
    /// The event is known, and its payload is not like it.
    #[error("the payload is not that of a {event}: {reason}")]
    NotOfItsEvent {
        /// The event.
        event: String,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize, Default)]
struct Envelope {
    action: Option<String>,
    repository: Option<RepositoryRef>,
    sender: Option<Actor>,
    installation: Option<InstallationRef>,
}

#[derive(Deserialize)]
struct InstallationRef {
    id: u64,
}

impl Delivery {
    /// Reads the body of an event.
    ///
    /// # Errors
    ///
    /// [`UnfitDelivery`]. An event that is not known is none: its payload is [`Payload::Unknown`].
    pub fn read(event: &str, body: &[u8]) -> Result<Self, UnfitDelivery> {
        // Read once as nothing in particular, so that "no JSON" and "not of its event" are told apart.
        serde_json::from_slice::<serde::de::IgnoredAny>(body).map_err(not_json)?;
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(UnfitDelivery::NotJson {
                reason: "it is another value".to_owned(),
            });
        }
        let unfit = |error: serde_json::Error| UnfitDelivery::NotOfItsEvent {
            event: event.to_owned(),
            reason: error.to_string(),
        };
        let payload = Payload::read(event, body).map_err(unfit)?;
        let envelope = match serde_json::from_slice::<Envelope>(body) {
            Ok(envelope) => envelope,
            Err(_) if payload == Payload::Unknown => Envelope::default(),
            Err(error) => return Err(unfit(error)),
        };
        Ok(Self {
            event: event.to_owned(),
            action: envelope.action,
            repository: envelope.repository,
            sender: envelope.sender,
            installation_id: envelope.installation.map(|installation| installation.id),
            payload,
        })
    }
}

fn not_json(error: serde_json::Error) -> UnfitDelivery {
    UnfitDelivery::NotJson {
        reason: error.to_string(),
    }
}
