//! The binary `governance`.
fn main() {}
