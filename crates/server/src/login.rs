//! From a connection's first packet to its session.

use crate::answer::Answer;
use crate::dialogue::Dialogue;
use crate::outgoing::Outgoing;
use crate::server::{Admission, Server};
use crate::stream::{Stream, Transfer};
use error::{Error, Result, Severity, SqlState};
use protocol::{Authentication, Message, StartupPacket, StartupParameters};
use scram::{Exchange, Verifier};
use session::{Login as Role, Session, Startup};
use std::sync::Arc;

/// The bytes of a secret of protocol 3.2; 3.0 has room for 4.
const SECRET_BYTES: usize = 32;

/// A client that is asked for its password.
pub(crate) struct Login {
    start: StartupParameters,
    exchange: Exchange,
    is_challenged: bool,
    is_allowed: bool,
}

/// What a step of the log-in comes to.
pub(crate) enum Step {
    /// The client sends more.
    Wait,
    /// Another first packet follows: TLS was refused.
    Again,
    /// The client is asked for its password.
    Login(Box<Login>),
    /// The session is open.
    Open(Box<Dialogue>),
    /// The connection ends.
    Close,
}

fn invalid_role(message: String) -> Error {
    Error::fatal(SqlState::INVALID_AUTHORIZATION_SPECIFICATION, message)
}

/// Tells an error that ends the connection.
pub(crate) fn refuse(error: Error, out: &mut Outgoing) {
    Answer(out).encoder().error(&error.severity(Severity::Fatal));
    out.set_due();
}

/// Handles a first packet.
pub(crate) fn first_packet(
    server: &Arc<Server>,
    stream: &Stream,
    packet: StartupPacket,
    out: &mut Outgoing,
) -> Result<Step> {
    match packet {
        StartupPacket::Ssl | StartupPacket::Gss => match stream.send(b"N") {
            Transfer::Bytes(_) => Ok(Step::Again),
            Transfer::Blocked | Transfer::Gone => Ok(Step::Close),
        },
        StartupPacket::Cancel { process, secret } => {
            if let Some(session) = server.engine.find_session(process, &secret) {
                session.cancel();
            }
            Ok(Step::Close)
        }
        StartupPacket::Start(start) => {
            if server.is_closing() {
                return Err(Error::fatal(
                    SqlState::CANNOT_CONNECT_NOW,
                    "the database system is shutting down",
                ));
            }
            if server.is_crowded() {
                return Err(Error::fatal(
                    SqlState::TOO_MANY_CONNECTIONS,
                    "sorry, too many clients already",
                ));
            }
            begin(server, stream, start, out)
        }
    }
}

fn begin(
    server: &Arc<Server>,
    stream: &Stream,
    start: StartupParameters,
    out: &mut Outgoing,
) -> Result<Step> {
    if start.is_replication {
        return Err(Error::unsupported("streaming replication"));
    }
    if let Some(unknown) = &start.negotiate {
        Answer(out).encoder().negotiate_protocol_version(start.version, unknown);
    }
    let role = server.engine.login(&start.user)?;
    let is_owner = stream.peer_user().is_some_and(|user| user == server.owner);
    if is_owner || server.options.admission == Admission::Trust {
        let user = &start.user;
        let role = role.ok_or_else(|| invalid_role(format!("role \"{user}\" does not exist")))?;
        return open(server, stream, &start, role.allowed, out);
    }
    let is_allowed = role.as_ref().is_some_and(|role| role.allowed);
    let verifier = role.and_then(valid_verifier);
    let exchange = Exchange::new(&start.user, verifier, &server.secret)?;
    Answer(out).encoder().authentication(Authentication::Sasl(&["SCRAM-SHA-256"]));
    out.set_due();
    Ok(Step::Login(Box::new(Login { start, exchange, is_challenged: false, is_allowed })))
}

/// The role's verifier, if its password has not expired.
fn valid_verifier(role: Role) -> Option<Verifier> {
    const UNIX_TO_2000_US: i64 = 946_684_800_000_000;
    let now = os::unix_time_us() - UNIX_TO_2000_US;
    if role.valid_until.is_some_and(|until| until < now) {
        return None;
    }
    role.verifier.as_deref().and_then(Verifier::parse)
}

impl Login {
    /// Handles a message of the exchange.
    pub(crate) fn message(
        &mut self,
        server: &Arc<Server>,
        stream: &Stream,
        kind: u8,
        message: Result<Message<'_>>,
        out: &mut Outgoing,
    ) -> Result<Step> {
        if kind == b'X' {
            return Ok(Step::Close);
        }
        let Message::Authentication(data) = message? else {
            return Err(Error::fatal(
                SqlState::PROTOCOL_VIOLATION,
                format!("expected SASL response, got message type {kind}"),
            ));
        };
        if !self.is_challenged {
            let challenge = self.exchange.challenge(initial_response(data)?)?;
            self.is_challenged = true;
            let challenge = Authentication::SaslContinue(challenge.as_bytes());
            Answer(out).encoder().authentication(challenge);
            out.set_due();
            return Ok(Step::Wait);
        }
        let Some(proof) = self.exchange.finish(data)? else {
            return Err(Error::fatal(
                SqlState::INVALID_PASSWORD,
                format!("password authentication failed for user \"{}\"", self.start.user),
            ));
        };
        Answer(out).encoder().authentication(Authentication::SaslFinal(proof.as_bytes()));
        open(server, stream, &self.start, self.is_allowed, out)
    }
}

/// The client's first message within SASLInitialResponse: the mechanism, a length, the message.
fn initial_response(data: &[u8]) -> Result<&[u8]> {
    let malformed = |text: &str| Error::fatal(SqlState::PROTOCOL_VIOLATION, text);
    let end = data.iter().position(|&byte| byte == 0);
    let end = end.ok_or_else(|| malformed("invalid string in message"))?;
    if &data[..end] != b"SCRAM-SHA-256" {
        return Err(malformed("client selected an invalid SASL authentication mechanism"));
    }
    match data[end + 1..].split_first_chunk() {
        Some((length, message))
            if usize::try_from(u32::from_be_bytes(*length)) == Ok(message.len()) =>
        {
            Ok(message)
        }
        _ => Err(malformed("insufficient data left in message")),
    }
}

fn open(
    server: &Arc<Server>,
    stream: &Stream,
    start: &StartupParameters,
    is_allowed: bool,
    out: &mut Outgoing,
) -> Result<Step> {
    let user = &start.user;
    if !is_allowed {
        return Err(invalid_role(format!("role \"{user}\" is not permitted to log in")));
    }
    let mut secret = vec![0; if start.version == 3 << 16 { 4 } else { SECRET_BYTES }];
    os::Random::fill(&mut secret)?;
    let process = server.next_process();
    let mut settings = protocol::split_options(&start.options)?;
    settings.extend(start.settings.iter().cloned());
    let database = if start.database.is_empty() { user } else { &start.database };
    let mut session = Session::open(
        &server.engine,
        Startup {
            user: user.clone(),
            database: database.clone(),
            settings,
            client_address: stream.address(),
            process,
            secret: secret.clone(),
        },
    )?;
    let mut answer = Answer(out);
    let mut encoder = answer.encoder();
    encoder.authentication(Authentication::Ok);
    for (name, value) in session.reported_settings() {
        encoder.parameter_status(name, &value);
    }
    encoder.backend_key_data(process, &secret);
    Ok(Step::Open(Box::new(Dialogue::new(session, out))))
}
