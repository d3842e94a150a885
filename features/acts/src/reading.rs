//! Reading acts: one, those of a request, those that wait for somebody, those of a school or a person.

use beffroi_db::reach::{self, Why};
use beffroi_db::{DbError, Tx};
use beffroi_kernel::{Access, ActId, Action, Breadth, PersonId, RequestId, Role, SchoolId, Scope};
use chrono::Days;

use crate::model::{Act, ActKind, End, EndReason, OpenActs, ReadActs, Review, State, Who};
use crate::proof::Statement;
use crate::rules::paris_day;
use crate::store::lists::{self, Listing};
use crate::{Acts, ending, store};

/// « Ends soon » means within so many days.
pub(crate) const SOON: Days = Days::new(60);

/// The acts that answer a request, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn for_request(acts: &Acts, id: RequestId) -> Result<Vec<Act>, DbError> {
    store::acts::of_request(acts.site.db.read(), id).await
}

/// The acts that answer a request, read within a change.
///
/// # Errors
/// When the database does not answer.
pub async fn of_request(tx: &Tx, id: RequestId) -> Result<Vec<Act>, DbError> {
    store::acts::of_request(tx.on(), id).await
}

/// The acts of a kind that a school has signed and that are not over.
///
/// # Errors
/// When the database does not answer.
pub async fn live_of_kind(acts: &Acts, school: SchoolId, kind: ActKind) -> Result<Vec<Act>, DbError> {
    let mut live = store::acts::live_in(acts.site.db.read(), school).await?;
    live.retain(|act| act.kind == kind);
    Ok(live)
}

/// The act in force that answers a request.
///
/// # Errors
/// When the database does not answer.
pub async fn in_force_for_request(acts: &Acts, id: RequestId) -> Result<Option<Act>, DbError> {
    let found = for_request(acts, id).await?;
    Ok(found.into_iter().find(|act| act.state == State::InForce))
}

/// The request is over without what it asked for: its acts that are not in force end with it, as
/// withdrawn or refused. Those in force stay: only a revocation ends them.
///
/// # Errors
/// When the database does not answer.
pub async fn end_of_request(
    acts: &Acts,
    tx: &Tx,
    request: RequestId,
    reason: EndReason,
    (by, note): (Option<PersonId>, &str),
) -> Result<(), DbError> {
    for act in store::acts::of_request(tx.on(), request).await? {
        let Some(mut act) = store::acts::lock(tx.on(), act.id).await? else { continue };
        // Nobody refuses to sign what is signed: it is then withdrawn.
        let reason = if act.state == State::Signed { EndReason::Withdrawn } else { reason };
        if matches!(act.state, State::ToSign | State::Signed) {
            let end = End { reason, at: tx.now(), by, authority: None, note: note.to_owned() };
            ending::end(acts, tx, &mut act, end).await?;
        }
    }
    Ok(())
}

/// What the document of an act states.
///
/// # Errors
/// When the database does not answer.
pub async fn statement(acts: &Acts, act: &Act) -> Result<Statement, DbError> {
    crate::proof::stated(acts, act).await
}

/// An act that this person may read: within their reach, theirs, or one they sign.
pub(crate) async fn visible(acts: &Acts, access: &Access, id: ActId) -> Result<Option<Act>, DbError> {
    let read = acts.site.db.read();
    if let Some(permit) = access.permit::<ReadActs>()
        && let Some(act) = store::acts::find(read, permit.scope(), id).await?
    {
        return Ok(Some(act));
    }
    let scope = Scope::system("an act judged by who signs it");
    let found = reach::everything(Why::Signing, store::acts::find(read, &scope, id)).await?;
    let Some(act) = found else { return Ok(None) };
    let mine = act.is_signed_by(access.person) || act.created_by == Some(access.person);
    let mine = mine || may_sign(acts, access, std::slice::from_ref(&act)).await?.contains(&act.id);
    Ok(mine.then_some(act))
}

/// Of these acts, those that wait for this person's signature, by the functions they hold at the
/// request's instant. Signing judges anew.
pub(crate) async fn may_sign(acts: &Acts, access: &Access, found: &[Act]) -> Result<Vec<ActId>, DbError> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let day = paris_day(acts.site.db.now());
    let delegated = lists::delegated_schools(acts.site.db.read(), access.person, day).await?;
    let may = |act: &&Act| {
        !act.is_signed_by(access.person)
            && act.awaited().any(|one| one.who.iter().any(|who| fits(access, act, *who, &delegated)))
    };
    Ok(found.iter().filter(may).map(|act| act.id).collect())
}

fn fits(access: &Access, act: &Act, who: Who, delegated: &[SchoolId]) -> bool {
    let mut here = access.functions_in(act.school).filter(|function| function.role != Role::Pupil);
    match who {
        Who::Role(role) if role.is_school() => here.any(|function| function.role == role),
        Who::Role(role) => access.holds(role),
        Who::Holder => act.holder == Some(access.person) && here.next().is_some(),
        Who::FilterDelegate => delegated.contains(&act.school) && here.next().is_some(),
    }
}

/// What waits for this person’s signature, newest first: as head, as filter delegate, as the one who receives a right.
///
/// # Errors
/// When the database does not answer.
pub async fn to_sign(acts: &Acts, access: &Access) -> Result<Vec<Act>, DbError> {
    let schools: Vec<SchoolId> = access
        .functions
        .iter()
        .filter(|function| function.role != Role::Pupil)
        .filter_map(|function| function.school)
        .collect();
    let region = access.functions.iter().map(|function| function.role).filter(|role| !role.is_school());
    let region: Vec<&str> = region.map(Role::slug).collect();
    let mut waiting = lists::awaited(acts.site.db.read(), &schools, &region).await?;
    let mine = may_sign(acts, access, &waiting).await?;
    waiting.retain(|act| mine.contains(&act.id));
    Ok(waiting)
}

/// What is signed and waits for this person’s service to open it, newest first: what a request asks for is opened with
/// it. (SRV-17)
pub(crate) async fn to_open(acts: &Acts, access: &Access) -> Result<Vec<Act>, DbError> {
    match access.permit::<OpenActs>() {
        Some(permit) => lists::to_open(acts.site.db.read(), permit.scope()).await,
        None => Ok(Vec::new()),
    }
}

/// The reviews that this person decides as head, with their acts.
pub(crate) async fn to_review(acts: &Acts, access: &Access) -> Result<Vec<(Review, Act)>, DbError> {
    let heads = access.functions.iter().filter(|function| function.role == Role::Head);
    let schools: Vec<SchoolId> = heads.filter_map(|function| function.school).collect();
    lists::under_review(acts.site.db.read(), &schools).await
}

/// Which rights a list shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub kind: Option<ActKind>,
    pub state: Option<State>,
    pub person: Option<PersonId>,
    pub school: Option<SchoolId>,
    pub soon: bool,
    pub after: Option<ActId>,
}

/// Acts within the reach of this person; nothing when they only reach their own.
pub(crate) async fn list(acts: &Acts, scope: &Scope, wanted: &Wanted) -> Result<Listing, DbError> {
    let today = paris_day(acts.site.db.now());
    lists::page(acts.site.db.read(), scope, wanted, (today, today + SOON)).await
}

/// Whether a person reaches more than their own acts.
pub(crate) fn reaches_schools(access: &Access) -> bool {
    let reach = |role: Role| ReadActs::reach(role).is_some_and(|breadth| breadth != Breadth::Own);
    access.functions.iter().any(|function| reach(function.role))
}
