//! What a change of the routing matrix must respect. (CSU-08…10)

use beffroi_sheets::{Routing, Rule, Target};

use crate::routing::{Landscape, Named, RoutingError};

/// A rule without theme nor place: it must always exist.
pub(crate) fn is_default(rule: &Rule) -> bool {
    rule.theme.is_none() && rule.territory.is_none() && rule.academy.is_none()
}

/// Whether two rules are about exactly the same requests.
pub(crate) fn same_cell(a: &Rule, b: &Rule) -> bool {
    (&a.theme, &a.territory, &a.academy) == (&b.theme, &b.territory, &b.academy)
}

/// Refuses a rule about unknown things, or about requests that another rule already covers.
pub(crate) fn check_new(rule: &Rule, routing: &Routing, landscape: &Landscape) -> Result<(), RoutingError> {
    let known = |list: &[Named], slug: &Option<String>| {
        slug.as_ref().is_none_or(|slug| list.iter().any(|named| &named.slug == slug))
    };
    if let Some(theme) =
        rule.theme.as_ref().filter(|theme| !routing.themes.iter().any(|known| &known.id == *theme))
    {
        return Err(RoutingError::UnknownTheme(theme.clone()));
    }
    if !known(&landscape.territories, &rule.territory) || !known(&landscape.academies, &rule.academy) {
        return Err(RoutingError::UnknownPlace);
    }
    if routing.rules.iter().any(|other| same_cell(other, rule)) {
        return Err(RoutingError::Duplicate);
    }
    check_target(&rule.to, landscape)
}

/// Refuses a team that does not exist.
pub(crate) fn check_target(to: &Target, landscape: &Landscape) -> Result<(), RoutingError> {
    match to {
        Target::Team(slug) if !landscape.teams.iter().any(|team| &team.slug == slug) => {
            Err(RoutingError::UnknownTeam(slug.clone()))
        }
        _ => Ok(()),
    }
}

/// The matrix as a file, in the form of `routing.toml`.
pub(crate) fn to_toml(routing: &Routing) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut file = String::from("# La matrice de routage telle qu’elle est en service.\n");
    for theme in &routing.themes {
        file.push_str(&format!(
            "\n[[theme]]\nid = {}\nlabel = {}\n",
            quoted(&theme.id),
            quoted(&theme.label)
        ));
    }
    for rule in &routing.rules {
        file.push_str("\n[[rule]]\n");
        for (key, value) in
            [("theme", &rule.theme), ("territory", &rule.territory), ("academy", &rule.academy)]
        {
            if let Some(value) = value {
                file.push_str(&format!("{key} = {}\n", quoted(value)));
            }
        }
        file.push_str(&format!("to = {}\n", quoted(&rule.to.to_string())));
    }
    file
}
