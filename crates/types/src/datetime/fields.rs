//! The text of a date, time or interval cut into fields, by what they look like.

/// What a field looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Digits, perhaps with a decimal point.
    Number,
    /// Letters.
    Word,
    /// Parts with separators between them: a date, or the name of a zone.
    Date,
    /// Digits with a colon.
    Time,
    /// A sign and digits.
    Zone,
    /// A sign and letters.
    Special,
}

/// A field in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) look: Look,
    pub(crate) text: String,
}

const FIELDS_MAX: usize = 25;
const LENGTH_MAX: usize = 128 + 25;

struct Cutter<'a> {
    bytes: &'a [u8],
    at: usize,
    text: String,
}

impl Cutter<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn push(&mut self) {
        self.text.push(char::from(self.peek().to_ascii_lowercase()));
        self.at += 1;
    }

    fn push_while(&mut self, accept: impl Fn(u8) -> bool) {
        while self.at < self.bytes.len() && accept(self.peek()) {
            self.push();
        }
    }

    fn skip_space(&mut self) {
        while is_space(self.peek()) {
            self.at += 1;
        }
    }
}

fn is_space(byte: u8) -> bool {
    crate::text::is_space(char::from(byte))
}

/// The fields of a text; `None` where it has what no date has. `is_word` knows the words that a sign or digit may
/// follow without making the whole the name of a zone.
pub(crate) fn cut(source: &str, is_word: impl Fn(&str) -> bool) -> Option<Vec<Field>> {
    if source.len() > LENGTH_MAX || !source.is_ascii() || source.contains('\0') {
        return None;
    }
    let mut cutter = Cutter { bytes: source.as_bytes(), at: 0, text: String::new() };
    let mut fields = Vec::new();
    while cutter.at < cutter.bytes.len() {
        let byte = cutter.peek();
        if is_space(byte) {
            cutter.at += 1;
            continue;
        }
        let look = if byte.is_ascii_digit() {
            starting_with_digit(&mut cutter)
        } else if byte == b'.' {
            cutter.push();
            cutter.push_while(|b| b.is_ascii_digit());
            Look::Number
        } else if byte.is_ascii_alphabetic() {
            starting_with_letter(&mut cutter, &is_word)
        } else if byte == b'+' || byte == b'-' {
            cutter.push();
            cutter.skip_space();
            if cutter.peek().is_ascii_digit() {
                cutter.push_while(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'-'));
                Look::Zone
            } else if cutter.peek().is_ascii_alphabetic() {
                cutter.push_while(|b| b.is_ascii_alphabetic());
                Look::Special
            } else {
                return None;
            }
        } else if byte.is_ascii_punctuation() {
            cutter.at += 1;
            continue;
        } else {
            return None;
        };
        fields.push(Field { look, text: std::mem::take(&mut cutter.text) });
        if fields.len() > FIELDS_MAX {
            return None;
        }
    }
    Some(fields)
}

fn starting_with_digit(cutter: &mut Cutter<'_>) -> Look {
    cutter.push_while(|b| b.is_ascii_digit());
    let separator = cutter.peek();
    if separator == b':' {
        cutter.push_while(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'));
        return Look::Time;
    }
    if !matches!(separator, b'-' | b'/' | b'.') {
        return Look::Number;
    }
    cutter.push();
    if !cutter.peek().is_ascii_digit() {
        cutter.push_while(|b| b.is_ascii_alphanumeric() || b == separator);
        return Look::Date;
    }
    cutter.push_while(|b| b.is_ascii_digit());
    if cutter.peek() == separator {
        cutter.push_while(|b| b.is_ascii_digit() || b == separator);
        return Look::Date;
    }
    if separator == b'.' { Look::Number } else { Look::Date }
}

fn starting_with_letter(cutter: &mut Cutter<'_>, is_word: impl Fn(&str) -> bool) -> Look {
    cutter.push_while(|b| b.is_ascii_alphabetic());
    let next = cutter.peek();
    let long = matches!(next, b'-' | b'/' | b'.')
        || ((next == b'+' || next.is_ascii_digit()) && !is_word(&cutter.text));
    if !long {
        return Look::Word;
    }
    cutter.push_while(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'/' | b'_' | b'.' | b':')
    });
    Look::Date
}
