//! The hash functions of types, with PostgreSQL's values: Bob Jenkins' lookup3 over what a value's bytes are there.

use crate::call::int8;
use crate::{Builtin, Call, builtin};
use error::Result;
use types::array::Array;
use types::json::jsonb::{self, Json};
use types::network::Network;
use types::range::{Range, decode_multirange};
use types::record::Record;
use types::{Datum, Interval, Numeric, Oid, ValueRef, builtin_type, type_oid};

const ARRAY: u32 = 0x4000_0000;
const OBJECT: u32 = 0x2000_0000;

/// The state of lookup3.
struct Mixer {
    a: u32,
    b: u32,
    c: u32,
}

impl Mixer {
    fn new(length: usize, seed: u64) -> Self {
        let length = u32::try_from(length & 0xFFFF_FFFF).unwrap_or(0);
        let start = 0x9E37_79B9u32.wrapping_add(length).wrapping_add(3_923_095);
        let mut mixer = Self { a: start, b: start, c: start };
        if seed != 0 {
            mixer.a = mixer.a.wrapping_add(high(seed));
            mixer.b = mixer.b.wrapping_add(low(seed));
            mixer.mix();
        }
        mixer
    }

    fn mix(&mut self) {
        let Self { a, b, c } = self;
        for (rotate_c, rotate_a, rotate_b) in [(4, 6, 8), (16, 19, 4)] {
            *a = a.wrapping_sub(*c) ^ c.rotate_left(rotate_c);
            *c = c.wrapping_add(*b);
            *b = b.wrapping_sub(*a) ^ a.rotate_left(rotate_a);
            *a = a.wrapping_add(*c);
            *c = c.wrapping_sub(*b) ^ b.rotate_left(rotate_b);
            *b = b.wrapping_add(*a);
        }
    }

    fn finish(mut self) -> u64 {
        let Self { a, b, c } = &mut self;
        let turn = |x: &mut u32, y: u32, by: u32| *x = (*x ^ y).wrapping_sub(y.rotate_left(by));
        turn(c, *b, 14);
        turn(a, *c, 11);
        turn(b, *a, 25);
        turn(c, *b, 16);
        turn(a, *c, 4);
        turn(b, *a, 14);
        turn(c, *b, 24);
        u64::from(*b) << 32 | u64::from(*c)
    }
}

fn high(value: u64) -> u32 {
    u32::try_from(value >> 32).unwrap_or(0)
}

fn low(value: u64) -> u32 {
    u32::try_from(value & 0xFFFF_FFFF).unwrap_or(0)
}

/// The 64-bit hash of bytes; its low half with seed 0 is the 32-bit one.
fn bytes(data: &[u8], seed: u64) -> u64 {
    let mut mixer = Mixer::new(data.len(), seed);
    let mut chunks = data.chunks_exact(12);
    let word = |chunk: &[u8], at: usize| {
        let mut four = [0; 4];
        let end = chunk.len().min(at + 4);
        if at < end {
            four[..end - at].copy_from_slice(&chunk[at..end]);
        }
        u32::from_le_bytes(four)
    };
    for chunk in &mut chunks {
        mixer.a = mixer.a.wrapping_add(word(chunk, 0));
        mixer.b = mixer.b.wrapping_add(word(chunk, 4));
        mixer.c = mixer.c.wrapping_add(word(chunk, 8));
        mixer.mix();
    }
    let rest = chunks.remainder();
    mixer.a = mixer.a.wrapping_add(word(rest, 0));
    mixer.b = mixer.b.wrapping_add(word(rest, 4));
    // The lowest byte of the last word is the length's.
    mixer.c = mixer.c.wrapping_add(word(rest, 8) << 8);
    mixer.finish()
}

fn word(value: u32, seed: u64) -> u64 {
    let mut mixer = Mixer::new(4, seed);
    mixer.a = mixer.a.wrapping_add(value);
    mixer.finish()
}

fn signed(value: i32, seed: u64) -> u64 {
    word(value.cast_unsigned(), seed)
}

