//! The directory: schools, territories, teams, people and the functions they hold from a date to a
//! date; sign-in; mails. Every other feature learns from here who is looking and where things are.
//! (INTRO-13, INTRO-14, T8)

mod access;
mod announcements;
mod choices;
mod eligible;
mod error_pages;
mod extract;
pub mod factors;
mod gate;
pub mod import;
pub mod mail;
mod mail_server;
pub mod mandates;
mod model;
pub mod organisation;
mod passwords;
pub mod people;
pub mod protection;
mod reply_token;
mod reset;
mod routes;
mod rules;
pub mod schools;
pub mod search;
pub mod secret_code;
pub mod sign_in;
pub mod sso;
mod standing;
mod store;
pub mod substitutes;
pub mod teams;
mod views;
mod watch;

#[cfg(test)]
mod tests;

pub use access::access_of;
pub use announcements::{About, Announced, Announcement, Board, announce, announcements};
pub use choices::{preference, set_preference, set_setting, setting};
pub use eligible::{Eligible, eligible};
pub use error_pages::error_pages;
pub use extract::{Allowed, SignedIn, Visitor};
pub use factors::{Door, Keys, Proof, ProofError, Proved, ProvedBy, Vault, keys_of, prove};
pub use gate::{Gate, gate};
pub use mail::{MAIL_JOB, Mail, Mailer, Topic};
pub use mail_server::{MailError, MailSettings, certificate_fault};
pub use mandates::{MANDATE_JOB, MandateChange};
pub use model::*;
pub use passwords::{check_password, password_advice};
pub use people::{holders, names, people_at_address, person};
pub use reply_token::{ReplyAddresses, ReplyToken};
pub use reset::PASSWORD_RESET_JOB;
pub use routes::factor_routes;
pub use routes::routes;
pub use routes::sso_routes;
pub use rules::{local_path, paris_day_end, paris_day_start};
pub use schools::{calendar, place, school};
pub use standing::{Standing, standing};
pub use teams::{team, team_by_slug, team_members};
pub use views::{Proving, missing_key, passkey_button, proving, shell};
pub use watch::Watching;

use beffroi_db::Db;

/// What every page needs: the database (with its clock) and where the site is served.
#[derive(Clone, Debug)]
pub struct Site {
    /// Database and clock.
    pub db: Db,
    /// Public address, without a final slash, for links in mails.
    pub base_url: String,
    /// Whether the site is served over HTTPS: cookies are then marked so.
    pub secure_cookies: bool,
}
