//! Verifiers of passwords.

use crate::{Key, from_base64, hash_of, hmac_of, same_key, to_base64};
use error::Result;
use std::fmt;

const SALT_BYTES: usize = 16;
const MECHANISM: &str = "SCRAM-SHA-256";

/// What proves a password: its text form, by `Display`, is kept in the catalog.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    pub(crate) iterations: u32,
    pub(crate) salt: Vec<u8>,
    pub(crate) stored_key: Key,
    pub(crate) server_key: Key,
}

impl Verifier {
    /// The iterations that PostgreSQL's `scram_iterations` starts with.
    pub const ITERATIONS: u32 = 4096;

    /// The verifier of a password, with a new random salt. It takes milliseconds on purpose. 58000 without randomness.
    pub fn new(password: &str, iterations: u32) -> Result<Self> {
        let mut salt = vec![0; SALT_BYTES];
        os::Random::fill(&mut salt)?;
        Ok(os::blocking(os::Reason::Compute, || Self::with_salt(password, salt, iterations)))
    }

    /// The verifier of a password with this salt.
    pub(crate) fn with_salt(password: &str, salt: Vec<u8>, iterations: u32) -> Self {
        let mut salted = Key::default();
        pbkdf2::pbkdf2_hmac::<sha2::Sha256>(
            prepared(password).as_bytes(),
            &salt,
            iterations,
            &mut salted,
        );
        let stored_key = hash_of(&hmac_of(&salted, b"Client Key"));
        let server_key = hmac_of(&salted, b"Server Key");
        Self { iterations, salt, stored_key, server_key }
    }

    /// A verifier from its text form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let (mechanism, salting, keys) = (parts.next()?, parts.next()?, parts.next()?);
        if mechanism != MECHANISM || parts.next().is_some() {
            return None;
        }
        let (iterations, salt) = salting.split_once(':')?;
        let (stored_key, server_key) = keys.split_once(':')?;
        let key = |text| Key::try_from(from_base64(text)?).ok();
        Some(Self {
            iterations: iterations.parse().ok().filter(|count| *count > 0)?,
            salt: from_base64(salt)?,
            stored_key: key(stored_key)?,
            server_key: key(server_key)?,
        })
    }

    /// Whether it is this password's. It takes milliseconds on purpose.
    pub fn matches(&self, password: &str) -> bool {
        let made = os::blocking(os::Reason::Compute, || {
            Self::with_salt(password, self.salt.clone(), self.iterations)
        });
        same_key(&made.stored_key, &self.stored_key)
    }

    /// The verifier of a role that does not exist: the same for the same name, and no password matches.
    pub(crate) fn mock(user: &str, secret: &[u8]) -> Self {
        let salt = hmac_of(secret, user.as_bytes())[..SALT_BYTES].to_vec();
        Self { iterations: Self::ITERATIONS, salt, stored_key: [0; 32], server_key: [0; 32] }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iterations, salt, stored_key, server_key } = self;
        let (salt, stored, server) =
            (to_base64(salt), to_base64(stored_key), to_base64(server_key));
        write!(f, "{MECHANISM}${iterations}:{salt}${stored}:{server}")
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

/// The password as it is hashed: of SASLprep, that spaces are alike and what is invisible is left out.
fn prepared(password: &str) -> String {
    let mapped = password.chars().filter_map(|character| match character {
        '\u{ad}'
        | '\u{34f}'
        | '\u{1806}'
        | '\u{180b}'..='\u{180d}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => None,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Some(' ')
        }
        other => Some(other),
    });
    let mapped: String = mapped.collect();
    if mapped.is_empty() { password.to_owned() } else { mapped }
}
