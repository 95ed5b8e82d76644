//! Aggregates of ranges and multiranges.

use crate::{Accumulator, Aggregate, AggregateInfo, Environment, aggregate};
use batch::{Rows, Vector};
use error::Result;
use types::range::{Range, decode_multirange, encode_multirange, intersection, normalised};
use types::{Datum, Oid};

pub(super) const AGGREGATES: &[Aggregate] = &[
    aggregate("range_agg_transfn", "range_agg_finalfn", |info| start(info, false)),
    aggregate("multirange_agg_transfn", "multirange_agg_finalfn", |info| start(info, false)),
    aggregate("range_intersect_agg_transfn", "", |info| start(info, true)),
    aggregate("multirange_intersect_agg_transfn", "", |info| start(info, true)),
];

/// The union or intersection of what each group has seen.
struct Sets {
    groups: Vec<Option<Vec<Range>>>,
    intersect: bool,
    /// Whether the values are multiranges, and the result too.
    multiranges: bool,
    multirange_result: bool,
    subtype: Oid,
}

fn start(info: &AggregateInfo, intersect: bool) -> Box<dyn Accumulator> {
    let argument = info.argument_types.first().copied().unwrap_or_default();
    let subtype = types::range::subtype_of_multirange(argument);
    Box::new(Sets {
        groups: Vec::new(),
        intersect,
        multiranges: types::range::is_multirange(argument),
        multirange_result: types::range::is_multirange(info.result_type),
        subtype: subtype.or_else(|| types::range::subtype_of_range(argument)).unwrap_or_default(),
    })
}

impl Accumulator for Sets {
    fn grow(&mut self, group_count: usize) {
        if self.groups.len() < group_count {
            self.groups.resize(group_count, None);
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
            let Some(bytes) = arguments[0].get(row).bytes() else { continue };
            let value = if self.multiranges {
                decode_multirange(bytes)?
            } else {
                let range = Range::decode(bytes)?;
                if range.empty { Vec::new() } else { vec![range] }
            };
            let state = &mut self.groups[groups[row] as usize];
            *state = Some(match state.take() {
                None => value,
                Some(known) if self.intersect => intersection(&known, &value),
                Some(mut known) => {
                    known.extend(value);
                    known
                }
            });
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        let Some(ranges) = &self.groups[group as usize] else { return Ok(Datum::Null) };
        let bytes = if self.multirange_result {
            encode_multirange(self.subtype, &normalised(ranges.clone()))
        } else {
            ranges.first().cloned().unwrap_or_else(|| Range::empty(self.subtype)).encode()
        };
        Ok(Datum::Bytes(bytes.into()))
    }

    fn clear(&mut self) {
        self.groups.clear();
    }
}
