//! Arrays and rows.

use super::{Node, Run, convert::Cast, row_number, run_all};
use crate::expr::Conversion;
use batch::{Rows, Values, Vector};
use error::{Error, Result, SqlState, stack_check};
use types::array::{Array, Dimension, array_of_values, build_array};
use types::{Datum, Oid, TextContext, ValueRef, element_of, record};

/// `left op ANY/ALL (array)`: the elements go through the operand one after the other, for rows still undecided.
#[expect(clippy::too_many_arguments, reason = "the parts of one operation and of one run")]
pub(super) fn quantified(
    array: &mut Node,
    comparison: &mut Node,
    operand: usize,
    element_type: Oid,
    all: bool,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    debug_assert!(element_type.is_valid(), "an array has elements");
    array.run(rows, run)?;
    out.reset(rows.end());
    let arrays = array.output(run.input);
    let (mut open, mut longest) = (Vec::new(), 0);
    for row in rows.iter() {
        match arrays.get(row).bytes() {
            None => out.set_null(row),
            Some(bytes) => {
                longest = longest.max(Array::parse(bytes)?.len());
                out.set(row, ValueRef::Bool(all));
                open.push(row_number(row));
            }
        }
    }
    let mut with_element = Vec::new();
    for index in 0..longest {
        with_element.clear();
        let place = &mut run.operands[operand];
        place.clear();
        for &number in &open {
            let row = usize::from(number);
            let ValueRef::Bytes(bytes) = array.output(run.input).get(row) else { continue };
            let values = Array::parse(bytes)?;
            if index < values.len() {
                place.set(row, values.get(index));
                with_element.push(number);
            }
        }
        if with_element.is_empty() {
            return Ok(());
        }
        comparison.run(Rows::Some(&with_element), run)?;
        let result = comparison.output(run.input);
        let Values::Bool(values) = &result.values else {
            return Err(Error::internal("a comparison is a boolean"));
        };
        open.retain(|&number| {
            let row = usize::from(number);
            if !with_element.contains(&number) {
                return true;
            }
            let place = row & result.mask();
            if result.nulls.get(place) {
                out.nulls.set(row);
                return true;
            }
            let decided = values[place] != all;
            if decided {
                out.nulls.unset(row);
                out.set(row, ValueRef::Bool(!all));
            }
            !decided
        });
    }
    Ok(())
}

/// ARRAY[...].
pub(super) fn array(
    elements: &mut [Node],
    nested: bool,
    element_type: Oid,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    run_all(elements, rows, run)?;
    let constant = elements.iter().all(|e| e.output(run.input).is_constant()) && rows.count() > 0;
    let rows = if constant { Rows::All(1) } else { rows };
    out.reset(rows.end());
    for row in rows.iter() {
        let values: Vec<ValueRef<'_>> =
            elements.iter().map(|e| e.output(run.input).get(row)).collect();
        let bytes = if nested {
            join_arrays(element_type, &values)?
        } else {
            array_of_values(element_type, values)?
        };
        out.set(row, ValueRef::Bytes(&bytes));
    }
    if constant {
        out.make_constant();
    }
    Ok(())
}

/// Arrays as the elements of one with a dimension more; NULL ones count as empty.
fn join_arrays(element_type: Oid, values: &[ValueRef<'_>]) -> Result<Vec<u8>> {
    let mismatch = || {
        let text = "multidimensional arrays must have array expressions with matching dimensions";
        Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, text)
    };
    let mut inner: Option<Vec<Dimension>> = None;
    let mut all = Vec::new();
    let mut empty = 0;
    for value in values {
        let Some(bytes) = value.bytes() else {
            empty += 1;
            continue;
        };
        let array = Array::parse(bytes)?;
        let dimensions: Vec<Dimension> = array.dimensions().collect();
        if dimensions.is_empty() {
            empty += 1;
            continue;
        }
        if inner.get_or_insert_with(|| dimensions.clone()) != &dimensions {
            return Err(mismatch());
        }
        all.extend(array.iter());
    }
    let Some(inner) = inner else { return build_array(element_type, &[], []) };
    if empty > 0 {
        return Err(mismatch());
    }
    let length = i32::try_from(values.len()).map_err(|_| mismatch())?;
    let mut dimensions = vec![Dimension { length, lower: 1 }];
    dimensions.extend(inner);
    if dimensions.len() > types::array::DIMENSIONS_MAX {
        let text = format!(
            "number of array dimensions ({}) exceeds the maximum allowed ({})",
            dimensions.len(),
            types::array::DIMENSIONS_MAX
        );
        return Err(Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, text));
    }
    build_array(element_type, &dimensions, all)
}

