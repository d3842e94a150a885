//! Short things that people type: codes of documents, UAI, references. (T2, CSU-06)
#![no_main]

use beffroi_fuzz::proof::code;
use beffroi_kernel::Uai;
use beffroi_search::References;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    if let Some(kept) = code(typed) {
        assert_eq!(code(&kept).as_deref(), Some(kept.as_str()), "a code reads as itself");
    }
    if let Ok(uai) = Uai::parse(typed) {
        assert_eq!(Uai::parse(uai.as_str()).ok().as_ref(), Some(&uai));
    }
    let references = References::of(typed, 2026);
    assert!(references.exact.is_some() || !references.alone, "{typed}");
    assert!(references.near().len() < 200, "{typed}");
});
