//! One router out of all the rooms, what every request passes, the workers, and a graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use beffroi_acts::Acts;
use beffroi_acts::exemptions::DangerLists;
use beffroi_acts::proof::timestamp::Authority;
use beffroi_acts::proof::{self, Proofs, Sealer};
use beffroi_api::{Api, Networks};
use beffroi_bridge::{Bridges, Panel};
use beffroi_catalogue::Catalogue;
use beffroi_db::Db;
use beffroi_db::jobs::{self, Worker};
use beffroi_db::journal::{self, keys::Signer};
use beffroi_db::reach::{self, Why};
use beffroi_db::sealing::Ring;
use beffroi_desk::Desk;
use beffroi_desk::quarantine::EXAMINE_JOB;
use beffroi_directory::sso::{self, Doors};
use beffroi_directory::{Board, Door, Gate, Site, Vault};
use beffroi_kernel::{Clock, SystemClock};
use beffroi_mailbox::Mailbox;
use beffroi_operations::Operations;
use beffroi_web::{Proxies, Routed, WebError};
use chrono::TimeDelta;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

use crate::config::Config;
use crate::filter::Filter;
use crate::{gauges, keys, links, mailbox, notify, probes, walls};

/// Largest request body: a few attachments at once.
const MAX_BODY: usize = 120 * 1024 * 1024;
/// Longest request: 20 MB over a school's slow line.
const REQUEST_TIME: Duration = Duration::from_secs(180);
/// How often the journal's head is signed.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(3600);

/// Everything that serves.
#[derive(Clone)]
pub struct Service {
    /// The desk, which holds the site and the catalogue.
    pub desk: Desk,
    /// Signed decisions.
    pub acts: Acts,
    /// What proves them.
    pub proofs: Proofs,
    /// What seals the secrets of one-time codes.
    pub vault: Vault,
    /// The keys that seal secrets, shared with what seals.
    pub ring: Ring,
    /// The key that signs the journal and the acts, shared with what signs.
    pub signer: Signer,
    /// The web filter: what no exemption opens, and the proxy's lists.
    pub filter: Filter,
    /// Mails that come in.
    pub mailbox: Mailbox,
    /// Maintenance and availability.
    pub operations: Operations,
    /// Single sign-on.
    pub doors: Doors,
    /// Other programs: calls, and webhooks.
    pub api: Api,
    /// Pages that a person may ask in a minute.
    pub page_calls: u32,
    /// The proxies that say for whom they ask.
    pub proxies: Proxies,
    /// Bridges to the tools of teams.
    pub bridges: Bridges,
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Db(#[from] beffroi_db::DbError),
    /// The disk or the network.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The database has another shape than this version expects.
    #[error("la base attend {0} migration(s) : lancez d’abord « beffroi migrate »")]
    Migrations(usize),
    /// The lists of the web filter.
    #[error("configuration, clé « danger_lists » : {0}")]
    Filter(#[from] beffroi_acts::exemptions::DangerError),
    /// Mail settings.
    #[error("configuration, clé « smtp_url » : {0}")]
    Mail(String),
    /// The mailbox where mails come in.
    #[error("{0}")]
    Mailbox(String),
    /// Where files are kept.
    #[error(
        "configuration, clé « files_url » : {0}\nRemède : vérifiez l’adresse, et les variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION et AWS_ENDPOINT"
    )]
    Files(String),
    /// Single sign-on.
    #[error("configuration, clé « sso » ou « sso_header » : {0}")]
    Sso(String),
    /// The reverse proxies.
    #[error("configuration, clé « proxies » : {0}")]
    Proxies(String),
    /// The networks open to webhooks.
    #[error("configuration, clé « webhook_networks » : {0}")]
    Networks(String),
}

/// Connects to the database of `config`.
///
/// # Errors
/// When it does not answer.
pub async fn connect(config: &Config) -> Result<Db, StartError> {
    std::fs::create_dir_all(&config.data_dir)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Db::connect(&config.database_url(), clock).await?)
}

