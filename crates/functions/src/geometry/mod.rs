//! The geometric types. Comparisons allow for a small error, as PostgreSQL's do.

mod circle;
mod line;
mod path;
mod point;
mod polygon;
mod rect;
mod segment;

use crate::{Argument, Builtin, Output};
use batch::{BytesColumn, Vector};
use error::{Error, Result, SqlState};
use types::geometry::{Circle, EPSILON, Line, Path, Point, Rect, bytes_of, numbers};

pub(crate) const FAMILIES: [&[Builtin]; 7] = [
    circle::FUNCTIONS,
    line::FUNCTIONS,
    path::FUNCTIONS,
    point::FUNCTIONS,
    polygon::FUNCTIONS,
    rect::FUNCTIONS,
    segment::FUNCTIONS,
];

/// What lies between two points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Segment {
    a: Point,
    b: Point,
}

/// A polygon: a closed path.
#[derive(Debug, Clone, PartialEq)]
struct Polygon(Vec<Point>);

fn at(list: &[f64], index: usize) -> f64 {
    list.get(index).copied().unwrap_or(0.0)
}

fn pair(list: &[f64], index: usize) -> Point {
    Point { x: at(list, index), y: at(list, index + 1) }
}

macro_rules! geometric {
    ($type:ty, $read:expr, $write:expr) => {
        impl<'a> Argument<'a> for $type {
            type Column = &'a BytesColumn;
            fn column(vector: &'a Vector) -> Self::Column {
                <&[u8] as Argument>::column(vector)
            }
            fn get(column: Self::Column, row: usize) -> Self {
                let read: fn(&[u8]) -> Self = $read;
                read(column.get(row))
            }
        }
        impl Output for $type {
            fn put(self, out: &mut Vector, row: usize) {
                let write: fn(Self) -> Vec<u8> = $write;
                write(self).put(out, row);
            }
        }
    };
}

geometric!(Point, |bytes| pair(&numbers(bytes), 0), |p| bytes_of(&[p.x, p.y]));
geometric!(
    Segment,
    |bytes| {
        let list = numbers(bytes);
        Segment { a: pair(&list, 0), b: pair(&list, 2) }
    },
    |s| bytes_of(&[s.a.x, s.a.y, s.b.x, s.b.y])
);
geometric!(
    Line,
    |bytes| {
        let list = numbers(bytes);
        Line { a: at(&list, 0), b: at(&list, 1), c: at(&list, 2) }
    },
    |l| bytes_of(&[l.a, l.b, l.c])
);
geometric!(
    Rect,
    |bytes| {
        let list = numbers(bytes);
        Rect { high: pair(&list, 0), low: pair(&list, 2) }
    },
    |r| bytes_of(&[r.high.x, r.high.y, r.low.x, r.low.y])
);
geometric!(
    Circle,
    |bytes| {
        let list = numbers(bytes);
        Circle { center: pair(&list, 0), radius: at(&list, 2) }
    },
    |c| bytes_of(&[c.center.x, c.center.y, c.radius])
);
geometric!(Path, Path::decode, |path| path.encode());
geometric!(Polygon, |bytes| Polygon(Path::decode(bytes).points), |polygon| {
    Path { closed: true, points: polygon.0 }.encode()
});

fn less(a: f64, b: f64) -> bool {
    a + EPSILON < b
}

fn at_most(a: f64, b: f64) -> bool {
    a <= b + EPSILON
}

fn more(a: f64, b: f64) -> bool {
    a > b + EPSILON
}

fn at_least(a: f64, b: f64) -> bool {
    a + EPSILON >= b
}

fn invalid(message: &str) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

/// A result that is infinite though no operand is. 22003.
fn checked(value: f64, operands: &[f64]) -> Result<f64> {
    if value.is_infinite() && operands.iter().all(|operand| operand.is_finite()) {
        return Err(Error::new(
            SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
            "value out of range: overflow",
        ));
    }
    Ok(value)
}

fn add(a: f64, b: f64) -> Result<f64> {
    checked(a + b, &[a, b])
}

fn sub(a: f64, b: f64) -> Result<f64> {
    checked(a - b, &[a, b])
}

fn mul(a: f64, b: f64) -> Result<f64> {
    let value = checked(a * b, &[a, b])?;
    if value == 0.0 && a != 0.0 && b != 0.0 {
        return Err(underflow());
    }
    Ok(value)
}

fn div(a: f64, b: f64) -> Result<f64> {
    if b == 0.0 && !a.is_nan() {
        return Err(Error::new(SqlState::DIVISION_BY_ZERO, "division by zero"));
    }
    let value = checked(a / b, &[a])?;
    if value == 0.0 && a != 0.0 && b.is_finite() {
        return Err(underflow());
    }
    Ok(value)
}

#[cold]
fn underflow() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow")
}

/// The length of the hypotenuse. 22003.
fn hypotenuse(x: f64, y: f64) -> Result<f64> {
    if x.is_infinite() || y.is_infinite() {
        return Ok(f64::INFINITY);
    }
    if x.is_nan() || y.is_nan() {
        return Ok(f64::NAN);
    }
    let (x, y) = (x.abs(), y.abs());
    let (x, y) = if x < y { (y, x) } else { (x, y) };
    if y == 0.0 {
        return Ok(x);
    }
    let ratio = y / x;
    let value = x * (1.0 + ratio * ratio).sqrt();
    if value == 0.0 {
        return Err(underflow());
    }
    checked(value, &[])
}

