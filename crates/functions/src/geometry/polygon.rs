//! Polygons.

use super::segment::{closest_between, closest_to_point, contains as on_segment, meets};
use super::{Polygon, Segment, add, bounds, distance, div, inside, least, rect, segments};
use crate::{Builtin, Call, builtin};
use error::{Result, stack_check};
use types::geometry::{Circle, Path, Point, Rect};

fn by_bounds(call: &mut Call<'_>, holds: fn(&Rect, &Rect) -> bool) -> Result<()> {
    call.map2(|a: Polygon, b: Polygon| Ok(holds(&bounds(&a.0), &bounds(&b.0))))
}

/// Whether the corners are the same, from any start and in either direction.
fn same(a: &[Point], b: &[Point]) -> bool {
    let count = a.len();
    count == b.len()
        && (0..count).filter(|start| a[0].same(&b[*start])).any(|start| {
            (0..count).all(|index| a[index].same(&b[(start + index) % count]))
                || (0..count).all(|index| a[index].same(&b[(start + count - index) % count]))
        })
}

pub(super) fn overlaps(a: &[Point], b: &[Point]) -> Result<bool> {
    if !rect::overlaps(&bounds(a), &bounds(b)) {
        return Ok(false);
    }
    let others = segments(b, true);
    for x in segments(a, true) {
        for y in &others {
            if meets(&x, y)?.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(inside(&a[0], b)? || inside(&b[0], a)?)
}

fn contains(outer: &[Point], inner: &[Point]) -> Result<bool> {
    if !rect::contains(&bounds(outer), &bounds(inner)) {
        return Ok(false);
    }
    for edge in segments(inner, true) {
        if !within(&edge.a, &edge.b, outer, 0)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a segment is inside a polygon: cut at the polygon's edges from `start` on, the middle of each part must be.
fn within(a: &Point, b: &Point, polygon: &[Point], start: usize) -> Result<bool> {
    stack_check()?;
    let tested = Segment { a: *a, b: *b };
    let count = polygon.len();
    let mut edge_start = polygon[if start == 0 { count - 1 } else { start - 1 }];
    let (mut result, mut crossed) = (true, false);
    let mut index = start;
    while index < count && result {
        let edge = Segment { a: edge_start, b: polygon[index] };
        if on_segment(&edge, &tested.a)? {
            if on_segment(&edge, &tested.b)? {
                return Ok(true);
            }
            result = touched(&tested.a, &tested.b, &edge, polygon, index + 1)?;
        } else if on_segment(&edge, &tested.b)? {
            result = touched(&tested.b, &tested.a, &edge, polygon, index + 1)?;
        } else if let Some(place) = meets(&tested, &edge)? {
            crossed = true;
            result = within(&tested.a, &place, polygon, index + 1)?
                && within(&tested.b, &place, polygon, index + 1)?;
        }
        edge_start = edge.b;
        index += 1;
    }
    if result && !crossed {
        let middle = Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 };
        result = inside(&middle, polygon)?;
    }
    Ok(result)
}

/// As [`within`] where the segment's end `a` lies on an edge.
fn touched(a: &Point, b: &Point, edge: &Segment, polygon: &[Point], start: usize) -> Result<bool> {
    let tested = Segment { a: *a, b: *b };
    if a.same(&edge.a) {
        if on_segment(&tested, &edge.b)? {
            return within(b, &edge.b, polygon, start);
        }
    } else if a.same(&edge.b) {
        if on_segment(&tested, &edge.a)? {
            return within(b, &edge.a, polygon, start);
        }
    } else if on_segment(&tested, &edge.a)? {
        return within(b, &edge.a, polygon, start);
    } else if on_segment(&tested, &edge.b)? {
        return within(b, &edge.b, polygon, start);
    }
    Ok(true)
}

fn between(a: &[Point], b: &[Point]) -> Result<Option<f64>> {
    if overlaps(a, b)? {
        return Ok(Some(0.0));
    }
    let (x, y) = (segments(a, true), segments(b, true));
    least(x.iter().flat_map(|x| y.iter().map(|y| Ok(closest_between(x, y)?.1))))
}

pub(super) fn to_point(polygon: &[Point], p: &Point) -> Result<f64> {
    if inside(p, polygon)? {
        return Ok(0.0);
    }
    let far = least(segments(polygon, true).iter().map(|s| Ok(closest_to_point(s, p)?.1)))?;
    Ok(far.unwrap_or(0.0))
}

/// The circle around the mean of the corners, with their mean distance from it.
pub(super) fn circle(polygon: &[Point]) -> Result<Circle> {
    let mut center = Point { x: 0.0, y: 0.0 };
    for p in polygon {
        center = super::plus(&center, p)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer corners than that")]
    let count = polygon.len() as f64;
    center = Point { x: div(center.x, count)?, y: div(center.y, count)? };
    let mut radius = 0.0;
    for p in polygon {
        radius = add(radius, distance(p, &center)?)?;
    }
    Ok(Circle { center, radius: div(radius, count)? })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("poly_left", |call| by_bounds(call, |a, b| a.high.x < b.low.x)),
    builtin("poly_overleft", |call| by_bounds(call, |a, b| a.high.x <= b.high.x)),
    builtin("poly_right", |call| by_bounds(call, |a, b| a.low.x > b.high.x)),
    builtin("poly_overright", |call| by_bounds(call, |a, b| a.low.x >= b.low.x)),
    builtin("poly_below", |call| by_bounds(call, |a, b| a.high.y < b.low.y)),
    builtin("poly_overbelow", |call| by_bounds(call, |a, b| a.high.y <= b.high.y)),
    builtin("poly_above", |call| by_bounds(call, |a, b| a.low.y > b.high.y)),
    builtin("poly_overabove", |call| by_bounds(call, |a, b| a.low.y >= b.low.y)),
    builtin("poly_same", |call| call.map2(|a: Polygon, b: Polygon| Ok(same(&a.0, &b.0)))),
    builtin("poly_overlap", |call| call.map2(|a: Polygon, b: Polygon| overlaps(&a.0, &b.0))),
    builtin("poly_contain", |call| call.map2(|a: Polygon, b: Polygon| contains(&a.0, &b.0))),
    builtin("poly_contained", |call| call.map2(|a: Polygon, b: Polygon| contains(&b.0, &a.0))),
    builtin("poly_contain_pt", |call| call.map2(|a: Polygon, p: Point| inside(&p, &a.0))),
    builtin("pt_contained_poly", |call| call.map2(|p: Point, a: Polygon| inside(&p, &a.0))),
    builtin("poly_distance", |call| call.map2(|a: Polygon, b: Polygon| between(&a.0, &b.0))),
    builtin("dist_ppoly", |call| call.map2(|p: Point, a: Polygon| to_point(&a.0, &p))),
    builtin("dist_polyp", |call| call.map2(|a: Polygon, p: Point| to_point(&a.0, &p))),
    builtin("poly_npoints", |call| call.map1(|a: Polygon| crate::text::count(a.0.len()))),
    builtin("poly_center", |call| call.map1(|a: Polygon| Ok(circle(&a.0)?.center))),
    builtin("poly_box", |call| call.map1(|a: Polygon| Ok(bounds(&a.0)))),
    builtin("poly_path", |call| call.map1(|a: Polygon| Ok(Path { closed: true, points: a.0 }))),
    builtin("poly_circle", |call| call.map1(|a: Polygon| circle(&a.0))),
    builtin("box_poly", |call| {
        call.map1(|r: Rect| {
            Ok(Polygon(vec![
                r.low,
                Point { x: r.low.x, y: r.high.y },
                r.high,
                Point { x: r.high.x, y: r.low.y },
            ]))
        })
    }),
];
