//! Tests that need more than one module: statements, keys, hands that sign, and the peers that must agree.

mod bits;
mod crossing;
mod hand;
mod keys;
mod peers;
mod pgp;
mod policy;
mod quorum;
mod samples;
mod statements;
mod texts;
mod vectors;
