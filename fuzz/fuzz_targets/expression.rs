//! An expression that is read is the same after being written and read again; any other is refused with its place, by itself and
//! within a text.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::expression(bytes));
