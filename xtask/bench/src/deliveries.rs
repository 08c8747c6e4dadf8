//! Webhooks as GitHub sends them, of a repository that is nobody's: nothing follows from them but that they were taken.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::Full;
use hyper::Request;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the receivers are told to check signatures with.
pub(crate) const SECRET: &str = "Hm4%tR8!xB2&qW6?";

/// Where they take webhooks.
pub(crate) const PATH: &str = "/webhooks/github";

/// Bytes of a body, more or less: what GitHub sends of a run.
pub(crate) const BODY_BYTES: usize = 15_000;

/// Bodies that differ; deliveries take them by turns, since signing is not what is measured.
const BODIES: usize = 64;

/// Signed bodies, and numbers for deliveries that no other delivery of this process has.
#[derive(Debug)]
pub(crate) struct Deliveries {
    bodies: Vec<(Bytes, String)>,
    next: AtomicU64,
}

impl Deliveries {
    /// Makes and signs the bodies.
    pub(crate) fn make() -> Result<Self> {
        let bodies = (0..BODIES).map(|number| {
            let body = body(number).to_string();
            let signature = sign(body.as_bytes())?;
            Ok((Bytes::from(body), signature))
        });
        Ok(Self {
            bodies: bodies.collect::<Result<_>>()?,
            next: AtomicU64::new(0),
        })
    }

    /// The next delivery, for the receiver at this address.
    pub(crate) fn next(&self, host: &str) -> Result<Request<Full<Bytes>>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let index = usize::try_from(number)? % self.bodies.len();
        let (body, signature) = self.bodies.get(index).context("there are no bodies")?;
        let request = Request::post(PATH)
            .header("Host", host)
            .header("User-Agent", "GitHub-Hookshot/bench")
            .header("Content-Type", "application/json")
            .header(
                "X-GitHub-Delivery",
                format!("00000000-0000-4000-8000-{number:012x}"),
            )
            .header("X-GitHub-Event", "workflow_run")
            .header("X-Hub-Signature-256", signature);
        Ok(request.body(Full::new(body.clone()))?)
    }
}

fn sign(body: &[u8]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
    mac.update(body);
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// A run that ended, with as many addresses as make up the length: most of a payload is addresses.
fn body(number: usize) -> Value {
    let mut addresses = Map::new();
    let mut bytes = 0;
    while bytes < BODY_BYTES {
        let name = format!("resource_{:03}_url", addresses.len());
        let address = format!("https://api.github.com/repos/nobody/elsewhere-{number}/{name}{{/sha}}");
        bytes += name.len() + address.len() + "\"\":\"\",".len();
        addresses.insert(name, address.into());
    }
    json!({
        "action": "completed",
        "workflow_run": {
            "id": 1_000_000 + number,
            "display_title": "Correct a word",
            "status": "completed",
            "conclusion": "success",
        },
        "repository": { "full_name": format!("nobody/elsewhere-{number}"), "addresses": addresses },
        "installation": { "id": 1 },
        "sender": { "login": "somebody" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_as_long_as_is_said_and_differ() -> Result<()> {
        let deliveries = Deliveries::make()?;
        for pair in deliveries.bodies.windows(2) {
            assert!(
                pair[0].0.len().abs_diff(BODY_BYTES) < BODY_BYTES / 20,
                "{}",
                pair[0].0.len()
            );
            assert_ne!(pair[0], pair[1]);
        }
        Ok(())
    }

    /// Computed by `printf %s '{"a":1}' | openssl dgst -sha256 -hmac 'Hm4%tR8!xB2&qW6?'`.
    #[test]
    fn signatures_are_those_of_openssl() -> Result<()> {
        assert_eq!(
            sign(br#"{"a":1}"#)?,
            "sha256=474bd937e312d24bd5bbfea3fcec656aaf66cb60db5102977e28508c381d11f9"
        );
        Ok(())
    }
}
