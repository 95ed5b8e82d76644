//! The tokens of JSON text.

use error::{Error, Result, SqlState};

/// A token; its text is the lexer's [`Lexer::token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Token {
    OpenObject,
    CloseObject,
    OpenArray,
    CloseArray,
    Comma,
    Colon,
    String,
    Number,
    True,
    False,
    Null,
    End,
}

/// Reads JSON text token by token.
pub struct Lexer<'a> {
    source: &'a str,
    /// The bounds of the last token.
    start: usize,
    end: usize,
    line: usize,
    line_start: usize,
}

/// How much of a line an error shows.
const CONTEXT_BYTES: usize = 50;

impl<'a> Lexer<'a> {
    /// Before the first token.
    pub fn new(source: &'a str) -> Self {
        Self { source, start: 0, end: 0, line: 1, line_start: 0 }
    }

    /// The text of the last token.
    pub fn token(&self) -> &'a str {
        &self.source[self.start..self.end]
    }

    /// Where the last token starts, in bytes.
    pub fn token_start(&self) -> usize {
        self.start
    }

    /// Where the last token ends, in bytes.
    pub fn token_end(&self) -> usize {
        self.end
    }

    /// The text between two positions.
    pub fn text(&self, start: usize, end: usize) -> &'a str {
        &self.source[start..end]
    }

    /// The next token. 22P02.
    pub fn next_token(&mut self) -> Result<Token> {
        let bytes = self.source.as_bytes();
        let mut at = self.end;
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
            at += 1;
            if bytes[at - 1] == b'\n' {
                self.line += 1;
                self.line_start = at;
            }
        }
        (self.start, self.end) = (at, at + 1);
        Ok(match bytes.get(at) {
            None => {
                self.end = at;
                Token::End
            }
            Some(b'{') => Token::OpenObject,
            Some(b'}') => Token::CloseObject,
            Some(b'[') => Token::OpenArray,
            Some(b']') => Token::CloseArray,
            Some(b',') => Token::Comma,
            Some(b':') => Token::Colon,
            Some(b'"') => return self.string(),
            Some(b'-' | b'0'..=b'9') => return self.number(),
            Some(_) => return self.word(),
        })
    }

    fn word(&mut self) -> Result<Token> {
        let rest = &self.source.as_bytes()[self.start..];
        let length = rest.iter().take_while(|byte| is_word(**byte)).count();
        let first = self.source[self.start..].chars().next().map_or(1, char::len_utf8);
        self.end = self.start + length.max(first);
        match self.token() {
            "true" => Ok(Token::True),
            "false" => Ok(Token::False),
            "null" => Ok(Token::Null),
            _ => Err(self.invalid_token()),
        }
    }

    fn number(&mut self) -> Result<Token> {
        let rest = &self.source.as_bytes()[self.start..];
        let digits = |from: usize| {
            rest[from.min(rest.len())..].iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let mut at = usize::from(rest[0] == b'-');
        let mut valid = true;
        let whole = digits(at);
        valid &= whole > 0 && (whole == 1 || rest[at] != b'0');
        // A leading zero is a number of its own: what follows makes it invalid.
        at += whole;
        if rest.get(at) == Some(&b'.') {
            let fraction = digits(at + 1);
            valid &= fraction > 0;
            at += 1 + fraction;
        }
        if let Some(b'e' | b'E') = rest.get(at) {
            at += 1;
            at += usize::from(matches!(rest.get(at), Some(b'+' | b'-')));
            let exponent = digits(at);
            valid &= exponent > 0;
            at += exponent;
        }
        let trailing = rest[at..].iter().take_while(|byte| is_word(**byte)).count();
        self.end = self.start + at + trailing;
        if valid && trailing == 0 { Ok(Token::Number) } else { Err(self.invalid_token()) }
    }

    fn string(&mut self) -> Result<Token> {
        let bytes = self.source.as_bytes();
        let mut at = self.start + 1;
        loop {
            match bytes.get(at) {
                None => {
                    self.end = bytes.len();
                    return Err(self.invalid_token());
                }
                Some(b'"') => {
                    self.end = at + 1;
                    return Ok(Token::String);
                }
                Some(b'\\') => at = self.escape(at)?,
                Some(control @ 0..=0x1F) => {
                    self.end = at;
                    return Err(self
                        .error(format!("Character with value 0x{control:02x} must be escaped.")));
                }
                Some(_) => at += 1,
            }
        }
    }

    /// The position after the escape sequence at a backslash.
    fn escape(&mut self, at: usize) -> Result<usize> {
        let bytes = self.source.as_bytes();
        match bytes.get(at + 1) {
            None => {
                self.end = bytes.len();
                Err(self.invalid_token())
            }
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                for digit in at + 2..at + 6 {
                    match bytes.get(digit) {
                        Some(byte) if byte.is_ascii_hexdigit() => {}
                        None => {
                            self.end = bytes.len();
                            return Err(self.invalid_token());
                        }
                        Some(_) => {
                            self.end = self.char_end(digit);
                            return Err(
                                self.error("\"\\u\" must be followed by four hexadecimal digits.")
                            );
                        }
                    }
                }
                Ok(at + 6)
            }
            Some(_) => {
                self.end = self.char_end(at + 1);
                let escaped = &self.source[at + 1..self.end];
                Err(self.error(format!("Escape sequence \"\\{escaped}\" is invalid.")))
            }
        }
    }

    fn char_end(&self, at: usize) -> usize {
        self.source[at..].chars().next().map_or(at, |c| at + c.len_utf8())
    }

    fn invalid_token(&self) -> Error {
        self.error(format!("Token \"{}\" is invalid.", self.token()))
    }

    /// The error where another token stands than is wanted.
    #[cold]
    pub fn expected(&self, wanted: &str, found: Token) -> Error {
        if found == Token::End {
            return self.error("The input string ended unexpectedly.");
        }
        self.error(format!("Expected {wanted}, but found \"{}\".", self.token()))
    }

    /// 22P02 with a detail, and the line up to the last token as context.
    #[cold]
    pub fn error(&self, detail: impl Into<String>) -> Error {
        Error::new(SqlState::INVALID_TEXT_REPRESENTATION, "invalid input syntax for type json")
            .detail(detail)
            .context(self.context())
    }

    /// The context line of an error.
    pub fn context(&self) -> String {
        let mut start = self.line_start;
        while self.end - start >= CONTEXT_BYTES {
            start = self.char_end(start);
        }
        if start - self.line_start <= 3 {
            start = self.line_start;
        }
        let prefix = if start > self.line_start { "..." } else { "" };
        let next = self.source.as_bytes().get(self.end);
        let suffix = if matches!(next, None | Some(b'\n' | b'\r')) { "" } else { "..." };
        let shown = &self.source[start..self.end];
        format!("JSON data, line {}: {prefix}{shown}{suffix}", self.line)
    }

    /// The text that the last token, a string, stands for. 22P05 for `\u0000`, 22P02 for half a surrogate pair.
    pub fn unescaped(&self) -> Result<String> {
        let token = self.token();
        let inner = &token[1..token.len() - 1];
        if !inner.contains('\\') {
            return Ok(inner.to_owned());
        }
        let mut text = String::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            let escape = rest.as_bytes()[at + 1];
            rest = &rest[at + 2..];
            text.push(match escape {
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => {
                    let (c, after) = self.unicode(rest)?;
                    rest = after;
                    c
                }
                other => char::from(other),
            });
        }
        text.push_str(rest);
        Ok(text)
    }

    fn unicode<'t>(&self, rest: &'t str) -> Result<(char, &'t str)> {
        let unit =
            |text: &str| u32::from_str_radix(&text[..4], 16).expect("the lexer saw four digits");
        let low_missing = || self.error("Unicode low surrogate must follow a high surrogate.");
        let first = unit(rest);
        let mut after = &rest[4..];
        let code = match first {
            0 => {
                return Err(Error::new(
                    SqlState::UNTRANSLATABLE_CHARACTER,
                    "unsupported Unicode escape sequence",
                )
                .detail("\\u0000 cannot be converted to text.")
                .context(self.context()));
            }
            0xD800..=0xDBFF => {
                let low = after.strip_prefix("\\u").ok_or_else(low_missing)?;
                let second = unit(low);
                after = &low[4..];
                match second {
                    0xDC00..=0xDFFF => 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00),
                    0xD800..=0xDBFF => {
                        return Err(
                            self.error("Unicode high surrogate must not follow a high surrogate.")
                        );
                    }
                    _ => return Err(low_missing()),
                }
            }
            0xDC00..=0xDFFF => return Err(low_missing()),
            other => other,
        };
        Ok((char::from_u32(code).expect("surrogates are handled"), after))
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
