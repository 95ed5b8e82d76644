//! Boxes.

use super::segment::{closest_between, closest_to_point, meets};
use super::{
    Segment, at_least, at_most, bounds, distance, divide, less, middle, minus, more, mul, multiply,
    plus, sub,
};
use crate::{Builtin, Call, builtin};
use error::Result;
use types::geometry::{Point, Rect, near, rect_of};

/// The four sides.
pub(super) fn edges(rect: &Rect) -> [Segment; 4] {
    let left_top = Point { x: rect.low.x, y: rect.high.y };
    let right_bottom = Point { x: rect.high.x, y: rect.low.y };
    [
        Segment { a: rect.low, b: left_top },
        Segment { a: rect.high, b: left_top },
        Segment { a: rect.low, b: right_bottom },
        Segment { a: rect.high, b: right_bottom },
    ]
}

pub(super) fn overlaps(a: &Rect, b: &Rect) -> bool {
    at_most(a.low.x, b.high.x)
        && at_most(b.low.x, a.high.x)
        && at_most(a.low.y, b.high.y)
        && at_most(b.low.y, a.high.y)
}

pub(super) fn contains(a: &Rect, b: &Rect) -> bool {
    at_least(a.high.x, b.high.x)
        && at_most(a.low.x, b.low.x)
        && at_least(a.high.y, b.high.y)
        && at_most(a.low.y, b.low.y)
}

pub(super) fn contains_point(rect: &Rect, p: &Point) -> bool {
    rect.high.x >= p.x && rect.low.x <= p.x && rect.high.y >= p.y && rect.low.y <= p.y
}

pub(super) fn center(rect: &Rect) -> Result<Point> {
    Ok(Point { x: middle(rect.high.x, rect.low.x)?, y: middle(rect.high.y, rect.low.y)? })
}

fn area(rect: &Rect) -> Result<f64> {
    mul(sub(rect.high.x, rect.low.x)?, sub(rect.high.y, rect.low.y)?)
}

fn by_area(call: &mut Call<'_>, holds: fn(f64, f64) -> bool) -> Result<()> {
    call.map2(|a: Rect, b: Rect| Ok(holds(area(&a)?, area(&b)?)))
}

fn intersection(a: Rect, b: Rect) -> Result<Option<Rect>> {
    if !overlaps(&a, &b) {
        return Ok(None);
    }
    Ok(Some(Rect {
        high: Point { x: a.high.x.min(b.high.x), y: a.high.y.min(b.high.y) },
        low: Point { x: a.low.x.max(b.low.x), y: a.low.y.max(b.low.y) },
    }))
}

/// The nearest point of a box, and how far it is.
fn closest(rect: &Rect, p: &Point) -> Result<(Point, f64)> {
    if contains_point(rect, p) {
        return Ok((*p, 0.0));
    }
    nearest(rect, |edge| closest_to_point(edge, p))
}

fn nearest(rect: &Rect, f: impl Fn(&Segment) -> Result<(Point, f64)>) -> Result<(Point, f64)> {
    let [first, rest @ ..] = edges(rect);
    let mut best = f(&first)?;
    for edge in rest {
        let other = f(&edge)?;
        if other.1 < best.1 {
            best = other;
        }
    }
    Ok(best)
}

