//! Comparison of numbers, booleans, oids, dates and times: kernels over slices.

use crate::{Builtin, builtin};
use std::cmp::Ordering;
use types::{Interval, float};

/// A transaction id beside another, or beside an int4 that stands for one.
fn xid_equality(call: &mut crate::Call<'_>, wanted: bool) -> error::Result<()> {
    if call.arguments[1].kind() == types::Kind::I32 {
        return call.map2(|a: i64, b: i32| Ok((a == i64::from(b.cast_unsigned())) == wanted));
    }
    call.map2(|a: i64, b: i64| Ok((a == b) == wanted))
}

fn sign(order: Ordering) -> i32 {
    order as i32
}

fn float84(a: f64, b: f32) -> Ordering {
    float::compare(a, f64::from(b))
}

fn float48(a: f32, b: f64) -> Ordering {
    float::compare(f64::from(a), b)
}

fn float44(a: f32, b: f32) -> Ordering {
    float::compare(f64::from(a), f64::from(b))
}

fn unsigned(a: i64, b: i64) -> Ordering {
    a.cast_unsigned().cmp(&b.cast_unsigned())
}

fn interval(a: [u8; 16], b: [u8; 16]) -> Ordering {
    Interval::unpack(a).compare(Interval::unpack(b))
}

fn timetz(a: [u8; 16], b: [u8; 16]) -> Ordering {
    let value = types::ValueRef::Fixed16;
    types::compare(types::type_oid::TIMETZ, types::Oid::INVALID, value(a), value(b))
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("int2eq", |call| {
        call.fixed2(|a: i16, b: i16| a == b);
        Ok(())
    }),
    builtin("int2ne", |call| {
        call.fixed2(|a: i16, b: i16| a != b);
        Ok(())
    }),
    builtin("int2lt", |call| {
        call.fixed2(|a: i16, b: i16| a < b);
        Ok(())
    }),
    builtin("int2le", |call| {
        call.fixed2(|a: i16, b: i16| a <= b);
        Ok(())
    }),
    builtin("int2gt", |call| {
        call.fixed2(|a: i16, b: i16| a > b);
        Ok(())
    }),
    builtin("int2ge", |call| {
        call.fixed2(|a: i16, b: i16| a >= b);
        Ok(())
    }),
    builtin("int24eq", |call| {
        call.fixed2(|a: i16, b: i32| i32::from(a) == b);
        Ok(())
    }),
    builtin("int24ne", |call| {
        call.fixed2(|a: i16, b: i32| i32::from(a) != b);
        Ok(())
    }),
    builtin("int24lt", |call| {
        call.fixed2(|a: i16, b: i32| i32::from(a) < b);
        Ok(())
    }),
    builtin("int24le", |call| {
        call.fixed2(|a: i16, b: i32| i32::from(a) <= b);
        Ok(())
    }),
    builtin("int24gt", |call| {
        call.fixed2(|a: i16, b: i32| i32::from(a) > b);
        Ok(())
    }),
    builtin("int24ge", |call| {
        call.fixed2(|a: i16, b: i32| i32::from(a) >= b);
        Ok(())
    }),
    builtin("int28eq", |call| {
        call.fixed2(|a: i16, b: i64| i64::from(a) == b);
        Ok(())
    }),
    builtin("int28ne", |call| {
        call.fixed2(|a: i16, b: i64| i64::from(a) != b);
        Ok(())
    }),
    builtin("int28lt", |call| {
        call.fixed2(|a: i16, b: i64| i64::from(a) < b);
        Ok(())
    }),
    builtin("int28le", |call| {
        call.fixed2(|a: i16, b: i64| i64::from(a) <= b);
        Ok(())
    }),
    builtin("int28gt", |call| {
        call.fixed2(|a: i16, b: i64| i64::from(a) > b);
        Ok(())
    }),
    builtin("int28ge", |call| {
        call.fixed2(|a: i16, b: i64| i64::from(a) >= b);
        Ok(())
    }),
    builtin("int42eq", |call| {
        call.fixed2(|a: i32, b: i16| a == i32::from(b));
        Ok(())
    }),
    builtin("int42ne", |call| {
        call.fixed2(|a: i32, b: i16| a != i32::from(b));
        Ok(())
    }),
    builtin("int42lt", |call| {
        call.fixed2(|a: i32, b: i16| a < i32::from(b));
        Ok(())
    }),
    builtin("int42le", |call| {
        call.fixed2(|a: i32, b: i16| a <= i32::from(b));
        Ok(())
    }),
    builtin("int42gt", |call| {
        call.fixed2(|a: i32, b: i16| a > i32::from(b));
        Ok(())
    }),
    builtin("int42ge", |call| {
        call.fixed2(|a: i32, b: i16| a >= i32::from(b));
        Ok(())
    }),
    builtin("int4eq", |call| {
        call.fixed2(|a: i32, b: i32| a == b);
        Ok(())
    }),
    builtin("int4ne", |call| {
        call.fixed2(|a: i32, b: i32| a != b);
        Ok(())
    }),
    builtin("int4lt", |call| {
        call.fixed2(|a: i32, b: i32| a < b);
        Ok(())
    }),
    builtin("int4le", |call| {
        call.fixed2(|a: i32, b: i32| a <= b);
        Ok(())
    }),
    builtin("int4gt", |call| {
        call.fixed2(|a: i32, b: i32| a > b);
        Ok(())
    }),
    builtin("int4ge", |call| {
        call.fixed2(|a: i32, b: i32| a >= b);
        Ok(())
    }),
    builtin("int48eq", |call| {
        call.fixed2(|a: i32, b: i64| i64::from(a) == b);
        Ok(())
    }),
    builtin("int48ne", |call| {
        call.fixed2(|a: i32, b: i64| i64::from(a) != b);
        Ok(())
    }),
    builtin("int48lt", |call| {
        call.fixed2(|a: i32, b: i64| i64::from(a) < b);
        Ok(())
    }),
    builtin("int48le", |call| {
        call.fixed2(|a: i32, b: i64| i64::from(a) <= b);
        Ok(())
    }),
    builtin("int48gt", |call| {
        call.fixed2(|a: i32, b: i64| i64::from(a) > b);
        Ok(())
    }),
    builtin("int48ge", |call| {
        call.fixed2(|a: i32, b: i64| i64::from(a) >= b);
        Ok(())
    }),
    builtin("int82eq", |call| {
        call.fixed2(|a: i64, b: i16| a == i64::from(b));
        Ok(())
    }),
    builtin("int82ne", |call| {
        call.fixed2(|a: i64, b: i16| a != i64::from(b));
        Ok(())
    }),
    builtin("int82lt", |call| {
        call.fixed2(|a: i64, b: i16| a < i64::from(b));
        Ok(())
    }),
    builtin("int82le", |call| {
        call.fixed2(|a: i64, b: i16| a <= i64::from(b));
        Ok(())
    }),
    builtin("int82gt", |call| {
        call.fixed2(|a: i64, b: i16| a > i64::from(b));
        Ok(())
    }),
    builtin("int82ge", |call| {
        call.fixed2(|a: i64, b: i16| a >= i64::from(b));
        Ok(())
    }),
    builtin("int84eq", |call| {
        call.fixed2(|a: i64, b: i32| a == i64::from(b));
        Ok(())
    }),
    builtin("int84ne", |call| {
        call.fixed2(|a: i64, b: i32| a != i64::from(b));
        Ok(())
    }),
    builtin("int84lt", |call| {
        call.fixed2(|a: i64, b: i32| a < i64::from(b));
        Ok(())
    }),
    builtin("int84le", |call| {
        call.fixed2(|a: i64, b: i32| a <= i64::from(b));
        Ok(())
    }),
    builtin("int84gt", |call| {
        call.fixed2(|a: i64, b: i32| a > i64::from(b));
        Ok(())
    }),
    builtin("int84ge", |call| {
        call.fixed2(|a: i64, b: i32| a >= i64::from(b));
        Ok(())
    }),
    builtin("int8eq", |call| {
        call.fixed2(|a: i64, b: i64| a == b);
        Ok(())
    }),
    builtin("int8ne", |call| {
        call.fixed2(|a: i64, b: i64| a != b);
        Ok(())
    }),
    builtin("int8lt", |call| {
        call.fixed2(|a: i64, b: i64| a < b);
        Ok(())
    }),
    builtin("int8le", |call| {
        call.fixed2(|a: i64, b: i64| a <= b);
        Ok(())
    }),
    builtin("int8gt", |call| {
        call.fixed2(|a: i64, b: i64| a > b);
        Ok(())
    }),
    builtin("int8ge", |call| {
        call.fixed2(|a: i64, b: i64| a >= b);
        Ok(())
    }),
    builtin("btint2cmp", |call| {
        call.fixed2(|a: i16, b: i16| i32::from(a) - i32::from(b));
        Ok(())
    }),
    builtin("btint24cmp", |call| {
        call.fixed2(|a: i16, b: i32| sign(i32::from(a).cmp(&b)));
        Ok(())
    }),
    builtin("btint28cmp", |call| {
        call.fixed2(|a: i16, b: i64| sign(i64::from(a).cmp(&b)));
        Ok(())
    }),
    builtin("btint42cmp", |call| {
        call.fixed2(|a: i32, b: i16| sign(a.cmp(&i32::from(b))));
        Ok(())
    }),
    builtin("btint4cmp", |call| {
        call.fixed2(|a: i32, b: i32| sign(a.cmp(&b)));
        Ok(())
    }),
    builtin("btint48cmp", |call| {
        call.fixed2(|a: i32, b: i64| sign(i64::from(a).cmp(&b)));
        Ok(())
    }),
    builtin("btint82cmp", |call| {
        call.fixed2(|a: i64, b: i16| sign(a.cmp(&i64::from(b))));
        Ok(())
    }),
    builtin("btint84cmp", |call| {
        call.fixed2(|a: i64, b: i32| sign(a.cmp(&i64::from(b))));
        Ok(())
    }),
    builtin("btint8cmp", |call| {
        call.fixed2(|a: i64, b: i64| sign(a.cmp(&b)));
        Ok(())
    }),
    builtin("float4eq", |call| {
        call.fixed2(|a: f32, b: f32| float44(a, b).is_eq());
        Ok(())
    }),
    builtin("float4ne", |call| {
        call.fixed2(|a: f32, b: f32| float44(a, b).is_ne());
        Ok(())
    }),
    builtin("float4lt", |call| {
        call.fixed2(|a: f32, b: f32| float44(a, b).is_lt());
        Ok(())
    }),
    builtin("float4le", |call| {
        call.fixed2(|a: f32, b: f32| float44(a, b).is_le());
        Ok(())
    }),
    builtin("float4gt", |call| {
        call.fixed2(|a: f32, b: f32| float44(a, b).is_gt());
        Ok(())
    }),
    builtin("float4ge", |call| {
        call.fixed2(|a: f32, b: f32| float44(a, b).is_ge());
        Ok(())
    }),
    builtin("float8eq", |call| {
        call.fixed2(|a: f64, b: f64| float::compare(a, b).is_eq());
        Ok(())
    }),
    builtin("float8ne", |call| {
        call.fixed2(|a: f64, b: f64| float::compare(a, b).is_ne());
        Ok(())
    }),
    builtin("float8lt", |call| {
        call.fixed2(|a: f64, b: f64| float::compare(a, b).is_lt());
        Ok(())
    }),
    builtin("float8le", |call| {
        call.fixed2(|a: f64, b: f64| float::compare(a, b).is_le());
        Ok(())
    }),
    builtin("float8gt", |call| {
        call.fixed2(|a: f64, b: f64| float::compare(a, b).is_gt());
        Ok(())
    }),
    builtin("float8ge", |call| {
        call.fixed2(|a: f64, b: f64| float::compare(a, b).is_ge());
        Ok(())
    }),
    builtin("float48eq", |call| {
        call.fixed2(|a: f32, b: f64| float48(a, b).is_eq());
        Ok(())
    }),
    builtin("float48ne", |call| {
        call.fixed2(|a: f32, b: f64| float48(a, b).is_ne());
        Ok(())
    }),
    builtin("float48lt", |call| {
        call.fixed2(|a: f32, b: f64| float48(a, b).is_lt());
        Ok(())
    }),
    builtin("float48le", |call| {
        call.fixed2(|a: f32, b: f64| float48(a, b).is_le());
        Ok(())
    }),
    builtin("float48gt", |call| {
        call.fixed2(|a: f32, b: f64| float48(a, b).is_gt());
        Ok(())
    }),
    builtin("float48ge", |call| {
        call.fixed2(|a: f32, b: f64| float48(a, b).is_ge());
        Ok(())
    }),
    builtin("float84eq", |call| {
        call.fixed2(|a: f64, b: f32| float84(a, b).is_eq());
        Ok(())
    }),
    builtin("float84ne", |call| {
        call.fixed2(|a: f64, b: f32| float84(a, b).is_ne());
        Ok(())
    }),
    builtin("float84lt", |call| {
        call.fixed2(|a: f64, b: f32| float84(a, b).is_lt());
        Ok(())
    }),
    builtin("float84le", |call| {
        call.fixed2(|a: f64, b: f32| float84(a, b).is_le());
        Ok(())
    }),
    builtin("float84gt", |call| {
        call.fixed2(|a: f64, b: f32| float84(a, b).is_gt());
        Ok(())
    }),
    builtin("float84ge", |call| {
        call.fixed2(|a: f64, b: f32| float84(a, b).is_ge());
        Ok(())
    }),
    builtin("btfloat4cmp", |call| {
        call.fixed2(|a: f32, b: f32| sign(float44(a, b)));
        Ok(())
    }),
    builtin("btfloat8cmp", |call| {
        call.fixed2(|a: f64, b: f64| sign(float::compare(a, b)));
        Ok(())
    }),
    builtin("btfloat48cmp", |call| {
        call.fixed2(|a: f32, b: f64| sign(float48(a, b)));
        Ok(())
    }),
    builtin("btfloat84cmp", |call| {
        call.fixed2(|a: f64, b: f32| sign(float84(a, b)));
        Ok(())
    }),
    builtin("booleq", |call| {
        call.fixed2(|a: bool, b: bool| a == b);
        Ok(())
    }),
    builtin("boolne", |call| {
        call.fixed2(|a: bool, b: bool| a != b);
        Ok(())
    }),
    builtin("boollt", |call| {
        call.fixed2(|a: bool, b: bool| !a & b);
        Ok(())
    }),
    builtin("boolle", |call| {
        call.fixed2(|a: bool, b: bool| a <= b);
        Ok(())
    }),
    builtin("boolgt", |call| {
        call.fixed2(|a: bool, b: bool| a & !b);
        Ok(())
    }),
    builtin("boolge", |call| {
        call.fixed2(|a: bool, b: bool| a >= b);
        Ok(())
    }),
    builtin("btboolcmp", |call| {
        call.fixed2(|a: bool, b: bool| sign(a.cmp(&b)));
        Ok(())
    }),
    builtin("chareq", |call| {
        call.fixed2(|a: i16, b: i16| a == b);
        Ok(())
    }),
    builtin("charne", |call| {
        call.fixed2(|a: i16, b: i16| a != b);
        Ok(())
    }),
    builtin("charlt", |call| {
        call.fixed2(|a: i16, b: i16| a < b);
        Ok(())
    }),
    builtin("charle", |call| {
        call.fixed2(|a: i16, b: i16| a <= b);
        Ok(())
    }),
    builtin("chargt", |call| {
        call.fixed2(|a: i16, b: i16| a > b);
        Ok(())
    }),
    builtin("charge", |call| {
        call.fixed2(|a: i16, b: i16| a >= b);
        Ok(())
    }),
    builtin("btcharcmp", |call| {
        call.fixed2(|a: i16, b: i16| i32::from(a) - i32::from(b));
        Ok(())
    }),
    builtin("oideq", |call| {
        call.fixed2(|a: i64, b: i64| a == b);
        Ok(())
    }),
    builtin("oidne", |call| {
        call.fixed2(|a: i64, b: i64| a != b);
        Ok(())
    }),
    builtin("oidlt", |call| {
        call.fixed2(|a: i64, b: i64| a < b);
        Ok(())
    }),
    builtin("oidle", |call| {
        call.fixed2(|a: i64, b: i64| a <= b);
        Ok(())
    }),
    builtin("oidgt", |call| {
        call.fixed2(|a: i64, b: i64| a > b);
        Ok(())
    }),
    builtin("oidge", |call| {
        call.fixed2(|a: i64, b: i64| a >= b);
        Ok(())
    }),
    builtin("btoidcmp", |call| {
        call.fixed2(|a: i64, b: i64| sign(a.cmp(&b)));
        Ok(())
    }),
    builtin("xideq", |call| xid_equality(call, true)),
    builtin("xidneq", |call| xid_equality(call, false)),
    builtin("cideq", |call| {
        call.fixed2(|a: i64, b: i64| a == b);
        Ok(())
    }),
    builtin("xid8eq", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_eq());
        Ok(())
    }),
    builtin("xid8ne", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_ne());
        Ok(())
    }),
    builtin("xid8lt", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_lt());
        Ok(())
    }),
    builtin("xid8le", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_le());
        Ok(())
    }),
    builtin("xid8gt", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_gt());
        Ok(())
    }),
    builtin("xid8ge", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_ge());
        Ok(())
    }),
    builtin("xid8cmp", |call| {
        call.fixed2(|a: i64, b: i64| sign(unsigned(a, b)));
        Ok(())
    }),
    builtin("pg_lsn_eq", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_eq());
        Ok(())
    }),
    builtin("pg_lsn_ne", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_ne());
        Ok(())
    }),
    builtin("pg_lsn_lt", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_lt());
        Ok(())
    }),
    builtin("pg_lsn_le", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_le());
        Ok(())
    }),
    builtin("pg_lsn_gt", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_gt());
        Ok(())
    }),
    builtin("pg_lsn_ge", |call| {
        call.fixed2(|a: i64, b: i64| unsigned(a, b).is_ge());
        Ok(())
    }),
    builtin("pg_lsn_cmp", |call| {
        call.fixed2(|a: i64, b: i64| sign(unsigned(a, b)));
        Ok(())
    }),
    builtin("date_eq", |call| {
        call.fixed2(|a: i32, b: i32| a == b);
        Ok(())
    }),
    builtin("date_ne", |call| {
        call.fixed2(|a: i32, b: i32| a != b);
        Ok(())
    }),
    builtin("date_lt", |call| {
        call.fixed2(|a: i32, b: i32| a < b);
        Ok(())
    }),
    builtin("date_le", |call| {
        call.fixed2(|a: i32, b: i32| a <= b);
        Ok(())
    }),
    builtin("date_gt", |call| {
        call.fixed2(|a: i32, b: i32| a > b);
        Ok(())
    }),
    builtin("date_ge", |call| {
        call.fixed2(|a: i32, b: i32| a >= b);
        Ok(())
    }),
    builtin("date_cmp", |call| {
        call.fixed2(|a: i32, b: i32| sign(a.cmp(&b)));
        Ok(())
    }),
    builtin("time_eq", |call| {
        call.fixed2(|a: i64, b: i64| a == b);
        Ok(())
    }),
    builtin("time_ne", |call| {
        call.fixed2(|a: i64, b: i64| a != b);
        Ok(())
    }),
    builtin("time_lt", |call| {
        call.fixed2(|a: i64, b: i64| a < b);
        Ok(())
    }),
    builtin("time_le", |call| {
        call.fixed2(|a: i64, b: i64| a <= b);
        Ok(())
    }),
    builtin("time_gt", |call| {
        call.fixed2(|a: i64, b: i64| a > b);
        Ok(())
    }),
    builtin("time_ge", |call| {
        call.fixed2(|a: i64, b: i64| a >= b);
        Ok(())
    }),
    builtin("time_cmp", |call| {
        call.fixed2(|a: i64, b: i64| sign(a.cmp(&b)));
        Ok(())
    }),
    builtin("timestamp_eq", |call| {
        call.fixed2(|a: i64, b: i64| a == b);
        Ok(())
    }),
    builtin("timestamp_ne", |call| {
        call.fixed2(|a: i64, b: i64| a != b);
        Ok(())
    }),
    builtin("timestamp_lt", |call| {
        call.fixed2(|a: i64, b: i64| a < b);
        Ok(())
    }),
    builtin("timestamp_le", |call| {
        call.fixed2(|a: i64, b: i64| a <= b);
        Ok(())
    }),
    builtin("timestamp_gt", |call| {
        call.fixed2(|a: i64, b: i64| a > b);
        Ok(())
    }),
    builtin("timestamp_ge", |call| {
        call.fixed2(|a: i64, b: i64| a >= b);
        Ok(())
    }),
    builtin("timestamp_cmp", |call| {
        call.fixed2(|a: i64, b: i64| sign(a.cmp(&b)));
        Ok(())
    }),
    builtin("interval_eq", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| interval(a, b).is_eq());
        Ok(())
    }),
    builtin("interval_ne", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| interval(a, b).is_ne());
        Ok(())
    }),
    builtin("interval_lt", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| interval(a, b).is_lt());
        Ok(())
    }),
    builtin("interval_le", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| interval(a, b).is_le());
        Ok(())
    }),
    builtin("interval_gt", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| interval(a, b).is_gt());
        Ok(())
    }),
    builtin("interval_ge", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| interval(a, b).is_ge());
        Ok(())
    }),
    builtin("interval_cmp", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| sign(interval(a, b)));
        Ok(())
    }),
    builtin("timetz_eq", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| timetz(a, b).is_eq());
        Ok(())
    }),
    builtin("timetz_ne", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| timetz(a, b).is_ne());
        Ok(())
    }),
    builtin("timetz_lt", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| timetz(a, b).is_lt());
        Ok(())
    }),
    builtin("timetz_le", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| timetz(a, b).is_le());
        Ok(())
    }),
    builtin("timetz_gt", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| timetz(a, b).is_gt());
        Ok(())
    }),
    builtin("timetz_ge", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| timetz(a, b).is_ge());
        Ok(())
    }),
    builtin("timetz_cmp", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| sign(timetz(a, b)));
        Ok(())
    }),
    builtin("uuid_eq", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| a == b);
        Ok(())
    }),
    builtin("uuid_ne", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| a != b);
        Ok(())
    }),
    builtin("uuid_lt", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| a < b);
        Ok(())
    }),
    builtin("uuid_le", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| a <= b);
        Ok(())
    }),
    builtin("uuid_gt", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| a > b);
        Ok(())
    }),
    builtin("uuid_ge", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| a >= b);
        Ok(())
    }),
    builtin("uuid_cmp", |call| {
        call.fixed2(|a: [u8; 16], b: [u8; 16]| crate::compare_bytes::difference(&a, &b));
        Ok(())
    }),
];
