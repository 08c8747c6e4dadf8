#![doc = include_str!("../README.md")]

mod archive;
mod assemble;
mod changelog;
mod checksums;
mod compare;
mod digest_stream;
mod document;
mod error;
mod evidence;
mod limits;
mod manifest;
mod naming;
mod notes;
mod range;
mod release_files;
mod side_by_side;
mod verify;

#[cfg(test)]
mod tests;

pub use archive::{
    ArchiveKind, Member, MemberHead, MemberPath, Objects, OnMember, ReadSeek, list_archive, read_archive,
    write_archive,
};
pub use assemble::{
    Assembled, Binary, BuildContent, ComponentContent, ReleaseContent, assemble, write_evidence,
};
pub use changelog::render_changelog;
pub use checksums::{Checksums, ChecksumsFinding, ReadChecksums};
pub use compare::{
    ComparedItem, Comparison, ComparisonSchema, ComparisonVerdict, ItemVerdict, compare_releases,
};
pub use digest_stream::digest_reader;
pub use error::{
    ArchiveRefusal, ArchiveRule, ChecksumsRefusal, ChecksumsRule, Collision, DocumentRule, EntryRule, Error,
};
pub use evidence::{
    AttemptOutcome, EVIDENCE_TEXT_CHARS_MAX, Evidence, EvidenceAttempt, EvidenceBuild, EvidenceRun,
    EvidenceSchema, RunCorrelation, evidence_line,
};
pub use limits::{
    ASSET_BYTES_MAX, ArchiveLimits, BUFFER_BYTES, CHECKSUMS_BYTES_MAX, DOCUMENT_BYTES_MAX,
    MEMBER_PATH_BYTES_MAX, MEMBER_PATH_DEPTH_MAX, RELEASE_FILES_MAX,
};
pub use manifest::{
    ManifestArchive, ManifestComponent, ManifestSchema, Outcome, PlatformOutcome, ReleaseManifest,
};
pub use naming::{
    AssetOwner, CHECKSUMS_NAME, ComponentVersion, EVIDENCE_NAME, MANIFEST_NAME, NOTES_NAME, PlannedAsset,
    PlannedComponent, archive_name, member_path, plan_asset_names,
};
pub use notes::render_notes;
pub use range::{ComponentRange, Landing, RANGE_COMMITS_MAX, RangeCommit, RangeStart, commit_title};
pub use release_files::{MemoryFiles, MemoryObjects, OpenedFile, ReleaseFiles, ReleaseSink};
pub use verify::{
    Check, CheckOutcome, ExpectedRelease, Report, Verdict, Verification, VerificationSchema,
    VerifiedManifest, VerifyOptions, verify_release,
};
