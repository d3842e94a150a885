//! Acts of the first school in each of their states, so that the pages of acts have something to show.

use beffroi_acts::{Act, ActKind, Acts, NewAct, SignActs, Signing, Who, open_act, sign};
use beffroi_db::DbError;
use beffroi_desk::Desk;
use beffroi_directory::{access_of, people};
use beffroi_kernel::{PersonId, Role, SchoolId};
use chrono::{Days, NaiveDate};
use serde_json::json;

use crate::{DemoError, PASSWORD};

/// Makes them, signed by the head of Lille.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn create(desk: &Desk) -> Result<(), DemoError> {
    let acts = Acts::new(desk.site.clone());
    let (Some(head), Some(teacher), Some(tic)) = (
        who(desk, "proviseur.lille").await?,
        who(desk, "enseignant.lille").await?,
        who(desk, "tic.lille").await?,
    ) else {
        return Ok(());
    };
    let access = access_of(&desk.site.db, head).await?;
    let Some(school) = access.and_then(|access| access.functions.iter().find_map(|held| held.school)) else {
        return Ok(());
    };
    let today = desk.site.db.now().date_naive();
    let base = Base { school, head, today };
    opened(&acts, base.waiting(tic)).await?;
    opened(&acts, base.asked()).await?;
    for new in [base.filter(teacher), base.coordinator(tic), base.provider(), base.exemption()] {
        let by = if new.kind == ActKind::WorkstationRights { tic } else { head };
        let act = opened(&acts, new).await?;
        signed(&acts, by, &act).await?;
    }
    Ok(())
}

async fn who(desk: &Desk, login: &str) -> Result<Option<PersonId>, DbError> {
    Ok(people::person_by_login(&desk.site.db, login).await?.map(|person| person.id))
}

async fn opened(acts: &Acts, new: NewAct) -> Result<Act, DemoError> {
    acts.site.db.write(async |tx| open_act(acts, tx, new.clone()).await).await.map_err(DemoError::step)
}

async fn signed(acts: &Acts, person: PersonId, act: &Act) -> Result<(), DemoError> {
    let access = access_of(&acts.site.db, person).await?;
    let Some(permit) = access.and_then(|access| access.permit::<SignActs>()) else { return Ok(()) };
    let signing = Signing {
        act: act.id,
        text_sha256: &act.text_sha256,
        proof: beffroi_directory::Proof::Password(PASSWORD),
        acknowledged: true,
    };
    sign(acts, &permit, signing).await.map_err(DemoError::step)?;
    Ok(())
}

#[derive(Clone, Copy)]
struct Base {
    school: SchoolId,
    head: PersonId,
    today: NaiveDate,
}

impl Base {
    fn act(self, kind: ActKind, title: &str, text: &str) -> NewAct {
        NewAct {
            kind,
            school: self.school,
            title: title.into(),
            text: text.into(),
            terms: json!({}),
            holder: None,
            provider: None,
            starts_on: self.today,
            ends_on: None,
            request: None,
            supersedes: None,
            signatories: vec![vec![Who::Role(Role::Head)]],
            strict_order: true,
            region_opens: false,
            by: Some(self.head),
        }
    }

    fn waiting(self, holder: PersonId) -> NewAct {
        let text = "Le chef d’établissement délègue au coordonnateur TIC des droits d’administration limités.\n\n\
                    Actions : réinitialiser les imprimantes partagées ; ouvrir et fermer les files d’impression.\n\
                    Motif : continuité de service, quand aucun technicien n’est sur place.";
        let known = "Ces droits permettent en général davantage que ces actions. L’établissement ne pourra pas \
                     tenir la Région pour responsable de ce qui survient dans le périmètre ainsi ouvert.";
        let text = &format!("{text}\n\n{known}");
        let act = self.act(ActKind::AdminRights, "Droits d’administration des files d’impression", text);
        let terms = json!({ "acknowledgements": [
            { "name": "droits-administration", "version": "1", "text": known }
        ] });
        NewAct { holder: Some(holder), region_opens: true, terms, ..act }
    }

    fn filter(self, holder: PersonId) -> NewAct {
        let text = "Le chef d’établissement confie à cette personne, personnel de l’État, les décisions de \
                    filtrage de l’internet de l’établissement. Elle signe en son nom les dérogations.";
        NewAct {
            holder: Some(holder), ..self.act(ActKind::FilterDelegation, "Délégation du filtrage", text)
        }
    }

    fn coordinator(self, holder: PersonId) -> NewAct {
        let text = "Le coordonnateur TIC reçoit les droits de gestion des postes des salles B12 et B14. \
                    Il prend la responsabilité de la gestion du parc qui lui est confié.";
        NewAct {
            holder: Some(holder),
            signatories: vec![vec![Who::Holder]],
            region_opens: true,
            ..self.act(ActKind::WorkstationRights, "Gestion des postes des salles B12 et B14", text)
        }
    }

    fn provider(self) -> NewAct {
        let ends = self.today + Days::new(45);
        let text = "Le chef d’établissement demande un accès externe dérogatoire pour le prestataire \
                    d’impression, à son serveur et à lui seul, après étude favorable de la Région.";
        NewAct {
            provider: Some("Impression Services".into()),
            terms: json!({ "contract_ends_on": ends }),
            ends_on: Some(self.today + Days::new(75)),
            ..self.act(ActKind::ProviderAccess, "Accès du prestataire d’impression", text)
        }
    }

    fn asked(self) -> NewAct {
        let text = "L’accès à https://cartes.example/ est autorisé pour les cours de géographie, jusqu’à la \
                    date de fin de cet acte.";
        NewAct {
            signatories: vec![vec![Who::Role(Role::Head), Who::FilterDelegate]],
            terms: json!({ "url": "https://cartes.example/", "decision": "allow" }),
            ends_on: Some(self.today + Days::new(90)),
            ..self.act(ActKind::WebExemption, "Accès aux cartes du cours de géographie", text)
        }
    }

    fn exemption(self) -> NewAct {
        let text = "Le chef d’établissement autorise l’accès à https://banque-images.example/ pour le cours \
                    d’arts appliqués, jusqu’à la date de fin de cet acte.";
        NewAct {
            terms: json!({ "url": "https://banque-images.example/", "decision": "allow" }),
            ends_on: Some(self.today + Days::new(60)),
            ..self.act(ActKind::WebExemption, "Accès à la banque d’images du cours d’arts appliqués", text)
        }
    }
}
