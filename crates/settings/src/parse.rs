//! Text to a setting's value, with PostgreSQL's errors.

use crate::value::{general, units_of};
use crate::{Kind, SettingFact, Value, check};
use error::{Error, Result, SqlState};

/// The value that a text gives a setting: 22023.
pub(crate) fn parse(fact: &'static SettingFact, text: &str) -> Result<Value> {
    let value = match fact.kind {
        Kind::Bool => parse_bool(text).map(Value::Bool).ok_or_else(|| {
            invalid(format!("parameter \"{}\" requires a Boolean value", fact.name))
        })?,
        Kind::Integer => parse_integer(fact, text)?,
        Kind::Real => parse_real(fact, text)?,
        Kind::Enum => parse_enum(fact, text)?,
        Kind::String => Value::text(text),
    };
    check::check(fact, value)
}

fn invalid(message: String) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

/// `invalid value for parameter "x": "y"`, 22023.
pub(crate) fn invalid_value(name: &str, text: &str) -> Error {
    invalid(format!("invalid value for parameter \"{name}\": \"{text}\""))
}

/// A Boolean as settings take it: unique prefixes of true, false, yes and no; on, off, 1 and 0.
pub fn parse_bool(text: &str) -> Option<bool> {
    let lower = text.to_ascii_lowercase();
    let is_prefix = |word: &str, least: usize| lower.len() >= least && word.starts_with(&lower);
    if is_prefix("true", 1) || is_prefix("yes", 1) || lower == "on" || lower == "1" {
        Some(true)
    } else if is_prefix("false", 1) || is_prefix("no", 1) || is_prefix("off", 2) || lower == "0" {
        Some(false)
    } else {
        None
    }
}

/// The number at the start of a text, and the rest. Hexadecimal and octal integers are known.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if let Some(digits) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        return radix(digits, 16).map(|(number, rest)| (sign * number, rest));
    }
    let mut end = count_digits(unsigned);
    let whole_digits = end;
    if unsigned[end..].starts_with('.') {
        end += 1 + count_digits(&unsigned[end + 1..]);
    }
    if end == 0 || &unsigned[..end] == "." {
        return None;
    }
    if let Some(exponent) = unsigned[end..].strip_prefix(['e', 'E']) {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let digit_count = count_digits(digits);
        if digit_count > 0 {
            end = unsigned.len() - digits.len() + digit_count;
        }
    }
    if end == whole_digits && end > 1 && unsigned.starts_with('0') {
        return radix(unsigned, 8).map(|(number, rest)| (sign * number, rest));
    }
    Some((sign * unsigned[..end].parse::<f64>().ok()?, &unsigned[end..]))
}

fn count_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn radix(text: &str, radix: u32) -> Option<(f64, &str)> {
    let count = text.chars().take_while(|digit| digit.is_digit(radix)).count();
    let number = u64::from_str_radix(text.get(..count)?, radix).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "what is that large is out of every range")]
    Some((number as f64, &text[count..]))
}

/// A number in the setting's unit.
fn parse_number(fact: &SettingFact, text: &str) -> Result<f64> {
    let trimmed = text.trim();
    let (number, rest) = leading_number(trimmed).ok_or_else(|| invalid_value(fact.name, text))?;
    let rest = rest.trim_start();
    if rest.is_empty() {
        return Ok(number);
    }
    let Some(unit) = fact.unit else {
        return Err(invalid_value(fact.name, text));
    };
    let (units, base) = units_of(unit);
    let Some(index) = units.iter().position(|(name, _)| *name == rest) else {
        return Err(invalid_value(fact.name, text).hint(unit_hint(units[0].0 == "TB")));
    };
    let converted = number * units[index].1 / base;
    // As with "30.1GB": a fraction is rounded to the next smaller unit.
    let smaller = units.get(index + 1).map(|(_, size)| size / base);
    Ok(match smaller {
        Some(smaller) if smaller >= 1.0 => (converted / smaller).round() * smaller,
        Some(_) | None => converted,
    })
}

fn unit_hint(is_memory: bool) -> &'static str {
    if is_memory {
        "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."
    } else {
        "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."
    }
}

fn parse_integer(fact: &SettingFact, text: &str) -> Result<Value> {
    let number = parse_number(fact, text)?.round_ties_even();
    if number.is_nan() || number < f64::from(i32::MIN) || number > f64::from(i32::MAX) {
        return Err(invalid_value(fact.name, text).hint("Value exceeds integer range."));
    }
    check_range(fact, number, format!("{number:.0}"))?;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within range")]
    Ok(Value::Integer(number as i32))
}

fn parse_real(fact: &SettingFact, text: &str) -> Result<Value> {
    let number = parse_number(fact, text)?;
    if number.is_nan() {
        return Err(invalid_value(fact.name, text));
    }
    check_range(fact, number, general(number))?;
    Ok(Value::Real(number))
}

fn check_range(fact: &SettingFact, number: f64, shown: String) -> Result<()> {
    let bound = |text: Option<&str>, default: f64| {
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (min, max) = (bound(fact.min_val, f64::MIN), bound(fact.max_val, f64::MAX));
    // 1.79769e+308 is the greatest double, printed short.
    if number >= min
        && (number <= max || fact.max_val == Some("1.79769e+308") && number.is_finite())
    {
        return Ok(());
    }
    let unit = fact.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    Err(invalid(format!(
        "{shown}{unit} is outside the valid range for parameter \"{}\" ({}{unit} .. {}{unit})",
        fact.name,
        fact.min_val.unwrap_or_default(),
        fact.max_val.unwrap_or_default()
    )))
}

fn parse_enum(fact: &'static SettingFact, text: &str) -> Result<Value> {
    let matching = fact.enum_values.iter().find(|value| value.eq_ignore_ascii_case(text)).copied();
    match matching.or_else(|| hidden_enum_value(fact, text)) {
        Some(value) => Ok(Value::text(value)),
        None => Err(invalid_value(fact.name, text)
            .hint(format!("Available values: {}.", fact.enum_values.join(", ")))),
    }
}

/// Words that PostgreSQL takes and does not tell.
fn hidden_enum_value(fact: &SettingFact, text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if fact.enum_values.contains(&"debug2") && lower == "debug" {
        return Some("debug2");
    }
    if fact.enum_values.contains(&"debug1") && lower == "info" {
        return Some("info");
    }
    if !(fact.enum_values.contains(&"on") && fact.enum_values.contains(&"off")) {
        return None;
    }
    match lower.as_str() {
        "true" | "yes" | "1" => Some("on"),
        "false" | "no" | "0" => Some("off"),
        _ => None,
    }
}
