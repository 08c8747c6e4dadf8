//! The binary `governance-app`.

fn main() {}