impl Service {
    /// Puts the rooms together over `db`.
    ///
    /// # Errors
    /// When the folder of files cannot be used.
    pub fn assemble(config: &Config, db: Db) -> Result<Self, StartError> {
        let base_url = config.base_url();
        let site = Site { db, secure_cookies: base_url.starts_with("https://"), base_url };
        let catalogue = Catalogue::new(site.clone()).under(beffroi_acts::kinds::faults);
        let files = crate::files::open(config)?;
        let dangers = DangerLists::open(config.danger_lists.clone())?;
        let decrypts = config.proxy().is_some_and(|proxy| proxy.decrypts);
        let acts = Acts::new(site.clone()).refusing(dangers.clone(), decrypts);
        let desk = Desk::new(site, catalogue, files, acts);
        let (filter, acts) = Filter::assemble(config, dangers, desk.acts.clone());
        let signer = Signer::new(keys::journal_key(&config.data_dir)?);
        let sealer = Arc::new(Sealer::following(signer.clone()));
        let proofs = Proofs { acts: acts.clone(), sealer };
        let ring = keys::ring::ring(&config.data_dir)?;
        let vault = Vault::over(&ring);
        let desk = Desk { acts: acts.clone(), ..desk };
        let mailbox = mailbox::assemble(config, desk.clone())?;
        let operations = Operations::new(desk.site.clone());
        let doors = Doors::new(desk.site.clone(), &config.sso, config.sso_header.as_ref());
        let doors = doors.map_err(StartError::Sso)?;
        let networks = Networks::parse(&config.webhook_networks);
        let networks = networks.map_err(|error| StartError::Networks(error.to_string()))?;
        let api = Api::new(desk.clone(), ring.clone(), networks);
        let api = api.allowing(config.api_calls);
        let (page_calls, proxies) = (config.page_calls, Proxies::parse(&config.proxies));
        let proxies = proxies.map_err(StartError::Proxies)?;
        let bridges = Bridges::over(&api);
        let desk = desk.beside(Arc::new(Panel(bridges.clone())));
        Ok(Self {
            desk,
            acts,
            proofs,
            vault,
            ring,
            signer,
            filter,
            mailbox,
            operations,
            doors,
            api,
            page_calls,
            proxies,
            bridges,
        })
    }

    /// Every route of every room, with the list of them.
    #[must_use]
    pub fn routes(&self) -> Routed {
        let door = Door { site: self.desk.site.clone(), vault: self.vault.clone() };
        beffroi_directory::routes(self.desk.site.clone())
            .merge(beffroi_directory::factor_routes(door))
            .merge(beffroi_directory::sso_routes(self.doors.clone()))
            .merge(beffroi_catalogue::routes(self.desk.catalogue.clone()))
            .merge(beffroi_desk::routes(self.desk.clone()))
            .merge(beffroi_acts::routes(self.acts.clone()))
            .merge(proof::routes(self.proofs.clone()))
            .merge(beffroi_mailbox::routes(self.mailbox.clone()))
            .merge(beffroi_privacy::routes(self.desk.clone()))
            .merge(beffroi_operations::routes(self.operations.clone()))
            .merge(beffroi_api::routes(self.api.clone()))
            .merge(beffroi_bridge::routes(self.bridges.clone()))
    }

