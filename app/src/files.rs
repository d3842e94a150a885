//! Where files are kept: a folder of this machine, or a bucket of an S3-compatible store that several nodes
//! share. Its keys and its address are the variables that every S3 client reads (`AWS_…`). (CSU-06)

use std::sync::Arc;
use std::time::Duration;

use beffroi_desk::Files;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientConfigKey, RetryConfig};
use url::Url;

use crate::config::Config;
use crate::server::StartError;

/// How long the store may take to answer, a whole file included.
const WITHIN: &str = "60 seconds";
/// How long it may take to be reached.
const CONNECTED_WITHIN: &str = "5 seconds";
/// How long a person waits while the store is tried again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens the store of `config`; a bucket is not called yet.
///
/// # Errors
/// When the folder cannot be made, or the address or the keys of the bucket cannot be used.
pub fn open(config: &Config) -> Result<Files, StartError> {
    let files = match &config.files_url {
        None => Files::local(&config.files_dir())?,
        Some(url) => bucket(url)?,
    };
    Ok(files.examined_by(config.antivirus()))
}

fn bucket(url: &str) -> Result<Files, StartError> {
    let wrong = |error: &dyn std::fmt::Display| StartError::Files(error.to_string());
    let parsed = Url::parse(url).map_err(|error| wrong(&error))?;
    // The cryptography that the rest of the program uses; set already, it stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let retry = RetryConfig { max_retries: 4, retry_timeout: PATIENCE, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::from_env()
        .with_url(url)
        .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), WITHIN)
        .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::ConnectTimeout), CONNECTED_WITHIN)
        .with_retry(retry);
    if std::env::var("AWS_ENDPOINT").is_ok_and(|endpoint| is_this_machine(&endpoint)) {
        builder = builder.with_allow_http(true);
    }
    let store = builder.build().map_err(|error| wrong(&error))?;
    let prefix = Path::from(parsed.path().trim_matches('/'));
    Ok(Files::over(Arc::new(PrefixStore::new(store, prefix))))
}

/// Plain HTTP is for this machine; elsewhere `AWS_ALLOW_HTTP` must say it.
fn is_this_machine(endpoint: &str) -> bool {
    let host = Url::parse(endpoint).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        assert!(is_this_machine("http://127.0.0.1:9000"));
        assert!(is_this_machine("http://localhost:9000"));
        assert!(!is_this_machine("http://stockage.region.example"));
        assert!(!is_this_machine("127.0.0.1"));
    }
}
