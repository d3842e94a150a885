//! Who is told of what becomes of acts, within the transaction that changes them: whatever an act answers
//! moves on with it or not at all.

use beffroi_db::{DbError, Tx};

use crate::model::Act;

/// Told of what becomes of acts.
#[async_trait::async_trait]
pub trait Witness: Send + Sync {
    /// The last signature of an act was made.
    ///
    /// # Errors
    /// When the database does not answer: the signature is then not kept either.
    async fn signed(&self, tx: &Tx, act: &Act) -> Result<(), DbError>;

    /// An act ended, for whatever reason.
    ///
    /// # Errors
    /// When the database does not answer: the end is then not kept either.
    async fn ended(&self, tx: &Tx, act: &Act) -> Result<(), DbError>;
}
