//! How much memory a process has, as the kernel counts it (proc(5)).

use anyhow::{Context as _, Result};
use std::fs;

/// Memory that a process has in RAM, in mebibytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resident {
    /// At present (VmRSS).
    pub(crate) now_mebibytes: f64,
    /// The most until now (VmHWM).
    pub(crate) peak_mebibytes: f64,
}

/// Looks at a process.
pub(crate) fn resident(process: u32) -> Result<Resident> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    Ok(Resident {
        now_mebibytes: mebibytes(&status, "VmRSS:")?,
        peak_mebibytes: mebibytes(&status, "VmHWM:")?,
    })
}

fn mebibytes(status: &str, name: &str) -> Result<f64> {
    let kibibytes = status.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        rest.trim().split(' ').next()?.parse::<f64>().ok()
    });
    Ok(kibibytes.with_context(|| format!("no {name} in the status of the process"))? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kibibytes_of_the_kernel_are_shown_as_mebibytes() -> Result<()> {
        let status = "Name:\tgovernance-app\nVmHWM:\t   20480 kB\nVmRSS:\t    1536 kB\n";
        let both = (mebibytes(status, "VmRSS:")?, mebibytes(status, "VmHWM:")?);
        assert_eq!(both, (1.5, 20.0));
        assert!(mebibytes(status, "VmSwap:").is_err());
        Ok(())
    }
}
