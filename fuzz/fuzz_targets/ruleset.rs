//! Rules of an organisation that are read give findings with places and numbers that are never lowered; any others are
//! refused with their places.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::ruleset(bytes));
