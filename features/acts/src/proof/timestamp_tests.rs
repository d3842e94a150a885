//! A real authority (`openssl ts`) timestamps, and `openssl ts -verify` accepts what we keep.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use axum::body::Bytes;
use axum::routing::post;
use axum::{Router, http::StatusCode};
use proptest::prelude::*;

use super::*;

const SETTINGS: &str = "[req]\ndistinguished_name = name\nx509_extensions = tsa_extensions\nprompt = no\n\
    [name]\nCN = Autorite d'essai\n[tsa_extensions]\nextendedKeyUsage = critical,timeStamping\n\
    [tsa]\ndefault_tsa = here\n[here]\nserial = serial\nsigner_cert = authority.pem\nsigner_key = authority.key\n\
    signer_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\naccuracy = secs:1\n\
    clock_precision_digits = 3\nordering = yes\ntsa_name = yes\ness_cert_id_alg = sha256\n";

pub(in crate::proof) fn openssl(folder: &Path, arguments: &str) -> Output {
    Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap()
}

/// A folder with an authority's key, certificate and settings.
pub(in crate::proof) fn authority() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("settings.cnf"), SETTINGS).unwrap();
    fs::write(folder.path().join("serial"), "01\n").unwrap();
    let made = openssl(
        folder.path(),
        "req -x509 -newkey rsa:2048 -nodes -keyout authority.key -out authority.pem -days 30 -config settings.cnf",
    );
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

fn reply(folder: &Path, query: &[u8]) -> Vec<u8> {
    fs::write(folder.join("query.tsq"), query).unwrap();
    let said = openssl(folder, "ts -reply -config settings.cnf -queryfile query.tsq -out reply.tsr");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    fs::read(folder.join("reply.tsr")).unwrap()
}

/// Serves the authority as the standard says; returns its address.
pub(in crate::proof) async fn served(folder: &Path) -> String {
    let folder = folder.to_owned();
    let answer = move |query: Bytes| {
        let folder = folder.clone();
        async move { tokio::task::spawn_blocking(move || reply(&folder, &query)).await.unwrap() }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let refusing = post(|| async { (StatusCode::SERVICE_UNAVAILABLE, "no") });
    let routes = Router::new().route("/", post(answer)).route("/ferme", refusing);
    let endless = post(|| async { vec![0x30_u8; 10_000_000] });
    tokio::spawn(async move { axum::serve(listener, routes.route("/sans-fin", endless)).await });
    format!("http://{address}/")
}

async fn asked(url: &str, bytes: &'static [u8]) -> Result<Stamp, StampError> {
    let authority = Authority::new(url);
    tokio::task::spawn_blocking(move || authority.stamp(bytes)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_accepts_the_timestamp_of_a_statement_and_no_other() {
    let folder = authority();
    let url = served(folder.path()).await;
    let stamp = asked(&url, b"{\"code\":\"A\"}").await.unwrap();
    fs::write(folder.path().join("horodatage.tsr"), &stamp.response).unwrap();

    let verify = "ts -verify -in horodatage.tsr -data preuve.json -CAfile authority.pem";
    fs::write(folder.path().join("preuve.json"), "{\"code\":\"A\"}").unwrap();
    let said = openssl(folder.path(), verify);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    fs::write(folder.path().join("preuve.json"), "{\"code\":\"B\"}").unwrap();
    assert!(!openssl(folder.path(), verify).status.success());

    let text = openssl(folder.path(), "ts -reply -in horodatage.tsr -text").stdout;
    let said = String::from_utf8(text).unwrap();
    // openssl writes the hour with its thousandths: our second must be theirs.
    assert!(said.contains(&stamp.at.format("%H:%M:%S.").to_string()), "{} is not in {said}", stamp.at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_fails_gives_no_timestamp() {
    let folder = authority();
    let url = served(folder.path()).await;
    for path in ["ferme", "nulle-part"] {
        let failed = asked(&format!("{url}{path}"), b"x").await;
        assert!(matches!(failed, Err(StampError::Unreachable(_))), "{path}: {failed:?}");
    }
    let endless = asked(&format!("{url}sans-fin"), b"x").await;
    assert!(matches!(endless, Err(StampError::Unreadable(_))), "{endless:?}");
    let nobody = asked("http://127.0.0.1:9/", b"x").await;
    assert!(matches!(nobody, Err(StampError::Unreachable(_))), "{nobody:?}");
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let folder = authority();
    let (digest, number) = (Sha256::digest(b"x"), nonce());
    let answer = reply(folder.path(), &query(&digest, &number).unwrap());
    assert!(read(answer.clone(), &digest, &number).is_ok());
    let other = read(answer.clone(), &Sha256::digest(b"y"), &number);
    assert!(matches!(other, Err(StampError::Unrelated(_))), "{other:?}");
    let replayed = read(answer.clone(), &digest, &[0x41; 8]);
    assert!(matches!(replayed, Err(StampError::Unrelated(_))), "{replayed:?}");
    for end in 0..answer.len() {
        assert!(read(answer[..end].to_vec(), &digest, &number).is_err(), "cut at {end}");
    }
    // An algorithm it does not take: a real refusal of a real authority.
    let mut wrong = query(&digest, &number).unwrap();
    let at = wrong.windows(9).position(|window| window == SHA_256.as_bytes()).unwrap();
    wrong[at + 8] = 2;
    let refused = read(reply(folder.path(), &wrong), &digest, &number);
    assert!(matches!(refused, Err(StampError::Refused(_))), "{refused:?}");
}

#[test]
fn instants_are_read_with_a_fraction_or_without() {
    for (text, read) in [
        ("20261005080000Z", true),
        ("20261005080000.123Z", true),
        ("20261005080000", false),
        ("20261305080000Z", false),
        ("20261005080000.Z", false),
        ("2026100508000Z", false),
        ("+0261005080000Z", false),
    ] {
        assert_eq!(instant(text.as_bytes()).is_some(), read, "{text}");
    }
}

proptest! {
    #[test]
    fn no_answer_makes_the_reader_fall(answer in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(answer, &[0; 32], &[0x41; 8]).is_err());
    }
}
