//! Who signs what, when, with which authority; and everything that is refused.

use beffroi_db::{Db, db_test};
use beffroi_directory::Proof;
use beffroi_directory::{NameSubstitutes, substitutes};
use beffroi_kernel::{RequestId, Role};
use chrono::Days;
use sea_orm::{ConnectionTrait, Statement};

use super::pages::Browser;
use super::{EVER, Ground, PASSWORD, because};
use crate::model::{ActKind, EndReason, State, Who};
use crate::rules::paris_day;
use crate::sign::{SignError, Signing};
use crate::{EndError, end_of_request, open_rights, redraft, refuse, revoke, sign, store, withdraw};

#[db_test]
async fn a_head_signs_and_the_act_holds_with_the_authority_of_that_instant(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -34..EVER).await;
    let teacher = ground.serves("Noor", Role::Teacher, -10..EVER).await;
    let act = ground.opens(ActKind::FilterDelegation, |new| new.holder = Some(teacher)).await;
    assert_eq!((act.state, act.reference.as_str()), (State::ToSign, "A2026-000001"));
    assert_eq!(act.code.len(), 35, "thirty letters, five dashes");

    let signed = ground.signs(head, &act).await.unwrap();

    assert_eq!(signed, ground.now(&act).await);
    assert_eq!(signed.state, State::InForce);
    let made = signed.signatures[0].made.clone().unwrap();
    assert_eq!(made.authority.words, "Chef d’établissement, depuis le 01/09/2026");
    assert_eq!((made.at, made.text_sha256), (ground.db().now(), act.text_sha256.clone()));
    assert!(made.authority.source.starts_with("function:"));
    assert_eq!(ground.journal(act.id).await, ["act.opened", "act.signed", "act.stated", "act.in-force"]);
    assert_eq!(ground.mails_saying("dont vous êtes bénéficiaire, est en vigueur").await, 1);
}

#[db_test]
async fn two_tabs_make_one_signature(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |_| ()).await;

    let (one, other, again) =
        tokio::join!(ground.signs(head, &act), ground.signs(head, &act), ground.signs(head, &act));

    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(again.unwrap().state, State::InForce);
    let signed = ground.journal(act.id).await.into_iter().filter(|kind| kind == "act.signed").count();
    assert_eq!(signed, 1);
}

#[db_test]
async fn a_text_that_changed_is_shown_again_and_not_signed(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |_| ()).await;
    let text = "Le chef d’établissement décide.\nPremier article, changé.\nSecond article.";
    let changed =
        ground.db().write(async |tx| redraft(tx, act.id, text, act.terms.clone()).await).await.unwrap();

    let refused = ground.signs(head, &act).await;

    assert!(matches!(refused, Err(SignError::TextChanged { shown: Some(shown) }) if shown == act.text));
    assert_eq!(ground.now(&act).await.state, State::ToSign);
    assert_eq!(ground.signs(head, &changed).await.unwrap().state, State::InForce);
    let late = ground.db().write(async |tx| redraft(tx, act.id, "Autre", act.terms.clone()).await).await;
    assert!(late.is_err(), "a signed text does not change");
}

#[db_test]
async fn a_lapsed_authority_is_refused_with_who_may_sign_now(db: Db) {
    let ground = Ground::new(db).await;
    let first = ground.serves("Camille", Role::Head, -100..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |_| ()).await;
    // The page was open, with its permit, before the change.
    let permit = ground.permit(first).await;
    ground.leaves(first).await;
    let second = ground.serves("Noor", Role::Head, 0..EVER).await;

    let signing = Signing {
        act: act.id,
        text_sha256: &act.text_sha256,
        proof: Proof::Password(PASSWORD),
        acknowledged: true,
    };
    match sign(&ground.acts, &permit, signing).await {
        Err(SignError::Lapsed { may_sign }) => {
            assert_eq!(may_sign.iter().map(|one| one.person).collect::<Vec<_>>(), [second]);
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(ground.signs(second, &act).await, Ok(act) if act.state == State::InForce));
}

#[db_test]
async fn a_wrong_password_signs_nothing(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |_| ()).await;
    let permit = ground.permit(head).await;

    let signing = Signing {
        act: act.id,
        text_sha256: &act.text_sha256,
        proof: Proof::Password("pas le bon mot"),
        acknowledged: true,
    };
    assert!(matches!(sign(&ground.acts, &permit, signing).await, Err(SignError::Password)));
    assert_eq!(ground.now(&act).await, act);
}

