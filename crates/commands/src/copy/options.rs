//! The options of COPY.

use error::{Error, Result, SqlState};
use syntax::ast::{CopyStatement, DefinitionOption, OptionValue};

/// What lines look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) csv: bool,
    pub(crate) delimiter: u8,
    pub(crate) null: String,
    pub(crate) header: bool,
    pub(crate) quote: u8,
    pub(crate) escape: u8,
    pub(crate) force_quote_all: bool,
    pub(crate) force_quote: Vec<String>,
    pub(crate) force_not_null: Vec<String>,
    pub(crate) force_null: Vec<String>,
}

impl Options {
    /// The options of a statement. 42601, 22023, 0A000.
    pub(crate) fn parse(copy: &CopyStatement, sql: &str) -> Result<Self> {
        let mut options = Self {
            csv: false,
            delimiter: b'\t',
            null: String::new(),
            header: false,
            quote: b'"',
            escape: b'"',
            force_quote_all: false,
            force_quote: Vec::new(),
            force_not_null: Vec::new(),
            force_null: Vec::new(),
        };
        let (mut delimiter, mut null, mut quote, mut escape) = (None, None, None, None);
        for option in &copy.options {
            let value = text_of(option);
            match &*option.name {
                "format" => match value.as_str() {
                    "text" => options.csv = false,
                    "csv" => options.csv = true,
                    "binary" => return Err(Error::unsupported("COPY in binary format")),
                    other => {
                        let text = format!("COPY format \"{other}\" not recognized");
                        return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text)
                            .at(syntax::position(sql, option.location)));
                    }
                },
                "freeze" | "log_verbosity" | "encoding" => {}
                "delimiter" => delimiter = Some(value),
                "null" => null = Some(value),
                "header" => options.header = matches!(&*value, "true" | "on" | "1" | "match"),
                "quote" => quote = Some(value),
                "escape" => escape = Some(value),
                "force_quote" => (options.force_quote_all, options.force_quote) = list_of(option),
                "force_not_null" => options.force_not_null = list_of(option).1,
                "force_null" => options.force_null = list_of(option).1,
                "on_error" if value == "stop" => {}
                "on_error" | "default" | "reject_limit" => {
                    return Err(Error::unsupported(format!("COPY option {}", option.name)));
                }
                other => {
                    let text = format!("option \"{other}\" not recognized");
                    return Err(Error::new(SqlState::SYNTAX_ERROR, text)
                        .at(syntax::position(sql, option.location)));
                }
            }
        }
        options.delimiter =
            one_byte("delimiter", delimiter, if options.csv { b',' } else { b'\t' })?;
        options.quote = one_byte("quote", quote, b'"')?;
        options.escape = one_byte("escape", escape, options.quote)?;
        options.null =
            null.unwrap_or_else(|| if options.csv { String::new() } else { "\\N".to_owned() });
        if options.null.contains(['\r', '\n']) {
            let text = "COPY null representation cannot use newline or carriage return";
            return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
        }
        Ok(options)
    }
}

fn text_of(option: &DefinitionOption) -> String {
    match &option.value {
        Some(OptionValue::String(text) | OptionValue::Float(text)) => text.to_string(),
        Some(OptionValue::Integer(number)) => number.to_string(),
        Some(OptionValue::Boolean(value)) => value.to_string(),
        Some(OptionValue::TypeName(name)) => name.names.join("."),
        Some(
            OptionValue::Operator(_) | OptionValue::Star | OptionValue::None | OptionValue::List(_),
        )
        | None => "true".to_owned(),
    }
}

/// Whether `*` was said, and the names of a list.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn list_of(option: &DefinitionOption) -> (bool, Vec<String>) {
    match &option.value {
        Some(OptionValue::Star) => (true, Vec::new()),
        Some(OptionValue::List(list)) => {
            let names = list.iter().filter_map(|value| match value {
                OptionValue::String(text) => Some(text.to_string()),
                OptionValue::TypeName(name) => Some(name.names.join(".")),
                _ => None,
            });
            (false, names.collect())
        }
        _ => (false, Vec::new()),
    }
}

fn one_byte(what: &str, text: Option<String>, default: u8) -> Result<u8> {
    match text.as_deref().map(str::as_bytes) {
        None => Ok(default),
        Some([byte]) => Ok(*byte),
        Some(_) => {
            let text = format!("COPY {what} must be a single one-byte character");
            Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text))
        }
    }
}
