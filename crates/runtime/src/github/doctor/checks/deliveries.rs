//! Webhooks arrive. GitHub remembers what each delivery was answered; our door answers 401 exactly where the signature is made with
//! another secret than its own.

use crate::github::doctor::fact::Question;
use crate::github::doctor::facts::Facts;
use crate::github::doctor::finding::{Code, Finding, Severity};
use github_client::Delivery;
use std::collections::BTreeMap;

/// What the door says to a signature that it does not know.
const UNSIGNED: u16 = 401;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let page = facts.app_page("advanced");
    let question = Question {
        about: "the App's deliveries",
        place: (&page, "Recent Deliveries"),
        severity: Severity::Warning,
        denied: "see that `app_id` and `private_key_path` belong together",
        absent: "set up the App's webhook",
    };
    match facts.deliveries.or_finding(&question) {
        Ok(deliveries) => judge(deliveries, question.place).into_iter().collect(),
        Err(finding) => vec![finding],
    }
}

fn judge(deliveries: &[Delivery], place: (&str, &str)) -> Option<Finding> {
    let Some(newest) = deliveries.first() else {
        return Some(Finding::of_setting(
            (Severity::Warning, Code::NoDelivery),
            place,
            "GitHub has delivered nothing in the last days: nobody knows whether webhooks arrive",
            "redeliver the ping on this page, or push a branch, and look again",
        ));
    };
    if newest.status_code == UNSIGNED {
        return Some(Finding::of_setting(
            (Severity::Error, Code::SecretDiffers),
            place,
            "the newest delivery was refused with 401: GitHub signs with another secret than ours",
            "set the same secret in the App's settings and as `webhook_secret` in [github], then redeliver on this page",
        ));
    }
    let mut failed: BTreeMap<(u16, &str), usize> = BTreeMap::new();
    for delivery in deliveries.iter().filter(|delivery| has_failed(delivery)) {
        *failed
            .entry((delivery.status_code, delivery.status.as_str()))
            .or_default() += 1;
    }
    if failed.is_empty() {
        return None;
    }
    let shown: Vec<String> = failed
        .iter()
        .map(|((code, words), count)| format!("{count} with {code} ({words})"))
        .collect();
    let severity = match has_failed(newest) {
        true => Severity::Error,
        false => Severity::Warning,
    };
    Some(Finding::of_setting(
        (severity, Code::DeliveryFailed),
        place,
        format!(
            "of the last {} deliveries have failed: {}",
            deliveries.len(),
            shown.join(", ")
        ),
        "see that the server runs and that GitHub reaches it; 0 means that nobody answered within ten seconds",
    ))
}

fn has_failed(delivery: &Delivery) -> bool {
    !(200..300).contains(&delivery.status_code)
}
