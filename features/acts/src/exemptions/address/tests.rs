//! One address, one form: examples, and properties over what people may paste.

use proptest::prelude::*;

use super::*;

fn form(typed: &str) -> String {
    Address::parse(typed).unwrap().to_string()
}

fn refusal(typed: &str) -> AddressError {
    Address::parse(typed).unwrap_err()
}

#[test]
fn an_address_has_one_form() {
    for (typed, form_of) in [
        (" HTTPS://WWW.Exemple.FR ", "https://www.exemple.fr/"),
        ("https://www.exemple.fr.:443/a/../b", "https://www.exemple.fr/b"),
        ("http://exemple.fr:8080?q=1", "http://exemple.fr:8080/?q=1"),
        ("http://exemple.fr:80/%7euser/%c3%a9", "http://exemple.fr/~user/%C3%A9"),
        ("http://exemple.fr/é?", "http://exemple.fr/%C3%A9"),
        ("https://académie.fr/", "https://xn--acadmie-eya.fr/"),
        ("https://exemple.fr/100%", "https://exemple.fr/100%25"),
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("http://[2606:4700::1111]/x", "http://[2606:4700::1111]/x"),
    ] {
        assert_eq!(form(typed), form_of, "{typed}");
    }
}

#[test]
fn each_refusal_says_how_to_mend_it() {
    use AddressError as E;
    for (typed, why) in [
        ("", E::Empty),
        ("exemple.fr/page", E::NoScheme("exemple.fr/page".into())),
        ("exemple.fr:8080/page", E::NoScheme("exemple.fr:8080/page".into())),
        ("ftp://exemple.fr/", E::Scheme("ftp".into())),
        ("mailto:a@exemple.fr", E::Scheme("mailto".into())),
        ("https://exemple.fr https://autre.fr", E::Space),
        ("https://paul:secret@exemple.fr/", E::Credentials),
        ("https://banque.fr@exemple.fr/", E::Credentials),
        ("https://*.exemple.fr/", E::Wildcard),
        ("https://exemple.fr/*", E::Wildcard),
        ("https://exemple.fr/*?", E::Wildcard),
        ("https://exemple.fr/*#haut", E::Wildcard),
        ("https:///page", E::Unreadable),
        ("https://exemple..fr/", E::Unreadable),
        ("https://xn--zzzzzzz9999.fr/", E::Unreadable),
        ("http://intranet/", E::Local("intranet".into())),
        ("http://pronote.local/", E::Local("pronote.local".into())),
        ("http://localhost:3000/", E::Local("localhost".into())),
        ("http://0x7f.1/", E::PrivateIp("127.0.0.1".into())),
        ("http://2130706433/", E::PrivateIp("127.0.0.1".into())),
        ("http://10.59.0.1/", E::PrivateIp("10.59.0.1".into())),
        ("http://100.64.1.1/", E::PrivateIp("100.64.1.1".into())),
        ("http://[::1]/", E::PrivateIp("::1".into())),
        ("http://[fd00::1]/", E::PrivateIp("fd00::1".into())),
        ("http://[::ffff:192.168.1.1]/", E::PrivateIp("192.168.1.1".into())),
        ("https://exemple.fr/%00", E::Control),
        ("https://exemple.fr/a%0d%0ab", E::Control),
    ] {
        assert_eq!(refusal(typed), why, "{typed}");
    }
    assert!(matches!(refusal(&format!("https://exemple.fr/{}", "a".repeat(2000))), E::TooLong(_)));
    assert!(refusal("exemple.fr").to_string().contains("https://exemple.fr"));
}

#[test]
fn a_name_that_imitates_another_is_shown_for_what_it_is() {
    let (mixed, warned) = Address::read("https://bаnque.fr/").unwrap(); // a Cyrillic « а »
    assert_eq!(mixed.host(), "xn--bnque-4ve.fr");
    assert_eq!(warned, [Warning::MixedScripts("bаnque".into())]);
    let (_, warned) = Address::read("https://аррӏе.com/").unwrap(); // all Cyrillic
    assert!(matches!(warned[..], [Warning::OtherScript(_)]));
    let (accented, warned) = Address::read("https://académie.fr/#haut").unwrap();
    assert_eq!(accented.display(), "https://académie.fr/");
    assert_eq!(warned, [Warning::Fragment]);
    assert!(Address::read("https://wikipedia.org/").unwrap().1.is_empty());
}

#[test]
fn its_parts_are_read_back() {
    let address = Address::parse("http://exemple.fr:8080/a?b=c").unwrap();
    assert_eq!((address.host(), address.port(), address.rest()), ("exemple.fr", Some(8080), "/a?b=c"));
    let address = Address::parse("http://[2606:4700::1111]").unwrap();
    assert_eq!((address.host(), address.port(), address.rest()), ("[2606:4700::1111]", None, "/"));
    assert_eq!(serde_json::to_string(&address).unwrap(), "\"http://[2606:4700::1111]/\"");
    assert!(serde_json::from_str::<Address>("\"http://10.0.0.1/\"").is_err());
}

fn name() -> impl Strategy<Value = String> {
    let label = "[a-z0-9éèàçα-ω]([a-z0-9-]{0,8}[a-z0-9éœ])?";
    (proptest::collection::vec(label, 1..4), "(fr|com|org|museum)").prop_map(|(mut labels, end)| {
        labels.push(end);
        labels.join(".")
    })
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(
        scheme in "(http|https|HTTP|hTTps)",
        name in name(),
        port in proptest::option::of(1u16..),
        rest in "(/[ -~é%]{0,40})?",
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        if let Ok(once) = Address::parse(&format!("{scheme}://{name}{port}{rest}")) {
            let twice = Address::parse(once.as_str()).unwrap();
            prop_assert_eq!(&once, &twice);
            let host = idna::domain_to_ascii(&name).unwrap();
            prop_assert_eq!(once.host(), host.as_str());
            prop_assert!(once.as_str().is_ascii() && !once.as_str().contains(['#', '@']) || rest.contains('@'));
            let again = Address::parse(&once.display()).unwrap();
            prop_assert_eq!(again, once);
        }
    }

    #[test]
    fn no_text_makes_it_panic_or_reach_a_private_name(typed in "\\PC{0,60}") {
        for typed in [typed.clone(), format!("https://{typed}"), format!("http://{typed}.local/")] {
            if let Ok(address) = Address::parse(&typed) {
                prop_assert!(!address.host().ends_with(".local"));
                prop_assert_eq!(Address::parse(address.as_str()).unwrap(), address);
            }
        }
    }

    #[test]
    fn a_private_address_is_refused_however_it_is_written(b in 0u32.., kind in 0..3) {
        let ip = 10 << 24 | (b & 0x00ff_ffff);
        let typed = match kind {
            0 => format!("http://{ip}/"),
            1 => format!("http://{ip:#x}/"),
            _ => format!("http://{}/", Ipv4Addr::from(ip)),
        };
        prop_assert!(matches!(refusal(&typed), AddressError::PrivateIp(_)));
    }
}
