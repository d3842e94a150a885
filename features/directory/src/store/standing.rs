//! The rows behind a school's standing, in one union.

use beffroi_calendar::Closure;
use beffroi_db::DbError;
use beffroi_kernel::SchoolId;
use beffroi_sheets::Place;
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::all;

/// One row of the union.
pub(crate) enum Part {
    /// Where routing finds the school; its contracts come apart.
    Place(Place),
    /// A provider's contract, whenever it runs.
    Contract { theme: String, provider: String, from: NaiveDate, to: Option<NaiveDate> },
    /// Days when the school is closed.
    Closure(Closure),
    /// A choice of the school: name and value.
    Setting(String, String),
}

#[derive(FromQueryResult)]
struct Row {
    part: String,
    a: String,
    b: String,
    c: String,
    d: String,
    from_day: Option<NaiveDate>,
    to_day: Option<NaiveDate>,
}

pub(crate) async fn parts(on: &impl ConnectionTrait, school: SchoolId) -> Result<Vec<Part>, DbError> {
    let sql = "SELECT 'place' AS part, t.slug AS a, s.academy AS b, m.slug AS c, o.slug AS d, \
               CAST(NULL AS date) AS from_day, CAST(NULL AS date) AS to_day FROM school s \
               JOIN territory t ON t.id = s.territory_id JOIN team m ON m.id = s.mobile_team_id \
               JOIN team o ON o.id = s.operations_team_id WHERE s.id = $1 \
               UNION ALL SELECT 'contract', c.theme, t.slug, '', '', c.from_day, c.to_day \
               FROM provider_contract c JOIN team t ON t.id = c.team_id WHERE c.school_id = $1 \
               UNION ALL SELECT 'closure', reason, '', '', '', from_day, to_day FROM school_closure WHERE school_id = $1 \
               UNION ALL SELECT 'setting', name, value, '', '', NULL, NULL FROM school_setting WHERE school_id = $1 \
               ORDER BY 1, 6, 2";
    let rows: Vec<Row> = all(on, sql, vec![school.0.into()]).await?;
    rows.into_iter().map(Row::read).collect()
}

impl Row {
    fn read(self) -> Result<Part, DbError> {
        let missing = || DbError::Corrupt("une période sans début ou sans fin".into());
        Ok(match self.part.as_str() {
            "place" => Part::Place(Place {
                territory: self.a,
                academy: self.b,
                mobile_team: self.c,
                operations_service: self.d,
                contracts: Vec::new(),
            }),
            "contract" => Part::Contract {
                theme: self.a,
                provider: self.b,
                from: self.from_day.ok_or_else(missing)?,
                to: self.to_day,
            },
            "closure" => Part::Closure(Closure {
                from: self.from_day.ok_or_else(missing)?,
                to: self.to_day.ok_or_else(missing)?,
                reason: self.a,
            }),
            _ => Part::Setting(self.a, self.b),
        })
    }
}
