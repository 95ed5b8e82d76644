//! Assignment to variables and parts of them, and of rows to lists of them.

use crate::frame::{Frame, Value, build_row};
use crate::tree::{Into, Shape, Step, Target, VariableKind};
use error::{Error, Result, SqlState};
use plan::OutputColumn;
use std::sync::Arc;
use types::array::{Array, Dimension, build_array};
use types::{Datum, Oid, ValueRef, element_of, record::Record};

impl Frame<'_> {
    /// Assigns to a variable or a part of one.
    pub(crate) fn assign(&mut self, target: &Target, value: Value) -> Result<()> {
        if target.path.is_empty() {
            return self.set(target.variable, value);
        }
        let whole = self.get(target.variable);
        let shape = match &self.function.body.variables[target.variable].kind {
            VariableKind::Row(_, shape) => Some(Arc::clone(shape)),
            VariableKind::Record => match &self.shapes[target.variable] {
                Some(shape) => Some(Arc::clone(shape)),
                None => {
                    let name = &self.function.body.variables[target.variable].name;
                    return Err(crate::frame::not_assigned(name));
                }
            },
            VariableKind::Scalar(..) | VariableKind::Cursor(_) => None,
        };
        let name = self.function.body.variables[target.variable].name.clone();
        let datum = self.part(&whole, shape.as_ref(), &target.path, value, &name)?;
        self.run.parameters[target.variable] = datum;
        Ok(())
    }

    /// A value with a part of it replaced.
    fn part(
        &mut self,
        whole: &Value,
        shape: Option<&Shape>,
        path: &[Step],
        value: Value,
        name: &str,
    ) -> Result<Datum> {
        error::stack_check()?;
        let Some((step, rest)) = path.split_first() else {
            let (type_id, typmod) = (whole.type_id, whole.typmod);
            return Ok(self.cast(value, type_id, typmod)?.datum);
        };
        match step {
            Step::Field(field) => {
                let own = shape.cloned().or_else(|| self.fields_of_type(whole.type_id));
                let Some(shape) = own else {
                    let text = format!(
                        "cannot assign to field \"{field}\" of column \"{name}\" because its type is not a composite type"
                    );
                    return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
                };
                let place = shape.iter().position(|c| c.0 == *field).ok_or_else(|| {
                    let text = format!("record \"{name}\" has no field \"{field}\"");
                    Error::new(SqlState::UNDEFINED_COLUMN, text)
                })?;
                let mut fields: Vec<Datum> = Vec::new();
                if let Datum::Bytes(bytes) = &whole.datum {
                    fields.extend(Record::parse(bytes)?.iter().map(|(_, v)| v.to_datum()));
                }
                fields.resize(shape.len(), Datum::Null);
                let column = &shape[place];
                let old = Value {
                    datum: std::mem::take(&mut fields[place]),
                    type_id: column.1,
                    typmod: column.2,
                };
                fields[place] = self.part(&old, None, rest, value, field)?;
                Ok(build_row(&shape, &fields))
            }
            Step::Slice => Err(Error::unsupported("assignment to a slice of an array")),
            Step::Index(_) => self.element(whole, path, value, name),
        }
    }

    /// An array with an element replaced, or parts of it.
    fn element(&mut self, whole: &Value, path: &[Step], value: Value, name: &str) -> Result<Datum> {
        let Some(element_type) = element_of(whole.type_id) else {
            let shown = types::format_type(whole.type_id, None);
            let text =
                format!("cannot subscript type {shown} because it does not support subscripting");
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
        };
        let mut indexes = Vec::new();
        let mut rest = path;
        while let Some((Step::Index(index), after)) = rest.split_first() {
            let index = self.eval(index)?;
            let index = self.cast(index, types::type_oid::INT4, -1)?;
            let Datum::I32(index) = index.datum else {
                let text = "array subscript in assignment must not be null";
                return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
            };
            indexes.push(index);
            rest = after;
        }
        let old = self.old_element(whole, &indexes)?;
        let old = Value { datum: old, type_id: element_type, typmod: whole.typmod };
        let new = self.part(&old, None, rest, value, name)?;
        replace_element(element_type, &whole.datum, &indexes, new)
    }

    fn old_element(&mut self, whole: &Value, indexes: &[i32]) -> Result<Datum> {
        let Datum::Bytes(bytes) = &whole.datum else { return Ok(Datum::Null) };
        let array = Array::parse(bytes)?;
        Ok(array.index_of(indexes).map_or(Datum::Null, |place| array.get(place).to_datum()))
    }

    /// Assigns a row of a query; none sets all to NULL.
    pub(crate) fn assign_row(
        &mut self,
        into: &Into,
        columns: &[OutputColumn],
        row: Option<Vec<Datum>>,
    ) -> Result<()> {
        let mut values = match row {
            Some(row) => values_of(columns, row),
            None => Vec::new(),
        };
        if let [target] = into.targets.as_slice()
            && target.path.is_empty()
        {
            match &self.function.body.variables[target.variable].kind {
                VariableKind::Record => {
                    let shape: Shape = Arc::new(
                        columns
                            .iter()
                            .map(|column| {
                                let collation = expression::default_collation(column.type_id);
                                (column.name.clone(), column.type_id, column.typmod, collation)
                            })
                            .collect(),
                    );
                    let mut fields: Vec<Datum> =
                        values.into_iter().map(|value| value.datum).collect();
                    fields.resize(shape.len(), Datum::Null);
                    let row = build_row(&shape, &fields);
                    self.set_shape(target.variable, shape);
                    self.run.parameters[target.variable] = row;
                    return Ok(());
                }
                VariableKind::Row(type_id, shape) => {
                    if let [only] = values.as_slice()
                        && only.type_id == *type_id
                    {
                        let value = values.swap_remove(0);
                        return self.set(target.variable, value);
                    }
                    let shape = Arc::clone(shape);
                    self.run.parameters[target.variable] = self.row_of(values, &shape)?;
                    return Ok(());
                }
                VariableKind::Scalar(..) | VariableKind::Cursor(_) => {}
            }
        }
        let mut values = values.into_iter();
        for target in &into.targets {
            let null =
                || Value { datum: Datum::Null, type_id: types::type_oid::UNKNOWN, typmod: -1 };
            self.assign(target, values.next().unwrap_or_else(null))?;
        }
        Ok(())
    }
}

