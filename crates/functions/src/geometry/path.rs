//! Paths.

use super::segment::{closest_between, closest_to_point, meets};
use super::{
    Polygon, add, bounds, distance, divide, inside, invalid, least, minus, mul, multiply, plus,
    rect, segments, sub,
};
use crate::{Builtin, Call, builtin};
use error::Result;
use types::geometry::{Path, Point, near};

fn area(path: &Path) -> Result<Option<f64>> {
    if !path.closed {
        return Ok(None);
    }
    let count = path.points.len();
    let mut area = 0.0;
    for (index, p) in path.points.iter().enumerate() {
        let next = &path.points[(index + 1) % count];
        area = add(area, mul(p.x, next.y)?)?;
        area = sub(area, mul(p.y, next.x)?)?;
    }
    Ok(Some(area.abs() / 2.0))
}

fn length(path: &Path) -> Result<f64> {
    let mut total = 0.0;
    for segment in segments(&path.points, path.closed) {
        total = add(total, distance(&segment.a, &segment.b)?)?;
    }
    Ok(total)
}

fn intersects(a: &Path, b: &Path) -> Result<bool> {
    if !rect::overlaps(&bounds(&a.points), &bounds(&b.points)) {
        return Ok(false);
    }
    for x in segments(&a.points, a.closed) {
        for y in segments(&b.points, b.closed) {
            if meets(&x, &y)?.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn between(a: &Path, b: &Path) -> Result<Option<f64>> {
    let (x, y) = (segments(&a.points, a.closed), segments(&b.points, b.closed));
    least(x.iter().flat_map(|x| y.iter().map(|y| Ok(closest_between(x, y)?.1))))
}

fn to_point(path: &Path, p: &Point) -> Result<Option<f64>> {
    // A lone point is no segment: PostgreSQL takes the distance for zero.
    if path.points.len() == 1 {
        return Ok(Some(0.0));
    }
    least(segments(&path.points, path.closed).iter().map(|s| Ok(closest_to_point(s, p)?.1)))
}

/// Whether a point is on an open path or within a closed one.
fn contains(path: &Path, p: &Point) -> Result<bool> {
    if path.closed {
        return inside(p, &path.points);
    }
    for s in segments(&path.points, false) {
        if near(add(distance(p, &s.a)?, distance(p, &s.b)?)?, distance(&s.a, &s.b)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn moved(path: Path, by: Point, f: fn(&Point, &Point) -> Result<Point>) -> Result<Path> {
    let points = path.points.iter().map(|p| f(p, &by)).collect::<Result<_>>()?;
    Ok(Path { closed: path.closed, points })
}

fn joined(a: Path, b: Path) -> Result<Option<Path>> {
    if a.closed || b.closed {
        return Ok(None);
    }
    let points = a.points.into_iter().chain(b.points).collect();
    Ok(Some(Path { closed: false, points }))
}

fn by_count(call: &mut Call<'_>, holds: fn(&usize, &usize) -> bool) -> Result<()> {
    call.map2(|a: Path, b: Path| Ok(holds(&a.points.len(), &b.points.len())))
}

fn polygon(path: Path) -> Result<Polygon> {
    if path.closed {
        Ok(Polygon(path.points))
    } else {
        Err(invalid("open path cannot be converted to polygon"))
    }
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("path_area", |call| call.map1(|a: Path| area(&a))),
    builtin("path_length", |call| call.map1(|a: Path| length(&a))),
    builtin("path_inter", |call| call.map2(|a: Path, b: Path| intersects(&a, &b))),
    builtin("path_distance", |call| call.map2(|a: Path, b: Path| between(&a, &b))),
    builtin("dist_ppath", |call| call.map2(|p: Point, a: Path| to_point(&a, &p))),
    builtin("dist_pathp", |call| call.map2(|a: Path, p: Point| to_point(&a, &p))),
    builtin("on_ppath", |call| call.map2(|p: Point, a: Path| contains(&a, &p))),
    builtin("path_n_lt", |call| by_count(call, usize::lt)),
    builtin("path_n_le", |call| by_count(call, usize::le)),
    builtin("path_n_gt", |call| by_count(call, usize::gt)),
    builtin("path_n_ge", |call| by_count(call, usize::ge)),
    builtin("path_n_eq", |call| by_count(call, usize::eq)),
    builtin("path_isclosed", |call| call.map1(|a: Path| Ok(a.closed))),
    builtin("path_isopen", |call| call.map1(|a: Path| Ok(!a.closed))),
    builtin("path_npoints", |call| call.map1(|a: Path| crate::text::count(a.points.len()))),
    builtin("path_close", |call| call.map1(|a: Path| Ok(Path { closed: true, points: a.points }))),
    builtin("path_open", |call| call.map1(|a: Path| Ok(Path { closed: false, points: a.points }))),
    builtin("path_add", |call| call.map2(joined)),
    builtin("path_add_pt", |call| call.map2(|a: Path, p: Point| moved(a, p, plus))),
    builtin("path_sub_pt", |call| call.map2(|a: Path, p: Point| moved(a, p, minus))),
    builtin("path_mul_pt", |call| call.map2(|a: Path, p: Point| moved(a, p, multiply))),
    builtin("path_div_pt", |call| call.map2(|a: Path, p: Point| moved(a, p, divide))),
    builtin("path_poly", |call| call.map1(polygon)),
];
