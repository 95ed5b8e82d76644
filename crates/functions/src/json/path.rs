//! Running a jsonpath over a jsonb value.
//!
//! What PostgreSQL may pass over (silent mode, predicates, which become unknown) are errors of class 22; others end the
//! statement.

#![expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only few matter to each step")]

use super::path_method;
use crate::Environment;
use crate::regex::{Flags, compile};
use error::{Error, Result, SqlState, stack_check};
use std::cmp::Ordering;
use types::json::jsonb::{self, Json};
use types::jsonpath::{Binary, Expr, JsonPath, Step};
use types::{Numeric, Style};

/// What a path finds: a jsonb value, or a moment that a method made.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Json(Vec<u8>),
    Moment(path_method::Moment),
}

impl Item {
    pub(super) fn json(&self) -> Json<'_> {
        match self {
            Self::Json(bytes) => jsonb::parse(bytes),
            Self::Moment(moment) => Json::String(&moment.text),
        }
    }

    /// The bytes of the jsonb value that it is shown as.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Json(bytes) => bytes,
            Self::Moment(moment) => text_item(&moment.text),
        }
    }
}

pub(super) fn text_item(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    jsonb::write_text(text, &mut out);
    out
}

pub(super) fn number_item(number: &Numeric) -> Item {
    let mut out = Vec::new();
    jsonb::write_number(number, &mut out);
    Item::Json(out)
}

fn truth_item(truth: Truth) -> Item {
    let mut out = Vec::new();
    match truth {
        Truth::True => jsonb::write_bool(true, &mut out),
        Truth::False => jsonb::write_bool(false, &mut out),
        Truth::Unknown => jsonb::write_null(&mut out),
    }
    Item::Json(out)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    fn of(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// One run of a path.
pub(super) struct Run<'a> {
    pub(super) lax: bool,
    pub(super) root: &'a [u8],
    /// An object.
    pub(super) variables: &'a [u8],
    /// Whether moments with and without a zone may be compared.
    pub(super) zoned: bool,
    pub(super) environment: &'a dyn Environment,
    /// Structural errors are passed over, as after `.**`.
    ignore: bool,
}

/// What `@` and `last` are.
#[derive(Clone, Copy)]
struct Place<'p> {
    current: Option<&'p Item>,
    last: Option<usize>,
}

pub(super) fn wrong(state: SqlState, message: impl Into<String>) -> Error {
    Error::new(state, message)
}

/// Whether silent mode and predicates pass over an error.
pub(super) fn is_passed_over(error: &Error) -> bool {
    error.code().to_string().starts_with("22")
}

/// All items that a path finds.
pub(super) fn run<'a>(
    path: &JsonPath,
    root: &'a [u8],
    variables: &'a [u8],
    zoned: bool,
    environment: &'a dyn Environment,
) -> Result<Vec<Item>> {
    let mut run = Run { lax: path.lax, root, variables, zoned, environment, ignore: path.lax };
    run.items(&path.expr, Place { current: None, last: None })
}

