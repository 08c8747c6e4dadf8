//! Webhooks on their way: signed, sent once, remembered for three days, and sent again only when asked.

use super::{Call, Due, Effect, GitHub, Handled, iso};
use crate::exchange::Answer;
use crate::faults::{DELAY_SECONDS_MAX, REORDER_SECONDS_MAX};
use crate::truth::Happened;
use bytes::Bytes;
use domain_types::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use serde_json::{Map, Value, json};
use sha2::Sha256;

/// For how long a delivery can be seen and sent again, in seconds: three days.
const KEPT_SECONDS: u64 = 3 * 24 * 3_600;

/// One attempt to deliver a webhook.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    id: u64,
    guid: String,
    app: u64,
    event: String,
    action: Option<String>,
    installation: Option<u64>,
    repository: Option<u64>,
    body: Bytes,
    is_redelivery: bool,
    /// What came back, once something did.
    outcome: Option<(Timestamp, Reception)>,
    is_lost: bool,
    is_recorded: bool,
}

/// What became of a webhook at its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reception {
    /// The status of the answer; 0 if there was none.
    pub status: u16,
    /// The body of the answer, or why there was none.
    pub body: String,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// What a webhook is about, before it is known who hears of it.
pub(crate) struct Notice<'a> {
    pub(crate) event: &'a str,
    pub(crate) account: &'a str,
    pub(crate) repository: Option<u64>,
    pub(crate) payload: Value,
}

impl GitHub {
    /// Sends a notice to every App that is installed there and listens, and only to `only` if it is given.
    pub(crate) fn notify(&mut self, notice: &Notice<'_>, only: Option<u64>) {
        let listens = |app: &super::App| {
            app.webhook.is_some()
                && match only {
                    Some(one) => one == app.id,
                    None => app.events.contains(notice.event),
                }
        };
        let hearers: Vec<(u64, u64)> = self
            .apps
            .values()
            .filter(|app| listens(app))
            .filter_map(|app| {
                let repository = notice.repository.and_then(|id| self.repositories.get(&id));
                let installation = match repository {
                    Some(repository) => self.reaching(app.id, repository),
                    None => self.installation_on(app.id, notice.account),
                };
                Some((app.id, installation?))
            })
            .collect();
        for (app, installation) in hearers {
            let mut payload = notice.payload.clone();
            if payload["installation"].is_null() {
                payload["installation"] = json!({"id": installation, "node_id": format!("I_{installation}")});
            }
            let delivery = Delivery {
                id: self.id(),
                guid: self.random.guid(),
                app,
                event: notice.event.to_owned(),
                action: payload["action"].as_str().map(str::to_owned),
                installation: Some(installation),
                repository: notice.repository,
                body: payload.to_string().into(),
                is_redelivery: false,
                outcome: None,
                is_lost: false,
                is_recorded: true,
            };
            self.dispatch_delivery(delivery);
        }
    }

    /// Puts a first delivery on its way, with what may go wrong there.
    fn dispatch_delivery(&mut self, mut delivery: Delivery) {
        let on = format!("{} {}", delivery.event, delivery.guid);
        let mut at = self.now;
        if self.random.chance(self.faults.webhook_unrecorded) {
            self.fault("webhook_unrecorded", &on);
            delivery.is_recorded = false;
            delivery.is_lost = true;
        } else if self.random.chance(self.faults.webhook_lost) {
            self.fault("webhook_lost", &on);
            delivery.is_lost = true;
        }
        if self.random.chance(self.faults.webhook_delayed) {
            self.fault("webhook_delayed", &on);
            let seconds = self.random.below(DELAY_SECONDS_MAX);
            at = self.after(seconds);
        } else if self.random.chance(self.faults.webhook_reordered) {
            self.fault("webhook_reordered", &on);
            let seconds = self.random.below(REORDER_SECONDS_MAX) + 1;
            at = self.after(seconds);
        }
        if self.random.chance(self.faults.webhook_repeated) {
            self.fault("webhook_repeated", &on);
            let mut again = delivery.clone();
            again.id = self.id();
            self.enqueue(again, at);
        }
        self.enqueue(delivery, at);
    }

    fn enqueue(&mut self, delivery: Delivery, at: Timestamp) {
        self.schedule(at, Due::Delivery(delivery.id));
        self.deliveries.insert(delivery.id, delivery);
    }

    pub(crate) fn send_delivery(&mut self, id: u64) {
        let Some(delivery) = self.deliveries.get(&id).cloned() else {
            return;
        };
        let app = self.apps.get(&delivery.app);
        let Some(webhook) = app.and_then(|app| app.webhook.clone()) else {
            return;
        };
        if delivery.is_lost {
            let reception = Reception {
                status: 0,
                body: "timed out".to_owned(),
                milliseconds: 10_000,
            };
            return self.received(id, reception);
        }
        self.effects.push(Effect::Send {
            delivery: id,
            url: webhook.url,
            headers: headers_of(&delivery, &webhook.secret),
            body: delivery.body,
        });
    }

    /// Tells what a receiver said to a webhook.
    pub fn received(&mut self, id: u64, reception: Reception) {
        let now = self.now;
        let Some(delivery) = self.deliveries.get_mut(&id) else {
            return;
        };
        let status = reception.status;
        delivery.outcome = Some((now, reception));
        let what = Happened::WebhookSent {
            app: delivery.app,
            guid: delivery.guid.clone(),
            event: delivery.event.clone(),
            status,
        };
        self.happened(what);
    }

