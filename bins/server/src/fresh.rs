//! The one place of this program that draws at random: tokens, and keys of orders that came without one.

use rand::TryRng as _;
use rand::rngs::{SysError, SysRng};

/// Bytes from the system's generator.
///
/// # Errors
/// If the system has none.
pub(crate) fn fresh_bytes<const N: usize>() -> Result<[u8; N], SysError> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}
