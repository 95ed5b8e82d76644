//! Functions and operators of arrays.

use crate::call::{Call, int4, is_true};
use crate::{Builtin, builtin};
use batch::Vector;
use error::{Error, Result, SqlState};
use types::array::{Array, Dimension, array_of_values, build_array, element_count};
use types::{Oid, ValueRef, builtin_type, type_oid};

fn invalid(message: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

fn subscript_error(message: impl Into<String>) -> Error {
    Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, message)
}

fn element_type(array_type: Oid) -> Oid {
    builtin_type(array_type).map_or(Oid::INVALID, |row| row.element)
}

/// The array of an argument; `None` where it is NULL.
fn array<'a>(arguments: &[&'a Vector], row: usize, index: usize) -> Result<Option<Array<'a>>> {
    arguments[index].get(row).bytes().map(Array::parse).transpose()
}

fn dimensions(array: &Array<'_>) -> Vec<Dimension> {
    array.dimensions().collect()
}

fn equal(type_id: Oid, collation: Oid, a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    match (a.is_null(), b.is_null()) {
        (false, false) => types::equal(type_id, collation, a, b),
        (a, b) => a && b,
    }
}

/// A part of a dimension by its 1-based number.
fn dimension_part(call: &mut Call<'_>, part: fn(Dimension) -> i32) -> Result<()> {
    call.map2(|bytes: &[u8], number: i32| {
        let index = usize::try_from(i64::from(number) - 1).ok();
        let found = match index {
            Some(index) => Array::parse(bytes)?.dimensions().nth(index),
            None => None,
        };
        Ok(found.map(part))
    })
}

fn dims(call: &mut Call<'_>) -> Result<()> {
    call.map1(|bytes: &[u8]| {
        let array = Array::parse(bytes)?;
        let shown: String = array
            .dimensions()
            .map(|d| format!("[{}:{}]", d.lower, i64::from(d.lower) + i64::from(d.length) - 1))
            .collect();
        Ok((!shown.is_empty()).then_some(shown))
    })
}

/// An array with an element put before or after; NULL stands for an empty one.
fn push(call: &mut Call<'_>, at_end: bool) -> Result<()> {
    call.map_rows(|arguments, row, _, info| {
        let (array_at, element_at) = if at_end { (0, 1) } else { (1, 0) };
        let element = arguments[element_at].get(row);
        let element_type = element_type(info.argument_types[array_at]);
        let Some(array) = array(arguments, row, array_at)? else {
            return array_of_values(element_type, [element]);
        };
        let Some(first) = array.dimensions().next() else {
            return array_of_values(element_type, [element]);
        };
        if array.dimension_count() > 1 {
            return Err(Error::new(
                SqlState::DATA_EXCEPTION,
                "argument must be empty or one-dimensional array",
            ));
        }
        // What goes before takes the lower bound, as PostgreSQL keeps it.
        let grown = [Dimension { length: first.length + 1, lower: first.lower }];
        element_count(&grown)?;
        let one = std::iter::once(element);
        if at_end {
            build_array(element_type, &grown, array.iter().chain(one))
        } else {
            build_array(element_type, &grown, one.chain(array.iter()))
        }
    })
}

fn cannot_join(detail: String) -> Error {
    subscript_error("cannot concatenate incompatible arrays").detail(detail)
}

fn join(a: &Array<'_>, b: &Array<'_>) -> Result<Vec<u8>> {
    let (x, y) = (dimensions(a), dimensions(b));
    let element = a.element_type();
    if x.is_empty() {
        return build_array(element, &y, b.iter());
    }
    if y.is_empty() {
        return build_array(element, &x, a.iter());
    }
    let mismatch = || {
        cannot_join(
            "Arrays with differing element dimensions are not compatible for concatenation."
                .to_owned(),
        )
    };
    let joined = if x.len() == y.len() {
        if x[1..] != y[1..] {
            return Err(mismatch());
        }
        let mut joined = x;
        joined[0].length += y[0].length;
        joined
    } else if x.len() == y.len() + 1 || y.len() == x.len() + 1 {
        let (outer, inner) = if x.len() > y.len() { (&x, &y) } else { (&y, &x) };
        if outer[1..] != inner[..] {
            return Err(cannot_join(
                "Arrays with differing dimensions are not compatible for concatenation.".to_owned(),
            ));
        }
        let mut joined = outer.clone();
        joined[0].length += 1;
        joined
    } else {
        return Err(cannot_join(format!(
            "Arrays of {} and {} dimensions are not compatible for concatenation.",
            x.len(),
            y.len()
        )));
    };
    element_count(&joined)?;
    build_array(element, &joined, a.iter().chain(b.iter()))
}

