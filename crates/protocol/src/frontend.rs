//! Messages of clients after the first.

use crate::reader::{Reader, violation};
use error::{Error, Result, SqlState};

/// What Describe and Close are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A prepared statement.
    Statement(&'a str),
    /// A portal.
    Portal(&'a str),
}

/// Bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindMessage<'a> {
    /// The portal's name.
    pub portal: &'a str,
    /// The statement's name.
    pub statement: &'a str,
    /// The forms of the parameters: 0 for text, 1 for binary.
    pub parameter_formats: Vec<u16>,
    /// The parameters; `None` for NULL.
    pub parameters: Vec<Option<&'a [u8]>>,
    /// The forms of the result's columns.
    pub result_formats: Vec<u16>,
}

/// A message of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the protocol's")]
pub enum Message<'a> {
    Query(&'a str),
    Parse {
        name: &'a str,
        sql: &'a str,
        types: Vec<u32>,
    },
    Bind(BindMessage<'a>),
    Describe(Target<'a>),
    Execute {
        portal: &'a str,
        rows_max: u32,
    },
    Close(Target<'a>),
    Flush,
    Sync,
    CopyData(&'a [u8]),
    CopyDone,
    CopyFail(&'a str),
    FunctionCall,
    /// A password or a message of SASL, by what was asked for.
    Authentication(&'a [u8]),
    Terminate,
}

/// The message at the start of the bytes received, by its type byte, and how many bytes it took; `None` if more are
/// needed. The outer error (08P01, FATAL) ends the connection: the stream is lost. The inner one is the message's own,
/// and the stream goes on behind it.
pub fn decode(
    bytes: &[u8],
    message_max: usize,
) -> Result<Option<(u8, Result<Message<'_>>, usize)>> {
    let Some((&kind, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    if !b"QPBDECHSdcfFpX".contains(&kind) {
        return Err(lost(format!("invalid frontend message type {kind}")));
    }
    let Some((length, _)) = rest.split_first_chunk() else {
        return Ok(None);
    };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length < 4 || length > message_max {
        return Err(lost("invalid message length"));
    }
    match bytes.get(5..length + 1) {
        Some(body) => Ok(Some((kind, parse(kind, body), length + 1))),
        None => Ok(None),
    }
}

fn lost(message: impl Into<String>) -> Error {
    Error::fatal(SqlState::PROTOCOL_VIOLATION, message)
}

fn parse(kind: u8, body: &[u8]) -> Result<Message<'_>> {
    let mut reader = Reader::new(body);
    let message = match kind {
        b'Q' => Message::Query(reader.string()?),
        b'P' => Message::Parse {
            name: reader.string()?,
            sql: reader.string()?,
            types: reader.list(Reader::u32)?,
        },
        b'B' => Message::Bind(bind(&mut reader)?),
        b'D' => Message::Describe(target(&mut reader, "DESCRIBE")?),
        b'C' => Message::Close(target(&mut reader, "CLOSE")?),
        b'E' => {
            let portal = reader.string()?;
            // Below zero stands for no limit, as zero does.
            Message::Execute { portal, rows_max: u32::try_from(reader.i32()?).unwrap_or(0) }
        }
        b'H' => Message::Flush,
        b'S' => Message::Sync,
        b'd' => Message::CopyData(reader.rest()),
        b'c' => Message::CopyDone,
        b'f' => Message::CopyFail(reader.string()?),
        b'F' => {
            reader.rest();
            Message::FunctionCall
        }
        b'p' => Message::Authentication(reader.rest()),
        _ => Message::Terminate,
    };
    reader.finish()?;
    Ok(message)
}

fn bind<'a>(reader: &mut Reader<'a>) -> Result<BindMessage<'a>> {
    let (portal, statement) = (reader.string()?, reader.string()?);
    let parameter_formats = reader.list(Reader::u16)?;
    let parameters = reader.list(|reader| {
        let length = reader.i32()?;
        match usize::try_from(length) {
            Ok(length) => reader.bytes(length).map(Some),
            Err(_) if length == -1 => Ok(None),
            Err(_) => Err(violation("insufficient data left in message")),
        }
    })?;
    let (given, wanted) = (parameter_formats.len(), parameters.len());
    if given > 1 && given != wanted {
        return Err(violation(format!(
            "bind message has {given} parameter formats but {wanted} parameters"
        )));
    }
    let result_formats = reader.list(Reader::u16)?;
    Ok(BindMessage { portal, statement, parameter_formats, parameters, result_formats })
}

fn target<'a>(reader: &mut Reader<'a>, message: &str) -> Result<Target<'a>> {
    match reader.u8()? {
        b'S' => reader.string().map(Target::Statement),
        b'P' => reader.string().map(Target::Portal),
        other => Err(violation(format!("invalid {message} message subtype {other}"))),
    }
}
