//! A SHA256SUMS that is read holds exactly the digests of its lines, under names that stay in the folder,
//! and is the same after being written; any other names the line.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| house_fuzz::sha256sums(bytes));
