//! String literals and quoted identifiers.

use super::{Lexer, RAW, Result, is_identifier_byte, is_identifier_start, is_space, offset};
use crate::ast::Location;
use crate::kind::Kind;
use crate::position;
use error::{Error, SqlState};

/// How the escapes of a literal are written.
struct Escapes {
    /// The character before the digits.
    character: char,
    hint: &'static str,
}

impl Lexer<'_> {
    /// A literal without escapes, whose opening quote is at `quote`.
    pub(super) fn plain_string(&mut self, start: usize, quote: usize, kind: Kind) -> Result<()> {
        self.at = quote + 1;
        let raw = self.at;
        let mut value: Option<String> = None;
        let mut piece = self.at;
        loop {
            let Some(length) = self.bytes[self.at..].iter().position(|byte| *byte == b'\'') else {
                self.at = self.bytes.len();
                let message = match kind {
                    Kind::BIT_STRING => "unterminated bit string literal",
                    Kind::HEX_STRING => "unterminated hexadecimal string literal",
                    _ => "unterminated quoted string",
                };
                return Err(self.error_near(message, start));
            };
            let close = self.at + length;
            self.at = close + 1;
            if self.peek(0) == b'\'' && kind == Kind::STRING_LITERAL {
                // A doubled quote: the piece up to and with the first.
                value.get_or_insert_default().push_str(&self.sql[piece..self.at]);
                self.at += 1;
            } else if let Some(next) = self.continuation() {
                value.get_or_insert_default().push_str(&self.sql[piece..close]);
                self.at = next;
            } else {
                break;
            }
            piece = self.at;
        }
        match value {
            Some(mut value) => {
                value.push_str(&self.sql[piece..self.at - 1]);
                self.push_value(kind, start, value);
            }
            None if raw == start + 1 => self.push(kind, start),
            None => self.push_value(kind, start, self.sql[raw..self.at - 1].to_owned()),
        }
        Ok(())
    }

    /// Behind a closing quote: where the literal goes on, which it does after white space with a newline.
    fn continuation(&self) -> Option<usize> {
        let (mut at, mut newline) = (self.at, false);
        loop {
            match self.bytes.get(at) {
                Some(byte) if is_space(*byte) => {
                    newline |= matches!(byte, b'\n' | b'\r');
                    at += 1;
                }
                Some(b'-') if self.bytes.get(at + 1) == Some(&b'-') => {
                    let rest = &self.bytes[at..];
                    at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
                }
                Some(b'\'') if newline => return Some(at + 1),
                _ => return None,
            }
        }
    }

    /// `$tag$ ... $tag$`; behind the first dollar.
    pub(super) fn dollar_string(&mut self, start: usize) -> Result<()> {
        if is_identifier_start(self.peek(0)) {
            while is_identifier_byte(self.peek(0)) && self.peek(0) != b'$' {
                self.at += 1;
            }
        }
        if self.peek(0) != b'$' {
            self.at = start + 1;
            self.push(Kind::STRAY, start);
            return Ok(());
        }
        self.at += 1;
        let tag = &self.sql[start..self.at];
        let body = self.at;
        let Some(length) = self.sql[body..].find(tag) else {
            self.at = self.bytes.len();
            return Err(self.error_near("unterminated dollar-quoted string", start));
        };
        self.at = body + length + tag.len();
        self.push_value(Kind::STRING_LITERAL, start, self.sql[body..body + length].to_owned());
        Ok(())
    }

    /// `"name"`, whose text begins at `body`.
    pub(super) fn quoted_identifier(&mut self, start: usize, body: usize) -> Result<()> {
        let value = self.quoted_identifier_text(start, body)?;
        match value {
            Some(value) => self.push_value(Kind::QUOTED_IDENTIFIER, start, value),
            None => self.push(Kind::QUOTED_IDENTIFIER, start),
        }
        Ok(())
    }

    /// The text of an identifier where it is not just what is between the quotes.
    fn quoted_identifier_text(&mut self, start: usize, body: usize) -> Result<Option<String>> {
        self.at = body;
        let mut value: Option<String> = None;
        let mut piece = body;
        loop {
            let Some(length) = self.bytes[self.at..].iter().position(|byte| *byte == b'"') else {
                self.at = self.bytes.len();
                return Err(self.error_near("unterminated quoted identifier", start));
            };
            self.at += length + 1;
            if self.peek(0) != b'"' {
                break;
            }
            value.get_or_insert_default().push_str(&self.sql[piece..self.at]);
            self.at += 1;
            piece = self.at;
        }
        if self.at == body + 1 {
            return Err(self.error_near("zero-length delimited identifier", start));
        }
        if let Some(value) = &mut value {
            value.push_str(&self.sql[piece..self.at - 1]);
        }
        Ok(value)
    }

    /// `U&'...'` or `U&"..."`, with the UESCAPE that may follow.
    pub(super) fn unicode(&mut self, start: usize, kind: Kind) -> Result<()> {
        let body = start + 3;
        let text = if kind == Kind::STRING_LITERAL {
            self.plain_string(start, start + 2, kind)?;
            self.out.tokens.pop();
            self.out.values.pop().map_or_else(String::new, String::from)
        } else {
            let text = self.quoted_identifier_text(start, body)?;
            text.unwrap_or_else(|| self.sql[body..self.at - 1].to_owned())
        };
        let character = self.uescape()?;
        let hint = "Unicode escapes must be \\XXXX or \\+XXXXXX.";
        let value = self.decode_unicode(&text, body, &Escapes { character, hint })?;
        self.push_value(kind, start, value);
        Ok(())
    }

    /// The character of `UESCAPE 'c'`, a backslash without it.
    fn uescape(&mut self) -> Result<char> {
        let end = self.at;
        self.skip_space()?;
        let word = self.at;
        self.skip_word();
        if !self.bytes[word..self.at].eq_ignore_ascii_case(b"uescape") {
            self.at = end;
            return Ok('\\');
        }
        self.skip_space()?;
        let start = self.at;
        let token_count = self.out.tokens.len();
        match (self.peek(0), self.peek(1)) {
            (b'\'', _) => self.plain_string(start, start, Kind::STRING_LITERAL)?,
            (b'e' | b'E', b'\'') => self.escape_string(start)?,
            (b'$', _) => self.dollar(start)?,
            _ => {}
        }
        let token = self.out.tokens.get(token_count).copied();
        self.out.tokens.truncate(token_count);
        let Some(token) = token.filter(|token| token.kind == Kind::STRING_LITERAL) else {
            self.at = start;
            self.skip_token(start);
            let message = "UESCAPE must be followed by a simple string literal";
            return Err(self.error_near(message, start));
        };
        let text: Box<str> = if token.value == RAW {
            self.sql[start + 1..self.at - 1].into()
        } else {
            self.out.values.pop().unwrap_or_default()
        };
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(c), None)
                if !c.is_ascii_hexdigit()
                    && !matches!(
                        c,
                        '+' | '\'' | '"' | ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c'
                    ) =>
            {
                Ok(c)
            }
            _ => Err(self.error_near("invalid Unicode escape character", start)),
        }
    }

    /// Moves over whatever stands where a string was wanted, for the error's text.
    fn skip_token(&mut self, start: usize) {
        match self.peek(0) {
            0 => {}
            b'"' => {
                let rest = &self.sql[start + 1..];
                self.at = start + 1 + rest.find('"').map_or(rest.len(), |at| at + 1);
            }
            byte if is_identifier_byte(byte) => self.skip_word(),
            _ => self.at += 1,
        }
    }

    fn decode_unicode(&self, text: &str, body: usize, escapes: &Escapes) -> Result<String> {
        let mut out = String::with_capacity(text.len());
        let mut high: Option<u32> = None;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let here = body + (text.len() - rest.len());
            rest = &rest[c.len_utf8()..];
            if c != escapes.character {
                self.refuse_half(high, here)?;
                out.push(c);
                continue;
            }
            if rest.starts_with(escapes.character) {
                self.refuse_half(high, here)?;
                out.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
            let (skip, count) = if rest.starts_with('+') { (1, 6) } else { (0, 4) };
            let digits = rest.get(skip..skip + count);
            let Some(code) = digits.and_then(hexadecimal) else {
                return Err(self.bad_escape(SqlState::SYNTAX_ERROR, here, escapes.hint));
            };
            rest = &rest[skip + count..];
            if let Some(c) = self.join_surrogate(&mut high, code, here)? {
                out.push(c);
            }
        }
        self.refuse_half(high, body + text.len())?;
        Ok(out)
    }

    /// A code point, or none for the first half of a surrogate pair, which is kept in `high`.
    fn join_surrogate(&self, high: &mut Option<u32>, code: u32, at: usize) -> Result<Option<char>> {
        match (high.take(), code) {
            (None, 0xD800..=0xDBFF) => {
                *high = Some(code);
                Ok(None)
            }
            (Some(first), 0xDC00..=0xDFFF) => {
                Ok(char::from_u32(0x1_0000 + ((first & 0x3FF) << 10) + (code & 0x3FF)))
            }
            (Some(_), _) | (None, 0xDC00..=0xDFFF) => Err(self.bad_pair(at)),
            (None, 0) => Err(self.bad_value(at)),
            (None, _) => char::from_u32(code).map(Some).ok_or_else(|| self.bad_value(at)),
        }
    }

    fn refuse_half(&self, high: Option<u32>, at: usize) -> Result<()> {
        if high.is_some() { Err(self.bad_pair(at)) } else { Ok(()) }
    }

    fn error_at(&self, code: SqlState, message: &str, at: usize) -> Error {
        Error::new(code, message).at(position(self.sql, Location(offset(at))))
    }

    fn bad_pair(&self, at: usize) -> Error {
        self.error_at(SqlState::SYNTAX_ERROR, "invalid Unicode surrogate pair", at)
    }

    fn bad_value(&self, at: usize) -> Error {
        self.error_at(SqlState::SYNTAX_ERROR, "invalid Unicode escape value", at)
    }

    fn bad_escape(&self, code: SqlState, at: usize, hint: &str) -> Error {
        self.error_at(code, "invalid Unicode escape", at).hint(hint)
    }

    /// `E'...'`.
    pub(super) fn escape_string(&mut self, start: usize) -> Result<()> {
        self.at = start + 2;
        let mut out: Vec<u8> = Vec::new();
        let mut high: Option<u32> = None;
        loop {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(self.error_near("unterminated quoted string", start));
            };
            let here = self.at;
            if high.is_some() && !(byte == b'\\' && self.peek(1) | 0x20 == b'u') {
                self.at += self.sql[here..].chars().next().map_or(1, char::len_utf8);
                return Err(self.error_near("invalid Unicode surrogate pair", here));
            }
            self.at += 1;
            match byte {
                b'\'' if self.peek(0) == b'\'' => {
                    self.at += 1;
                    out.push(byte);
                }
                b'\'' => match self.continuation() {
                    Some(next) => self.at = next,
                    None => break,
                },
                b'\\' => self.escape(here, &mut out, &mut high)?,
                _ => out.push(byte),
            }
        }
        let value = checked_utf8(out)?;
        self.push_value(Kind::STRING_LITERAL, start, value);
        Ok(())
    }

    /// Behind the backslash at `here`.
    fn escape(&mut self, here: usize, out: &mut Vec<u8>, high: &mut Option<u32>) -> Result<()> {
        let byte = self.peek(0);
        // At the end of the text the caller finds that the literal is not closed.
        self.at = (self.at + 1).min(self.bytes.len());
        match byte {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                self.at -= 1;
                out.push(self.digits(8, 3));
            }
            b'x' if self.peek(0).is_ascii_hexdigit() => out.push(self.digits(16, 2)),
            b'u' | b'U' => {
                let count = if byte == b'u' { 4 } else { 8 };
                let digits = self.sql.get(self.at..self.at + count);
                let Some(code) = digits.and_then(hexadecimal) else {
                    let hint = "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.";
                    return Err(self.bad_escape(SqlState::INVALID_ESCAPE_SEQUENCE, here, hint));
                };
                self.at += count;
                match self.join_surrogate(high, code, here) {
                    Ok(Some(c)) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    Ok(None) => {}
                    Err(error) => return Err(self.error_near(error.message(), here)),
                }
            }
            _ => out.push(byte),
        }
        Ok(())
    }

    /// At most `count` digits as one byte.
    fn digits(&mut self, radix: u32, count: usize) -> u8 {
        let mut value = 0u32;
        for _ in 0..count {
            let Some(digit) = char::from(self.peek(0)).to_digit(radix) else { break };
            value = value * radix + digit;
            self.at += 1;
        }
        value.to_le_bytes()[0]
    }
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let valid = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if valid { u32::from_str_radix(digits, 16).ok() } else { None }
}

/// 22021 where escapes made bytes that are no UTF-8, or a zero byte.
fn checked_utf8(bytes: Vec<u8>) -> Result<String> {
    let zero = bytes.iter().position(|byte| *byte == 0);
    let (bad, bytes) = match String::from_utf8(bytes) {
        Ok(text) if zero.is_none() => return Ok(text),
        Ok(text) => (zero.unwrap_or(0), text.into_bytes()),
        Err(error) => {
            let bad = error.utf8_error().valid_up_to();
            (zero.map_or(bad, |zero| zero.min(bad)), error.into_bytes())
        }
    };
    let length = match bytes[bad] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    };
    let shown: Vec<_> =
        bytes[bad..].iter().take(length).map(|byte| format!("0x{byte:02x}")).collect();
    let message = format!("invalid byte sequence for encoding \"UTF8\": {}", shown.join(" "));
    Err(Error::new(SqlState::CHARACTER_NOT_IN_REPERTOIRE, message))
}
