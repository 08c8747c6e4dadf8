//! What a token may do, beside what the steps need: neither more nor less.

use super::Findings;
use super::needs::{self, Needs};
use crate::{Access, Code, Grant, Job, Permissions, Place, Severity, Text, Workflow};

pub(super) fn check(workflow: &Workflow, findings: &mut Findings<'_>) {
    let mut inherited = Needs::default();
    for job in &workflow.jobs {
        let needs = needs::of_job(workflow, job);
        let path = format!("jobs.{}.permissions", job.id.value);
        match &job.permissions {
            Some(permissions) => {
                narrow(findings, (permissions, &path), &needs, job);
                wide(findings, (permissions, &path), &needs);
            }
            None => {
                inherited.join(&needs);
                if let Some(permissions) = &workflow.permissions {
                    narrow(findings, (permissions, "permissions"), &needs, job);
                }
            }
        }
    }
    let inherits = workflow.jobs.iter().any(|job| job.permissions.is_none());
    match &workflow.permissions {
        Some(permissions) => wide(findings, (permissions, "permissions"), &inherited),
        None if inherits => unsaid(workflow, findings, &inherited),
        None => {}
    }
}

/// Nothing is said: the token may do what the repository's settings say, which can be everything.
fn unsaid(workflow: &Workflow, findings: &mut Findings<'_>, needs: &Needs) {
    let place = workflow
        .triggers
        .first()
        .map_or(Place::START, |trigger| trigger.event.place);
    let scopes: Vec<String> = needs
        .scopes
        .iter()
        .map(|(scope, (access, _))| format!("{scope}: {}", word(*access)))
        .collect();
    findings.add(
        (Severity::Warning, Code::PermissionsWide),
        (place, "permissions"),
        "no `permissions`: the token may do whatever the repository's settings allow".to_owned(),
        &format!(
            "say what is needed at the top: `permissions: {{{}}}`",
            scopes.join(", ")
        ),
    );
}

fn narrow(findings: &mut Findings<'_>, (permissions, path): (&Permissions, &str), needs: &Needs, job: &Job) {
    for (scope, (access, by)) in &needs.scopes {
        if granted(&permissions.grant, scope) >= *access {
            continue;
        }
        let access = word(*access);
        let place = scope_place(permissions, scope);
        findings.add(
            (Severity::Error, Code::PermissionsNarrow),
            (place, &format!("{path}.{scope}")),
            format!(
                "`{by}` in job `{}` needs `{scope}: {access}`, which is not granted",
                job.id.value
            ),
            &format!("grant `{scope}: {access}` to that job"),
        );
    }
}

fn wide(findings: &mut Findings<'_>, (permissions, path): (&Permissions, &str), needs: &Needs) {
    match &permissions.grant {
        Grant::Scopes(scopes) => {
            for (scope, access) in scopes {
                wide_scope(findings, (scope, *access, path), needs);
            }
        }
        Grant::ReadAll => whole(findings, (permissions, path), ("read-all", Severity::Warning)),
        Grant::WriteAll => whole(findings, (permissions, path), ("write-all", Severity::Error)),
    }
}

fn whole(
    findings: &mut Findings<'_>,
    (permissions, path): (&Permissions, &str),
    (grant, severity): (&str, Severity),
) {
    findings.add(
        (severity, Code::PermissionsWide),
        (permissions.place, path),
        format!("`{grant}` grants every scope"),
        "name the scopes that are needed, such as `contents: read`",
    );
}

/// More than is needed: to change where looking is enough is an error, unless something may need it that is not known here.
fn wide_scope(findings: &mut Findings<'_>, (scope, access, path): (&Text, Access, &str), needs: &Needs) {
    let needed = needs.access(&scope.value);
    if access <= needed {
        return;
    }
    let severity = match access {
        Access::Write if !needs.more_is_possible => Severity::Error,
        Access::Write | Access::Read | Access::None => Severity::Warning,
    };
    if access == Access::Read && needs.more_is_possible {
        return;
    }
    let reason = match needs.more_is_possible {
        true => "as far as the steps tell; an action or command that is not known here gets the token too",
        false => "by all that the steps do",
    };
    let message = format!(
        "`{}: {}` is more than is needed {reason}",
        scope.value,
        word(access)
    );
    let remedy = match needed {
        Access::None => "leave it out".to_owned(),
        Access::Read | Access::Write => format!("grant `{}: {}`", scope.value, word(needed)),
    };
    findings.add(
        (severity, Code::PermissionsWide),
        (scope.place, &format!("{path}.{}", scope.value)),
        message,
        &remedy,
    );
}

fn granted(grant: &Grant, scope: &str) -> Access {
    match grant {
        // `read-all` does not grant the identity token, which can only be written.
        Grant::ReadAll => Access::Read,
        Grant::WriteAll => Access::Write,
        Grant::Scopes(scopes) => scopes
            .iter()
            .find(|(known, _)| known.value == scope)
            .map_or(Access::None, |(_, access)| *access),
    }
}

fn scope_place(permissions: &Permissions, scope: &str) -> Place {
    let named = match &permissions.grant {
        Grant::Scopes(scopes) => scopes.iter().find(|(known, _)| known.value == scope),
        Grant::ReadAll | Grant::WriteAll => None,
    };
    named.map_or(permissions.place, |(known, _)| known.place)
}

fn word(access: Access) -> &'static str {
    match access {
        Access::None => "none",
        Access::Read => "read",
        Access::Write => "write",
    }
}