fn distance(a: &Point, b: &Point) -> Result<f64> {
    hypotenuse(sub(a.x, b.x)?, sub(a.y, b.y)?)
}

fn middle(a: f64, b: f64) -> Result<f64> {
    div(add(a, b)?, 2.0)
}

/// A point multiplied by another as complex numbers are.
fn multiply(p: &Point, by: &Point) -> Result<Point> {
    Ok(Point {
        x: sub(mul(p.x, by.x)?, mul(p.y, by.y)?)?,
        y: add(mul(p.x, by.y)?, mul(p.y, by.x)?)?,
    })
}

fn divide(p: &Point, by: &Point) -> Result<Point> {
    let size = add(mul(by.x, by.x)?, mul(by.y, by.y)?)?;
    Ok(Point {
        x: div(add(mul(p.x, by.x)?, mul(p.y, by.y)?)?, size)?,
        y: div(sub(mul(p.y, by.x)?, mul(p.x, by.y)?)?, size)?,
    })
}

fn plus(p: &Point, by: &Point) -> Result<Point> {
    Ok(Point { x: add(p.x, by.x)?, y: add(p.y, by.y)? })
}

fn minus(p: &Point, by: &Point) -> Result<Point> {
    Ok(Point { x: sub(p.x, by.x)?, y: sub(p.y, by.y)? })
}

/// The segments of a chain of points; of a closed one also the last to the first.
fn segments(points: &[Point], closed: bool) -> Vec<Segment> {
    let mut list: Vec<Segment> =
        points.windows(2).map(|pair| Segment { a: pair[0], b: pair[1] }).collect();
    if closed && let (Some(first), Some(last)) = (points.first(), points.last()) {
        list.insert(0, Segment { a: *last, b: *first });
    }
    list
}

/// The box around points.
fn bounds(points: &[Point]) -> Rect {
    let first = points.first().copied().unwrap_or(Point { x: 0.0, y: 0.0 });
    let mut rect = Rect { high: first, low: first };
    for point in points {
        let less = |a: f64, b: f64| types::float::compare(a, b).is_lt();
        if less(point.x, rect.low.x) {
            rect.low.x = point.x;
        }
        if less(rect.high.x, point.x) {
            rect.high.x = point.x;
        }
        if less(point.y, rect.low.y) {
            rect.low.y = point.y;
        }
        if less(rect.high.y, point.y) {
            rect.high.y = point.y;
        }
    }
    rect
}

/// Whether a point is inside a polygon, on its border, or outside, by counting crossings of a ray to the right.
fn inside(point: &Point, polygon: &[Point]) -> Result<bool> {
    let mut total = 0;
    let mut moved = Vec::with_capacity(polygon.len());
    for corner in polygon {
        moved.push(minus(corner, point)?);
    }
    let Some(first) = moved.first().copied() else { return Ok(false) };
    let mut before = first;
    for corner in moved.iter().skip(1).chain([&first]) {
        match crossing(corner, &before)? {
            None => return Ok(true),
            Some(count) => total += count,
        }
        before = *corner;
    }
    Ok(total != 0)
}

/// How an edge crosses the positive x axis, in halves, by direction; `None` where it passes through the origin.
fn crossing(to: &Point, from: &Point) -> Result<Option<i32>> {
    let zero = types::geometry::nothing;
    if zero(to.y) {
        if zero(to.x) {
            return Ok(None);
        }
        if more(to.x, 0.0) {
            if zero(from.y) {
                return Ok(if more(from.x, 0.0) { Some(0) } else { None });
            }
            return Ok(Some(if less(from.y, 0.0) { 1 } else { -1 }));
        }
        if zero(from.y) {
            return Ok(if less(from.x, 0.0) { Some(0) } else { None });
        }
        return Ok(Some(0));
    }
    let sign = if more(to.y, 0.0) { 1 } else { -1 };
    if zero(from.y) {
        return Ok(Some(if less(from.x, 0.0) { 0 } else { sign }));
    }
    if sign < 0 && less(from.y, 0.0) || sign > 0 && more(from.y, 0.0) {
        return Ok(Some(0));
    }
    if at_least(to.x, 0.0) && more(from.x, 0.0) {
        return Ok(Some(2 * sign));
    }
    if less(to.x, 0.0) && at_most(from.x, 0.0) {
        return Ok(Some(0));
    }
    let z = sub(mul(sub(to.x, from.x)?, to.y)?, mul(sub(to.y, from.y)?, to.x)?)?;
    if zero(z) {
        return Ok(None);
    }
    if sign < 0 && less(z, 0.0) || sign > 0 && more(z, 0.0) {
        return Ok(Some(0));
    }
    Ok(Some(2 * sign))
}

/// The least of the distances; infinite of none.
fn least(list: impl IntoIterator<Item = Result<f64>>) -> Result<Option<f64>> {
    let mut found: Option<f64> = None;
    for distance in list {
        let distance = distance?;
        if found.is_none_or(|known| distance < known) {
            found = Some(distance);
        }
    }
    Ok(found)
}
