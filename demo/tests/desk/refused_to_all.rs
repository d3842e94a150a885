//! Every account of the Region against every refusal of table T6, through the services that pages call: either the
//! service is not theirs, or it refuses; nothing is sent, signed or opened. (T6; LIRE-02)

use beffroi_acts::{OpenActs, SignActs, Signing, open_rights};
use beffroi_db::{Db, db_test};
use beffroi_demo::{PASSWORD, fill};
use beffroi_desk::drafts::DraftError;
use beffroi_desk::submit::SubmitError;
use beffroi_desk::{DecideApprovals, SubmitRequest, drafts, submit};
use beffroi_directory::people::person_by_login;
use beffroi_kernel::{Access, Role};
use beffroi_sheets::Answer;

use crate::acts::signed;
use crate::ground::Ground;

/// One account of each function.
const LOGINS: &[&str] = &[
    "proviseur.lille",
    "adjoint.lille",
    "sg.lille",
    "ddfpt.lille",
    "tic.lille",
    "enseignant.lille",
    "personnel.lille",
    "agent.lille",
    "eleve.lille",
    "technicien.nord",
    "technicien.central",
    "responsable.nord",
    "departement",
    "catalogue",
    "travaux",
    "academie",
    "rssi",
    "dpd",
    "prestataire",
];

/// A request as a sheet asks for it, and the choices that the rule refuses.
type Asked = ((&'static str, &'static str), &'static [(&'static str, &'static str)]);

const REFUSED: &[Asked] = &[
    (("poste-de-travail", "installer-logiciels"), &[("licences", "doute")]),
    (("logiciel-pedagogie", "installation"), &[("licences", "insuffisantes")]),
    (("logiciel-administration", "installer-logiciel"), &[("licences_prouvees", "doute")]),
    (("outils-de-gestion", "deploiement"), &[("licences_prouvees", "doute")]),
    (("securite-internet", "derogation-web"), &[("sens", "autoriser"), ("reputation", "dangereux")]),
    (("securite-internet", "derogation-web"), &[("sens", "autoriser"), ("reputation", "insecurise")]),
    (("securite-internet", "derogation-web"), &[("sens", "autoriser"), ("reputation", "illegal")]),
    (("securite-internet", "derogation-web"), &[("duree_connue", "non")]),
    (("logiciel-administration", "ressources"), &[("motif", "niveau-de-service")]),
    (("logiciel-pedagogie", "ressources-serveur"), &[("motif", "niveau-de-service")]),
    (("demande-d-equipements", "equipement-hors-enquete"), &[("cadre", "besoin")]),
    (("poste-de-travail", "panne"), &[("origine", "region"), ("degradation", "constatee")]),
    (("securite-internet", "delegation-filtrage"), &[("statut", "region")]),
    (("securite-internet", "delegation-filtrage"), &[("statut", "autre")]),
    (("outils-de-gestion", "droits-outil"), &[("beneficiaire", "tiers")]),
];

async fn account(ground: &Ground, login: &str) -> Access {
    ground.access(person_by_login(ground.db(), login).await.unwrap().unwrap().id).await
}

/// Whether the form was theirs to fill in; it is then refused.
async fn tries(ground: &Ground, who: &Access, ((sheet, kind), choices): &Asked) -> bool {
    let Some(permit) = who.permit::<SubmitRequest>() else { return false };
    let id = match drafts::start(&ground.desk, &permit, who, ground.school, sheet, kind).await {
        Ok(id) => id,
        Err(DraftError::NotFound | DraftError::NotForYou(_)) => return false,
        Err(error) => panic!("{sheet} {kind}: {error}"),
    };
    let draft = drafts::open(&ground.desk, &permit, who, id).await.unwrap();
    let today = ground.db().now().date_naive();
    let mut answers = fill(draft.kind(), &draft.facts, today, "Salle 204, troisième rangée.").unwrap();
    answers.extend(choices.iter().map(|(id, choice)| ((*id).into(), Answer::Choice((*choice).into()))));
    drafts::put_answers(&ground.desk, &draft, answers).await.unwrap();
    let outcome = submit::submit(&ground.desk, &permit, who, id).await;
    assert!(
        matches!(outcome, Err(SubmitError::OutOfScope)),
        "{:?} {sheet} {kind}: {outcome:?}",
        who.main_role()
    );
    true
}

#[db_test]
async fn no_account_sends_what_nobody_may_have(db: Db) {
    let ground = Ground::new(db).await;
    let sent = "SELECT COUNT(*) FROM request";
    let before = ground.count(sent).await;
    let mut asked = vec![0; REFUSED.len()];
    for login in LOGINS {
        let who = account(&ground, login).await;
        for (refusal, tried) in REFUSED.iter().zip(&mut asked) {
            let theirs = tries(&ground, &who, refusal).await;
            let school = who.main_role().is_some_and(Role::is_school);
            assert!(school || !theirs, "{login} is of no school");
            *tried += usize::from(theirs);
        }
    }
    assert!(asked.iter().all(|tried| *tried > 0), "each refusal was met: {asked:?}");
    assert_eq!(ground.count(sent).await, before);
}

#[db_test]
async fn no_account_signs_or_opens_in_the_place_of_the_head(db: Db) {
    let ground = Ground::new(db).await;
    let head = account(&ground, "proviseur.lille").await;
    // The demo has a filter delegate, who may sign exemptions: not this one.
    for (what, delegate) in [
        (("outils-de-gestion", "droits-outil"), ""),
        (("securite-internet", "derogation-web"), "enseignant.lille"),
    ] {
        let reference = ground.ask(&head, what).await;
        let folder = ground.folder(&head, &reference).await;
        let act = beffroi_acts::for_request(&ground.desk.acts, folder.request.id).await.unwrap().remove(0);
        for login in LOGINS.iter().filter(|login| **login != "proviseur.lille" && **login != delegate) {
            let who = account(&ground, login).await;
            if who.permit::<DecideApprovals>().is_some() {
                let forged = ground.decide(&who, folder.approvals[0].id, signed(PASSWORD)).await;
                assert!(forged.is_err(), "{login} decides {what:?}");
            }
            if let Some(permit) = who.permit::<SignActs>() {
                let text_sha256 = act.text_sha256.as_str();
                let signing = Signing {
                    act: act.id,
                    text_sha256,
                    proof: beffroi_directory::Proof::Password(PASSWORD),
                    acknowledged: true,
                };
                let forged = beffroi_acts::sign(&ground.desk.acts, &permit, signing).await;
                assert!(forged.is_err(), "{login} signs {what:?}");
            }
            if let Some(permit) = who.permit::<OpenActs>() {
                let early = open_rights(&ground.desk.acts, &permit, act.id).await;
                assert!(early.is_err(), "{login} opens {what:?} unsigned");
            }
        }
        let now = beffroi_acts::for_request(&ground.desk.acts, folder.request.id).await.unwrap().remove(0);
        assert_eq!(now.state, beffroi_acts::State::ToSign, "{what:?}");
    }
}
