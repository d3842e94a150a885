//! Mails: whatever the bytes, reading ends, and what is kept keeps to its bounds. (CSU-05)
#![no_main]

use beffroi_fuzz::message::{read, read_headers};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_headers(bytes);
    let Ok(mail) = read(bytes) else { return };
    assert!(mail.said.chars().count() <= 8_100, "too much is kept");
    assert!(mail.quoted.chars().count() <= 4_000, "too much is quoted");
    assert!(!mail.subject.contains(['\r', '\n']), "a subject is one line");
    assert_eq!(read(bytes).as_ref(), Ok(&mail), "the same mail reads the same");
});
