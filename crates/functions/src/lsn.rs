//! Arithmetic of pg_lsn: positions of the log are counted in bytes.

use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use types::Numeric;

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_lsn_mi", |call| call.map2(|a: i64, b: i64| Ok(distance(a, b)))),
    builtin("pg_wal_lsn_diff", |call| call.map2(|a: i64, b: i64| Ok(distance(a, b)))),
    builtin("pg_lsn_pli", |call| {
        call.map2(|lsn: i64, bytes: Numeric| moved(lsn, &bytes, "add NaN to pg_lsn", Numeric::add))
    }),
    builtin("pg_lsn_mii", |call| {
        call.map2(|lsn: i64, bytes: Numeric| {
            moved(lsn, &bytes, "subtract NaN from pg_lsn", Numeric::sub)
        })
    }),
    builtin("numeric_pg_lsn", |call| call.map1(|value: Numeric| from_numeric(&value))),
];

fn as_numeric(lsn: i64) -> Numeric {
    Numeric::from(i128::from(lsn.cast_unsigned()))
}

fn distance(a: i64, b: i64) -> Numeric {
    Numeric::from(i128::from(a.cast_unsigned()) - i128::from(b.cast_unsigned()))
}

fn moved(
    lsn: i64,
    bytes: &Numeric,
    what: &str,
    operation: impl Fn(&Numeric, &Numeric) -> Result<Numeric>,
) -> Result<i64> {
    if bytes.is_nan() {
        return Err(cannot(what));
    }
    from_numeric(&operation(&as_numeric(lsn), bytes)?)
}

/// A position from the number of bytes before it. 0A000 for what is no finite number, 22023 beyond 64 bits.
fn from_numeric(value: &Numeric) -> Result<i64> {
    if value.is_nan() {
        return Err(cannot("convert NaN to pg_lsn"));
    }
    if !value.is_finite() {
        return Err(cannot("convert infinity to pg_lsn"));
    }
    let whole = value.to_i128().and_then(|whole| u64::try_from(whole).ok());
    whole
        .map(u64::cast_signed)
        .ok_or_else(|| Error::new(SqlState::INVALID_PARAMETER_VALUE, "pg_lsn out of range"))
}

fn cannot(what: &str) -> Error {
    Error::new(SqlState::FEATURE_NOT_SUPPORTED, format!("cannot {what}"))
}