fn long(value: i64, seed: u64) -> u64 {
    let bits = value.cast_unsigned();
    let (half, top) = (low(bits), high(bits));
    word(half ^ if value >= 0 { top } else { !top }, seed)
}

fn float(value: f64, seed: u64) -> u64 {
    if value == 0.0 {
        return seed;
    }
    let value = if value.is_nan() { f64::NAN } else { value };
    bytes(&value.to_le_bytes(), seed)
}

/// By the digits in base 10,000 without zeros at either end, and the weight of the first.
fn numeric(value: &Numeric, seed: u64) -> u64 {
    if !value.is_finite() {
        return seed;
    }
    let mut text = Vec::new();
    value.abs().write(&mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = format!("{whole:0>width$}", width = whole.len().div_ceil(4) * 4);
    let fraction = format!("{fraction:0<width$}", width = fraction.len().div_ceil(4) * 4);
    let mut weight = i64::try_from(whole.len() / 4).unwrap_or(0) - 1;
    let all = whole + &fraction;
    let digit = |chunk: &[u8]| chunk.iter().fold(0u16, |n, b| n * 10 + u16::from(b - b'0'));
    let mut digits: Vec<u16> = all.as_bytes().chunks(4).map(digit).collect();
    let leading = digits.iter().take_while(|digit| **digit == 0).count();
    if leading == digits.len() {
        return seed.wrapping_sub(1);
    }
    weight -= i64::try_from(leading).unwrap_or(0);
    digits.drain(..leading);
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let data: Vec<u8> = digits.iter().flat_map(|digit| digit.to_le_bytes()).collect();
    bytes(&data, seed) ^ weight.cast_unsigned()
}

/// Both halves turned by one bit each.
fn turned(value: u64, wide: bool) -> u64 {
    if wide {
        value << 1 & 0xFFFF_FFFE_FFFF_FFFE | value >> 31 & 0x1_0000_0001
    } else {
        u64::from(low(value).rotate_left(1))
    }
}

/// A 64-bit hash with a seed, or a 32-bit one in the low half.
#[derive(Clone, Copy)]
struct Kind {
    wide: bool,
    seed: u64,
}

impl Kind {
    fn cut(self, value: u64) -> u64 {
        if self.wide { value } else { u64::from(low(value)) }
    }

    /// 31 times the hash so far and the next.
    fn chain(self, so_far: u64, next: u64) -> u64 {
        self.cut((so_far << 5).wrapping_sub(so_far).wrapping_add(next))
    }

    fn range(self, range: &Range) -> u64 {
        let flags = range.encode()[4];
        let mut hash = self.cut(word(u32::from(flags), self.seed));
        for (index, bound) in [&range.lower, &range.upper].into_iter().enumerate() {
            let own = bound.value.as_ref().filter(|_| !range.empty);
            if index == 1 {
                hash = turned(hash, self.wide);
            }
            hash ^= own.map_or(0, |value| self.value(range.subtype, value.as_ref()));
        }
        hash
    }

    fn json(self, value: &[u8], hash: u64) -> u64 {
        let both = |flag: u32| self.cut(u64::from(flag) << 32 | u64::from(flag));
        let scalar = match jsonb::parse(value) {
            Json::Array(items) => {
                let start = if items.is_empty() { hash } else { hash ^ both(ARRAY) };
                return items.iter().fold(start, |hash, item| self.json(item, hash));
            }
            Json::Object(pairs) => {
                let start = if pairs.is_empty() { hash } else { hash ^ both(OBJECT) };
                return pairs.iter().fold(start, |hash, (key, value)| {
                    let key = self.cut(bytes(key.as_bytes(), self.seed));
                    self.json(value, turned(hash, self.wide) ^ key)
                });
            }
            Json::Null => self.seed.wrapping_add(1),
            Json::Bool(value) if self.seed != 0 => signed(i32::from(value), self.seed),
            Json::Bool(value) => {
                if value {
                    2
                } else {
                    4
                }
            }
            Json::Number(number) => numeric(&Numeric::decode(number), self.seed),
            Json::String(text) => bytes(text.as_bytes(), self.seed),
        };
        turned(hash, self.wide) ^ self.cut(scalar)
    }

    /// The hash of a value that is not NULL, as its type's hash function has it.
    fn value(self, type_id: Oid, value: ValueRef<'_>) -> u64 {
        let seed = self.seed;
        self.cut(match value {
            ValueRef::Null => 0,
            ValueRef::Bool(v) => signed(i32::from(v), seed),
            // "char" is signed in PostgreSQL.
            ValueRef::I16(v) if type_id == type_oid::CHAR => {
                signed(i32::from(u8::try_from(v).unwrap_or(0).cast_signed()), seed)
            }
            ValueRef::I16(v) => signed(i32::from(v), seed),
            ValueRef::I32(v) => signed(v, seed),
            ValueRef::I64(v) => match type_id {
                type_oid::INT8
                | type_oid::TIME
                | type_oid::TIMESTAMP
                | type_oid::TIMESTAMPTZ
                | type_oid::PG_LSN
                | type_oid::XID8
                | type_oid::MONEY => long(v, seed),
                _ => word(u32::try_from(v & 0xFFFF_FFFF).unwrap_or(0), seed),
            },
            ValueRef::F32(v) => float(f64::from(v), seed),
            ValueRef::F64(v) => float(v, seed),
            ValueRef::Fixed16(v) => match type_id {
                type_oid::INTERVAL => {
                    let span = Interval::unpack(v).span().to_le_bytes();
                    let short = span[..8].try_into().map_or(0, i64::from_le_bytes);
                    long(short, seed)
                }
                type_oid::TIMETZ => {
                    let (time, zone) = types::datetime::unpack_timetz(v);
                    self.cut(long(time, seed)) ^ self.cut(signed(zone, seed))
                }
                _ => bytes(&v, seed),
            },
            ValueRef::Bytes(v) => self.long_value(type_id, v),
        })
    }

    fn long_value(self, type_id: Oid, value: &[u8]) -> u64 {
        let seed = self.seed;
        match type_id {
            type_oid::BPCHAR => bytes(types::text::trim_blanks(value), seed),
            type_oid::NUMERIC => numeric(&Numeric::decode(value), seed),
            type_oid::JSONB => match jsonb::parse(value) {
                Json::Array(items) if items.is_empty() => seed,
                Json::Object(pairs) if pairs.is_empty() => seed,
                Json::Array(_) | Json::Object(_) => self.json(value, 0),
                // A lone scalar is kept in an array there.
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                    self.json(value, self.cut(u64::from(ARRAY) << 32 | u64::from(ARRAY)))
                }
            },
            type_oid::INET | type_oid::CIDR => Network::decode(value).map_or(0, |network| {
                let family = if network.family() == 4 { 2 } else { 3 };
                bytes(&[&[family, network.bits], network.address.as_slice()].concat(), seed)
            }),
            type_oid::TID => {
                let (block, number) = types::address::tid_parts(value).unwrap_or((0, 0));
                let halves = [high(u64::from(block) << 16), block & 0xFFFF, u32::from(number)];
                let data: Vec<u8> =
                    halves.iter().flat_map(|half| half.to_le_bytes()[..2].to_vec()).collect();
                bytes(&data, seed)
            }
            type_oid::OIDVECTOR => {
                let list =
                    Array::parse(value).map(|array| array.iter().map(int8).collect::<Vec<_>>());
                let words = list.unwrap_or_default();
                let data: Vec<u8> =
                    words.iter().flat_map(|oid| oid.to_le_bytes()[..4].to_vec()).collect();
                bytes(&data, seed)
            }
            type_oid::RECORD => Record::parse(value).map_or(0, |record| {
                record.iter().fold(0, |hash, (id, value)| self.chain(hash, self.or_null(id, value)))
            }),
            _ => match builtin_type(type_id).map(|row| row.kind) {
                Some('r') => Range::decode(value).map_or(0, |range| self.range(&range)),
                Some('m') => decode_multirange(value).map_or(0, |ranges| {
                    ranges.iter().fold(1, |hash, range| self.chain(hash, self.range(range)))
                }),
                Some(_) if types::element_of(type_id).is_some() => {
                    Array::parse(value).map_or(0, |array| {
                        let element = array.element_type();
                        array
                            .iter()
                            .fold(1, |hash, value| self.chain(hash, self.or_null(element, value)))
                    })
                }
                Some(_) | None => bytes(value, seed),
            },
        }
    }

    fn or_null(self, type_id: Oid, value: ValueRef<'_>) -> u64 {
        if value.is_null() { 0 } else { self.value(type_id, value) }
    }
}

