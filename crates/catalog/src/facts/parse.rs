//! Reading the data files: tab-separated, as COPY writes text.

use types::Oid;

/// The fields of one row.
#[derive(Debug, Clone)]
pub struct Fields(Vec<&'static str>);

/// The rows of a file.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = Fields> {
    text.lines().map(|line| Fields(line.split('\t').collect()))
}

impl Fields {
    /// How many fields there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// A field's text as COPY wrote it, escapes and `\N` included.
    pub fn text(&self, index: usize) -> &'static str {
        self.0[index]
    }

    /// A field's text; `None` for NULL.
    pub fn optional(&self, index: usize) -> Option<&'static str> {
        let text = self.0[index];
        (text != "\\N").then_some(text)
    }

    /// A boolean field.
    pub fn bool(&self, index: usize) -> bool {
        self.0[index] == "t"
    }

    /// An OID field, 0 where it is no number.
    pub fn oid(&self, index: usize) -> Oid {
        Oid(self.0[index].parse().unwrap_or(0))
    }

    /// An oidvector field.
    pub fn oids(&self, index: usize) -> Vec<Oid> {
        self.0[index].split_ascii_whitespace().map(|word| Oid(word.parse().unwrap_or(0))).collect()
    }
}

/// `{1,2}`.
pub(super) fn oid_array(text: &'static str) -> Vec<Oid> {
    text_array(text).into_iter().map(|word| Oid(word.parse().unwrap_or(0))).collect()
}

/// `{a,b,""}`; no element of the data files holds a comma or an escape.
pub(super) fn text_array(text: &'static str) -> Vec<&'static str> {
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    if inner.is_empty() {
        Vec::new()
    } else {
        inner.split(',').map(|word| word.trim_matches('"')).collect()
    }
}

/// A list of expressions: split at commas outside quotes and parentheses.
pub(super) fn expressions(text: &'static str) -> Vec<String> {
    let (mut depth, mut quoted, mut start, mut list) = (0, false, 0, Vec::new());
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' | b'[' if !quoted => depth += 1,
            b')' | b']' if !quoted => depth -= 1,
            b',' if !quoted && depth == 0 => {
                list.push(text[start..index].trim().to_owned());
                start = index + 1;
            }
            _ => {}
        }
    }
    list.push(text[start..].trim().to_owned());
    list
}
