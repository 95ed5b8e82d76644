//! PostgreSQL's regular expressions, read into a tree.

use super::Flags;
use error::{Error, Result, SqlState, stack_check};

#[cold]
fn invalid(what: &str) -> Error {
    Error::new(SqlState::INVALID_REGULAR_EXPRESSION, format!("invalid regular expression: {what}"))
}

/// The error of a pattern that takes too much to compile. 2201B.
#[cold]
pub(super) fn too_complex() -> Error {
    invalid("regular expression is too complex")
}

/// The greatest count in braces.
const REPEAT_MAX: u32 = 255;
/// Parentheses in parentheses.
const DEPTH_MAX: usize = 1000;

/// What a part of a pattern would rather match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preference {
    Longest,
    Shortest,
}

/// A condition on a place of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordStart,
    WordEnd,
    WordBoundary,
    NotWordBoundary,
}

/// A part of a pattern.
#[derive(Debug)]
pub(super) enum Node {
    /// One character of a class, which is written in the engine's syntax.
    Class(String),
    Assertion(Assertion),
    Look(Box<Look>),
    /// Parentheses that do not capture.
    Group(Box<Node>),
    /// The group of a number from 1 on.
    Capture(usize, Box<Node>),
    /// What the group of the number has matched.
    Back(usize),
    Repeat(Box<Repeat>),
    Concat(Vec<Node>),
    /// Two branches or more.
    Alternate(Vec<Node>),
}

/// A look-ahead or look-behind constraint.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) ahead: bool,
    pub(super) negated: bool,
    pub(super) inner: Node,
}

/// A quantified atom.
#[derive(Debug)]
pub(super) struct Repeat {
    pub(super) inner: Node,
    pub(super) min: u32,
    /// `None` is without end.
    pub(super) max: Option<u32>,
    /// `{m}` takes what its operand prefers.
    pub(super) preference: Option<Preference>,
}

/// A pattern that was read.
pub(super) struct Parsed {
    pub(super) root: Node,
    pub(super) group_count: usize,
    /// It has back references or look-around, which the engine has not.
    pub(super) beyond_engine: bool,
    pub(super) back_references: bool,
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
    flags: Flags,
    /// Groups that were opened, and whether they were closed.
    closed: Vec<bool>,
    looks: bool,
    back_references: bool,
    /// Within a constraint parentheses do not capture.
    look_depth: usize,
}

/// The tree of a PostgreSQL pattern; options in it come on top of the flags. 2201B.
pub(super) fn parse(source: &str, flags: &mut Flags) -> Result<Parsed> {
    let mut source = source;
    if let Some(literal) = source.strip_prefix("***=") {
        return Ok(literal_pattern(literal));
    }
    if let Some(rest) = source.strip_prefix("***:") {
        source = rest;
    } else if source.starts_with("***") {
        return Err(invalid("quantifier operand invalid"));
    }
    if flags.literal {
        return Ok(literal_pattern(source));
    }
    if let Some(rest) = source.strip_prefix("(?")
        && rest.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        for option in rest[..end].chars() {
            flags.apply_embedded(option).map_err(|_| invalid("invalid embedded option"))?;
        }
        if !rest[end..].starts_with(')') {
            return Err(invalid("invalid embedded option"));
        }
        source = &rest[end + 1..];
        if flags.literal {
            return Ok(literal_pattern(source));
        }
    }
    let advanced;
    if flags.basic {
        advanced = super::basic::advanced(source);
        source = &advanced;
    }
    let mut parser = Parser {
        source,
        at: 0,
        flags: *flags,
        closed: Vec::new(),
        looks: false,
        back_references: false,
        look_depth: 0,
    };
    let root = parser.alternatives(0)?;
    if parser.at < source.len() {
        return Err(invalid("parentheses () not balanced"));
    }
    let group_count = parser.closed.len();
    let Parser { looks, back_references, .. } = parser;
    Ok(Parsed { root, group_count, beyond_engine: looks || back_references, back_references })
}

fn literal_pattern(literal: &str) -> Parsed {
    let root = Node::Concat(literal.chars().map(character).collect());
    Parsed { root, group_count: 0, beyond_engine: false, back_references: false }
}

fn character(c: char) -> Node {
    let mut class = String::new();
    push_literal(&mut class, c);
    Node::Class(class)
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() && c != '_' {
        out.push('\\');
    }
    out.push(c);
}

