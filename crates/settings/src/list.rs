//! Values that are lists of names: search_path and its like.

use crate::SettingId;
use error::{Error, Result, SqlState};

/// Settings that are lists, and whether SET quotes the elements as names.
const LISTS: &[(&str, bool)] = &[
    ("createrole_self_grant", false),
    ("DateStyle", false),
    ("debug_io_direct", false),
    ("listen_addresses", false),
    ("local_preload_libraries", true),
    ("log_connections", false),
    ("log_destination", false),
    ("oauth_validator_libraries", true),
    ("restrict_nonsystem_relation_kind", false),
    ("search_path", true),
    ("session_preload_libraries", true),
    ("shared_preload_libraries", true),
    ("synchronized_standby_slots", false),
    ("synchronous_standby_names", false),
    ("temp_tablespaces", true),
    ("unix_socket_directories", true),
    ("wal_consistency_checking", false),
];

/// The text that `SET name TO a, b ...` gives a setting. 22023 where it takes only one.
pub fn list_text(name: &str, elements: &[&str]) -> Result<String> {
    let listed = LISTS.iter().find(|(list, _)| list.eq_ignore_ascii_case(name));
    match (listed, elements) {
        (Some((_, true)), _) => {
            let quoted: Vec<_> = elements.iter().map(|element| quote_name(element)).collect();
            Ok(quoted.join(", "))
        }
        (Some((_, false)), _) => Ok(elements.join(", ")),
        (None, [element]) => Ok((*element).to_owned()),
        (None, _) => {
            let name =
                SettingId::find(name).and_then(SettingId::fact).map_or(name, |fact| fact.name);
            Err(Error::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("SET {name} takes only one argument"),
            ))
        }
    }
}

/// The name in double quotes where it is not a plain lower-case name.
pub fn quote_name(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The names of a comma-separated list, unquoted ones in lower case; `None` where it is no such list.
pub fn parse_name_list(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return Some(names);
    }
    loop {
        let (name, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_name(quoted)?
        } else {
            let end = rest.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(rest.len());
            (rest[..end].to_ascii_lowercase(), &rest[end..])
        };
        if name.is_empty() {
            return None;
        }
        names.push(name);
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None if after.is_empty() => return Some(names),
            None => return None,
        }
    }
}

/// A quoted name and what follows its closing quote.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}
