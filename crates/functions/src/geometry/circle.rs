//! Circles.

use super::{
    Polygon, add, at_least, at_most, distance, div, divide, hypotenuse, invalid, less, minus, more,
    mul, multiply, plus, polygon, rect, sub,
};
use crate::{Builtin, Call, builtin};
use error::{Error, Result, SqlState};
use std::f64::consts::PI;
use types::geometry::{Circle, Point, Rect, near};

fn area(c: &Circle) -> Result<f64> {
    mul(mul(c.radius, c.radius)?, PI)
}

fn by_area(call: &mut Call<'_>, holds: fn(f64, f64) -> bool) -> Result<()> {
    call.map2(|a: Circle, b: Circle| Ok(holds(area(&a)?, area(&b)?)))
}

fn same(a: &Circle, b: &Circle) -> bool {
    let radius = a.radius.is_nan() && b.radius.is_nan() || near(a.radius, b.radius);
    radius && a.center.same(&b.center)
}

fn beside(call: &mut Call<'_>, holds: fn(&Circle, &Circle) -> Result<bool>) -> Result<()> {
    call.map2(|a: Circle, b: Circle| holds(&a, &b))
}

fn contains(a: &Circle, b: &Circle) -> Result<bool> {
    Ok(at_most(distance(&a.center, &b.center)?, sub(a.radius, b.radius)?))
}

fn contains_point(c: &Circle, p: &Point) -> Result<bool> {
    Ok(distance(&c.center, p)? <= c.radius)
}

fn to_point(c: &Circle, p: &Point) -> Result<f64> {
    let far = sub(distance(p, &c.center)?, c.radius)?;
    Ok(if far < 0.0 { 0.0 } else { far })
}

fn to_polygon(c: &Circle, polygon: &[Point]) -> Result<f64> {
    let far = sub(polygon::to_point(polygon, &c.center)?, c.radius)?;
    Ok(if far < 0.0 { 0.0 } else { far })
}

fn between(a: &Circle, b: &Circle) -> Result<f64> {
    let far = sub(distance(&a.center, &b.center)?, add(a.radius, b.radius)?)?;
    Ok(if far < 0.0 { 0.0 } else { far })
}

fn around(rect: &Rect) -> Result<Circle> {
    let center = rect::center(rect)?;
    Ok(Circle { center, radius: distance(&center, &rect.high)? })
}

fn box_within(c: &Circle) -> Result<Rect> {
    let delta = div(c.radius, 2f64.sqrt())?;
    Ok(Rect {
        high: Point { x: add(c.center.x, delta)?, y: add(c.center.y, delta)? },
        low: Point { x: sub(c.center.x, delta)?, y: sub(c.center.y, delta)? },
    })
}

/// A polygon of so many corners on a circle. 22023, 0A000.
fn corners(count: i32, c: Circle) -> Result<Polygon> {
    if near(c.radius, 0.0) {
        let text = "cannot convert circle with radius zero to polygon";
        return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
    }
    if count < 2 {
        return Err(invalid("must request at least 2 points"));
    }
    if count > 0x3FF_FFFF {
        return Err(Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "too many points requested"));
    }
    let step = 2.0 * PI / f64::from(count);
    let corner = |index: i32| -> Result<Point> {
        let angle = mul(step, f64::from(index))?;
        Ok(Point {
            x: sub(c.center.x, c.radius * angle.cos())?,
            y: add(c.center.y, c.radius * angle.sin())?,
        })
    };
    Ok(Polygon((0..count).map(corner).collect::<Result<_>>()?))
}

