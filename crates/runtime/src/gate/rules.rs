//! The rules that hold now: accepted, or none with the reason.

use governance_rules::Ruleset;
use std::sync::{Arc, PoisonError, RwLock};

/// The rules that every look uses. They change as a whole.
pub struct AcceptedRules {
    now: RwLock<Arc<Result<Ruleset, String>>>,
}

impl AcceptedRules {
    /// These rules, or the reason why there are none.
    pub fn new(rules: Result<Ruleset, String>) -> Self {
        Self {
            now: RwLock::new(Arc::new(rules)),
        }
    }

    /// Why there are none, if there are none.
    pub fn trouble(&self) -> Option<String> {
        self.now().as_ref().as_ref().err().cloned()
    }

    /// The rules now. Whoever has them keeps them until the look is over.
    pub(crate) fn now(&self) -> Arc<Result<Ruleset, String>> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others in their place.
    pub(crate) fn replace(&self, rules: Result<Ruleset, String>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }
}
