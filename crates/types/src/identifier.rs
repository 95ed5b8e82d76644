//! Identifiers and literals as SQL text.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The keywords that are quoted where they are names.
static KEYWORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../data/quoted_keywords.tsv").lines().skip(1).collect());

/// The name as SQL text, in double quotes where it needs them.
pub fn quote_identifier(name: &str) -> String {
    let plain = name.bytes().enumerate().all(|(index, byte)| {
        byte.is_ascii_lowercase() || byte == b'_' || (index > 0 && byte.is_ascii_digit())
    });
    if plain && !name.is_empty() && !KEYWORDS.contains(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The text as a literal, `E'...'` where it has a backslash.
pub fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}
