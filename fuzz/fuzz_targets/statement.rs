//! A statement that is read is the same bytes after being written, keeps its limit and its digest; any other names a line.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::statement(bytes));
