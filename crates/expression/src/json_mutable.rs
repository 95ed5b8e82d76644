//! Whether a SQL/JSON expression gives the same for the same arguments at all times.

use crate::expr::{Expr, ExprKind, JsonOperation, SqlJson};
use types::jsonpath::{self, Moments};
use types::{Datum, type_oid};

impl SqlJson {
    /// Whether its path depends on the session's time zone, as jsonpath's casts to dates and times do.
    pub fn is_mutable(&self) -> bool {
        match self.operation {
            JsonOperation::Exists | JsonOperation::Value | JsonOperation::Query { .. } => {}
            JsonOperation::IsJson { .. }
            | JsonOperation::Object { .. }
            | JsonOperation::Array { .. }
            | JsonOperation::Parse { .. } => return false,
        }
        let Some(path) = self.arguments.get(1) else { return false };
        // A path that is computed can be any.
        let ExprKind::Constant(Datum::Bytes(text)) = &path.kind else { return true };
        let variable = |name: &str| self.variable(name);
        let path = std::str::from_utf8(text).ok().and_then(|text| jsonpath::parse(text).ok());
        path.is_none_or(|path| path.is_mutable(&variable).unwrap_or(true))
    }

    /// What a variable of PASSING is.
    fn variable(&self, name: &str) -> Moments {
        let Some(Expr { kind: ExprKind::SqlJson(object), .. }) = self.arguments.get(2) else {
            return Moments::None;
        };
        let pair = object.arguments.chunks(2).find(|pair| {
            matches!(&pair[0].kind, ExprKind::Constant(Datum::Bytes(key)) if &**key == name.as_bytes())
        });
        match pair.and_then(|pair| pair.get(1)).map(|value| value.type_id) {
            Some(type_oid::TIMETZ | type_oid::TIMESTAMPTZ) => Moments::Zoned,
            Some(type_oid::DATE | type_oid::TIME | type_oid::TIMESTAMP) => Moments::Unzoned,
            Some(_) | None => Moments::None,
        }
    }
}
