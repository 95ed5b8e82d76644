//! The geometric types: point, lseg, line, box, path, polygon, circle.
//!
//! As bytes, little-endian float8s: a point's two; an lseg's and a box's (upper right corner first) four; a line's
//! three, of Ax + By + C = 0; a circle's centre and radius; a path's and polygon's points after one byte that tells
//! whether it is closed.

use crate::binary::Reader;
use crate::io::invalid_input;
use crate::text::is_space;
use crate::{Oid, float, type_oid};
use error::{Error, Result, SqlState};

/// What counts as nothing.
pub const EPSILON: f64 = 1.0e-6;

/// A place.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "coordinates")]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// The points of Ax + By + C = 0.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "coefficients")]
pub struct Line {
    pub a: f64,
    pub b: f64,
    pub c: f64,
}

/// A rectangle along the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "corners")]
pub struct Rect {
    pub high: Point,
    pub low: Point,
}

/// A circle.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "what a circle has")]
pub struct Circle {
    pub center: Point,
    pub radius: f64,
}

/// A path; polygons are closed ones.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "what a path has")]
pub struct Path {
    pub closed: bool,
    pub points: Vec<Point>,
}

impl Point {
    /// Whether two are the same but for [`EPSILON`].
    pub fn same(&self, other: &Self) -> bool {
        let nan = |p: &Self| p.x.is_nan() || p.y.is_nan();
        if nan(self) || nan(other) {
            let equal = |a: f64, b: f64| float::compare(a, b).is_eq();
            return equal(self.x, other.x) && equal(self.y, other.y);
        }
        near(self.x, other.x) && near(self.y, other.y)
    }
}

/// Whether two numbers are equal but for [`EPSILON`].
pub fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= EPSILON
}

/// Whether a number is nothing but for [`EPSILON`].
pub fn nothing(a: f64) -> bool {
    a.abs() <= EPSILON
}

/// The slope from one point to another; infinite for a vertical one.
pub fn slope(a: &Point, b: &Point) -> f64 {
    if near(a.x, b.x) {
        f64::INFINITY
    } else if near(a.y, b.y) {
        0.0
    } else {
        (a.y - b.y) / (a.x - b.x)
    }
}

/// The line of a slope through a point.
pub fn line_of(point: &Point, slope: f64) -> Line {
    if slope.is_infinite() {
        Line { a: -1.0, b: 0.0, c: point.x }
    } else if slope == 0.0 {
        Line { a: 0.0, b: -1.0, c: point.y }
    } else {
        // Adding zero turns -0 into 0.
        Line { a: slope, b: -1.0, c: point.y - slope * point.x + 0.0 }
    }
}

/// The numbers of a value's bytes.
pub fn numbers(bytes: &[u8]) -> Vec<f64> {
    let number = |chunk: &[u8]| chunk.try_into().map_or(0.0, f64::from_le_bytes);
    bytes.chunks_exact(8).map(number).collect()
}

/// The bytes of numbers.
pub fn bytes_of(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

impl Path {
    /// The path of its bytes.
    pub fn decode(bytes: &[u8]) -> Self {
        let (closed, rest) =
            bytes.split_first().map_or((false, bytes), |(c, rest)| (*c != 0, rest));
        let points = numbers(rest).chunks_exact(2).map(|p| Point { x: p[0], y: p[1] }).collect();
        Self { closed, points }
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![u8::from(self.closed)];
        for point in &self.points {
            out.extend(bytes_of(&[point.x, point.y]));
        }
        out
    }
}

/// Whether the type is one of these.
pub fn is_geometric(type_id: Oid) -> bool {
    matches!(
        type_id,
        type_oid::POINT
            | type_oid::LSEG
            | type_oid::LINE
            | type_oid::BOX
            | type_oid::PATH
            | type_oid::POLYGON
            | type_oid::CIRCLE
    )
}

fn name(type_id: Oid) -> &'static str {
    crate::builtin_type(type_id).map_or("?", |row| row.name)
}

