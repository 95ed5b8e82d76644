//! The shape of a statement: its text with a mark in each literal's place.
//!
//! Two texts of one shape are the same tokens but for their literals. Only plain text has a shape: with comments, dollar
//! quotes, backslashes or a second statement there is none, and the statement goes the common way.

/// Longer texts have no shape.
const LENGTH_MAX: usize = 2048;
/// Texts with more literals have no shape.
const LITERALS_MAX: usize = 48;

/// What a literal is, as its mark in the shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum LiteralKind {
    /// A number that an `integer` holds.
    Integer = 1,
    /// A number that only a `bigint` holds.
    BigInteger = 2,
    /// `'text'`.
    Text = 3,
}

/// Where a literal stands in the text, its quotes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) kind: LiteralKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Literal {
    /// The literal as it is written.
    pub(crate) fn written(self, sql: &str) -> &str {
        &sql[self.start..self.end]
    }

    /// A string's value.
    pub(crate) fn text(self, sql: &str) -> String {
        sql[self.start + 1..self.end - 1].replace("''", "'")
    }
}

/// A text without its literals.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) marked: Vec<u8>,
    pub(crate) literals: Vec<Literal>,
}

impl Shape {
    /// The shape of a text; `None` where it has none.
    pub(crate) fn of(sql: &str) -> Option<Self> {
        let bytes = sql.as_bytes();
        if bytes.len() > LENGTH_MAX {
            return None;
        }
        let mut shape = Self { marked: Vec::with_capacity(bytes.len()), literals: Vec::new() };
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            at = match byte {
                b'0'..=b'9' => shape.number(sql, at),
                b'\'' => {
                    let end = end_of_quoted(bytes, at, b'\'')?;
                    shape.mark(LiteralKind::Text, at, end);
                    end
                }
                b'"' => shape.copy(bytes, at, end_of_quoted(bytes, at, b'"')?),
                b'-' if next == b'-' => return None,
                b'/' if next == b'*' => return None,
                b'$' | b'\\' => return None,
                b';' if !bytes[at..].iter().all(|b| *b == b';' || b.is_ascii_whitespace()) => {
                    return None;
                }
                _ if is_word(byte) => {
                    let end = end_of(bytes, at, is_word);
                    // E'', B'', N'': what the letter makes of the string is not looked into.
                    if bytes.get(end) == Some(&b'\'') {
                        return None;
                    }
                    shape.copy(bytes, at, end)
                }
                _ if byte < b' ' && !byte.is_ascii_whitespace() => return None,
                _ => shape.copy(bytes, at, at + 1),
            };
            if shape.literals.len() > LITERALS_MAX {
                return None;
            }
        }
        Some(shape)
    }

    /// A whole number is marked; of any other the text belongs to the shape.
    fn number(&mut self, sql: &str, at: usize) -> usize {
        let bytes = sql.as_bytes();
        let end = end_of(bytes, at, |byte| byte.is_ascii_digit());
        let longer = end_of(bytes, at, |byte| is_word(byte) || byte == b'.');
        let value = if longer > end { None } else { sql[at..end].parse::<i64>().ok() };
        match value {
            Some(value) if i32::try_from(value).is_ok() => {
                self.mark(LiteralKind::Integer, at, end);
                end
            }
            Some(_) => {
                self.mark(LiteralKind::BigInteger, at, end);
                end
            }
            None => self.copy(bytes, at, longer),
        }
    }

    fn mark(&mut self, kind: LiteralKind, start: usize, end: usize) {
        self.marked.push(kind as u8);
        self.literals.push(Literal { kind, start, end });
    }

    fn copy(&mut self, bytes: &[u8], start: usize, end: usize) -> usize {
        self.marked.extend_from_slice(&bytes[start..end]);
        end
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn end_of(bytes: &[u8], start: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let length = bytes[start..].iter().take_while(|byte| belongs(**byte)).count();
    start + length
}

/// Where the quoted text that begins here ends; `None` if it does not, or has a backslash.
fn end_of_quoted(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => return None,
            byte if *byte != quote => at += 1,
            _ if bytes.get(at + 1) == Some(&quote) => at += 2,
            _ => return Some(at + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(sql: &str) -> Option<(String, Vec<&str>)> {
        let shape = Shape::of(sql)?;
        let literals = shape.literals.iter().map(|literal| literal.written(sql)).collect();
        Some((String::from_utf8(shape.marked).unwrap(), literals))
    }

    #[test]
    fn literals_are_marked() {
        let (marked, literals) =
            shape("SELECT a1, 1.5, 1e-5 FROM \"t 2\" WHERE b = 7 AND c='it''s' LIMIT 3000000000;")
                .unwrap();
        let expected =
            "SELECT a1, 1.5, 1e-\u{1} FROM \"t 2\" WHERE b = \u{1} AND c=\u{3} LIMIT \u{2};";
        assert_eq!(marked, expected);
        assert_eq!(literals, ["5", "7", "'it''s'", "3000000000"]);
        let (marked, literals) = shape("select 99999999999999999999, 0x1f, 'ü'").unwrap();
        assert_eq!(
            (marked.as_str(), literals),
            ("select 99999999999999999999, 0x1f, \u{3}", vec!["'ü'"])
        );
    }

    #[test]
    fn only_plain_text_has_a_shape() {
        for sql in [
            "select 1 -- one",
            "select /* one */ 1",
            "select $1",
            "select $$a$$",
            "select E'a'",
            "select n'a'",
            "select 'a\\'",
            "select 'a",
            "select 1; select 2",
            "select \u{1}",
        ] {
            assert_eq!(shape(sql), None, "{sql}");
        }
    }
}
