//! What happened to the branches of a repository, with the times at which it happened.

use super::permissions::Level;
use super::{Call, GitHub, Handled, iso};
use crate::exchange::Answer;
use domain_types::Timestamp;
use serde_json::{Value, json};

/// A change of a branch.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    pub(crate) id: u64,
    /// The whole name of the ref.
    pub(crate) name: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) kind: &'static str,
    pub(crate) actor: String,
    pub(crate) at: Timestamp,
}

/// What stands for a commit where there is none.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// Rows of a page that is not asked for otherwise, and of the largest.
const PAGE_SIZE: usize = 30;
const PAGE_SIZE_MAX: usize = 100;

impl GitHub {
    /// Notes the change of a branch. What kind of a merge it was, whoever merged says afterwards.
    pub(crate) fn note_activity(&mut self, repository: u64, name: &str, before: Option<&str>, actor: &str) {
        if !name.starts_with("refs/heads/") {
            return;
        }
        let (id, at) = (self.id(), self.now);
        let Some(known) = self.repositories.get_mut(&repository) else {
            return;
        };
        let after = known.refs.get(name).cloned();
        let kind = match (before, &after) {
            (None, _) => "branch_creation",
            (Some(_), None) => "branch_deletion",
            (Some(before), Some(after)) if known.objects.is_behind(before, after) => "push",
            (Some(_), Some(_)) => "force_push",
        };
        known.activity.push(Activity {
            id,
            name: name.to_owned(),
            before: before.map(str::to_owned),
            after,
            kind,
            actor: actor.to_owned(),
            at,
        });
    }

    /// Says that the last change of a branch was a merge of this kind.
    pub(crate) fn last_was_merge(&mut self, repository: u64, name: &str, kind: &'static str) {
        let known = self.repositories.get_mut(&repository);
        let mut rows = known
            .into_iter()
            .flat_map(|known| known.activity.iter_mut().rev());
        if let Some(last) = rows.find(|row| row.name == name) {
            last.kind = kind;
        }
    }

    /// The list goes by cursors, newest first unless it is asked for the other way round.
    pub(crate) fn list_activity(&self, call: &Call<'_>, repository: u64) -> Handled {
        self.permit(call, repository, "contents", Level::Read)?;
        let known = self.known(repository)?;
        let is_asked = |row: &&Activity| {
            let short = row.name.trim_start_matches("refs/heads/");
            call.query("ref")
                .is_none_or(|name| name == row.name || name == short)
                && call.query("activity_type").is_none_or(|kind| kind == row.kind)
                && call.query("actor").is_none_or(|actor| actor == row.actor)
        };
        let mut rows: Vec<&Activity> = known.activity.iter().filter(is_asked).collect();
        if call.query("direction") != Some("asc") {
            rows.reverse();
        }
        let number = |name: &str| call.query(name).and_then(|value| value.parse::<u64>().ok());
        let begin = number("after").and_then(|last| rows.iter().position(|row| row.id == last));
        let size = number("per_page").and_then(|size| usize::try_from(size).ok());
        let size = size.unwrap_or(PAGE_SIZE).clamp(1, PAGE_SIZE_MAX);
        let begin = begin.map_or(0, |at| at + 1);
        let page: Vec<&Activity> = rows.iter().skip(begin).take(size).copied().collect();
        let views = page.iter().map(|row| self.activity_view(row)).collect();
        let mut answer = Answer::json(200, &Value::Array(views));
        if let (Some(last), true) = (page.last(), begin + page.len() < rows.len()) {
            answer.header(
                "link",
                &format!("<{}>; rel=\"next\"", self.activity_page(call, last.id)),
            );
        }
        Ok(answer)
    }

    fn activity_page(&self, call: &Call<'_>, after: u64) -> String {
        let others = call.request.query.iter().filter(|(name, _)| name != "after");
        let encoded = super::call::encoded;
        let mut query: Vec<String> = others
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        query.push(format!("after={after}"));
        format!("{}{}?{}", self.api, call.request.path, query.join("&"))
    }

    fn activity_view(&self, row: &Activity) -> Value {
        json!({
            "id": row.id,
            "node_id": format!("PUA_{}", row.id),
            "before": row.before.as_deref().unwrap_or(NO_COMMIT),
            "after": row.after.as_deref().unwrap_or(NO_COMMIT),
            "ref": row.name,
            "timestamp": iso(row.at),
            "activity_type": row.kind,
            "actor": self.user_view(&row.actor),
        })
    }
}
