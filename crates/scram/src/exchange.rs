//! The server's side of the exchange.
//!
//! ```text
//! client: n,,n=user,r=<nonce>                       first
//! server: r=<nonce><own nonce>,s=<salt>,i=<count>
//! client: c=biws,r=<both nonces>,p=<proof>          last
//! server: v=<signature>
//! ```

use crate::{Key, Verifier, from_base64, hash_of, hmac_of, same_key, to_base64};
use error::{Error, Result, SqlState};

const NONCE_BYTES: usize = 18;

/// An exchange with one client.
#[derive(Debug)]
pub struct Exchange {
    verifier: Verifier,
    /// The role exists and has a password; if not, the exchange goes on as if and fails at its end.
    is_real: bool,
    own_nonce: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    Challenged { channel: String, nonce: String, messages: String },
    Over,
}

fn malformed(detail: impl Into<String>) -> Error {
    Error::fatal(SqlState::PROTOCOL_VIOLATION, "malformed SCRAM message").detail(detail)
}

impl Exchange {
    /// An exchange for a role with this verifier; without one, it fails at its end and not before. `secret` is the
    /// server's own, so that a missing role shows the same salt each time. 58000 without randomness.
    pub fn new(user: &str, verifier: Option<Verifier>, secret: &[u8]) -> Result<Self> {
        let mut nonce = [0; NONCE_BYTES];
        os::Random::fill(&mut nonce)?;
        Ok(Self::with_nonce(user, verifier, secret, to_base64(&nonce)))
    }

    fn with_nonce(user: &str, verifier: Option<Verifier>, secret: &[u8], nonce: String) -> Self {
        let is_real = verifier.is_some();
        let verifier = verifier.unwrap_or_else(|| Verifier::mock(user, secret));
        Self { verifier, is_real, own_nonce: nonce, state: State::Start }
    }

    /// Takes the client's first message and gives the challenge. 08P01.
    pub fn challenge(&mut self, first: &[u8]) -> Result<String> {
        let first =
            std::str::from_utf8(first).map_err(|_| malformed("The message is not UTF-8."))?;
        let (channel, rest) = match first.as_bytes().first() {
            Some(b'n' | b'y') => first.split_at(1),
            Some(b'p') => {
                return Err(Error::fatal(
                    SqlState::PROTOCOL_VIOLATION,
                    "client selected SCRAM-SHA-256, but the SCRAM message includes channel binding data",
                ));
            }
            _ => return Err(malformed("Unexpected channel-binding flag.")),
        };
        let bare =
            rest.strip_prefix(",").and_then(|rest| rest.strip_prefix(",")).ok_or_else(|| {
                malformed("The client uses authorization identity, or a comma is missing.")
            })?;
        // The user name stands in the start-up message; the one in here is ignored, as libpq leaves it empty.
        let nonce = bare
            .strip_prefix("n=")
            .and_then(|rest| rest.split_once(",r="))
            .map(|(_, nonce)| nonce.split(',').next().unwrap_or_default())
            .filter(|nonce| !nonce.is_empty() && nonce.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or_else(|| malformed("The nonce is missing or not printable."))?;
        let nonce = format!("{nonce}{}", self.own_nonce);
        let Verifier { salt, iterations, .. } = &self.verifier;
        let challenge = format!("r={nonce},s={},i={iterations}", to_base64(salt));
        let channel = to_base64(format!("{channel},,").as_bytes());
        self.state = State::Challenged { channel, nonce, messages: format!("{bare},{challenge}") };
        Ok(challenge)
    }

    /// Takes the client's last message; the server's proof, or `None` for a wrong password. 08P01.
    pub fn finish(&mut self, last: &[u8]) -> Result<Option<String>> {
        let State::Challenged { channel, nonce, messages } =
            std::mem::replace(&mut self.state, State::Over)
        else {
            return Err(malformed("The message came out of turn."));
        };
        let last = std::str::from_utf8(last).map_err(|_| malformed("The message is not UTF-8."))?;
        let (unproven, proof) =
            last.rsplit_once(",p=").ok_or_else(|| malformed("The proof is missing."))?;
        let mut attributes = unproven.split(',');
        if attributes.next().and_then(|first| first.strip_prefix("c=")) != Some(&channel) {
            return Err(malformed(
                "Unexpected SCRAM channel-binding attribute in client-final-message.",
            ));
        }
        if attributes.next().and_then(|second| second.strip_prefix("r=")) != Some(&nonce) {
            return Err(malformed("Nonce does not match."));
        }
        let proof = from_base64(proof)
            .and_then(|proof| Key::try_from(proof).ok())
            .ok_or_else(|| malformed("Malformed proof in client-final-message."))?;
        let messages = format!("{messages},{unproven}");
        let signature = hmac_of(&self.verifier.stored_key, messages.as_bytes());
        let mut client_key = proof;
        for (byte, mask) in client_key.iter_mut().zip(signature) {
            *byte ^= mask;
        }
        let is_right = same_key(&hash_of(&client_key), &self.verifier.stored_key);
        if !(is_right && self.is_real) {
            return Ok(None);
        }
        let signature = hmac_of(&self.verifier.server_key, messages.as_bytes());
        Ok(Some(format!("v={}", to_base64(&signature))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677, section 3.
    fn rfc_exchange(password: &str) -> Exchange {
        let salt = from_base64("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let verifier = Verifier::with_salt(password, salt, 4096);
        let verifier = Verifier::parse(&verifier.to_string()).unwrap();
        let nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0".to_owned();
        Exchange::with_nonce("user", Some(verifier), b"", nonce)
    }

    const FIRST: &[u8] = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    const LAST: &[u8] = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    #[test]
    fn the_exchange_of_the_rfc() {
        let mut exchange = rfc_exchange("pencil");
        let challenge = exchange.challenge(FIRST).unwrap();
        assert_eq!(
            challenge,
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        );
        let proof = exchange.finish(LAST).unwrap();
        assert_eq!(proof.as_deref(), Some("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    #[test]
    fn wrong_passwords_and_missing_roles_fail_at_the_end() {
        let mut exchange = rfc_exchange("pencils");
        exchange.challenge(FIRST).unwrap();
        assert_eq!(exchange.finish(LAST).unwrap(), None);
        assert!(exchange.finish(LAST).is_err());
        let salt_of = || {
            let mut exchange = Exchange::new("nobody", None, b"secret").unwrap();
            let challenge = exchange.challenge(FIRST).unwrap();
            challenge.split(",s=").nth(1).unwrap().to_owned()
        };
        assert_eq!(salt_of(), salt_of());
    }

    #[test]
    fn verifiers() {
        let verifier = Verifier::new("secret", 4096).unwrap();
        assert!(verifier.matches("secret") && !verifier.matches("Secret"));
        assert_eq!(Verifier::parse(&verifier.to_string()), Some(verifier));
        for bad in ["", "md5abc", "SCRAM-SHA-256$4096:a$b", "SCRAM-SHA-256$0:YQ==$YQ==:YQ=="] {
            assert!(Verifier::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn hostile_messages() {
        for first in
            [&b""[..], b"n", b"n,", b"n,,", b"n,,n=,r=", b"p=x,,n=,r=a", b"n,a=b,n=,r=a", b"\xff"]
        {
            assert!(rfc_exchange("pencil").challenge(first).is_err());
        }
        for last in [&b""[..], b"c=biws", b"c=biws,r=x,p=", b",p=", b"\xff"] {
            let mut exchange = rfc_exchange("pencil");
            exchange.challenge(FIRST).unwrap();
            assert!(exchange.finish(last).is_err());
        }
    }
}
