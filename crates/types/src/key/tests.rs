use super::*;
use crate::{Numeric, compare, hash};
use std::cmp::Ordering;

/// A small generator, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn whole(&mut self) -> i64 {
        let bits = u32::try_from(self.below(63)).unwrap();
        let value = self.0.cast_signed() >> bits;
        if self.below(20) == 0 { value.signum() } else { value }
    }

    fn numeric(&mut self) -> Numeric {
        match self.below(12) {
            0 => Numeric::NaN,
            1 => Numeric::Infinity,
            2 => Numeric::NegativeInfinity,
            _ => {
                let scale = u16::try_from(self.below(25)).unwrap();
                let wide = i128::from(self.whole()) * i128::from(self.whole() >> self.below(63));
                let value = Numeric::new(wide, scale);
                if self.below(3) == 0 { value.mul(&value).unwrap() } else { value }
            }
        }
    }

    fn bytes(&mut self) -> Datum {
        let length = self.below(6);
        let bytes: Vec<u8> = (0..length)
            .map(|_| [0, 1, b' ', b'a', 0xFE, 0xFF][usize::try_from(self.below(6)).unwrap()])
            .collect();
        Datum::Bytes(bytes.into())
    }

    fn datum(&mut self, type_id: Oid) -> Datum {
        match type_id {
            type_oid::INT2 => Datum::I16(i16::try_from(self.whole() % 32768).unwrap()),
            type_oid::INT4 | type_oid::DATE => {
                Datum::I32(i32::try_from(self.whole() % (1 << 31)).unwrap())
            }
            type_oid::INT8 | type_oid::PG_LSN => Datum::I64(self.whole()),
            type_oid::FLOAT8 => match self.below(8) {
                0 => Datum::F64(f64::NAN),
                1 => Datum::F64(-0.0),
                2 => Datum::F64(f64::NEG_INFINITY),
                _ => Datum::F64(self.whole() as f64 / 1e6),
            },
            type_oid::NUMERIC => self.numeric().to_datum(),
            type_oid::INTERVAL => {
                let part = |value: i64| i32::try_from(value % 1000).unwrap();
                let (days, months) = (part(self.whole()), part(self.whole()));
                let microseconds = self.whole() % 1_000_000_000_000;
                Datum::Fixed16(crate::Interval { microseconds, days, months }.pack())
            }
            type_oid::JSONB => {
                let number = self.below(4);
                let text = [
                    "1",
                    "\"a\"",
                    "[]",
                    "[1,\"b\"]",
                    "{\"a\":1}",
                    "null",
                    "true",
                    "{\"a\":2,\"b\":[]}",
                ][usize::try_from(self.below(8)).unwrap()];
                let text = if number == 0 { format!("[{text},{number}]") } else { text.to_owned() };
                Datum::Bytes(crate::json::jsonb::input(&text).unwrap().into())
            }
            type_oid::INT4_ARRAY => {
                let elements: Vec<Datum> = (0..self.below(4))
                    .map(|_| {
                        if self.below(5) == 0 {
                            Datum::Null
                        } else {
                            Datum::I32(i32::try_from(self.below(3)).unwrap())
                        }
                    })
                    .collect();
                let bytes = crate::array::array_of_values(
                    type_oid::INT4,
                    elements.iter().map(Datum::as_ref),
                );
                Datum::Bytes(bytes.unwrap().into())
            }
            _ => self.bytes(),
        }
    }
}

/// Keys compare as values do, equal values hash alike, columns end where they say, and what can be read back is.
#[test]
fn keys_compare_as_values() {
    let types = [
        type_oid::INT2,
        type_oid::INT4,
        type_oid::INT8,
        type_oid::PG_LSN,
        type_oid::FLOAT8,
        type_oid::NUMERIC,
        type_oid::INTERVAL,
        type_oid::TEXT,
        type_oid::BPCHAR,
        type_oid::BYTEA,
        type_oid::JSONB,
        type_oid::INT4_ARRAY,
    ];
    let mut random = Random(42);
    for step in 0..40_000 {
        let type_id = types[step % types.len()];
        let (a, b) = (random.datum(type_id), random.datum(type_id));
        let order =
            KeyOrder { descending: random.below(2) == 0, nulls_first: random.below(2) == 0 };
        let (mut x, mut y) = (Vec::new(), Vec::new());
        encode_key(type_id, a.as_ref(), order, &mut x);
        encode_key(type_id, b.as_ref(), order, &mut y);
        let wanted = compare(type_id, Oid::INVALID, a.as_ref(), b.as_ref());
        let keys = if order.descending { y.cmp(&x) } else { x.cmp(&y) };
        assert_eq!(keys, wanted, "step {step} type {type_id}: {a:?} {b:?}");
        if wanted == Ordering::Equal {
            assert_eq!(
                hash(type_id, a.as_ref()),
                hash(type_id, b.as_ref()),
                "step {step}: {a:?} {b:?}"
            );
        }
        let end = x.len();
        x.extend_from_slice(&y);
        assert_eq!(
            skip_key(type_id, order, &x),
            Some(&x[end..]),
            "step {step} type {type_id}: {a:?}"
        );
        if key_is_invertible(type_id) {
            let (value, rest) = decode_key(type_id, order, &x).unwrap();
            assert_eq!((value, rest), (a, &x[end..]), "step {step} type {type_id}");
        }
    }
}

/// Arithmetic over i128, where that does not overflow, is what numeric says.
#[test]
fn numeric_agrees_with_i128() {
    let mut random = Random(7);
    for step in 0..20_000 {
        let (a, b) = (i128::from(random.whole()), i128::from(random.whole()));
        let (x, y) = (Numeric::from(a), Numeric::from(b));
        assert_eq!(x.add(&y).unwrap(), Numeric::from(a + b), "step {step}");
        assert_eq!(x.sub(&y).unwrap(), Numeric::from(a - b), "step {step}");
        assert_eq!(x.mul(&y).unwrap(), Numeric::from(a * b), "step {step}");
        assert_eq!(x.cmp(&y), a.cmp(&b), "step {step}");
        if b != 0 {
            assert_eq!(x.rem(&y).unwrap(), Numeric::from(a % b), "step {step}: {a} % {b}");
            assert_eq!(x.div_whole(&y).unwrap(), Numeric::from(a / b), "step {step}: {a} / {b}");
            // The long way gives what the short one gives.
            let big = Numeric::from(10).power(&Numeric::from(60)).unwrap();
            let (long, wide) = (x.mul(&big).unwrap(), y.mul(&big).unwrap());
            assert_eq!(
                long.div_whole(&wide).unwrap(),
                Numeric::from(a / b),
                "step {step}: {a} / {b}"
            );
            assert_eq!(
                long.rem(&wide).unwrap(),
                Numeric::from(a % b).mul(&big).unwrap(),
                "step {step}"
            );
        }
        let shown = x.mul(&y).unwrap().to_string();
        assert_eq!(crate::numeric::input(&shown).unwrap().to_string(), shown, "step {step}");
    }
}
