//! string_agg, array_agg, json_agg, jsonb_agg and their object forms: values collected in order.

use crate::json_build::{Form, Key};
use crate::{Accumulator, Aggregate, AggregateInfo, Environment, aggregate, json_build};
use batch::{Rows, Vector};
use error::{Error, Result, SqlState};
use std::collections::HashSet;
use types::array::{Array, Dimension, array_of_values, build_array};
use types::{Datum, Oid, builtin_type};

/// string_agg: values with the separators that came with all but the first.
struct Strings {
    values: Vec<Option<Vec<u8>>>,
    bytes: usize,
}

impl Accumulator for Strings {
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
            let Some(value) = arguments[0].get(row).bytes() else { continue };
            let state = &mut self.values[groups[row] as usize];
            let before = state.as_ref().map_or(0, Vec::len);
            match state {
                Some(joined) => {
                    joined.extend_from_slice(arguments[1].get(row).bytes().unwrap_or(&[]));
                    joined.extend_from_slice(value);
                }
                None => *state = Some(value.to_vec()),
            }
            let after = state.as_ref().map_or(0, Vec::len);
            if after > crate::text::VALUE_BYTES_MAX {
                return Err(crate::text::too_large());
            }
            self.bytes += after - before;
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        let value = self.values[group as usize].as_deref();
        Ok(value.map_or(Datum::Null, |bytes| Datum::Bytes(bytes.into())))
    }

    fn clear(&mut self) {
        self.values.clear();
        self.bytes = 0;
    }

    fn memory_bytes(&self) -> usize {
        self.bytes
    }
}

fn strings(_: &AggregateInfo) -> Box<dyn Accumulator> {
    Box::new(Strings { values: Vec::new(), bytes: 0 })
}

/// Values kept as they are, NULLs included.
struct Arrays {
    groups: Vec<Vec<Datum>>,
    element_type: Oid,
    /// Whether the values are arrays themselves, which become one with a dimension more.
    nested: bool,
    bytes: usize,
}

impl Accumulator for Arrays {
    fn grow(&mut self, group_count: usize) {
        if self.groups.len() < group_count {
            self.groups.resize_with(group_count, Vec::new);
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
            let value = arguments[0].get(row).to_datum();
            if self.nested && value.is_null() {
                return Err(Error::new(
                    SqlState::NULL_VALUE_NOT_ALLOWED,
                    "cannot accumulate null arrays",
                ));
            }
            self.bytes += size_of::<Datum>() + value.as_ref().bytes().map_or(0, <[u8]>::len);
            self.groups[groups[row] as usize].push(value);
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        let values = &self.groups[group as usize];
        if values.is_empty() {
            return Ok(Datum::Null);
        }
        let bytes = if self.nested {
            nest(values)?
        } else {
            array_of_values(self.element_type, values.iter().map(Datum::as_ref))?
        };
        Ok(Datum::Bytes(bytes.into()))
    }

    fn clear(&mut self) {
        self.groups.clear();
        self.bytes = 0;
    }

    fn memory_bytes(&self) -> usize {
        self.bytes
    }
}

/// The arrays as the slices of one. 2202E where they differ in shape.
fn nest(values: &[Datum]) -> Result<Vec<u8>> {
    let mismatch = |message| Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, message);
    let arrays: Result<Vec<Array<'_>>> =
        values.iter().map(|value| Array::parse(value.as_ref().bytes().unwrap_or(&[]))).collect();
    let arrays = arrays?;
    let shape: Vec<Dimension> = arrays[0].dimensions().collect();
    if shape.is_empty() {
        return Err(mismatch("cannot accumulate empty arrays"));
    }
    if arrays.iter().any(|array| !array.dimensions().eq(shape.iter().copied())) {
        return Err(mismatch("cannot accumulate arrays of different dimensionality"));
    }
    let length = i32::try_from(arrays.len()).unwrap_or(i32::MAX);
    let dimensions: Vec<Dimension> =
        std::iter::once(Dimension { length, lower: 1 }).chain(shape).collect();
    build_array(arrays[0].element_type(), &dimensions, arrays.iter().flat_map(Array::iter))
}

fn arrays(info: &AggregateInfo) -> Box<dyn Accumulator> {
    let element_type = info.argument_types[0];
    Box::new(Arrays { groups: Vec::new(), element_type, nested: false, bytes: 0 })
}

fn nested_arrays(info: &AggregateInfo) -> Box<dyn Accumulator> {
    let row = builtin_type(info.argument_types[0]);
    let element_type = row.map_or(Oid::INVALID, |row| row.element);
    Box::new(Arrays { groups: Vec::new(), element_type, nested: true, bytes: 0 })
}

/// What becomes of NULL values and of repeated keys.
#[derive(Debug, Clone, Copy)]
struct Rules {
    form: Form,
    object: bool,
    skip_nulls: bool,
    unique: bool,
}