    /// The router with everything a request passes.
    pub fn router(&self) -> Router {
        let site = self.desk.site.clone();
        let board = self.board();
        let routed = self.routes();
        let gate = Gate::new(site.clone(), self.page_calls, routed.weights);
        let pages = routed
            .router
            .fallback(beffroi_api::no_such_address)
            .layer(middleware::from_fn_with_state(gate, beffroi_directory::gate))
            .layer(middleware::from_fn_with_state(self.operations.clone(), beffroi_operations::guard))
            .layer(middleware::from_fn_with_state(site.clone(), beffroi_directory::error_pages))
            .layer(middleware::from_fn_with_state(board, beffroi_directory::announce))
            .layer(middleware::from_fn_with_state(self.doors.clone(), sso::around))
            .layer(middleware::from_fn(beffroi_web::refuse_cross_site))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(RequestBodyLimitLayer::new(MAX_BODY));
        pages
            .merge(probes::public(site))
            .route("/assets/{file}", get(beffroi_web_assets::serve))
            .layer(middleware::from_fn(measure))
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .layer(CatchPanicLayer::custom(|_| {
                WebError::Internal("a handler panicked".into()).into_response()
            }))
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIME))
            .layer(middleware::from_fn_with_state(self.proxies.clone(), beffroi_web::caller))
            // Outside what may answer in the place of a page: faults and delays bear them too.
            .layer(middleware::from_fn(beffroi_web::security_headers))
            .layer(PropagateRequestIdLayer::x_request_id())
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
    }

    /// What pages say on top: incidents in progress, and to those concerned releases of liability.
    fn board(&self) -> Board {
        let (db, operations) = (self.desk.site.db.clone(), self.operations.clone());
        Board::new(move || {
            let (db, operations) = (db.clone(), operations.clone());
            Box::pin(reach::everything(Why::Announcements, async move {
                let mut told = operations.announcements().await?;
                told.extend(beffroi_desk::major::in_force(&db).await?);
                told.extend(beffroi_acts::liability::announcements(&db).await?);
                Ok(told)
            }))
        })
    }

    /// Gives the keys whenever their files change, until told to stop.
    fn follow_keys<S>(&self, config: &Config, stop: S) -> impl Future<Output = ()> + use<S>
    where
        S: Future<Output = ()>,
    {
        let signer = keys::signing::watch(config.data_dir.clone(), self.signer.clone());
        let ring = keys::ring::watch(config.data_dir.clone(), self.ring.clone(), stop);
        async move {
            tokio::select! {
                () = ring => {}
                () = signer => {}
            }
        }
    }

    /// The jobs of every room.
    ///
    /// # Errors
    /// When the mail settings cannot be used.
    pub fn worker(&self, config: &Config) -> Result<Worker, StartError> {
        let worker = beffroi_desk::jobs(Worker::new(self.desk.site.db.clone()), self.desk.clone());
        let worker = beffroi_api::jobs(beffroi_acts::jobs(worker, &self.acts), &self.api);
        let worker = beffroi_bridge::jobs(worker, &self.bridges);
        let authority = config.timestamp_url.as_ref().map(Authority::new);
        let worker = proof::jobs(worker, &self.desk.site.db, authority);
        // Without an antivirus, what waits for one goes on waiting.
        let unexamined: &'static [&'static str] = if config.clamd.is_none() { &[EXAMINE_JOB] } else { &[] };
        let worker = worker.leaving(unexamined);
        let Some(mailer) = mailbox::mailer(config).map_err(StartError::Mail)? else {
            return Ok(worker.leaving(&[beffroi_directory::MAIL_JOB, beffroi_directory::PASSWORD_RESET_JOB]));
        };
        Ok(beffroi_directory::mail::with_mail(worker, &self.desk.site, &mailer))
    }
}

/// Counts and times each route by its template: no reference nor name enters the metrics or logs.
async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().to_string();
    let id =
        request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let began = tokio::time::Instant::now();
    let (response, queries) = beffroi_db::count_queries(reach::of_visitor(next.run(request))).await;
    let seconds = began.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    metrics::counter!("beffroi_requests_total", "route" => route.clone(), "method" => method.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("beffroi_request_seconds", "route" => route.clone()).record(seconds);
    tracing::info!(id, method, route, status, milliseconds = seconds * 1000.0, queries, "request");
    response
}

/// Whether this program may serve over the schema that is there.
async fn fits(db: &Db) -> Result<(), StartError> {
    let schema = db.schema().await?;
    if schema.pending > 0 {
        return Err(StartError::Migrations(schema.pending));
    }
    if schema.newer > 0 {
        tracing::warn!(
            migrations = schema.newer,
            "the schema is of a newer version: this program goes on over it"
        );
    }
    Ok(())
}

