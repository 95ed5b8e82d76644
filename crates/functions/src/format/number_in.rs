//! From text to numbers.

use super::number::{Part, Template, template};
use error::{Error, Result, SqlState};
use types::Numeric;

struct Reader<'a> {
    rest: &'a str,
    template: Template,
    digits: String,
    sign: Option<char>,
    after_point: bool,
    read_after: usize,
}

/// to_number. NULL for an empty template; 22P02, 42601.
pub(super) fn parse(source: &str, pattern: &str) -> Result<Option<Numeric>> {
    if pattern.is_empty() {
        return Ok(None);
    }
    let template = template(pattern)?;
    if template.exponent {
        let text = "\"EEEE\" not supported for input";
        return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
    }
    let parts = template.parts.clone();
    let shift = template.shift;
    let mut reader = Reader {
        rest: source,
        template,
        digits: String::new(),
        sign: None,
        after_point: false,
        read_after: 0,
    };
    for part in parts {
        if reader.rest.is_empty() {
            break;
        }
        if let Part::Roman(_) = part {
            reader.roman(source)?;
        } else {
            reader.part(part);
        }
    }
    reader.trailing_sign();
    let text = format!("{}{}", reader.sign.map_or(String::new(), String::from), reader.digits);
    let text = text.strip_suffix('.').unwrap_or(&text);
    if reader.digits.is_empty() {
        return Err(Error::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            "invalid input syntax for type numeric: \" \"",
        ));
    }
    let value = types::numeric::input(text)?;
    let whole = text.trim_start_matches(['-', '+', '0']).split('.').next().map_or(0, str::len);
    if whole > reader.template.before + shift && reader.template.roman.is_none() {
        let (before, after) = (reader.template.before, reader.template.after);
        let limit = if before == 0 { "1".to_owned() } else { format!("10^{before}") };
        let detail = format!(
            "A field with precision {}, scale {after} must round to an absolute value less than {limit}.",
            before + after
        );
        let text = "numeric field overflow";
        return Err(Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, text).detail(detail));
    }
    if shift == 0 {
        return Ok(Some(value));
    }
    let power = Numeric::new(10, 0).power(&Numeric::new(i128::try_from(shift).unwrap_or(0), 0))?;
    value.div(&power).map(Some)
}

impl Reader<'_> {
    fn next(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }

    /// Passes one character that is no part of a number.
    fn skip_other(&mut self) {
        if self.next().is_some_and(|c| !"0123456789.,+-".contains(c)) {
            self.skip();
        }
    }

    fn part(&mut self, part: Part) {
        match part {
            Part::Nine | Part::Zero | Part::Point => self.digit(),
            Part::Group => {
                if self.next() == Some(',') {
                    self.skip();
                }
            }
            Part::Minus | Part::Plus | Part::Sign => match self.next() {
                Some(c @ ('-' | '+')) => {
                    self.sign = Some(c);
                    self.skip();
                }
                Some(_) | None => self.skip_other(),
            },
            Part::Ordinal(_) => {
                self.skip_other();
                self.skip_other();
            }
            Part::Currency => self.skip_other(),
            // Any other character of the template passes one, whichever it is.
            Part::Literal(_) => self.skip(),
            Part::Silent | Part::Roman(_) => {}
        }
    }

    fn digit(&mut self) {
        if self.next() == Some(' ') {
            self.skip();
        }
        if self.digits.is_empty() && self.sign.is_none() {
            match self.next() {
                Some(c @ ('-' | '+')) => {
                    self.sign = Some(c);
                    self.skip();
                }
                Some('<') if self.template.bracket => {
                    self.sign = Some('-');
                    self.skip();
                }
                Some(_) | None => {}
            }
        }
        match self.next() {
            Some(c) if c.is_ascii_digit() => {
                if self.after_point && self.read_after == self.template.after {
                    return;
                }
                self.digits.push(c);
                self.read_after += usize::from(self.after_point);
                self.skip();
            }
            Some('.') if self.template.point && !self.after_point => {
                self.digits.push('.');
                self.after_point = true;
                self.skip();
            }
            Some(_) => self.skip_other(),
            None => {}
        }
    }

    fn trailing_sign(&mut self) {
        if self.sign.is_none()
            && self.template.signed
            && let Some(c @ ('-' | '+')) = self.next()
        {
            self.sign = Some(c);
        }
    }

    fn roman(&mut self, source: &str) -> Result<()> {
        let invalid = || {
            Error::new(SqlState::INVALID_TEXT_REPRESENTATION, "invalid Roman numeral".to_owned())
        };
        let trimmed = self.rest.trim_start();
        let length = trimmed.bytes().take_while(|b| b"MDCLXVImdclxvi".contains(b)).count();
        let worth = |c: char| match c.to_ascii_uppercase() {
            'M' => 1000,
            'D' => 500,
            'C' => 100,
            'L' => 50,
            'X' => 10,
            'V' => 5,
            _ => 1,
        };
        let values: Vec<i64> = trimmed[..length].chars().map(worth).collect();
        let total: i64 = values
            .iter()
            .enumerate()
            .map(|(index, value)| match values.get(index + 1) {
                Some(next) if next > value => -value,
                Some(_) | None => *value,
            })
            .sum();
        // Only the form that a number is written in is one.
        let written = super::number_out::of_integer(total, "FMRN")?;
        if length == 0 || !written.eq_ignore_ascii_case(&trimmed[..length]) || source.is_empty() {
            return Err(invalid());
        }
        self.digits = total.to_string();
        self.rest = &trimmed[length..];
        Ok(())
    }
}
