//! bool.

use error::{Error, Result, SqlState};

/// The value of a text form: unique prefixes of true, false, yes, no, on, off; 1, 0. 22P02.
pub fn input(source: &str) -> Result<bool> {
    let word = source.trim_matches(crate::text::is_space);
    let is = |full: &str, least: usize| {
        word.len() >= least
            && word.len() <= full.len()
            && full.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
    };
    if word == "1" || is("true", 1) || is("yes", 1) || is("on", 2) {
        Ok(true)
    } else if word == "0" || is("false", 1) || is("no", 1) || is("off", 2) {
        Ok(false)
    } else {
        Err(Error::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            format!("invalid input syntax for type boolean: \"{source}\""),
        ))
    }
}