fn turned(c: Circle, by: Point, times: bool) -> Result<Circle> {
    let size = hypotenuse(by.x, by.y)?;
    Ok(if times {
        Circle { center: multiply(&c.center, &by)?, radius: mul(c.radius, size)? }
    } else {
        Circle { center: divide(&c.center, &by)?, radius: div(c.radius, size)? }
    })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("cr_circle", |call| {
        call.map2(|center: Point, radius: f64| Ok(Circle { center, radius }))
    }),
    builtin("circle_same", |call| call.map2(|a: Circle, b: Circle| Ok(same(&a, &b)))),
    builtin("circle_eq", |call| by_area(call, near)),
    builtin("circle_ne", |call| by_area(call, |a, b| !near(a, b))),
    builtin("circle_lt", |call| by_area(call, less)),
    builtin("circle_gt", |call| by_area(call, more)),
    builtin("circle_le", |call| by_area(call, at_most)),
    builtin("circle_ge", |call| by_area(call, at_least)),
    builtin("circle_overlap", |call| {
        beside(call, |a, b| Ok(at_most(distance(&a.center, &b.center)?, add(a.radius, b.radius)?)))
    }),
    builtin("circle_left", |call| {
        beside(call, |a, b| Ok(less(add(a.center.x, a.radius)?, sub(b.center.x, b.radius)?)))
    }),
    builtin("circle_overleft", |call| {
        beside(call, |a, b| Ok(at_most(add(a.center.x, a.radius)?, add(b.center.x, b.radius)?)))
    }),
    builtin("circle_right", |call| {
        beside(call, |a, b| Ok(more(sub(a.center.x, a.radius)?, add(b.center.x, b.radius)?)))
    }),
    builtin("circle_overright", |call| {
        beside(call, |a, b| Ok(at_least(sub(a.center.x, a.radius)?, sub(b.center.x, b.radius)?)))
    }),
    builtin("circle_below", |call| {
        beside(call, |a, b| Ok(less(add(a.center.y, a.radius)?, sub(b.center.y, b.radius)?)))
    }),
    builtin("circle_overbelow", |call| {
        beside(call, |a, b| Ok(at_most(add(a.center.y, a.radius)?, add(b.center.y, b.radius)?)))
    }),
    builtin("circle_above", |call| {
        beside(call, |a, b| Ok(more(sub(a.center.y, a.radius)?, add(b.center.y, b.radius)?)))
    }),
    builtin("circle_overabove", |call| {
        beside(call, |a, b| Ok(at_least(sub(a.center.y, a.radius)?, sub(b.center.y, b.radius)?)))
    }),
    builtin("circle_contain", |call| beside(call, contains)),
    builtin("circle_contained", |call| beside(call, |a, b| contains(b, a))),
    builtin("circle_contain_pt", |call| call.map2(|c: Circle, p: Point| contains_point(&c, &p))),
    builtin("pt_contained_circle", |call| call.map2(|p: Point, c: Circle| contains_point(&c, &p))),
    builtin("circle_add_pt", |call| {
        call.map2(|c: Circle, p: Point| {
            Ok(Circle { center: plus(&c.center, &p)?, radius: c.radius })
        })
    }),
    builtin("circle_sub_pt", |call| {
        call.map2(|c: Circle, p: Point| {
            Ok(Circle { center: minus(&c.center, &p)?, radius: c.radius })
        })
    }),
    builtin("circle_mul_pt", |call| call.map2(|c: Circle, p: Point| turned(c, p, true))),
    builtin("circle_div_pt", |call| call.map2(|c: Circle, p: Point| turned(c, p, false))),
    builtin("circle_area", |call| call.map1(|c: Circle| area(&c))),
    builtin("circle_diameter", |call| call.map1(|c: Circle| mul(c.radius, 2.0))),
    builtin("circle_radius", |call| call.map1(|c: Circle| Ok(c.radius))),
    builtin("circle_center", |call| call.map1(|c: Circle| Ok(c.center))),
    builtin("circle_distance", |call| call.map2(|a: Circle, b: Circle| between(&a, &b))),
    builtin("dist_pc", |call| call.map2(|p: Point, c: Circle| to_point(&c, &p))),
    builtin("dist_cpoint", |call| call.map2(|c: Circle, p: Point| to_point(&c, &p))),
    builtin("dist_cpoly", |call| call.map2(|c: Circle, p: Polygon| to_polygon(&c, &p.0))),
    builtin("dist_polyc", |call| call.map2(|p: Polygon, c: Circle| to_polygon(&c, &p.0))),
    builtin("circle_poly", |call| call.map2(corners)),
    builtin("box_circle", |call| call.map1(|r: Rect| around(&r))),
    builtin("circle_box", |call| call.map1(|c: Circle| box_within(&c))),
];
