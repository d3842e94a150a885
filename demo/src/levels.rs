//! An incident that is over, a duty roster and an absence, so that the pages of service levels have
//! something to show.

use beffroi_desk::major::{self, Audience, Declaration, Turn};
use beffroi_desk::{Desk, LeadIncidents, ManageTeam, WorkRequests, team_calendar};
use beffroi_directory::{access_of, people, team_by_slug, team_members};
use beffroi_kernel::Access;
use chrono::Days;

use crate::DemoError;

/// Makes them, in the name of the head of the department.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn create(desk: &Desk) -> Result<(), DemoError> {
    let db = &desk.site.db;
    let Some(head) = people::person_by_login(db, "departement").await? else { return Ok(()) };
    let Some(head) = access_of(db, head.id).await? else { return Ok(()) };
    incident(desk, &head).await.map_err(DemoError::step)?;
    roster(desk, &head).await
}

async fn incident(desk: &Desk, head: &Access) -> Result<(), major::MajorError> {
    let Some(permit) = head.permit::<LeadIncidents>() else { return Ok(()) };
    let declaration = Declaration {
        title: "Espaces de fichiers inaccessibles".into(),
        text:
            "Les dossiers partagés ne s’ouvrent plus. Nos techniciens cherchent ; nouvelles dans une heure."
                .into(),
        theme: "serveur".into(),
        audience: Audience::Region,
        request: None,
    };
    let name = major::declare(desk, &permit, head, declaration).await?;
    let news = "Un disque est en cause : il est remplacé en ce moment.";
    major::tell(desk, &permit, head, &name, Turn::News { to_all: true }, news).await?;
    let end = "Le disque est remplacé, les dossiers s’ouvrent de nouveau. Aucun fichier n’est perdu.";
    major::tell(desk, &permit, head, &name, Turn::Resolve, end).await
}

async fn roster(desk: &Desk, head: &Access) -> Result<(), DemoError> {
    let db = &desk.site.db;
    let (Some(permit), Some(team)) = (head.permit::<ManageTeam>(), team_by_slug(db, "mobile-nord").await?)
    else {
        return Ok(());
    };
    let members = team_members(db, team.id).await?;
    let today = db.now().date_naive();
    for (member, weekday) in members.iter().cycle().zip(0..5) {
        let who = (member.id, weekday);
        team_calendar::add_duty(desk, &permit, head, &team, who, (today, None))
            .await
            .map_err(DemoError::step)?;
    }
    if let Some(last) = members.last()
        && let Some(access) = access_of(db, last.id).await?
        && let Some(permit) = access.permit::<WorkRequests>()
    {
        let days = (today + Days::new(7), today + Days::new(11));
        team_calendar::add_absence(desk, &permit, days, "Congé").await.map_err(DemoError::step)?;
    }
    Ok(())
}