#[db_test]
async fn a_substitute_signs_and_is_named_as_such_until_the_last_day(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -100..EVER).await;
    let deputy = ground.serves("Noor", Role::DeputyHead, -100..EVER).await;
    let (one, other) =
        (ground.opens(ActKind::AdminRights, |_| ()).await, ground.opens(ActKind::AdminRights, |_| ()).await);
    assert!(matches!(ground.signs(deputy, &one).await, Err(SignError::Lapsed { .. })));
    let permit = ground.permit::<NameSubstitutes>(head).await;
    let today = paris_day(ground.db().now());
    substitutes::name_substitute(
        &ground.acts.site,
        &permit,
        ground.school,
        deputy,
        (today, today + Days::new(4)),
    )
    .await
    .unwrap();
    ground.work().await;

    let made = ground.signs(deputy, &one).await.unwrap().signatures[0].made.clone().unwrap();
    assert_eq!(
        made.authority.words,
        "Chef d’établissement, en remplacement de Camille Essai, du 05/10/2026 au 09/10/2026"
    );
    assert_eq!(ground.mails_saying("Vous remplacez le chef d’établissement").await, 1);

    ground.wait(5).await;
    assert!(matches!(ground.signs(deputy, &other).await, Err(SignError::Lapsed { .. })));
}

#[db_test]
async fn signatures_follow_the_order_that_the_act_asks(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let sg = ground.serves("Noor", Role::SecretaryGeneral, -1..EVER).await;
    let both = || vec![vec![Who::Role(Role::SecretaryGeneral)], vec![Who::Role(Role::Head)]];
    let strict = ground.opens(ActKind::ProviderAccess, |new| new.signatories = both()).await;
    let free = ground
        .opens(ActKind::ProviderAccess, |new| {
            new.signatories = both();
            new.strict_order = false;
        })
        .await;

    assert!(matches!(ground.signs(head, &strict).await, Err(SignError::NotYet)));
    assert_eq!(ground.signs(sg, &strict).await.unwrap().state, State::ToSign);
    assert_eq!(ground.signs(head, &strict).await.unwrap().state, State::InForce);
    assert_eq!(ground.signs(head, &free).await.unwrap().state, State::ToSign);
    assert_eq!(ground.signs(sg, &free).await.unwrap().state, State::InForce);
}

#[db_test]
async fn a_filter_delegate_signs_by_an_act_in_force_only(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -1..EVER).await;
    let exemption = |new: &mut crate::NewAct| {
        new.signatories = vec![vec![Who::Role(Role::Head), Who::FilterDelegate]];
        new.ends_on = Some(new.starts_on + Days::new(30));
    };
    let [first, second, third] = [
        ground.opens(ActKind::WebExemption, exemption).await,
        ground.opens(ActKind::WebExemption, exemption).await,
        ground.opens(ActKind::WebExemption, exemption).await,
    ];
    assert!(matches!(ground.signs(delegate, &first).await, Err(SignError::Lapsed { .. })));

    let delegation = ground.opens(ActKind::FilterDelegation, |new| new.holder = Some(delegate)).await;
    ground.signs(head, &delegation).await.unwrap();
    let made = ground.signs(delegate, &first).await.unwrap().signatures[0].made.clone().unwrap();
    assert_eq!(made.authority.words, format!("Délégataire du filtrage, par l’acte {}", delegation.reference));
    assert_eq!(made.authority.source, format!("act:{}", delegation.id));

    let permit = ground.permit(delegate).await;
    ground.leaves(delegate).await;
    // Before any job runs: the act alone is not enough.
    let signing = Signing {
        act: second.id,
        text_sha256: &second.text_sha256,
        proof: Proof::Password(PASSWORD),
        acknowledged: true,
    };
    assert!(matches!(sign(&ground.acts, &permit, signing).await, Err(SignError::Lapsed { .. })));

    ground.gives(delegate, Role::Teacher, Some(ground.school), 0..EVER).await;
    revoke(&ground.acts, &ground.permit(head).await, delegation.id, because("Fin de mission")).await.unwrap();
    assert!(matches!(ground.signs(delegate, &third).await, Err(SignError::Lapsed { .. })));
}

