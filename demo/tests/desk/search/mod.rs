//! Search by the people of the corpus: what they look for is among the first five, the same on both
//! databases, and nothing of another school changes what a school finds.

mod corpus;
mod queries;

use std::collections::BTreeMap;
use std::sync::Mutex;

use beffroi_db::testing::{on_postgres, on_sqlite};
use beffroi_db::{Db, db_test};
use beffroi_demo::fill;
use beffroi_desk::search::{Asked, Found, Outcome, find, reindex};
use beffroi_desk::{conversation, drafts, reading};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_kernel::{Access, Permit, PersonId, Role, SchoolId, Scope};
use chrono::TimeDelta;

use crate::acts::permit;
use crate::ground::Ground;
use corpus::{AUTHORS, STORIES, Says, Story};
use queries::{Expect, QUERIES, Viewer};

struct Library {
    ground: Ground,
    schools: Vec<SchoolId>,
    authors: Vec<PersonId>,
    references: BTreeMap<&'static str, String>,
}

impl Library {
    async fn new(db: Db) -> Self {
        let ground = Ground::new(db).await;
        let mut schools: Vec<SchoolId> = Vec::new();
        for (school, ..) in &ground.cast.school {
            if !schools.contains(school) {
                schools.push(*school);
            }
        }
        let mut library = Self { ground, schools, authors: Vec::new(), references: BTreeMap::new() };
        for rank in 0..AUTHORS.len() {
            let author = library.author(rank).await;
            library.authors.push(author);
        }
        library
    }

    /// The library with every story.
    async fn whole(db: Db) -> Self {
        let mut library = Self::new(db).await;
        library.write(|_| true).await;
        library
    }

    async fn author(&self, rank: usize) -> PersonId {
        let system = || Permit::system(PersonId(uuid::Uuid::nil()), "the corpus");
        let (given_name, family_name) = (AUTHORS[rank].0.to_owned(), AUTHORS[rank].1.to_owned());
        let new = NewPerson { given_name, family_name, ..NewPerson::default() };
        let db = self.ground.db();
        let person = people::create_person(db, &system(), new).await.unwrap();
        let function = NewFunction {
            person,
            role: Role::DeputyHead,
            school: Some(self.schools[rank]),
            team: None,
            territory: None,
            from: db.now() - TimeDelta::days(30),
            to: None,
        };
        people::give_function(db, &system(), function).await.unwrap();
        person
    }

    async fn write(&mut self, kept: impl Fn(&Story) -> bool) {
        for story in STORIES.iter().filter(|story| kept(story)) {
            let reference = self.tell(story).await;
            self.references.insert(story.key, reference);
            self.ground.pass(TimeDelta::hours(5));
        }
    }

    async fn tell(&self, story: &Story) -> String {
        let desk = &self.ground.desk;
        let author = self.ground.access(self.authors[story.school]).await;
        let school = self.schools[story.school];
        let asks = permit(&author);
        let id = drafts::start(desk, &asks, &author, school, story.asks.0, story.asks.1).await.unwrap();
        let draft = drafts::open(desk, &asks, &author, id).await.unwrap();
        let answers = fill(draft.kind(), &draft.facts, desk.site.db.now().date_naive(), story.text).unwrap();
        drafts::put_answers(desk, &draft, answers).await.unwrap();
        let reference = self.ground.send(&author, id).await.unwrap();
        for says in story.said {
            let request =
                reading::open(desk, &permit(&author), &author, &reference).await.unwrap().unwrap().request;
            assert!(request.sent_at.is_some(), "{}: agents do not see it", story.key);
            let agent = self.ground.access(self.ground.cast.in_team(request.team_id).unwrap()).await;
            match says {
                Says::School(text) => {
                    conversation::reply(desk, &permit(&author), &author, request.id, text).await.unwrap();
                }
                Says::Agent(text) => {
                    conversation::reply(desk, &permit(&agent), &agent, request.id, text).await.unwrap();
                }
                Says::Note(text) => {
                    conversation::note(desk, &permit(&agent), request.id, text).await.unwrap();
                }
            }
        }
        reference
    }

