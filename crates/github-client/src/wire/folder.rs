//! What lies in a folder of a repository.

use super::word_enum;
use serde::Deserialize;

word_enum! {
    /// What something in a folder is.
    EntryKind {
        /// A file.
        File = "file",
        /// A folder.
        Folder = "dir",
        /// A link to another path.
        Link = "symlink",
        /// Another repository.
        Submodule = "submodule",
    }
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FolderEntry {
    /// Its name in the folder.
    pub name: String,
    /// Its path in the repository.
    pub path: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// The name that git has for what is in it.
    pub sha: String,
}
