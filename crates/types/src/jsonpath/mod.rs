//! jsonpath: its tree, its text in PostgreSQL's form, its parser. The value of the type is the text.

mod lexer;
mod mutable;
mod parser;

pub use mutable::Moments;
pub use parser::parse;

use crate::json::write_string;
use crate::numeric::Numeric;
use error::{Result, stack_check};

/// A path.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPath {
    /// Whether structural errors are passed over (the default).
    pub lax: bool,
    /// What it computes.
    pub expr: Expr,
}

/// Arithmetic and logic on two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the operators'")]
pub enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    StartsWith,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// What computes items or a truth.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names are jsonpath's")]
pub enum Expr {
    Root,
    Current,
    Last,
    Null,
    Bool(bool),
    String(String),
    Number(Numeric),
    Variable(String),
    Plus(Box<Expr>),
    Minus(Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    IsUnknown(Box<Expr>),
    Exists(Box<Expr>),
    LikeRegex { value: Box<Expr>, pattern: String, flags: String },
    Access(Box<Expr>, Vec<Step>),
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        let text = |expr: &Self| {
            let mut out = Vec::new();
            write_expr(expr, false, &mut out).map(|()| out).ok()
        };
        text(self) == text(other)
    }
}

/// One step from items to items.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are jsonpath's")]
pub enum Step {
    Key(String),
    AnyKey,
    AnyArray,
    Index(Vec<(Expr, Option<Expr>)>),
    /// `.**`: from level to level; `u32::MAX` is the last.
    Any {
        first: u32,
        last: u32,
    },
    Filter(Expr),
    Method(Method),
}

/// An item method.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are jsonpath's")]
pub enum Method {
    Type,
    Size,
    Abs,
    Ceiling,
    Floor,
    Double,
    KeyValue,
    BigInt,
    Boolean,
    Date,
    Integer,
    Number,
    StringOf,
    Datetime(Option<String>),
    Decimal(Option<(Numeric, Option<Numeric>)>),
    Time(Option<Numeric>),
    TimeTz(Option<Numeric>),
    Timestamp(Option<Numeric>),
    TimestampTz(Option<Numeric>),
}

impl Method {
    /// Its name, without parentheses.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Size => "size",
            Self::Abs => "abs",
            Self::Ceiling => "ceiling",
            Self::Floor => "floor",
            Self::Double => "double",
            Self::KeyValue => "keyvalue",
            Self::BigInt => "bigint",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::StringOf => "string",
            Self::Datetime(_) => "datetime",
            Self::Decimal(_) => "decimal",
            Self::Time(_) => "time",
            Self::TimeTz(_) => "time_tz",
            Self::Timestamp(_) => "timestamp",
            Self::TimestampTz(_) => "timestamp_tz",
        }
    }
}

