//! Who calls: the person, the functions that the token gives now.

use axum::Json;

use super::shapes::{Fonction, JetonCourant, Moi, Mot};
use crate::caller::Caller;

pub(super) async fn read(Caller { access, token }: Caller) -> Json<Moi> {
    let held = access.functions.iter().map(|function| Fonction {
        role: Mot { code: function.role.slug().into(), libelle: function.role.label().into() },
        depuis: function.since,
    });
    Json(Moi {
        fonctions: held.collect(),
        nom: access.name.clone(),
        jeton: JetonCourant { nom: token.name, ecriture: token.writes, expire_le: token.expires_at },
    })
}
