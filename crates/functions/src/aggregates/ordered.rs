//! Ordered-set and hypothetical-set aggregates: percentiles, mode, the rank that a row would have.
//!
//! Their rows come in order; the arguments are the direct ones and then those of WITHIN GROUP.

use crate::call::float8;
use crate::{Accumulator, Aggregate, AggregateInfo, Environment, aggregate};
use batch::{Rows, Vector};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;
use types::array::{Array, Dimension, build_array};
use types::{Datum, Interval, Oid, ValueRef};

pub(super) const AGGREGATES: &[Aggregate] = &[
    aggregate("ordered_set_transition", "percentile_disc_final", |info| {
        start(info, Finish::Discrete)
    }),
    aggregate("ordered_set_transition", "percentile_cont_float8_final", |info| {
        start(info, Finish::Continuous)
    }),
    aggregate("ordered_set_transition", "percentile_cont_interval_final", |info| {
        start(info, Finish::Continuous)
    }),
    aggregate("ordered_set_transition", "percentile_disc_multi_final", |info| {
        start(info, Finish::Discrete)
    }),
    aggregate("ordered_set_transition", "percentile_cont_float8_multi_final", |info| {
        start(info, Finish::Continuous)
    }),
    aggregate("ordered_set_transition", "percentile_cont_interval_multi_final", |info| {
        start(info, Finish::Continuous)
    }),
    aggregate("ordered_set_transition", "mode_final", |info| start(info, Finish::Mode)),
    aggregate("ordered_set_transition_multi", "rank_final", |info| start(info, Finish::Rank)),
    aggregate("ordered_set_transition_multi", "percent_rank_final", |info| {
        start(info, Finish::PercentRank)
    }),
    aggregate("ordered_set_transition_multi", "cume_dist_final", |info| {
        start(info, Finish::CumulativeDistribution)
    }),
    aggregate("ordered_set_transition_multi", "dense_rank_final", |info| {
        start(info, Finish::DenseRank)
    }),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finish {
    Discrete,
    Continuous,
    Mode,
    Rank,
    PercentRank,
    CumulativeDistribution,
    DenseRank,
}

/// What a group has seen.
#[derive(Default)]
struct Group {
    direct: Vec<Datum>,
    /// The values of WITHIN GROUP; of percentiles and mode those that are not NULL.
    rows: Vec<Vec<Datum>>,
}

struct Ordered {
    finish: Finish,
    info: AggregateInfo,
    /// How many arguments are direct.
    direct: usize,
    groups: Vec<Group>,
    bytes: usize,
}

fn start(info: &AggregateInfo, finish: Finish) -> Box<dyn Accumulator> {
    let direct = info.argument_types.len() - info.orders.len().min(info.argument_types.len());
    Box::new(Ordered { finish, info: info.clone(), direct, groups: Vec::new(), bytes: 0 })
}

impl Accumulator for Ordered {
    fn grow(&mut self, group_count: usize) {
        if self.groups.len() < group_count {
            self.groups.resize_with(group_count, Group::default);
        }
    }

    fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        rows: Rows<'_>,
        _: &mut dyn Environment,
    ) -> Result<()> {
        let (direct, sorted) = arguments.split_at(self.direct);
        let keeps_null = matches!(
            self.finish,
            Finish::Rank | Finish::PercentRank | Finish::CumulativeDistribution | Finish::DenseRank
        );
        for row in rows.iter() {
            let group = &mut self.groups[groups[row] as usize];
            if group.direct.is_empty() {
                group.direct = direct.iter().map(|vector| vector.get(row).to_datum()).collect();
            }
            if keeps_null || !sorted[0].is_null(row) {
                let values: Vec<Datum> = sorted.iter().map(|v| v.get(row).to_datum()).collect();
                self.bytes += size_of::<Vec<Datum>>() + values.len() * size_of::<Datum>();
                group.rows.push(values);
            }
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        let group = &self.groups[group as usize];
        match self.finish {
            Finish::Mode => Ok(self.mode(group)),
            Finish::Discrete | Finish::Continuous => self.percentiles(group),
            Finish::Rank
            | Finish::DenseRank
            | Finish::PercentRank
            | Finish::CumulativeDistribution => Ok(self.rank(group)),
        }
    }

    fn clear(&mut self) {
        self.groups.clear();
        self.bytes = 0;
    }

    fn memory_bytes(&self) -> usize {
        self.bytes
    }
}

#[expect(clippy::cast_precision_loss, reason = "PostgreSQL counts rows in float8 here")]
fn number(count: usize) -> f64 {
    count as f64
}

/// Between 0 and 1. 22003.
fn fraction(value: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    let text = format!("percentile value {value} is not between 0 and 1");
    Err(Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, text))
}

impl Ordered {
    fn value_type(&self) -> Oid {
        self.info.argument_types[self.direct]
    }

