//! Some weeks of requests, written, approved and treated by the cast through the desk itself.

use beffroi_catalogue::Published;
use beffroi_desk::approvals::{self, Verdict};
use beffroi_desk::conversation;
use beffroi_desk::work::{self, Step};
use beffroi_desk::{
    DecideApprovals, Desk, Outcome, ReadRequests, SubmitRequest, WaitingFor, WorkRequests, drafts, reading,
    submit,
};
use beffroi_directory::access_of;
use beffroi_kernel::{Access, Action, Clock, FixedClock, Permit, PersonId, Role, SchoolId};
use beffroi_sheets::RequestType;
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::people::Cast;
use crate::{DemoError, PASSWORD};

const SAMPLES: &[&str] = &[
    "Salle 204, troisième rangée : trois postes ne s’allument plus depuis ce matin.",
    "Au CDI, la connexion est très lente entre dix heures et midi.",
    "Atelier de mécanique : il faut la nouvelle version avant la rentrée des vacances.",
    "Bureau de l’intendance, premier étage, près de l’imprimante partagée.",
    "Salle informatique du bâtiment C, utilisée par les classes de seconde.",
];
const DAYS: i64 = 24;
const A_DAY: usize = 4;
/// How long the weeks of requests last: a clock that starts this long ago ends now. A day's requests take less
/// than fourteen hours, what lies between them included.
pub const SPAN: TimeDelta = TimeDelta::hours(24 * (DAYS - 1) + 14);

/// Moves the clock on to `instant`.
fn wait(clock: &FixedClock, instant: DateTime<Utc>) {
    clock.advance((instant - clock.now()).max(TimeDelta::zero()));
}

pub(crate) async fn create(
    desk: &Desk,
    clock: &FixedClock,
    cast: &Cast,
    dice: &mut StdRng,
) -> Result<(), DemoError> {
    let sheets = desk.catalogue.current().await?;
    let kinds: Vec<_> =
        sheets.iter().flat_map(|sheet| sheet.sheet.requests.iter().map(move |kind| (sheet, kind))).collect();
    let began = clock.now();
    for day in 0..DAYS {
        wait(clock, began + TimeDelta::days(day));
        for _ in 0..A_DAY {
            let (Some((sheet, kind)), Some((school, ..))) = (kinds.choose(dice), cast.school.choose(dice))
            else {
                continue;
            };
            if let Some(reference) = ask(desk, cast, *school, sheet, kind, dice).await? {
                treat(desk, clock, cast, *school, &reference, day, dice).await?;
            }
            clock.advance(TimeDelta::minutes(dice.random_range(20..90)));
        }
    }
    wait(clock, began + SPAN);
    Ok(())
}

async fn access(desk: &Desk, person: PersonId) -> Result<Access, DemoError> {
    access_of(&desk.site.db, person).await?.ok_or_else(|| DemoError::Step("une personne manque".into()))
}

fn permit<A: Action>(access: &Access) -> Result<Permit<A>, DemoError> {
    access.permit().ok_or_else(|| DemoError::Step(format!("{} ne peut pas : {}", access.name, A::NAME)))
}

async fn ask(
    desk: &Desk,
    cast: &Cast,
    school: SchoolId,
    sheet: &Published,
    kind: &RequestType,
    dice: &mut StdRng,
) -> Result<Option<String>, DemoError> {
    let able: Vec<PersonId> = kind.who.iter().filter_map(|role| cast.in_school(school, *role)).collect();
    let Some(person) = able.choose(dice) else {
        return Ok(None);
    };
    let access = access(desk, *person).await?;
    let permit = permit::<SubmitRequest>(&access)?;
    let id = drafts::start(desk, &permit, &access, school, &sheet.sheet.slug, &kind.id)
        .await
        .map_err(DemoError::step)?;
    let draft = drafts::open(desk, &permit, &access, id).await.map_err(DemoError::step)?;
    let sample = SAMPLES.choose(dice).copied().unwrap_or_default();
    let Some(answers) = crate::fill(kind, &draft.facts, desk.site.db.now().date_naive(), sample) else {
        drafts::delete(desk, &draft).await.map_err(DemoError::step)?;
        return Ok(None);
    };
    drafts::put_answers(desk, &draft, answers).await.map_err(DemoError::step)?;
    Ok(Some(submit::submit(desk, &permit, &access, id).await.map_err(DemoError::step)?))
}