fn concatenate(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, _| {
        let (a, b) = (array(arguments, row, 0)?, array(arguments, row, 1)?);
        match (a, b) {
            (Some(a), Some(b)) => join(&a, &b).map(Some),
            (Some(_), None) => Ok(arguments[0].get(row).bytes().map(<[u8]>::to_vec)),
            (None, _) => Ok(arguments[1].get(row).bytes().map(<[u8]>::to_vec)),
        }
    })
}

fn one_dimension(array: &Array<'_>, what: &str) -> Result<()> {
    if array.dimension_count() > 1 {
        return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, what));
    }
    Ok(())
}

fn lower_bound(array: &Array<'_>) -> i32 {
    array.dimensions().next().map_or(1, |dimension| dimension.lower)
}

/// How many of the thresholds, which are in order, a value reaches. 2202E, 22004.
fn width_bucket(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, _, info| {
        let thresholds = Array::parse(arguments[1].get(row).bytes().unwrap_or(&[]))?;
        if thresholds.dimension_count() > 1 {
            let text = "thresholds must be one-dimensional array";
            return Err(Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, text));
        }
        if thresholds.has_nulls() {
            let text = "thresholds array must not contain NULLs";
            return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
        }
        let (value, element) = (arguments[0].get(row), thresholds.element_type());
        let (mut low, mut high) = (0, thresholds.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let at = thresholds.get(middle);
            if types::compare(element, info.collation, value, at).is_lt() {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        crate::text::count(low)
    })
}

/// The subscript of the first element that equals a value, from a subscript on.
fn position(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, info| {
        let Some(array) = array(arguments, row, 0)? else { return Ok(None) };
        one_dimension(
            &array,
            "searching for elements in multidimensional arrays is not supported",
        )?;
        let (wanted, lower) = (arguments[1].get(row), lower_bound(&array));
        let from = match arguments.get(2).map(|argument| argument.get(row)) {
            _ if array.is_empty() => return Ok(None),
            Some(ValueRef::Null) => {
                return Err(Error::new(
                    SqlState::NULL_VALUE_NOT_ALLOWED,
                    "initial position must not be null",
                ));
            }
            Some(value) => int4(value),
            None => lower,
        };
        let skipped = usize::try_from(i64::from(from) - i64::from(lower)).unwrap_or(0);
        let found = array
            .iter()
            .enumerate()
            .skip(skipped)
            .find(|(_, element)| equal(array.element_type(), info.collation, *element, wanted));
        Ok(found.map(|(index, _)| lower + i32::try_from(index).unwrap_or(i32::MAX)))
    })
}

fn positions(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, info| {
        let Some(array) = array(arguments, row, 0)? else { return Ok(None) };
        one_dimension(
            &array,
            "searching for elements in multidimensional arrays is not supported",
        )?;
        let (wanted, lower) = (arguments[1].get(row), lower_bound(&array));
        let found: Vec<ValueRef<'_>> = (lower..)
            .zip(array.iter())
            .filter(|(_, element)| equal(array.element_type(), info.collation, *element, wanted))
            .map(|(subscript, _)| ValueRef::I32(subscript))
            .collect();
        array_of_values(type_oid::INT4, found).map(Some)
    })
}

fn remove(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, info| {
        let Some(array) = array(arguments, row, 0)? else { return Ok(None) };
        one_dimension(&array, "removing elements from multidimensional arrays is not supported")?;
        let unwanted = arguments[1].get(row);
        let element_type = array.element_type();
        let kept: Vec<ValueRef<'_>> = array
            .iter()
            .filter(|element| !equal(element_type, info.collation, *element, unwanted))
            .collect();
        let length = i32::try_from(kept.len()).unwrap_or(i32::MAX);
        let dimension = Dimension { length, lower: lower_bound(&array) };
        build_array(element_type, &[dimension], kept).map(Some)
    })
}

fn replace(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, info| {
        let Some(array) = array(arguments, row, 0)? else { return Ok(None) };
        let (old, new) = (arguments[1].get(row), arguments[2].get(row));
        let element_type = array.element_type();
        let replaced = array.iter().map(|element| {
            if equal(element_type, info.collation, element, old) { new } else { element }
        });
        build_array(element_type, &dimensions(&array), replaced).map(Some)
    })
}

/// Whether every element of `inner` equals one of `outer`; NULL equals nothing.
fn contains(outer: &[u8], inner: &[u8], collation: Oid) -> Result<bool> {
    let (outer, inner) = (Array::parse(outer)?, Array::parse(inner)?);
    let type_id = inner.element_type();
    Ok(inner.iter().all(|wanted| {
        !wanted.is_null()
            && outer.iter().any(|e| !e.is_null() && types::equal(type_id, collation, e, wanted))
    }))
}

