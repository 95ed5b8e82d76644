//! What the text form of values depends on: the session's settings and, for reg* types, names in the catalog.

use crate::Oid;
use error::Result;

/// The order of day, month and year in dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are PostgreSQL's")]
pub enum DateOrder {
    Mdy,
    Dmy,
    Ymd,
}

/// The form of dates in output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are PostgreSQL's")]
pub enum DateForm {
    Iso,
    Sql,
    Postgres,
    German,
}

/// The form of intervals in output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are PostgreSQL's")]
pub enum IntervalForm {
    Postgres,
    PostgresVerbose,
    SqlStandard,
    Iso8601,
}

/// The settings that the text form of values depends on.
#[derive(Debug, Clone)]
pub struct Style {
    /// DateStyle's second part.
    pub date_order: DateOrder,
    /// DateStyle's first part.
    pub date_form: DateForm,
    /// IntervalStyle.
    pub interval_form: IntervalForm,
    /// TimeZone.
    pub time_zone: jiff::tz::TimeZone,
    /// TimeZone as SHOW prints it.
    pub time_zone_name: String,
    /// extra_float_digits: above 0 the shortest exact form.
    pub extra_float_digits: i32,
    /// Whether bytea_output is escape rather than hex.
    pub bytea_escape: bool,
    /// The transaction's start in microseconds since 2000-01-01 UTC, for 'now', 'today' ...
    pub transaction_time: i64,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            date_order: DateOrder::Mdy,
            date_form: DateForm::Iso,
            interval_form: IntervalForm::Postgres,
            time_zone: jiff::tz::TimeZone::UTC,
            time_zone_name: "UTC".to_owned(),
            extra_float_digits: 1,
            bytea_escape: false,
            transaction_time: 0,
        }
    }
}

/// The catalog as the text forms of reg* types and of user types need it.
pub trait Names {
    /// The text form of a reg* value, quoted and qualified as needed; `None` where no such object exists.
    fn reg_name(&self, reg_type: Oid, object: Oid) -> Option<String>;

    /// The object that a reg* type's text form names; the undefined-object error of its kind where there is none.
    fn reg_object(&self, reg_type: Oid, name: &str) -> Result<Oid>;

    /// The value of an enum's label, in the form of [`crate::enumeration`]; the outer `None` where the type is no enum,
    /// the inner one where it has no such label.
    fn enum_value(&self, _type_id: Oid, _label: &str) -> Option<Option<Vec<u8>>> {
        None
    }

    /// The label of an enum's value by the label's OID.
    fn enum_label(&self, _type_id: Oid, _label: Oid) -> Option<String> {
        None
    }

    /// The name of a type that a user made.
    fn type_name(&self, _type_id: Oid) -> Option<String> {
        None
    }

    /// The names, types and typmods of a composite type's fields.
    fn fields(&self, _type_id: Oid) -> Option<Vec<(String, Oid, i32)>> {
        None
    }

    /// The type that a domain is over, with its typmod; `None` where the type is no domain.
    fn domain_base(&self, _type_id: Oid) -> Option<(Oid, i32)> {
        None
    }

    /// The type of the bounds of a range type that a user made.
    fn range_subtype(&self, _range: Oid) -> Option<Oid> {
        None
    }

    /// The field names of a composite type; `None` where it is none or unknown.
    fn field_names(&self, _type_id: Oid) -> Option<Vec<String>> {
        None
    }
}

/// What input and output functions get.
#[derive(Clone, Copy)]
pub struct TextContext<'a> {
    /// The session's settings.
    pub style: &'a Style,
    /// The catalog.
    pub names: &'a dyn Names,
}
