//! Constants.

use super::Printer;
use crate::expr::{Expr, default_collation};
use crate::names::CatalogNames;
use catalog::facts::facts;
use error::{Error, Result};
use types::{Datum, TextContext, type_oid};

/// Whether a constant's type is said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// Where the text alone would be of another type.
    WhereNeeded,
    /// Never: a cast follows.
    Never,
}

impl Printer<'_> {
    pub(super) fn constant(&mut self, value: &Datum, expr: &Expr, label: Label) -> Result<()> {
        if value.is_null() {
            self.push("NULL");
            if label == Label::WhereNeeded {
                self.cast_to(expr.type_id, expr.typmod);
                self.constant_collation(expr);
            }
            return Ok(());
        }
        let names = CatalogNames(self.context.access);
        let context = TextContext { style: self.context.style, names: &names };
        let mut bytes = Vec::new();
        types::output(expr.type_id, value.as_ref(), &context, &mut bytes)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::corrupted("a stored constant is not valid UTF-8"))?;
        let text =
            if expr.type_id == type_oid::BPCHAR { text.trim_end_matches(' ') } else { &text };
        let needs_label = match expr.type_id {
            type_oid::INT4 if !text.starts_with('-') => {
                self.push(text);
                false
            }
            type_oid::NUMERIC
                if text.starts_with(|c: char| c.is_ascii_digit())
                    && text.contains(['e', 'E', '.']) =>
            {
                self.push(text);
                false
            }
            type_oid::BOOL => {
                self.push(if text == "t" { "true" } else { "false" });
                false
            }
            _ => {
                // Whatever standard_conforming_strings would make of a backslash is not asked.
                self.push(&format!("'{}'", text.replace('\'', "''")));
                expr.type_id != type_oid::UNKNOWN
            }
        };
        if label == Label::WhereNeeded {
            if needs_label {
                // PostgreSQL keeps the cast to a length apart from the constant, and does not print it.
                self.cast_to(expr.type_id, -1);
            }
            self.constant_collation(expr);
        }
        Ok(())
    }

    fn constant_collation(&mut self, expr: &Expr) {
        if expr.collation.is_valid() && expr.collation != default_collation(expr.type_id) {
            let found = facts().collations.iter().find(|c| c.oid == expr.collation);
            if let Some(collation) = found {
                let name = types::quote_identifier(collation.name);
                self.push(&format!(" COLLATE {name}"));
            }
        }
    }
}
