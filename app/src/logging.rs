//! Structured logs. Request ids, routes and durations; events of security with who (an identifier) and from where;
//! never a name, an answer, nor what was typed.

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;

/// Starts logging to standard error; `RUST_LOG` narrows or widens it.
pub fn start(format: LogFormat) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm=warn"));
    // A second start (in tests) changes nothing.
    drop(subscriber(format, filter, std::io::stderr).try_init());
}

/// What writes the lines that `filter` lets pass. Values are escaped: a line holds one event, whatever it is about.
pub fn subscriber<W>(format: LogFormat, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
        LogFormat::Text => Box::new(builder.compact().finish()),
    }
}