impl Parser<'_> {
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

    /// Passes over comments, and white space where it does not count.
    fn skip(&mut self) {
        loop {
            let before = self.at;
            if self.flags.expanded {
                let rest = self.rest();
                self.at += rest.len() - rest.trim_start_matches(char::is_whitespace).len();
                if self.rest().starts_with('#') {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
            }
            if !self.flags.plain_extended && self.rest().starts_with("(?#") {
                let rest = self.rest();
                self.at += rest.find(')').map_or(rest.len(), |end| end + 1);
            }
            if self.at == before {
                return;
            }
        }
    }

    /// Branches up to a closing parenthesis or the end.
    fn alternatives(&mut self, depth: usize) -> Result<Node> {
        stack_check()?;
        if depth > DEPTH_MAX {
            return Err(too_complex());
        }
        let first = self.branch(depth)?;
        if self.peek() != Some('|') {
            return Ok(first);
        }
        let mut branches = vec![first];
        while self.accept("|") {
            branches.push(self.branch(depth)?);
        }
        Ok(Node::Alternate(branches))
    }

    /// Quantified atoms.
    fn branch(&mut self, depth: usize) -> Result<Node> {
        let mut items = Vec::new();
        loop {
            self.skip();
            let Some(c) = self.peek() else { break };
            if c == '|' || (c == ')' && depth > 0) {
                break;
            }
            if c == ')' {
                return Err(invalid("parentheses () not balanced"));
            }
            let (atom, quantifiable) = self.atom(depth)?;
            self.skip();
            items.push(self.quantified(atom, quantifiable)?);
        }
        Ok(Node::Concat(items))
    }

    /// One atom or constraint, and whether it can be repeated.
    fn atom(&mut self, depth: usize) -> Result<(Node, bool)> {
        let line = self.flags.line_anchors;
        let assertion = |assertion| Ok((Node::Assertion(assertion), false));
        let c = self.next().expect("the caller saw a character");
        Ok(match c {
            '(' => return self.group(depth),
            '[' => return self.bracket(),
            '.' if self.flags.newline_stops => (Node::Class("[^\\n]".into()), true),
            '.' => (Node::Class("(?s:.)".into()), true),
            '^' if line => return assertion(Assertion::LineStart),
            '^' => return assertion(Assertion::TextStart),
            '$' if line => return assertion(Assertion::LineEnd),
            '$' => return assertion(Assertion::TextEnd),
            '*' | '+' | '?' => return Err(invalid("quantifier operand invalid")),
            '{' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                return Err(invalid("quantifier operand invalid"));
            }
            '\\' if self.flags.plain_extended => {
                let c = self.next().ok_or_else(|| invalid("invalid escape \\ sequence"))?;
                (character(c), true)
            }
            '\\' => return self.escape(),
            _ => (character(c), true),
        })
    }

    fn group(&mut self, depth: usize) -> Result<(Node, bool)> {
        let advanced = !self.flags.plain_extended;
        if advanced && self.accept("?:") {
            let inner = self.alternatives(depth + 1)?;
            self.close()?;
            return Ok((Node::Group(Box::new(inner)), true));
        }
        let looks =
            [("?=", true, false), ("?!", true, true), ("?<=", false, false), ("?<!", false, true)];
        for (opening, ahead, negated) in looks {
            if advanced && self.accept(opening) {
                self.look_depth += 1;
                self.looks = true;
                let inner = self.alternatives(depth + 1)?;
                self.look_depth -= 1;
                self.close()?;
                return Ok((Node::Look(Box::new(Look { ahead, negated, inner })), false));
            }
        }
        if self.rest().starts_with('?') {
            return Err(invalid("quantifier operand invalid"));
        }
        if self.look_depth > 0 {
            let inner = self.alternatives(depth + 1)?;
            self.close()?;
            return Ok((Node::Group(Box::new(inner)), true));
        }
        self.closed.push(false);
        let number = self.closed.len();
        let inner = self.alternatives(depth + 1)?;
        self.close()?;
        self.closed[number - 1] = true;
        Ok((Node::Capture(number, Box::new(inner)), true))
    }

    fn close(&mut self) -> Result<()> {
        if self.accept(")") { Ok(()) } else { Err(invalid("parentheses () not balanced")) }
    }

    /// The atom with the quantifier after it, if there is one.
    fn quantified(&mut self, inner: Node, quantifiable: bool) -> Result<Node> {
        let counted = self.rest().starts_with('{')
            && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit());
        let simple = self.peek().filter(|c| matches!(c, '*' | '+' | '?'));
        if !counted && simple.is_none() {
            return Ok(inner);
        }
        if !quantifiable {
            return Err(invalid("quantifier operand invalid"));
        }
        let (min, max, prefers) = match simple {
            Some(c) => {
                self.at += 1;
                (u32::from(c == '+'), (c == '?').then_some(1), true)
            }
            None => self.counted()?,
        };
        let preference = if !self.flags.plain_extended && self.accept("?") {
            Preference::Shortest
        } else {
            Preference::Longest
        };
        let preference = prefers.then_some(preference);
        Ok(Node::Repeat(Box::new(Repeat { inner, min, max, preference })))
    }

    /// Counts in braces, and whether there are two.
    fn counted(&mut self) -> Result<(u32, Option<u32>, bool)> {
        let repetition = || invalid("invalid repetition count(s)");
        self.at += 1;
        let min = self.count()?.ok_or_else(repetition)?;
        let range = self.accept(",");
        let max = if range { self.count()? } else { Some(min) };
        if !self.accept("}") {
            return Err(if self.rest().is_empty() {
                invalid("braces {} not balanced")
            } else {
                repetition()
            });
        }
        if max.is_some_and(|max| max < min) {
            return Err(repetition());
        }
        Ok((min, max, range))
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

    /// The escape after a backslash outside brackets.
    fn escape(&mut self) -> Result<(Node, bool)> {
        let c = self.peek().ok_or_else(|| invalid("invalid escape \\ sequence"))?;
        let assertion = match c {
            'A' => Some(Assertion::TextStart),
            'm' => Some(Assertion::WordStart),
            'M' => Some(Assertion::WordEnd),
            'y' => Some(Assertion::WordBoundary),
            'Y' => Some(Assertion::NotWordBoundary),
            'Z' => Some(Assertion::TextEnd),
            _ => None,
        };
        if let Some(assertion) = assertion {
            self.at += 1;
            return Ok((Node::Assertion(assertion), false));
        }
        if let Some(class) = class_escape(c) {
            self.at += 1;
            let negated = c.is_ascii_uppercase();
            let newline = if negated && self.flags.newline_stops { "\\n" } else { "" };
            let open = if negated { "[^" } else { "[" };
            return Ok((Node::Class(format!("{open}{class}{newline}]")), true));
        }
        if matches!(c, '1'..='9')
            && let Some(group) = self.back_reference()?
        {
            return Ok((Node::Back(group), true));
        }
        Ok((character(self.character_escape()?), true))
    }

    /// The group of a back reference: one digit, or more where there are so many groups.
    fn back_reference(&mut self) -> Result<Option<usize>> {
        let length = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = self.rest()[..length].parse().unwrap_or(usize::MAX);
        if length > 1 && number > self.closed.len() {
            return Ok(None);
        }
        self.at += length;
        if self.look_depth > 0 || !self.closed.get(number - 1).copied().unwrap_or(false) {
            return Err(invalid("invalid backreference number"));
        }
        self.back_references = true;
        Ok(Some(number))
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
            '1'..='7' => {
                self.at -= 1;
                self.code(1, 3, 8)?
            }
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
    fn bracket(&mut self) -> Result<(Node, bool)> {
        let unbalanced = || invalid("brackets [] not balanced");
        if self.accept("[:<:]]") {
            return Ok((Node::Assertion(Assertion::WordStart), false));
        }
        if self.accept("[:>:]]") {
            return Ok((Node::Assertion(Assertion::WordEnd), false));
        }
        let negated = self.accept("^");
        let mut class = String::from(if negated { "[^" } else { "[" });
        if negated && self.flags.newline_stops {
            class.push_str("\\n");
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
            let Some(low) = self.bracket_item(&mut class)? else { continue };
            let range = self.rest().starts_with('-') && !self.rest().starts_with("-]");
            if !range {
                push_literal(&mut class, low);
                continue;
            }
            self.at += 1;
            if self.rest().is_empty() {
                return Err(unbalanced());
            }
            let high = self.bracket_item(&mut class)?;
            let high = high.ok_or_else(|| invalid("invalid character range"))?;
            if high < low {
                return Err(invalid("invalid character range"));
            }
            push_literal(&mut class, low);
            class.push('-');
            push_literal(&mut class, high);
        }
        class.push(']');
        Ok((Node::Class(class), true))
    }

    /// One character of a bracket expression; `None` for a class, which is written at once.
    fn bracket_item(&mut self, out: &mut String) -> Result<Option<char>> {
        let unbalanced = || invalid("brackets [] not balanced");
        if self.accept("[:") {
            let end = self.rest().find(":]").ok_or_else(unbalanced)?;
            let class = class_named(&self.rest()[..end])
                .ok_or_else(|| invalid("invalid character class"))?;
            self.at += end + 2;
            out.push_str(class);
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
        if c != '\\' || self.flags.plain_extended {
            return Ok(Some(c));
        }
        let escaped = self.peek().ok_or_else(|| invalid("invalid escape \\ sequence"))?;
        if let Some(class) = class_escape(escaped) {
            self.at += 1;
            if escaped.is_ascii_uppercase() {
                out.push_str("[^");
                out.push_str(class);
                out.push(']');
            } else {
                out.push_str(class);
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