fn hash(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, _, info| {
        let kind = Kind { wide: false, seed: 0 };
        let value = kind.value(info.argument_types[0], arguments[0].get(row));
        Ok(Datum::I32(low(value).cast_signed()))
    })
}

fn extended(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, _, info| {
        let kind = Kind { wide: true, seed: int8(arguments[1].get(row)).cast_unsigned() };
        Ok(Datum::I64(kind.value(info.argument_types[0], arguments[0].get(row)).cast_signed()))
    })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("hashmacaddr8", hash),
    builtin("hashmacaddr", hash),
    builtin("hashtext", hash),
    builtin("hashinet", hash),
    builtin("hash_numeric", hash),
    builtin("hashint2", hash),
    builtin("hashint4", hash),
    builtin("hashfloat4", hash),
    builtin("hashfloat8", hash),
    builtin("hashoid", hash),
    builtin("hashchar", hash),
    builtin("hashname", hash),
    builtin("hashoidvector", hash),
    builtin("hash_array", hash),
    builtin("hashint8", hash),
    builtin("hashbpchar", hash),
    builtin("time_hash", hash),
    builtin("timetz_hash", hash),
    builtin("interval_hash", hash),
    builtin("timestamp_hash", hash),
    builtin("hashtid", hash),
    builtin("uuid_hash", hash),
    builtin("pg_lsn_hash", hash),
    builtin("hashenum", hash),
    builtin("hash_range", hash),
    builtin("jsonb_hash", hash),
    builtin("hash_multirange", hash),
    builtin("hash_record", hash),
    builtin("hashbytea", hash),
    builtin("hashdate", hash),
    builtin("hashbool", hash),
    builtin("hashxid", hash),
    builtin("hashxid8", hash),
    builtin("hashcid", hash),
    builtin("timestamptz_hash", hash),
    builtin("hashint4extended", extended),
    builtin("hashint2extended", extended),
    builtin("hashint8extended", extended),
    builtin("hashfloat4extended", extended),
    builtin("hashfloat8extended", extended),
    builtin("hashoidextended", extended),
    builtin("hashcharextended", extended),
    builtin("hashnameextended", extended),
    builtin("hashtextextended", extended),
    builtin("hashoidvectorextended", extended),
    builtin("hashmacaddrextended", extended),
    builtin("hashinetextended", extended),
    builtin("hash_numeric_extended", extended),
    builtin("hashmacaddr8extended", extended),
    builtin("hash_array_extended", extended),
    builtin("hashbpcharextended", extended),
    builtin("hashtidextended", extended),
    builtin("time_hash_extended", extended),
    builtin("timetz_hash_extended", extended),
    builtin("timestamp_hash_extended", extended),
    builtin("uuid_hash_extended", extended),
    builtin("pg_lsn_hash_extended", extended),
    builtin("hashenumextended", extended),
    builtin("jsonb_hash_extended", extended),
    builtin("hash_range_extended", extended),
    builtin("interval_hash_extended", extended),
    builtin("hash_multirange_extended", extended),
    builtin("hash_record_extended", extended),
    builtin("hashbyteaextended", extended),
    builtin("hashdateextended", extended),
    builtin("hashboolextended", extended),
    builtin("hashxidextended", extended),
    builtin("hashxid8extended", extended),
    builtin("hashcidextended", extended),
    builtin("timestamptz_hash_extended", extended),
];
