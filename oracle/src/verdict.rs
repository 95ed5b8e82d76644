//! What a parser says of a statement.

/// Accepted, or refused with this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused(Refusal),
}

/// An error, as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    /// In characters from 1; 0 for none.
    pub(crate) position: u32,
    pub(crate) detail: String,
    pub(crate) hint: String,
}

impl Verdict {
    /// surus' verdict.
    pub(crate) fn of_surus(sql: &str) -> Self {
        match syntax::parse(sql) {
            Ok(_) => Self::Accepted,
            Err(error) => {
                let fields = error.fields();
                Self::Refused(Refusal {
                    code: fields.code.as_str().to_owned(),
                    message: fields.message.clone(),
                    position: fields.position.unwrap_or(0),
                    detail: fields.detail.clone().unwrap_or_default(),
                    hint: fields.hint.clone().unwrap_or_default(),
                })
            }
        }
    }
}