    fn mode(&self, group: &Group) -> Datum {
        let equal = |a: &Datum, b: &Datum| {
            types::equal(self.value_type(), self.info.collation, a.as_ref(), b.as_ref())
        };
        let (mut best, mut best_count, mut start) = (Datum::Null, 0, 0);
        for index in 0..group.rows.len() {
            if !equal(&group.rows[start][0], &group.rows[index][0]) {
                start = index;
            }
            if index + 1 - start > best_count {
                best_count = index + 1 - start;
                best = group.rows[start][0].clone();
            }
        }
        best
    }

    fn percentiles(&self, group: &Group) -> Result<Datum> {
        let wanted = group.direct.first().map_or(ValueRef::Null, Datum::as_ref);
        match wanted {
            ValueRef::F64(value) => self.percentile(group, value),
            ValueRef::Bytes(bytes) => {
                let array = Array::parse(bytes)?;
                let mut out = Vec::with_capacity(array.len());
                for value in array.iter() {
                    out.push(if value.is_null() {
                        Datum::Null
                    } else {
                        self.percentile(group, float8(value))?
                    });
                }
                let dimensions: Vec<Dimension> = array.dimensions().collect();
                let element = types::element_of(self.info.result_type).unwrap_or(self.value_type());
                let bytes = build_array(element, &dimensions, out.iter().map(Datum::as_ref))?;
                Ok(Datum::Bytes(bytes.into()))
            }
            ValueRef::Null
            | ValueRef::Bool(_)
            | ValueRef::I16(_)
            | ValueRef::I32(_)
            | ValueRef::I64(_)
            | ValueRef::F32(_)
            | ValueRef::Fixed16(_) => Ok(Datum::Null),
        }
    }

    fn percentile(&self, group: &Group, wanted: f64) -> Result<Datum> {
        let wanted = fraction(wanted)?;
        let count = group.rows.len();
        if count == 0 {
            return Ok(Datum::Null);
        }
        let at = |place: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is a whole number from 0 to the count"
            )]
            let index = place.max(0.0) as usize;
            &group.rows[index.min(count - 1)][0]
        };
        if self.finish == Finish::Discrete {
            return Ok(at((wanted * number(count)).ceil() - 1.0).clone());
        }
        let place = wanted * number(count - 1);
        let (low, high) = (at(place.floor()), at(place.ceil()));
        if place.floor() == place.ceil() {
            return Ok(low.clone());
        }
        let part = place - place.floor();
        match (low, high) {
            (Datum::F64(low), Datum::F64(high)) => Ok(Datum::F64(low + part * (high - low))),
            (Datum::Fixed16(low), Datum::Fixed16(high)) => {
                let (low, high) = (Interval::unpack(*low), Interval::unpack(*high));
                let step = crate::interval::multiply(high.sum(low.negated()?)?, part)?;
                Ok(Datum::Fixed16(step.sum(low)?.pack()))
            }
            (low, _) => Ok(low.clone()),
        }
    }

    /// How the hypothetical row stands to a row, in the order of WITHIN GROUP.
    fn compare(&self, row: &[Datum], hypothetical: &[Datum]) -> Ordering {
        for (index, (a, b)) in row.iter().zip(hypothetical).enumerate() {
            let (descending, nulls_first) = self.info.orders[index];
            let order = match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) if nulls_first => Ordering::Less,
                (true, false) => Ordering::Greater,
                (false, true) if nulls_first => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => {
                    let type_id = self.info.argument_types[self.direct + index];
                    let order =
                        types::compare(type_id, self.info.collation, a.as_ref(), b.as_ref());
                    if descending { order.reverse() } else { order }
                }
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }

    fn rank(&self, group: &Group) -> Datum {
        let orders: Vec<Ordering> =
            group.rows.iter().map(|row| self.compare(row, &group.direct)).collect();
        let count = orders.len();
        let before = orders.iter().filter(|order| order.is_lt()).count();
        let whole = |value: usize| Datum::I64(i64::try_from(value).unwrap_or(i64::MAX));
        match self.finish {
            Finish::DenseRank => {
                let distinct = group.rows[..before]
                    .windows(2)
                    .filter(|pair| self.compare(&pair[0], &pair[1]).is_ne())
                    .count();
                whole(1 + distinct + usize::from(before > 0))
            }
            Finish::PercentRank if count == 0 => Datum::F64(0.0),
            Finish::PercentRank => Datum::F64(number(before) / number(count)),
            Finish::CumulativeDistribution => {
                let up_to = orders.iter().filter(|order| order.is_le()).count();
                Datum::F64(number(up_to + 1) / number(count + 1))
            }
            Finish::Rank | Finish::Discrete | Finish::Continuous | Finish::Mode => {
                whole(before + 1)
            }
        }
    }
}
