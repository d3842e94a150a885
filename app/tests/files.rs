//! Where files are kept, a folder or a bucket: the same tests on both, the bucket on a real S3 server (moto).
//! And two programs that share a bucket: a backup takes it, `doctor` tries it. (CSU-06)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use beffroi_desk::quarantine::{Antivirus, Verdict, harmless_virus};
use beffroi_desk::{FileError, Files};
use futures_util::TryStreamExt;
use ground::clamd::{Clamd, VIRUS};
use ground::http::Browser;
use ground::{Engine, Place};
use tokio::time::sleep;

const BUCKET: &str = "beffroi";

/// A server of S3; dropped, it ends.
struct S3 {
    address: SocketAddr,
    child: Child,
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl S3 {
    async fn open() -> Self {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let program = std::env::var("BEFFROI_TEST_MOTO").unwrap_or_else(|_| "moto_server".into());
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &address.port().to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let s3 = Self { address, child: child.expect("scripts/install-tools installs moto_server") };
        let mut browser = Browser::new(address);
        for _ in 0..300 {
            if browser.put(&format!("/{BUCKET}")).await.is_ok_and(|answer| answer.status == 200) {
                return s3;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("the S3 server does not start");
    }

    fn set(&self, command: &mut Command, url: &str) {
        command
            .env("BEFFROI_FILES_URL", url)
            .env("AWS_ENDPOINT", format!("http://{}", self.address))
            .env("AWS_ACCESS_KEY_ID", "essai")
            .env("AWS_SECRET_ACCESS_KEY", "essai")
            .env("AWS_REGION", "us-east-1");
    }
}

/// What every store must do.
async fn a_store_keeps_gives_back_and_forgets(files: &Files) {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let one = files.keep("plan.bin", bytes.clone()).await.unwrap();
    let two = files.keep("copie.bin", bytes.clone()).await.unwrap();
    assert_eq!((one.size, &one.sha256), (3_000_000, &two.sha256));
    assert_eq!(files.read(&one.sha256).await.unwrap(), bytes);

    let (size, stream) = files.stream(&one.sha256).await.unwrap();
    let pieces: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!((size, pieces.concat()), (3_000_000, bytes));

    let mail = files.keep_mail(b"Subject: essai\r\n\r\nBonjour").await.unwrap();
    assert_eq!(files.read_mail(&mail).await.unwrap(), b"Subject: essai\r\n\r\nBonjour");
    assert_eq!(files.every().await.unwrap().len(), 2);
    files.forget_mail(&mail).await.unwrap();
    files.forget_mail(&mail).await.unwrap();
    let missing = files.read_mail(&mail).await.unwrap_err();
    assert!(matches!(missing, FileError::Store(object_store::Error::NotFound { .. })), "{missing:?}");
    let places: Vec<String> = files.every().await.unwrap().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, [format!("{}/{}", &one.sha256[..2], one.sha256)]);
}

/// An antivirus reads what the store gives, as it gives it; and a file larger than any that is received comes
/// in pieces, never whole.
async fn a_store_gives_piece_by_piece(files: &Files) {
    let folder = tempfile::tempdir().unwrap();
    let clamd = Clamd::started(folder.path()).await;
    let antivirus = Antivirus::at(&clamd.address(), 30).unwrap();
    let (clean, virus) = (files.keep("a.txt", b"bonjour".to_vec()), files.keep("b.txt", harmless_virus()));
    for (kept, verdict) in
        [(clean.await.unwrap(), Verdict::Clean), (virus.await.unwrap(), Verdict::Infected(VIRUS.into()))]
    {
        let (_, pieces) = files.stream(&kept.sha256).await.unwrap();
        assert_eq!(antivirus.examine(pieces).await.unwrap(), verdict);
    }
    let name = "ab".repeat(32);
    files.put_back(&format!("ab/{name}"), vec![7; 30_000_000]).await.unwrap();
    let (size, mut pieces) = files.stream(&name).await.unwrap();
    let (mut total, mut largest) = (0, 0);
    while let Some(piece) = pieces.try_next().await.unwrap() {
        total += piece.len();
        largest = largest.max(piece.len());
    }
    assert_eq!((size, total), (30_000_000, 30_000_000));
    assert!(largest <= 1_000_000, "{largest}");
}

#[tokio::test]
async fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::local(folder.path()).unwrap();
    a_store_keeps_gives_back_and_forgets(&files).await;
    a_store_gives_piece_by_piece(&files).await;
}

/// The address of a bucket comes by the environment, which one process shares: the program is run, and what
/// it left is read by a client of our own.
#[tokio::test]
async fn a_bucket() {
    let s3 = S3::open().await;
    let store = object_store::aws::AmazonS3Builder::new()
        .with_bucket_name(BUCKET)
        .with_endpoint(format!("http://{}", s3.address))
        .with_allow_http(true)
        .with_region("us-east-1")
        .with_access_key_id("essai")
        .with_secret_access_key("essai");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = object_store::prefix::PrefixStore::new(store.build().unwrap(), "fichiers");
    let files = Files::over(std::sync::Arc::new(store));
    a_store_keeps_gives_back_and_forgets(&files).await;

    let mail = files.keep_mail(b"Subject: garde\r\n\r\nOriginal").await.unwrap();
    let (place, elsewhere) = (Place::empty(Engine::Sqlite).await, Place::empty(Engine::Sqlite).await);
    let run = |place: &Place, arguments: &[&str], url: &str| {
        let mut command = place.program(arguments);
        s3.set(&mut command, url);
        ground::Said::of(command.output().unwrap())
    };
    let url = format!("s3://{BUCKET}/fichiers");
    run(&place, &["migrate"], &url).well();
    let said = run(&place, &["doctor"], &url).out;
    assert!(said.lines().any(|line| line.starts_with("bon") && line.contains(&url)), "{said}");
    let archive = place.path().join("sauvegarde.tar.gz");
    run(&place, &["backup", archive.to_str().unwrap()], &url).well();

    let restored = format!("s3://{BUCKET}/restaure");
    run(&elsewhere, &["restore", archive.to_str().unwrap()], &restored).well();
    let second = Place::empty(Engine::Sqlite).await;
    let taken = run(&second, &["restore", archive.to_str().unwrap()], &restored);
    assert!(taken.code != Some(0) && taken.err.contains("l’endroit des fichiers"), "{}", taken.err);

    // The same files, restored into a folder.
    second.run(&["restore", archive.to_str().unwrap()]).well();
    let local = Files::local(&second.config.files_dir()).unwrap();
    assert_eq!(local.read_mail(&mail).await.unwrap(), b"Subject: garde\r\n\r\nOriginal");
    let both = [&files, &local].map(|one| async { one.every().await.unwrap() });
    let [bucket, folder] = both;
    assert_eq!(bucket.await, folder.await);

    let said = run(&place, &["doctor"], "s3://absent/fichiers").out;
    assert!(said.lines().any(|line| line.starts_with("À VOIR") && line.contains("s3://absent")), "{said}");
    a_store_gives_piece_by_piece(&files).await;
}
