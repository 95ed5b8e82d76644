//! From numbers to text.

use super::number::{Part, Place, Template, template};
use super::ordinal;
use error::{Error, Result, SqlState};
use types::Numeric;

const ROMAN_WIDTH: usize = 15;

/// to_char of a numeric. 42601.
pub(super) fn of_numeric(value: &Numeric, source: &str) -> Result<String> {
    if source.is_empty() {
        return Ok(String::new());
    }
    let mut template = template(source)?;
    if template.roman.is_some() {
        let whole = value.round(0).ok().and_then(|whole| whole.to_i32().ok());
        return write(&template, &roman(whole.map_or(0, i64::from)), false, 0);
    }
    if template.exponent {
        return scientific_numeric(value, &template);
    }
    let mut value = value.clone();
    if template.shifted {
        let shift = Numeric::new(10, 0)
            .power(&Numeric::new(i128::try_from(template.shift).unwrap_or(0), 0))?;
        value = if value.is_finite() { value.mul(&shift)? } else { value };
        template.before += template.shift;
    }
    let digits = i32::try_from(template.after).unwrap_or(i32::MAX);
    let mut text = Vec::new();
    value.round(digits)?.write(&mut text);
    of_digits(&template, &String::from_utf8_lossy(&text))
}

/// to_char of a whole number.
pub(super) fn of_integer(value: i64, source: &str) -> Result<String> {
    of_numeric(&Numeric::new(i128::from(value), 0), source)
}

/// to_char of a float with so many digits that mean something.
pub(super) fn of_float(value: f64, digits: usize, source: &str) -> Result<String> {
    if source.is_empty() {
        return Ok(String::new());
    }
    let mut template = template(source)?;
    if template.roman.is_some() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it saturates, and only 1 to 3999 are shown"
        )]
        let whole = value.round_ties_even() as i64;
        return write(&template, &roman(whole), false, 0);
    }
    if template.exponent {
        if !value.is_finite() {
            return Ok(no_number(&template));
        }
        return Ok(exponent_form(&format!("{value:.*e}", template.after)));
    }
    let mut value = value;
    if template.shifted {
        value *= 10f64.powi(i32::try_from(template.shift).unwrap_or(0));
        template.before += template.shift;
    }
    let whole = format!("{:.0}", value.abs()).len();
    if whole >= digits {
        template.after = 0;
    } else if whole + template.after > digits {
        template.after = digits - whole;
    }
    let text = match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        value => format!("{value:.*}", template.after),
    };
    of_digits(&template, &text)
}

/// `1.2e3` as ` 1.2e+03`.
fn exponent_form(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    let blank = if mantissa.starts_with('-') { "" } else { " " };
    format!("{blank}{mantissa}e{sign}{:02}", exponent.abs())
}

fn no_number(template: &Template) -> String {
    format!(" {}.{}", "#".repeat(template.before), "#".repeat(template.after + 4))
}

fn scientific_numeric(value: &Numeric, template: &Template) -> Result<String> {
    if !value.is_finite() {
        return Ok(no_number(template));
    }
    if value.is_zero() {
        return Ok(exponent_form(&format!("{:.*}e0", template.after, 0.0)));
    }
    let mut text = Vec::new();
    value.abs().write(&mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let all: String = format!("{whole}{fraction}");
    let first = all.find(|c| c != '0').unwrap_or(0);
    let mut exponent =
        i32::try_from(whole.len()).unwrap_or(0) - i32::try_from(first).unwrap_or(0) - 1;
    let ten = Numeric::new(10, 0);
    let scale = i32::try_from(template.after).unwrap_or(0);
    // One digit before the point; rounding may carry into another.
    let shifted = |exponent: i32| -> Result<Numeric> {
        let power = ten.power(&Numeric::new(i128::from(exponent.unsigned_abs()), 0))?;
        if exponent >= 0 {
            let wide =
                value.abs().round(exponent.saturating_add(scale).saturating_add(2).max(0))?;
            let digits = shift_point(&text_of(&wide), -i64::from(exponent));
            return types::numeric::input(&digits)?.round(scale);
        }
        value.abs().mul(&power)?.round(scale)
    };
    let mut mantissa = shifted(exponent)?;
    if mantissa >= ten {
        exponent += 1;
        mantissa = shifted(exponent)?;
    }
    let sign = if value.is_negative() { "-" } else { "" };
    Ok(exponent_form(&format!("{sign}{}e{exponent}", text_of(&mantissa))))
}

fn text_of(value: &Numeric) -> String {
    let mut text = Vec::new();
    value.write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The decimal point moved so many places to the right.
fn shift_point(text: &str, by: i64) -> String {
    format!("{text}e{by}")
}

fn roman(value: i64) -> String {
    const PARTS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..=3999).contains(&value) {
        return "#".repeat(ROMAN_WIDTH);
    }
    let (mut rest, mut out) = (value, String::new());
    for (worth, letters) in PARTS {
        while rest >= worth {
            out.push_str(letters);
            rest -= worth;
        }
    }
    out
}

/// The text of a decimal number, rounded to the template's digits already.
fn of_digits(template: &Template, text: &str) -> Result<String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let whole = digits.find('.').unwrap_or(digits.len());
    if whole > template.before {
        let after = template.after;
        let filled = format!("{}.{}", "#".repeat(template.before), "#".repeat(after));
        return write(template, &filled, negative, 0);
    }
    // A template without digits before the point shows no lone zero.
    write(template, digits, negative, template.before - whole)
}

/// The state of writing one number.
struct Writer<'a> {
    template: &'a Template,
    number: &'a [u8],
    at: usize,
    current: usize,
    count: usize,
    spaces: usize,
    negative: bool,
    sign_written: bool,
    place: Place,
    in_number: bool,
    /// The last place of the number that FM keeps.
    last_relevant: Option<usize>,
    out: String,
}