    async fn access(&self, viewer: Viewer) -> Access {
        let login = match viewer {
            Viewer::Head(rank) => return self.ground.holder(self.schools[rank], Role::Head).await,
            Viewer::North => "technicien.nord",
            Viewer::Region => "departement",
            Viewer::Admin => "catalogue",
        };
        let person = people::person_by_login(self.ground.db(), login).await.unwrap().unwrap();
        self.ground.access(person.id).await
    }

    async fn uai(&self, rank: &str) -> String {
        let (id, scope) = (self.schools[rank.parse::<usize>().unwrap()], Scope::system("test"));
        beffroi_directory::school(self.ground.db(), &scope, id).await.unwrap().unwrap().uai
    }

    /// The text of a query, its references and UAI written out.
    async fn written(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
        let (what, after) = rest.split_once('}').unwrap();
        let (form, key) = what.split_once(':').unwrap();
        let reference = || self.references[key].clone();
        let number = || reference()[5..].trim_start_matches('0').to_owned();
        let value = match form {
            "uai" => self.uai(key).await,
            "short-uai" => self.uai(key).await.trim_start_matches('0').to_lowercase(),
            "ref" => reference(),
            "short-ref" => format!("2026-{}", number()),
            "bare-ref" => reference().replace('-', ""),
            "number" => number(),
            // No request has that number: a digit was typed wrong.
            _ => reference().replacen("2026-0", "2026-7", 1),
        };
        format!("{before}{value}{after}")
    }

    async fn ask(&self, viewer: Viewer, text: &str) -> Outcome {
        let text = self.written(text).await;
        let asked = Asked { text: &text, ..Asked::default() };
        find(&self.ground.desk, &self.access(viewer).await, &asked).await.unwrap()
    }