/// Serves until the process is told to stop; requests and jobs in hand are finished.
///
/// # Errors
/// When the address cannot be used or the schema is not this version's.
pub async fn serve(config: &Config) -> Result<(), StartError> {
    let db = connect(config).await?;
    fits(&db).await?;
    let service = Service::assemble(config, db.clone())?;
    beffroi_directory::protection::begin(&db).await?;
    beffroi_desk::delays::schedule(&service.desk).await?;
    if config.timestamp_url.is_some() {
        proof::take_up(&db).await?;
    }
    let recorder = gauges::recorder().map_err(std::io::Error::other)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let wait = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let worker = beside(service.worker(config)?.run_until(wait(stopped.clone())));
    let signer = beside(sign_journal(db.clone(), service.signer.clone(), wait(stopped.clone())));
    let lists = beside(service.filter.clone().watch(wait(stopped.clone())));
    let ring = beside(service.follow_keys(config, wait(stopped.clone())));
    let mails = mailbox::imap(config).map_err(StartError::Mailbox)?;
    let mails = beside(mailbox::watch(service.mailbox.clone(), mails, stopped.clone()));
    let node = beffroi_operations::node_name(config.listen.port());
    let pulse = beside(beffroi_operations::beat(db.clone(), node, wait(stopped.clone())));
    let about = gauges::watch(db.clone(), config.data_dir.clone(), recorder.clone(), wait(stopped.clone()));
    let about = beside(about);
    let webhooks = beffroi_api::webhooks::watch(service.api.clone(), wait(stopped.clone()));
    let webhooks = beside(webhooks);
    let bridges = beside(beffroi_bridge::watch(service.bridges.clone(), wait(stopped.clone())));
    let probe = Arc::new(links::FromHere(service.api.networks.as_ref().clone()));
    let catalogue = service.desk.catalogue.clone();
    let texts = beside(beffroi_catalogue::links::watch(catalogue, probe, wait(stopped.clone())));
    let gauges = beside(watch_backlog(db.clone(), wait(stopped.clone())));
    let walls = beside(walls::watch(db.clone(), walls::Pace::default(), wait(stopped.clone())));
    let inside = probes::private(db.clone(), recorder);
    let inside = beside(probes::serve(config.metrics_listen, inside, wait(stopped)));

    let listener = tokio::net::TcpListener::bind(config.listen).await.map_err(|error| {
        let why = format!("l’adresse {} ne peut pas être ouverte ({error}) : changez « listen » ou arrêtez l’autre programme", config.listen);
        std::io::Error::other(why)
    })?;
    announce(&service, &config.base_url()).await;
    // Streams last as long as their pages: they end first, so that the server stops at once.
    let live = std::sync::Arc::clone(db.live());
    let ending = async move {
        told_to_stop().await;
        notify::stopping();
        live.close();
    };
    notify::ready();
    // Who speaks to us, for the header that only the proxy may send.
    let router = service.router().into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(ending).await?;
    let _ = stop.send(true);
    let _ = tokio::join!(
        worker, signer, gauges, lists, pulse, about, webhooks, bridges, texts, inside, mails, ring, walls
    );
    Ok(db.close().await?)
}

/// Something that goes on beside the answers, for the whole site.
fn beside<F>(work: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(reach::everything(Why::Watch, work))
}

async fn announce(service: &Service, base_url: &str) {
    println!("Beffroi est prêt : {base_url}");
    match beffroi_demo::accounts(&service.desk.site.db).await {
        Ok(accounts) if !accounts.is_empty() => {
            println!("\nRégion fictive. Mot de passe de tous ces comptes : {}", beffroi_demo::PASSWORD);
            for (login, label) in accounts {
                println!("  {login:<28} {label}");
            }
        }
        _ => {}
    }
}

async fn told_to_stop() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

async fn sign_journal(db: Db, signer: Signer, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        if let Err(error) = journal::checkpoint(&db, &signer.key()).await {
            tracing::error!(%error, "the journal could not be signed");
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(CHECKPOINT_EVERY) => {}
        }
    }
}

async fn watch_backlog(db: Db, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        if let Ok(backlog) = jobs::backlog(&db, TimeDelta::minutes(5)).await {
            for (state, count) in
                [("waiting", backlog.waiting), ("late", backlog.late), ("dead", backlog.dead)]
            {
                #[expect(clippy::cast_precision_loss, reason = "a gauge of jobs never nears 2^52")]
                metrics::gauge!("beffroi_jobs", "state" => state).set(count as f64);
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(Duration::from_secs(30)) => {}
        }
    }
}
