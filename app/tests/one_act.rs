//! A double click, two tabs, two nodes: one act. Two programs over one database receive the same form several times at
//! once; it is signed once, opened once, revoked once. (T2)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use beffroi_acts::{
    Act, ActKind, EndError, RevokeActs, SignActs, SignError, Signing, State, open_act, revoke, sign,
};
use beffroi_app::server::Service;
use beffroi_db::Db;
use beffroi_db::reach::{Why, everything};
use beffroi_directory::Proof;
use beffroi_kernel::PersonId;
use ground::{Engine, PASSWORD, Place, Small, access, act_of_head, head_of, numbers};

/// Two programs over one database, a head, and an act that waits for their signature.
struct Scene {
    nodes: [Service; 2],
    head: PersonId,
    act: Act,
}

impl Scene {
    async fn set(place: &Place) -> Self {
        place.run(&["migrate"]).well();
        let node = async || Service::assemble(&place.config, place.connect().await).unwrap();
        let nodes = [node().await, node().await];
        let db = &nodes[0].desk.site.db;
        let small = Small::install(&nodes[0].desk, 0).await;
        let head = head_of(db, small.school).await;
        let new = act_of_head(ActKind::FilterDelegation, small.school, head, db.now().date_naive());
        let acts = &nodes[0].acts;
        let act = db.write(async |tx| open_act(acts, tx, new.clone()).await).await.unwrap();
        Self { nodes, head, act }
    }

    async fn signs(&self, node: usize) -> Result<Act, SignError> {
        let service = &self.nodes[node];
        let permit = access(&service.desk, self.head).await.permit::<SignActs>().unwrap();
        let proof = Proof::Password(PASSWORD);
        let text_sha256 = &self.act.text_sha256;
        sign(&service.acts, &permit, Signing { act: self.act.id, text_sha256, proof, acknowledged: true })
            .await
    }

    async fn revokes(&self, node: usize) -> Result<Act, EndError> {
        let service = &self.nodes[node];
        let permit = access(&service.desk, self.head).await.permit::<RevokeActs>().unwrap();
        let why = ("Fin de mission", Proof::Password(PASSWORD));
        revoke(&service.acts, &permit, self.act.id, why).await
    }
}

/// How often the journal tells each of these.
async fn told(db: &Db, kinds: [&str; 3]) -> Vec<i64> {
    let one = |kind| format!("(SELECT COUNT(*) FROM journal_entry WHERE kind = '{kind}')");
    numbers(db, &format!("SELECT {}", kinds.map(one).join(", "))).await
}

async fn it_is_decided_once(engine: Engine) {
    let place = Place::empty(engine).await;
    let scene = Scene::set(&place).await;
    let db = &scene.nodes[0].desk.site.db;
    let kinds = ["act.signed", "act.in-force", "act.ended"];

    let (a, b, c, d) = tokio::join!(scene.signs(0), scene.signs(1), scene.signs(0), scene.signs(1));
    for signed in [a, b, c, d] {
        assert_eq!(signed.unwrap().state, State::InForce, "each is told that it is signed");
    }
    assert_eq!(told(db, kinds).await, [1, 1, 0]);

    let (a, b, c, d) = tokio::join!(scene.revokes(0), scene.revokes(1), scene.revokes(0), scene.revokes(1));
    let done = [a, b, c, d].into_iter().filter(|one| match one {
        Ok(_) => true,
        Err(EndError::TooLate(_)) => false,
        Err(error) => panic!("{error:?}"),
    });
    assert_eq!(done.count(), 1);
    assert_eq!(told(db, kinds).await, [1, 1, 1]);
    for node in &scene.nodes {
        node.desk.site.db.clone().close().await.unwrap();
    }
    place.remove().await;
}

#[tokio::test]
async fn a_form_sent_to_two_nodes_at_once_makes_one_act_on_sqlite() {
    it_is_decided_once(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_form_sent_to_two_nodes_at_once_makes_one_act_on_postgres() {
    everything(Why::Test, it_is_decided_once(Engine::Postgres)).await;
}
