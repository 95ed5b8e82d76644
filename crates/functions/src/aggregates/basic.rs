//! count, min, max, bool_and, bool_or, bits, any_value.

use super::{Fold, fold};
use crate::{Accumulator, Aggregate, AggregateInfo, Environment, aggregate};
use batch::{Rows, Vector};
use error::Result;
use std::cmp::Ordering;
use types::{Datum, Oid, float};

/// count(*) and, with an argument, count of what is not NULL.
struct Count {
    counts: Vec<i64>,
}

impl Accumulator for Count {
    fn grow(&mut self, group_count: usize) {
        if self.counts.len() < group_count {
            self.counts.resize(group_count, 0);
        }
    }

    fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        rows: Rows<'_>,
        _: &mut dyn Environment,
    ) -> Result<()> {
        // regr_count has two arguments, and counts where neither is NULL.
        let nullable: Vec<&&Vector> = arguments.iter().filter(|a| a.nulls.any()).collect();
        for row in rows.iter() {
            if nullable.is_empty() || !nullable.iter().any(|argument| argument.is_null(row)) {
                self.counts[groups[row] as usize] += 1;
            }
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        Ok(Datum::I64(self.counts[group as usize]))
    }

    fn clear(&mut self) {
        self.counts.clear();
    }
}

fn count(_: &AggregateInfo) -> Box<dyn Accumulator> {
    Box::new(Count { counts: Vec::new() })
}

/// Which value of a group is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    First,
    Greatest,
    Least,
}

/// One value of each group, of any type.
struct Kept {
    values: Vec<Option<Datum>>,
    keep: Keep,
    type_id: Oid,
    collation: Oid,
    bytes: usize,
}

impl Accumulator for Kept {
    fn grow(&mut self, group_count: usize) {
        if self.values.len() < group_count {
            self.values.resize(group_count, None);
        }
    }

    fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        rows: Rows<'_>,
        _: &mut dyn Environment,
    ) -> Result<()> {
        for row in rows.iter() {
            let value = arguments[0].get(row);
            if value.is_null() {
                continue;
            }
            let kept = &mut self.values[groups[row] as usize];
            let better = match kept {
                None => true,
                Some(_) if self.keep == Keep::First => false,
                Some(old) => {
                    let order = types::compare(self.type_id, self.collation, value, old.as_ref());
                    order
                        == if self.keep == Keep::Greatest {
                            Ordering::Greater
                        } else {
                            Ordering::Less
                        }
                }
            };
            if better {
                let old = kept.as_ref().map_or(0, size);
                let new = value.to_datum();
                self.bytes = (self.bytes + size(&new)).saturating_sub(old);
                *kept = Some(new);
            }
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        Ok(self.values[group as usize].clone().unwrap_or(Datum::Null))
    }

    fn clear(&mut self) {
        self.values.clear();
        self.bytes = 0;
    }

    fn memory_bytes(&self) -> usize {
        self.bytes
    }
}

fn size(value: &Datum) -> usize {
    value.as_ref().bytes().map_or(0, <[u8]>::len)
}

fn kept(info: &AggregateInfo, keep: Keep) -> Box<dyn Accumulator> {
    Box::new(Kept {
        values: Vec::new(),
        keep,
        type_id: info.argument_types[0],
        collation: info.collation,
        bytes: 0,
    })
}

fn greatest(info: &AggregateInfo) -> Box<dyn Accumulator> {
    kept(info, Keep::Greatest)
}

fn least(info: &AggregateInfo) -> Box<dyn Accumulator> {
    kept(info, Keep::Least)
}

fn first(info: &AggregateInfo) -> Box<dyn Accumulator> {
    kept(info, Keep::First)
}

macro_rules! folds {
    ($($name:ident: $type:ty = $join:expr;)*) => {$(
        struct $name;
        impl Fold for $name {
            type Value = $type;
            #[inline]
            fn join(state: $type, value: $type) -> Result<$type> {
                let join: fn($type, $type) -> $type = $join;
                Ok(join(state, value))
            }
        }
    )*};
}

