//! Why an intent could not be carried out: only ever because of the store. What performers say is an outcome.

use storage::StoreError;

/// The store failed while an intent was carried out. What the intent's state was before the failing call, it still is
/// or has just become; if it was being sent, whoever claims it next probes first.
#[derive(Debug, thiserror::Error)]
pub enum EffectError {
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
}

impl EffectError {
    /// Whether the next claim may succeed without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
        }
    }
}
