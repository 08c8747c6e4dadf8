//! What was seen of a build where it is carried out: a run of GitHub Actions. Nothing is decided by it; people read it.

use serde::{Deserialize, Serialize};

/// Longest list of labels that is kept, in jobs: a workflow that waits in more places is told of by its page.
pub const WAITS_FOR_MAX: usize = 8;

/// How a run is known to be this attempt's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correlation {
    /// It bears the id that was sent with the request.
    #[default]
    DispatchId,
    /// It bears nothing: it is the first that our request may have begun, by repository, workflow, sender and time.
    Weak,
}

impl Correlation {
    fn is_certain(&self) -> bool {
        *self == Self::DispatchId
    }
}

/// The run that carries an attempt out, as far as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRun {
    /// Its number there.
    pub id: u64,
    /// The address of its page.
    pub page: String,
    /// How it is known to be this attempt's.
    #[serde(default, skip_serializing_if = "Correlation::is_certain")]
    pub correlation: Correlation,
    /// What a runner must have to take what still waits: the labels of each waiting job, none twice, at most [`WAITS_FOR_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
}

impl SeenRun {
    /// Which runner is lacking and what to do about it, behind "no runner took it within 60 s"; nothing if that was not seen.
    pub(crate) fn lacks(&self) -> String {
        let named: Vec<String> = self
            .waits_for
            .iter()
            .map(|labels| format!("`{labels}`"))
            .collect();
        if named.is_empty() {
            return String::new();
        }
        format!(
            ": its jobs wait for runners with the labels {}; start a runner that has them, or change `runs-on` in the workflow; see {}",
            named.join(" and "),
            self.page
        )
    }
}
