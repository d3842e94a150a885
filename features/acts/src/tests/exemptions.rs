//! Exemptions from what is asked to what the proxy holds, and back. (SEC-07 to SEC-12)

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use beffroi_db::{Db, db_test};
use beffroi_directory::Fault;
use beffroi_kernel::Role;
use chrono::{Days, NaiveDate};

use super::{EVER, Ground, because};
use crate::exemptions::{
    Asked, DangerLists, DangerSettings, Direction, ExemptionTerms, Extent, ProxyAdapter, ProxyLists,
    ProxySettings, Warning, recheck, terms,
};
use crate::model::{Act, ActKind, EndReason, NewAct, State, Who};
use crate::rules::paris_day;
use crate::{Adapter, open_act, revoke};

/// A school whose proxy is a folder, and a list of one bad site.
struct Filtered {
    ground: Ground,
    adapter: ProxyAdapter,
    dangers: DangerLists,
    folder: tempfile::TempDir,
}

impl Filtered {
    async fn new(db: Db) -> Self {
        let mut ground = Ground::new(db).await;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("virus.txt"), "mauvais.example.org\n").unwrap();
        let dangerous = vec![folder.path().join("virus.txt")];
        let dangers = DangerLists::open(DangerSettings { dangerous, ..DangerSettings::default() }).unwrap();
        let settings = ProxySettings { folder: folder.path().join("proxy"), ..ProxySettings::default() };
        let adapter = ProxyAdapter::new(ground.acts.clone(), ProxyLists::new(settings), dangers.clone());
        ground.acts = ground.acts.with(Arc::new(adapter.clone()));
        Self { ground, adapter, dangers, folder }
    }

    fn today(&self) -> NaiveDate {
        paris_day(self.ground.db().now())
    }

    fn asked<'a>(&self, address: &'a str, direction: Direction) -> Asked<'a> {
        Asked {
            address,
            direction,
            starts_on: self.today(),
            ends_on: self.today().checked_add_days(Days::new(10)),
        }
    }

    fn terms(&self, asked: &Asked) -> Result<(ExemptionTerms, Vec<Warning>), Vec<Fault>> {
        terms(asked, &self.dangers, false, self.today())
    }

    fn prepared(&self, asked: &Asked) -> NewAct {
        let (terms, warnings) = self.terms(asked).unwrap();
        NewAct {
            kind: ActKind::WebExemption,
            school: self.ground.school,
            title: "Dérogation".into(),
            text: terms.words(&warnings),
            terms: serde_json::to_value(terms).unwrap(),
            holder: None,
            provider: None,
            starts_on: asked.starts_on,
            ends_on: asked.ends_on,
            request: None,
            supersedes: None,
            signatories: vec![vec![Who::Role(Role::Head), Who::FilterDelegate]],
            strict_order: false,
            region_opens: false,
            by: None,
        }
    }

    async fn signed(&self, address: &str, direction: Direction, head: beffroi_kernel::PersonId) -> Act {
        let new = self.prepared(&self.asked(address, direction));
        let acts = &self.ground.acts;
        let act = self.ground.db().write(async |tx| open_act(acts, tx, new.clone()).await).await.unwrap();
        self.ground.signs(head, &act).await.unwrap()
    }

    fn file(&self, name: &str) -> String {
        let uai = beffroi_kernel::Uai::from_digits(590_001).as_str().to_owned();
        let path: PathBuf = self.folder.path().join("proxy").join(uai).join(name);
        fs::read_to_string(path).unwrap_or_default()
    }
}

#[db_test]
async fn a_signed_exemption_reaches_the_proxy_and_leaves_it_after_its_last_day(db: Db) {
    let filtered = Filtered::new(db).await;
    let head = filtered.ground.serves("Camille", Role::Head, -1..EVER).await;
    let open = filtered.signed("https://cartes.example.org/", Direction::Allow, head).await;
    assert!(filtered.file("allow.txt").is_empty(), "nothing before the job");
    filtered.ground.work().await;
    let shut = filtered.signed("https://jeux.example.org/", Direction::Deny, head).await;
    filtered.ground.work().await;

    assert!(
        filtered.file("allow.txt").contains(r"cartes\.example\.org")
            && filtered.file("allow.txt").contains(&open.reference)
    );
    assert!(
        filtered.file("deny.txt").contains(r"jeux\.example\.org")
            && !filtered.file("allow.txt").contains("jeux")
    );
    let permit = filtered.ground.permit(head).await;
    revoke(&filtered.ground.acts, &permit, shut.id, because("Le club d’échecs en a besoin.")).await.unwrap();
    filtered.ground.work().await;
    assert!(!filtered.file("deny.txt").contains("jeux") && filtered.file("allow.txt").contains("cartes"));
    filtered.ground.wait(11).await;
    assert!(!filtered.file("allow.txt").contains("cartes"));
    let effects = crate::store::effects::of_act(filtered.ground.db().read(), open.id).await.unwrap();
    let proofs = [&effects[0].applied_proof, &effects[0].undone_proof].map(|proof| proof.clone().unwrap());
    assert!(proofs[0].contains("1 dérogation") && proofs[1].contains("0 dérogation"), "{proofs:?}");
}

