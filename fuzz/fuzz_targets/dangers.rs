//! Lists of sites that no exemption opens, as their publishers write them: an entry is a name or an address, on one line.
#![no_main]

use std::io::Write;

use beffroi_fuzz::exemptions::danger;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|list: &[u8]| {
    let Ok(mut file) = tempfile::NamedTempFile::new() else { return };
    if file.write_all(list).is_err() {
        return;
    }
    let lines = list.iter().filter(|byte| **byte == b'\n').count() + 1;
    let (entries, skipped) = danger::read(file.path()).unwrap();
    assert!(entries.len() + skipped as usize <= lines, "more entries than lines");
    assert!(entries.iter().all(|entry| !entry.is_empty() && !entry.contains(char::is_control)), "{entries:?}");
});