/// Reads the parts of a text in order.
struct Scanner<'a> {
    kind: &'static str,
    source: &'a str,
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn new(type_id: Oid, source: &'a str) -> Self {
        Self { kind: name(type_id), source, rest: source }
    }

    fn invalid(&self) -> Error {
        invalid_input(self.kind, self.source)
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    fn take(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Result<f64> {
        self.skip();
        let bytes = self.rest.as_bytes();
        let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
        let word = bytes[end..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
        if word > 0 {
            end += word;
        } else {
            let digits =
                |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
            end += digits(end);
            if bytes.get(end) == Some(&b'.') {
                end += 1 + digits(end + 1);
            }
            if matches!(bytes.get(end), Some(b'e' | b'E')) {
                let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
                let exponent = digits(end + 1 + sign);
                end += if exponent > 0 { 1 + sign + exponent } else { 0 };
            }
        }
        let value = match float::input8(&self.rest[..end]) {
            Ok(value) => value,
            Err(error) if error.code() == SqlState::NUMERIC_VALUE_OUT_OF_RANGE => {
                return Err(error);
            }
            Err(_) => return Err(self.invalid()),
        };
        self.rest = &self.rest[end..];
        self.skip();
        Ok(value)
    }

    fn point(&mut self) -> Result<Point> {
        self.skip();
        let parenthesis = self.take('(');
        let x = self.number()?;
        if !self.take(',') {
            return Err(self.invalid());
        }
        let y = self.number()?;
        if parenthesis && !self.take(')') {
            return Err(self.invalid());
        }
        self.skip();
        Ok(Point { x, y })
    }

    /// So many points, perhaps in parentheses or, where allowed, brackets; whether they were in brackets.
    fn points(&mut self, count: usize, brackets: bool) -> Result<(Vec<Point>, bool)> {
        self.skip();
        let (mut open, mut depth) = (false, 0);
        if brackets && self.take('[') {
            open = true;
            depth = 1;
        } else if let Some(inner) = self.rest.strip_prefix('(') {
            let inner = inner.trim_start_matches(is_space);
            if inner.starts_with('(') || self.rest.rfind('(') == Some(0) {
                depth = 1;
                self.rest = inner;
            }
        }
        let mut points = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            points.push(self.point()?);
            self.take(',');
        }
        while depth > 0 {
            if !(self.take(')') || open && depth == 1 && self.take(']')) {
                return Err(self.invalid());
            }
            depth -= 1;
            self.skip();
        }
        Ok((points, open))
    }

    fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.invalid()) }
    }

    /// How many points the commas tell of.
    fn count(&self) -> Result<usize> {
        let commas = self.source.matches(',').count();
        if commas % 2 == 1 { Ok(commas.div_ceil(2)) } else { Err(self.invalid()) }
    }
}

/// A value from text. 22P02, 22003.
pub(crate) fn input(type_id: Oid, source: &str) -> Result<Vec<u8>> {
    let mut scanner = Scanner::new(type_id, source);
    let bytes = match type_id {
        type_oid::POINT => {
            let point = scanner.point()?;
            bytes_of(&[point.x, point.y])
        }
        type_oid::LSEG => {
            let (points, _) = scanner.points(2, true)?;
            bytes_of(&[points[0].x, points[0].y, points[1].x, points[1].y])
        }
        type_oid::BOX => {
            let (points, _) = scanner.points(2, false)?;
            let rect = rect_of(points[0], points[1]);
            bytes_of(&[rect.high.x, rect.high.y, rect.low.x, rect.low.y])
        }
        type_oid::LINE => {
            let line = line_text(&mut scanner)?;
            bytes_of(&[line.a, line.b, line.c])
        }
        type_oid::CIRCLE => {
            let circle = circle_text(&mut scanner)?;
            bytes_of(&[circle.center.x, circle.center.y, circle.radius])
        }
        type_oid::PATH => {
            let count = scanner.count()?;
            scanner.skip();
            let single = scanner.rest.rfind('(') == Some(0);
            if single {
                scanner.take('(');
            }
            let (points, open) = scanner.points(count, true)?;
            if single {
                if !scanner.take(')') {
                    return Err(scanner.invalid());
                }
                scanner.skip();
            }
            Path { closed: !open, points }.encode()
        }
        _ => {
            let count = scanner.count()?;
            let (points, _) = scanner.points(count, false)?;
            Path { closed: true, points }.encode()
        }
    };
    scanner.end()?;
    Ok(bytes)
}

/// The box of two corners.
pub fn rect_of(a: Point, b: Point) -> Rect {
    let order = |a: f64, b: f64| if float::compare(a, b).is_gt() { (a, b) } else { (b, a) };
    let ((high_x, low_x), (high_y, low_y)) = (order(a.x, b.x), order(a.y, b.y));
    Rect { high: Point { x: high_x, y: high_y }, low: Point { x: low_x, y: low_y } }
}

fn line_text(scanner: &mut Scanner<'_>) -> Result<Line> {
    let wrong = |text: &str| Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text);
    scanner.skip();
    if !scanner.take('{') {
        let (points, _) = scanner.points(2, true)?;
        if points[0].same(&points[1]) {
            return Err(wrong("invalid line specification: must be two distinct points"));
        }
        return Ok(line_of(&points[0], slope(&points[0], &points[1])));
    }
    let a = scanner.number()?;
    let comma = scanner.take(',');
    let b = if comma { scanner.number()? } else { return Err(scanner.invalid()) };
    let c = if scanner.take(',') { scanner.number()? } else { return Err(scanner.invalid()) };
    if !scanner.take('}') {
        return Err(scanner.invalid());
    }
    scanner.skip();
    if nothing(a) && nothing(b) {
        return Err(wrong("invalid line specification: A and B cannot both be zero"));
    }
    Ok(Line { a, b, c })
}

