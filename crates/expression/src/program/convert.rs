//! Casts that no function does, and the values of the session.

use super::{Node, Run};
use crate::expr::{Conversion, SessionValue};
use batch::{Rows, Vector};
use error::{Error, Result, stack_check};
use types::{Datum, Kind, Oid, TextContext, ValueRef, type_oid};

/// A cast that no function does.
#[derive(Clone, Copy)]
pub(super) struct Cast {
    pub(super) conversion: Conversion,
    pub(super) source: Oid,
    pub(super) target: Oid,
    pub(super) typmod: i32,
    pub(super) explicit: bool,
}

pub(super) fn convert(
    arg: &mut Node,
    cast: Cast,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    arg.run(rows, run)?;
    let result = arg.output(run.input);
    let constant = result.is_constant() && rows.count() > 0;
    let rows = if constant { Rows::All(1) } else { rows };
    out.reset(rows.end());
    let context = run.evaluation.text_context();
    let mut text = Vec::new();
    for row in rows.iter() {
        let value = result.get(row);
        if value.is_null() {
            out.set_null(row);
        } else {
            out.set_datum(row, &one(cast, value, &context, &mut text)?);
        }
    }
    if constant {
        out.make_constant();
    }
    Ok(())
}

fn one(
    cast: Cast,
    value: ValueRef<'_>,
    context: &TextContext<'_>,
    text: &mut Vec<u8>,
) -> Result<Datum> {
    match cast.conversion {
        Conversion::Relabel => relabel(cast.target, value),
        Conversion::Typmod => {
            types::apply_typmod(cast.target, cast.typmod, value.to_datum(), cast.explicit)
        }
        Conversion::InOut => through_text(cast, value, context, text),
        Conversion::Elements(_) => super::composite::convert_elements(cast, value, context),
    }
}

/// The value as a type that means the same. PostgreSQL's int4 and oid are one there; here an oid is wider and unsigned.
fn relabel(target: Oid, value: ValueRef<'_>) -> Result<Datum> {
    Ok(match (Kind::of(target), value) {
        (Kind::I64, ValueRef::I32(number)) => Datum::I64(i64::from(number.cast_unsigned())),
        (Kind::I32, ValueRef::I64(number)) => {
            let number = u32::try_from(number).map_err(|_| Error::internal("an oid is 32 bits"))?;
            Datum::I32(number.cast_signed())
        }
        _ => value.to_datum(),
    })
}

/// The value's text read as the target type.
pub(super) fn through_text(
    cast: Cast,
    value: ValueRef<'_>,
    context: &TextContext<'_>,
    text: &mut Vec<u8>,
) -> Result<Datum> {
    text.clear();
    types::output(cast.source, value, context, text)?;
    let text = std::str::from_utf8(text)
        .map_err(|_| Error::internal("an output function gave text that is not UTF-8"))?;
    types::input(cast.target, cast.typmod, text, context)
}

pub(super) fn session_value(
    value: SessionValue,
    precision: i32,
    out: &mut Vector,
    run: &mut Run<'_>,
) -> Result<()> {
    let local = |value: Datum, target: Oid, context: &TextContext<'_>| {
        // The local forms are what the text of the time says without its zone.
        let cast = Cast {
            conversion: Conversion::InOut,
            source: type_oid::TIMESTAMPTZ,
            target,
            typmod: -1,
            explicit: true,
        };
        through_text(cast, value.as_ref(), context, &mut Vec::new())
    };
    let now = Datum::I64(run.evaluation.transaction_time());
    // The text is read back: it must not depend on DateStyle.
    let style = types::Style {
        date_form: types::DateForm::Iso,
        ..run.evaluation.text_context().style.clone()
    };
    let context = TextContext { style: &style, names: run.evaluation.text_context().names };
    let (datum, type_id) = match value {
        SessionValue::CurrentTimestamp => (now, type_oid::TIMESTAMPTZ),
        SessionValue::LocalTimestamp => {
            (local(now, type_oid::TIMESTAMP, &context)?, type_oid::TIMESTAMP)
        }
        SessionValue::CurrentDate => (local(now, type_oid::DATE, &context)?, type_oid::DATE),
        SessionValue::CurrentTime => (local(now, type_oid::TIMETZ, &context)?, type_oid::TIMETZ),
        SessionValue::LocalTime => (local(now, type_oid::TIME, &context)?, type_oid::TIME),
        SessionValue::CurrentRole
        | SessionValue::CurrentUser
        | SessionValue::User
        | SessionValue::SessionUser
        | SessionValue::CurrentCatalog
        | SessionValue::CurrentSchema => (run.evaluation.session_value(value), type_oid::NAME),
    };
    let datum =
        if precision >= 0 { types::apply_typmod(type_id, precision, datum, false)? } else { datum };
    out.set_constant(datum.as_ref());
    Ok(())
}
