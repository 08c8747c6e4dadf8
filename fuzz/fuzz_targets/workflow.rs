//! A workflow file that is read gives findings with places within it, in order; any other is refused with its place.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::workflow(bytes));
