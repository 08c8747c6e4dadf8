//! How the program ends: the exit codes that scripts rely on.

use std::process::ExitCode;

/// The end of a command. The numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Exit {
    /// 0: yes, it is done or it is so.
    Yes,
    /// 1: a clear no: a build failed or timed out, verification failed, results differ.
    No,
    /// 2: wrong usage, configuration or manifest, or a missing tag.
    Usage,
    /// 3: the world failed: disk, network, a lock that another process holds.
    World,
    /// 130: interrupted by Ctrl-C.
    Interrupted,
    /// 143: asked to end by SIGTERM.
    Terminated,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::World => 3,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_codes_are_those_of_the_interface() {
        let all = [
            Exit::Yes,
            Exit::No,
            Exit::Usage,
            Exit::World,
            Exit::Interrupted,
            Exit::Terminated,
        ];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 130, 143]);
    }
}
