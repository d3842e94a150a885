//! The figures as a file that a spreadsheet opens: what the columns mean comes first.

use std::collections::HashMap;
use std::fmt::Write as _;

use beffroi_calendar::Delay;
use beffroi_catalogue::Published;
use beffroi_sheets::RequestType;

use super::period::{Month, Period};
use super::read::{Board, Figures, promised};
use super::rules::{FEWEST, Shown};

const COLUMNS: &str = "fiche;demande;fiche_code;demande_code;territoire;periode;du;au;en_cours;demandes_recues;\
    sans_engagement;premieres_reponses;sans_premiere_reponse;reponse_annoncee_min;reponse_mediane_min;reponse_9_sur_10_min;\
    reponse_dans_le_delai_pct;solutions;sans_solution;finies_autrement;solution_annoncee_min;solution_mediane_min;\
    solution_9_sur_10_min;solution_dans_le_delai_pct;rouvertes;avis_convient;avis_en_partie;avis_ne_convient_pas";

const HEAD: &[&str] = &[
    "Délais mesurés du service numérique des lycées",
    "Une ligne par type de demande, territoire et période ; une demande compte dans le mois où l’équipe l’a reçue.",
    "Durées en minutes de travail (8 h-12 h et 13 h 30-17 h 30, du lundi au vendredi, jours fériés et pauses ôtés) ; 480 minutes font un jour ouvré.",
    "mediane : la moitié des demandes ont reçu leur réponse ou leur solution dans ce temps ; 9_sur_10 : neuf demandes sur dix.",
    "Les demandes qui attendent encore comptent comme les plus lentes. « pas-encore » : elles sont trop nombreuses pour connaître ce chiffre.",
    "« trop-peu » : moins de cinq demandes, rien n’est publié. Les avis sont arrondis au multiple de cinq le plus proche, et ne paraissent pas par mois.",
    "sans_engagement : demandes hors du service, comptées dans les volumes seulement. finies_autrement : impossibles, refusées, abandonnées ou fusionnées.",
    "annoncee : le délai de la fiche en vigueur aujourd’hui ; un jour promis compte pour 480 minutes.",
];

/// The file: a mark that says UTF-8, lines that explain, names of columns, figures.
#[must_use]
pub fn file(board: &Board, sheets: &[std::sync::Arc<Published>], rows: &[Figures]) -> String {
    let names: HashMap<&str, &str> =
        board.territories.iter().map(|one| (one.slug.as_str(), one.name.as_str())).collect();
    let mut text = String::from("\u{feff}");
    for line in HEAD {
        let _ = write!(text, "# {line}\r\n");
    }
    if let Some(at) = board.computed_at {
        let _ = write!(text, "# Calculé le {}\r\n", beffroi_ui::date_time(at).replace('\u{a0}', " "));
    }
    let _ = write!(text, "{COLUMNS}\r\n");
    let mut rows: Vec<&Figures> = rows.iter().collect();
    rows.sort_by_key(|row| {
        let order = sheets.iter().position(|sheet| sheet.sheet.slug == row.sheet_slug);
        (order, &row.request_type, row.period(), &row.territory)
    });
    for row in rows {
        let territory = if row.is_region() {
            "Toute la Région"
        } else {
            names.get(row.territory.as_str()).unwrap_or(&"")
        };
        let cells = line(row, sheets, territory, board.today);
        let _ = write!(text, "{}\r\n", cells.join(";"));
    }
    text
}

fn line(row: &Figures, sheets: &[std::sync::Arc<Published>], territory: &str, today: Month) -> Vec<String> {
    let sheet = sheets.iter().find(|sheet| sheet.sheet.slug == row.sheet_slug);
    let kind = sheet.and_then(|sheet| sheet.sheet.requests.iter().find(|kind| kind.id == row.request_type));
    let title = |title: Option<&str>| quoted(title.unwrap_or_default());
    let promise = |delay: fn(&RequestType) -> Delay| {
        kind.map(delay).map(promised).map_or_else(String::new, |minutes| minutes.to_string())
    };
    let mut cells = vec![
        title(sheet.map(|sheet| sheet.sheet.title.as_str())),
        title(kind.map(|kind| kind.title.as_str())),
        row.sheet_slug.clone(),
        row.request_type.clone(),
        quoted(territory),
    ];
    match row.period() {
        Some(period) => {
            let (first, last) = period.bounds();
            let under_way = if period.is_under_way(today) { "oui" } else { "non" };
            let days = [first.first_day(), last.last_day()].map(|day| day.to_string());
            cells.extend([period.slug(), days[0].clone(), days[1].clone(), under_way.to_owned()]);
        }
        None => cells.extend(std::iter::repeat_n(String::new(), 4)),
    }
    let (few, all) = (row.sent < FEWEST, row);
    let count = |count: i32| if few && count > 0 { "trop-peu".to_owned() } else { count.to_string() };
    let percent = |share: Option<u32>| share.map_or_else(|| "trop-peu".to_owned(), |share| share.to_string());
    let ([answer, slow_answer], [solution, slow_solution]) = (all.answer(), all.solution());
    cells.extend([count(all.sent), count(all.goodwill), count(all.answered), count(all.unanswered)]);
    cells.extend([
        promise(|kind| kind.first_answer),
        shown(answer),
        shown(slow_answer),
        percent(all.answer_share()),
    ]);
    cells.extend([count(all.solved), count(all.unsolved), count(all.otherwise)]);
    cells.extend([
        promise(|kind| kind.solution),
        shown(solution),
        shown(slow_solution),
        percent(all.solution_share()),
    ]);
    cells.push(count(all.reopened));
    // By month, opinions are too few to stay nobody's.
    match (row.period(), all.opinions()) {
        (Some(Period::Month(_)), _) => cells.extend(std::iter::repeat_n(String::new(), 3)),
        (_, Some([low, middle, high])) => cells.extend([high, middle, low].map(|count| count.to_string())),
        (_, None) => cells.extend(std::iter::repeat_n("trop-peu".to_owned(), 3)),
    }
    cells
}

fn shown(figure: Shown) -> String {
    match figure {
        Shown::TooFew => "trop-peu".into(),
        Shown::NotYet => "pas-encore".into(),
        Shown::Minutes(minutes) => minutes.to_string(),
    }
}

/// A text in quotes; one that a spreadsheet would compute is made plain.
fn quoted(text: &str) -> String {
    let plain = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{plain}{}\"", text.replace('"', "\"\""))
}
