//! Whether what a path finds depends on the session's time zone.

use super::{Binary, Expr, JsonPath, Method, Step};
use error::{Result, stack_check};

/// What an item is, as far as time zones matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moments {
    /// No date or time.
    None,
    /// One that may have a zone or not.
    Unknown,
    /// With a zone.
    Zoned,
    /// Without.
    Unzoned,
}

/// The items that a step starts from are `current`; `variable` tells what a variable is.
struct Walk<'a> {
    current: Moments,
    variable: &'a dyn Fn(&str) -> Moments,
    mutable: bool,
}

impl JsonPath {
    /// Whether its results depend on the time zone: it casts to dates and times, or compares ones with a zone to ones
    /// without. `variable` tells what variables are. 54001.
    pub fn is_mutable(&self, variable: &dyn Fn(&str) -> Moments) -> Result<bool> {
        let mut walk = Walk { current: Moments::None, variable, mutable: false };
        walk.expr(&self.expr)?;
        Ok(walk.mutable)
    }
}

impl Walk<'_> {
    fn expr(&mut self, expr: &Expr) -> Result<Moments> {
        stack_check()?;
        Ok(match expr {
            Expr::Root
            | Expr::Last
            | Expr::Null
            | Expr::Bool(_)
            | Expr::String(_)
            | Expr::Number(_) => Moments::None,
            Expr::Current => self.current,
            Expr::Variable(name) => (self.variable)(name),
            Expr::Plus(inner)
            | Expr::Minus(inner)
            | Expr::Not(inner)
            | Expr::IsUnknown(inner)
            | Expr::Exists(inner)
            | Expr::LikeRegex { value: inner, .. } => {
                self.expr(inner)?;
                Moments::None
            }
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                let compares = matches!(
                    operator,
                    Binary::Equal
                        | Binary::NotEqual
                        | Binary::Less
                        | Binary::LessOrEqual
                        | Binary::Greater
                        | Binary::GreaterOrEqual
                );
                let moments = left != Moments::None && right != Moments::None;
                let alike = left == right && left != Moments::Unknown;
                self.mutable |= compares && moments && !alike;
                Moments::None
            }
            Expr::Access(base, steps) => {
                let mut moments = self.expr(base)?;
                for step in steps {
                    moments = self.step(step, moments)?;
                }
                moments
            }
        })
    }

    fn step(&mut self, step: &Step, moments: Moments) -> Result<Moments> {
        Ok(match step {
            Step::Key(_) | Step::AnyKey | Step::Any { .. } => Moments::None,
            // Lax paths pass moments on as arrays of themselves.
            Step::AnyArray => moments,
            Step::Index(ranges) => {
                for (first, last) in ranges {
                    self.expr(first)?;
                    if let Some(last) = last {
                        self.expr(last)?;
                    }
                }
                moments
            }
            Step::Filter(condition) => {
                let outer = std::mem::replace(&mut self.current, moments);
                self.expr(condition)?;
                self.current = outer;
                moments
            }
            Step::Method(method) => self.method(method),
        })
    }

    fn method(&mut self, method: &Method) -> Moments {
        match method {
            Method::Datetime(None) => Moments::Unknown,
            Method::Datetime(Some(template)) => {
                let zoned = ["TZ", "tz", "OF", "of"].iter().any(|field| template.contains(field));
                if zoned { Moments::Zoned } else { Moments::Unzoned }
            }
            Method::Date | Method::Time(_) | Method::Timestamp(_) => {
                self.mutable = true;
                Moments::Unzoned
            }
            Method::TimeTz(_) | Method::TimestampTz(_) => {
                self.mutable = true;
                Moments::Zoned
            }
            Method::Type
            | Method::Size
            | Method::Abs
            | Method::Ceiling
            | Method::Floor
            | Method::Double
            | Method::KeyValue
            | Method::BigInt
            | Method::Boolean
            | Method::Integer
            | Method::Number
            | Method::StringOf
            | Method::Decimal(_) => Moments::None,
        }
    }
}
