//! The JSON documents of a release: one form, and nothing else is accepted.

use super::plain::{assert_below, assert_one_line};
use artifact_verify::{DOCUMENT_BYTES_MAX, DocumentRule, Error, Evidence, ReleaseManifest};
use domain_types::Sha256Digest;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Everything that [`ReleaseManifest::read`] promises.
pub fn release_manifest(bytes: &[u8]) {
    let document = Document {
        read: ReleaseManifest::read,
        write: ReleaseManifest::to_json,
        check: ReleaseManifest::check,
    };
    if let Some(manifest) = document.demand(bytes) {
        assert_eq!(manifest.digest(), Sha256Digest::of(bytes));
        assert_eq!(manifest.tag, manifest.version.tag());
        for archive in manifest.all_archives() {
            let paths: BTreeSet<&str> = archive
                .members
                .iter()
                .map(|member| member.path.as_str())
                .collect();
            assert_eq!(paths.len(), archive.members.len());
            paths.into_iter().for_each(assert_below);
        }
    }
}

/// Everything that [`Evidence::read`] promises.
pub fn release_evidence(bytes: &[u8]) {
    let document = Document {
        read: Evidence::read,
        write: Evidence::to_json,
        check: Evidence::check,
    };
    if let Some(evidence) = document.demand(bytes) {
        assert!(evidence.started <= evidence.ended);
        assert_one_line(&format!("by {}", evidence.tool_version));
    }
}

/// How a document is read and written, and which rules it has beside its form.
struct Document<T> {
    read: fn(&[u8]) -> Result<T, Error>,
    write: fn(&T) -> String,
    check: fn(&T) -> Result<(), DocumentRule>,
}

impl<T: Debug + PartialEq + serde::de::DeserializeOwned> Document<T> {
    /// The document, if these bytes are accepted. Bytes that only have its shape are written and read again.
    fn demand(&self, bytes: &[u8]) -> Option<T> {
        if let Ok(shaped) = serde_json::from_slice::<T>(bytes) {
            self.demand_written(&shaped);
        }
        match (self.read)(bytes) {
            Ok(document) => {
                assert_eq!((self.write)(&document).as_bytes(), bytes);
                self.demand_written(&document);
                assert_eq!((self.check)(&document), Ok(()));
                Some(document)
            }
            Err(error) => {
                let too_large = bytes.len() as u64 > DOCUMENT_BYTES_MAX;
                assert!(too_large || matches!(error, Error::Document { .. }), "{error}");
                assert_one_line(&error.to_string());
                None
            }
        }
    }

    /// What is written is read back exactly if the document keeps its own rules.
    fn demand_written(&self, document: &T) {
        let text = (self.write)(document);
        match ((self.check)(document), (self.read)(text.as_bytes())) {
            (Ok(()), Ok(again)) => assert_eq!(again, *document),
            (Err(rule), Err(error)) => {
                assert_one_line(&rule.to_string());
                assert!(
                    error.to_string().ends_with(&rule.to_string()),
                    "{error}, but {rule}"
                );
            }
            (kept, read) => panic!("{kept:?} but {:?}", read.err()),
        }
    }
}
