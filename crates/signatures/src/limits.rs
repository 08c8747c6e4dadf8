//! Limits, each with its unit and its reason.

/// Bytes of a statement: more than its longest fields together, little enough to be read by a person before signing.
pub const STATEMENT_BYTES_MAX: usize = 4096;
/// Bytes of the text of a signature: the largest OpenPGP signature is a tenth of it.
pub const SIGNATURE_TEXT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the text of a key: an OpenPGP certificate is the largest.
pub const KEY_TEXT_BYTES_MAX: usize = 64 * 1024;
/// Signatures that are taken out of one text: more than anybody pastes at once, few enough to verify each against every key.
pub const ARMOURS_MAX: usize = 16;
/// Packets of an OpenPGP certificate: as many as those of a person who changed keys for decades.
pub(crate) const PACKETS_MAX: usize = 256;
/// Signatures within a certificate that are reckoned with a key: what bounds the time of reading one.
pub(crate) const CERTIFICATE_CHECKS_MAX: usize = 64;
/// Seconds that a signature's own time may lie ahead of ours: clocks of people differ.
pub(crate) const CLOCK_SKEW_SECONDS_MAX: u64 = 15 * 60;
