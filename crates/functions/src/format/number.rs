//! Templates of numbers, cut into their parts.

use error::{Error, Result, SqlState};

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// 9
    Nine,
    /// 0
    Zero,
    /// . or D
    Point,
    /// , or G
    Group,
    /// L
    Currency,
    Minus,
    Plus,
    Sign,
    /// TH in upper case, or lower.
    Ordinal(bool),
    /// RN in upper case, or lower.
    Roman(bool),
    /// What only changes how others are read: S, FM, PR, B, V, EEEE.
    Silent,
    Literal(char),
}

/// Where the sign of S stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    None,
    Before,
    After,
}

/// A template and what it asks for as a whole.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a letter of the template")]
pub(super) struct Template {
    pub(super) parts: Vec<Part>,
    /// Digits before and after the point, and after V.
    pub(super) before: usize,
    pub(super) after: usize,
    pub(super) shift: usize,
    pub(super) point: bool,
    pub(super) shifted: bool,
    /// A 0 was written; where the first stands and the last ends.
    pub(super) zero: bool,
    pub(super) zero_start: usize,
    pub(super) zero_end: usize,
    pub(super) fill: bool,
    pub(super) signed: bool,
    pub(super) sign_place: Place,
    pub(super) sign_digits: usize,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) bracket: bool,
    pub(super) roman: Option<bool>,
    pub(super) exponent: bool,
    /// B
    pub(super) blank: bool,
}

const NAMES: [(&str, &str); 20] = [
    ("EEEE", "E"),
    ("FM", "FM"),
    ("MI", "MI"),
    ("PL", "PL"),
    ("PR", "PR"),
    ("RN", "RN"),
    ("SG", "SG"),
    ("SP", "SP"),
    ("TH", "TH"),
    ("B", "B"),
    ("C", "C"),
    ("D", "D"),
    ("G", "G"),
    ("L", "L"),
    ("S", "S"),
    ("V", "V"),
    (",", ","),
    (".", "."),
    ("0", "0"),
    ("9", "9"),
];

fn wrong(message: &str) -> Error {
    Error::new(SqlState::SYNTAX_ERROR, message)
}

/// Cuts a template. 42601 where its parts contradict each other.
pub(super) fn template(source: &str) -> Result<Template> {
    let mut template = Template {
        parts: Vec::new(),
        before: 0,
        after: 0,
        shift: 0,
        point: false,
        shifted: false,
        zero: false,
        zero_start: 0,
        zero_end: 0,
        fill: false,
        signed: false,
        sign_place: Place::None,
        sign_digits: 0,
        minus: false,
        plus: false,
        bracket: false,
        roman: None,
        exponent: false,
        blank: false,
    };
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let found = NAMES.iter().find(|(name, _)| {
            rest.starts_with(name) || rest.starts_with(name.to_ascii_lowercase().as_str())
        });
        match found {
            Some((name, key)) => {
                let upper = rest.starts_with(name);
                rest = &rest[name.len()..];
                template.add(key, upper)?;
            }
            None if c == '"' => {
                let inner = &rest[1..];
                let (text, after) = inner.split_once('"').unwrap_or((inner, ""));
                template.parts.extend(text.chars().filter(|c| *c != '\\').map(Part::Literal));
                rest = after;
            }
            None => {
                let escaped = rest.starts_with("\\\"");
                template.parts.push(Part::Literal(if escaped { '"' } else { c }));
                rest = &rest[if escaped { 2 } else { c.len_utf8() }..];
            }
        }
    }
    Ok(template)
}

impl Template {
    #[expect(clippy::too_many_lines, reason = "one arm a letter")]
    fn add(&mut self, key: &str, upper: bool) -> Result<()> {
        if self.exponent && key != "E" {
            return Err(wrong("\"EEEE\" must be the last pattern used"));
        }
        let part = match key {
            "9" | "0" => self.digit(key == "0")?,
            "." | "D" => {
                if self.point {
                    return Err(wrong("multiple decimal points"));
                }
                if self.shifted {
                    return Err(wrong("cannot use \"V\" and decimal point together"));
                }
                self.point = true;
                Part::Point
            }
            "," | "G" => Part::Group,
            "L" => Part::Currency,
            "FM" => {
                self.fill = true;
                Part::Silent
            }
            "S" => self.sign()?,
            "MI" => {
                self.no_sign("MI")?;
                self.minus = true;
                Part::Minus
            }
            "PL" => {
                self.no_sign("PL")?;
                self.plus = true;
                Part::Plus
            }
            "SG" => {
                self.no_sign("SG")?;
                (self.minus, self.plus) = (true, true);
                Part::Sign
            }
            "PR" => {
                if self.signed || self.plus || self.minus {
                    return Err(wrong("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together"));
                }
                self.bracket = true;
                Part::Silent
            }
            "RN" => {
                self.roman = Some(upper);
                Part::Roman(upper)
            }
            "TH" => Part::Ordinal(upper),
            "B" => {
                self.blank = true;
                Part::Silent
            }
            "V" => {
                if self.point {
                    return Err(wrong("cannot use \"V\" and decimal point together"));
                }
                self.shifted = true;
                Part::Silent
            }
            "E" => {
                if self.exponent {
                    return Err(wrong("cannot use \"EEEE\" twice"));
                }
                if self.fill
                    || self.blank
                    || self.signed
                    || self.bracket
                    || self.minus
                    || self.plus
                    || self.roman.is_some()
                    || self.shifted
                {
                    return Err(wrong("\"EEEE\" is incompatible with other formats").detail(
                        "\"EEEE\" may only be used together with digit and decimal point patterns.",
                    ));
                }
                self.exponent = true;
                Part::Silent
            }
            _ => Part::Silent,
        };
        self.parts.push(part);
        Ok(())
    }

    fn digit(&mut self, zero: bool) -> Result<Part> {
        if self.bracket {
            return Err(wrong(if zero {
                "\"0\" must be ahead of \"PR\""
            } else {
                "\"9\" must be ahead of \"PR\""
            }));
        }
        if zero && !self.zero && !self.point {
            self.zero = true;
            self.zero_start = self.before + 1;
        }
        if self.shifted && !zero {
            self.shift += 1;
            return Ok(Part::Nine);
        }
        if self.point {
            self.after += 1;
        } else {
            self.before += 1;
        }
        if zero {
            self.zero_end = self.before + self.after;
        }
        Ok(if zero { Part::Zero } else { Part::Nine })
    }

    fn sign(&mut self) -> Result<Part> {
        if self.signed {
            return Err(wrong("cannot use \"S\" twice"));
        }
        if self.plus || self.minus || self.bracket {
            return Err(wrong("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together"));
        }
        self.signed = true;
        if self.point {
            self.sign_place = Place::After;
        } else {
            self.sign_place = Place::Before;
            self.sign_digits = self.before;
        }
        Ok(Part::Silent)
    }

    fn no_sign(&self, name: &str) -> Result<()> {
        if self.signed {
            return Err(wrong(&format!("cannot use \"S\" and \"{name}\" together")));
        }
        Ok(())
    }
}