#[derive(Default)]
struct JsonGroup {
    started: bool,
    builder: json_build::Builder,
    keys: HashSet<Vec<u8>>,
}

/// json_agg, json_object_agg and the like.
struct Jsons {
    groups: Vec<JsonGroup>,
    types: Vec<Oid>,
    rules: Rules,
}

impl Accumulator for Jsons {
    fn grow(&mut self, group_count: usize) {
        if self.groups.len() < group_count {
            self.groups.resize_with(group_count, JsonGroup::default);
        }
    }

    fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        rows: Rows<'_>,
        environment: &mut dyn Environment,
    ) -> Result<()> {
        let Rules { form, object, skip_nulls, unique } = self.rules;
        for row in rows.iter() {
            let group = &mut self.groups[groups[row] as usize];
            group.started = true;
            let (value_at, key_at) = if object { (1, Some(0)) } else { (0, None) };
            let value = arguments[value_at].get(row);
            let mut key = None;
            if let Some(at) = key_at {
                let shown = Key::of(self.types[at], arguments[at].get(row), environment)?;
                if unique
                    && !(skip_nulls && value.is_null())
                    && !group.keys.insert(shown.text.clone())
                {
                    return Err(json_build::duplicate_key(&shown));
                }
                key = Some(shown);
            }
            if skip_nulls && value.is_null() {
                continue;
            }
            group.builder.push(form, key.as_ref(), self.types[value_at], value, environment)?;
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        let group = &self.groups[group as usize];
        if !group.started {
            return Ok(Datum::Null);
        }
        let bytes = group.builder.finish(self.rules.form, self.rules.object)?;
        Ok(Datum::Bytes(bytes.into()))
    }

    fn clear(&mut self) {
        self.groups.clear();
    }

    fn memory_bytes(&self) -> usize {
        self.groups.iter().map(|group| group.builder.memory_bytes()).sum()
    }
}

fn jsons(info: &AggregateInfo, rules: Rules) -> Box<dyn Accumulator> {
    Box::new(Jsons { groups: Vec::new(), types: info.argument_types.clone(), rules })
}

const JSON: Rules = Rules { form: Form::Text, object: false, skip_nulls: false, unique: false };
const JSONB: Rules = Rules { form: Form::Binary, ..JSON };

pub(super) const AGGREGATES: &[Aggregate] = &[
    aggregate("string_agg_transfn", "string_agg_finalfn", strings),
    aggregate("bytea_string_agg_transfn", "bytea_string_agg_finalfn", strings),
    aggregate("array_agg_transfn", "array_agg_finalfn", arrays),
    aggregate("array_agg_array_transfn", "array_agg_array_finalfn", nested_arrays),
    aggregate("json_agg_transfn", "json_agg_finalfn", |info| jsons(info, JSON)),
    aggregate("json_agg_strict_transfn", "json_agg_finalfn", |info| {
        jsons(info, Rules { skip_nulls: true, ..JSON })
    }),
    aggregate("jsonb_agg_transfn", "jsonb_agg_finalfn", |info| jsons(info, JSONB)),
    aggregate("jsonb_agg_strict_transfn", "jsonb_agg_finalfn", |info| {
        jsons(info, Rules { skip_nulls: true, ..JSONB })
    }),
    aggregate("json_object_agg_transfn", "json_object_agg_finalfn", |info| {
        jsons(info, Rules { object: true, ..JSON })
    }),
    aggregate("json_object_agg_strict_transfn", "json_object_agg_finalfn", |info| {
        jsons(info, Rules { object: true, skip_nulls: true, ..JSON })
    }),
    aggregate("json_object_agg_unique_transfn", "json_object_agg_finalfn", |info| {
        jsons(info, Rules { object: true, unique: true, ..JSON })
    }),
    aggregate("json_object_agg_unique_strict_transfn", "json_object_agg_finalfn", |info| {
        jsons(info, Rules { object: true, skip_nulls: true, unique: true, ..JSON })
    }),
    aggregate("jsonb_object_agg_transfn", "jsonb_object_agg_finalfn", |info| {
        jsons(info, Rules { object: true, ..JSONB })
    }),
    aggregate("jsonb_object_agg_strict_transfn", "jsonb_object_agg_finalfn", |info| {
        jsons(info, Rules { object: true, skip_nulls: true, ..JSONB })
    }),
    aggregate("jsonb_object_agg_unique_transfn", "jsonb_object_agg_finalfn", |info| {
        jsons(info, Rules { object: true, unique: true, ..JSONB })
    }),
    aggregate("jsonb_object_agg_unique_strict_transfn", "jsonb_object_agg_finalfn", |info| {
        jsons(info, Rules { object: true, skip_nulls: true, unique: true, ..JSONB })
    }),
];