folds! {
    And: bool = |a, b| a && b;
    Or: bool = |a, b| a || b;
    Max2: i16 = Ord::max;
    Max4: i32 = Ord::max;
    Max8: i64 = Ord::max;
    Min2: i16 = Ord::min;
    Min4: i32 = Ord::min;
    Min8: i64 = Ord::min;
    MaxFloat: f64 = |a, b| if float::compare(b, a).is_gt() { b } else { a };
    MinFloat: f64 = |a, b| if float::compare(b, a).is_lt() { b } else { a };
    And2: i16 = |a, b| a & b;
    And4: i32 = |a, b| a & b;
    And8: i64 = |a, b| a & b;
    Or2: i16 = |a, b| a | b;
    Or4: i32 = |a, b| a | b;
    Or8: i64 = |a, b| a | b;
    Xor2: i16 = |a, b| a ^ b;
    Xor4: i32 = |a, b| a ^ b;
    Xor8: i64 = |a, b| a ^ b;
}

pub(super) const AGGREGATES: &[Aggregate] = &[
    aggregate("int8inc", "", count),
    aggregate("int8inc_any", "", count),
    aggregate("int8inc_float8_float8", "", count),
    aggregate("any_value_transfn", "", first),
    aggregate("booland_statefunc", "", fold::<And>),
    aggregate("boolor_statefunc", "", fold::<Or>),
    aggregate("int2and", "", fold::<And2>),
    aggregate("int4and", "", fold::<And4>),
    aggregate("int8and", "", fold::<And8>),
    aggregate("int2or", "", fold::<Or2>),
    aggregate("int4or", "", fold::<Or4>),
    aggregate("int8or", "", fold::<Or8>),
    aggregate("int2xor", "", fold::<Xor2>),
    aggregate("int4xor", "", fold::<Xor4>),
    aggregate("int8xor", "", fold::<Xor8>),
    aggregate("int2larger", "", fold::<Max2>),
    aggregate("int4larger", "", fold::<Max4>),
    aggregate("int8larger", "", fold::<Max8>),
    aggregate("oidlarger", "", fold::<Max8>),
    aggregate("float4larger", "", greatest),
    aggregate("float8larger", "", fold::<MaxFloat>),
    aggregate("date_larger", "", fold::<Max4>),
    aggregate("time_larger", "", fold::<Max8>),
    aggregate("timetz_larger", "", greatest),
    aggregate("timestamp_larger", "", fold::<Max8>),
    aggregate("timestamptz_larger", "", fold::<Max8>),
    aggregate("interval_larger", "", greatest),
    aggregate("text_larger", "", greatest),
    aggregate("bpchar_larger", "", greatest),
    aggregate("numeric_larger", "", greatest),
    aggregate("array_larger", "", greatest),
    aggregate("enum_larger", "", greatest),
    aggregate("record_larger", "", greatest),
    aggregate("tidlarger", "", greatest),
    aggregate("pg_lsn_larger", "", greatest),
    aggregate("xid8_larger", "", greatest),
    aggregate("bytea_larger", "", greatest),
    aggregate("int2smaller", "", fold::<Min2>),
    aggregate("int4smaller", "", fold::<Min4>),
    aggregate("int8smaller", "", fold::<Min8>),
    aggregate("oidsmaller", "", fold::<Min8>),
    aggregate("float4smaller", "", least),
    aggregate("float8smaller", "", fold::<MinFloat>),
    aggregate("date_smaller", "", fold::<Min4>),
    aggregate("time_smaller", "", fold::<Min8>),
    aggregate("timetz_smaller", "", least),
    aggregate("timestamp_smaller", "", fold::<Min8>),
    aggregate("timestamptz_smaller", "", fold::<Min8>),
    aggregate("interval_smaller", "", least),
    aggregate("text_smaller", "", least),
    aggregate("bpchar_smaller", "", least),
    aggregate("numeric_smaller", "", least),
    aggregate("array_smaller", "", least),
    aggregate("enum_smaller", "", least),
    aggregate("record_smaller", "", least),
    aggregate("tidsmaller", "", least),
    aggregate("pg_lsn_smaller", "", least),
    aggregate("xid8_smaller", "", least),
    aggregate("bytea_smaller", "", least),
];
