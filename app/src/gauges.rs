//! What Prometheus reads of the process itself: version, memory, disk, database, journal. The names of
//! `process_…` are those that every Prometheus client gives. (issue 5: watch)

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use beffroi_db::{Db, journal};
use metrics::gauge;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Between two looks; Prometheus usually reads every 15 seconds.
const EVERY: Duration = Duration::from_secs(15);
/// The kernel counts memory by pages of this many bytes on the machines that serve.
const PAGE: u64 = 4096;
/// Upper bounds in seconds of the durations of requests, so that the figures of several nodes add up.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// The recorder of the whole process.
///
/// # Errors
/// When another recorder is there already.
pub(crate) fn recorder() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("beffroi_request_seconds".into()), &BUCKETS)?
        .install_recorder()
}

/// Looks at the process now and then, until told to stop.
pub(crate) async fn watch(
    db: Db,
    data_dir: PathBuf,
    recorder: PrometheusHandle,
    stop: impl Future<Output = ()>,
) {
    gauge!("beffroi_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!("process_start_time_seconds").set(float(db.now().timestamp().unsigned_abs()));
    tokio::pin!(stop);
    loop {
        process(Path::new("/proc/self"), &data_dir);
        database(&db).await;
        // Durations wait in memory until they are read: nobody may be reading.
        recorder.run_upkeep();
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Whether the database answers, and how fast.
async fn database(db: &Db) {
    let began = tokio::time::Instant::now();
    let head = tokio::time::timeout(EVERY, journal::head(db)).await;
    gauge!("beffroi_database_seconds").set(began.elapsed().as_secs_f64());
    let Ok(Ok(head)) = head else {
        gauge!("beffroi_database_up").set(0.0);
        return;
    };
    gauge!("beffroi_database_up").set(1.0);
    gauge!("beffroi_journal_entries").set(float(head.seq.unsigned_abs()));
    if let Ok(aside) = beffroi_mailbox::set_aside(db).await {
        gauge!("beffroi_mails_aside").set(float(aside.unsigned_abs()));
    }
    quarantine(db).await;
}

/// Files that wait for the antivirus and since when, and those that bear a virus.
async fn quarantine(db: &Db) {
    let Ok(found) = beffroi_desk::quarantine::standing(db).await else { return };
    let oldest = found.since.map_or(0, |since| (db.now() - since).num_seconds());
    gauge!("beffroi_files_waiting").set(float(found.waiting.unsigned_abs()));
    gauge!("beffroi_files_waiting_seconds").set(float(oldest.max(0).unsigned_abs()));
    gauge!("beffroi_files_infected").set(float(found.infected.unsigned_abs()));
}

fn process(about: &Path, data_dir: &Path) {
    if let Some(bytes) = fs::read_to_string(about.join("statm")).ok().as_deref().and_then(resident) {
        gauge!("process_resident_memory_bytes").set(float(bytes));
    }
    if let Ok(open) = fs::read_dir(about.join("fd")) {
        gauge!("process_open_fds").set(float(open.count() as u64));
    }
    if let Ok(free) = fs4::available_space(data_dir) {
        gauge!("beffroi_disk_free_bytes").set(float(free));
    }
}

/// The bytes in memory that the second figure of `statm` says.
fn resident(statm: &str) -> Option<u64> {
    statm.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * PAGE)
}

#[expect(clippy::cast_precision_loss, reason = "a gauge of bytes or entries never nears 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_the_second_figure_of_the_kernel() {
        assert_eq!(resident("30000 2500 900 1 0 700 0"), Some(2500 * 4096));
        assert_eq!(resident(""), None);
    }

    #[test]
    fn this_process_has_memory() {
        let own = fs::read_to_string("/proc/self/statm").unwrap();
        assert!(resident(&own).unwrap() > 1_000_000);
    }
}
