//! The App's webhook leads to our door, in the form that it reads, and where nobody listens.

use crate::github::doctor::fact::Question;
use crate::github::doctor::facts::Facts;
use crate::github::doctor::finding::{Code, Finding, Severity};
use github_client::HookConfig;

/// Where our door is below its host.
const DOOR: &str = "/webhooks/github";

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let page = facts.app_page("");
    let question = Question {
        about: "the App's webhook",
        place: (&page, "Webhook"),
        severity: Severity::Error,
        denied: "see that `app_id` and `private_key_path` belong together",
        absent: "tick \"Active\" below \"Webhook\" on this page; without it nothing is told but what is looked for",
    };
    match facts.hook.or_finding(&question) {
        Ok(hook) => judge(hook, &page),
        Err(finding) => vec![finding],
    }
}

fn judge(hook: &HookConfig, page: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |severity, code, message: String, remedy: &str| {
        findings.push(Finding::of_setting(
            (severity, code),
            (page, "Webhook"),
            message,
            remedy,
        ));
    };
    let url = hook.url.as_deref().unwrap_or_default();
    if url.is_empty() {
        say(
            Severity::Error,
            Code::WebhookAddress,
            "the App's webhook has no address".to_owned(),
            "set the webhook's URL on this page to https://YOUR.HOST/webhooks/github",
        );
    } else if !url.trim_end_matches('/').ends_with(DOOR) || url.ends_with('/') {
        say(
            Severity::Error,
            Code::WebhookAddress,
            format!("the App's webhook leads to {url}, and the server listens at {DOOR}"),
            "set the webhook's URL on this page to https://YOUR.HOST/webhooks/github, unless a proxy moves it there",
        );
    }
    if url.starts_with("http://") {
        say(
            Severity::Warning,
            Code::WebhookOpen,
            format!("the App's webhook goes unencrypted to {url}"),
            "put a proxy that speaks TLS before the server, and name it in the webhook's URL",
        );
    } else if hook.takes_any_certificate && !url.is_empty() {
        say(
            Severity::Warning,
            Code::WebhookOpen,
            "GitHub does not look at the certificate of the webhook's address".to_owned(),
            "enable SSL verification below \"Webhook\" on this page",
        );
    }
    let form = hook.content_type.as_deref().unwrap_or("form");
    if form != "json" && !url.is_empty() {
        say(
            Severity::Error,
            Code::WebhookForm,
            format!("the App's webhook sends `{form}`, and the server reads `json`"),
            "choose \"application/json\" as content type, with `gh api --method PATCH /app/hook/config -f content_type=json`",
        );
    }
    findings
}