fn overlaps(a: &[u8], b: &[u8], collation: Oid) -> Result<bool> {
    let (a, b) = (Array::parse(a)?, Array::parse(b)?);
    let type_id = a.element_type();
    Ok(a.iter()
        .filter(|x| !x.is_null())
        .any(|x| b.iter().any(|y| !y.is_null() && types::equal(type_id, collation, x, y))))
}

/// The lengths or bounds that an int4 array gives.
fn numbers(array: &Array<'_>) -> Result<Vec<i32>> {
    if array.dimension_count() > 1 {
        return Err(subscript_error("wrong number of array subscripts")
            .detail("Dimension array must be one dimensional."));
    }
    if array.has_nulls() {
        return Err(Error::new(
            SqlState::NULL_VALUE_NOT_ALLOWED,
            "dimension values cannot be null",
        ));
    }
    Ok(array.iter().map(int4).collect())
}

fn fill(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, info| {
        let missing = || {
            Error::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "dimension array or low bound array cannot be null",
            )
        };
        let lengths = array(arguments, row, 1)?.ok_or_else(missing)?;
        let lowers = match arguments.get(2) {
            Some(_) => Some(array(arguments, row, 2)?.ok_or_else(missing)?),
            None => None,
        };
        let lengths = numbers(&lengths)?;
        let lowers = lowers.map_or_else(|| Ok(vec![1; lengths.len()]), |list| numbers(&list))?;
        if lengths.len() != lowers.len() {
            return Err(subscript_error("wrong number of array subscripts")
                .detail("Low bound array has different size than dimensions array."));
        }
        if lengths.len() > types::array::DIMENSIONS_MAX {
            return Err(Error::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                format!(
                    "number of array dimensions ({}) exceeds the maximum allowed ({})",
                    lengths.len(),
                    types::array::DIMENSIONS_MAX
                ),
            ));
        }
        let shape: Vec<Dimension> = lengths
            .into_iter()
            .zip(lowers)
            .map(|(length, lower)| Dimension { length, lower })
            .collect();
        let count = element_count(&shape)?;
        let value = arguments[0].get(row);
        let element = info.argument_types[0];
        build_array(element, &shape, std::iter::repeat_n(value, count))
    })
}

fn trim(call: &mut Call<'_>) -> Result<()> {
    call.map2(|bytes: &[u8], count: i32| {
        let array = Array::parse(bytes)?;
        let mut shape = dimensions(&array);
        let length = shape.first().map_or(0, |dimension| dimension.length);
        if count < 0 || count > length {
            return Err(Error::new(
                SqlState::ARRAY_ELEMENT_ERROR,
                format!("number of elements to trim must be between 0 and {length}"),
            ));
        }
        if let Some(first) = shape.first_mut() {
            first.length -= count;
        }
        // What is left is a slice, whose subscripts start at 1.
        shape.iter_mut().for_each(|dimension| dimension.lower = 1);
        let kept = element_count(&shape)?;
        build_array(array.element_type(), &shape, array.iter().take(kept))
    })
}

/// The slices of the outermost dimension, in another order.
fn reordered(array: &Array<'_>, order: &[usize]) -> Result<Vec<u8>> {
    let mut shape = dimensions(array);
    let outer = shape.first().map_or(0, |d| usize::try_from(d.length).unwrap_or(0));
    let size = array.len().checked_div(outer).unwrap_or(0);
    if let Some(first) = shape.first_mut() {
        first.length = i32::try_from(order.len()).unwrap_or(i32::MAX);
    }
    let elements =
        order.iter().flat_map(|slice| (slice * size..(slice + 1) * size).map(|i| array.get(i)));
    build_array(array.element_type(), &shape, elements)
}

/// The slices of the outermost dimension as arrays.
fn slices(array: &Array<'_>) -> Result<Vec<Vec<u8>>> {
    let shape = dimensions(array);
    let inner = shape.get(1..).unwrap_or(&[]);
    let size = array.len().checked_div(outer_length(array)).unwrap_or(0);
    let slice = |index: usize| {
        let elements = (index * size..(index + 1) * size).map(|place| array.get(place));
        build_array(array.element_type(), inner, elements)
    };
    (0..outer_length(array)).map(slice).collect()
}

fn outer_length(array: &Array<'_>) -> usize {
    array.dimensions().next().map_or(0, |d| usize::try_from(d.length).unwrap_or(0))
}

