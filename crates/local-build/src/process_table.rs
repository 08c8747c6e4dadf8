//! Reads `/proc`: which processes live, in which group, since when.

use crate::Error;
use std::fs;
use std::path::Path;

const PROCESS_TABLE: &str = "/proc";
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const PROCESS_NAMESPACE: &str = "/proc/self/ns/pid";

/// What `/proc/<id>/stat` says of a process (proc_pid_stat(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) group: u32,
    /// Clock ticks after boot.
    pub(crate) start_time: u64,
    pub(crate) lives: bool,
}

/// The process, dead but not yet reaped included; nothing if there is none of this id.
pub(crate) fn process(id: u32) -> Result<Option<Process>, Error> {
    let path = Path::new(PROCESS_TABLE).join(id.to_string()).join("stat");
    match fs::read(&path) {
        Ok(stat) => Ok(parse_stat(&String::from_utf8_lossy(&stat))),
        // A process that ends while its line is read answers ESRCH, which has no kind of its own.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound || is_no_such_process(&error) => Ok(None),
        Err(error) => Err(Error::io("read", &path)(error)),
    }
}

/// All living processes of a process group.
pub(crate) fn living_members(group: u32) -> Result<Vec<Process>, Error> {
    let table = Path::new(PROCESS_TABLE);
    let mut members = Vec::new();
    for entry in fs::read_dir(table).map_err(Error::io("read", table))? {
        let entry = entry.map_err(Error::io("read", table))?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        members.extend(process(id)?.filter(|process| process.group == group && process.lives));
    }
    Ok(members)
}

/// The boot of the machine and the process namespace (container) we are in: within both, and nowhere else, process ids
/// and start times mean something.
pub(crate) fn boot_id() -> Result<String, Error> {
    let boot = Path::new(BOOT_ID);
    let boot = fs::read_to_string(boot).map_err(Error::io("read", boot))?;
    let namespace = Path::new(PROCESS_NAMESPACE);
    let namespace = fs::read_link(namespace).map_err(Error::io("read", namespace))?;
    Ok(format!("{} {}", boot.trim(), namespace.display()))
}

fn is_no_such_process(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

/// Fields are counted behind the last `)`: the program's name before it may contain anything.
fn parse_stat(stat: &str) -> Option<Process> {
    const STATE: usize = 0;
    const GROUP: usize = 2;
    const THREADS: usize = 17;
    const START_TIME: usize = 19;
    let (head, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let id = head.split_once(' ')?.0.parse().ok()?;
    let ended = matches!(*fields.get(STATE)?, "Z" | "X" | "x");
    // A program whose main thread ended while others run looks like a zombie with several threads.
    let threads: u32 = fields.get(THREADS)?.parse().ok()?;
    Some(Process {
        id,
        group: fields.get(GROUP)?.parse().ok()?,
        start_time: fields.get(START_TIME)?.parse().ok()?,
        lives: !ended || threads > 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_brackets_and_blanks_does_not_shift_the_fields() {
        let line = |state: &str, threads: u32| {
            format!("42 (a) (b c) {state} 1 77 5 0 -1 0 0 0 0 0 0 0 0 0 20 0 {threads} 0 123456 0")
        };
        let expected = Process {
            id: 42,
            group: 77,
            start_time: 123_456,
            lives: true,
        };
        assert_eq!(parse_stat(&line("S", 1)), Some(expected.clone()));
        assert_eq!(parse_stat(&line("Z", 3)), Some(expected.clone()));
        assert_eq!(
            parse_stat(&line("Z", 1)),
            Some(Process {
                lives: false,
                ..expected
            })
        );
        for bad in ["", "42", "42 (a", "42 (a) S", "x (a) S 1 77"] {
            assert_eq!(parse_stat(bad), None, "{bad}");
        }
    }

    #[test]
    fn this_process_lives() {
        let us = process(std::process::id()).unwrap().unwrap();
        assert!(us.lives && us.start_time > 0);
        assert!(boot_id().unwrap().contains(" pid:["));
    }
}