/// ROW(...).
pub(super) fn row(
    fields: &mut [Node],
    types: &[Oid],
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    run_all(fields, rows, run)?;
    out.reset(rows.end());
    for row in rows.iter() {
        let values = types.iter().copied().zip(fields.iter().map(|f| f.output(run.input).get(row)));
        out.set(row, ValueRef::Bytes(&record::build_record(values)));
    }
    Ok(())
}

/// `array[index]` and `array[lower:upper]`; outside the bounds NULL, or an empty array.
pub(super) fn subscript(
    array: &mut Node,
    indexes: &mut [(Option<Node>, Option<Node>)],
    slice: bool,
    array_type: Oid,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    array.run(rows, run)?;
    for node in indexes.iter_mut().flat_map(|(lower, upper)| [lower, upper]).flatten() {
        node.run(rows, run)?;
    }
    out.reset(rows.end());
    for row in rows.iter() {
        let bound = |node: &Option<Node>| match node.as_ref().map(|n| n.output(run.input).get(row))
        {
            None => Some(None),
            Some(ValueRef::I32(number)) => Some(Some(number)),
            Some(_) => None,
        };
        let bounds: Option<Vec<(Option<i32>, Option<i32>)>> =
            indexes.iter().map(|(lower, upper)| Some((bound(lower)?, bound(upper)?))).collect();
        let (Some(bytes), Some(bounds)) = (array.output(run.input).get(row).bytes(), bounds) else {
            out.set_null(row);
            continue;
        };
        if types::element_of(array_type).is_none() {
            fixed_element(array_type, bytes, &bounds, slice, out, row)?;
            continue;
        }
        let values = Array::parse(bytes)?;
        if slice {
            let element_type = element_of(array_type).unwrap_or(values.element_type());
            let bytes = slice_of(&values, element_type, &bounds)?;
            out.set(row, ValueRef::Bytes(&bytes));
            continue;
        }
        let subscripts: Vec<i32> = bounds.iter().filter_map(|(_, upper)| *upper).collect();
        match values.index_of(&subscripts) {
            Some(index) => out.set(row, values.get(index)),
            None => out.set_null(row),
        }
    }
    Ok(())
}

/// An element of a value of fixed length: a number of a point, a letter of a name; NULL outside it.
fn fixed_element(
    type_id: Oid,
    bytes: &[u8],
    bounds: &[(Option<i32>, Option<i32>)],
    slice: bool,
    out: &mut Vector,
    row: usize,
) -> Result<()> {
    if slice {
        return Err(Error::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "slices of fixed-length arrays not implemented",
        ));
    }
    let [(None, Some(index))] = bounds else {
        out.set_null(row);
        return Ok(());
    };
    let index = usize::try_from(*index).unwrap_or(usize::MAX);
    if type_id == types::type_oid::NAME {
        const NAME_BYTES: usize = 64;
        match bytes.get(index) {
            Some(byte) => out.set(row, ValueRef::I16(i16::from(*byte))),
            None if index < NAME_BYTES => out.set(row, ValueRef::I16(0)),
            None => out.set_null(row),
        }
        return Ok(());
    }
    let numbers = types::geometry::numbers(bytes);
    match super::assign::fixed_width(type_id) {
        Some(1) if index < numbers.len() => out.set(row, ValueRef::F64(numbers[index])),
        Some(2) if index < numbers.len() / 2 => {
            let point = types::geometry::bytes_of(&numbers[index * 2..index * 2 + 2]);
            out.set(row, ValueRef::Bytes(&point));
        }
        Some(_) | None => out.set_null(row),
    }
    Ok(())
}

