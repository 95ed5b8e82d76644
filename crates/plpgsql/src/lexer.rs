//! The text of a body as tokens: just enough to tell PL/pgSQL's own words from the SQL between them.

use error::{Error, Result, SqlState};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word without quotes, keywords among them.
    Word,
    /// A quoted identifier.
    Quoted,
    /// A string constant of any form.
    Text,
    Number,
    /// `$1`.
    Parameter,
    /// An operator or punctuation.
    Symbol,
    End,
}

/// A token: `source[start..end]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Cuts a body into tokens; the last is `End`. 42601 for what has no end.
pub(crate) fn lex(source: &str) -> Result<Vec<Token>> {
    let mut lexer = Lexer { source, bytes: source.as_bytes(), at: 0 };
    let mut tokens = Vec::with_capacity(source.len() / 4 + 1);
    loop {
        lexer.skip_space()?;
        let token = lexer.token()?;
        tokens.push(token);
        if token.kind == Kind::End {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    b"~!@#^&|`?+-*/%<>=".contains(&byte)
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn unterminated(&self, what: &str, start: usize) -> Error {
        let text = format!("unterminated {what} at or near \"{}\"", &self.source[start..]);
        Error::new(SqlState::SYNTAX_ERROR, text).at(position(self.source, start))
    }

    fn skip_space(&mut self) -> Result<()> {
        loop {
            if self.peek(0).is_ascii_whitespace() || self.peek(0) == 0x0b {
                self.at += 1;
            } else if self.peek(0) == b'-' && self.peek(1) == b'-' {
                while self.at < self.bytes.len() && self.peek(0) != b'\n' {
                    self.at += 1;
                }
            } else if self.peek(0) == b'/' && self.peek(1) == b'*' {
                self.skip_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_comment(&mut self) -> Result<()> {
        let (start, mut depth) = (self.at, 0usize);
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ if self.at >= self.bytes.len() => {
                    return Err(self.unterminated("/* comment", start));
                }
                _ => self.at += 1,
            }
        }
    }

    fn token(&mut self) -> Result<Token> {
        let start = self.at;
        let byte = self.peek(0);
        let kind = if start >= self.bytes.len() {
            Kind::End
        } else if byte == b'\'' {
            self.string(start, false)?;
            Kind::Text
        } else if byte == b'"' {
            self.quoted(start)?;
            Kind::Quoted
        } else if is_word_start(byte) {
            self.word(start)?
        } else if byte.is_ascii_digit() || byte == b'.' && self.peek(1).is_ascii_digit() {
            self.number();
            Kind::Number
        } else if byte == b'$' {
            self.dollar(start)?
        } else {
            self.symbol(byte);
            Kind::Symbol
        };
        Ok(Token { kind, start, end: self.at })
    }

    fn string(&mut self, start: usize, escapes: bool) -> Result<()> {
        self.at += 1;
        loop {
            match self.peek(0) {
                _ if self.at >= self.bytes.len() => {
                    return Err(self.unterminated("quoted string", start));
                }
                b'\\' if escapes => self.at += 2,
                b'\'' if self.peek(1) == b'\'' => self.at += 2,
                b'\'' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn quoted(&mut self, start: usize) -> Result<()> {
        self.at += 1;
        loop {
            match self.peek(0) {
                _ if self.at >= self.bytes.len() => {
                    return Err(self.unterminated("quoted identifier", start));
                }
                b'"' if self.peek(1) == b'"' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn word(&mut self, start: usize) -> Result<Kind> {
        if self.peek(1) == b'\''
            && matches!(self.peek(0), b'e' | b'E' | b'b' | b'B' | b'x' | b'X' | b'n' | b'N')
        {
            let escapes = matches!(self.peek(0), b'e' | b'E');
            self.at += 1;
            self.string(start, escapes)?;
            return Ok(Kind::Text);
        }
        while self.at < self.bytes.len() && is_word(self.peek(0)) {
            self.at += 1;
        }
        Ok(Kind::Word)
    }

    fn number(&mut self) {
        let is_part = |lexer: &Self| {
            let byte = lexer.peek(0);
            byte.is_ascii_alphanumeric()
                || byte == b'_'
                // `1..3` is two numbers.
                || byte == b'.' && lexer.peek(1) != b'.'
                || matches!(byte, b'+' | b'-')
                    && matches!(lexer.bytes[lexer.at - 1], b'e' | b'E')
        };
        self.at += 1;
        while self.at < self.bytes.len() && is_part(self) {
            self.at += 1;
        }
    }

    /// A parameter, or a string between two `$tag$`.
    fn dollar(&mut self, start: usize) -> Result<Kind> {
        let mut end = start + 1;
        while self.bytes.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        if end > start + 1 {
            self.at = end;
            return Ok(Kind::Parameter);
        }
        while self.bytes.get(end).is_some_and(|byte| is_word(*byte) && *byte != b'$') {
            end += 1;
        }
        if self.bytes.get(end) != Some(&b'$') {
            self.at += 1;
            return Ok(Kind::Symbol);
        }
        let tag = &self.source[start..=end];
        match self.source[end + 1..].find(tag) {
            Some(place) => {
                self.at = end + 1 + place + tag.len();
                Ok(Kind::Text)
            }
            None => Err(self.unterminated("dollar-quoted string", start)),
        }
    }

    fn symbol(&mut self, byte: u8) {
        let pair = (byte, self.peek(1));
        let double =
            matches!(pair, (b':', b'=' | b':') | (b'.', b'.') | (b'<', b'<') | (b'>', b'>'));
        if double {
            self.at += 2;
        } else if is_operator(byte) {
            let start = self.at;
            while is_operator(self.peek(0))
                && !matches!((self.peek(0), self.peek(1)), (b'-', b'-') | (b'/', b'*'))
            {
                self.at += 1;
            }
            // A sign at the end belongs to what follows, but for operators of these characters.
            let special = |bytes: &[u8]| bytes.iter().any(|byte| b"~!@#^&|`?%".contains(byte));
            while self.at > start + 1
                && matches!(self.bytes[self.at - 1], b'+' | b'-')
                && !special(&self.bytes[start..self.at])
            {
                self.at -= 1;
            }
        } else {
            self.at += self.source[self.at..].chars().next().map_or(1, char::len_utf8);
        }
    }
}

/// The 1-based position in characters of a byte offset.
pub(crate) fn position(source: &str, offset: usize) -> u32 {
    let count = source[..offset.min(source.len())].chars().count();
    u32::try_from(count + 1).unwrap_or(u32::MAX)
}