impl Run<'_> {
    pub(super) fn style(&self) -> &Style {
        self.environment.style()
    }

    fn items(&mut self, expr: &Expr, place: Place<'_>) -> Result<Vec<Item>> {
        stack_check()?;
        self.environment.check_cancel()?;
        let mut literal = Vec::new();
        match expr {
            Expr::Root => return Ok(vec![Item::Json(self.root.to_vec())]),
            Expr::Current => return Ok(place.current.into_iter().cloned().collect()),
            Expr::Last => {
                let last = place.last.ok_or_else(|| {
                    Error::internal("evaluating jsonpath LAST outside of array subscript")
                })?;
                let last = i128::try_from(last).unwrap_or(0) - 1;
                return Ok(vec![number_item(&Numeric::new(last, 0))]);
            }
            Expr::Null => jsonb::write_null(&mut literal),
            Expr::Bool(value) => jsonb::write_bool(*value, &mut literal),
            Expr::String(text) => jsonb::write_text(text, &mut literal),
            Expr::Number(number) => jsonb::write_number(number, &mut literal),
            Expr::Variable(name) => literal = self.variable(name)?,
            Expr::Plus(arg) => return self.unary(arg, "+", place),
            Expr::Minus(arg) => return self.unary(arg, "-", place),
            Expr::Binary(operator, left, right) if is_arithmetic(*operator) => {
                return self.arithmetic(*operator, left, right, place).map(|item| vec![item]);
            }
            Expr::Binary(..)
            | Expr::Not(_)
            | Expr::IsUnknown(_)
            | Expr::Exists(_)
            | Expr::LikeRegex { .. } => return Ok(vec![truth_item(self.truth(expr, place)?)]),
            Expr::Access(base, steps) => {
                let saved = self.ignore;
                let mut items = self.items(base, place)?;
                for step in steps {
                    let mut next = Vec::new();
                    for item in &items {
                        self.step(step, item, self.lax, &mut next)?;
                    }
                    if matches!(step, Step::Any { .. }) {
                        self.ignore = true;
                    }
                    items = next;
                }
                self.ignore = saved;
                return Ok(items);
            }
        }
        Ok(vec![Item::Json(literal)])
    }

    fn variable(&self, name: &str) -> Result<Vec<u8>> {
        let found = match jsonb::parse(self.variables) {
            Json::Object(pairs) => pairs.get(name),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => None,
        };
        found.map(<[u8]>::to_vec).ok_or_else(|| {
            let text = format!("could not find jsonpath variable \"{name}\"");
            wrong(SqlState::UNDEFINED_OBJECT, text)
        })
    }

    /// The items, arrays replaced by their elements in lax mode.
    fn unwrapped(&mut self, expr: &Expr, place: Place<'_>) -> Result<Vec<Item>> {
        let items = self.items(expr, place)?;
        if !self.lax {
            return Ok(items);
        }
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            match item.json() {
                Json::Array(list) => out.extend(list.iter().map(|e| Item::Json(e.to_vec()))),
                Json::Null
                | Json::Bool(_)
                | Json::Number(_)
                | Json::String(_)
                | Json::Object(_) => {
                    out.push(item);
                }
            }
        }
        Ok(out)
    }

    fn unary(&mut self, arg: &Expr, name: &str, place: Place<'_>) -> Result<Vec<Item>> {
        let items = self.unwrapped(arg, place)?;
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let Json::Number(number) = item.json() else {
                let text =
                    format!("operand of unary jsonpath operator {name} is not a numeric value");
                return Err(wrong(SqlState::SQL_JSON_NUMBER_NOT_FOUND, text));
            };
            let number = Numeric::decode(number);
            out.push(number_item(&if name == "-" { number.neg() } else { number }));
        }
        Ok(out)
    }

    fn arithmetic(
        &mut self,
        operator: Binary,
        left: &Expr,
        right: &Expr,
        place: Place<'_>,
    ) -> Result<Item> {
        let name = match operator {
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            _ => "%",
        };
        let mut side = |expr: &Expr, which: &str| -> Result<Numeric> {
            let items = self.unwrapped(expr, place)?;
            if let [item] = items.as_slice()
                && let Json::Number(number) = item.json()
            {
                return Ok(Numeric::decode(number));
            }
            let text = format!(
                "{which} operand of jsonpath operator {name} is not a single numeric value"
            );
            Err(wrong(SqlState::SINGLETON_SQL_JSON_ITEM_REQUIRED, text))
        };
        let (a, b) = (side(left, "left")?, side(right, "right")?);
        let value = match operator {
            Binary::Add => a.add(&b),
            Binary::Subtract => a.sub(&b),
            Binary::Multiply => a.mul(&b),
            Binary::Divide => a.div(&b),
            _ => a.rem(&b),
        }?;
        Ok(number_item(&value))
    }

    /// A step from one item; `unwrap` tells whether an array stands for its elements.
    fn step(&mut self, step: &Step, item: &Item, unwrap: bool, out: &mut Vec<Item>) -> Result<()> {
        stack_check()?;
        let applies_to_array = matches!(step, Step::AnyArray | Step::Index(_) | Step::Any { .. })
            || matches!(step, Step::Method(method) if path_method::takes_arrays(method));
        if unwrap
            && !applies_to_array
            && let Json::Array(list) = item.json()
        {
            for element in list.iter() {
                self.step(step, &Item::Json(element.to_vec()), false, out)?;
            }
            return Ok(());
        }
        let structural = |state: SqlState, text: String| {
            if self.ignore { Ok(()) } else { Err(wrong(state, text)) }
        };
        match (step, item.json()) {
            (Step::Key(name), Json::Object(pairs)) => match pairs.get(name) {
                Some(value) => out.push(Item::Json(value.to_vec())),
                None => {
                    let text = format!("JSON object does not contain key \"{name}\"");
                    structural(SqlState::SQL_JSON_MEMBER_NOT_FOUND, text)?;
                }
            },
            (Step::Key(_), _) => {
                let text = "jsonpath member accessor can only be applied to an object";
                structural(SqlState::SQL_JSON_MEMBER_NOT_FOUND, text.to_owned())?;
            }
            (Step::AnyKey, Json::Object(pairs)) => {
                out.extend(pairs.iter().map(|(_, value)| Item::Json(value.to_vec())));
            }
            (Step::AnyKey, _) => {
                let text = "jsonpath wildcard member accessor can only be applied to an object";
                structural(SqlState::SQL_JSON_OBJECT_NOT_FOUND, text.to_owned())?;
            }
            (Step::AnyArray, Json::Array(list)) => {
                out.extend(list.iter().map(|element| Item::Json(element.to_vec())));
            }
            (Step::AnyArray, _) if self.lax => out.push(item.clone()),
            (Step::AnyArray, _) => {
                let text = "jsonpath wildcard array accessor can only be applied to an array";
                structural(SqlState::SQL_JSON_ARRAY_NOT_FOUND, text.to_owned())?;
            }
            (Step::Index(list), json) => {
                if !self.lax && !matches!(json, Json::Array(_)) {
                    let text = "jsonpath array accessor can only be applied to an array";
                    return structural(SqlState::SQL_JSON_ARRAY_NOT_FOUND, text.to_owned());
                }
                self.index(list, item, out)?;
            }
            (Step::Any { first, last }, _) => {
                if *first == 0 {
                    out.push(item.clone());
                }
                self.descend(item, 1, *first, *last, out)?;
            }
            (Step::Filter(condition), _) => {
                let place = Place { current: Some(item), last: None };
                if self.truth(condition, place)? == Truth::True {
                    out.push(item.clone());
                }
            }
            (Step::Method(method), _) => path_method::apply(self, method, item, out)?,
        }
        Ok(())
    }

    fn descend(
        &self,
        item: &Item,
        level: u32,
        first: u32,
        last: u32,
        out: &mut Vec<Item>,
    ) -> Result<()> {
        stack_check()?;
        let children: Vec<&[u8]> = match item.json() {
            Json::Array(list) => list.iter().collect(),
            Json::Object(pairs) => pairs.iter().map(|(_, value)| value).collect(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
        };
        for child in children {
            let container = matches!(jsonb::parse(child), Json::Array(_) | Json::Object(_));
            let child = Item::Json(child.to_vec());
            if level >= first || first == u32::MAX && last == u32::MAX && !container {
                out.push(child.clone());
            }
            if level < last && container {
                self.descend(&child, level + 1, first, last, out)?;
            }
        }
        Ok(())
    }

    fn index(
        &mut self,
        list: &[(Expr, Option<Expr>)],
        item: &Item,
        out: &mut Vec<Item>,
    ) -> Result<()> {
        let elements: Vec<Item> = match item.json() {
            Json::Array(list) => list.iter().map(|element| Item::Json(element.to_vec())).collect(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_) => {
                vec![item.clone()]
            }
        };
        let count = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        for (from, to) in list {
            let place = Place { current: Some(item), last: Some(elements.len()) };
            let from = self.subscript(from, place)?;
            let to = match to {
                Some(to) => self.subscript(to, place)?,
                None => from,
            };
            if !self.ignore && (from < 0 || from > to || to >= count) {
                let text = "jsonpath array subscript is out of bounds";
                return Err(wrong(SqlState::INVALID_SQL_JSON_SUBSCRIPT, text));
            }
            for index in from.max(0)..=to.min(count - 1) {
                out.extend(
                    usize::try_from(index).ok().and_then(|index| elements.get(index)).cloned(),
                );
            }
        }
        Ok(())
    }

    fn subscript(&mut self, expr: &Expr, place: Place<'_>) -> Result<i64> {
        let items = self.items(expr, place)?;
        if let [item] = items.as_slice()
            && let Json::Number(number) = item.json()
        {
            let whole = Numeric::decode(number).trunc(0)?.to_i32().map_err(|_| {
                let text = "jsonpath array subscript is out of integer range";
                wrong(SqlState::INVALID_SQL_JSON_SUBSCRIPT, text)
            })?;
            return Ok(i64::from(whole));
        }
        let text = "jsonpath array subscript is not a single numeric value";
        Err(wrong(SqlState::INVALID_SQL_JSON_SUBSCRIPT, text))
    }

    fn truth(&mut self, expr: &Expr, place: Place<'_>) -> Result<Truth> {
        stack_check()?;
        match expr {
            Expr::Binary(Binary::And, left, right) => {
                let left = self.truth(left, place)?;
                if left == Truth::False {
                    return Ok(left);
                }
                let right = self.truth(right, place)?;
                Ok(if right == Truth::True { left } else { right })
            }
            Expr::Binary(Binary::Or, left, right) => {
                let left = self.truth(left, place)?;
                if left == Truth::True {
                    return Ok(left);
                }
                let right = self.truth(right, place)?;
                Ok(if right == Truth::False { left } else { right })
            }
            Expr::Binary(operator, left, right) => {
                let zoned = self.zoned;
                self.any_pair(left, Some(right), place, |run, a, b| match b {
                    Some(b) if *operator == Binary::StartsWith => Ok(starts_with(a, b)),
                    Some(b) => compare(*operator, a, b, zoned, run.style()),
                    None => Ok(Truth::Unknown),
                })
            }
            Expr::LikeRegex { value, pattern, flags } => {
                let environment = self.environment;
                self.any_pair(value, None, place, |_, a, _| {
                    like_regex(a, pattern, flags, environment)
                })
            }
            Expr::Not(arg) => self.truth(arg, place).map(Truth::not),
            Expr::IsUnknown(arg) => Ok(Truth::of(self.truth(arg, place)? == Truth::Unknown)),
            Expr::Exists(arg) => match self.items(arg, place) {
                Ok(items) => Ok(Truth::of(!items.is_empty())),
                Err(error) if is_passed_over(&error) => Ok(Truth::Unknown),
                Err(error) => Err(error),
            },
            Expr::Root
            | Expr::Current
            | Expr::Last
            | Expr::Null
            | Expr::Bool(_)
            | Expr::String(_)
            | Expr::Number(_)
            | Expr::Variable(_)
            | Expr::Plus(_)
            | Expr::Minus(_)
            | Expr::Access(..) => Err(Error::internal("a jsonpath item where a predicate belongs")),
        }
    }

    /// Whether a test holds of any pair of items; lax mode stops at the first, strict mode at what is unknown.
    fn any_pair(
        &mut self,
        left: &Expr,
        right: Option<&Expr>,
        place: Place<'_>,
        test: impl Fn(&Self, &Item, Option<&Item>) -> Result<Truth>,
    ) -> Result<Truth> {
        let mut side = |expr: &Expr| match self.unwrapped(expr, place) {
            Ok(items) => Ok(Some(items)),
            Err(error) if is_passed_over(&error) => Ok(None),
            Err(error) => Err(error),
        };
        let Some(lefts) = side(left)? else { return Ok(Truth::Unknown) };
        let rights = match right {
            None => vec![None],
            Some(right) => match side(right)? {
                Some(items) => items.into_iter().map(Some).collect(),
                None => return Ok(Truth::Unknown),
            },
        };
        let (mut found, mut unknown) = (false, false);
        for a in &lefts {
            for b in &rights {
                match test(self, a, b.as_ref())? {
                    Truth::Unknown if !self.lax => return Ok(Truth::Unknown),
                    Truth::Unknown => unknown = true,
                    Truth::True if self.lax => return Ok(Truth::True),
                    Truth::True => found = true,
                    Truth::False => {}
                }
            }
        }
        Ok(match (found, unknown) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        })
    }
}