#[db_test]
async fn a_head_of_another_school_signs_refuses_and_revokes_nothing(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let stranger = ground.person("Noor", "Ailleurs").await;
    ground.gives(stranger, Role::Head, Some(ground.other), -1..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |_| ()).await;

    assert!(matches!(ground.signs(stranger, &act).await, Err(SignError::NotFound)));
    let permit = ground.permit(stranger).await;
    assert!(matches!(refuse(&ground.acts, &permit, act.id, "Non").await, Err(EndError::NotFound)));
    ground.signs(head, &act).await.unwrap();
    let permit = ground.permit(stranger).await;
    assert!(matches!(revoke(&ground.acts, &permit, act.id, because("Non")).await, Err(EndError::NotFound)));
    assert_eq!(ground.now(&act).await.state, State::InForce);
}

#[db_test]
async fn the_coordinator_accepts_before_the_region_opens(db: Db) {
    let ground = Ground::new(db).await;
    let tic = ground.serves("Noor", Role::IctCoordinator, -1..EVER).await;
    let department = ground.person("Sacha", "Région").await;
    ground.gives(department, Role::DepartmentHead, None, -1..EVER).await;
    let act = ground
        .opens(ActKind::WorkstationRights, |new| {
            new.holder = Some(tic);
            new.signatories = vec![vec![Who::Holder]];
            new.region_opens = true;
            new.terms = serde_json::json!({ "acknowledgements": [
                { "name": "responsabilite-postes", "version": "1", "text": "Je prends la responsabilité des postes." }
            ] });
        })
        .await;
    assert!(open_rights(&ground.acts, &ground.permit(department).await, act.id).await.is_err());

    let signed = ground.signs(tic, &act).await.unwrap();
    assert_eq!(signed.state, State::Signed);
    let made = signed.signatures[0].made.clone().unwrap();
    assert_eq!(made.authority.words, "Personne désignée, coordonnateur TIC, depuis le 04/10/2026");

    let permit = ground.permit(department).await;
    let opened = open_rights(&ground.acts, &permit, act.id).await.unwrap();
    assert_eq!((opened.state, opened.in_force_by), (State::InForce, Some(department)));
    assert_eq!(open_rights(&ground.acts, &permit, act.id).await.unwrap(), opened, "opened once");
    assert_eq!(store::acts::acknowledged(ground.db().read(), act.id).await.unwrap(), 1);
}

#[db_test]
async fn a_refusal_says_why_and_whoever_asked_may_withdraw(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let teacher = ground.serves("Noor", Role::Teacher, -1..EVER).await;
    let asked = |new: &mut crate::NewAct| new.by = Some(teacher);
    let [one, other] =
        [ground.opens(ActKind::AdminRights, asked).await, ground.opens(ActKind::AdminRights, asked).await];

    let permit = ground.permit(head).await;
    assert!(matches!(refuse(&ground.acts, &permit, one.id, "  ").await, Err(EndError::ReasonMissing)));
    assert!(matches!(
        refuse(&ground.acts, &ground.permit(teacher).await, one.id, "Non").await,
        Err(EndError::NoAuthority)
    ));
    let refused = refuse(&ground.acts, &permit, one.id, "Hors de la mission").await.unwrap();
    assert_eq!(refused.ended.unwrap().reason, EndReason::Refused);
    assert_eq!(ground.mails_saying("Hors de la mission").await, 1);
    assert!(matches!(ground.signs(head, &one).await, Err(SignError::Over(State::Ended))));

    assert!(matches!(withdraw(&ground.acts, head, other.id, "Erreur").await, Err(EndError::NotFound)));
    let withdrawn = withdraw(&ground.acts, teacher, other.id, "Erreur de saisie").await.unwrap();
    assert_eq!(withdrawn.ended.unwrap().reason, EndReason::Withdrawn);
}

#[db_test]
async fn a_request_that_ends_takes_its_unsigned_acts_with_it(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let request = RequestId::new();
    let of = |new: &mut crate::NewAct| new.request = Some(request);
    let [waiting, held] =
        [ground.opens(ActKind::AdminRights, of).await, ground.opens(ActKind::AdminRights, of).await];
    ground.signs(head, &held).await.unwrap();

    ground
        .db()
        .write(async |tx| {
            end_of_request(&ground.acts, tx, request, EndReason::Withdrawn, (None, "Demande annulée")).await
        })
        .await
        .unwrap();

    assert_eq!(ground.now(&waiting).await.state, State::Ended);
    assert_eq!(crate::in_force_for_request(&ground.acts, request).await.unwrap().unwrap().id, held.id);
}

