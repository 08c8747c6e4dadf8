//! What was remarked upon while the file was read.

use super::Findings;
use crate::{Code, RemarkKind, Severity, Workflow};

pub(super) fn check(workflow: &Workflow, findings: &mut Findings<'_>) {
    for remark in &workflow.remarks {
        let (about, remedy) = match remark.kind {
            RemarkKind::UnknownKey => (
                (Severity::Note, Code::UnknownKey),
                "correct the spelling, or make sure that GitHub knows the key",
            ),
            RemarkKind::WrongShape => (
                (Severity::Error, Code::WrongShape),
                "correct it: GitHub refuses the whole file, and a run of it fails before it begins",
            ),
        };
        findings.add(about, (remark.place, &remark.key), remark.message.clone(), remedy);
    }
}
