//! A configuration that is read keeps all its limits and is the same after being written and read again;
//! any other gives problems with their places.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::configuration(bytes));
