//! The national file of schools.

#[path = "../../../features/directory/src/import/columns.rs"]
mod columns;
#[path = "../../../features/directory/src/import/lines.rs"]
mod lines;

/// Why nothing could be read, as in the directory.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Read(#[from] std::io::Error),
    #[error("UTF-16")]
    Utf16,
    #[error("empty")]
    Empty,
    #[error("{missing:?} are not among {found:?}")]
    Columns { missing: Vec<&'static str>, found: Vec<String> },
}

/// How many lines are of schools, and how many are rejected.
pub fn read(bytes: &[u8]) -> Result<(usize, usize), ImportError> {
    let mut lines = lines::Lines::new(bytes)?;
    let columns = columns::Columns::recognise(lines.header().ok_or(ImportError::Empty)?)?;
    let (mut good, mut bad) = (0, 0);
    while let Some(line) = lines.next_line()? {
        match line.fields.map_err(str::to_owned).and_then(|fields| columns.read(&fields, &[])) {
            Ok(columns::Row::School(_)) => good += 1,
            Ok(columns::Row::Skipped(_)) => {}
            Err(_) => bad += 1,
        }
    }
    Ok((good, bad))
}
