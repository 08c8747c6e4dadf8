//! The verification gate: where a layer or a repository asks for it, its workflow must have succeeded on the head.

use crate::verdict::asked::Asked;
use crate::verdict::ruling::Ruling;

pub(super) fn judge(_asked: &Asked<'_>) -> Option<Ruling> {
    None
}
