//! An export is written while it is read, holds each request once, and is journaled at both ends.

use beffroi_db::{Db, count_queries, db_test};
use futures_util::StreamExt;
use sea_orm::{ConnectionTrait, Statement};

use super::ground::{Ground, works};
use crate::lists::Selection;
use crate::lists::columns::{Column, Labels};
use crate::lists::criteria::{Criteria, Part};
use crate::lists::export::{BATCH, Export};
use crate::sheet_files::Format;

/// Kind and data of the journal's entries about exports.
async fn journal(db: &Db) -> Vec<(String, serde_json::Value)> {
    let sql = "SELECT kind, data FROM journal_entry WHERE subject LIKE 'export:%' ORDER BY seq";
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    let text = |row: &sea_orm::QueryResult, name: &str| row.try_get::<String>("", name).unwrap();
    rows.iter().map(|row| (text(row, "kind"), serde_json::from_str(&text(row, "data")).unwrap())).collect()
}

async fn export(ground: &Ground, format: Format) -> Export {
    let selection = Selection { criteria: Criteria { part: Part::All, ..Criteria::default() }, order: None };
    let permit = works(&ground.department());
    let columns = Column::ALL.to_vec();
    Export::begin(ground.desk.clone(), permit, selection, columns, Labels::default(), format).await.unwrap()
}

#[db_test]
async fn a_large_export_never_holds_more_than_a_batch(db: Db) {
    let ground = Ground::new(db.clone()).await;
    let made = ground.requests(6_000).await.len();
    for format in [Format::Csv, Format::Ods] {
        let mut stream = Box::pin(export(&ground, format).await.stream());
        let (first, statements) = count_queries(stream.next()).await;
        let first = first.unwrap().unwrap();
        assert_eq!(statements, 1, "the first chunk arrives before the rest is read");
        let (mut all, mut largest) = (first.to_vec(), first.len());
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.unwrap();
            largest = largest.max(chunk.len());
            all.extend(chunk);
        }
        assert!(largest < BATCH * 400, "{format:?}: a chunk of {largest} bytes");
        if format == Format::Csv {
            let text = String::from_utf8(all).unwrap();
            let references: std::collections::BTreeSet<&str> =
                text.lines().skip(1).filter_map(|line| line.split(';').next()).collect();
            assert_eq!((text.lines().count(), references.len()), (made + 1, made));
        } else {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(all)).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut archive.by_name("content.xml").unwrap(), &mut text).unwrap();
            assert_eq!(text.matches("<table:table-row>").count(), made + 1);
        }
    }
    let entries = journal(&db).await;
    let kinds: Vec<&str> = entries.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["requests.export-begun", "requests.exported"].repeat(2));
    assert_eq!(entries[1].1["rows"], made);
    assert!(entries[0].1["criteria"].as_str().unwrap().contains("portee=toutes"));
}

#[db_test]
async fn an_export_cut_short_has_a_beginning_only(db: Db) {
    let ground = Ground::new(db.clone()).await;
    ground.requests(1_200).await;
    let mut stream = Box::pin(export(&ground, Format::Csv).await.stream());
    stream.next().await.unwrap().unwrap();
    drop(stream);
    let kinds: Vec<String> = journal(&db).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["requests.export-begun"]);
}
