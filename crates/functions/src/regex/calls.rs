//! The functions and operators over regular expressions.

use super::{Flags, Match, compile};
use crate::call::{Call, int4, text};
use crate::{
    Builtin, CallInfo, Environment, RowSource, SetReturning, builtin, series, set_returning,
};
use batch::Vector;
use error::{Error, Result, SqlState};
use types::array::array_of_values;
use types::{Datum, ValueRef, type_oid};

fn invalid(message: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

fn matches(call: &mut Call<'_>, flags: Flags, wanted: bool) -> Result<()> {
    call.map2_in(|source: &str, pattern: &str, environment, _| {
        Ok(compile(pattern, flags)?.is_match(source, environment)? == wanted)
    })
}

/// A text with matches replaced: the `nth`, or all from the first on where it is 0.
fn replace(
    source: &str,
    pattern: &str,
    replacement: &str,
    flags: Flags,
    (start, nth): (usize, usize),
    environment: &dyn Environment,
) -> Result<String> {
    let regex = compile(pattern, flags)?;
    let mut out = String::with_capacity(source.len());
    let mut copied = 0;
    for (index, found) in regex.matches(source, start, environment).enumerate() {
        let found = found?;
        if nth > 0 && index + 1 < nth {
            continue;
        }
        out.push_str(&source[copied..found.range.start]);
        push_replacement(source, replacement, &found, &mut out);
        copied = found.range.end;
        if nth > 0 {
            break;
        }
    }
    out.push_str(&source[copied..]);
    Ok(out)
}

/// The replacement with `\&` and `\1` to `\9` filled in.
fn push_replacement(source: &str, replacement: &str, found: &Match, out: &mut String) {
    let mut rest = replacement;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            return;
        };
        match c {
            '&' => out.push_str(&source[found.range.clone()]),
            '1'..='9' => {
                let group =
                    c.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(1);
                if let Some(Some(range)) = found.groups.get(group - 1) {
                    out.push_str(&source[range.clone()]);
                }
            }
            '\\' => out.push('\\'),
            _ => {
                out.push('\\');
                continue;
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    out.push_str(rest);
}

/// The byte position of a 1-based character position. 22023 below 1.
fn position(source: &str, start: i32, name: &str) -> Result<usize> {
    let skipped = usize::try_from(i64::from(start) - 1)
        .map_err(|_| invalid(format!("invalid value for parameter \"{name}\": {start}")))?;
    let mut positions = source.char_indices().map(|(at, _)| at).chain([source.len()]);
    Ok(positions.nth(skipped).unwrap_or(source.len() + 1))
}

fn not_global(flags: Flags, function: &str) -> Result<()> {
    if flags.global {
        return Err(invalid(format!("{function} does not support the \"global\" option")));
    }
    Ok(())
}

/// The groups of a match as an array; the whole where there are none.
fn groups_array(source: &str, found: &Match) -> Result<Vec<u8>> {
    let slice = |range: &std::ops::Range<usize>| ValueRef::Bytes(&source.as_bytes()[range.clone()]);
    if found.groups.is_empty() {
        return array_of_values(type_oid::TEXT, [slice(&found.range)]);
    }
    let groups = found.groups.iter().map(|group| group.as_ref().map_or(ValueRef::Null, slice));
    array_of_values(type_oid::TEXT, groups)
}

fn match_groups(
    source: &str,
    pattern: &str,
    flags: Flags,
    environment: &dyn Environment,
) -> Result<Option<Vec<u8>>> {
    let found = compile(pattern, flags)?.find_at(source, 0, environment)?;
    found.map(|found| groups_array(source, &found)).transpose()
}

fn all_matches(
    arguments: &[Datum],
    _: &CallInfo,
    environment: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    if arguments.iter().any(Datum::is_null) {
        return series::none();
    }
    let string = |index: usize| arguments.get(index).map_or("", |value| text(value.as_ref()));
    let (source, flags) = (string(0), Flags::parse(string(2))?);
    let regex = compile(string(1), flags)?;
    let limit = if flags.global { usize::MAX } else { 1 };
    let rows: Result<Vec<Datum>> = regex
        .matches(source, 0, environment)
        .take(limit)
        .map(|found| Ok(Datum::Bytes(groups_array(source, &found?)?.into())))
        .collect();
    series::values(rows?.into_iter().map(Ok))
}

/// The parts between matches; empty matches at either end or right after another do not split.
fn split<'t>(
    source: &'t str,
    pattern: &str,
    flags: Flags,
    environment: &dyn Environment,
) -> Result<Vec<&'t str>> {
    let regex = compile(pattern, flags)?;
    let mut parts = Vec::new();
    let mut copied = 0;
    for found in regex.ranges(source, 0, environment) {
        let range = found?;
        if range.is_empty() && (range.start >= source.len() || range.start <= copied) {
            continue;
        }
        parts.push(&source[copied..range.start]);
        copied = range.end;
    }
    parts.push(&source[copied..]);
    Ok(parts)
}

