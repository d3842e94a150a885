//! Twelve invented lycées in real towns, put in by the same import as a Region's own directory.

use beffroi_db::Db;
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::{School, schools};
use beffroi_kernel::{Permit, PersonId, Scope, Uai};

use crate::DemoError;

struct Invented {
    digits: u32,
    name: &'static str,
    town: &'static str,
    postcode: &'static str,
    department: &'static str,
    academy: &'static str,
    kind: &'static str,
    pupils: u32,
}

const fn school(
    digits: u32,
    name: &'static str,
    town: (&'static str, &'static str),
    department: &'static str,
    kind: &'static str,
    pupils: u32,
) -> Invented {
    let academy = match department.as_bytes() {
        b"59" | b"62" => "Lille",
        _ => "Amiens",
    };
    Invented { digits, name, town: town.0, postcode: town.1, department, academy, kind, pupils }
}

/// Names of invented people: no real lycée bears them. The numbers are outside the series in use.
const SCHOOLS: &[Invented] = &[
    school(599_001, "Lycée Honorine Vasseur", ("Lille", "59000"), "59", "LGT", 1340),
    school(599_002, "Lycée des métiers Octave Lemoine", ("Roubaix", "59100"), "59", "LP", 720),
    school(599_003, "Lycée Aimée Delcourt", ("Valenciennes", "59300"), "59", "LPO", 1580),
    school(599_004, "Lycée Blanche Carpentier", ("Dunkerque", "59140"), "59", "LGT", 990),
    school(629_001, "Lycée Firmin Hautecoeur", ("Arras", "62000"), "62", "LPO", 1210),
    school(629_002, "Lycée des métiers Rosalie Painvin", ("Lens", "62300"), "62", "LP", 640),
    school(629_003, "Lycée Amédée Vandenbroucke", ("Calais", "62100"), "62", "LGT", 1105),
    school(809_001, "Lycée Clémence Boulanger", ("Amiens", "80000"), "80", "LPO", 1720),
    school(809_002, "Lycée Ernest Villeret", ("Abbeville", "80100"), "80", "LGT", 760),
    school(29_001, "Lycée Eugénie Marchal", ("Saint-Quentin", "02100"), "02", "LPO", 1130),
    school(609_001, "Lycée Théodore Grandin", ("Beauvais", "60000"), "60", "LGT", 1290),
    school(609_002, "Lycée des métiers Sidonie Leroux", ("Creil", "60100"), "60", "LP", 580),
];

pub(crate) async fn create(db: &Db) -> Result<Vec<School>, DemoError> {
    let mut csv =
        String::from("uai;nom;commune;code_postal;departement;academie;type_estime;nombre_d_eleves\n");
    for one in SCHOOLS {
        let Invented { name, town, postcode, department, academy, kind, pupils, .. } = one;
        let uai = Uai::from_digits(one.digits);
        csv.push_str(&format!("{uai};{name};{town};{postcode};{department};{academy};{kind};{pupils}\n"));
    }
    let permit = Permit::system(PersonId(uuid::Uuid::nil()), "the demo");
    let report = import::schools(db, &permit, csv.as_bytes(), &ImportOptions::default(), |_| ())
        .await
        .map_err(DemoError::step)?;
    if let Some(rejected) = report.rejected.first() {
        return Err(DemoError::Step(format!("ligne {} : {}", rejected.line, rejected.reason)));
    }
    let scope = Scope::system("the demo");
    let mut found = Vec::new();
    for one in SCHOOLS {
        let uai = Uai::from_digits(one.digits);
        let school = schools::school_by_uai(db, &scope, uai.as_str()).await?;
        found.push(school.ok_or_else(|| DemoError::Step(format!("l’établissement {uai} manque")))?);
    }
    Ok(found)
}
