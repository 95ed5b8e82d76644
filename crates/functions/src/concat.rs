//! Text of values of any type: concat, concat_ws, format; arrays from and to text.

use crate::call::text;
use crate::{Builtin, Call, CallInfo, Environment, builtin};
use batch::Vector;
use error::{Error, Result, SqlState};
use types::array::{Array, array_of_values};
use types::{Datum, Oid, ValueRef, type_oid};

/// Appends the text form of an argument; nothing for NULL.
fn output(
    type_id: Oid,
    value: ValueRef<'_>,
    environment: &dyn Environment,
    out: &mut Vec<u8>,
) -> Result<()> {
    types::output(type_id, value, &environment.text_context(), out)
}

fn concat(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, environment, info| {
        let mut out = Vec::new();
        for (argument, type_id) in arguments.iter().zip(&info.argument_types) {
            output(*type_id, argument.get(row), environment, &mut out)?;
        }
        Ok(out)
    })
}

fn concat_ws(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, environment, info| {
        let Some(separator) = arguments[0].get(row).bytes() else { return Ok(None) };
        let mut out = Vec::new();
        let mut first = true;
        for (argument, type_id) in arguments.iter().zip(&info.argument_types).skip(1) {
            let value = argument.get(row);
            if value.is_null() {
                continue;
            }
            if !first {
                out.extend_from_slice(separator);
            }
            first = false;
            output(*type_id, value, environment, &mut out)?;
        }
        Ok(Some(out))
    })
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

/// What stands between % and the letter.
#[derive(Default)]
struct Specifier {
    position: Option<usize>,
    width: Option<i64>,
    left: bool,
    letter: char,
}

struct Format<'a> {
    arguments: &'a [&'a Vector],
    row: usize,
    info: &'a CallInfo,
    /// The next argument that no position names.
    next: usize,
}

impl Format<'_> {
    fn value(&mut self, position: Option<usize>) -> Result<(Oid, ValueRef<'_>)> {
        let index = position.unwrap_or(self.next);
        self.next = index + 1;
        let argument =
            self.arguments.get(index).ok_or_else(|| invalid("too few arguments for format()"))?;
        Ok((self.info.argument_types[index], argument.get(self.row)))
    }

    fn write(
        &mut self,
        specifier: &Specifier,
        environment: &dyn Environment,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let (type_id, value) = self.value(specifier.position)?;
        let mut shown = Vec::new();
        output(type_id, value, environment, &mut shown)?;
        let shown = String::from_utf8_lossy(&shown).into_owned();
        let shown = match specifier.letter {
            's' => shown,
            'I' if value.is_null() => {
                return Err(Error::new(
                    SqlState::NULL_VALUE_NOT_ALLOWED,
                    "null values cannot be formatted as an SQL identifier",
                ));
            }
            'I' => types::quote_identifier(&shown),
            _ if value.is_null() => "NULL".to_owned(),
            _ => types::quote_literal(&shown),
        };
        let width = specifier.width.unwrap_or(0);
        let missing =
            usize::try_from(width.abs()).unwrap_or(0).saturating_sub(shown.chars().count());
        let left = specifier.left || width < 0;
        if !left {
            out.resize(out.len() + missing, b' ');
        }
        out.extend_from_slice(shown.as_bytes());
        if left {
            out.resize(out.len() + missing, b' ');
        }
        Ok(())
    }

    /// The width that an argument gives: `*` or `*n$`.
    fn width(&mut self, position: Option<usize>) -> Result<i64> {
        let (_, value) = self.value(position)?;
        Ok(match value {
            ValueRef::I16(width) => i64::from(width),
            ValueRef::I32(width) => i64::from(width),
            ValueRef::I64(width) => width,
            ValueRef::Null => 0,
            ValueRef::Bytes(bytes) => {
                let digits = std::str::from_utf8(bytes).unwrap_or("");
                i64::from(types::integer::input4(digits)?)
            }
            ValueRef::Bool(_) | ValueRef::F32(_) | ValueRef::F64(_) | ValueRef::Fixed16(_) => {
                return Err(invalid("a width must be a whole number"));
            }
        })
    }
}

/// A number at the start of a text, and what follows it.
fn number(source: &str) -> Result<(Option<usize>, &str)> {
    let end = source.find(|c: char| !c.is_ascii_digit()).unwrap_or(source.len());
    if end == 0 {
        return Ok((None, source));
    }
    let number = source[..end].parse::<i32>().ok().and_then(|n| usize::try_from(n).ok());
    let number = number.ok_or_else(|| {
        Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range")
    })?;
    Ok((Some(number), &source[end..]))
}

fn unterminated() -> Error {
    invalid("unterminated format() type specifier").hint("For a single \"%\" use \"%%\".")
}

fn from_one(position: usize) -> Result<usize> {
    if position == 0 {
        return Err(invalid("format specifies argument 0, but arguments are numbered from 1"));
    }
    Ok(position)
}

