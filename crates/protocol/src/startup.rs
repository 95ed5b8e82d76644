//! The first packet of a connection: it has no type byte.

use crate::VERSION_LATEST;
use error::{Error, Result, SqlState};

/// The most bytes of the first packet, its length included.
const PACKET_MAX: usize = 10_000 + 4;

const SSL_REQUEST: u32 = 1234 << 16 | 5679;
const GSS_REQUEST: u32 = 1234 << 16 | 5680;
const CANCEL_REQUEST: u32 = 1234 << 16 | 5678;

/// A first packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartupPacket {
    /// The client asks for TLS; it is answered with one byte, and sends another first packet.
    Ssl,
    /// The client asks for GSSAPI encryption; as with TLS.
    Gss,
    /// Another session's statement is to end.
    Cancel {
        /// The session's process id.
        process: i32,
        /// What proves the right to cancel.
        secret: Vec<u8>,
    },
    /// A session is to begin.
    Start(StartupParameters),
}

/// What a client says at the start of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartupParameters {
    /// The version of the protocol that is spoken: 3.0 or 3.2 as `3 << 16 | 2`.
    pub version: u32,
    /// NegotiateProtocolVersion is to be sent, with the options of the protocol that are not known.
    pub negotiate: Option<Vec<String>>,
    /// The role.
    pub user: String,
    /// The database; empty for that of the role's name.
    pub database: String,
    /// The command-line options.
    pub options: String,
    /// Replication was asked for.
    pub is_replication: bool,
    /// All other settings.
    pub settings: Vec<(String, String)>,
}

fn fatal(code: SqlState, message: impl Into<String>) -> Error {
    Error::fatal(code, message)
}

fn violation(message: &str) -> Error {
    fatal(SqlState::PROTOCOL_VIOLATION, message)
}

/// The first packet in the bytes received and how many bytes it took; `None` if more are needed. 08P01, 0A000, 28000.
pub fn decode_startup(bytes: &[u8]) -> Result<Option<(StartupPacket, usize)>> {
    let Some((length, _)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if !(8..=PACKET_MAX).contains(&length) {
        return Err(violation("invalid length of startup packet"));
    }
    let Some(packet) = bytes.get(4..length) else {
        return Ok(None);
    };
    let Some((code, body)) = packet.split_first_chunk() else {
        return Err(violation("invalid length of startup packet"));
    };
    let packet = match u32::from_be_bytes(*code) {
        SSL_REQUEST => StartupPacket::Ssl,
        GSS_REQUEST => StartupPacket::Gss,
        CANCEL_REQUEST => cancel(body)?,
        version => StartupPacket::Start(start(version, body)?),
    };
    Ok(Some((packet, length)))
}

fn cancel(body: &[u8]) -> Result<StartupPacket> {
    match body.split_first_chunk() {
        Some((process, secret)) if (1..=256).contains(&secret.len()) => Ok(StartupPacket::Cancel {
            process: i32::from_be_bytes(*process),
            secret: secret.to_vec(),
        }),
        _ => Err(violation("invalid length of cancel request packet")),
    }
}

fn start(version: u32, body: &[u8]) -> Result<StartupParameters> {
    let (major, minor) = (version >> 16, version & 0xffff);
    if major != 3 {
        return Err(fatal(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.2"),
        ));
    }
    let mut start =
        StartupParameters { version: version.min(VERSION_LATEST), ..StartupParameters::default() };
    let mut unknown = Vec::new();
    let layout = || violation("invalid startup packet layout: expected terminator as last byte");
    let mut rest = body;
    loop {
        let name = next_string(&mut rest).ok_or_else(layout)?;
        if name.is_empty() {
            break;
        }
        let value = next_string(&mut rest).ok_or_else(layout)?;
        let name =
            crate::check_utf8(name).map_err(|error| error.severity(error::Severity::Fatal))?;
        let value =
            crate::check_utf8(value).map_err(|error| error.severity(error::Severity::Fatal))?;
        match name {
            "user" => start.user = value.to_owned(),
            "database" => start.database = value.to_owned(),
            "options" => start.options = value.to_owned(),
            "replication" => {
                start.is_replication = !matches!(value, "off" | "false" | "no" | "0");
            }
            _ if name.starts_with("_pq_.") => unknown.push(name.to_owned()),
            _ => start.settings.push((name.to_owned(), value.to_owned())),
        }
    }
    if !rest.is_empty() {
        return Err(layout());
    }
    if version > VERSION_LATEST || !unknown.is_empty() {
        start.negotiate = Some(unknown);
    }
    if start.user.is_empty() {
        return Err(fatal(
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            "no PostgreSQL user name specified in startup packet",
        ));
    }
    Ok(start)
}

fn next_string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|&byte| byte == 0)?;
    let text = &rest[..end];
    *rest = &rest[end + 1..];
    Some(text)
}

/// The settings that command-line options give (`-c name=value`, `--name=value`). 42601 for others.
pub fn split_options(options: &str) -> Result<Vec<(String, String)>> {
    let mut words = split_words(options).into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let assignment = if word == "-c" {
            words.next()
        } else {
            let attached = word.strip_prefix("--").or_else(|| word.strip_prefix("-c"));
            attached.map(str::to_owned)
        };
        let pair = assignment.as_deref().and_then(|text| text.split_once('='));
        let Some((name, value)) = pair else {
            return Err(fatal(
                SqlState::SYNTAX_ERROR,
                format!("invalid command-line argument for server process: {word}"),
            ));
        };
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(settings)
}

/// Words between white space, which a backslash makes part of a word.
fn split_words(options: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = None;
    let mut characters = options.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => word.get_or_insert_with(String::new).extend(characters.next()),
            space if space.is_ascii_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_with(String::new).push(other),
        }
    }
    words.extend(word);
    words
}