fn reverse(call: &mut Call<'_>) -> Result<()> {
    call.map1(|bytes: &[u8]| {
        let array = Array::parse(bytes)?;
        let order: Vec<usize> = (0..outer_length(&array)).rev().collect();
        reordered(&array, &order)
    })
}

fn sort(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, _, info| {
        let flag = |index: usize| arguments.get(index).map(|argument| is_true(argument.get(row)));
        let descending = flag(1).unwrap_or(false);
        let nulls_first = flag(2).unwrap_or(descending);
        let array = Array::parse(arguments[0].get(row).bytes().unwrap_or(&[]))?;
        let mut order: Vec<usize> = (0..outer_length(&array)).collect();
        if array.dimension_count() > 1 {
            let slices = slices(&array)?;
            order.sort_by(|a, b| {
                let [x, y] = [a, b].map(|index| ValueRef::Bytes(&slices[*index]));
                let order = types::compare(type_oid::ANYARRAY, info.collation, x, y);
                if descending { order.reverse() } else { order }
            });
            return reordered(&array, &order);
        }
        order.sort_by(|a, b| {
            let (x, y) = (array.get(*a), array.get(*b));
            match (x.is_null(), y.is_null()) {
                (false, false) => {
                    let order = types::compare(array.element_type(), info.collation, x, y);
                    if descending { order.reverse() } else { order }
                }
                (x, y) if nulls_first => y.cmp(&x),
                (x, y) => x.cmp(&y),
            }
        });
        reordered(&array, &order)
    })
}

fn sample(call: &mut Call<'_>, whole: bool) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let array = Array::parse(arguments[0].get(row).bytes().unwrap_or(&[]))?;
        let length = outer_length(&array);
        let count = if whole {
            length
        } else {
            let count = int4(arguments[1].get(row));
            usize::try_from(count)
                .ok()
                .filter(|count| *count <= length)
                .ok_or_else(|| invalid(format!("sample size must be between 0 and {length}")))?
        };
        let mut order: Vec<usize> = (0..length).collect();
        for at in 0..count {
            let left = u64::try_from(length - at).unwrap_or(1);
            let step = usize::try_from(environment.random() % left).unwrap_or(0);
            order.swap(at, at + step);
        }
        order.truncate(count);
        reordered(&array, &order)
    })
}

/// How many arguments are, or are not, NULL; of an array the elements.
fn count_nulls(call: &mut Call<'_>, nulls: bool) -> Result<()> {
    call.map_rows(|arguments, row, _, _| {
        let found = arguments.iter().filter(|argument| argument.is_null(row) == nulls).count();
        crate::text::count(found)
    })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("width_bucket_array", width_bucket),
    builtin("array_append", |call| push(call, true)),
    builtin("array_prepend", |call| push(call, false)),
    builtin("array_cat", concatenate),
    builtin("array_length", |call| dimension_part(call, |d| d.length)),
    builtin("array_lower", |call| dimension_part(call, |d| d.lower)),
    builtin("array_upper", |call| dimension_part(call, |d| d.lower + d.length - 1)),
    builtin("array_ndims", |call| {
        call.map1(|bytes: &[u8]| {
            let count = Array::parse(bytes)?.dimension_count();
            Ok((count > 0).then(|| i32::try_from(count).unwrap_or(0)))
        })
    }),
    builtin("array_dims", dims),
    builtin("array_cardinality", |call| {
        call.map1(|bytes: &[u8]| crate::text::count(Array::parse(bytes)?.len()))
    }),
    builtin("array_position", position),
    builtin("array_position_start", position),
    builtin("array_positions", positions),
    builtin("array_remove", remove),
    builtin("array_replace", replace),
    builtin("arraycontains", |call| {
        call.map2_in(|a: &[u8], b: &[u8], _, info| contains(a, b, info.collation))
    }),
    builtin("arraycontained", |call| {
        call.map2_in(|a: &[u8], b: &[u8], _, info| contains(b, a, info.collation))
    }),
    builtin("arrayoverlap", |call| {
        call.map2_in(|a: &[u8], b: &[u8], _, info| overlaps(a, b, info.collation))
    }),
    builtin("array_fill", fill),
    builtin("array_fill_with_lower_bounds", fill),
    builtin("trim_array", trim),
    builtin("array_reverse", reverse),
    builtin("array_sort", sort),
    builtin("array_sort_order", sort),
    builtin("array_sort_order_nulls_first", sort),
    builtin("array_shuffle", |call| sample(call, true)),
    builtin("array_sample", |call| sample(call, false)),
    builtin("pg_num_nulls", |call| count_nulls(call, true)),
    builtin("pg_num_nonnulls", |call| count_nulls(call, false)),
];
