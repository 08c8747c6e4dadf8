//! People with keys of their own, who sign with `ssh-keygen`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Somebody with an SSH key.
pub(crate) struct Maintainer {
    pub(crate) login: String,
    key: PathBuf,
}

impl Maintainer {
    /// With a fresh key in this folder.
    pub(crate) fn with_key(login: &str, folder: &Path) -> Self {
        let key = folder.join(login);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", login, "-f"])
            .arg(&key)
            .status();
        assert!(made.unwrap().success());
        Self {
            login: login.to_owned(),
            key,
        }
    }

    /// The key as it is registered.
    pub(crate) fn public_key(&self) -> String {
        std::fs::read_to_string(self.key.with_extension("pub"))
            .unwrap()
            .trim()
            .to_owned()
    }

    /// What `ssh-keygen -Y sign` writes for a statement.
    pub(crate) fn sign(&self, statement: &str, namespace: &str) -> String {
        let file = self.key.with_extension("statement");
        std::fs::write(&file, statement).unwrap();
        let written = file.with_extension("statement.sig");
        let _ = std::fs::remove_file(&written);
        let signed = Command::new("ssh-keygen")
            .args(["-Y", "sign", "-n", namespace, "-f"])
            .arg(&self.key)
            .arg(&file)
            .stderr(Stdio::null())
            .status();
        assert!(signed.unwrap().success());
        std::fs::read_to_string(written).unwrap()
    }
}