/// A process killed after the files and before the database leaves what the next run makes right.
#[db_test]
async fn a_crash_between_the_files_and_the_database_leaves_no_stale_line(db: Db) {
    let filtered = Filtered::new(db).await;
    let head = filtered.ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = filtered.signed("https://cartes.example.org/", Direction::Allow, head).await;
    // The files are written, and nobody says so to the database.
    filtered.adapter.apply(&act).await.unwrap();
    let first = filtered.file("allow.txt");
    filtered.adapter.apply(&act).await.unwrap();
    assert_eq!(filtered.file("allow.txt"), first);
    let permit = filtered.ground.permit(head).await;
    revoke(&filtered.ground.acts, &permit, act.id, because("Erreur de saisie dans l’adresse."))
        .await
        .unwrap();
    // A late run of the first job, with the act as it was then, does not open it again.
    filtered.adapter.apply(&act).await.unwrap();
    assert!(!filtered.file("allow.txt").contains("cartes"));
    filtered.ground.work().await;
    assert!(!filtered.file("allow.txt").contains("cartes"));
}

#[db_test]
async fn a_site_listed_after_the_signature_is_closed_and_its_act_ends(db: Db) {
    let filtered = Filtered::new(db).await;
    let head = filtered.ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = filtered.signed("https://cartes.example.org/", Direction::Allow, head).await;
    let deny = filtered.signed("https://virus.example.org/", Direction::Deny, head).await;
    filtered.ground.work().await;
    assert!(filtered.file("allow.txt").contains("cartes"));
    fs::write(filtered.folder.path().join("virus.txt"), "mauvais.example.org\nexample.org\n").unwrap();
    assert!(filtered.dangers.refresh().unwrap());
    assert_eq!(recheck(&filtered.ground.acts, &filtered.dangers).await.unwrap(), [act.id]);
    filtered.ground.work().await;
    let ended = filtered.ground.now(&act).await.ended.unwrap();
    assert_eq!(ended.reason, EndReason::Revoked);
    assert!(ended.note.contains("dangereux") && ended.note.contains("virus"), "{}", ended.note);
    assert!(!filtered.file("allow.txt").contains("cartes"));
    assert_eq!(filtered.ground.now(&deny).await.state, State::InForce, "a listed site may always be closed");
    // Signed in spite of all, by a text prepared before: the proxy never hears of it.
    let late = filtered.ground.opens(act.kind, |new| {
        new.terms = act.terms.clone();
        new.ends_on = act.ends_on;
    });
    let late = filtered.ground.signs(head, &late.await).await.unwrap();
    filtered.ground.work().await;
    assert_eq!(filtered.ground.now(&late).await.state, State::Ended);
    assert!(!filtered.file("allow.txt").contains("cartes"));
}

#[db_test]
async fn what_lacks_an_address_a_date_or_is_listed_is_refused_with_the_way_out(db: Db) {
    let filtered = Filtered::new(db).await;
    let fields = |asked: &Asked| -> Vec<&'static str> {
        filtered.terms(asked).unwrap_err().iter().map(|fault| fault.field).collect()
    };
    let good = filtered.asked("https://cartes.example.org/", Direction::Allow);
    let yesterday = filtered.today().pred_opt().unwrap();
    assert_eq!(fields(&Asked { ends_on: None, ..good.clone() }), ["ends_on"]);
    assert_eq!(fields(&Asked { ends_on: Some(yesterday), ..good.clone() }), ["ends_on"]);
    assert_eq!(
        fields(&Asked { ends_on: filtered.today().checked_add_days(Days::new(500)), ..good.clone() }),
        ["ends_on"]
    );
    assert_eq!(
        fields(&Asked { starts_on: yesterday, address: "cartes", ..good.clone() }),
        ["address", "starts_on"]
    );
    let page = Asked { address: "https://cartes.example.org/europe", ..good.clone() };
    assert_eq!(fields(&page), ["address"], "a page is never widened to its site");
    let open = Asked { address: "http://cartes.example.org/europe", ..good.clone() };
    assert_eq!(filtered.terms(&open).unwrap().0.extent, Extent::Page);
    let listed = filtered.asked("https://a.mauvais.example.org/", Direction::Allow);
    let listed = filtered.terms(&listed).unwrap_err();
    assert!(
        listed[0].message.contains("dangereux") && listed[0].message.contains("responsable de la sécurité")
    );
    filtered.terms(&filtered.asked("https://mauvais.example.org/", Direction::Deny)).unwrap();
    let words = filtered.prepared(&filtered.asked("https://académie.example.org", Direction::Allow)).text;
    assert!(
        words.contains("académie.example.org") && words.contains("xn--acadmie-eya.example.org"),
        "{words}"
    );
    let imitation = filtered.prepared(&filtered.asked("https://p\u{430}ypal.example", Direction::Allow)).text;
    assert!(imitation.contains("Attention"), "the signatory is warned: {imitation}");
}
