//! LIKE, its variants and escapes; SIMILAR TO as a regular expression.

use crate::text::lower;
use crate::{Builtin, Call, builtin};
use error::{Error, Result, SqlState};

#[cold]
fn ends_with_escape() -> Error {
    Error::new(SqlState::INVALID_ESCAPE_SEQUENCE, "LIKE pattern must not end with escape character")
}

/// Whether all of the text matches the pattern: `%` any text, `_` one character, `\` the next one itself. 22025.
pub(crate) fn like(text: &[u8], pattern: &[u8]) -> Result<bool> {
    let (mut t, mut p) = (0, 0);
    // Where to go on when what follows the last % does not match: the pattern after it, and the next start.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if p == pattern.len() && t == text.len() {
            return Ok(true);
        }
        let step = match pattern.get(p) {
            Some(b'%') => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some(b'_') if t < text.len() => Some((character_length(&text[t..]), 1)),
            // Where the text has ended, what is left of the pattern is not looked at.
            Some(b'\\') if t < text.len() => {
                let literal = pattern.get(p + 1).ok_or_else(ends_with_escape)?;
                (text.get(t) == Some(literal)).then_some((1, 2))
            }
            Some(byte) => (text.get(t) == Some(byte)).then_some((1, 1)),
            None => None,
        };
        if step.is_none() && t == text.len() {
            return Ok(false);
        }
        match (step, retry) {
            (Some((in_text, in_pattern)), _) => {
                t += in_text;
                p += in_pattern;
            }
            (None, Some((after, start))) if start < text.len() => {
                let next = start + character_length(&text[start..]);
                retry = Some((after, next));
                (p, t) = (after, next);
            }
            (None, _) => return Ok(false),
        }
    }
}