fn is_arithmetic(operator: Binary) -> bool {
    matches!(
        operator,
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Remainder
    )
}

fn starts_with(a: &Item, b: &Item) -> Truth {
    match (a.json(), b.json()) {
        (Json::String(a), Json::String(b)) => Truth::of(a.starts_with(b)),
        _ => Truth::Unknown,
    }
}

fn like_regex(
    item: &Item,
    pattern: &str,
    flags: &str,
    environment: &dyn Environment,
) -> Result<Truth> {
    let Json::String(text) = item.json() else { return Ok(Truth::Unknown) };
    let mut options = String::new();
    for flag in flags.chars() {
        match flag {
            'i' | 'q' => options.push(flag),
            // Without "s" a dot matches no newline; "m" lets ^ and $ match at lines.
            _ => {}
        }
    }
    match (flags.contains('s'), flags.contains('m')) {
        _ if flags.contains('q') => {}
        (false, false) => options.push('p'),
        (false, true) => options.push('n'),
        (true, true) => options.push('w'),
        (true, false) => options.push('s'),
    }
    let regex = compile(pattern, Flags::parse(&options)?)?;
    Ok(Truth::of(regex.is_match(text, environment)?))
}

fn compare(operator: Binary, a: &Item, b: &Item, zoned: bool, style: &Style) -> Result<Truth> {
    let order = match (a, b) {
        (Item::Moment(a), Item::Moment(b)) => {
            match path_method::compare_moments(a, b, zoned, style)? {
                Some(order) => order,
                None => return Ok(Truth::Unknown),
            }
        }
        (Item::Moment(_), Item::Json(_)) | (Item::Json(_), Item::Moment(_)) => {
            return Ok(null_or_unknown(operator, &a.json(), &b.json()));
        }
        (Item::Json(_), Item::Json(_)) => match (a.json(), b.json()) {
            (Json::Null, Json::Null) => Ordering::Equal,
            (Json::Bool(a), Json::Bool(b)) => a.cmp(&b),
            (Json::Number(a), Json::Number(b)) => Numeric::decode(a).cmp(&Numeric::decode(b)),
            (Json::String(a), Json::String(b)) => a.cmp(b),
            (a, b) => return Ok(null_or_unknown(operator, &a, &b)),
        },
    };
    Ok(Truth::of(match operator {
        Binary::Equal => order.is_eq(),
        Binary::NotEqual => order.is_ne(),
        Binary::Less => order.is_lt(),
        Binary::LessOrEqual => order.is_le(),
        Binary::Greater => order.is_gt(),
        _ => order.is_ge(),
    }))
}

/// null compares with all else as different; other kinds do not compare.
fn null_or_unknown(operator: Binary, a: &Json<'_>, b: &Json<'_>) -> Truth {
    match (a, b) {
        (Json::Null, _) | (_, Json::Null) => Truth::of(operator == Binary::NotEqual),
        _ => Truth::Unknown,
    }
}