fn write(template: &Template, number: &str, negative: bool, spaces: usize) -> Result<String> {
    let ordinal = template.parts.iter().any(|part| matches!(part, Part::Ordinal(_)));
    let digits = template.before > 0 || template.shift > 0;
    if ordinal && !digits && !negative && !template.point && template.roman.is_none() {
        let text = "\".\" is not a number";
        return Err(Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text));
    }
    let mut place = template.sign_place;
    let mut sign_written = template.plus || template.minus;
    if !sign_written {
        sign_written = !negative && template.fill && !template.signed && !template.bracket;
        if place == Place::Before && template.before == template.sign_digits {
            place = Place::After;
        }
    }
    if template.bracket && template.fill && !negative {
        sign_written = true;
    }
    let mut count = (template.after + template.before).saturating_sub(1);
    let mut last_relevant = None;
    if template.fill && template.point {
        last_relevant = number.find('.').map(|point| {
            let kept = number[point + 1..].rfind(|c| c != '0').map_or(point, |at| point + 1 + at);
            if template.zero_end > spaces {
                kept.max((template.zero_end - spaces).min(number.len() - 1))
            } else {
                kept
            }
        });
    }
    if !sign_written && spaces == 0 {
        count += 1;
    }
    let mut writer = Writer {
        template,
        number: number.as_bytes(),
        at: 0,
        current: 0,
        count,
        spaces,
        negative,
        sign_written,
        place,
        in_number: false,
        last_relevant,
        out: String::new(),
    };
    template.parts.iter().for_each(|part| writer.part(*part));
    Ok(writer.out)
}

impl Writer<'_> {
    fn part(&mut self, part: Part) {
        let fill = self.template.fill;
        let roman = self.template.roman.is_some();
        match part {
            Part::Nine | Part::Zero | Part::Point if !roman => self.digit(part),
            Part::Nine | Part::Zero | Part::Point | Part::Silent => {}
            Part::Group if self.in_number => self.out.push(','),
            Part::Group if fill => {}
            Part::Group | Part::Currency => self.out.push(' '),
            Part::Minus if self.negative => self.out.push('-'),
            Part::Plus if !self.negative => self.out.push('+'),
            Part::Minus | Part::Plus => self.out.push_str(if fill { "" } else { " " }),
            Part::Sign => self.out.push(if self.negative { '-' } else { '+' }),
            Part::Ordinal(upper) => {
                let text = String::from_utf8_lossy(self.number).into_owned();
                if !(roman || text.starts_with('#') || self.negative || self.template.point) {
                    self.out.push_str(ordinal(&text, upper));
                }
            }
            Part::Roman(upper) => {
                let text = String::from_utf8_lossy(self.number).into_owned();
                let text = if upper { text } else { text.to_ascii_lowercase() };
                let width = if fill { 0 } else { ROMAN_WIDTH };
                self.out.push_str(&format!("{text:>width$}"));
            }
            Part::Literal(c) => self.out.push(c),
        }
    }

    /// A zero before the point that the template has no place for.
    fn bare_point(&self) -> bool {
        !self.template.zero
            && self.at == 0
            && self.number.first() == Some(&b'0')
            && self.template.after != 0
    }

    fn relevant_point(&self) -> bool {
        self.last_relevant.is_some_and(|at| self.number.get(at) == Some(&b'.'))
    }

    fn sign(&mut self) {
        let template = self.template;
        let due =
            self.current >= self.spaces || template.zero && template.zero_start == self.current + 1;
        if self.sign_written || !due || self.bare_point() && !self.relevant_point() {
            return;
        }
        if template.signed {
            if self.place == Place::Before {
                self.out.push(if self.negative { '-' } else { '+' });
                self.sign_written = true;
            }
        } else if template.bracket {
            self.out.push(if self.negative { '<' } else { ' ' });
            self.sign_written = true;
        } else {
            if self.negative {
                self.out.push('-');
            } else if !template.fill {
                self.out.push(' ');
            }
            self.sign_written = true;
        }
    }

    fn digit(&mut self, part: Part) {
        self.sign();
        let template = self.template;
        let zero_from = template.zero_start.saturating_sub(1);
        if self.current < self.spaces && (!template.zero || zero_from > self.current) {
            self.out.push_str(if template.fill { "" } else { " " });
        } else if template.zero && self.current < self.spaces {
            self.out.push('0');
            self.in_number = true;
        } else {
            self.number_character(part);
        }
        let mut end = self.count + usize::from(self.spaces > 0) + usize::from(template.point);
        if self.last_relevant == Some(self.at) {
            end = self.current;
        }
        if self.current + 1 == end {
            if self.sign_written && template.bracket {
                self.out.push_str(if self.negative {
                    ">"
                } else if template.fill {
                    ""
                } else {
                    " "
                });
            } else if template.signed && self.place == Place::After {
                self.out.push(if self.negative { '-' } else { '+' });
            }
        }
        self.current += 1;
    }

    fn number_character(&mut self, part: Part) {
        match self.number.get(self.at) {
            Some(b'.') => {
                if !self.relevant_point() || self.template.fill {
                    self.out.push('.');
                }
            }
            found => {
                let dropped =
                    self.last_relevant.is_some_and(|last| self.at > last) && part != Part::Zero;
                if dropped {
                } else if self.bare_point() {
                    if !self.template.fill {
                        self.out.push(' ');
                    } else if self.relevant_point() {
                        self.out.push('0');
                    }
                } else if let Some(digit) = found {
                    self.out.push(char::from(*digit));
                    self.in_number = true;
                }
            }
        }
        if self.at < self.number.len() {
            self.at += 1;
        }
    }
}