/// A pattern that is the same for all rows, by what it takes to match it.
enum Shape<'a> {
    Exact(&'a [u8]),
    Prefix(&'a [u8]),
    Suffix(&'a [u8]),
    Part(Box<memchr::memmem::Finder<'a>>),
    Any(&'a [u8]),
}

impl<'a> Shape<'a> {
    fn of(pattern: &'a [u8]) -> Self {
        let is_plain = |part: &[u8]| memchr::memchr3(b'%', b'_', b'\\', part).is_none();
        match pattern {
            [b'%', part @ .., b'%'] if is_plain(part) => {
                Self::Part(Box::new(memchr::memmem::Finder::new(part)))
            }
            [part @ .., b'%'] if is_plain(part) => Self::Prefix(part),
            [b'%', part @ ..] if is_plain(part) => Self::Suffix(part),
            part if is_plain(part) => Self::Exact(part),
            _ => Self::Any(pattern),
        }
    }

    #[inline]
    fn matches(&self, text: &[u8]) -> Result<bool> {
        Ok(match self {
            Self::Exact(part) => text == *part,
            Self::Prefix(part) => text.starts_with(part),
            Self::Suffix(part) => text.ends_with(part),
            Self::Part(finder) => finder.find(text).is_some(),
            Self::Any(pattern) => like(text, pattern)?,
        })
    }
}

/// LIKE of each row, or NOT LIKE.
fn like_rows(call: &mut Call<'_>, negated: bool) -> Result<()> {
    let pattern = call.arguments[1];
    let constant = pattern.is_constant().then(|| pattern.get(0).bytes()).flatten();
    match constant {
        Some(bytes) => {
            let shape = Shape::of(bytes);
            call.map2(|text: &[u8], _: &[u8]| shape.matches(text).map(|found| found != negated))
        }
        None => call.map2(|text: &[u8], pattern| like(text, pattern).map(|found| found != negated)),
    }
}

/// The bytes of the first character of UTF-8 text.
fn character_length(text: &[u8]) -> usize {
    let length = match text[0] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
        _ => 1,
    };
    length.min(text.len())
}

fn bytes_like(text: &[u8], pattern: &[u8]) -> Result<bool> {
    // In bytea a character is a byte, so the bytes are taken as characters of their own.
    if text.is_ascii() && pattern.is_ascii() {
        return like(text, pattern);
    }
    let widen = |bytes: &[u8]| bytes.iter().map(|b| char::from(*b)).collect::<String>();
    like(widen(text).as_bytes(), widen(pattern).as_bytes())
}

fn insensitive(text: &str, pattern: &str) -> Result<bool> {
    like(lower(text).as_bytes(), lower(pattern).as_bytes())
}

/// A pattern with another escape character, in terms of the backslash. 22019 for more than one character.
fn like_escape(pattern: &str, escape: &str) -> Result<String> {
    let mut escapes = escape.chars();
    let (escape, rest) = (escapes.next(), escapes.next());
    if rest.is_some() {
        return Err(Error::new(SqlState::INVALID_ESCAPE_SEQUENCE, "invalid escape string")
            .hint("Escape string must be empty or one character."));
    }
    let Some(escape) = escape else { return Ok(pattern.replace('\\', "\\\\")) };
    if escape == '\\' {
        return Ok(pattern.to_owned());
    }
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut after_escape = false;
    for c in pattern.chars() {
        if c == escape && !after_escape {
            out.push('\\');
            after_escape = true;
        } else if c == '\\' && !after_escape {
            out.push_str("\\\\");
        } else {
            out.push(c);
            after_escape = false;
        }
    }
    Ok(out)
}

/// The regular expression of a SIMILAR TO pattern. 22019, 2200C.
pub(crate) fn similar_to(pattern: &str, escape: Option<&str>) -> Result<String> {
    let escape = match escape {
        None => Some('\\'),
        Some(text) => {
            let mut escapes = text.chars();
            let first = escapes.next();
            if escapes.next().is_some() {
                return Err(Error::new(SqlState::INVALID_ESCAPE_SEQUENCE, "invalid escape string")
                    .hint("Escape string must be empty or one character."));
            }
            first
        }
    };
    let mut out = String::from("^(?:");
    let (mut after_escape, mut quotes, mut in_brackets, mut bracket_start) =
        (false, 0, false, false);
    for c in pattern.chars() {
        if after_escape {
            if c == '"' && !in_brackets {
                match quotes {
                    0 => out.push_str("){1,1}?("),
                    1 => out.push_str("){1,1}(?:"),
                    _ => {
                        return Err(Error::new(
                            SqlState::INVALID_USE_OF_ESCAPE_CHARACTER,
                            "SQL regular expression may not contain more than two escape-double-quote separators",
                        ));
                    }
                }
                quotes += 1;
            } else {
                out.push('\\');
                out.push(c);
            }
            after_escape = false;
        } else if Some(c) == escape {
            after_escape = true;
        } else if in_brackets {
            if c == '\\' {
                out.push('\\');
            }
            out.push(c);
            if c == ']' && !bracket_start {
                in_brackets = false;
            }
            bracket_start = bracket_start && c == '^';
        } else {
            match c {
                '[' => {
                    out.push(c);
                    (in_brackets, bracket_start) = (true, true);
                }
                '%' => out.push_str(".*"),
                '_' => out.push('.'),
                '(' => out.push_str("(?:"),
                '\\' | '.' | '^' | '$' => {
                    out.push('\\');
                    out.push(c);
                }
                _ => out.push(c),
            }
        }
    }
    out.push_str(")$");
    Ok(out)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("textlike", |call| like_rows(call, false)),
    builtin("textnlike", |call| like_rows(call, true)),
    builtin("namelike", |call| like_rows(call, false)),
    builtin("namenlike", |call| like_rows(call, true)),
    builtin("bytealike", |call| call.map2(bytes_like)),
    builtin("byteanlike", |call| {
        call.map2(|a: &[u8], b: &[u8]| bytes_like(a, b).map(|found| !found))
    }),
    builtin("texticlike", |call| call.map2(insensitive)),
    builtin("texticnlike", |call| {
        call.map2(|a: &str, b: &str| insensitive(a, b).map(|found| !found))
    }),
    builtin("nameiclike", |call| call.map2(insensitive)),
    builtin("nameicnlike", |call| {
        call.map2(|a: &str, b: &str| insensitive(a, b).map(|found| !found))
    }),
    builtin("like_escape", |call| call.map2(like_escape)),
    builtin("similar_to_escape_1", |call| call.map1(|pattern: &str| similar_to(pattern, None))),
    builtin("similar_to_escape_2", |call| {
        call.map2(|pattern: &str, escape: &str| similar_to(pattern, Some(escape)))
    }),
    builtin("similar_escape", |call| {
        call.map2(|pattern: Option<&str>, escape: Option<&str>| {
            pattern.map(|pattern| similar_to(pattern, escape)).transpose()
        })
    }),
];
