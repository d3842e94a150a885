//! The web filter put together: lists of what no exemption opens, read anew when they change, and the
//! proxy that holds the exemptions. (SEC-09, SEC-12)

use std::sync::Arc;
use std::time::Duration;

use beffroi_acts::Acts;
use beffroi_acts::exemptions::{self, DangerLists, ProxyAdapter, ProxyLists};

use crate::config::Config;

/// How often the files of lists are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Lists of danger, and the proxy when there is one.
#[derive(Clone)]
pub struct Filter {
    /// What no exemption opens.
    pub dangers: DangerLists,
    /// Whether the proxy decrypts https.
    pub decrypts: bool,
    acts: Acts,
}

impl Filter {
    /// Gives `acts` the proxy when there is one.
    #[must_use]
    pub fn assemble(config: &Config, dangers: DangerLists, acts: Acts) -> (Self, Acts) {
        let Some(settings) = config.proxy() else {
            return (Self { dangers, decrypts: false, acts: acts.clone() }, acts);
        };
        let decrypts = settings.decrypts;
        let proxy = ProxyAdapter::new(acts.clone(), ProxyLists::new(settings), dangers.clone());
        let acts = acts.with(Arc::new(proxy));
        (Self { dangers, decrypts, acts: acts.clone() }, acts)
    }

    /// Reads changed lists anew until `stop` resolves, and ends what they condemn. At start too: lists may
    /// have changed while nobody looked.
    pub async fn watch(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut changed = true;
        loop {
            if changed {
                self.recheck().await;
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let dangers = self.dangers.clone();
            changed = match tokio::task::spawn_blocking(move || dangers.refresh()).await {
                Ok(Ok(changed)) => changed,
                Ok(Err(error)) => {
                    tracing::error!(%error, "lists of sites could not be read anew: those known stay");
                    false
                }
                Err(error) => {
                    tracing::error!(%error, "lists of sites were not read");
                    false
                }
            };
        }
    }

    async fn recheck(&self) {
        match exemptions::recheck(&self.acts, &self.dangers).await {
            Ok(ended) if ended.is_empty() => {}
            Ok(ended) => tracing::warn!(count = ended.len(), "exemptions ended: their sites are now listed"),
            Err(error) => tracing::error!(%error, "exemptions were not checked against the lists"),
        }
    }
}
