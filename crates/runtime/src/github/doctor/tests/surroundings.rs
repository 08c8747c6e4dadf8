//! Webhooks, tags, what is published, clocks, and what an hour has.

use super::*;

#[test]
fn webhooks_lead_to_the_door() {
    fn url(facts: &mut Facts, url: &str) {
        known(&mut facts.hook).url = Some(url.to_owned());
    }
    check(
        |facts| url(facts, ""),
        &[(Error, Code::WebhookAddress, "has no address")],
    );
    check(
        |facts| url(facts, "https://other.example.org/hooks"),
        &[(
            Error,
            Code::WebhookAddress,
            "leads to https://other.example.org/hooks",
        )],
    );
    check(
        |facts| url(facts, "http://governance.example.org/webhooks/github"),
        &[(Warning, Code::WebhookOpen, "unencrypted")],
    );
    check(
        |facts| known(&mut facts.hook).takes_any_certificate = true,
        &[(Warning, Code::WebhookOpen, "SSL verification")],
    );
    check(
        |facts| known(&mut facts.hook).content_type = Some("form".to_owned()),
        &[(Error, Code::WebhookForm, "sends `form`")],
    );
    check(
        |facts| facts.hook = Fact::Absent,
        &[(Error, Code::Absent, "the App's webhook is not there")],
    );
}

#[test]
fn webhooks_arrive() {
    check(
        |facts| known(&mut facts.deliveries).clear(),
        &[(Warning, Code::NoDelivery, "apps/gate/advanced")],
    );
    check(
        |facts| known(&mut facts.deliveries).insert(0, delivery(401, "Invalid HTTP Response: 401")),
        &[(Error, Code::SecretDiffers, "webhook_secret")],
    );
    check(
        |facts| {
            let failed = [
                delivery(502, "Bad Gateway"),
                delivery(0, "timed out"),
                delivery(502, "Bad Gateway"),
            ];
            known(&mut facts.deliveries).extend(failed);
        },
        &[(
            Warning,
            Code::DeliveryFailed,
            "of the last 4 deliveries have failed: 1 with 0 (timed out), 2 with 502 (Bad Gateway)",
        )],
    );
    check(
        |facts| known(&mut facts.deliveries).insert(0, delivery(0, "timed out")),
        &[(Error, Code::DeliveryFailed, "1 with 0 (timed out)")],
    );
    check(
        |facts| facts.deliveries = Fact::Unread("no answer".to_owned()),
        &[(Warning, Code::Unread, "deliveries could not be read")],
    );
}

#[test]
fn there_is_a_plan_and_its_tags_are_there() {
    check(
        |facts| facts.plan = Fact::Known(Err("acme/home has no versions.toml".to_owned())),
        &[(Error, Code::NoPlan, "acme/home has no versions.toml")],
    );
    check(
        |facts| facts.plan = denied(),
        &[(Error, Code::Denied, "the manifest of acme/home")],
    );
    check(
        |facts| {
            facts.workers[0].commit = Fact::Absent;
            facts.workers[0].file_at_tag = Fact::Absent;
        },
        &[(Error, Code::NoTag, "tag v1.0.0 of acme/node is not there")],
    );
}

#[test]
fn tags_of_versions_are_kept() {
    fn ruleset(facts: &mut Facts) -> &mut Ruleset {
        &mut known(&mut facts.repositories[0].tag_rulesets)[0]
    }
    check(
        |facts| {
            ruleset(facts).rules.pop();
        },
        &[(
            Warning,
            Code::TagsUnprotected,
            "acme/home forbids the deletion of",
        )],
    );
    check(
        |facts| known(&mut facts.repositories[0].tag_rulesets).clear(),
        &[(Warning, Code::TagsUnprotected, "the update and deletion of")],
    );
    check(
        |facts| {
            let patterns = RefPatterns {
                include: vec!["refs/tags/nightly-*".to_owned()],
                exclude: Vec::new(),
            };
            ruleset(facts).conditions = Some(RulesetConditions {
                ref_name: Some(patterns),
            });
        },
        &[(Warning, Code::TagsUnprotected, "settings/rules")],
    );
    check(|facts| ruleset(facts).conditions = None, &[]);
    check(
        |facts| facts.repositories[0].tag_rulesets = denied(),
        &[(Warning, Code::Denied, "the rulesets of acme/home")],
    );
}

#[test]
fn what_is_published_stays() {
    check(
        |facts| facts.has_immutable_releases = Fact::Known(false),
        &[(Warning, Code::ReleasesMutable, "Enable release immutability")],
    );
    check(
        |facts| facts.has_immutable_releases = denied(),
        &[(Note, Code::Denied, "administration: read")],
    );
}

#[test]
fn clocks_agree() {
    check(
        |facts| facts.clock_ahead_seconds = Some(-31),
        &[(Error, Code::ClockOff, "31 s behind GitHub's")],
    );
    check(|facts| facts.clock_ahead_seconds = Some(30), &[]);
    check(
        |facts| facts.clock_ahead_seconds = None,
        &[(Note, Code::Unread, "has not told its time")],
    );
}

#[test]
fn the_hour_has_enough_requests() {
    check(
        |facts| known(&mut facts.budget).remaining = Some(74),
        &[(
            Warning,
            Code::BudgetShort,
            "up to 75 requests, and 74 of 5000 are left",
        )],
    );
    check(
        |facts| {
            let budget = known(&mut facts.budget);
            (budget.limit, budget.remaining) = (Some(60), Some(60));
        },
        &[(Error, Code::BudgetShort, "no hour has enough")],
    );
    check(
        |facts| facts.budget = Fact::Unread("no answer".to_owned()),
        &[(Warning, Code::Unread, "the hourly number of requests")],
    );
}
