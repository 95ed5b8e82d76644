//! Lines without end.

use super::segment::{closest_to_line, meets_line};
use super::{Segment, add, distance, div, hypotenuse, invalid, mul, sub};
use crate::{Builtin, builtin};
use error::Result;
use types::geometry::{Line, Point, Rect, line_of, near, nothing, slope};

/// Where two lines meet; `None` where they are parallel.
pub(super) fn meeting(a: &Line, b: &Line) -> Result<Option<Point>> {
    let (x, y);
    if !nothing(a.b) {
        if near(b.a, mul(a.a, div(b.b, a.b)?)?) {
            return Ok(None);
        }
        x = div(sub(mul(a.b, b.c)?, mul(b.b, a.c)?)?, sub(mul(a.a, b.b)?, mul(b.a, a.b)?)?)?;
        y = div(-add(mul(a.a, x)?, a.c)?, a.b)?;
    } else if !nothing(b.b) {
        if near(a.a, mul(b.a, div(a.b, b.b)?)?) {
            return Ok(None);
        }
        x = div(sub(mul(b.b, a.c)?, mul(a.b, b.c)?)?, sub(mul(b.a, a.b)?, mul(a.a, b.b)?)?)?;
        y = div(-add(mul(b.a, x)?, b.c)?, b.b)?;
    } else {
        return Ok(None);
    }
    // Adding zero turns -0 into 0.
    Ok(Some(Point { x: x + 0.0, y: y + 0.0 }))
}

pub(super) fn contains(line: &Line, p: &Point) -> Result<bool> {
    Ok(nothing(add(add(mul(line.a, p.x)?, mul(line.b, p.y)?)?, line.c)?))
}

fn inverse_slope(line: &Line) -> Result<f64> {
    if nothing(line.a) {
        Ok(f64::INFINITY)
    } else if nothing(line.b) {
        Ok(0.0)
    } else {
        div(line.b, line.a)
    }
}

pub(super) fn line_slope(line: &Line) -> Result<f64> {
    if nothing(line.a) {
        Ok(0.0)
    } else if nothing(line.b) {
        Ok(f64::INFINITY)
    } else {
        div(line.a, -line.b)
    }
}

/// The nearest point of a line, and how far it is; `None` where there is none to tell.
pub(super) fn closest(line: &Line, p: &Point) -> Result<Option<(Point, f64)>> {
    let across = line_of(p, inverse_slope(line)?);
    match meeting(&across, line)? {
        Some(found) => Ok(Some((found, distance(&found, p)?))),
        None => Ok(None),
    }
}

fn to_point(line: &Line, p: &Point) -> Result<f64> {
    Ok(closest(line, p)?.map_or(f64::NAN, |(_, far)| far))
}

fn between(a: &Line, b: &Line) -> Result<f64> {
    if meeting(a, b)?.is_some() {
        return Ok(0.0);
    }
    let some = |value: f64| !nothing(value) && !value.is_nan();
    let ratio = if some(a.a) && some(b.a) {
        div(a.a, b.a)?
    } else if some(a.b) && some(b.b) {
        div(a.b, b.b)?
    } else {
        1.0
    };
    div(sub(a.c, mul(ratio, b.c)?)?.abs(), hypotenuse(a.a, a.b)?)
}

fn same(a: &Line, b: &Line) -> Result<bool> {
    let has_nan = |l: &Line| l.a.is_nan() || l.b.is_nan() || l.c.is_nan();
    if has_nan(a) || has_nan(b) {
        let equal = |x: f64, y: f64| types::float::compare(x, y).is_eq();
        return Ok(equal(a.a, b.a) && equal(a.b, b.b) && equal(a.c, b.c));
    }
    let ratio = if !nothing(b.a) {
        div(a.a, b.a)?
    } else if !nothing(b.b) {
        div(a.b, b.b)?
    } else if !nothing(b.c) {
        div(a.c, b.c)?
    } else {
        1.0
    };
    Ok(near(a.a, mul(ratio, b.a)?) && near(a.b, mul(ratio, b.b)?) && near(a.c, mul(ratio, b.c)?))
}

fn perpendicular(a: &Line, b: &Line) -> Result<bool> {
    if nothing(a.a) {
        return Ok(nothing(b.b));
    }
    if nothing(b.a) {
        return Ok(nothing(a.b));
    }
    if nothing(a.b) {
        return Ok(nothing(b.a));
    }
    if nothing(b.b) {
        return Ok(nothing(a.a));
    }
    Ok(near(div(mul(a.a, b.a)?, mul(a.b, b.b)?)?, -1.0))
}

fn through(a: Point, b: Point) -> Result<Line> {
    if a.same(&b) {
        return Err(invalid("invalid line specification: must be two distinct points"));
    }
    Ok(line_of(&a, slope(&a, &b)))
}

fn meets_box(line: &Line, rect: &Rect) -> Result<bool> {
    for edge in super::rect::edges(rect) {
        if meets_line(&edge, line)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn to_segment(line: &Line, segment: &Segment) -> Result<f64> {
    Ok(closest_to_line(segment, line)?.1)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("line_construct_pp", |call| call.map2(through)),
    builtin("line_eq", |call| call.map2(|a: Line, b: Line| same(&a, &b))),
    builtin("line_interpt", |call| call.map2(|a: Line, b: Line| meeting(&a, &b))),
    builtin("line_intersect", |call| call.map2(|a: Line, b: Line| Ok(meeting(&a, &b)?.is_some()))),
    builtin("line_parallel", |call| call.map2(|a: Line, b: Line| Ok(meeting(&a, &b)?.is_none()))),
    builtin("line_perp", |call| call.map2(|a: Line, b: Line| perpendicular(&a, &b))),
    builtin("line_vertical", |call| call.map1(|a: Line| Ok(nothing(a.b)))),
    builtin("line_horizontal", |call| call.map1(|a: Line| Ok(nothing(a.a)))),
    builtin("line_distance", |call| call.map2(|a: Line, b: Line| between(&a, &b))),
    builtin("dist_pl", |call| call.map2(|p: Point, l: Line| to_point(&l, &p))),
    builtin("dist_lp", |call| call.map2(|l: Line, p: Point| to_point(&l, &p))),
    builtin("dist_sl", |call| call.map2(|s: Segment, l: Line| to_segment(&l, &s))),
    builtin("dist_ls", |call| call.map2(|l: Line, s: Segment| to_segment(&l, &s))),
    builtin("on_pl", |call| call.map2(|p: Point, l: Line| contains(&l, &p))),
    builtin("on_sl", |call| {
        call.map2(|s: Segment, l: Line| Ok(contains(&l, &s.a)? && contains(&l, &s.b)?))
    }),
    builtin("close_pl", |call| {
        call.map2(|p: Point, l: Line| {
            Ok(closest(&l, &p)?.filter(|(_, far)| !far.is_nan()).map(|(found, _)| found))
        })
    }),
    builtin("inter_sl", |call| call.map2(|s: Segment, l: Line| Ok(meets_line(&s, &l)?.is_some()))),
    builtin("inter_lb", |call| call.map2(|l: Line, r: Rect| meets_box(&l, &r))),
];