    fn key(&self, reference: &str) -> &'static str {
        self.references.iter().find(|(_, known)| *known == reference).map_or("?", |(key, _)| key)
    }

    /// Everything found, by the names of the corpus, in order.
    fn shown(&self, outcome: &Outcome) -> Shown {
        match outcome {
            Outcome::Reference(reference) => {
                Shown { requests: vec![self.key(reference).to_owned()], ..Shown::default() }
            }
            Outcome::Found(found) => {
                let Found { requests, schools, people, sheets, corrected, .. } = found.as_ref();
                Shown {
                    requests: requests.iter().map(|one| self.key(&one.reference).to_owned()).collect(),
                    schools: schools.iter().map(|school| school.id).collect(),
                    people: people.iter().map(|found| found.person.id).collect(),
                    rest: format!(
                        "{:?} {corrected:?}",
                        sheets.iter().map(|hit| &hit.published.sheet.slug).collect::<Vec<_>>()
                    ),
                }
            }
        }
    }

    fn meets(&self, shown: &Shown, expect: Expect) -> bool {
        match expect {
            Expect::Story(key) => shown.requests.iter().take(5).any(|found| found == key),
            Expect::School(rank) => shown.schools.iter().take(5).any(|found| *found == self.schools[rank]),
            Expect::Person(rank) => shown.people.iter().take(5).any(|found| *found == self.authors[rank]),
            Expect::Nothing => shown.requests.is_empty(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    requests: Vec<String>,
    schools: Vec<SchoolId>,
    people: Vec<PersonId>,
    rest: String,
}

impl Shown {
    /// What can be compared between two bases, whose identifiers differ.
    fn comparable(&self) -> (Vec<String>, usize, usize, String) {
        (self.requests.clone(), self.schools.len(), self.people.len(), self.rest.clone())
    }
}

type Results = Vec<(bool, (Vec<String>, usize, usize, String))>;

async fn answers(db: Db) -> Results {
    let library = Library::whole(db).await;
    let mut results = Vec::new();
    for (viewer, text, expect) in QUERIES {
        let shown = library.shown(&library.ask(*viewer, text).await);
        results.push((library.meets(&shown, *expect), shown.comparable()));
    }
    results
}

#[test]
fn people_find_what_they_look_for_the_same_on_both_databases() {
    let kept: [Mutex<Results>; 2] = Default::default();
    on_sqlite(async |db| *kept[0].lock().unwrap() = answers(db).await);
    on_postgres(async |db| *kept[1].lock().unwrap() = answers(db).await);
    let [sqlite, postgres] = kept.map(|results| results.into_inner().unwrap());

    for ((viewer, text, expect), (met, shown)) in QUERIES.iter().zip(&sqlite) {
        if !met {
            println!(
                "missed: {viewer:?} « {text} », {expect:?}: {:?}",
                shown.0.iter().take(5).collect::<Vec<_>>()
            );
        }
    }
    let met = sqlite.iter().filter(|(met, _)| *met).count();
    println!("{met} of {} queries met in the first five", QUERIES.len());
    assert!(QUERIES.len() >= 70 && STORIES.len() >= 100);
    for (query, (one, other)) in QUERIES.iter().zip(sqlite.iter().zip(&postgres)) {
        assert_eq!(one, other, "{query:?} on SQLite, then on PostgreSQL");
    }
    assert!(met * 100 >= QUERIES.len() * 95);
}

/// Everything a viewer is shown for every query.
async fn everything(library: &Library, viewer: Viewer) -> Vec<String> {
    let mut shown = Vec::new();
    for (_, text, _) in QUERIES.iter().filter(|(_, text, _)| !text.contains('{')) {
        shown.push(format!(
            "{:?}",
            match library.ask(viewer, text).await {
                Outcome::Reference(reference) => reference,
                Outcome::Found(found) =>
                    format!("{:?} {:?} {:?} {}", found.requests, found.schools, found.corrected, found.more),
            }
        ));
    }
    shown
}

#[db_test]
async fn other_schools_change_nothing_of_what_a_school_finds(db: Db) {
    let mut library = Library::new(db).await;
    library.write(|story| story.school == 0).await;
    let then = library.ground.db().now();
    let before = everything(&library, Viewer::Head(0)).await;
    library.write(|story| story.school != 0).await;
    // Age counts: the clock goes back to where it stood.
    library.ground.pass(then - library.ground.db().now());
    assert_eq!(everything(&library, Viewer::Head(0)).await, before);
    assert_ne!(everything(&library, Viewer::Head(1)).await, before);
}

#[db_test]
async fn a_request_is_found_by_its_school_before_it_is_sent_and_by_agents_after(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let head = ground.person(Role::Head).await;
    let draft = ground.draft(&teacher, ("securite-internet", "derogation-web"), &[]).await;
    let reference = ground.send(&teacher, draft).await.unwrap();
    let department = people::person_by_login(ground.db(), "departement").await.unwrap().unwrap();
    let department = ground.access(department.id).await;
    let finds = async |who: &Access, text: &str| {
        let asked = Asked { text, ..Asked::default() };
        match find(&ground.desk, who, &asked).await.unwrap() {
            Outcome::Reference(_) => true,
            Outcome::Found(found) => found.requests.iter().any(|request| request.reference == reference),
        }
    };
    assert!(ground.folder(&head, &reference).await.request.sent_at.is_none());
    for text in ["troisième rangée", reference.as_str()] {
        assert!(finds(&head, text).await && finds(&teacher, text).await, "{text}");
        assert!(!finds(&department, text).await, "{text}");
    }
    let stranger = ground.holder(ground.other, Role::Head).await;
    assert!(!finds(&stranger, "troisième rangée").await && !finds(&stranger, &reference).await);
}

#[db_test]
async fn the_index_filled_again_answers_the_same(db: Db) {
    let mut library = Library::new(db).await;
    library.write(|story| story.school < 2).await;
    let before = everything(&library, Viewer::Region).await;
    let count = reindex(&library.ground.desk, |_, _| ()).await.unwrap();
    assert_eq!(count, library.references.len() as u64);
    assert_eq!(everything(&library, Viewer::Region).await, before);
}
