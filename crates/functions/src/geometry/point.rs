//! Points.

use super::{distance, divide, less, minus, more, multiply, plus};
use crate::{Builtin, builtin};
use types::geometry::{Point, near, slope};

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("construct_point", |call| call.map2(|x: f64, y: f64| Ok(Point { x, y }))),
    builtin("point_left", |call| call.map2(|a: Point, b: Point| Ok(less(a.x, b.x)))),
    builtin("point_right", |call| call.map2(|a: Point, b: Point| Ok(more(a.x, b.x)))),
    builtin("point_above", |call| call.map2(|a: Point, b: Point| Ok(more(a.y, b.y)))),
    builtin("point_below", |call| call.map2(|a: Point, b: Point| Ok(less(a.y, b.y)))),
    builtin("point_vert", |call| call.map2(|a: Point, b: Point| Ok(near(a.x, b.x)))),
    builtin("point_horiz", |call| call.map2(|a: Point, b: Point| Ok(near(a.y, b.y)))),
    builtin("point_eq", |call| call.map2(|a: Point, b: Point| Ok(a.same(&b)))),
    builtin("point_ne", |call| call.map2(|a: Point, b: Point| Ok(!a.same(&b)))),
    builtin("point_distance", |call| call.map2(|a: Point, b: Point| distance(&a, &b))),
    builtin("point_slope", |call| call.map2(|a: Point, b: Point| Ok(slope(&a, &b)))),
    builtin("point_add", |call| call.map2(|a: Point, b: Point| plus(&a, &b))),
    builtin("point_sub", |call| call.map2(|a: Point, b: Point| minus(&a, &b))),
    builtin("point_mul", |call| call.map2(|a: Point, b: Point| multiply(&a, &b))),
    builtin("point_div", |call| call.map2(|a: Point, b: Point| divide(&a, &b))),
];
