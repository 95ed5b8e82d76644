//! PostgreSQL's keywords, their categories, and what must be quoted because of them.

mod table;

use std::borrow::Cow;
use table::KEYWORDS;

/// Where a keyword may be used as a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// As any name.
    Unreserved,
    /// As any name but a function's or type's.
    ColumnName,
    /// As a function's or type's name only.
    TypeOrFunctionName,
    /// Nowhere unquoted, apart from a label after AS.
    Reserved,
}

impl Category {
    /// `catcode` of `pg_get_keywords()`.
    pub fn code(self) -> char {
        match self {
            Self::Unreserved => 'U',
            Self::ColumnName => 'C',
            Self::TypeOrFunctionName => 'T',
            Self::Reserved => 'R',
        }
    }
}

/// All keywords in alphabetical order: word, category, whether it is a label without AS.
pub fn keywords() -> &'static [(&'static str, Category, bool)] {
    &KEYWORDS
}

/// The identifier as it must be written in SQL: as it is, or in double quotes, as `quote_ident` does.
pub fn quote_identifier(name: &str) -> Cow<'_, str> {
    let bytes = name.as_bytes();
    let plain_start = bytes.first().is_some_and(|byte| byte.is_ascii_lowercase() || *byte == b'_');
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    let reserved = || find(bytes).is_some_and(|index| category(index) != Category::Unreserved);
    if plain_start && bytes.iter().all(plain) && !reserved() {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// The text as a string literal, as `quote_literal` does: E'' where it has a backslash.
pub fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// The category of the keyword with this index.
pub(crate) fn category(index: u16) -> Category {
    KEYWORDS[usize::from(index)].1
}

/// Whether the keyword with this index is a label without AS.
pub(crate) fn is_bare_label(index: u16) -> bool {
    KEYWORDS[usize::from(index)].2
}

/// The word of the keyword with this index.
pub(crate) fn word(index: u16) -> &'static str {
    KEYWORDS[usize::from(index)].0
}

// A hash table with open addressing, filled at compile time. Words hash without regard to case.
const SLOT_COUNT: usize = 2048;
const EMPTY: u16 = u16::MAX;
static SLOTS: [u16; SLOT_COUNT] = fill();

/// The longest keyword's length in bytes.
pub(crate) const LENGTH_MAX: usize = longest();

const fn longest() -> usize {
    let (mut index, mut longest) = (0, 0);
    while index < KEYWORDS.len() {
        if KEYWORDS[index].0.len() > longest {
            longest = KEYWORDS[index].0.len();
        }
        index += 1;
    }
    longest
}

#[expect(clippy::cast_possible_truncation, reason = "a hash may take any part of the length")]
const fn hash(word: &[u8]) -> usize {
    let (mut index, mut hash) = (0, word.len() as u32);
    while index < word.len() {
        hash = (hash ^ (word[index] | 0x20) as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    (hash ^ (hash >> 15)) as usize % SLOT_COUNT
}

#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 65536 keywords")]
const fn fill() -> [u16; SLOT_COUNT] {
    let mut slots = [EMPTY; SLOT_COUNT];
    let mut index = 0;
    while index < KEYWORDS.len() {
        let mut slot = hash(KEYWORDS[index].0.as_bytes());
        while slots[slot] != EMPTY {
            slot = (slot + 1) % SLOT_COUNT;
        }
        slots[slot] = index as u16;
        index += 1;
    }
    slots
}

/// The index of a keyword, in any case.
pub(crate) fn find(word: &[u8]) -> Option<u16> {
    if word.len() > LENGTH_MAX {
        return None;
    }
    let mut slot = hash(word);
    loop {
        let index = SLOTS[slot];
        if index == EMPTY {
            return None;
        }
        if KEYWORDS[usize::from(index)].0.as_bytes().eq_ignore_ascii_case(word) {
            return Some(index);
        }
        slot = (slot + 1) % SLOT_COUNT;
    }
}
