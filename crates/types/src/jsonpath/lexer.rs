//! The tokens of a jsonpath.

use error::{Error, Result, SqlState};

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A keyword or name that was not quoted.
    Word(String),
    /// In double quotes.
    Text(String),
    /// `$name` and `$"name"`.
    Variable(String),
    /// A number as it can be read.
    Number(String),
    /// An operator or sign.
    Sign(&'static str),
    End,
}

pub(super) struct Lexer<'a> {
    source: &'a str,
    at: usize,
    /// The text of the last token, for messages.
    pub(super) last: &'a str,
}

const SIGNS: [&str; 27] = [
    "**", "&&", "||", "==", "!=", "<>", "<=", ">=", "=", "<", ">", "!", "$", "@", ".", "*", "[",
    "]", "(", ")", "{", "}", "?", ",", "+", "-", "/",
];
const SPECIAL: &str = "?%$.[]{}()|&!=<>@#,*:-+/\\\"";

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, at: 0, last: "" }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    /// 42601 at the token read last.
    pub(super) fn error(&self, what: &str) -> Error {
        let text = if self.last.is_empty() {
            format!("{what} at end of jsonpath input")
        } else {
            format!("{what} at or near \"{}\" of jsonpath input", self.last)
        };
        Error::new(SqlState::SYNTAX_ERROR, text)
    }

    fn skip(&mut self) -> Result<()> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(is_blank);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("/*") {
                return Ok(());
            }
            match trimmed.find("*/") {
                Some(end) => self.at += end + 2,
                None => {
                    self.last = "";
                    return Err(self.error("unexpected end of comment"));
                }
            }
        }
    }

    pub(super) fn next(&mut self) -> Result<Token> {
        self.skip()?;
        let start = self.at;
        let token = self.token()?;
        self.last = &self.source[start..self.at];
        Ok(token)
    }

    fn token(&mut self) -> Result<Token> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        let second = rest.chars().nth(1);
        if first == '"' {
            self.at += 1;
            return Ok(Token::Text(self.quoted()?));
        }
        if first == '$' && second == Some('"') {
            self.at += 2;
            return Ok(Token::Variable(self.quoted()?));
        }
        if first == '$' && second.is_some_and(|c| !is_blank(c) && !SPECIAL.contains(c)) {
            self.at += 1;
            return Ok(Token::Variable(self.word()?));
        }
        if first.is_ascii_digit() || first == '.' && second.is_some_and(|c| c.is_ascii_digit()) {
            return self.number();
        }
        if first == '%' {
            self.at += 1;
            return Ok(Token::Sign("%"));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(match *sign {
                "<>" => "!=",
                "=" => "==",
                sign => sign,
            }));
        }
        if SPECIAL.contains(first) && first != '\\' {
            self.at += first.len_utf8();
            self.last = &rest[..first.len_utf8()];
            return Err(self.error("syntax error"));
        }
        Ok(Token::Word(self.word()?))
    }

    fn word(&mut self) -> Result<String> {
        let mut out = String::new();
        while let Some(c) = self.rest().chars().next() {
            if c == '\\' {
                self.at += 1;
                self.escape(&mut out)?;
            } else if is_blank(c) || SPECIAL.contains(c) {
                break;
            } else {
                out.push(c);
                self.at += c.len_utf8();
            }
        }
        Ok(out)
    }

    fn quoted(&mut self) -> Result<String> {
        let mut out = String::new();
        while let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => self.escape(&mut out)?,
                c => out.push(c),
            }
        }
        self.last = "";
        Err(self.error("unterminated quoted string"))
    }

    /// What follows a backslash.
    fn escape(&mut self, out: &mut String) -> Result<()> {
        let Some(c) = self.rest().chars().next() else {
            self.last = "";
            return Err(self.error("unexpected end after backslash"));
        };
        self.at += c.len_utf8();
        match c {
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\u{b}'),
            'x' => {
                let code = self.hex(2)?;
                self.push_code(code, out)?;
            }
            'u' => self.unicode(out)?,
            other => out.push(other),
        }
        Ok(())
    }

    fn hex(&mut self, count: usize) -> Result<u32> {
        let digits = self.rest().get(..count).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(digits) = digits else {
            let end = self.rest().chars().take_while(char::is_ascii_hexdigit).count();
            self.last = &self.source[self.at - 2..self.at + end];
            let what = if count == 2 {
                "invalid hexadecimal character sequence"
            } else {
                "invalid Unicode escape sequence"
            };
            return Err(self.error(what));
        };
        self.at += count;
        Ok(u32::from_str_radix(digits, 16).unwrap_or(0))
    }

    fn unicode(&mut self, out: &mut String) -> Result<()> {
        let mut code = if self.rest().starts_with('{') {
            let inner = &self.rest()[1..];
            let end = inner.find('}').filter(|end| (1..=6).contains(end));
            let digits =
                end.map(|end| &inner[..end]).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
            let Some(digits) = digits else {
                self.last = &self.source[self.at - 2..self.at + 1];
                return Err(self.error("invalid Unicode escape sequence"));
            };
            self.at += digits.len() + 2;
            u32::from_str_radix(digits, 16).unwrap_or(0)
        } else {
            self.hex(4)?
        };
        let pair = |detail: &str| {
            Error::new(
                SqlState::INVALID_TEXT_REPRESENTATION,
                "invalid input syntax for type jsonpath",
            )
            .detail(detail)
        };
        if (0xD800..0xDC00).contains(&code) {
            if !self.rest().starts_with("\\u") {
                return Err(pair("Unicode low surrogate must follow a high surrogate."));
            }
            self.at += 2;
            let low = self.hex(4)?;
            if (0xD800..0xDC00).contains(&low) {
                return Err(pair("Unicode high surrogate must not follow a high surrogate."));
            }
            if !(0xDC00..0xE000).contains(&low) {
                return Err(pair("Unicode low surrogate must follow a high surrogate."));
            }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        } else if (0xDC00..0xE000).contains(&code) {
            return Err(pair("Unicode low surrogate must follow a high surrogate."));
        }
        self.push_code(code, out)
    }

    fn push_code(&self, code: u32, out: &mut String) -> Result<()> {
        if code == 0 {
            return Err(Error::new(
                SqlState::UNTRANSLATABLE_CHARACTER,
                "unsupported Unicode escape sequence",
            )
            .detail("\\u0000 cannot be converted to text."));
        }
        out.push(
            char::from_u32(code).ok_or_else(|| self.error("invalid Unicode escape sequence"))?,
        );
        Ok(())
    }

    fn number(&mut self) -> Result<Token> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let radix = match bytes.get(1) {
            Some(b'x' | b'X') if bytes[0] == b'0' => 16,
            Some(b'o' | b'O') if bytes[0] == b'0' => 8,
            Some(b'b' | b'B') if bytes[0] == b'0' => 2,
            Some(_) | None => 10,
        };
        let mut end;
        if radix == 10 {
            let digits = |from: usize| {
                bytes[from..].iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count()
            };
            end = digits(0);
            let leading_zero = end > 1 && bytes[0] == b'0';
            if bytes.get(end) == Some(&b'.') {
                end += 1 + digits(end + 1);
            }
            if matches!(bytes.get(end), Some(b'e' | b'E')) {
                let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
                let exponent = digits(end + 1 + sign);
                end += if exponent > 0 { 1 + sign + exponent } else { 0 };
            }
            if leading_zero {
                return Err(self.junk(rest, end));
            }
        } else {
            end = 2 + bytes[2..]
                .iter()
                .take_while(|b| char::from(**b).is_digit(radix) || **b == b'_')
                .count();
            if end == 2 {
                return Err(self.junk(rest, end));
            }
        }
        let text = &rest[..end];
        let next = rest[end..].chars().next();
        if next.is_some_and(|c| !is_blank(c) && !SPECIAL.contains(c))
            || text.ends_with('_')
            || text.contains("__")
        {
            return Err(self.junk(rest, end));
        }
        self.at += end;
        Ok(Token::Number(text.replace('_', "")))
    }

    /// 42601 for what follows a number at once.
    fn junk(&mut self, rest: &'a str, end: usize) -> Error {
        let more = rest[end..].chars().next().filter(|c| !is_blank(*c) && !SPECIAL.contains(*c));
        self.last = &rest[..end + more.map_or(0, char::len_utf8)];
        self.error("trailing junk after numeric literal")
    }
}
