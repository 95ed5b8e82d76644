//! `concat(VARIADIC array)`: calls of functions of any arguments with the elements of an array.

use super::{Node, Run, run_all};
use batch::{Rows, Vector};
use error::Result;
use functions::{Builtin, Call, CallInfo};
use types::array::Array;
use types::{Kind, Oid, ValueRef, element_of, lies_as, type_oid};

/// Calls the function row by row, each with as many arguments as its array has elements. NULL of no array, but for
/// format(), which has no arguments then.
pub(super) fn call(
    function: Builtin,
    arguments: &mut [Node],
    info: &CallInfo,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    run_all(arguments, rows, run)?;
    out.reset(rows.end());
    let Some((array, plain)) = arguments.split_last() else { return Ok(()) };
    let array_type = info.argument_types.last().copied().unwrap_or(type_oid::TEXT_ARRAY);
    let element = element_of(lies_as(array_type)).unwrap_or(type_oid::TEXT);
    let mut result = Vector::new(out.kind());
    for row in rows.iter() {
        let bytes = match array.output(run.input).get(row).bytes() {
            Some(bytes) => Some(bytes.to_vec()),
            None if function.prosrc == "text_format" => None,
            None => {
                out.set_null(row);
                continue;
            }
        };
        let elements = bytes.as_deref().map(Array::parse).transpose()?;
        let spread = elements.iter().flat_map(|elements| elements.iter().map(|v| (element, v)));
        let before = plain.iter().zip(&info.argument_types);
        let before = before.map(|(node, type_id)| (*type_id, node.output(run.input).get(row)));
        let (types, vectors): (Vec<Oid>, Vec<Vector>) = before
            .chain(spread)
            .map(|(type_id, value)| (type_id, constant(type_id, value)))
            .unzip();
        let vectors: Vec<&Vector> = vectors.iter().collect();
        let info = CallInfo { argument_types: types, ..info.clone() };
        result.reset(1);
        let environment = run.evaluation.environment();
        (function.run)(&mut Call {
            arguments: &vectors,
            rows: Rows::All(1),
            out: &mut result,
            info: &info,
            environment,
        })?;
        out.set(row, result.get(0));
    }
    Ok(())
}

fn constant(type_id: Oid, value: ValueRef<'_>) -> Vector {
    let mut vector = Vector::new(Kind::of(type_id));
    vector.set_constant(value);
    vector
}
