//! A moment at which a release is killed.

use crate::stage::{Stage, folders};
use crate::wait::{pause, until};
use house_tests::{Running, Stop};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// When.
#[derive(Debug, Clone)]
pub(crate) enum Moment {
    /// So long after the start.
    After(Duration),
    /// As soon as something can be seen, or so long after that.
    Seen(Sight, Duration),
}

/// What can be seen of a release's course from outside.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sight {
    /// Something below `.governance`.
    Own(&'static str),
    /// A tree that is being made.
    HalfTree,
    /// A file in the run folder of the first attempt of a component.
    Run(&'static str, &'static str),
    /// A line in the log of the builds.
    Line(&'static str),
    /// A stored artifact.
    Object,
    /// A file of the release that is put together; "" is the folder.
    Collected(&'static str),
    /// A file of the draft beside the release directory; "" is the folder.
    Draft(&'static str),
    /// The release directory.
    Published,
}

impl Sight {
    fn is_seen(self, stage: &Stage) -> bool {
        let organisation = &stage.organisation;
        let own = organisation.workspace().join(".governance");
        match self {
            Sight::Own(name) => own.join(name).symlink_metadata().is_ok(),
            Sight::HalfTree => any_entry(&own.join("source"), ".temporary-"),
            Sight::Run(component, file) => stage.runs().iter().any(|run| {
                let name = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
                name.starts_with(&format!("{component}-")) && run.join(file).exists()
            }),
            Sight::Line(line) => stage.log().lines().any(|found| found.starts_with(line)),
            Sight::Object => any_entry(&stage.work().join("objects"), ""),
            Sight::Collected(file) => {
                let folders = folders(&stage.work().join("collected"));
                folders.iter().any(|folder| folder.join(file).exists())
            }
            Sight::Draft(file) => {
                let folders = folders(organisation.folder());
                folders
                    .iter()
                    .any(|folder| folder.to_string_lossy().contains(".draft-") && folder.join(file).exists())
            }
            Sight::Published => organisation.out().exists(),
        }
    }
}

fn any_entry(folder: &Path, prefix: &str) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
}

/// Kills the process at the moment, and says whether it was still there to be killed.
#[track_caller]
pub(crate) fn kill_at(moment: &Moment, stage: &Stage, mut running: Running) -> bool {
    match moment {
        Moment::After(time) => pause(*time),
        Moment::Seen(sight, later) => {
            until(
                &format!("{sight:?}"),
                || sight.is_seen(stage),
                || running.has_ended(),
            );
            pause(*later);
        }
    }
    running.stop(Stop::Kill);
    running.ends().code.is_none()
}
