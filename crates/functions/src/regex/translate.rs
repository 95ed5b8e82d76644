//! PostgreSQL's advanced regular expressions in the syntax of the engine.
//!
//! What both have in common is written over; classes, escapes and anchors are spelled out. Back references and
//! look-around, which the engine has not, are refused with 0A000.

use super::Flags;
use error::{Error, Result, SqlState, stack_check};
use std::fmt::Write;

#[cold]
fn invalid(what: &str) -> Error {
    Error::new(SqlState::INVALID_REGULAR_EXPRESSION, format!("invalid regular expression: {what}"))
}

/// The greatest count in braces.
const REPEAT_MAX: u32 = 255;

/// What a part of a pattern would rather match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preference {
    Longest,
    Shortest,
}

pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) preference: Preference,
}

struct Translator<'a> {
    source: &'a str,
    at: usize,
    flags: Flags,
    out: String,
}

/// The engine's pattern for a PostgreSQL pattern; options in it come on top of the flags. 2201B, 0A000.
pub(super) fn translate(source: &str, flags: &mut Flags) -> Result<Translated> {
    let mut source = source;
    if let Some(literal) = source.strip_prefix("***=") {
        return Ok(Translated { pattern: escape(literal), preference: Preference::Longest });
    }
    source = source.strip_prefix("***:").unwrap_or(source);
    if flags.literal {
        return Ok(Translated { pattern: escape(source), preference: Preference::Longest });
    }
    if let Some(rest) = source.strip_prefix("(?")
        && let Some(end) = rest.find(')')
        && end > 0
        && rest[..end].bytes().all(|b| b.is_ascii_alphabetic())
    {
        for option in rest[..end].chars() {
            flags.apply(option).map_err(|_| invalid("invalid embedded option"))?;
        }
        source = &rest[end + 1..];
        if flags.literal {
            return Ok(Translated { pattern: escape(source), preference: Preference::Longest });
        }
    }
    let advanced;
    if flags.basic {
        advanced = super::basic::advanced(source);
        source = &advanced;
    }
    let mut translator = Translator { source, at: 0, flags: *flags, out: String::new() };
    let preference = translator.alternatives(0)?;
    if translator.at < source.len() {
        return Err(invalid("parentheses () not balanced"));
    }
    Ok(Translated { pattern: translator.out, preference })
}

fn escape(literal: &str) -> String {
    let mut out = String::with_capacity(literal.len());
    literal.chars().for_each(|c| push_literal(&mut out, c));
    out
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() && c != '_' {
        out.push('\\');
    }
    out.push(c);
}

