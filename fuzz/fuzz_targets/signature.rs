//! Keys and signatures of any bytes are answered by a value or a named error: a key that is read is one key in every spelling, and no
//! signature is good for two statements.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::signature(bytes));
