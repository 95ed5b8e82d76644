//! Functions of bool, casts between whole numbers, oids and bool, hashes' neighbours without a family of their own.

use crate::integer::{int2_range, int4_range};
use crate::{Builtin, builtin};
use error::{Error, SqlState};

#[cold]
fn oid_range() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "OID out of range")
}

#[cold]
fn char_range() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "\"char\" out of range")
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("booland_statefunc", |call| {
        call.fixed2(|a: bool, b: bool| a && b);
        Ok(())
    }),
    builtin("boolor_statefunc", |call| {
        call.fixed2(|a: bool, b: bool| a || b);
        Ok(())
    }),
    builtin("bool_int4", |call| {
        call.fixed1(|a: bool| i32::from(a));
        Ok(())
    }),
    builtin("int4_bool", |call| {
        call.fixed1(|a: i32| a != 0);
        Ok(())
    }),
    builtin("booltext", |call| call.map1(|a: bool| Ok(if a { "true" } else { "false" }))),
    builtin("i2toi4", |call| {
        call.fixed1(|a: i16| i32::from(a));
        Ok(())
    }),
    builtin("i4toi2", |call| call.checked1(int2_range, |a: i32| i16::try_from(a).ok())),
    builtin("int48", |call| {
        call.fixed1(|a: i32| i64::from(a));
        Ok(())
    }),
    builtin("int28", |call| {
        call.fixed1(|a: i16| i64::from(a));
        Ok(())
    }),
    builtin("int84", |call| call.checked1(int4_range, |a: i64| i32::try_from(a).ok())),
    builtin("int82", |call| call.checked1(int2_range, |a: i64| i16::try_from(a).ok())),
    builtin("i8tooid", |call| {
        call.checked1(oid_range, |a: i64| u32::try_from(a).is_ok().then_some(a))
    }),
    builtin("oidtoi8", |call| {
        call.fixed1(|a: i64| a);
        Ok(())
    }),
    // "char" is signed in PostgreSQL when it becomes a number.
    builtin("chartoi4", |call| {
        call.fixed1(|a: i16| i32::from(if a > 127 { a - 256 } else { a }));
        Ok(())
    }),
    builtin("i4tochar", |call| {
        call.checked1(char_range, |a: i32| {
            let value = i8::try_from(a).ok()?;
            Some(i16::from(value.cast_unsigned()))
        })
    }),
    builtin("xid8toxid", |call| {
        call.fixed1(|a: i64| a & 0xFFFF_FFFF);
        Ok(())
    }),
];
