//! Everything a selection holds, as a file that is written while it is read: a thousand requests at a
//! time, whatever their number, in memory that does not grow. (CSU-06)

use std::collections::HashMap;

use axum::body::Bytes;
use beffroi_db::reach::Reach;
use beffroi_db::{DbError, Event};
use beffroi_kernel::{Permit, RequestId};
use futures_util::Stream;

use super::columns::{Column, Labels};
use super::{Row, Selection, page};
use crate::sheet_files::{Cell, Format, SheetFile};
use crate::{Desk, WorkRequests};

/// Requests read at once.
pub const BATCH: usize = 1_000;

/// Why an export stops half-way.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The file cannot be written.
    #[error("le fichier ne peut pas être écrit : {0}")]
    File(#[from] std::io::Error),
}

/// What is exported, and for whom.
pub struct Export {
    desk: Desk,
    permit: Permit<WorkRequests>,
    selection: Selection,
    columns: Vec<Column>,
    labels: Labels,
    format: Format,
    id: RequestId,
}

impl Export {
    /// Journals the beginning of an export: who takes what out of Beffroi.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(
        desk: Desk,
        permit: Permit<WorkRequests>,
        selection: Selection,
        columns: Vec<Column>,
        labels: Labels,
        format: Format,
    ) -> Result<Self, DbError> {
        let export = Self { desk, permit, selection, columns, labels, format, id: RequestId::new() };
        export.journal("requests.export-begun", None).await?;
        Ok(export)
    }

    async fn journal(&self, kind: &'static str, rows: Option<u64>) -> Result<(), DbError> {
        let data = serde_json::json!({
            "format": self.format.slug(),
            "criteria": self.selection.query(),
            "columns": Column::preference(&self.columns),
            "rows": rows,
        });
        let event = Event::new(kind, format!("export:{}", self.id)).by(self.permit.person()).data(data);
        self.desk
            .site
            .db
            .write(async |tx| {
                tx.journal(event);
                Ok(())
            })
            .await
    }

    fn cells(&self, row: &Row) -> Vec<Cell> {
        let cell = |column: &Column| match column {
            Column::Due => row.next_due.map_or_else(|| Cell::Text(String::new()), Cell::Instant),
            Column::Sent => Cell::Instant(row.submitted_at),
            Column::Changed => Cell::Instant(row.updated_at),
            column => Cell::Text(column.text(row, &self.labels)),
        };
        self.columns.iter().map(cell).collect()
    }

    /// The file, chunk by chunk: the next requests are read when the reader asks for more. Its end is
    /// journaled with the number of requests; an export cut short has a beginning only.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, ExportError>> + Send {
        // Read after the page is given, as far as whoever asked for it reaches.
        let reach = Reach::current();
        let writing = Writing { export: self, reach, file: None, after: None, rows: 0, over: false };
        futures_util::stream::try_unfold(writing, async |mut writing: Writing| {
            if writing.over {
                return Ok(None);
            }
            let chunk = writing.reach.clone().around(writing.next()).await?;
            Ok(Some((chunk, writing)))
        })
    }
}

struct Writing {
    export: Export,
    reach: Reach,
    file: Option<SheetFile>,
    after: Option<String>,
    rows: u64,
    over: bool,
}

impl Writing {
    async fn next(&mut self) -> Result<Bytes, ExportError> {
        let Export { desk, permit, selection, columns, format, .. } = &self.export;
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                let titles: Vec<&str> = columns.iter().map(|column| column.title()).collect();
                SheetFile::begin(*format, "Demandes", &titles)?
            }
        };
        let read = page(desk, permit, selection, columns, self.after.as_deref(), BATCH).await?;
        for row in &read.rows {
            file.row(&self.export.cells(row))?;
            self.rows += 1;
        }
        self.after = read.next;
        if self.after.is_some() {
            let chunk = file.written();
            self.file = Some(file);
            return Ok(chunk);
        }
        let chunk = file.end()?;
        self.export.journal("requests.exported", Some(self.rows)).await?;
        self.over = true;
        Ok(chunk)
    }
}

/// The titles of request types and themes, from the catalogue as published.
///
/// # Errors
/// When the database does not answer.
pub async fn kinds(desk: &Desk) -> Result<Vec<(String, String)>, DbError> {
    let mut kinds = Vec::new();
    let mut seen = HashMap::new();
    for published in desk.catalogue.current().await? {
        let sheet = &published.sheet;
        if sheet.requests.is_empty() || seen.insert(sheet.slug.clone(), ()).is_some() {
            continue;
        }
        kinds.push((sheet.slug.clone(), sheet.title.clone()));
        let types = sheet.requests.iter();
        kinds.extend(types.map(|kind| {
            (format!("{}/{}", sheet.slug, kind.id), format!("{}\u{a0}: {}", sheet.title, kind.title))
        }));
    }
    Ok(kinds)
}
