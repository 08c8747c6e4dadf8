//! A `release-manifest.json` is accepted exactly if it is the bytes that we write for it and its own rules
//! hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::release_manifest(bytes));
