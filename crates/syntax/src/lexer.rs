//! SQL text to tokens. All tokens of the text are made at once; where the lexer fails it leaves an `INVALID`
//! token and its error, so that a syntax error before that place is reported first, as PostgreSQL does.

mod number;
mod string;

use crate::ast::Location;
use crate::keywords;
use crate::kind::Kind;
use crate::position;
use error::{Error, SqlState};

/// One token: `sql[start..end]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The index of the decoded text where it is not the text between the quotes, or `RAW`.
    pub(crate) value: u32,
}

/// The length that identifiers are cut to, in bytes.
pub(crate) const NAME_LENGTH_MAX: usize = 63;

/// The `value` of a token without decoded text.
pub(crate) const RAW: u32 = u32::MAX;

/// The tokens of a text; the last is `END_OF_INPUT` or `INVALID`.
pub(crate) struct Tokens {
    pub(crate) tokens: Vec<Token>,
    pub(crate) values: Vec<Box<str>>,
    /// Whether any word or quoted name is longer than names may be.
    pub(crate) has_long_name: bool,
    /// What is wrong at the `INVALID` token.
    pub(crate) error: Option<Error>,
}

/// Cuts a text into tokens.
pub(crate) fn lex(sql: &str) -> Tokens {
    let capacity = sql.len() / 4 + 8;
    let out = Tokens {
        tokens: Vec::with_capacity(capacity),
        values: Vec::new(),
        has_long_name: false,
        error: None,
    };
    let mut lexer = Lexer { sql, bytes: sql.as_bytes(), at: 0, out };
    if let Err(error) = check_text(sql) {
        lexer.out.error = Some(error);
        lexer.push(Kind::INVALID, 0);
        return lexer.out;
    }
    if let Err(error) = lexer.run() {
        lexer.drop_waiting_token();
        lexer.out.error = Some(error);
        lexer.push(Kind::INVALID, lexer.at);
    }
    lexer.out
}

/// What holds for any text: a place in it fits 32 bits (54000), and no value can have its zero bytes (22021).
fn check_text(sql: &str) -> Result<()> {
    if u32::try_from(sql.len()).is_err() {
        return Err(Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "statement text is too long"));
    }
    if sql.as_bytes().contains(&0) {
        let text = "invalid byte sequence for encoding \"UTF8\": 0x00";
        return Err(Error::new(SqlState::CHARACTER_NOT_IN_REPERTOIRE, text));
    }
    Ok(())
}

struct Lexer<'a> {
    sql: &'a str,
    bytes: &'a [u8],
    at: usize,
    out: Tokens,
}

type Result<T> = std::result::Result<T, Error>;

