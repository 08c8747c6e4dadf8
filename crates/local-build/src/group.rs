//! Process groups: recognised for certain after a crash of ours, ended as a whole, and gone before anything follows.
//!
//! Only the members of the group are ended. A process that leaves its group (`setsid`) is not found; builds do not do
//! that, services started by tests may.

use crate::{Error, process_table};
use rustix::event::{PollFd, PollFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal};
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use std::path::Path;
use std::time::Duration;

/// Time between SIGTERM and SIGKILL that suits compilers: they have nothing to tidy up, a test's database may.
pub const END_GRACE: Duration = Duration::from_secs(5);
/// Seconds in which the kernel must have removed a killed process; only a hanging disk takes longer.
pub const KILL_SECONDS_MAX: u64 = 30;
/// Members that are waited for at a time; each takes a file descriptor.
const WATCHED_MAX: usize = 64;

/// A process group that cannot be mistaken for another one, whatever became of its members.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct ProcessGroup {
    /// The group's id, which is its leader's process id.
    pub id: u32,
    /// When the leader began, in clock ticks after boot (proc_pid_stat(5), field 22).
    pub start_time: u64,
    /// The boot and the process namespace in which both mean something.
    pub boot_id: String,
}

/// How a group came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupEnd {
    /// No member lived any more.
    WasGone,
    /// All members ended within the grace after SIGTERM.
    Terminated,
    /// Some member needed SIGKILL.
    Killed,
}

impl ProcessGroup {
    /// The group of a leader that lives, or is ours and not yet reaped.
    pub(crate) fn of_leader(id: u32) -> Result<Option<Self>, Error> {
        let Some(leader) = process_table::process(id)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            id,
            start_time: leader.start_time,
            boot_id: process_table::boot_id()?,
        }))
    }

    /// Whether any member lives.
    ///
    /// # Errors
    /// [`Error::Io`] if the process table cannot be read.
    pub fn lives(&self) -> Result<bool, Error> {
        self.living_members().map(|members| !members.is_empty())
    }

    /// Process ids of the members that live; none if the id names another group by now.
    ///
    /// The kernel gives a process id to nobody else while a group of that id has members. So if the leader's id
    /// belongs to a process that began at another time, the group is gone; if it belongs to nobody, the leader died and
    /// the members, all younger than it, are still the group's.
    ///
    /// # Errors
    /// [`Error::Io`] if the process table cannot be read.
    pub fn living_members(&self) -> Result<Vec<u32>, Error> {
        if process_table::boot_id()? != self.boot_id {
            return Ok(Vec::new());
        }
        let leader = process_table::process(self.id)?;
        if leader.is_some_and(|leader| leader.start_time != self.start_time) {
            return Ok(Vec::new());
        }
        let members = process_table::living_members(self.id)?;
        Ok(members
            .iter()
            .filter(|member| member.start_time >= self.start_time)
            .map(|member| member.id)
            .collect())
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let Some(id) = self.pid() else { return Ok(()) };
        if !self.lives()? {
            return Ok(());
        }
        match rustix::process::kill_process_group(id, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(Error::io("signal", &self.place())(error.into())),
        }
    }

    /// Ids 0 and 1 are never a build's: signalling them would reach ourselves or everybody.
    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.id)
            .ok()
            .filter(|id| *id > 1)
            .and_then(Pid::from_raw)
    }

    fn place(&self) -> std::path::PathBuf {
        Path::new("/proc").join(self.id.to_string())
    }
}

/// Ends exactly this group: SIGTERM, after the grace SIGKILL, and returns when no member lives.
///
/// Calling it again, or for a group that is gone, or of an earlier boot or another container, does nothing. If we die in
/// the middle the group is ended by the next call.
///
/// # Errors
/// [`Error::GroupSurvives`] if members hang in the kernel, [`Error::Io`].
pub async fn end_group(group: &ProcessGroup, grace: Duration) -> Result<GroupEnd, Error> {
    let group = group.clone();
    let place = group.place();
    let ended = tokio::task::spawn_blocking(move || end_blocking(&group, grace)).await;
    ended.map_err(|error| Error::io("end", &place)(error.into()))?
}

fn end_blocking(group: &ProcessGroup, grace: Duration) -> Result<GroupEnd, Error> {
    if !group.lives()? {
        return Ok(GroupEnd::WasGone);
    }
    group.signal(Signal::TERM)?;
    // A stopped process takes no notice of SIGTERM until it continues.
    group.signal(Signal::CONT)?;
    if wait_until_gone(group, grace)? {
        return Ok(GroupEnd::Terminated);
    }
    group.signal(Signal::KILL)?;
    if wait_until_gone(group, Duration::from_secs(KILL_SECONDS_MAX))? {
        return Ok(GroupEnd::Killed);
    }
    Err(Error::GroupSurvives {
        group: group.clone(),
        processes: group.living_members()?,
    })
}

/// Waits for the ends of all members, those included that are born meanwhile; false if the time is over first.
fn wait_until_gone(group: &ProcessGroup, within: Duration) -> Result<bool, Error> {
    let failed = |error: Errno| Error::io("watch", &group.place())(error.into());
    let alarm = alarm(within).map_err(failed)?;
    loop {
        let members = group.living_members()?;
        if members.is_empty() {
            return Ok(true);
        }
        let watched = watched(&members).map_err(failed)?;
        let mut events = vec![PollFd::new(&alarm, PollFlags::IN)];
        events.extend(watched.iter().map(|member| PollFd::new(member, PollFlags::IN)));
        match rustix::event::poll(&mut events, if watched.is_empty() { Some(&NOW) } else { None }) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(failed(error)),
        }
        if !events[0].revents().is_empty() {
            return group.lives().map(|lives| !lives);
        }
    }
}

const NOW: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// A file descriptor that becomes readable when this process ends, for each member that has not ended meanwhile.
fn watched(members: &[u32]) -> Result<Vec<OwnedFd>, Errno> {
    let mut watched = Vec::new();
    for id in members.iter().take(WATCHED_MAX) {
        let Some(id) = i32::try_from(*id).ok().and_then(Pid::from_raw) else {
            continue;
        };
        match rustix::process::pidfd_open(id, PidfdFlags::empty()) {
            Ok(member) => watched.push(member),
            Err(Errno::SRCH) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(watched)
}

/// A file descriptor that becomes readable after this time; the clock is the kernel's, nothing is read here.
fn alarm(after: Duration) -> Result<OwnedFd, Errno> {
    let alarm = rustix::time::timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    // Zero would disarm the alarm.
    let after = after.max(Duration::from_nanos(1));
    let it_value = Timespec {
        tv_sec: i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(after.subsec_nanos()),
    };
    let once = Itimerspec {
        it_interval: NOW,
        it_value,
    };
    rustix::time::timerfd_settime(&alarm, TimerfdTimerFlags::empty(), &once)?;
    Ok(alarm)
}
