//! Two hundred and seventy lycées: the twelve of the small demo, then invented ones in real towns of
//! the five départements, put in by the same import. (INTRO-13, INTRO-14)

use beffroi_db::Db;
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::schools;
use beffroi_kernel::{Permit, PersonId, SchoolId, Scope, Uai};
use beffroi_sheets::Place;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::names::Names;
use crate::DemoError;

/// Département, first seven digits of the invented UAI (outside the series in use), towns:
/// name, postcode, how many lycées of ours at most.
type Department = (&'static str, u32, &'static [(&'static str, &'static str, u32)]);

const NORD: &[(&str, &str, u32)] = &[
    ("Lille", "59000", 14),
    ("Roubaix", "59100", 7),
    ("Tourcoing", "59200", 7),
    ("Dunkerque", "59140", 5),
    ("Villeneuve-d’Ascq", "59650", 4),
    ("Valenciennes", "59300", 6),
    ("Douai", "59500", 6),
    ("Cambrai", "59400", 5),
    ("Maubeuge", "59600", 4),
    ("Wattrelos", "59150", 2),
    ("Marcq-en-Barœul", "59700", 2),
    ("Armentières", "59280", 3),
    ("Lambersart", "59130", 2),
    ("La Madeleine", "59110", 1),
    ("Loos", "59120", 2),
    ("Hazebrouck", "59190", 3),
    ("Grande-Synthe", "59760", 2),
    ("Denain", "59220", 3),
    ("Halluin", "59250", 1),
    ("Wasquehal", "59290", 1),
    ("Hem", "59510", 1),
    ("Saint-Amand-les-Eaux", "59230", 2),
    ("Sin-le-Noble", "59450", 1),
    ("Haubourdin", "59320", 2),
    ("Fourmies", "59610", 2),
    ("Bailleul", "59270", 2),
    ("Seclin", "59113", 1),
    ("Caudry", "59540", 2),
    ("Avesnes-sur-Helpe", "59440", 2),
    ("Aulnoye-Aymeries", "59620", 1),
    ("Anzin", "59410", 2),
    ("Somain", "59490", 1),
    ("Condé-sur-l’Escaut", "59163", 1),
    ("Gravelines", "59820", 1),
    ("Bergues", "59380", 1),
    ("Orchies", "59310", 1),
];
const PAS_DE_CALAIS: &[(&str, &str, u32)] = &[
    ("Calais", "62100", 6),
    ("Arras", "62000", 6),
    ("Boulogne-sur-Mer", "62200", 5),
    ("Lens", "62300", 4),
    ("Liévin", "62800", 3),
    ("Hénin-Beaumont", "62110", 3),
    ("Béthune", "62400", 5),
    ("Bruay-la-Buissière", "62700", 3),
    ("Avion", "62210", 1),
    ("Carvin", "62220", 2),
    ("Saint-Omer", "62500", 4),
    ("Longuenesse", "62219", 1),
    ("Berck", "62600", 2),
    ("Montreuil", "62170", 1),
    ("Étaples", "62630", 1),
    ("Auchel", "62260", 1),
    ("Nœux-les-Mines", "62290", 2),
    ("Bapaume", "62450", 1),
    ("Saint-Pol-sur-Ternoise", "62130", 2),
    ("Aire-sur-la-Lys", "62120", 2),
    ("Oignies", "62590", 1),
    ("Bully-les-Mines", "62160", 1),
    ("Outreau", "62230", 1),
];
const SOMME: &[(&str, &str, u32)] = &[
    ("Amiens", "80000", 14),
    ("Abbeville", "80100", 4),
    ("Albert", "80300", 2),
    ("Péronne", "80200", 3),
    ("Montdidier", "80500", 2),
    ("Doullens", "80600", 2),
    ("Friville-Escarbotin", "80130", 1),
    ("Ham", "80400", 2),
    ("Corbie", "80800", 1),
    ("Roye", "80700", 1),
];
const AISNE: &[(&str, &str, u32)] = &[
    ("Saint-Quentin", "02100", 7),
    ("Soissons", "02200", 5),
    ("Laon", "02000", 4),
    ("Château-Thierry", "02400", 3),
    ("Chauny", "02300", 2),
    ("Tergnier", "02700", 1),
    ("Hirson", "02500", 2),
    ("Guise", "02120", 1),
    ("Villers-Cotterêts", "02600", 1),
    ("Vervins", "02140", 1),
];
const OISE: &[(&str, &str, u32)] = &[
    ("Beauvais", "60000", 8),
    ("Compiègne", "60200", 6),
    ("Creil", "60100", 3),
    ("Nogent-sur-Oise", "60180", 2),
    ("Senlis", "60300", 3),
    ("Crépy-en-Valois", "60800", 2),
    ("Méru", "60110", 2),
    ("Noyon", "60400", 3),
    ("Chantilly", "60500", 2),
    ("Clermont", "60600", 2),
    ("Montataire", "60160", 1),
    ("Pont-Sainte-Maxence", "60700", 2),
    ("Chambly", "60230", 1),
    ("Gouvieux", "60270", 1),
];
const DEPARTMENTS: &[Department] = &[
    ("59", 599_101, NORD),
    ("62", 629_101, PAS_DE_CALAIS),
    ("80", 809_101, SOMME),
    ("02", 29_101, AISNE),
    ("60", 609_101, OISE),
];

