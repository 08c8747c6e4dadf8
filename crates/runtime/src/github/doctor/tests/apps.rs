//! Apps, what they may do, and where they are installed.

use super::*;

/// The same with two Apps, of which one may write contents, in the home alone.
fn of_two(facts: &mut Facts) {
    facts.apps = vec![app(Role::Gate, APP, "gate"), app(Role::Release, 13, "release")];
    for repository in &mut facts.repositories {
        repository.reached = vec![reach(7, Role::Gate)];
    }
    facts.repositories[0].reached.push(reach(8, Role::Release));
}

#[test]
fn of_two_apps_each_may_do_its_part_and_no_more() {
    check(of_two, &[]);
    check(
        |facts| {
            of_two(facts);
            known(&mut facts.apps[1].app).id = 14;
        },
        &[(Error, Code::AppForeign, "[github.release]")],
    );
    check(
        |facts| {
            of_two(facts);
            let permissions = &mut known(&mut facts.apps[1].app).permissions;
            permissions.insert("actions".to_owned(), "write".to_owned());
            permissions.insert("contents".to_owned(), "read".to_owned());
            let accepted = permissions.clone();
            known(&mut facts.repositories[0].reached[1].installation).permissions = accepted;
        },
        &[
            (
                Error,
                Code::PermissionMissing,
                "the App of [github.release] asks for `contents: read`",
            ),
            (Warning, Code::PermissionBeyond, "apps/release/permissions"),
        ],
    );
    // The gate does not have to write, and should not.
    check(
        |facts| {
            of_two(facts);
            let permissions = &mut known(&mut facts.apps[0].app).permissions;
            permissions.insert("contents".to_owned(), "write".to_owned());
            let accepted = permissions.clone();
            known(&mut facts.repositories[0].reached[0].installation).permissions = accepted;
        },
        &[(
            Warning,
            Code::PermissionBeyond,
            "the gate's App asks for `contents: write`",
        )],
    );
    check(
        |facts| {
            of_two(facts);
            facts.repositories[0].reached[1].installation = Fact::Absent;
        },
        &[(
            Error,
            Code::NotInstalled,
            "the App of [github.release] is not installed on acme/home",
        )],
    );
}

#[test]
fn who_is_told_of_a_release_is_reached_and_keeps_nobody_from_it() {
    fn told(facts: &mut Facts) -> &mut RepositoryFacts {
        facts.repositories.push(RepositoryFacts {
            is_told: true,
            tag_rulesets: Fact::Known(Vec::new()),
            ..repository("website")
        });
        facts.repositories.last_mut().unwrap()
    }
    check(|facts| _ = told(facts), &[]);
    check(
        |facts| {
            let reach = &mut told(facts).reached[0];
            reach.severity = Warning;
            reach.installation = Fact::Absent;
        },
        &[(
            Warning,
            Code::NotInstalled,
            "the App is not installed on acme/website",
        )],
    );
}

#[test]
fn the_app_is_ours_and_may_do_what_it_must() {
    check(
        |facts| known(&mut facts.apps[0].app).id = 13,
        &[(
            Error,
            Code::AppForeign,
            "the key is of App 13 (gate), and App 12 is configured",
        )],
    );
    check(
        |facts| facts.apps[0].app = Fact::Denied("Bad credentials".to_owned()),
        &[(Error, Code::AppRefused, "Bad credentials")],
    );
    // A clock that is off is a reason to be refused.
    check(
        |facts| {
            facts.apps[0].app = denied();
            facts.clock_ahead_seconds = Some(90);
        },
        &[
            (Error, Code::AppRefused, "accept us"),
            (Error, Code::ClockOff, "90 s ahead of"),
        ],
    );
    check(
        |facts| facts.apps[0].app = Fact::Unread("no answer".to_owned()),
        &[(Error, Code::Unread, "no answer")],
    );
    check(
        |facts| {
            let permissions = &mut known(&mut facts.apps[0].app).permissions;
            permissions.insert("contents".to_owned(), "read".to_owned());
            permissions.remove("statuses");
        },
        &[
            (
                Error,
                Code::PermissionMissing,
                "`contents: read`, and `write` is needed",
            ),
            (Warning, Code::PermissionMissing, "`statuses: none`"),
        ],
    );
    check(
        |facts| {
            let permissions = &mut known(&mut facts.apps[0].app).permissions;
            permissions.insert("administration".to_owned(), "write".to_owned());
            permissions.remove("checks");
            let accepted = permissions.clone();
            known(&mut facts.repositories[0].reached[0].installation).permissions = accepted;
        },
        &[
            (Warning, Code::PermissionBeyond, "`administration: write`"),
            (Note, Code::PermissionMissing, "checks: write"),
        ],
    );
    check(
        |facts| known(&mut facts.apps[0].app).events.clear(),
        &[
            (Error, Code::EventMissing, "a pushed tag would start no release"),
            (Warning, Code::EventMissing, "`workflow_run`"),
            (Warning, Code::EventMissing, "`workflow_job`"),
            (Note, Code::PermissionMissing, "event pull_request"),
        ],
    );
}

#[test]
fn the_app_is_where_the_plan_is() {
    check(
        |facts| facts.repositories[1].reached[0].installation = Fact::Absent,
        &[(Error, Code::NotInstalled, "not installed on acme/node")],
    );
    check(
        |facts| facts.repositories[1].reached[0].installation = Fact::Unread("no answer".to_owned()),
        &[(Error, Code::Unread, "acme/node is not known: no answer")],
    );
    // One installation, however many repositories it reaches.
    check(
        |facts| {
            for repository in &mut facts.repositories {
                known(&mut repository.reached[0].installation).suspended_at =
                    Some(domain_types::Timestamp::from_seconds(1));
                repository.info = denied();
            }
            facts.plan = denied();
            facts.budget = denied();
            facts.has_immutable_releases = denied();
            facts.workers.clear();
        },
        &[(Error, Code::Suspended, "acme/settings/installations")],
    );
    check(
        |facts| {
            let accepted = &mut known(&mut facts.repositories[0].reached[0].installation).permissions;
            accepted.insert("contents".to_owned(), "read".to_owned());
            accepted.remove("checks");
        },
        &[
            (Warning, Code::PermissionNotAccepted, "`checks: write`"),
            (Error, Code::PermissionNotAccepted, "`contents: write`"),
        ],
    );
}
