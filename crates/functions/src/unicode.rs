//! Unicode's normalization forms, and which code points it assigns.
//!
//! PostgreSQL 18 has Unicode 16.0: the crates that have the tables stay at versions with the same.

use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use regex_automata::meta::Regex;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

const VERSION: &str = "16.0";

#[derive(Clone, Copy)]
enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// The form of a name. 22023.
fn form(name: &str) -> Result<Form> {
    let forms =
        [("NFC", Form::Nfc), ("NFD", Form::Nfd), ("NFKC", Form::Nfkc), ("NFKD", Form::Nfkd)];
    let found = forms.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    found.map(|(_, form)| *form).ok_or_else(|| {
        let text = format!("invalid normalization form: {name}");
        Error::new(SqlState::INVALID_PARAMETER_VALUE, text)
    })
}

fn normalize(text: &str, form: Form) -> String {
    // ASCII is in every form.
    if text.is_ascii() {
        return text.to_owned();
    }
    match form {
        Form::Nfc => text.nfc().collect(),
        Form::Nfd => text.nfd().collect(),
        Form::Nfkc => text.nfkc().collect(),
        Form::Nfkd => text.nfkd().collect(),
    }
}

fn is_normalized(text: &str, form: Form) -> bool {
    text.is_ascii()
        || match form {
            Form::Nfc => text.nfc().eq(text.chars()),
            Form::Nfd => text.nfd().eq(text.chars()),
            Form::Nfkc => text.nfkc().eq(text.chars()),
            Form::Nfkd => text.nfkd().eq(text.chars()),
        }
}

/// Whether Unicode assigns every code point of the text.
fn is_assigned(text: &str) -> bool {
    static UNASSIGNED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("\\p{Cn}").expect("a class of one category"));
    text.is_ascii() || !UNASSIGNED.is_match(text)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("unicode_normalize_func", |call| {
        call.map2(|text: &str, name: &str| Ok(normalize(text, form(name)?)))
    }),
    builtin("unicode_is_normalized", |call| {
        call.map2(|text: &str, name: &str| Ok(is_normalized(text, form(name)?)))
    }),
    builtin("unicode_assigned", |call| call.map1(|text: &str| Ok(is_assigned(text)))),
    builtin("unicode_version", |call| call.map0(|_| Ok(VERSION))),
    // There is no ICU.
    builtin("icu_unicode_version", |call| call.map0(|_| Ok(None::<&str>))),
];
