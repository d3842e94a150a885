//! Addresses of exemptions: one written form, that reads again as itself, on one line, without credentials. (SEC-08)
#![no_main]

use beffroi_fuzz::exemptions::address::{Address, Extent};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    let Ok((address, _)) = Address::read(typed) else { return };
    let text = address.as_str();
    assert!(text.is_ascii() && !text.contains(|one: char| one.is_whitespace() || one.is_control()), "{text}");
    assert!(text.starts_with("http://") || text.starts_with("https://"), "{text}");
    assert!(!text.contains(['@', '#']) || address.rest().contains('@'), "{text}");
    assert!(!text.ends_with('*') && !address.host().is_empty() && address.rest().starts_with('/'), "{text}");
    let again = Address::read(text).map(|(address, _)| address);
    assert_eq!(again.as_ref(), Ok(&address), "{text} reads differently");
    let _ = Extent::of(&address);
    let _ = (address.display(), address.port());
});
