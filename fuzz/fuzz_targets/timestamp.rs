//! Answers of a timestamping authority (RFC 3161): another answer than the one asked for proves nothing. (T2)
#![no_main]

use beffroi_fuzz::proof::timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // No answer can certify a hash of which the authority was told nothing.
    assert!(!timestamp(bytes, &[0x5a; 32], &[0x41; 8]), "an answer about something else is believed");
});