fn circle_text(scanner: &mut Scanner<'_>) -> Result<Circle> {
    scanner.skip();
    let mut depth = 0;
    if scanner.take('<') {
        depth = 1;
    } else if let Some(inner) = scanner.rest.strip_prefix('(') {
        let inner = inner.trim_start_matches(is_space);
        if inner.starts_with('(') {
            depth = 1;
            scanner.rest = inner;
        }
    }
    let center = scanner.point()?;
    scanner.take(',');
    let radius = scanner.number()?;
    if radius < 0.0 {
        return Err(scanner.invalid());
    }
    while depth > 0 {
        if !(scanner.take(')') || depth == 1 && scanner.take('>')) {
            return Err(scanner.invalid());
        }
        depth -= 1;
        scanner.skip();
    }
    Ok(Circle { center, radius })
}

/// Appends the text form.
pub(crate) fn write(type_id: Oid, bytes: &[u8], digits: i32, out: &mut Vec<u8>) -> Result<()> {
    let pair = |x: f64, y: f64, out: &mut Vec<u8>| {
        out.push(b'(');
        float::write8(x, digits, out);
        out.push(b',');
        float::write8(y, digits, out);
        out.push(b')');
    };
    if matches!(type_id, type_oid::PATH | type_oid::POLYGON) {
        let path = Path::decode(bytes);
        out.push(if path.closed { b'(' } else { b'[' });
        for (index, point) in path.points.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            pair(point.x, point.y, out);
        }
        out.push(if path.closed { b')' } else { b']' });
        return Ok(());
    }
    match (type_id, numbers(bytes).as_slice()) {
        (type_oid::POINT, [x, y]) => pair(*x, *y, out),
        (type_oid::LINE, [a, b, c]) => {
            out.push(b'{');
            float::write8(*a, digits, out);
            out.push(b',');
            float::write8(*b, digits, out);
            out.push(b',');
            float::write8(*c, digits, out);
            out.push(b'}');
        }
        (type_oid::CIRCLE, [x, y, radius]) => {
            out.push(b'<');
            pair(*x, *y, out);
            out.push(b',');
            float::write8(*radius, digits, out);
            out.push(b'>');
        }
        (_, [a, b, c, d]) => {
            let segment = type_id == type_oid::LSEG;
            if segment {
                out.push(b'[');
            }
            pair(*a, *b, out);
            out.push(b',');
            pair(*c, *d, out);
            if segment {
                out.push(b']');
            }
        }
        _ => return Err(Error::corrupted("bytes are not a geometric value")),
    }
    Ok(())
}

/// Appends the binary form.
pub(crate) fn send(type_id: Oid, bytes: &[u8], out: &mut Vec<u8>) {
    let floats = |list: &[f64], out: &mut Vec<u8>| {
        list.iter().for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
    };
    if !matches!(type_id, type_oid::PATH | type_oid::POLYGON) {
        return floats(&numbers(bytes), out);
    }
    let path = Path::decode(bytes);
    if type_id == type_oid::PATH {
        out.push(u8::from(path.closed));
    }
    out.extend_from_slice(&u32::try_from(path.points.len()).unwrap_or(0).to_be_bytes());
    path.points.iter().for_each(|point| floats(&[point.x, point.y], out));
}

/// A value from its binary form. 08P01, 22P03.
pub(crate) fn receive(type_id: Oid, reader: &mut Reader<'_>) -> Result<Vec<u8>> {
    let mut floats =
        |count: usize| -> Result<Vec<f64>> { (0..count).map(|_| reader.f64()).collect() };
    Ok(match type_id {
        type_oid::POINT => bytes_of(&floats(2)?),
        type_oid::LSEG => bytes_of(&floats(4)?),
        type_oid::BOX => {
            let four = floats(4)?;
            let rect = rect_of(Point { x: four[0], y: four[1] }, Point { x: four[2], y: four[3] });
            bytes_of(&[rect.high.x, rect.high.y, rect.low.x, rect.low.y])
        }
        type_oid::LINE | type_oid::CIRCLE => bytes_of(&floats(3)?),
        _ => {
            let closed = type_id == type_oid::POLYGON || reader.u8()? != 0;
            let count = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
            let kind = name(type_id);
            if count == 0 || count > 0x3FF_FFFF {
                let text = format!("invalid number of points in external \"{kind}\" value");
                return Err(Error::new(SqlState::INVALID_BINARY_REPRESENTATION, text));
            }
            let mut points = Vec::new();
            for _ in 0..count {
                points.push(Point { x: reader.f64()?, y: reader.f64()? });
            }
            Path { closed, points }.encode()
        }
    })
}
