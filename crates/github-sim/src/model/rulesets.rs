//! Rulesets: what a repository demands of its branches and tags, as its owner set it.

use super::permissions::Level;
use super::{Call, GitHub, Handled, iso};
use crate::exchange::Answer;
use http::Method;
use serde_json::{Value, json};

/// A ruleset.
#[derive(Debug, Clone)]
pub(crate) struct Ruleset {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// `branch` or `tag`.
    pub(crate) target: String,
    /// `active`, `evaluate` or `disabled`.
    pub(crate) enforcement: String,
    /// The whole names of refs, or `~ALL` or `~DEFAULT_BRANCH`.
    pub(crate) include: Vec<String>,
    pub(crate) rules: Vec<Value>,
    pub(crate) bypass: Vec<Value>,
}

/// A status or check that a branch demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequiredCheck {
    pub(crate) context: String,
    /// The App that must say it; anybody if none.
    pub(crate) app: Option<u64>,
}

impl GitHub {
    pub(crate) fn route_rulesets(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        if call.request.method != Method::GET {
            return self.create_ruleset(call, repository);
        }
        self.permit(call, repository, "metadata", Level::Read)?;
        let known = self.known(repository)?;
        match rest {
            [] => {
                let views = known
                    .rulesets
                    .iter()
                    .map(|ruleset| self.ruleset_view(repository, ruleset, false));
                Ok(call.list(&self.api, views.collect()))
            }
            [id] => {
                let id = Call::number(id)?;
                let found = known.rulesets.iter().find(|ruleset| ruleset.id == id);
                let ruleset = found.ok_or_else(Answer::not_found)?;
                Ok(Answer::json(200, &self.ruleset_view(repository, ruleset, true)))
            }
            _ => Err(Answer::not_found()),
        }
    }

    fn create_ruleset(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        self.permit(call, repository, "administration", Level::Write)?;
        call.needed_text("Ruleset", "name")?;
        call.needed_text("Ruleset", "enforcement")?;
        let ruleset = self.ruleset_of(&call.body);
        let view = self.ruleset_view(repository, &ruleset, true);
        self.known_mut(repository)?.rulesets.push(ruleset);
        Ok(Answer::json(201, &view))
    }

    /// A ruleset as it is written.
    pub(crate) fn ruleset_of(&mut self, body: &Value) -> Ruleset {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |field: &str, or: &str| body[field].as_str().unwrap_or(or).to_owned();
        let include = list(&body["conditions"]["ref_name"]["include"]);
        Ruleset {
            id: self.id(),
            name: text("name", "rules"),
            target: text("target", "branch"),
            enforcement: text("enforcement", "active"),
            include: include.iter().map(crate::workflow::plain).collect(),
            rules: list(&body["rules"]),
            bypass: list(&body["bypass_actors"]),
        }
    }

    /// The rules in force on a branch, of all rulesets that are active.
    pub(crate) fn rules_of_branch(&self, call: &Call<'_>, repository: u64, branch: &str) -> Handled {
        self.permit(call, repository, "metadata", Level::Read)?;
        Ok(call.list(&self.api, self.rules_on(repository, branch)?))
    }

    fn rules_on(&self, repository: u64, branch: &str) -> Result<Vec<Value>, Answer> {
        let known = self.known(repository)?;
        let whole = format!("refs/heads/{branch}");
        let holds = |pattern: &String| match pattern.as_str() {
            "~ALL" => true,
            "~DEFAULT_BRANCH" => branch == known.default_branch,
            name => name == whole,
        };
        let mut rules = Vec::new();
        for ruleset in &known.rulesets {
            if ruleset.enforcement != "active"
                || ruleset.target != "branch"
                || !ruleset.include.iter().any(holds)
            {
                continue;
            }
            for rule in &ruleset.rules {
                let mut rule = rule.clone();
                rule["ruleset_source_type"] = json!("Repository");
                rule["ruleset_source"] = json!(known.full_name());
                rule["ruleset_id"] = json!(ruleset.id);
                rules.push(rule);
            }
        }
        Ok(rules)
    }

    /// What a branch demands before something is merged into it.
    pub(crate) fn required_checks(
        &self,
        repository: u64,
        branch: &str,
    ) -> Result<Vec<RequiredCheck>, Answer> {
        let rules = self.rules_on(repository, branch)?;
        let wanted = rules
            .iter()
            .filter(|rule| rule["type"] == "required_status_checks");
        let lists = wanted.filter_map(|rule| rule["parameters"]["required_status_checks"].as_array());
        let checks = lists.flatten().map(|check| RequiredCheck {
            context: crate::workflow::plain(&check["context"]),
            app: check["integration_id"].as_u64(),
        });
        Ok(checks.collect())
    }

    /// Whether a branch is merged into by the merge queue only.
    pub(crate) fn wants_queue(&self, repository: u64, branch: &str) -> Result<bool, Answer> {
        let rules = self.rules_on(repository, branch)?;
        Ok(rules.iter().any(|rule| rule["type"] == "merge_queue"))
    }

    fn ruleset_view(&self, repository: u64, ruleset: &Ruleset, is_whole: bool) -> Value {
        let Some(known) = self.repositories.get(&repository) else {
            return Value::Null;
        };
        let url = format!("{}/rulesets/{}", self.repository_url(known), ruleset.id);
        let mut view = json!({
            "id": ruleset.id,
            "name": ruleset.name,
            "target": ruleset.target,
            "source_type": "Repository",
            "source": known.full_name(),
            "enforcement": ruleset.enforcement,
            "node_id": format!("RRS_{}", ruleset.id),
            "_links": {"self": {"href": url}},
            "created_at": iso(known.created),
            "updated_at": iso(known.created),
        });
        if is_whole {
            view["rules"] = json!(ruleset.rules);
            view["bypass_actors"] = json!(ruleset.bypass);
            view["conditions"] = json!({"ref_name": {"include": ruleset.include, "exclude": []}});
        }
        view
    }
}
