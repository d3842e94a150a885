//! What a request becomes in the other tool: everything a stranger needs to work on it, as plain text.

use beffroi_desk::reading::Folder;
use beffroi_kernel::Role;
use beffroi_ui::date_time;

/// The request in words.
pub(crate) fn opening(folder: &Folder, base_url: &str) -> String {
    let request = &folder.request;
    let role = request.requester_role.parse::<Role>().map_or("", Role::label);
    let mut lines = vec![
        format!("Demande {} : {}", request.reference, request.title),
        format!("Établissement : {}, {} ({})", folder.school.name, folder.school.city, folder.school.uai),
        format!("Demandeur : {} ({role})", folder.name(Some(request.requester_id))),
        format!("Équipe : {}", folder.team.name),
    ];
    if request.urgent {
        lines.push("Urgente.".to_owned());
    }
    if let Some(due) = request.solution_due {
        lines.push(format!("Solution attendue avant le {}", date_time(due)));
    }
    if request.goodwill {
        lines.push("Acceptée hors du service, sans engagement de délai.".to_owned());
    }
    for (question, values) in &folder.answers {
        lines.push(format!("\n{question}\n{}", values.join("\n")));
    }
    lines.push(format!("\n{base_url}/demandes/{}", request.reference));
    lines.join("\n")
}
