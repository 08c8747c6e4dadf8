//! A zip that is accepted stays within its folder and its limits, is read the same by another library, and
//! is the same after being written and read again.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::zip(bytes));
