//! A setting's value and its text forms.

use crate::{Kind, SettingFact};
use std::sync::Arc;

/// A value.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the kinds are those of settings")]
pub enum Value {
    Bool(bool),
    Integer(i32),
    Real(f64),
    Text(Arc<str>),
}

impl Value {
    /// A text value.
    pub fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    /// As the column `setting` of pg_settings has it: a number without its unit.
    pub fn plain(&self) -> String {
        match self {
            Self::Bool(true) => "on".to_owned(),
            Self::Bool(false) => "off".to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => general(*number),
            Self::Text(text) => text.to_string(),
        }
    }

    /// As SHOW prints it: a number in the largest unit that keeps it whole.
    pub fn shown(&self, fact: &SettingFact) -> String {
        match self {
            Self::Integer(number) if is_octal(fact.name) => format!("{number:04o}"),
            Self::Integer(number) if *number > 0 => with_unit(f64::from(*number), fact),
            Self::Real(number) if *number > 0.0 => with_unit(*number, fact),
            Self::Bool(_) | Self::Integer(_) | Self::Real(_) | Self::Text(_) => self.plain(),
        }
    }
}

fn is_octal(name: &str) -> bool {
    matches!(name, "data_directory_mode" | "log_file_mode" | "unix_socket_permissions")
}

/// Units of memory in bytes, largest first.
pub(crate) const MEMORY_UNITS: &[(&str, f64)] = &[
    ("TB", 1_099_511_627_776.0),
    ("GB", 1_073_741_824.0),
    ("MB", 1_048_576.0),
    ("kB", 1024.0),
    ("B", 1.0),
];

/// Units of time in microseconds, largest first.
pub(crate) const TIME_UNITS: &[(&str, f64)] =
    &[("d", 86_400e6), ("h", 3_600e6), ("min", 60e6), ("s", 1e6), ("ms", 1e3), ("us", 1.0)];

/// The units that a setting's unit is one of, and how large it is.
pub(crate) fn units_of(unit: &str) -> (&'static [(&'static str, f64)], f64) {
    if unit == "8kB" {
        return (MEMORY_UNITS, 8192.0);
    }
    let of = |units: &'static [(&'static str, f64)]| {
        units.iter().find(|(name, _)| *name == unit).map(|(_, size)| (units, *size))
    };
    of(MEMORY_UNITS).or_else(|| of(TIME_UNITS)).expect("a unit of the table of settings")
}

fn with_unit(number: f64, fact: &SettingFact) -> String {
    let Some(unit) = fact.unit else {
        return plain_number(number, fact.kind);
    };
    let (units, base) = units_of(unit);
    let whole = number * base;
    for (name, size) in units {
        let count = whole / size;
        // A real's conversion is inexact, so that a near miss counts as whole.
        let is_whole = (count - count.round()).abs() <= count.abs() * 1e-8 && count.round() >= 1.0;
        if is_whole {
            return format!("{}{name}", plain_number(count.round(), fact.kind));
        }
    }
    format!("{}{unit}", plain_number(number, fact.kind))
}

fn plain_number(number: f64, kind: Kind) -> String {
    match kind {
        Kind::Real => general(number),
        Kind::Bool | Kind::Integer | Kind::String | Kind::Enum => format!("{number:.0}"),
    }
}

/// Six significant digits, with an exponent where it is below -4 or above 5 (C's `%g`).
pub(crate) fn general(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{number:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        return without_trailing_zeros(&format!("{number:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_trailing_zeros(mantissa), exponent.abs())
}

fn without_trailing_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}