/// An offset as a token keeps it; `lex` has refused longer texts.
#[expect(clippy::cast_possible_truncation, reason = "texts of 4 GiB and more are refused")]
fn offset(at: usize) -> u32 {
    at as u32
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_identifier_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_identifier_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

fn is_operator_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'~' | b'!'
            | b'@'
            | b'#'
            | b'^'
            | b'&'
            | b'|'
            | b'`'
            | b'?'
            | b'+'
            | b'-'
            | b'*'
            | b'/'
            | b'%'
            | b'<'
            | b'>'
            | b'='
    )
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<()> {
        loop {
            self.skip_space()?;
            let start = self.at;
            let Some(&byte) = self.bytes.get(start) else {
                self.push(Kind::END_OF_INPUT, start);
                return Ok(());
            };
            match byte {
                b'0'..=b'9' => self.number(start)?,
                b'.' if self.peek(1).is_ascii_digit() => self.number(start)?,
                b'\'' => self.plain_string(start, start, Kind::STRING_LITERAL)?,
                b'"' => self.quoted_identifier(start, start + 1)?,
                b'$' => self.dollar(start)?,
                b',' | b'(' | b')' | b'[' | b']' | b';' | b'.' | b':' => self.punctuation(byte),
                _ if is_identifier_start(byte) => self.word(start, byte)?,
                _ if is_operator_byte(byte) => self.operator(start)?,
                _ => {
                    self.at += 1;
                    self.push(Kind::STRAY, start);
                }
            }
        }
    }

    /// The byte `ahead` of the current one; 0 beyond the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let (start, end) = (offset(start), offset(self.at));
        self.out.tokens.push(Token { kind, start, end, value: RAW });
    }

    fn push_value(&mut self, kind: Kind, start: usize, value: String) {
        let index = offset(self.out.values.len());
        self.out.values.push(value.into_boxed_str());
        let (start, end) = (offset(start), offset(self.at));
        self.out.tokens.push(Token { kind, start, end, value: index });
    }

    /// 42601 `message at or near "text"`, where the text is from `start` to the current place.
    fn error_near(&self, message: &str, start: usize) -> Error {
        let text = self.sql.get(start..self.at).unwrap_or("");
        let message = match text {
            "" => format!("{message} at end of input"),
            _ => format!("{message} at or near \"{text}\""),
        };
        Error::new(SqlState::SYNTAX_ERROR, message).at(position(self.sql, Location(offset(start))))
    }

    fn skip_space(&mut self) -> Result<()> {
        loop {
            match self.bytes.get(self.at) {
                Some(&byte) if is_space(byte) => self.at += 1,
                Some(b'-') if self.peek(1) == b'-' => self.skip_line(),
                Some(b'/') if self.peek(1) == b'*' => self.skip_comment()?,
                _ => return Ok(()),
            }
        }
    }

    /// Skips to the end of the line, not over it.
    fn skip_line(&mut self) {
        while !matches!(self.bytes.get(self.at), None | Some(b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn skip_comment(&mut self) -> Result<()> {
        let start = self.at;
        let mut depth = 0usize;
        while self.at < self.bytes.len() {
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
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        Err(self.error_near("unterminated /* comment", start))
    }

    fn punctuation(&mut self, byte: u8) {
        let start = self.at;
        let (kind, length) = match (byte, self.peek(1)) {
            (b',', _) => (Kind::COMMA, 1),
            (b'(', _) => (Kind::LEFT_PAREN, 1),
            (b')', _) => (Kind::RIGHT_PAREN, 1),
            (b'[', _) => (Kind::LEFT_BRACKET, 1),
            (b']', _) => (Kind::RIGHT_BRACKET, 1),
            (b';', _) => (Kind::SEMICOLON, 1),
            (b'.', b'.') => (Kind::DOT_DOT, 2),
            (b'.', _) => (Kind::DOT, 1),
            (_, b':') => (Kind::TYPECAST, 2),
            (_, b'=') => (Kind::COLON_EQUALS, 2),
            _ => (Kind::COLON, 1),
        };
        self.at += length;
        self.push(kind, start);
    }

    /// A keyword, an identifier, or a literal with a letter before its quote.
    fn word(&mut self, start: usize, byte: u8) -> Result<()> {
        match (byte | 0x20, self.peek(1)) {
            (b'e', b'\'') => return self.escape_string(start),
            (b'b', b'\'') => return self.plain_string(start, start + 1, Kind::BIT_STRING),
            (b'x', b'\'') => return self.plain_string(start, start + 1, Kind::HEX_STRING),
            (b'n', b'\'') => {
                self.at += 1;
                self.push(Kind::NCHAR, start);
                return Ok(());
            }
            (b'u', b'&') if self.peek(2) == b'\'' => {
                return self.unicode(start, Kind::STRING_LITERAL);
            }
            (b'u', b'&') if self.peek(2) == b'"' => {
                return self.unicode(start, Kind::QUOTED_IDENTIFIER);
            }
            _ => {}
        }
        self.skip_word();
        self.out.has_long_name |= self.at - start > NAME_LENGTH_MAX;
        let kind = keywords::find(&self.bytes[start..self.at]).map_or(Kind::IDENTIFIER, Kind);
        if kind.is_keyword() {
            self.look_back(kind);
        }
        self.push(kind, start);
        Ok(())
    }

    /// Where the lexer fails behind a token that waits for the next one, as PostgreSQL's does, that is lost too.
    fn drop_waiting_token(&mut self) {
        let Some(last) = self.out.tokens.last() else { return };
        let waits = match last.kind {
            Kind::FORMAT | Kind::NOT | Kind::NULLS | Kind::WITH | Kind::WITHOUT => true,
            Kind::STRING_LITERAL | Kind::QUOTED_IDENTIFIER => {
                let start = usize::try_from(last.start).unwrap_or(usize::MAX);
                self.bytes.get(start).is_some_and(|byte| matches!(byte, b'u' | b'U'))
            }
            _ => false,
        };
        if waits {
            self.out.tokens.pop();
        }
    }

    /// Changes the keyword before this one, if the two mean something together.
    fn look_back(&mut self, kind: Kind) {
        let Some(previous) = self.out.tokens.last_mut() else { return };
        previous.kind = match (previous.kind, kind) {
            (Kind::FORMAT, Kind::JSON) => Kind::FORMAT_LA,
            (Kind::NOT, Kind::BETWEEN | Kind::IN | Kind::LIKE | Kind::ILIKE | Kind::SIMILAR) => {
                Kind::NOT_LA
            }
            (Kind::NULLS, Kind::FIRST | Kind::LAST) => Kind::NULLS_LA,
            (Kind::WITH, Kind::TIME | Kind::ORDINALITY) => Kind::WITH_LA,
            (Kind::WITHOUT, Kind::TIME) => Kind::WITHOUT_LA,
            (kind, _) => kind,
        };
    }

    fn skip_word(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| is_identifier_byte(*byte)) {
            self.at += 1;
        }
    }

    fn operator(&mut self, start: usize) -> Result<()> {
        let mut end = start;
        while end < self.bytes.len() && is_operator_byte(self.bytes[end]) {
            let comment = match self.bytes[end] {
                b'-' => self.bytes.get(end + 1) == Some(&b'-'),
                b'/' => self.bytes.get(end + 1) == Some(&b'*'),
                _ => false,
            };
            if comment {
                break;
            }
            end += 1;
        }
        // A name of several characters ends in + or - only if it has one that SQL's own operators lack.
        let special = |byte: &u8| {
            matches!(byte, b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'%')
        };
        while end > start + 1
            && matches!(self.bytes[end - 1], b'+' | b'-')
            && !self.bytes[start..end - 1].iter().any(special)
        {
            end -= 1;
        }
        self.at = end;
        if end - start >= 64 {
            return Err(self.error_near("operator too long", start));
        }
        self.push(symbol_kind(&self.bytes[start..end]), start);
        Ok(())
    }
}

fn symbol_kind(text: &[u8]) -> Kind {
    match text {
        b"+" => Kind::PLUS,
        b"-" => Kind::MINUS,
        b"*" => Kind::STAR,
        b"/" => Kind::SLASH,
        b"%" => Kind::PERCENT,
        b"^" => Kind::CARET,
        b"<" => Kind::LESS,
        b">" => Kind::GREATER,
        b"=" => Kind::EQUAL,
        b"=>" => Kind::EQUALS_GREATER,
        b"<=" => Kind::LESS_EQUALS,
        b">=" => Kind::GREATER_EQUALS,
        b"<>" | b"!=" => Kind::NOT_EQUALS,
        _ => Kind::SYMBOL,
    }
}
