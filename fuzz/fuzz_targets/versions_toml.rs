//! A `versions.toml` that is read gives an acyclic plan that is the same after being written as a manifest
//! or stored as JSON; any other gives problems with their places.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::versions_toml(bytes));
