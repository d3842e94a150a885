//! The proof of an act: its seal, its key, its code, its timestamp.

#[path = "../../../features/acts/src/proof/code.rs"]
mod code;
#[path = "../../../features/acts/src/proof/key.rs"]
mod key;
#[path = "../../../features/acts/src/proof/seal.rs"]
mod seal;
#[path = "../../../features/acts/src/proof/statement.rs"]
mod statement;
#[path = "../../../features/acts/src/proof/timestamp.rs"]
mod timestamp;

pub use code::code;
pub use key::{PublicKey, Sealer};
pub use seal::verify;
pub use statement::{Signed, Statement};

/// `file` with the seal of `statement` in it.
pub fn sealed(file: &[u8], statement: &Statement, sealer: &Sealer) -> Vec<u8> {
    seal::seal(file, statement, sealer).unwrap()
}

/// Reads the answer of a timestamping authority; whether it was about what was asked.
pub fn timestamp(answer: &[u8], digest: &[u8], nonce: &[u8]) -> bool {
    timestamp::read(answer.to_vec(), digest, nonce).is_ok()
}
