//! A stored recipe is the same after being stored again, keeps its digest, and if it passes its check it
//! stays within its tree and its limits.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::recipe(bytes));
