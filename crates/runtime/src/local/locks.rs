//! The two locks of a local release: one on the state, one on the source folder.

use super::places::Places;
use super::refusal::Refusal;
use crate::RuntimeError;
use local_build::{HeldLock, SourceLock};

/// Held while a release runs: nobody else moves releases of this state, or touches these sources.
pub(super) struct Locks {
    _state: HeldLock,
    pub(super) sources: SourceLock,
}

impl Locks {
    /// Takes both locks; `holder` is what a second process is told.
    pub(super) fn acquire(places: &Places, holder: &str) -> Result<Self, Refusal> {
        let state = places.state_lock();
        if let Some(parent) = state.parent() {
            std::fs::create_dir_all(parent).map_err(|source| {
                let path = parent.to_owned();
                Refusal::Runtime(RuntimeError::File {
                    doing: "create",
                    path,
                    source,
                })
            })?;
        }
        Ok(Self {
            _state: HeldLock::acquire(&state, holder).map_err(Refusal::Lock)?,
            sources: SourceLock::acquire(&places.sources, holder).map_err(Refusal::Lock)?,
        })
    }
}
