//! Values with an element, a slice or a field replaced: what assignments to parts of columns make.

use super::{Node, Run};
use batch::{Rows, Vector};
use error::{Error, Result, SqlState, stack_check};
use types::array::{Array, Dimension, build_array};
use types::geometry::{bytes_of, numbers};
use types::record::{Record, build_record};
use types::{Oid, ValueRef, element_of, type_oid};

fn wrong(message: &str) -> Error {
    Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, message)
}

/// One dimension's bounds: NULL is an error, what is not written is `None`.
type Bounds = Vec<(Option<i32>, Option<i32>)>;

#[expect(clippy::too_many_arguments, reason = "the parts of one operation and of one run")]
pub(super) fn assign_element(
    array: &mut Node,
    indexes: &mut [(Option<Node>, Option<Node>)],
    slice: bool,
    value: &mut Node,
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
    value.run(rows, run)?;
    out.reset(rows.end());
    for row in rows.iter() {
        let old = array.output(run.input).get(row);
        let new = value.output(run.input).get(row);
        if array_type == type_oid::JSONB {
            out.set(row, ValueRef::Bytes(&assign_json(old, indexes, new, row, run)?));
            continue;
        }
        let bound = |node: &Option<Node>| match node.as_ref().map(|n| n.output(run.input).get(row))
        {
            None => Ok(None),
            Some(ValueRef::I32(number)) => Ok(Some(number)),
            Some(_) => Err(Error::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "array subscript in assignment must not be null",
            )),
        };
        let bounds: Bounds = indexes
            .iter()
            .map(|(lower, upper)| Ok((bound(lower)?, bound(upper)?)))
            .collect::<Result<_>>()?;
        if let Some(width) = fixed_width(array_type) {
            match fixed(old, &bounds, new, width)? {
                Some(bytes) => out.set(row, ValueRef::Bytes(&bytes)),
                None => out.set_null(row),
            }
            continue;
        }
        let element_type = element_of(array_type).unwrap_or(Oid::INVALID);
        let empty = build_array(element_type, &[], [])?;
        let bytes = old.bytes().unwrap_or(&empty);
        let changed = if slice {
            match new.bytes() {
                // Nothing is assigned to the slice.
                None if old.is_null() => {
                    out.set_null(row);
                    continue;
                }
                None => bytes.to_vec(),
                Some(source) => assign_slice(bytes, element_type, &bounds, source)?,
            }
        } else {
            let place: Vec<i32> = bounds.iter().filter_map(|(_, upper)| *upper).collect();
            assign_one(bytes, element_type, &place, new)?
        };
        out.set(row, ValueRef::Bytes(&changed));
    }
    Ok(())
}

/// A jsonb value with what is at a path replaced.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only numbers and texts are keys")]
fn assign_json(
    old: ValueRef<'_>,
    indexes: &[(Option<Node>, Option<Node>)],
    new: ValueRef<'_>,
    row: usize,
    run: &Run<'_>,
) -> Result<Vec<u8>> {
    let mut path = Vec::with_capacity(indexes.len());
    let mut first_is_number = false;
    for (index, (_, node)) in indexes.iter().enumerate() {
        match node.as_ref().map_or(ValueRef::Null, |node| node.output(run.input).get(row)) {
            ValueRef::I32(number) => {
                first_is_number |= index == 0;
                path.push(number.to_string());
            }
            ValueRef::Bytes(text) => path.push(String::from_utf8_lossy(text).into_owned()),
            _ => {
                return Err(Error::new(
                    SqlState::NULL_VALUE_NOT_ALLOWED,
                    "jsonb subscript in assignment must not be null",
                ));
            }
        }
    }
    functions::assign_jsonb(old.bytes(), &path, new.bytes(), first_is_number)
}

/// How many numbers an element of a geometric type of fixed length has.
pub(super) fn fixed_width(type_id: Oid) -> Option<usize> {
    match type_id {
        type_oid::POINT | type_oid::LINE => Some(1),
        type_oid::LSEG | type_oid::BOX => Some(2),
        _ => None,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of many kinds only numbers and points are parts"
)]
fn fixed(
    old: ValueRef<'_>,
    bounds: &[(Option<i32>, Option<i32>)],
    new: ValueRef<'_>,
    width: usize,
) -> Result<Option<Vec<u8>>> {
    let [(None, Some(index))] = bounds else {
        return Err(wrong("wrong number of array subscripts"));
    };
    let parts: Vec<f64> = match new {
        ValueRef::F64(number) => vec![number],
        ValueRef::Bytes(bytes) => numbers(bytes),
        _ => {
            return Err(Error::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "cannot assign null to an element of a fixed-length array",
            ));
        }
    };
    let Some(bytes) = old.bytes() else { return Ok(None) };
    let mut all = numbers(bytes);
    let start = usize::try_from(*index).ok().map(|index| index * width);
    let place = start.and_then(|start| all.get_mut(start..start + width));
    place.ok_or_else(|| wrong("array subscript out of range"))?.copy_from_slice(&parts);
    Ok(Some(bytes_of(&all)))
}