/// The canonical text of a path's text. 42601, 22P02.
pub(crate) fn input(source: &str) -> Result<String> {
    let path = parse(source)?;
    let mut out = Vec::new();
    if !path.lax {
        out.extend_from_slice(b"strict ");
    }
    write_expr(&path.expr, true, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

impl Binary {
    fn text(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::StartsWith => "starts with",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    fn priority(self) -> u8 {
        match self {
            Self::Or => 0,
            Self::And => 1,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::StartsWith => 2,
            Self::Add | Self::Subtract => 3,
            Self::Multiply | Self::Divide | Self::Remainder => 4,
        }
    }
}

fn priority(expr: &Expr) -> u8 {
    match expr {
        Expr::Binary(operator, _, _) => operator.priority(),
        Expr::Plus(_) | Expr::Minus(_) => 5,
        Expr::Root
        | Expr::Current
        | Expr::Last
        | Expr::Null
        | Expr::Bool(_)
        | Expr::String(_)
        | Expr::Number(_)
        | Expr::Variable(_)
        | Expr::Not(_)
        | Expr::IsUnknown(_)
        | Expr::Exists(_)
        | Expr::LikeRegex { .. }
        | Expr::Access(..) => 6,
    }
}

fn write_expr(expr: &Expr, brackets: bool, out: &mut Vec<u8>) -> Result<()> {
    stack_check()?;
    let mut put = |text: &str| out.extend_from_slice(text.as_bytes());
    match expr {
        Expr::Root => put("$"),
        Expr::Current => put("@"),
        Expr::Last => put("last"),
        Expr::Null => put("null"),
        Expr::Bool(value) => put(if *value { "true" } else { "false" }),
        Expr::String(text) => write_string(text, out),
        Expr::Number(number) => number.write(out),
        Expr::Variable(name) => {
            put("$");
            write_string(name, out);
        }
        Expr::Plus(arg) | Expr::Minus(arg) => {
            put(if brackets { "(" } else { "" });
            out.push(if matches!(expr, Expr::Plus(_)) { b'+' } else { b'-' });
            write_expr(arg, priority(arg) <= 5, out)?;
            out.extend_from_slice(if brackets { b")" } else { b"" });
        }
        Expr::Binary(operator, left, right) => {
            put(if brackets { "(" } else { "" });
            write_expr(left, priority(left) <= operator.priority(), out)?;
            out.extend_from_slice(format!(" {} ", operator.text()).as_bytes());
            write_expr(right, priority(right) <= operator.priority(), out)?;
            out.extend_from_slice(if brackets { b")" } else { b"" });
        }
        Expr::Not(arg) => {
            put("!(");
            write_expr(arg, false, out)?;
            out.push(b')');
        }
        Expr::IsUnknown(arg) => {
            put("(");
            write_expr(arg, false, out)?;
            out.extend_from_slice(b") is unknown");
        }
        Expr::Exists(arg) => {
            put("exists (");
            write_expr(arg, false, out)?;
            out.push(b')');
        }
        Expr::LikeRegex { value, pattern, flags } => {
            put(if brackets { "(" } else { "" });
            write_expr(value, priority(value) <= 6 && priority(value) < 6, out)?;
            out.extend_from_slice(b" like_regex ");
            write_string(pattern, out);
            let known: String = "ismxq".chars().filter(|flag| flags.contains(*flag)).collect();
            if !known.is_empty() {
                out.extend_from_slice(format!(" flag \"{known}\"").as_bytes());
            }
            out.extend_from_slice(if brackets { b")" } else { b"" });
        }
        Expr::Access(base, steps) => {
            if matches!(**base, Expr::Number(_)) {
                out.push(b'(');
                write_expr(base, false, out)?;
                out.push(b')');
            } else {
                write_expr(base, true, out)?;
            }
            for step in steps {
                write_step(step, out)?;
            }
        }
    }
    Ok(())
}

fn write_step(step: &Step, out: &mut Vec<u8>) -> Result<()> {
    match step {
        Step::Key(name) => {
            out.push(b'.');
            write_string(name, out);
        }
        Step::AnyKey => out.extend_from_slice(b".*"),
        Step::AnyArray => out.extend_from_slice(b"[*]"),
        Step::Index(list) => {
            out.push(b'[');
            for (index, (from, to)) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_expr(from, false, out)?;
                if let Some(to) = to {
                    out.extend_from_slice(b" to ");
                    write_expr(to, false, out)?;
                }
            }
            out.push(b']');
        }
        Step::Any { first, last } => {
            let level = |level: u32| match level {
                u32::MAX => "last".to_owned(),
                level => level.to_string(),
            };
            let text = match (*first, *last) {
                (0, u32::MAX) => ".**".to_owned(),
                (first, last) if first == last => format!(".**{{{}}}", level(first)),
                (first, last) => format!(".**{{{} to {}}}", level(first), level(last)),
            };
            out.extend_from_slice(text.as_bytes());
        }
        Step::Filter(condition) => {
            out.extend_from_slice(b"?(");
            write_expr(condition, false, out)?;
            out.push(b')');
        }
        Step::Method(method) => write_method(method, out),
    }
    Ok(())
}

fn write_method(method: &Method, out: &mut Vec<u8>) {
    out.extend_from_slice(format!(".{}(", method.name()).as_bytes());
    match method {
        Method::Datetime(Some(template)) => write_string(template, out),
        Method::Decimal(Some((precision, scale))) => {
            precision.write(out);
            if let Some(scale) = scale {
                out.push(b',');
                scale.write(out);
            }
        }
        Method::Time(Some(precision))
        | Method::TimeTz(Some(precision))
        | Method::Timestamp(Some(precision))
        | Method::TimestampTz(Some(precision)) => precision.write(out),
        Method::Type
        | Method::Size
        | Method::Abs
        | Method::Ceiling
        | Method::Floor
        | Method::Double
        | Method::KeyValue
        | Method::BigInt
        | Method::Boolean
        | Method::Date
        | Method::Integer
        | Method::Number
        | Method::StringOf
        | Method::Datetime(None)
        | Method::Decimal(None)
        | Method::Time(None)
        | Method::TimeTz(None)
        | Method::Timestamp(None)
        | Method::TimestampTz(None) => {}
    }
    out.push(b')');
}