fn specifier<'s>(source: &'s str, format: &mut Format<'_>) -> Result<(Specifier, &'s str)> {
    let mut specifier = Specifier::default();
    let (first, mut rest) = number(source)?;
    match (first, rest.strip_prefix('$')) {
        (Some(position), Some(after)) => {
            specifier.position = Some(from_one(position)?);
            rest = after;
        }
        (Some(width), None) => specifier.width = i64::try_from(width).ok(),
        (None, _) => {}
    }
    if specifier.width.is_none() {
        while let Some(after) = rest.strip_prefix('-') {
            specifier.left = true;
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('*') {
            let (position, after) = number(after)?;
            rest = after;
            let position = match position {
                Some(position) => {
                    rest = rest
                        .strip_prefix('$')
                        .ok_or_else(|| invalid("width argument position must be ended by \"$\""))?;
                    Some(from_one(position)?)
                }
                None => None,
            };
            specifier.width = Some(format.width(position)?);
        } else {
            let (width, after) = number(rest)?;
            specifier.width = width.and_then(|width| i64::try_from(width).ok());
            rest = after;
        }
    }
    specifier.letter = rest.chars().next().ok_or_else(unterminated)?;
    let after = &rest[specifier.letter.len_utf8()..];
    Ok((specifier, after))
}

/// format(): %s, %I, %L, %% with positions, widths and the flag -.
fn format(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, environment, info| {
        let pattern = arguments[0].get(row);
        if pattern.is_null() {
            return Ok(None);
        }
        let mut out = Vec::new();
        let mut rest = text(pattern);
        let mut format = Format { arguments, row, info, next: 1 };
        while let Some(at) = rest.find('%') {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out.push(b'%');
                rest = after;
                continue;
            }
            let (specifier, after) = specifier(rest, &mut format)?;
            rest = after;
            if !matches!(specifier.letter, 's' | 'I' | 'L') {
                let message =
                    format!("unrecognized format() type specifier \"{}\"", specifier.letter);
                return Err(invalid(message).hint("For a single \"%\" use \"%%\"."));
            }
            format.write(&specifier, environment, &mut out)?;
        }
        out.extend_from_slice(rest.as_bytes());
        Ok(Some(out))
    })
}

/// The fields of a text, split at a separator: each character where it is NULL; NULL for a field that equals `null`.
pub(crate) fn split<'t>(
    source: &'t str,
    separator: Option<&'t str>,
    null: Option<&str>,
) -> Vec<Option<&'t str>> {
    let fields: Vec<&str> = match separator {
        _ if source.is_empty() => Vec::new(),
        None => source.split_inclusive(|_: char| true).collect(),
        Some("") => vec![source],
        Some(separator) => source.split(separator).collect(),
    };
    fields.into_iter().map(|field| (Some(field) != null).then_some(field)).collect()
}

fn text_to_array(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, _| {
        let string = |index: usize| {
            let value = arguments.get(index).map_or(ValueRef::Null, |argument| argument.get(row));
            (!value.is_null()).then(|| text(value))
        };
        let Some(source) = string(0) else { return Ok(None) };
        let fields = split(source, string(1), string(2));
        let fields = fields.iter().map(|field| match field {
            Some(field) => ValueRef::Bytes(field.as_bytes()),
            None => ValueRef::Null,
        });
        array_of_values(type_oid::TEXT, fields).map(Some)
    })
}

fn array_to_text(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, environment, _| {
        let (array, separator) = (arguments[0].get(row), arguments[1].get(row));
        let (Some(array), Some(separator)) = (array.bytes(), separator.bytes()) else {
            return Ok(None);
        };
        let null = arguments.get(2).map_or(ValueRef::Null, |argument| argument.get(row));
        let array = Array::parse(array)?;
        let mut out = Vec::new();
        let mut first = true;
        for element in array.iter() {
            if element.is_null() && null.is_null() {
                continue;
            }
            if !first {
                out.extend_from_slice(separator);
            }
            first = false;
            match null.bytes() {
                Some(null) if element.is_null() => out.extend_from_slice(null),
                _ => output(array.element_type(), element, environment, &mut out)?,
            }
        }
        Ok(Some(out))
    })
}

fn parse_ident(call: &mut Call<'_>) -> Result<()> {
    call.map2(|source: &str, strict: bool| {
        let parts = crate::text::parse_identifiers(source, strict)?;
        let parts: Vec<Datum> = parts.iter().map(|part| Datum::text(part)).collect();
        array_of_values(type_oid::TEXT, parts.iter().map(Datum::as_ref))
    })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("text_concat", concat),
    builtin("text_concat_ws", concat_ws),
    builtin("text_format", format),
    builtin("text_format_nv", format),
    builtin("text_to_array", text_to_array),
    builtin("text_to_array_null", text_to_array),
    builtin("array_to_text", array_to_text),
    builtin("array_to_text_null", array_to_text),
    builtin("parse_ident", parse_ident),
];
