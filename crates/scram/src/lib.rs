//! SCRAM-SHA-256 (RFC 5802, RFC 7677): verifiers of passwords and the server's side of the exchange.
//!
//! A verifier's text form is that of `pg_authid.rolpassword`: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`, the
//! last three in base64. It proves a password and does not tell it.

mod exchange;
mod verifier;

pub use exchange::Exchange;
pub use verifier::Verifier;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

type Key = [u8; 32];

fn hmac_of(key: &[u8], text: &[u8]) -> Key {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn hash_of(bytes: &[u8]) -> Key {
    Sha256::digest(bytes).into()
}

fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Whether two keys are the same, in a time that does not tell where they differ.
fn same_key(a: &Key, b: &Key) -> bool {
    a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
