//! The frame of every page.

use beffroi_web_assets::url;
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, html};

/// How wide the content is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// 68 characters, for reading and forms.
    #[default]
    Reading,
    /// For tables and two columns.
    Table,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct UserBar {
    /// Their name.
    pub name: String,
    /// Their main function.
    pub role: String,
    /// Their home page.
    pub home: String,
}

/// A link of the main navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// Its words.
    pub label: String,
    /// Whether this page is there.
    pub current: bool,
    /// How many things wait there.
    pub badge: Option<u32>,
}

/// What was just done, said once at the top.
#[derive(Clone, Debug)]
pub struct Flash {
    /// The sentence.
    pub text: String,
    /// Whether it is good news.
    pub good: bool,
}

/// What everyone concerned must know at once, on top of every page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulletin {
    /// What kind of thing it is: « Incident en cours ».
    pub lead: &'static str,
    /// A few words.
    pub title: String,
    /// The last news.
    pub text: String,
    /// The page that follows it.
    pub href: String,
    /// When it was said.
    pub at: DateTime<Utc>,
}

/// A page. The body begins with its `h1`.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// For the browser's tab.
    pub title: String,
    /// Who is signed in.
    pub user: Option<UserBar>,
    /// The main navigation.
    pub nav: Vec<NavItem>,
    /// What everyone concerned must know.
    pub bulletins: Vec<Bulletin>,
    /// How wide.
    pub width: Width,
    /// What was just done.
    pub flash: Option<Flash>,
    /// Whether the page shows errors to mend: its title then begins with « Erreur ».
    pub has_errors: bool,
    /// Scripts of this page alone, by their names.
    pub scripts: Vec<&'static str>,
    /// The content.
    pub body: Markup,
}

impl Page {
    /// A page for reading.
    #[must_use]
    pub fn new(title: impl Into<String>, body: Markup) -> Self {
        Self { title: title.into(), body, ..Self::default() }
    }

    /// A page with room for tables.
    #[must_use]
    pub fn wide(title: impl Into<String>, body: Markup) -> Self {
        Self { width: Width::Table, ..Self::new(title, body) }
    }

    /// The same page, said to have errors.
    #[must_use]
    pub fn with_errors(mut self, has_errors: bool) -> Self {
        self.has_errors = has_errors;
        self
    }

    /// The same page with a script of its own.
    #[must_use]
    pub fn with_script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }

    /// The same page with what was just done.
    #[must_use]
    pub fn with_flash(mut self, flash: Option<Flash>) -> Self {
        self.flash = flash;
        self
    }
}

/// A script of one page's own, beside the one of every page.
#[must_use]
pub fn script(name: &str) -> Markup {
    html! { script src=(url(name)) defer {} }
}

/// The whole document.
#[must_use]
pub fn page(page: Page) -> Markup {
    let title = format!("{}{} — Beffroi", if page.has_errors { "Erreur\u{a0}: " } else { "" }, page.title);
    html! {
        (DOCTYPE)
        html lang="fr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href=(url("beffroi.css"));
                link rel="icon" type="image/svg+xml" href=(url("favicon.svg"));
                script src=(url("beffroi.js")) defer {}
                @for script in &page.scripts { script src=(url(script)) defer {} }
            }
            body {
                a.skip href="#contenu" { "Aller au contenu" }
                (masthead(&page))
                (bulletins(&page.bulletins))
                main #contenu .wide[page.width == Width::Table] tabindex="-1" {
                    @if let Some(flash) = &page.flash {
                        div.notice.good[flash.good].warn[!flash.good] role="status" { p { (flash.text) } }
                    }
                    (page.body)
                }
                (footer(page.user.is_some()))
            }
        }
    }
}

fn masthead(page: &Page) -> Markup {
    let home = page.user.as_ref().map_or("/", |user| user.home.as_str());
    html! {
        header.masthead role="banner" {
            div {
                a.brand href=(home) { (crate::belfry()) "Beffroi" }
                nav aria-label="Navigation principale" {
                    ul {
                        @for item in &page.nav {
                            li {
                                a href=(item.href) aria-current=[item.current.then_some("page")] {
                                    (item.label)
                                    @if let Some(count) = item.badge.filter(|count| *count > 0) {
                                        " " span.badge { (count) span.visually-hidden { " en attente" } }
                                    }
                                }
                            }
                        }
                    }
                }
                @if page.user.is_some() { (search_field()) }
                div.who {
                    @match &page.user {
                        Some(user) => {
                            a href="/compte" { (user.name) } span.quiet { (user.role) }
                            form method="post" action="/deconnexion" { button.plain { "Se déconnecter" } }
                        }
                        None => a href="/connexion" { "Se connecter" },
                    }
                }
            }
        }
    }
}

fn bulletins(bulletins: &[Bulletin]) -> Markup {
    const SHORT: usize = 180;
    html! {
        @if !bulletins.is_empty() {
            section.bulletins aria-label="À savoir" {
                @for one in bulletins {
                    p {
                        (crate::shape(crate::Tone::Warn)) strong { (one.lead) "\u{a0}: " (one.title) } " — "
                        (one.text.chars().take(SHORT).collect::<String>()) @if one.text.chars().count() > SHORT { "…" }
                        " " span.quiet { "(" (crate::short_date_time(one.at)) ")" } " "
                        a href=(one.href) { "Suivre" span.visually-hidden { "\u{a0}: " (one.title) } }
                    }
                }
            }
        }
    }
}

/// The search of everything, on every page of a person signed in.
fn search_field() -> Markup {
    html! {
        form.find method="get" action="/recherche" role="search" aria-label="Dans tout le service" {
            label.visually-hidden for="recherche" { "Chercher une référence, des mots, une personne, un établissement" }
            input type="search" id="recherche" name="q" maxlength="200" data-key="search";
            button.plain type="submit" { "Rechercher" }
        }
    }
}

fn footer(signed_in: bool) -> Markup {
    html! {
        footer.footer role="contentinfo" {
            div {
                ul {
                    @if signed_in { li { a href="/recherche" { "Recherche" } } }
                    li { a href="/catalogue" { "Catalogue de services" } }
                    li { a href="/delais" { "Délais mesurés" } }
                    li { a href="/disponibilite" { "Disponibilité" } }
                    li { a href="/aide" { "Aide" } }
                    li { a href="/verifier" { "Vérifier un acte" } }
                    li { a href="/accessibilite" { "Accessibilité" } }
                    li { a href="/donnees-personnelles" { "Données personnelles" } }
                }
            }
        }
    }
}
