//! All targets by name, for whoever replays a corpus.

/// A parser of foreign bytes.
pub struct Target {
    /// The name of its file in `fuzz_targets/` and of its folder in `fixtures/corpus/`.
    pub name: &'static str,
    /// Returns if everything that the parser promises holds for these bytes; panics if not.
    pub check: fn(&[u8]),
}

/// Every target, by name.
pub const TARGETS: &[Target] = &[
    target("configuration", super::configuration),
    target("expression", super::expression),
    target("recipe", super::recipe),
    target("release_evidence", super::release_evidence),
    target("release_manifest", super::release_manifest),
    target("ruleset", super::ruleset),
    target("sha256sums", super::sha256sums),
    target("signature", super::signature),
    target("statement", super::statement),
    target("tar_gz", super::tar_gz),
    target("versions_toml", super::versions_toml),
    target("workflow", super::workflow),
    target("zip", super::zip),
];

const fn target(name: &'static str, check: fn(&[u8])) -> Target {
    Target { name, check }
}
