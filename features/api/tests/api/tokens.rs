//! Tokens: never more than their owner at the call, never after their day.

use axum::body::Body;
use axum::http::Request;
use beffroi_api::{HoldTokens, tokens};
use beffroi_db::{Db, db_test};
use beffroi_directory::people;
use chrono::TimeDelta;

use crate::ground::{Ground, system};

#[db_test]
async fn a_token_of_another_school_is_refused(db: Db) {
    let ground = Ground::new(db).await;
    let all = ground.token(ground.sonia).await;
    let [here, there] = [ground.ask(&all, 0).await, ground.ask(&all, 1).await];
    let first = ground.schools[0];
    let (_, token) = ground.token_for(ground.sonia, true, |one| one.school == Some(first)).await;

    ground.get(&token, &format!("/api/v1/demandes/{here}")).await.with(200);
    ground.get(&token, &format!("/api/v1/demandes/{there}")).await.with(404);
    let message = serde_json::json!({ "texte": "Bonjour" });
    ground.post(&token, &format!("/api/v1/demandes/{there}/messages"), &message).await.with(404);
    let list = ground.get(&token, "/api/v1/demandes").await.with(200);
    let references: Vec<&str> =
        list["demandes"].as_array().unwrap().iter().map(|one| one["reference"].as_str().unwrap()).collect();
    assert_eq!(references, [here.as_str()], "{there} is another school's");
    let refused = ground.post(&token, "/api/v1/demandes", &ground.question(1)).await;
    assert_eq!(refused.faults(), ["etablissement"]);
    ground.get(&token, &format!("/api/v1/etablissements/{}", ground.uai[1])).await.with(404);
    ground.get(&all, &format!("/api/v1/etablissements/{}", ground.uai[1])).await.with(200);
}

#[db_test]
async fn a_token_loses_what_its_owner_loses(db: Db) {
    let mut ground = Ground::new(db).await;
    let all = ground.token(ground.sonia).await;
    let there = ground.ask(&all, 1).await;
    people::end_function(ground.db(), &system(), ground.functions[1], ground.db().now()).await.unwrap();
    ground.later(TimeDelta::minutes(1));
    ground.get(&all, &format!("/api/v1/demandes/{there}")).await.with(404);
    let me = ground.get(&all, "/api/v1/moi").await.with(200);
    assert_eq!(me["fonctions"].as_array().unwrap().len(), 1);

    people::end_function(ground.db(), &system(), ground.functions[0], ground.db().now()).await.unwrap();
    ground.later(TimeDelta::minutes(1));
    ground.get(&all, "/api/v1/moi").await.with(401);
}

#[db_test]
async fn a_token_serves_until_its_day_or_its_revocation(db: Db) {
    let mut ground = Ground::new(db).await;
    let (token, secret) = ground.token_for(ground.sonia, false, |_| true).await;
    let other = ground.token(ground.nora).await;
    assert_eq!(ground.number("SELECT COUNT(*) FROM api_token WHERE token_hash LIKE 'beffroi%'").await, 0);
    ground.get(&secret, "/api/v1/moi").await.with(200);
    let sonia = ground.access(ground.sonia).await.permit::<HoldTokens>().unwrap();
    let nora = ground.access(ground.nora).await.permit::<HoldTokens>().unwrap();
    assert!(tokens::own(ground.db(), &sonia).await.unwrap()[0].last_used_at.is_some());
    assert!(!tokens::revoke_own(ground.db(), &nora, token.id).await.unwrap(), "another's");
    assert!(tokens::revoke_own(ground.db(), &sonia, token.id).await.unwrap());
    ground.get(&secret, "/api/v1/moi").await.with(401);

    ground.get(&other, "/api/v1/moi").await.with(200);
    ground.later(TimeDelta::days(30));
    ground.get(&other, "/api/v1/moi").await.with(401);
    assert_eq!(ground.number("SELECT COUNT(*) FROM journal_entry WHERE kind LIKE 'token.%'").await, 3);
}

#[db_test]
async fn only_a_token_opens_and_one_that_reads_changes_nothing(db: Db) {
    let ground = Ground::new(db).await;
    for (name, value) in [
        ("cookie", "__Host-beffroi=a"),
        ("authorization", "Bearer beffroi_a"),
        ("authorization", "Basic YTpi"),
    ] {
        let request = Request::get("/api/v1/moi").header(name, value).body(Body::empty()).unwrap();
        let got = ground.call(request).await;
        assert_eq!(got.headers["content-type"], "application/problem+json");
        assert!(got.headers.contains_key("www-authenticate"));
        assert_eq!(got.with(401)["type"], "/api#jeton");
    }
    let (_, reading) = ground.token_for(ground.sonia, false, |_| true).await;
    let refused = ground.post(&reading, "/api/v1/demandes", &ground.question(0)).await;
    refused.with(403);
    assert_eq!(ground.number("SELECT COUNT(*) FROM request").await, 0);
}

#[db_test]
async fn a_token_is_made_for_functions_one_holds_and_a_year_at_most(db: Db) {
    let ground = Ground::new(db).await;
    let sonia = ground.access(ground.sonia).await;
    let permit = sonia.permit::<HoldTokens>().unwrap();
    let held = tokens::function_key(&sonia.functions[0]);
    let nora = tokens::function_key(&ground.access(ground.nora).await.functions[0]);
    let new = |name: &str, functions: &[&String], days| tokens::NewToken {
        name: name.into(),
        functions: functions.iter().map(|key| (*key).clone()).collect(),
        writes: true,
        days,
    };
    for (refused, field) in [
        (new("", &[&held], 30), "nom"),
        (new("essai", &[], 30), "fonctions"),
        (new("essai", &[&nora], 30), "fonctions"),
        (new("essai", &[&held], 366), "duree"),
    ] {
        match tokens::make(ground.db(), &permit, &sonia, refused).await {
            Err(tokens::TokenError::Field(name, _)) => assert_eq!(name, field),
            other => panic!("{other:?}"),
        }
    }
    let (made, _) =
        tokens::make(ground.db(), &permit, &sonia, new("essai", &[&held, &nora], 365)).await.unwrap();
    assert_eq!(made.functions, [held]);
    assert!(ground.access(ground.eve).await.permit::<HoldTokens>().is_none(), "a pupil has none");
}

#[db_test]
async fn a_token_makes_so_many_calls_a_minute(db: Db) {
    let mut ground = Ground::new(db).await;
    let token = ground.token(ground.rene).await;
    for _ in 0..300 {
        ground.get(&token, "/api/v1/moi").await.with(200);
    }
    let refused = ground.get(&token, "/api/v1/moi").await;
    assert!(refused.headers["ratelimit"].to_str().unwrap().starts_with("\"minute\";r=0"));
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    refused.with(429);
    ground.later(TimeDelta::seconds(wait));
    ground.get(&token, "/api/v1/moi").await.with(200);
}