fn slice_of(
    values: &Array<'_>,
    element_type: Oid,
    bounds: &[(Option<i32>, Option<i32>)],
) -> Result<Vec<u8>> {
    let dimensions: Vec<Dimension> = values.dimensions().collect();
    if bounds.len() > dimensions.len() {
        return build_array(element_type, &[], []);
    }
    // Dimensions without bounds are taken whole; bounds are cut to what there is.
    let mut ranges: Vec<(i64, i64)> = Vec::with_capacity(dimensions.len());
    for (index, dimension) in dimensions.iter().enumerate() {
        let (first, last) = (
            i64::from(dimension.lower),
            i64::from(dimension.lower) + i64::from(dimension.length) - 1,
        );
        let (lower, upper) = bounds.get(index).copied().unwrap_or((None, None));
        let lower = lower.map_or(first, i64::from).max(first);
        let upper = upper.map_or(last, i64::from).min(last);
        if lower > upper {
            return build_array(element_type, &[], []);
        }
        ranges.push((lower, upper));
    }
    let mut elements = Vec::new();
    let mut place: Vec<i64> = ranges.iter().map(|range| range.0).collect();
    'all: loop {
        let subscripts: Vec<i32> = place.iter().filter_map(|p| i32::try_from(*p).ok()).collect();
        elements.extend(values.index_of(&subscripts).map(|index| values.get(index)));
        for index in (0..place.len()).rev() {
            place[index] += 1;
            if place[index] <= ranges[index].1 {
                continue 'all;
            }
            place[index] = ranges[index].0;
        }
        break;
    }
    let shape: Vec<Dimension> = ranges
        .iter()
        .filter_map(|(lower, upper)| i32::try_from(upper - lower + 1).ok())
        .map(|length| Dimension { length, lower: 1 })
        .collect();
    build_array(element_type, &shape, elements)
}

/// A field of a composite value.
pub(super) fn field(
    record: &mut Node,
    number: usize,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    record.run(rows, run)?;
    out.reset(rows.end());
    let result = record.output(run.input);
    for row in rows.iter() {
        match result.get(row).bytes() {
            None => out.set_null(row),
            Some(bytes) => {
                let values = record::Record::parse(bytes)?;
                // A row older than a column of its type is short.
                let value =
                    if number < values.len() { values.get(number).1 } else { ValueRef::Null };
                out.set(row, value);
            }
        }
    }
    Ok(())
}

/// An array with each element as another type, through text.
pub(super) fn convert_elements(
    cast: Cast,
    value: ValueRef<'_>,
    context: &TextContext<'_>,
) -> Result<Datum> {
    let (Some(source), Some(target)) = (element_of(cast.source), element_of(cast.target)) else {
        return Err(Error::internal("an element-wise cast is between arrays"));
    };
    let Some(bytes) = value.bytes() else { return Ok(Datum::Null) };
    let array = Array::parse(bytes)?;
    let one = Cast { conversion: Conversion::InOut, source, target, ..cast };
    let mut text = Vec::new();
    let mut converted = Vec::with_capacity(array.len());
    for element in array.iter() {
        converted.push(if element.is_null() {
            Datum::Null
        } else {
            super::convert::through_text(one, element, context, &mut text)?
        });
    }
    let dimensions: Vec<Dimension> = array.dimensions().collect();
    let bytes = build_array(target, &dimensions, converted.iter().map(Datum::as_ref))?;
    Ok(Datum::Bytes(bytes.into()))
}