/// Old requests are mostly over, recent ones mostly not.
async fn treat(
    desk: &Desk,
    clock: &FixedClock,
    cast: &Cast,
    school: SchoolId,
    reference: &str,
    day: i64,
    dice: &mut StdRng,
) -> Result<(), DemoError> {
    let luck = i64::from(dice.random_range(0..100u32)) - day * 3;
    if luck < -40 || !approve(desk, cast, school, reference).await? {
        return Ok(());
    }
    clock.advance(TimeDelta::minutes(dice.random_range(10..120)));
    let (requester, id, team) = summary(desk, cast, school, reference).await?;
    let Some(agent) = cast.in_team(team) else {
        return Ok(());
    };
    let access = access(desk, agent).await?;
    let permit = permit::<WorkRequests>(&access)?;
    if luck < -25 {
        return Ok(());
    }
    work::work(desk, &permit, id, Step::Take).await.map_err(DemoError::step)?;
    if luck < -10 {
        let wait =
            Step::Wait(WaitingFor::School, "Pouvez-vous préciser la salle et les postes concernés ?".into());
        work::work(desk, &permit, id, wait).await.map_err(DemoError::step)?;
        return Ok(());
    }
    if luck < 10 {
        return Ok(());
    }
    let solution = Step::Resolve(
        Outcome::Done,
        "C’est fait, après vérification sur place. Dites-nous si quelque chose reste à revoir.".into(),
    );
    work::work(desk, &permit, id, solution).await.map_err(DemoError::step)?;
    if luck > 30 {
        let access = self::access(desk, requester).await?;
        let permit = self::permit::<ReadRequests>(&access)?;
        conversation::rate(desk, &permit, id, 3, None).await.map_err(DemoError::step)?;
    }
    Ok(())
}

async fn summary(
    desk: &Desk,
    cast: &Cast,
    school: SchoolId,
    reference: &str,
) -> Result<(PersonId, beffroi_kernel::RequestId, beffroi_kernel::TeamId), DemoError> {
    let head = cast
        .in_school(school, Role::Head)
        .ok_or_else(|| DemoError::Step("un chef d’établissement manque".into()))?;
    let access = access(desk, head).await?;
    let folder = reading::open(desk, &permit(&access)?, &access, reference).await?;
    let folder = folder.ok_or_else(|| DemoError::Step(format!("la demande {reference} manque")))?;
    Ok((folder.request.requester_id, folder.request.id, folder.request.team_id))
}

/// Everyone asked to approve does; false when nobody can.
pub(crate) async fn approve(
    desk: &Desk,
    cast: &Cast,
    school: SchoolId,
    reference: &str,
) -> Result<bool, DemoError> {
    for _ in 0..6 {
        let mut decided = false;
        let mut pending = false;
        for (_, _, person) in cast.school.iter().filter(|(where_, ..)| *where_ == school) {
            let access = access(desk, *person).await?;
            let Some(permit) = access.permit::<DecideApprovals>() else {
                continue;
            };
            let asked = approvals::waiting_for(desk, &permit, &access).await?;
            let Some(asked) = asked.into_iter().find(|asked| asked.request.reference == reference) else {
                continue;
            };
            pending = true;
            let password = asked.step.sign.then(|| PASSWORD.to_owned());
            if approvals::decide(
                desk,
                &permit,
                &access,
                asked.step.id,
                Verdict::Grant { password, shown: None, acknowledged: true },
            )
            .await
            .is_ok()
            {
                decided = true;
                break;
            }
        }
        if !pending {
            return Ok(true);
        }
        if !decided {
            return Ok(false);
        }
    }
    Ok(false)
}