/// Values with the types of a query's columns.
pub(crate) fn values_of(columns: &[OutputColumn], row: Vec<Datum>) -> Vec<Value> {
    let value = |(datum, column): (Datum, &OutputColumn)| Value {
        datum,
        type_id: column.type_id,
        typmod: column.typmod,
    };
    row.into_iter().zip(columns).map(value).collect()
}

/// An array with an element replaced; one that lies just outside makes the array longer. 2202E.
fn replace_element(element: Oid, array: &Datum, indexes: &[i32], value: Datum) -> Result<Datum> {
    let out_of_range =
        || Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, "array subscript out of range");
    let mut values: Vec<Datum> = Vec::new();
    let mut dimensions: Vec<Dimension> = Vec::new();
    if let Datum::Bytes(bytes) = array {
        let old = Array::parse(bytes)?;
        values.extend(old.iter().map(ValueRef::to_datum));
        dimensions.extend(old.dimensions());
    }
    if dimensions.is_empty() {
        let one = |index: &i32| Dimension { length: 1, lower: *index };
        dimensions = indexes.iter().map(one).collect();
        values = vec![value];
    } else if let ([dimension], [index]) = (dimensions.as_mut_slice(), indexes) {
        let (lower, index) = (i64::from(dimension.lower), i64::from(*index));
        let upper = lower + i64::from(dimension.length);
        const ELEMENTS_MAX: i64 = 134_217_727;
        if index - lower >= ELEMENTS_MAX || lower - index >= ELEMENTS_MAX {
            return Err(out_of_range());
        }
        if index < lower {
            let more = usize::try_from(lower - index).map_err(|_| out_of_range())?;
            values.splice(0..0, std::iter::repeat_n(Datum::Null, more));
            dimension.lower = i32::try_from(index).map_err(|_| out_of_range())?;
            dimension.length += i32::try_from(more).map_err(|_| out_of_range())?;
            values[0] = value;
        } else {
            let place = usize::try_from(index - lower).map_err(|_| out_of_range())?;
            if index >= upper {
                values.resize(place + 1, Datum::Null);
                dimension.length = i32::try_from(place + 1).map_err(|_| out_of_range())?;
            }
            values[place] = value;
        }
    } else {
        if dimensions.len() != indexes.len() {
            let text = "wrong number of array subscripts";
            return Err(Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, text));
        }
        let mut place = 0usize;
        for (dimension, index) in dimensions.iter().zip(indexes) {
            let within = index.checked_sub(dimension.lower).ok_or_else(out_of_range)?;
            if within < 0 || within >= dimension.length {
                return Err(out_of_range());
            }
            let length = usize::try_from(dimension.length).map_err(|_| out_of_range())?;
            place = place * length + usize::try_from(within).map_err(|_| out_of_range())?;
        }
        values[place] = value;
    }
    let bytes = build_array(element, &dimensions, values.iter().map(Datum::as_ref))?;
    Ok(Datum::Bytes(bytes.into()))
}
