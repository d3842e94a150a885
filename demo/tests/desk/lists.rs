//! Lists: page by page without gap or duplicate, and nothing of another school in them.

use std::collections::BTreeSet;

use beffroi_db::{Db, db_test};
use beffroi_desk::lists::{self, PAGE, Queue, Selection};
use beffroi_desk::{approvals, drafts};
use beffroi_kernel::{Access, DraftId, Role};
use chrono::TimeDelta;

use crate::acts::permit;
use crate::ground::Ground;

const FAULT: (&str, &str) = ("poste-de-travail", "panne");
const ALERT: (&str, &str) = ("securite-internet", "alerte");

/// A hundred and twenty requests: with a deadline, without, urgent; several at the same instant.
async fn many(ground: &Ground, asker: &Access) -> BTreeSet<String> {
    let mut sent = BTreeSet::new();
    for number in 0..120 {
        let what = if number % 10 == 3 { ALERT } else { FAULT };
        let draft = if number % 4 == 1 {
            goodwill(ground, asker).await
        } else {
            ground.draft(asker, what, &[]).await
        };
        sent.insert(ground.send(asker, draft).await.unwrap());
        if number % 5 == 0 {
            ground.pass(TimeDelta::minutes(7));
        }
    }
    sent
}

async fn goodwill(ground: &Ground, asker: &Access) -> DraftId {
    let id = ground.draft(asker, FAULT, &[("origine", "personnel")]).await;
    let draft = drafts::open(&ground.desk, &permit(asker), asker, id).await.unwrap();
    drafts::accept_goodwill(&ground.desk, &draft).await.unwrap();
    id
}

#[db_test]
async fn pages_follow_without_gap_or_duplicate(db: Db) {
    let ground = Ground::new(db).await;
    let deputy = ground.person(Role::DeputyHead).await;
    let technician = ground.agent("mobile-nord").await;
    let sent = many(&ground, &deputy).await;
    let latest = async |after: Option<String>| {
        lists::requests(&ground.desk, &permit(&deputy), false, None, "", after.as_deref()).await.unwrap()
    };
    let (mut lines, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = latest(after).await;
        sizes.push(page.lines.len());
        lines.extend(page.lines);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(lines.iter().map(|line| line.reference.clone()).collect::<BTreeSet<_>>(), sent);
    assert!(lines.is_sorted_by(|a, b| a.submitted_at >= b.submitted_at));

    let (mut rows, mut sizes, mut after) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let team = Selection::of(Queue::Team);
        let page = lists::page(&ground.desk, &permit(&technician), &team, &[], after.as_deref(), PAGE)
            .await
            .unwrap();
        sizes.push(page.rows.len());
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(rows.iter().map(|row| row.reference.clone()).collect::<BTreeSet<_>>(), sent);
    assert!(rows.is_sorted_by_key(|row| (!row.urgent, row.next_due.is_none(), row.next_due)));

    // One arrives while another page is read: those already there are still read once.
    let first = latest(None).await;
    let late = ground.ask(&deputy, FAULT).await;
    let second = latest(first.next.clone()).await;
    let all = first.lines.iter().chain(&second.lines).map(|line| &line.reference);
    let distinct: BTreeSet<_> = all.collect();
    assert!(distinct.len() == 100 && !distinct.contains(&late));
}

/// Everything that the head of a school is shown, as text.
async fn home(ground: &Ground, head: &Access) -> String {
    let mut shown = Vec::new();
    for (mine, over) in [(false, None), (false, Some(false)), (false, Some(true)), (true, None)] {
        let list = lists::requests(&ground.desk, &permit(head), mine, over, "", None).await.unwrap();
        shown.push(format!("{list:?}"));
    }
    let searched = lists::requests(&ground.desk, &permit(head), false, None, "panne", None).await.unwrap();
    let waiting = approvals::waiting_for(&ground.desk, &permit(head), head).await.unwrap();
    let unsent = drafts::unsent(&ground.desk, &permit(head), head).await.unwrap();
    shown.push(format!("{searched:?} {waiting:?} {}", unsent.len()));
    shown.join("\n")
}

#[db_test]
async fn what_happens_in_another_school_shows_nowhere(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let teacher = ground.person(Role::Teacher).await;
    let exemption = ("securite-internet", "derogation-web");
    for what in [FAULT, exemption, ALERT] {
        ground.ask(&teacher, what).await;
    }
    ground.draft(&head, FAULT, &[]).await;
    let before = home(&ground, &head).await;
    let own = ground.count("SELECT COUNT(*) FROM request").await;

    let stranger = ground.holder(ground.other, Role::Teacher).await;
    for what in [FAULT, exemption, ALERT, exemption] {
        let reference = ground.ask(&stranger, what).await;
        assert!(ground.seen(&head, &reference).await.is_none());
    }
    ground.draft(&ground.holder(ground.other, Role::Head).await, FAULT, &[]).await;
    assert_eq!(ground.count("SELECT COUNT(*) FROM request").await, own + 4);
    assert_eq!(home(&ground, &head).await, before);
    assert_ne!(before, home(&ground, &ground.holder(ground.other, Role::Head).await).await);
    ground.ask(&teacher, exemption).await;
    assert_ne!(home(&ground, &head).await, before, "the comparison sees nothing");
}
