//! The national file of schools, of any separator and encoding: a faulty line costs itself only. (INTRO-14)
#![no_main]

use beffroi_fuzz::import;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok((good, bad)) = import::read(bytes) else { return };
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!(good + bad <= lines, "{good} + {bad} of {lines} lines");
});