fn split_to_rows(
    arguments: &[Datum],
    _: &CallInfo,
    environment: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    if arguments.iter().any(Datum::is_null) {
        return series::none();
    }
    let string = |index: usize| arguments.get(index).map_or("", |value| text(value.as_ref()));
    let flags = Flags::parse(string(2))?;
    not_global(flags, "regexp_split_to_table()")?;
    let parts = split(string(0), string(1), flags, environment)?;
    let parts: Vec<Datum> = parts.into_iter().map(Datum::text).collect();
    series::values(parts.into_iter().map(Ok))
}

fn split_to_array(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let flags = Flags::parse(string(arguments, row, 2))?;
        not_global(flags, "regexp_split_to_array()")?;
        let parts =
            split(string(arguments, row, 0), string(arguments, row, 1), flags, environment)?;
        let parts = parts.iter().map(|part| ValueRef::Bytes(part.as_bytes()));
        array_of_values(type_oid::TEXT, parts)
    })
}

fn string<'a>(arguments: &[&'a Vector], row: usize, index: usize) -> &'a str {
    arguments.get(index).map_or("", |argument| text(argument.get(row)))
}

fn number(arguments: &[&Vector], row: usize, index: usize, default: i32) -> i32 {
    arguments.get(index).map_or(default, |argument| int4(argument.get(row)))
}

fn checked(value: i32, least: i32, name: &str) -> Result<usize> {
    if value < least {
        return Err(invalid(format!("invalid value for parameter \"{name}\": {value}")));
    }
    Ok(usize::try_from(value).unwrap_or(0))
}

fn replace_with_flags(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let options = string(arguments, row, 3);
        if options.starts_with(|c: char| c.is_ascii_digit()) {
            let first = options.chars().next().unwrap_or(' ');
            return Err(invalid(format!("invalid regular expression option: \"{first}\"")).hint(
                "If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.",
            ));
        }
        let flags = Flags::parse(options)?;
        let part = |index| string(arguments, row, index);
        let nth = usize::from(!flags.global);
        replace(part(0), part(1), part(2), flags, (0, nth), environment)
    })
}

/// regexp_replace(string, pattern, replacement, start [, n [, flags]])
fn replace_extended(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let part = |index| string(arguments, row, index);
        let start = number(arguments, row, 3, 1);
        checked(start, 1, "start")?;
        let flags = Flags::parse(part(5))?;
        let nth = match arguments.get(4) {
            Some(_) => checked(number(arguments, row, 4, 1), 0, "n")?,
            None => usize::from(!flags.global),
        };
        let start = position(part(0), start, "start")?;
        replace(part(0), part(1), part(2), flags, (start, nth), environment)
    })
}

fn count(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let part = |index| string(arguments, row, index);
        let start = number(arguments, row, 2, 1);
        checked(start, 1, "start")?;
        let flags = Flags::parse(part(3))?;
        not_global(flags, "regexp_count()")?;
        let regex = compile(part(1), flags)?;
        let start = position(part(0), start, "start")?;
        let mut found = 0;
        for one in regex.ranges(part(0), start, environment) {
            one?;
            found += 1;
        }
        crate::text::count(found)
    })
}

fn like(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let part = |index| string(arguments, row, index);
        let flags = Flags::parse(part(2))?;
        not_global(flags, "regexp_like()")?;
        compile(part(1), flags)?.is_match(part(0), environment)
    })
}

/// The range of the nth match from a start, or of a group in it.
fn nth_match(
    arguments: &[&Vector],
    row: usize,
    flags_at: usize,
    function: &str,
    environment: &dyn Environment,
) -> Result<Option<std::ops::Range<usize>>> {
    let part = |index| string(arguments, row, index);
    let start = number(arguments, row, 2, 1);
    checked(start, 1, "start")?;
    let nth = checked(number(arguments, row, 3, 1), 1, "n")?;
    let flags = Flags::parse(part(flags_at))?;
    not_global(flags, function)?;
    let group = checked(number(arguments, row, flags_at + 1, 0), 0, "subexpr")?;
    let regex = compile(part(1), flags)?;
    let start = position(part(0), start, "start")?;
    if group == 0 {
        return regex.ranges(part(0), start, environment).nth(nth - 1).transpose();
    }
    let found = regex.matches(part(0), start, environment).nth(nth - 1).transpose()?;
    Ok(found.and_then(|found| found.groups.get(group - 1).cloned().flatten()))
}