/// Whether a segment has a point in a box.
fn meets_segment(rect: &Rect, s: &Segment) -> Result<bool> {
    if !overlaps(rect, &bounds(&[s.a, s.b])) {
        return Ok(false);
    }
    if contains_point(rect, &s.a) || contains_point(rect, &s.b) {
        return Ok(true);
    }
    for edge in edges(rect) {
        if meets(&edge, s)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn closest_segment(rect: &Rect, s: &Segment) -> Result<(Point, f64)> {
    if meets_segment(rect, s)? {
        return Ok((closest_to_point(s, &center(rect)?)?.0, 0.0));
    }
    nearest(rect, |edge| closest_between(edge, s))
}

/// A box whose corners are moved, put in order again.
fn moved(rect: Rect, by: Point, f: fn(&Point, &Point) -> Result<Point>) -> Result<Rect> {
    Ok(rect_of(f(&rect.high, &by)?, f(&rect.low, &by)?))
}

fn union(a: Rect, b: Rect) -> Result<Rect> {
    Ok(bounds(&[a.high, a.low, b.high, b.low]))
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("points_box", |call| call.map2(|a: Point, b: Point| Ok(rect_of(a, b)))),
    builtin("point_box", |call| call.map1(|p: Point| Ok(Rect { high: p, low: p }))),
    builtin("boxes_bound_box", |call| call.map2(union)),
    builtin("box_same", |call| {
        call.map2(|a: Rect, b: Rect| Ok(a.high.same(&b.high) && a.low.same(&b.low)))
    }),
    builtin("box_overlap", |call| call.map2(|a: Rect, b: Rect| Ok(overlaps(&a, &b)))),
    builtin("box_left", |call| call.map2(|a: Rect, b: Rect| Ok(less(a.high.x, b.low.x)))),
    builtin("box_overleft", |call| call.map2(|a: Rect, b: Rect| Ok(at_most(a.high.x, b.high.x)))),
    builtin("box_right", |call| call.map2(|a: Rect, b: Rect| Ok(more(a.low.x, b.high.x)))),
    builtin("box_overright", |call| call.map2(|a: Rect, b: Rect| Ok(at_least(a.low.x, b.low.x)))),
    builtin("box_below", |call| call.map2(|a: Rect, b: Rect| Ok(less(a.high.y, b.low.y)))),
    builtin("box_overbelow", |call| call.map2(|a: Rect, b: Rect| Ok(at_most(a.high.y, b.high.y)))),
    builtin("box_above", |call| call.map2(|a: Rect, b: Rect| Ok(more(a.low.y, b.high.y)))),
    builtin("box_overabove", |call| call.map2(|a: Rect, b: Rect| Ok(at_least(a.low.y, b.low.y)))),
    builtin("box_below_eq", |call| call.map2(|a: Rect, b: Rect| Ok(at_most(a.high.y, b.low.y)))),
    builtin("box_above_eq", |call| call.map2(|a: Rect, b: Rect| Ok(at_least(a.low.y, b.high.y)))),
    builtin("box_contain", |call| call.map2(|a: Rect, b: Rect| Ok(contains(&a, &b)))),
    builtin("box_contained", |call| call.map2(|a: Rect, b: Rect| Ok(contains(&b, &a)))),
    builtin("box_contain_pt", |call| call.map2(|a: Rect, p: Point| Ok(contains_point(&a, &p)))),
    builtin("on_pb", |call| call.map2(|p: Point, a: Rect| Ok(contains_point(&a, &p)))),
    builtin("on_sb", |call| {
        call.map2(|s: Segment, a: Rect| Ok(contains_point(&a, &s.a) && contains_point(&a, &s.b)))
    }),
    builtin("inter_sb", |call| call.map2(|s: Segment, a: Rect| meets_segment(&a, &s))),
    builtin("box_eq", |call| by_area(call, near)),
    builtin("box_lt", |call| by_area(call, less)),
    builtin("box_gt", |call| by_area(call, more)),
    builtin("box_le", |call| by_area(call, at_most)),
    builtin("box_ge", |call| by_area(call, at_least)),
    builtin("box_area", |call| call.map1(|a: Rect| area(&a))),
    builtin("box_width", |call| call.map1(|a: Rect| sub(a.high.x, a.low.x))),
    builtin("box_height", |call| call.map1(|a: Rect| sub(a.high.y, a.low.y))),
    builtin("box_center", |call| call.map1(|a: Rect| center(&a))),
    builtin("box_diagonal", |call| call.map1(|a: Rect| Ok(Segment { a: a.high, b: a.low }))),
    builtin("box_distance", |call| {
        call.map2(|a: Rect, b: Rect| distance(&center(&a)?, &center(&b)?))
    }),
    builtin("box_intersect", |call| call.map2(intersection)),
    builtin("box_add", |call| call.map2(|a: Rect, p: Point| moved(a, p, plus))),
    builtin("box_sub", |call| call.map2(|a: Rect, p: Point| moved(a, p, minus))),
    builtin("box_mul", |call| call.map2(|a: Rect, p: Point| moved(a, p, multiply))),
    builtin("box_div", |call| call.map2(|a: Rect, p: Point| moved(a, p, divide))),
    builtin("dist_pb", |call| call.map2(|p: Point, a: Rect| Ok(closest(&a, &p)?.1))),
    builtin("dist_bp", |call| call.map2(|a: Rect, p: Point| Ok(closest(&a, &p)?.1))),
    builtin("dist_sb", |call| call.map2(|s: Segment, a: Rect| Ok(closest_segment(&a, &s)?.1))),
    builtin("dist_bs", |call| call.map2(|a: Rect, s: Segment| Ok(closest_segment(&a, &s)?.1))),
    builtin("close_pb", |call| {
        call.map2(|p: Point, a: Rect| {
            let (found, far) = closest(&a, &p)?;
            Ok((!far.is_nan()).then_some(found))
        })
    }),
    builtin("close_sb", |call| {
        call.map2(|s: Segment, a: Rect| {
            let (found, far) = closest_segment(&a, &s)?;
            Ok((!far.is_nan()).then_some(found))
        })
    }),
];