impl Translator<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// Branches up to a closing parenthesis or the end.
    fn alternatives(&mut self, depth: usize) -> Result<Preference> {
        stack_check()?;
        let mut preference = self.branch(depth)?;
        let mut only = true;
        while self.accept("|") {
            self.out.push('|');
            self.branch(depth)?;
            only = false;
        }
        if !only {
            preference = Some(Preference::Longest);
        }
        Ok(preference.unwrap_or(Preference::Longest))
    }

    /// Quantified atoms; the first of them with a preference gives the branch its own.
    fn branch(&mut self, depth: usize) -> Result<Option<Preference>> {
        let mut preference = None;
        while let Some(c) = self.peek() {
            if c == '|' || (c == ')' && depth > 0) {
                break;
            }
            if c == ')' {
                return Err(invalid("parentheses () not balanced"));
            }
            let start = self.out.len();
            let (quantifiable, inner) = self.atom(depth)?;
            let quantified = self.quantifier(start, quantifiable)?;
            preference = preference.or(quantified).or(inner);
        }
        Ok(preference)
    }

    /// One atom or constraint: whether it can be repeated, and what it prefers.
    fn atom(&mut self, depth: usize) -> Result<(bool, Option<Preference>)> {
        let c = self.next().expect("the caller saw a character");
        match c {
            '(' => return self.group(depth),
            '[' => self.bracket()?,
            '.' => self.out.push_str(if self.flags.newline_stops { "[^\\n]" } else { "(?s:.)" }),
            '^' => {
                self.out.push_str(if self.flags.line_anchors { "(?m:^)" } else { "\\A" });
                return Ok((false, None));
            }
            '$' => {
                self.out.push_str(if self.flags.line_anchors { "(?m:$)" } else { "\\z" });
                return Ok((false, None));
            }
            '*' | '+' | '?' => return Err(invalid("quantifier operand invalid")),
            '{' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                return Err(invalid("quantifier operand invalid"));
            }
            '\\' => return self.escape().map(|quantifiable| (quantifiable, None)),
            ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c' if self.flags.expanded => {
                self.out.push_str("(?:)");
                return Ok((false, None));
            }
            '#' if self.flags.expanded => {
                let end = self.rest().find('\n').unwrap_or(self.rest().len());
                self.at += end;
                self.out.push_str("(?:)");
                return Ok((false, None));
            }
            _ => push_literal(&mut self.out, c),
        }
        Ok((true, None))
    }

    fn group(&mut self, depth: usize) -> Result<(bool, Option<Preference>)> {
        if self.accept("?:") {
            self.out.push_str("(?:");
        } else if self.accept("?#") {
            let end =
                self.rest().find(')').ok_or_else(|| invalid("parentheses () not balanced"))?;
            self.at += end + 1;
            self.out.push_str("(?:)");
            return Ok((false, None));
        } else if ["?=", "?!", "?<=", "?<!"].iter().any(|look| self.rest().starts_with(look)) {
            return Err(Error::unsupported("a look-around constraint in a regular expression"));
        } else if self.rest().starts_with('?') {
            return Err(invalid("quantifier operand invalid"));
        } else {
            self.out.push('(');
        }
        let preference = self.alternatives(depth + 1)?;
        if !self.accept(")") {
            return Err(invalid("parentheses () not balanced"));
        }
        self.out.push(')');
        Ok((true, Some(preference).filter(|one| *one == Preference::Shortest)))
    }

    /// A quantifier after the atom that starts at `start` of the output, if there is one.
    fn quantifier(&mut self, start: usize, quantifiable: bool) -> Result<Option<Preference>> {
        let counted = self.rest().starts_with('{')
            && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit());
        let simple = self.peek().filter(|c| matches!(c, '*' | '+' | '?'));
        if !counted && simple.is_none() {
            return Ok(None);
        }
        if !quantifiable {
            return Err(invalid("quantifier operand invalid"));
        }
        // The whole atom is repeated, whatever it became.
        self.out.insert_str(start, "(?:");
        self.out.push(')');
        if let Some(c) = simple {
            self.at += 1;
            self.out.push(c);
        } else {
            self.counted()?;
        }
        let preference = if self.accept("?") {
            self.out.push('?');
            Preference::Shortest
        } else {
            Preference::Longest
        };
        let again = self.peek().is_some_and(|c| matches!(c, '*' | '+' | '?'));
        if again {
            return Err(invalid("quantifier operand invalid"));
        }
        Ok(Some(preference))
    }

    fn counted(&mut self) -> Result<()> {
        let repetition = || invalid("invalid repetition count(s)");
        self.at += 1;
        let least = self.count()?.ok_or_else(repetition)?;
        let most = if self.accept(",") { self.count()? } else { Some(least) };
        if !self.accept("}") {
            return Err(if self.rest().is_empty() {
                invalid("braces {} not balanced")
            } else {
                repetition()
            });
        }
        if most.is_some_and(|most| most < least) {
            return Err(repetition());
        }
        let written = match most {
            Some(most) => write!(self.out, "{{{least},{most}}}"),
            None => write!(self.out, "{{{least},}}"),
        };
        written.expect("a string takes all");
        Ok(())
    }

    fn count(&mut self) -> Result<Option<u32>> {
        let length = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return Ok(None);
        }
        let value = self.rest()[..length].parse().ok().filter(|count| *count <= REPEAT_MAX);
        self.at += length;
        value.map(Some).ok_or_else(|| invalid("invalid repetition count(s)"))
    }

    /// The escape after a backslash outside brackets; whether it can be repeated.
    fn escape(&mut self) -> Result<bool> {
        let bad = || invalid("invalid escape \\ sequence");
        let c = self.peek().ok_or_else(bad)?;
        let constraint = match c {
            'A' => Some("\\A"),
            'm' => Some("\\b{start}"),
            'M' => Some("\\b{end}"),
            'y' => Some("\\b"),
            'Y' => Some("\\B"),
            'Z' => Some("\\z"),
            _ => None,
        };
        if let Some(constraint) = constraint {
            self.at += 1;
            self.out.push_str(constraint);
            return Ok(false);
        }
        if let Some(class) = class_escape(c) {
            self.at += 1;
            let negated = c.is_ascii_uppercase();
            self.out.push_str(if negated { "[^" } else { "[" });
            self.out.push_str(class);
            if negated && self.flags.newline_stops {
                self.out.push_str("\\n");
            }
            self.out.push(']');
            return Ok(true);
        }
        if matches!(c, '1'..='9') {
            return Err(Error::unsupported("a back reference in a regular expression"));
        }
        let literal = self.character_escape()?;
        push_literal(&mut self.out, literal);
        Ok(true)
    }

    /// The character of an escape after a backslash.
    fn character_escape(&mut self) -> Result<char> {
        let bad = || invalid("invalid escape \\ sequence");
        let c = self.next().ok_or_else(bad)?;
        Ok(match c {
            'a' => '\x07',
            'b' => '\x08',
            'B' => '\\',
            'e' => '\x1b',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'c' => {
                let control = self.next().ok_or_else(bad)?;
                char::from_u32(u32::from(control) & 0x1F).ok_or_else(bad)?
            }
            'u' => self.code(4, 4, 16)?,
            'U' => self.code(8, 8, 16)?,
            'x' => self.code(1, 255, 16)?,
            '0' => self.code(0, 2, 8)?,
            c if c.is_ascii_alphanumeric() => return Err(bad()),
            c => c,
        })
    }

    fn code(&mut self, least: usize, most: usize, radix: u32) -> Result<char> {
        let bad = || invalid("invalid escape \\ sequence");
        let length = self.rest().chars().take(most).take_while(|c| c.is_digit(radix)).count();
        if length < least {
            return Err(bad());
        }
        let digits = &self.rest()[..length];
        let value = if digits.is_empty() {
            0
        } else {
            u32::from_str_radix(digits, radix).map_err(|_| bad())?
        };
        self.at += length;
        char::from_u32(value).ok_or_else(bad)
    }

    /// A bracket expression, after its opening bracket.
    fn bracket(&mut self) -> Result<()> {
        let unbalanced = || invalid("brackets [] not balanced");
        if self.accept("[:<:]]") {
            self.out.push_str("\\b{start}");
            return Ok(());
        }
        if self.accept("[:>:]]") {
            self.out.push_str("\\b{end}");
            return Ok(());
        }
        let negated = self.accept("^");
        self.out.push_str(if negated { "[^" } else { "[" });
        if negated && self.flags.newline_stops {
            self.out.push_str("\\n");
        }
        let mut first = true;
        loop {
            if !first && self.accept("]") {
                break;
            }
            if self.rest().is_empty() {
                return Err(unbalanced());
            }
            first = false;
            let Some(low) = self.bracket_item()? else { continue };
            let range = self.rest().starts_with('-') && !self.rest().starts_with("-]");
            if !range {
                push_literal(&mut self.out, low);
                continue;
            }
            self.at += 1;
            if self.rest().is_empty() {
                return Err(unbalanced());
            }
            let high = self.bracket_item()?.ok_or_else(|| invalid("invalid character range"))?;
            if high < low {
                return Err(invalid("invalid character range"));
            }
            push_literal(&mut self.out, low);
            self.out.push('-');
            push_literal(&mut self.out, high);
        }
        self.out.push(']');
        Ok(())
    }

    /// One character of a bracket expression; `None` for a class, which is written at once.
    fn bracket_item(&mut self) -> Result<Option<char>> {
        let unbalanced = || invalid("brackets [] not balanced");
        if self.accept("[:") {
            let end = self.rest().find(":]").ok_or_else(unbalanced)?;
            let class = class_named(&self.rest()[..end])
                .ok_or_else(|| invalid("invalid character class"))?;
            self.at += end + 2;
            self.out.push_str(class);
            return Ok(None);
        }
        for (open, close) in [("[=", "=]"), ("[.", ".]")] {
            if self.accept(open) {
                let end = self.rest().find(close).ok_or_else(unbalanced)?;
                let name = &self.rest()[..end];
                let mut characters = name.chars();
                let (Some(c), None) = (characters.next(), characters.next()) else {
                    return Err(invalid("invalid collating element"));
                };
                self.at += end + 2;
                return Ok(Some(c));
            }
        }
        let c = self.next().ok_or_else(unbalanced)?;
        if c != '\\' {
            return Ok(Some(c));
        }
        let escaped = self.peek().ok_or_else(|| invalid("invalid escape \\ sequence"))?;
        if let Some(class) = class_escape(escaped) {
            self.at += 1;
            if escaped.is_ascii_uppercase() {
                self.out.push_str("[^");
                self.out.push_str(class);
                self.out.push(']');
            } else {
                self.out.push_str(class);
            }
            return Ok(None);
        }
        self.character_escape().map(Some)
    }
}

/// What \d, \s and \w stand for, within brackets; their negations are the caller's.
fn class_escape(c: char) -> Option<&'static str> {
    match c {
        'd' | 'D' => Some("0-9"),
        's' | 'S' => Some("\\s"),
        'w' | 'W' => Some("\\p{Alphabetic}0-9_"),
        _ => None,
    }
}

fn class_named(name: &str) -> Option<&'static str> {
    Some(match name {
        "alnum" => "\\p{Alphabetic}0-9",
        "alpha" => "\\p{Alphabetic}",
        "blank" => " \\t",
        "cntrl" => "\\p{Cc}",
        "digit" => "0-9",
        "graph" => "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}",
        "lower" => "\\p{Lowercase}",
        "print" => "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}",
        "punct" => "\\p{P}\\p{S}",
        "space" => "\\s",
        "upper" => "\\p{Uppercase}",
        "word" => "\\p{Alphabetic}0-9_",
        "xdigit" => "0-9A-Fa-f",
        _ => return None,
    })
}
