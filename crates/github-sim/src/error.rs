//! Everything that can go wrong with the simulator itself, as opposed to what it answers.

use std::io;
use std::path::PathBuf;

/// Why the simulator could not do what its owner asked. Texts fit behind "failed to …: ".
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The data folder refused.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// The verb: `create`, `write`, …
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No port on loopback could be had.
    #[error("could not listen on loopback: {0}")]
    Listen(io::Error),
    /// An App's key could not be made.
    #[error("could not make an RSA key")]
    Key,
    /// Something that was named does not exist.
    #[error("there is no {what} named {name}")]
    Unknown {
        /// The kind of thing: `repository`, `account`, …
        what: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// A name is taken.
    #[error("there is a {what} named {name} already")]
    Taken {
        /// The kind of thing.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// GitHub itself would have refused.
    #[error("GitHub would refuse with {status}: {message}")]
    Refused {
        /// The status of the answer.
        status: u16,
        /// Its message.
        message: String,
    },
}
