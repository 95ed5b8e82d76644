//! Assignment to a part of a jsonb value: `value['a'][0] = ...`.

use super::invalid;
use error::{Error, Result, SqlState, stack_check};
use types::json::jsonb::{self, Json};

/// The value with what is at the path replaced; what the path lacks is made, gaps in arrays are filled with nulls.
/// 22023 where the path goes through a scalar.
pub fn assign_jsonb(
    source: Option<&[u8]>,
    path: &[String],
    value: Option<&[u8]>,
    first_is_number: bool,
) -> Result<Vec<u8>> {
    let mut null = Vec::new();
    jsonb::write_null(&mut null);
    let value = value.unwrap_or(&null);
    let mut empty = Vec::new();
    if first_is_number {
        jsonb::write_items([], &mut empty)?;
    } else {
        jsonb::write_pairs(Vec::new(), &mut empty)?;
    }
    set(source.unwrap_or(&empty), path, 0, value)
}

fn set(source: &[u8], path: &[String], level: usize, value: &[u8]) -> Result<Vec<u8>> {
    stack_check()?;
    let Some(key) = path.get(level) else { return Ok(value.to_vec()) };
    let mut out = Vec::new();
    match jsonb::parse(source) {
        Json::Object(pairs) => {
            let inner = match pairs.get(key) {
                Some(old) => set(old, path, level + 1, value)?,
                None => made(path, level + 1, value)?,
            };
            let mut list: Vec<(String, Vec<u8>)> = pairs
                .iter()
                .filter(|(name, _)| name != key)
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect();
            list.push((key.clone(), inner));
            jsonb::write_pairs(list, &mut out)?;
        }
        Json::Array(items) => {
            let mut list: Vec<Vec<u8>> = items.iter().map(<[u8]>::to_vec).collect();
            let index = index_of(key, level, list.len())?;
            match list.get_mut(index) {
                Some(place) => *place = set(place, path, level + 1, value)?,
                None => {
                    fill(&mut list, index);
                    list.push(made(path, level + 1, value)?);
                }
            }
            jsonb::write_items(list.iter().map(Vec::as_slice), &mut out)?;
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            return Err(invalid("cannot replace existing key")
                .detail("The path assumes key is a composite object, but it is a scalar value."));
        }
    }
    Ok(out)
}

fn fill(list: &mut Vec<Vec<u8>>, length: usize) {
    let mut null = Vec::new();
    jsonb::write_null(&mut null);
    list.resize(length, null);
}

/// Which element a path's key means; a negative one counts from the end.
fn index_of(key: &str, level: usize, length: usize) -> Result<usize> {
    let Ok(index) = key.trim().parse::<i64>() else {
        let text = format!("path element at position {} is not an integer: \"{key}\"", level + 1);
        return Err(Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text));
    };
    let from_start = if index < 0 { index + i64::try_from(length).unwrap_or(0) } else { index };
    usize::try_from(from_start).map_err(|_| {
        let text = format!("path element at position {} is out of range: {index}", level + 1);
        invalid(text)
    })
}

/// The value within what the rest of the path names: arrays for numbers, objects for all else.
fn made(path: &[String], level: usize, value: &[u8]) -> Result<Vec<u8>> {
    let mut inner = value.to_vec();
    for (place, key) in path.iter().enumerate().skip(level).rev() {
        let mut out = Vec::new();
        if key.parse::<i64>().is_ok() {
            let mut list = Vec::new();
            fill(&mut list, index_of(key, place, 0)?);
            list.push(inner);
            jsonb::write_items(list.iter().map(Vec::as_slice), &mut out)?;
        } else {
            jsonb::write_pairs(vec![(key.clone(), inner)], &mut out)?;
        }
        inner = out;
    }
    Ok(inner)
}
