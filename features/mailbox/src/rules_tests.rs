//! Examples of what may be believed.

use super::message::Incoming;
use super::model::Reason;
use super::rules::{Proof, machine, proof, reference_in};

fn mail(headers: &[(&str, &str)]) -> Incoming {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Incoming {
        from: vec!["claire.lens@lycee.example".into()],
        media_type: "text/plain".into(),
        headers,
        ..Incoming::default()
    }
}

#[test]
fn machines_are_known_by_their_headers() {
    for (name, value, reason) in [
        ("auto-submitted", "auto-replied", Some(Reason::AutoReply)),
        ("auto-submitted", "no", None),
        ("return-path", "<>", Some(Reason::AutoReply)),
        ("return-path", "<claire.lens@lycee.example>", None),
        ("x-autoreply", "yes", Some(Reason::AutoReply)),
        ("precedence", "bulk", Some(Reason::List)),
        ("list-id", "<profs.lycee.example>", Some(Reason::List)),
        ("x-failed-recipients", "a@b.example", Some(Reason::Bounce)),
    ] {
        assert_eq!(machine(&mail(&[(name, value)]), &[]), reason, "{name}: {value}");
    }
    assert_eq!(machine(&mail(&[]), &["claire.lens@lycee.example".into()]), Some(Reason::Loop));
    let hops = vec![("received", "from a by b"); 60];
    assert_eq!(machine(&mail(&hops), &[]), Some(Reason::Loop));
}

#[test]
fn only_the_border_server_is_believed() {
    for (line, expected) in [
        ("mx.region.example; dmarc=pass header.from=lycee.example", Proof::Passed),
        ("mx.region.example 1; dkim=pass header.d=lycee.example", Proof::Passed),
        ("mx.region.example; spf=pass smtp.mailfrom=x@mail.lycee.example", Proof::Passed),
        ("mx.region.example; spf=pass smtp.mailfrom=x@ailleurs.example", Proof::None),
        ("mx.region.example; dkim=pass header.d=example; dmarc=none", Proof::None),
        ("mx.region.example; spf=pass smtp.mailfrom=lycee.example; dmarc=fail (p=none)", Proof::Failed),
        ("mx.region.example; spf=fail (not allowed; dmarc=pass) smtp.mailfrom=a@b.example", Proof::Failed),
        ("mx.region.example; none", Proof::None),
        ("forge.example; dmarc=pass", Proof::None),
    ] {
        let mail = mail(&[("authentication-results", line)]);
        assert_eq!(proof(&mail, Some("mx.region.example")), expected, "{line}");
        assert_eq!(proof(&mail, None), Proof::None);
    }
    // What a forger wrote stands under what our server wrote.
    let both = [
        ("authentication-results", "mx.region.example; dmarc=fail"),
        ("authentication-results", "mx.region.example; dmarc=pass"),
    ];
    assert_eq!(proof(&mail(&both), Some("mx.region.example")), Proof::Failed);
}

#[test]
fn a_subject_names_a_reference() {
    assert_eq!(reference_in("Re: Demande 2026-00042 : merci").as_deref(), Some("2026-00042"));
    for subject in ["le 2026-10-05", "facture 2026-1", "12026-00042", ""] {
        assert_eq!(reference_in(subject), None, "{subject}");
    }
}
