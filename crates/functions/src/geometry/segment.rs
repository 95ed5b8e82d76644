//! Line segments.

use super::line::{closest, line_slope, meeting};
use super::{Segment, distance, middle};
use crate::{Builtin, builtin};
use error::Result;
use types::geometry::{Line, Point, line_of, near, slope};

fn tilt(s: &Segment) -> f64 {
    slope(&s.a, &s.b)
}

/// The slope of what stands square on a segment.
fn square(s: &Segment) -> f64 {
    if near(s.a.x, s.b.x) {
        0.0
    } else if near(s.a.y, s.b.y) {
        f64::INFINITY
    } else {
        (s.a.x - s.b.x) / (s.b.y - s.a.y)
    }
}

pub(super) fn contains(s: &Segment, p: &Point) -> Result<bool> {
    Ok(near(distance(p, &s.a)? + distance(p, &s.b)?, distance(&s.a, &s.b)?))
}

/// Where a segment meets a line.
pub(super) fn meets_line(s: &Segment, line: &Line) -> Result<Option<Point>> {
    let own = line_of(&s.a, tilt(s));
    let Some(found) = meeting(&own, line)? else { return Ok(None) };
    if !contains(s, &found)? {
        return Ok(None);
    }
    // What is as good as an end is that end.
    Ok(Some(if s.a.same(&found) {
        s.a
    } else if s.b.same(&found) {
        s.b
    } else {
        found
    }))
}

/// Where two segments meet.
pub(super) fn meets(a: &Segment, b: &Segment) -> Result<Option<Point>> {
    let other = line_of(&b.a, tilt(b));
    match meets_line(a, &other)? {
        Some(found) if contains(b, &found)? => Ok(Some(found)),
        Some(_) | None => Ok(None),
    }
}

/// The point of a segment nearest to a line, and how far it is.
pub(super) fn closest_to_line(s: &Segment, line: &Line) -> Result<(Point, f64)> {
    if let Some(found) = meets_line(s, line)? {
        return Ok((found, 0.0));
    }
    let far = |p: &Point| -> Result<f64> { Ok(closest(line, p)?.map_or(f64::NAN, |(_, far)| far)) };
    let (a, b) = (far(&s.a)?, far(&s.b)?);
    Ok(if a < b { (s.a, a) } else { (s.b, b) })
}

/// The point of a segment nearest to a point, and how far it is.
pub(super) fn closest_to_point(s: &Segment, p: &Point) -> Result<(Point, f64)> {
    let (found, _) = closest_to_line(s, &line_of(p, square(s)))?;
    Ok((found, distance(&found, p)?))
}

/// The point of the first segment nearest to the second, and how far it is.
pub(super) fn closest_between(on: &Segment, to: &Segment) -> Result<(Point, f64)> {
    if let Some(found) = meets(on, to)? {
        return Ok((found, 0.0));
    }
    let mut best = closest_to_point(on, &to.a)?;
    let other = closest_to_point(on, &to.b)?;
    if other.1 < best.1 {
        best = other;
    }
    for end in [on.a, on.b] {
        let (_, far) = closest_to_point(to, &end)?;
        if far < best.1 {
            best = (end, far);
        }
    }
    Ok(best)
}

pub(super) fn length(s: &Segment) -> Result<f64> {
    distance(&s.a, &s.b)
}

fn by_length(call: &mut crate::Call<'_>, holds: fn(f64, f64) -> bool) -> Result<()> {
    call.map2(|a: Segment, b: Segment| Ok(holds(length(&a)?, length(&b)?)))
}

fn same(a: &Segment, b: &Segment) -> bool {
    a.a.same(&b.a) && a.b.same(&b.b)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("lseg_construct", |call| call.map2(|a: Point, b: Point| Ok(Segment { a, b }))),
    builtin("lseg_eq", |call| call.map2(|a: Segment, b: Segment| Ok(same(&a, &b)))),
    builtin("lseg_ne", |call| call.map2(|a: Segment, b: Segment| Ok(!same(&a, &b)))),
    builtin("lseg_lt", |call| by_length(call, super::less)),
    builtin("lseg_le", |call| by_length(call, super::at_most)),
    builtin("lseg_gt", |call| by_length(call, super::more)),
    builtin("lseg_ge", |call| by_length(call, super::at_least)),
    builtin("lseg_length", |call| call.map1(|a: Segment| length(&a))),
    builtin("lseg_center", |call| {
        call.map1(|s: Segment| Ok(Point { x: middle(s.a.x, s.b.x)?, y: middle(s.a.y, s.b.y)? }))
    }),
    builtin("lseg_intersect", |call| {
        call.map2(|a: Segment, b: Segment| Ok(meets(&a, &b)?.is_some()))
    }),
    builtin("lseg_interpt", |call| call.map2(|a: Segment, b: Segment| meets(&a, &b))),
    builtin("lseg_parallel", |call| {
        call.map2(|a: Segment, b: Segment| Ok(near(tilt(&a), tilt(&b))))
    }),
    builtin("lseg_perp", |call| call.map2(|a: Segment, b: Segment| Ok(near(tilt(&a), square(&b))))),
    builtin("lseg_vertical", |call| call.map1(|a: Segment| Ok(near(a.a.x, a.b.x)))),
    builtin("lseg_horizontal", |call| call.map1(|a: Segment| Ok(near(a.a.y, a.b.y)))),
    builtin("lseg_distance", |call| {
        call.map2(|a: Segment, b: Segment| Ok(closest_between(&a, &b)?.1))
    }),
    builtin("dist_ps", |call| call.map2(|p: Point, s: Segment| Ok(closest_to_point(&s, &p)?.1))),
    builtin("dist_sp", |call| call.map2(|s: Segment, p: Point| Ok(closest_to_point(&s, &p)?.1))),
    builtin("close_ps", |call| {
        call.map2(|p: Point, s: Segment| {
            let (found, far) = closest_to_point(&s, &p)?;
            Ok((!far.is_nan()).then_some(found))
        })
    }),
    builtin("close_ls", |call| {
        call.map2(|l: Line, s: Segment| {
            if near(tilt(&s), line_slope(&l)?) {
                return Ok(None);
            }
            let (found, far) = closest_to_line(&s, &l)?;
            Ok((!far.is_nan()).then_some(found))
        })
    }),
    builtin("close_lseg", |call| {
        call.map2(|a: Segment, b: Segment| {
            if near(tilt(&a), tilt(&b)) {
                return Ok(None);
            }
            let (found, far) = closest_between(&b, &a)?;
            Ok((!far.is_nan()).then_some(found))
        })
    }),
    builtin("on_ps", |call| call.map2(|p: Point, s: Segment| contains(&s, &p))),
];