fn assign_one(
    bytes: &[u8],
    element_type: Oid,
    place: &[i32],
    value: ValueRef<'_>,
) -> Result<Vec<u8>> {
    let array = Array::parse(bytes)?;
    let mut dimensions: Vec<Dimension> = array.dimensions().collect();
    if dimensions.is_empty() {
        let shape: Vec<Dimension> =
            place.iter().map(|lower| Dimension { length: 1, lower: *lower }).collect();
        return build_array(element_type, &shape, [value]);
    }
    if dimensions.len() != place.len() {
        return Err(wrong("wrong number of array subscripts"));
    }
    let mut elements: Vec<ValueRef<'_>> = array.iter().collect();
    if let ([dimension], [index]) = (dimensions.as_mut_slice(), place) {
        let at = grow(dimension, &mut elements, *index, *index)?;
        elements[at] = value;
    } else {
        let at = array.index_of(place).ok_or_else(|| wrong("array subscript out of range"))?;
        elements[at] = value;
    }
    build_array(element_type, &dimensions, elements)
}

/// Makes room in an array of one dimension for the subscripts from `lower` to `upper`, and tells where `lower` is.
fn grow(
    dimension: &mut Dimension,
    elements: &mut Vec<ValueRef<'_>>,
    lower: i32,
    upper: i32,
) -> Result<usize> {
    const ELEMENTS_MAX: usize = (1 << 30) / 8 - 1;
    let too_large = || {
        let text = format!("array size exceeds the maximum allowed ({ELEMENTS_MAX})");
        Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, text)
    };
    let (first, count) = (i64::from(dimension.lower), i64::from(dimension.length));
    let start = first.min(i64::from(lower));
    let end = (first + count - 1).max(i64::from(upper));
    let length = usize::try_from(end - start + 1).map_err(|_| too_large())?;
    if length > ELEMENTS_MAX {
        return Err(too_large());
    }
    let before = usize::try_from(first - start).map_err(|_| too_large())?;
    elements.splice(0..0, std::iter::repeat_n(ValueRef::Null, before));
    elements.resize(length, ValueRef::Null);
    dimension.lower = i32::try_from(start).map_err(|_| too_large())?;
    dimension.length = i32::try_from(length).map_err(|_| too_large())?;
    usize::try_from(i64::from(lower) - start).map_err(|_| too_large())
}

fn assign_slice(
    bytes: &[u8],
    element_type: Oid,
    bounds: &[(Option<i32>, Option<i32>)],
    source: &[u8],
) -> Result<Vec<u8>> {
    let array = Array::parse(bytes)?;
    let source = Array::parse(source)?;
    let mut dimensions: Vec<Dimension> = array.dimensions().collect();
    let empty = dimensions.is_empty();
    if empty {
        for (lower, upper) in bounds {
            let (Some(lower), Some(upper)) = (lower, upper) else {
                return Err(wrong("array slice subscript must provide both boundaries").detail(
                    "When assigning to a slice of an empty array value, slice boundaries must be fully specified.",
                ));
            };
            let length = upper.checked_sub(*lower).and_then(|length| length.checked_add(1));
            let length = length.filter(|length| *length > 0).ok_or_else(backwards)?;
            dimensions.push(Dimension { length, lower: *lower });
        }
    } else if dimensions.len() < bounds.len() {
        return Err(wrong("wrong number of array subscripts"));
    }
    let mut ranges = Vec::with_capacity(dimensions.len());
    for (index, dimension) in dimensions.iter().enumerate() {
        let (lower, upper) = bounds.get(index).copied().unwrap_or((None, None));
        let lower = lower.unwrap_or(dimension.lower);
        let upper = upper.unwrap_or(dimension.lower + dimension.length - 1);
        if lower > upper {
            return Err(backwards());
        }
        ranges.push((lower, upper));
    }
    let count: usize = ranges
        .iter()
        .map(|(l, u)| usize::try_from(i64::from(*u) - i64::from(*l) + 1).unwrap_or(0))
        .product();
    if count > source.len() {
        return Err(wrong("source array too small"));
    }
    if empty {
        return build_array(element_type, &dimensions, source.iter().take(count));
    }
    let mut elements: Vec<ValueRef<'_>> = array.iter().collect();
    if let ([dimension], [(lower, upper)]) = (dimensions.as_mut_slice(), ranges.as_slice()) {
        let at = grow(dimension, &mut elements, *lower, *upper)?;
        for (place, value) in elements[at..at + count].iter_mut().zip(source.iter()) {
            *place = value;
        }
        return build_array(element_type, &dimensions, elements);
    }
    let mut place: Vec<i32> = ranges.iter().map(|range| range.0).collect();
    for value in source.iter().take(count) {
        let at = array.index_of(&place).ok_or_else(|| wrong("array subscript out of range"))?;
        elements[at] = value;
        for index in (0..place.len()).rev() {
            place[index] += 1;
            if place[index] <= ranges[index].1 {
                break;
            }
            place[index] = ranges[index].0;
        }
    }
    build_array(element_type, &dimensions, elements)
}

fn backwards() -> Error {
    wrong("upper bound cannot be less than lower bound")
}

/// A composite value with one field replaced; of NULL, with all others NULL.
pub(super) fn assign_field(
    record: &mut Node,
    number: usize,
    types: &[Oid],
    value: &mut Node,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    record.run(rows, run)?;
    value.run(rows, run)?;
    out.reset(rows.end());
    for row in rows.iter() {
        let old = record.output(run.input).get(row);
        let old = old.bytes().map(Record::parse).transpose()?;
        let field = |index: usize| match &old {
            _ if index == number => value.output(run.input).get(row),
            Some(record) if index < record.len() => record.get(index).1,
            Some(_) | None => ValueRef::Null,
        };
        let fields = types.iter().enumerate().map(|(index, type_id)| (*type_id, field(index)));
        out.set(row, ValueRef::Bytes(&build_record(fields)));
    }
    Ok(())
}
