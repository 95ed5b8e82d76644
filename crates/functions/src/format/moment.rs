//! Templates of dates and times, cut into their parts.

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Field(Field),
    /// A character that stands for itself.
    Literal(char),
    Space(char),
    Separator(char),
}

/// A field with its modifiers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// In the case in which it was written.
    pub(super) name: &'static str,
    pub(super) fill: bool,
    /// TH or th.
    pub(super) ordinal: Option<bool>,
    /// TM: names in the language of the session, which is always English.
    pub(super) translate: bool,
}

impl Field {
    /// The name in upper case, by which most fields are told apart.
    pub(super) fn key(&self) -> String {
        self.name.to_ascii_uppercase()
    }

    /// Whether digits stand for it in the input.
    pub(super) fn is_digit(&self) -> bool {
        let key = self.key();
        let words = [
            "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "DAY", "DY", "FX", "MONTH", "MON", "OF",
            "P.M.", "PM", "RM", "TZH", "TZ",
        ];
        !words.contains(&key.as_str())
    }
}

/// Names that begin with others come before them.
const NAMES: [&str; 108] = [
    "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "Day", "Dy", "D",
    "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "FX", "HH24", "HH12", "HH", "IDDD", "ID", "IW",
    "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "Month", "Mon", "OF", "P.M.",
    "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY",
    "YYY", "YY", "Y", "a.d.", "a.m.", "ad", "am", "b.c.", "bc", "cc", "day", "ddd", "dd", "dy",
    "d", "ff1", "ff2", "ff3", "ff4", "ff5", "ff6", "fx", "hh24", "hh12", "hh", "iddd", "id", "iw",
    "iyyy", "iyy", "iy", "i", "j", "mi", "mm", "month", "mon", "ms", "of", "p.m.", "pm", "q", "rm",
    "sssss", "ssss", "ss", "tzh", "tzm", "tz", "us", "ww", "w", "y,yyy",
];
const MORE_NAMES: [&str; 4] = ["yyyy", "yyy", "yy", "y"];

pub(super) fn is_separator(c: char) -> bool {
    c.is_ascii_graphic() && !c.is_ascii_alphanumeric()
}

/// The parts of a template.
pub(super) fn parts(template: &str) -> Vec<Part> {
    let mut out = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        let (mut fill, mut translate) = (false, false);
        if let Some(after) = rest.strip_prefix("FM").or_else(|| rest.strip_prefix("fm")) {
            fill = true;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("TM").or_else(|| rest.strip_prefix("tm")) {
            translate = true;
            rest = after;
        }
        let name = NAMES.iter().chain(&MORE_NAMES).find(|name| rest.starts_with(**name));
        if let Some(name) = name {
            rest = &rest[name.len()..];
            let ordinal = match rest.get(..2) {
                Some("TH") => Some(true),
                Some("th") => Some(false),
                Some(_) | None => None,
            };
            if ordinal.is_some() || rest.starts_with("SP") {
                rest = &rest[2..];
            }
            out.push(Part::Field(Field { name, fill, ordinal, translate }));
        } else if let Some(quoted) = rest.strip_prefix('"') {
            rest = literal(quoted, &mut out);
        } else if let Some(c) = rest.strip_prefix("\\\"").map_or(rest.chars().next(), |_| Some('"'))
        {
            rest = &rest[if rest.starts_with("\\\"") { 2 } else { c.len_utf8() }..];
            out.push(if is_separator(c) {
                Part::Separator(c)
            } else if c.is_ascii_whitespace() {
                Part::Space(c)
            } else {
                Part::Literal(c)
            });
        }
    }
    out
}

/// The characters of a quoted text; what follows it.
fn literal<'a>(quoted: &'a str, out: &mut Vec<Part>) -> &'a str {
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return &quoted[at + 1..],
            '\\' => {
                if let Some((_, escaped)) = chars.next() {
                    out.push(Part::Literal(escaped));
                }
            }
            c => out.push(Part::Literal(c)),
        }
    }
    ""
}
