//! The line to PostgreSQL is encrypted, and its server proved, when the address asks for it; a server that only
//! speaks TLS is spoken to. (ASVS 12.3.1)
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

use std::process::Command;

/// Migrates the server's own database under these settings of the address; says how it went.
const TRIES: &str = r#"
try() { BEFFROI_DATABASE_URL="$BEFFROI_TEST_POSTGRES/postgres?$1" "$BEFFROI" migrate >"$OUT" 2>&1 && echo yes || echo no; }
try "sslmode=disable"
try "sslmode=verify-full&sslrootcert=$BEFFROI_TEST_POSTGRES_CA"
try "sslmode=verify-full&sslrootcert=$OTHER_CA"
try "sslmode=verify-full"
try "sslmode=require"
"#;

#[test]
fn the_line_to_postgresql_is_encrypted_and_its_server_proved() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.crt");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=Autre",
            "-keyout",
        ])
        .arg(folder.path().join("other.key"))
        .arg("-out")
        .arg(&other)
        .output()
        .unwrap();
    assert!(made.status.success());
    let ran = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/with-postgres"))
        .args(["bash", "-c", TRIES])
        .env_remove("BEFFROI_TEST_POSTGRES")
        .env("BEFFROI_POSTGRES_TLS", "1")
        .env("BEFFROI", env!("CARGO_BIN_EXE_beffroi"))
        .env("BEFFROI_DATA_DIR", folder.path().join("data"))
        .env("OTHER_CA", &other)
        .env("OUT", folder.path().join("said"))
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    let errors = String::from_utf8_lossy(&ran.stderr);
    // In clear, refused by the server; proved; two authorities that did not sign it; encrypted without proof.
    assert_eq!(said.split_whitespace().collect::<Vec<_>>(), ["no", "yes", "no", "no", "yes"], "{errors}");
}