    pub(crate) fn route_deliveries(&mut self, call: &Call<'_>, app: u64, rest: &[&str]) -> Handled {
        match rest {
            [] if call.request.method == Method::GET => Ok(self.list_deliveries(call, app)),
            [id] if call.request.method == Method::GET => {
                let delivery = self.kept_delivery(app, Call::number(id)?)?;
                Ok(Answer::json(200, &self.whole_delivery(delivery)))
            }
            [id, "attempts"] if call.request.method == Method::POST => {
                let mut again = self.kept_delivery(app, Call::number(id)?)?.clone();
                again.id = self.id();
                again.is_redelivery = true;
                again.is_lost = false;
                again.outcome = None;
                let now = self.now;
                self.enqueue(again, now);
                Ok(Answer::json(202, &json!({})))
            }
            _ => Err(Answer::not_found()),
        }
    }

    fn kept_delivery(&self, app: u64, id: u64) -> Result<&Delivery, Answer> {
        self.deliveries
            .get(&id)
            .filter(|delivery| delivery.app == app && self.is_kept(delivery))
            .ok_or_else(Answer::not_found)
    }

    fn is_kept(&self, delivery: &Delivery) -> bool {
        let is_young = |at: Timestamp| self.now.milliseconds_since(at) < KEPT_SECONDS * 1000;
        delivery.is_recorded && delivery.outcome.as_ref().is_some_and(|(at, _)| is_young(*at))
    }

    /// The list goes by cursors, not by pages.
    fn list_deliveries(&self, call: &Call<'_>, app: u64) -> Answer {
        const PAGE_SIZE: usize = 30;
        let size = call.query("per_page").and_then(|size| size.parse().ok());
        let size: usize = size.unwrap_or(PAGE_SIZE).clamp(1, 100);
        let before = call
            .query("cursor")
            .and_then(|cursor| cursor.trim_start_matches("v1_").parse::<u64>().ok());
        let is_failed = |delivery: &Delivery| {
            let status = delivery.outcome.as_ref().map_or(0, |(_, outcome)| outcome.status);
            !(200..400).contains(&status)
        };
        let wanted = call.query("status");
        let mut found = self.deliveries.values().rev().filter(|delivery| {
            delivery.app == app
                && self.is_kept(delivery)
                && before.is_none_or(|before| delivery.id < before)
                && wanted.is_none_or(|wanted| is_failed(delivery) == (wanted == "failure"))
        });
        let page: Vec<&Delivery> = found.by_ref().take(size).collect();
        let has_more = found.next().is_some();
        let views = page.iter().map(|delivery| summary(delivery)).collect();
        let mut answer = Answer::json(200, &Value::Array(views));
        if let (true, Some(last)) = (has_more, page.last()) {
            let status = wanted.map_or_else(String::new, |wanted| format!("&status={wanted}"));
            let url = format!("{}/app/hook/deliveries", self.api);
            let link = format!(
                "<{url}?per_page={size}{status}&cursor=v1_{}>; rel=\"next\"",
                last.id
            );
            answer.header("link", &link);
        }
        answer
    }

    fn whole_delivery(&self, delivery: &Delivery) -> Value {
        let mut view = summary(delivery);
        let webhook = self.apps.get(&delivery.app).and_then(|app| app.webhook.as_ref());
        let secret = webhook.map(|webhook| webhook.secret.clone()).unwrap_or_default();
        let headers: Map<String, Value> = headers_of(delivery, &secret)
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        let payload: Value = serde_json::from_slice(&delivery.body).unwrap_or(Value::Null);
        let answered = delivery
            .outcome
            .as_ref()
            .map(|(_, outcome)| outcome.body.as_str());
        view["url"] = json!(webhook.map(|webhook| webhook.url.as_str()));
        view["request"] = json!({"headers": headers, "payload": payload});
        view["response"] = json!({"headers": {}, "payload": answered});
        view
    }
}

fn summary(delivery: &Delivery) -> Value {
    let (at, status, milliseconds, body) = match &delivery.outcome {
        Some((at, outcome)) => (*at, outcome.status, outcome.milliseconds, outcome.body.as_str()),
        None => (Timestamp::from_seconds(0), 0, 0, ""),
    };
    let words = match status {
        200..300 => "OK",
        0 => body,
        _ => "Invalid HTTP Response",
    };
    json!({
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": iso(at),
        "redelivery": delivery.is_redelivery,
        "duration": milliseconds / 1000,
        "status": words,
        "status_code": status,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation,
        "repository_id": delivery.repository,
        "throttled_at": null,
    })
}

/// The headers of a webhook. What is sent again carries the same GUID.
fn headers_of(delivery: &Delivery, secret: &str) -> Vec<(String, String)> {
    let pairs = [
        ("content-type", "application/json".to_owned()),
        ("user-agent", "GitHub-Hookshot/5112a11".to_owned()),
        ("x-github-event", delivery.event.clone()),
        ("x-github-delivery", delivery.guid.clone()),
        ("x-github-hook-id", delivery.app.to_string()),
        ("x-github-hook-installation-target-id", delivery.app.to_string()),
        ("x-github-hook-installation-target-type", "integration".to_owned()),
        ("x-hub-signature-256", signature(&delivery.body, secret)),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What GitHub writes into `X-Hub-Signature-256`.
pub(crate) fn signature(body: &[u8], secret: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    let code = mac.finalize().into_bytes();
    let hex: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}