fn instr(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let end = number(arguments, row, 4, 0);
        if !(0..=1).contains(&end) {
            return Err(invalid(format!("invalid value for parameter \"endoption\": {end}")));
        }
        let found = nth_match(arguments, row, 5, "regexp_instr()", environment)?;
        let source = string(arguments, row, 0);
        match found {
            Some(range) => {
                let at = if end == 1 { range.end } else { range.start };
                crate::text::count(source[..at].chars().count() + 1)
            }
            None => Ok(0),
        }
    })
}

fn substr(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let found = nth_match(arguments, row, 4, "regexp_substr()", environment)?;
        Ok(found.map(|range| string(arguments, row, 0)[range].to_owned()))
    })
}

/// substring(string FROM pattern): the first group, else the whole match.
fn substring(call: &mut Call<'_>) -> Result<()> {
    call.map2_in(|source: &str, pattern: &str, environment, _| {
        let found = compile(pattern, Flags::default())?.find_at(source, 0, environment)?;
        Ok(found.and_then(|found| {
            let range = match found.groups.first() {
                Some(group) => group.clone()?,
                None => found.range,
            };
            Some(source[range].to_owned())
        }))
    })
}

fn match_with_flags(call: &mut Call<'_>) -> Result<()> {
    call.map3_in(|source: &str, pattern: &str, flags: &str, environment, _| {
        let flags = Flags::parse(flags)?;
        not_global(flags, "regexp_match()")
            .map_err(|error| error.hint("Use the regexp_matches function instead."))?;
        match_groups(source, pattern, flags, environment)
    })
}

const PLAIN: Flags = Flags { ignore_case: false, ..Flags::IGNORE_CASE };

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("textregexeq", |call| matches(call, PLAIN, true)),
    builtin("textregexne", |call| matches(call, PLAIN, false)),
    builtin("texticregexeq", |call| matches(call, Flags::IGNORE_CASE, true)),
    builtin("texticregexne", |call| matches(call, Flags::IGNORE_CASE, false)),
    builtin("nameregexeq", |call| matches(call, PLAIN, true)),
    builtin("nameregexne", |call| matches(call, PLAIN, false)),
    builtin("nameicregexeq", |call| matches(call, Flags::IGNORE_CASE, true)),
    builtin("nameicregexne", |call| matches(call, Flags::IGNORE_CASE, false)),
    builtin("textregexsubstr", substring),
    builtin("textregexreplace_noopt", |call| {
        call.map3_in(|a: &str, pattern: &str, new: &str, environment, _| {
            replace(a, pattern, new, PLAIN, (0, 1), environment)
        })
    }),
    builtin("textregexreplace", replace_with_flags),
    builtin("textregexreplace_extended", replace_extended),
    builtin("textregexreplace_extended_no_n", replace_extended),
    builtin("textregexreplace_extended_no_flags", replace_extended),
    builtin("regexp_match_no_flags", |call| {
        call.map2_in(|source: &str, pattern: &str, environment, _| {
            match_groups(source, pattern, PLAIN, environment)
        })
    }),
    builtin("regexp_match", match_with_flags),
    builtin("regexp_split_to_array", split_to_array),
    builtin("regexp_split_to_array_no_flags", split_to_array),
    builtin("regexp_count", count),
    builtin("regexp_count_no_flags", count),
    builtin("regexp_count_no_start", count),
    builtin("regexp_like", like),
    builtin("regexp_like_no_flags", like),
    builtin("regexp_instr", instr),
    builtin("regexp_instr_no_subexpr", instr),
    builtin("regexp_instr_no_flags", instr),
    builtin("regexp_instr_no_endoption", instr),
    builtin("regexp_instr_no_n", instr),
    builtin("regexp_instr_no_start", instr),
    builtin("regexp_substr", substr),
    builtin("regexp_substr_no_subexpr", substr),
    builtin("regexp_substr_no_flags", substr),
    builtin("regexp_substr_no_n", substr),
    builtin("regexp_substr_no_start", substr),
];

pub(crate) const SET_RETURNING: &[SetReturning] = &[
    set_returning("regexp_matches", all_matches),
    set_returning("regexp_matches_no_flags", all_matches),
    set_returning("regexp_split_to_table", split_to_rows),
    set_returning("regexp_split_to_table_no_flags", split_to_rows),
];
