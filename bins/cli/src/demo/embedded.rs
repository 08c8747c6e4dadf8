//! The example organisation as it lies in `fixtures/organisation`, carried within the binary, so that the demo needs
//! no network and no checkout of this project. A test holds the list to the folder.

/// A file: its path below its repository, and its text.
pub(crate) type EmbeddedFile = (&'static str, &'static str);

/// A repository of the example organisation.
pub(crate) struct EmbeddedRepository {
    /// Its name, which is its folder too.
    pub(crate) name: &'static str,
    /// Its files.
    pub(crate) files: &'static [EmbeddedFile],
}

macro_rules! embedded {
    ($folder:literal: $($path:literal)*) => {
        &[$((
            $path,
            include_str!(concat!("../../../../fixtures/organisation/", $folder, $path)),
        )),*]
    };
}

/// The files beside the repositories.
pub(crate) const TOP_FILES: &[EmbeddedFile] = embedded!("": "governance-app.toml" "versions.toml");

/// The repositories, in name order.
pub(crate) const REPOSITORIES: &[EmbeddedRepository] = &[
    EmbeddedRepository {
        name: "bllvm",
        files: embedded!(
            "bllvm/":
            ".gitignore"
            "Cargo.lock"
            "Cargo.toml"
            "README.md"
            "src/commands.rs"
            "src/main.rs"
        ),
    },
    EmbeddedRepository {
        name: "bllvm-consensus",
        files: embedded!(
            "bllvm-consensus/":
            ".gitignore"
            "Cargo.lock"
            "Cargo.toml"
            "README.md"
            "src/hash.rs"
            "src/lib.rs"
            "src/merkle.rs"
            "src/target.rs"
        ),
    },
    EmbeddedRepository {
        name: "bllvm-node",
        files: embedded!(
            "bllvm-node/":
            ".gitignore"
            "Cargo.lock"
            "Cargo.toml"
            "README.md"
            "src/chain.rs"
            "src/lib.rs"
            "src/miner.rs"
        ),
    },
    EmbeddedRepository {
        name: "bllvm-protocol",
        files: embedded!(
            "bllvm-protocol/":
            ".gitignore"
            "Cargo.lock"
            "Cargo.toml"
            "README.md"
            "src/header.rs"
            "src/lib.rs"
            "src/message.rs"
            "src/wire.rs"
        ),
    },
    EmbeddedRepository {
        name: "bllvm-sdk",
        files: embedded!(
            "bllvm-sdk/":
            ".gitignore"
            "Cargo.lock"
            "Cargo.toml"
            "README.md"
            "src/bin/bllvm-keygen.rs"
            "src/bin/bllvm-sign.rs"
            "src/bin/bllvm-verify.rs"
            "src/command.rs"
            "src/hash.rs"
            "src/keys.rs"
            "src/lib.rs"
            "src/winternitz.rs"
        ),
    },
    EmbeddedRepository {
        name: "governance-app",
        files: embedded!(
            "governance-app/":
            ".gitignore"
            "Cargo.lock"
            "Cargo.toml"
            "README.md"
            "src/bin/key-manager.rs"
            "src/bin/test-content-hash-standalone.rs"
            "src/bin/test-content-hash.rs"
            "src/content.rs"
            "src/lib.rs"
            "src/main.rs"
            "src/register.rs"
        ),
    },
];
