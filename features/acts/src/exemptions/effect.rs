//! Web exemptions made true: each act applied or undone rewrites the lists of its school from all the
//! exemptions that hold, read from the database while nobody else writes. (SEC-09, SEC-11, SEC-12)

use beffroi_db::DbError;
use beffroi_kernel::{ActId, SchoolId, Uai};
use serde::{Deserialize, Serialize};

use super::address::{Address, Direction, Extent};
use super::danger::{DangerLists, Verdict};
use super::proxy::{LiveExemption, Proof, ProxyLists, holdable};
use crate::model::{Act, ActKind};
use crate::{Acts, Adapter, EndError, ground, revoke_for_safety, store};

/// What the act of an exemption says to the proxy: its `terms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct ExemptionTerms {
    /// What is opened or closed.
    pub address: Address,
    /// How far.
    pub extent: Extent,
    /// Which way.
    pub direction: Direction,
}

/// Terms as acts carry them: those of a sheet name the address `url` and may leave the extent out.
#[derive(Deserialize)]
struct Written {
    #[serde(alias = "url")]
    address: Address,
    extent: Option<Extent>,
    #[serde(alias = "decision")]
    direction: Direction,
}

impl From<Written> for ExemptionTerms {
    fn from(Written { address, extent, direction }: Written) -> Self {
        let named = if address.rest() == "/" { Extent::Site } else { Extent::Page };
        Self { address, extent: extent.unwrap_or(named), direction }
    }
}

impl ExemptionTerms {
    /// The terms of an act, when they can be read.
    #[must_use]
    pub fn of(act: &Act) -> Option<Self> {
        serde_json::from_value(act.terms.clone()).ok()
    }

    /// What the lists say of it; nothing is said of an address that is closed.
    #[must_use]
    pub fn verdict(&self, dangers: &DangerLists) -> Option<Verdict> {
        (self.direction == Direction::Allow).then(|| dangers.verdict(&self.address)).flatten()
    }
}

/// Makes the proxy hold the exemptions that hold.
#[derive(Clone)]
pub struct ProxyAdapter {
    acts: Acts,
    lists: ProxyLists,
    dangers: DangerLists,
}

impl ProxyAdapter {
    /// Reads acts from `acts`, writes `lists`, and lets nothing through that `dangers` names.
    #[must_use]
    pub fn new(acts: Acts, lists: ProxyLists, dangers: DangerLists) -> Self {
        Self { acts, lists, dangers }
    }

    /// Makes the lists of a school hold what holds now.
    ///
    /// # Errors
    /// Words for an operator.
    pub async fn rewrite(&self, school: SchoolId) -> Result<Proof, String> {
        let words = |error: DbError| error.to_string();
        let place = ground::school_of(&self.acts, school).await.map_err(words)?;
        let uai = Uai::parse(&place.uai).map_err(|error| error.to_string())?;
        let held = self.lists.hold(&uai).await.map_err(|error| error.to_string())?;
        let db = &self.acts.site.db;
        let live = store::acts::live_in(db.read(), school).await.map_err(words)?;
        let now = db.now();
        let ours = live.iter().filter(|act| act.kind == ActKind::WebExemption && act.holds(now));
        let wanted: Vec<LiveExemption> = ours.filter_map(|act| self.wanted(act)).collect();
        held.write(&wanted, now).await.map_err(|error| error.to_string())
    }

    /// What the proxy must hold for an act; nothing when a list forbids it, whatever was signed.
    fn wanted(&self, act: &Act) -> Option<LiveExemption> {
        let terms = ExemptionTerms::of(act).filter(|terms| terms.verdict(&self.dangers).is_none())?;
        let ExemptionTerms { address, extent, direction } = terms;
        Some(LiveExemption { address, extent, direction, act: act.reference.clone(), ends_on: act.ends_on? })
    }
}

/// Ends the acts that open what a list has named since; their effects are undone by their jobs. To be
/// called when the lists changed.
///
/// # Errors
/// When the database does not answer.
pub async fn recheck(acts: &Acts, dangers: &DangerLists) -> Result<Vec<ActId>, DbError> {
    let mut ended = Vec::new();
    for act in store::acts::exemptions_in_force(acts.site.db.read()).await? {
        let Some(terms) = ExemptionTerms::of(&act) else { continue };
        if let Some(verdict) = terms.verdict(dangers) {
            end(acts, &act, &verdict.sentence(&terms.address)).await?;
            ended.push(act.id);
        }
    }
    Ok(ended)
}

async fn end(acts: &Acts, act: &Act, why: &str) -> Result<(), DbError> {
    match acts.site.db.write(async |tx| revoke_for_safety(acts, tx, act.id, None, why).await).await {
        Err(EndError::Db(error)) => Err(error),
        // Over already: somebody else ended it.
        _ => Ok(()),
    }
}

#[async_trait::async_trait]
impl Adapter for ProxyAdapter {
    fn name(&self) -> &'static str {
        "proxy"
    }

    fn serves(&self, kind: ActKind) -> bool {
        kind == ActKind::WebExemption
    }

    async fn apply(&self, act: &Act) -> Result<String, String> {
        let terms = ExemptionTerms::of(act).filter(|_| act.ends_on.is_some());
        let terms = terms.ok_or("l’acte ne dit pas quelle adresse, dans quel sens, ni jusqu’à quand")?;
        if let Some(verdict) = terms.verdict(&self.dangers) {
            let why = verdict.sentence(&terms.address);
            end(&self.acts, act, &why).await.map_err(|error| error.to_string())?;
            return Err(why);
        }
        holdable(&terms.address, terms.extent, self.lists.decrypts())?;
        self.rewrite(act.school).await.map(|proof| proof.to_string())
    }

    async fn undo(&self, act: &Act) -> Result<String, String> {
        self.rewrite(act.school).await.map(|proof| proof.to_string())
    }
}
