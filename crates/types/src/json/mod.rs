//! json: text that is checked, and kept as it was written.

pub mod jsonb;
mod lexer;
#[cfg(test)]
mod tests;

pub use lexer::{Lexer, Token};

use error::{Result, stack_check};

/// 22P02 with PostgreSQL's detail and context where the text is no JSON.
pub fn validate(source: &str) -> Result<()> {
    let mut lexer = Lexer::new(source);
    let first = lexer.next_token()?;
    value(&mut lexer, first)?;
    let last = lexer.next_token()?;
    if last == Token::End { Ok(()) } else { Err(lexer.expected("end of input", last)) }
}

fn value(lexer: &mut Lexer<'_>, first: Token) -> Result<()> {
    match first {
        Token::String | Token::Number | Token::True | Token::False | Token::Null => Ok(()),
        Token::OpenObject => object(lexer),
        Token::OpenArray => array(lexer),
        Token::CloseObject | Token::CloseArray | Token::Comma | Token::Colon | Token::End => {
            Err(lexer.expected("JSON value", first))
        }
    }
}

fn object(lexer: &mut Lexer<'_>) -> Result<()> {
    stack_check()?;
    let mut token = lexer.next_token()?;
    if token == Token::CloseObject {
        return Ok(());
    }
    let mut wanted = "string or \"}\"";
    loop {
        if token != Token::String {
            return Err(lexer.expected(wanted, token));
        }
        token = lexer.next_token()?;
        if token != Token::Colon {
            return Err(lexer.expected("\":\"", token));
        }
        token = lexer.next_token()?;
        value(lexer, token)?;
        token = lexer.next_token()?;
        if token == Token::CloseObject {
            return Ok(());
        }
        if token != Token::Comma {
            return Err(lexer.expected("\",\" or \"}\"", token));
        }
        token = lexer.next_token()?;
        wanted = "string";
    }
}

fn array(lexer: &mut Lexer<'_>) -> Result<()> {
    stack_check()?;
    let mut token = lexer.next_token()?;
    if token == Token::CloseArray {
        return Ok(());
    }
    loop {
        value(lexer, token)?;
        token = lexer.next_token()?;
        if token == Token::CloseArray {
            return Ok(());
        }
        if token != Token::Comma {
            return Err(lexer.expected("\",\" or \"]\"", token));
        }
        token = lexer.next_token()?;
    }
}

/// Appends a text as a JSON string.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            8 => out.extend_from_slice(b"\\b"),
            12 => out.extend_from_slice(b"\\f"),
            0..=0x1F => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