/// A lycée as requests see it.
#[derive(Clone, Debug)]
pub(crate) struct Lycee {
    pub(crate) id: SchoolId,
    pub(crate) uai: String,
    pub(crate) academy: String,
    pub(crate) kind: String,
    pub(crate) o365: bool,
    pub(crate) pupils: u32,
    pub(crate) place: Place,
}

/// Adds lycées to those there are, up to `count`, and returns all of them by UAI.
///
/// # Errors
/// When the database does not answer or a line is refused.
pub(crate) async fn create(
    db: &Db,
    count: usize,
    known: usize,
    dice: &mut StdRng,
) -> Result<Vec<Lycee>, DemoError> {
    let names = Names::new();
    let mut csv =
        String::from("uai;nom;commune;code_postal;departement;academie;type_estime;nombre_d_eleves\n");
    let mut places: Vec<(usize, &str, &str)> = Vec::new();
    for (department, (.., towns)) in DEPARTMENTS.iter().enumerate() {
        for (town, postcode, most) in *towns {
            places.extend((0..*most).map(|_| (department, *town, *postcode)));
        }
    }
    places.shuffle(dice);
    let mut next = DEPARTMENTS.iter().map(|(_, first, _)| *first).collect::<Vec<u32>>();
    for (department, town, postcode) in places.into_iter().take(count.saturating_sub(known)) {
        let uai = Uai::from_digits(next[department]);
        next[department] += 1;
        let (kind, pupils) = size(dice);
        let given = names.given.choose(dice).copied().unwrap_or_default();
        let family = names.family.choose(dice).map_or("", String::as_str);
        let word = if kind == "LP" { "Lycée des métiers" } else { "Lycée" };
        let number = DEPARTMENTS[department].0;
        let academy = if matches!(number, "59" | "62") { "Lille" } else { "Amiens" };
        csv.push_str(&format!(
            "{uai};{word} {given} {family};{town};{postcode};{number};{academy};{kind};{pupils}\n"
        ));
    }
    let permit = Permit::system(PersonId(uuid::Uuid::nil()), "the demo");
    let report = import::schools(db, &permit, csv.as_bytes(), &ImportOptions::default(), |_| ())
        .await
        .map_err(DemoError::step)?;
    if let Some(rejected) = report.rejected.first() {
        return Err(DemoError::Step(format!("ligne {} : {}", rejected.line, rejected.reason)));
    }
    load(db).await
}

/// Kind and number of pupils, spread as real lycées are.
fn size(dice: &mut StdRng) -> (&'static str, u32) {
    match dice.random_range(0..100u32) {
        0..50 => ("LGT", dice.random_range(520..1_650)),
        50..78 => ("LPO", dice.random_range(800..2_050)),
        78..98 => ("LP", dice.random_range(280..820)),
        _ => ("EREA", dice.random_range(70..160)),
    }
}

async fn load(db: &Db) -> Result<Vec<Lycee>, DemoError> {
    let scope = Scope::system("the demo");
    let mut lycees = Vec::new();
    for (uai, place) in schools::places(db).await? {
        let school = schools::school_by_uai(db, &scope, &uai).await?;
        let school = school.ok_or_else(|| DemoError::Step(format!("l’établissement {uai} manque")))?;
        let pupils = u32::try_from(school.pupils.unwrap_or(600)).unwrap_or(600);
        let (id, academy, kind, o365) = (school.id, school.academy, school.kind, school.o365);
        lycees.push(Lycee { id, uai, academy, kind, o365, pupils, place });
    }
    lycees.sort_by(|one, other| one.uai.cmp(&other.uai));
    Ok(lycees)
}