#[db_test]
async fn an_act_takes_the_place_of_another_once_in_force(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let old = ground.opens(ActKind::AdminRights, |_| ()).await;
    ground.signs(head, &old).await.unwrap();
    let new = ground.opens(ActKind::AdminRights, |new| new.supersedes = Some(old.id)).await;
    assert_eq!(ground.now(&old).await.state, State::InForce);

    ground.signs(head, &new).await.unwrap();

    assert_eq!(ground.now(&old).await.ended.unwrap().reason, EndReason::Superseded);
    assert_eq!(ground.now(&new).await.state, State::InForce);
}

#[db_test]
async fn what_is_to_acknowledge_is_ticked_apart_or_nothing_is_signed(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let known = |new: &mut crate::NewAct| {
        new.terms = serde_json::json!({ "acknowledgements": [
            { "name": "droits-administration", "version": "2", "text": "Je prends acte." }
        ] });
    };
    let act = ground.opens(ActKind::AdminRights, known).await;
    let permit = ground.permit(head).await;
    let signing = Signing {
        act: act.id,
        text_sha256: &act.text_sha256,
        proof: Proof::Password(PASSWORD),
        acknowledged: false,
    };
    assert!(matches!(sign(&ground.acts, &permit, signing).await, Err(SignError::Unacknowledged)));
    assert_eq!(ground.now(&act).await.state, State::ToSign);
    assert_eq!(store::acts::acknowledged(ground.db().read(), act.id).await.unwrap(), 0);

    sign(&ground.acts, &permit, Signing { acknowledged: true, ..signing }).await.unwrap();
    assert_eq!(store::acts::acknowledged(ground.db().read(), act.id).await.unwrap(), 1);
}

#[db_test]
async fn the_service_that_opens_a_right_is_told_once_and_finds_it_in_its_list(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let technician = ground.serves_operations("Robin").await;
    let sql =
        Statement::from_string(ground.db().backend(), "UPDATE team SET email = 'service@beffroi.invalid'");
    ground.db().read().execute_raw(sql).await.unwrap();
    let opened = |new: &mut crate::NewAct| new.region_opens = true;
    let direct = ground.opens(ActKind::AdminRights, opened).await;
    let asked = ground
        .opens(ActKind::AdminRights, |new| {
            opened(new);
            // The request brings it to its team.
            new.request = Some(beffroi_kernel::RequestId::new());
        })
        .await;
    for act in [&direct, &direct, &asked] {
        ground.signs(head, act).await.unwrap();
    }
    assert_eq!(ground.mails_saying("Il donne un droit que votre service ouvre").await, 1);
    // Without an address, its members are told.
    let sql = Statement::from_string(ground.db().backend(), "UPDATE team SET email = NULL");
    ground.db().read().execute_raw(sql).await.unwrap();
    let other = ground.opens(ActKind::AdminRights, opened).await;
    ground.signs(head, &other).await.unwrap();
    assert_eq!(ground.mails_saying("Il donne un droit que votre service ouvre").await, 2);

    let waiting = crate::reading::to_open(&ground.acts, &ground.access(technician).await).await.unwrap();
    assert_eq!(waiting.iter().map(|act| act.id).collect::<Vec<_>>(), [other.id, direct.id], "newest first");
    let page = Browser::of(&ground, technician).await.page("/actes", None).await.1;
    assert!(page.contains("À ouvrir par votre service") && page.contains(&direct.reference), "{page}");
    for one in [head, ground.serves("Lou", Role::Teacher, -1..EVER).await] {
        assert!(crate::reading::to_open(&ground.acts, &ground.access(one).await).await.unwrap().is_empty());
    }

    for act in [&direct, &other] {
        open_rights(&ground.acts, &ground.permit(technician).await, act.id).await.unwrap();
    }
    assert!(
        crate::reading::to_open(&ground.acts, &ground.access(technician).await).await.unwrap().is_empty()
    );
}
