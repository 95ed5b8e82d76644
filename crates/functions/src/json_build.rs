//! JSON of values of any type: to_json, json_build_object, json_agg and their jsonb forms.

use crate::Environment;
use error::{Error, Result, SqlState, stack_check};
use types::array::Array;
use types::datetime;
use types::json::{jsonb, write_string};
use types::record::Record;
use types::{DateForm, Numeric, Oid, ValueRef, builtin_type, type_oid};

/// json or jsonb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text as PostgreSQL lays it out.
    Text,
    /// The bytes of jsonb.
    Binary,
}

/// How an object's braces are written in json.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    /// `{ "a" : 1 }`
    #[default]
    Aggregate,
    /// `{"a" : 1}`
    Build,
}

/// The key of a pair.
pub(crate) struct Key {
    /// Its text.
    pub(crate) text: Vec<u8>,
}

impl Key {
    /// The key that a value makes. 22004 for NULL, 22023 for what is no scalar.
    pub(crate) fn of(
        type_id: Oid,
        value: ValueRef<'_>,
        environment: &dyn Environment,
    ) -> Result<Self> {
        if value.is_null() {
            return Err(Error::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "null value not allowed for object key",
            ));
        }
        match shape(type_id) {
            Shape::Scalar => {}
            Shape::Array | Shape::Record | Shape::Json | Shape::Jsonb => {
                return Err(Error::new(
                    SqlState::INVALID_PARAMETER_VALUE,
                    "key value must be scalar, not array, composite, or json",
                ));
            }
        }
        Ok(Self { text: scalar(type_id, value, environment)?.0 })
    }
}

/// 22030
#[cold]
pub(crate) fn duplicate_key(key: &Key) -> Error {
    let mut shown = Vec::new();
    write_string(&String::from_utf8_lossy(&key.text), &mut shown);
    Error::new(
        SqlState::DUPLICATE_JSON_OBJECT_KEY_VALUE,
        format!("duplicate JSON object key value: {}", String::from_utf8_lossy(&shown)),
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Scalar,
    Array,
    Record,
    Json,
    Jsonb,
}

fn shape(type_id: Oid) -> Shape {
    match types::lies_as(type_id) {
        type_oid::JSON => Shape::Json,
        type_oid::JSONB => Shape::Jsonb,
        type_oid::RECORD => Shape::Record,
        type_oid::ANYARRAY => Shape::Array,
        type_oid::INT2VECTOR | type_oid::OIDVECTOR => Shape::Array,
        _ => match builtin_type(type_id) {
            Some(row) if row.subscript == "array_subscript_handler" => Shape::Array,
            Some(row) if row.kind == 'c' => Shape::Record,
            None if types::element_of(type_id).is_some() => Shape::Array,
            Some(_) | None => Shape::Scalar,
        },
    }
}

/// Items or pairs collected one by one.
#[derive(Default)]
pub(crate) struct Builder {
    style: Style,
    text: Vec<u8>,
    items: Vec<Vec<u8>>,
    pairs: Vec<(String, Vec<u8>)>,
    count: usize,
}

impl Builder {
    /// An empty one.
    pub(crate) fn new(style: Style) -> Self {
        Self { style, ..Self::default() }
    }

    /// Appends an item, or a pair where there is a key.
    pub(crate) fn push(
        &mut self,
        form: Form,
        key: Option<&Key>,
        type_id: Oid,
        value: ValueRef<'_>,
        environment: &dyn Environment,
    ) -> Result<()> {
        self.count += 1;
        if form == Form::Binary {
            let mut item = Vec::new();
            write_binary(type_id, value, environment, &mut item)?;
            match key {
                Some(key) => {
                    self.pairs.push((String::from_utf8_lossy(&key.text).into_owned(), item));
                }
                None => self.items.push(item),
            }
            return Ok(());
        }
        if self.count > 1 {
            self.text.extend_from_slice(b", ");
            // json_agg puts structured items on lines of their own.
            let structured = matches!(shape(type_id), Shape::Array | Shape::Record);
            if key.is_none() && structured && self.style == Style::Aggregate {
                self.text.extend_from_slice(b"\n ");
            }
        }
        if let Some(key) = key {
            write_string(&String::from_utf8_lossy(&key.text), &mut self.text);
            self.text.extend_from_slice(b" : ");
        }
        write_text(type_id, value, environment, &mut self.text)
    }

    /// The bytes of the whole.
    pub(crate) fn finish(&self, form: Form, object: bool) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.text.len() + 4);
        match (form, object) {
            (Form::Binary, false) => {
                jsonb::write_items(self.items.iter().map(Vec::as_slice), &mut out)?;
            }
            (Form::Binary, true) => jsonb::write_pairs(self.pairs.clone(), &mut out)?,
            (Form::Text, false) => {
                out.push(b'[');
                out.extend_from_slice(&self.text);
                out.push(b']');
            }
            (Form::Text, true) => {
                let (open, close): (&[u8], &[u8]) =
                    if self.style == Style::Aggregate { (b"{ ", b" }") } else { (b"{", b"}") };
                out.extend_from_slice(open);
                out.extend_from_slice(&self.text);
                out.extend_from_slice(close);
            }
        }
        Ok(out)
    }

    /// The bytes collected.
    pub(crate) fn memory_bytes(&self) -> usize {
        let items: usize = self.items.iter().map(Vec::len).sum();
        let pairs: usize = self.pairs.iter().map(|(key, value)| key.len() + value.len()).sum();
        self.text.len() + items + pairs
    }
}

/// The text of a scalar, and whether it stands in quotes.
fn scalar(
    type_id: Oid,
    value: ValueRef<'_>,
    environment: &dyn Environment,
) -> Result<(Vec<u8>, bool)> {
    let mut out = Vec::new();
    match (type_id, value) {
        (_, ValueRef::Bool(true)) => out.extend_from_slice(b"true"),
        (_, ValueRef::Bool(false)) => out.extend_from_slice(b"false"),
        (type_oid::DATE, ValueRef::I32(date)) => {
            let style = iso_style(environment);
            datetime::write_date(date, &style, &mut out);
            return Ok((out, true));
        }
        (type_oid::TIMESTAMP | type_oid::TIMESTAMPTZ, ValueRef::I64(time)) => {
            write_iso_time(type_id, time, environment, &mut out);
            return Ok((out, true));
        }
        _ => types::output(type_id, value, &environment.text_context(), &mut out)?,
    }
    let number = matches!(
        type_id,
        type_oid::INT2
            | type_oid::INT4
            | type_oid::INT8
            | type_oid::FLOAT4
            | type_oid::FLOAT8
            | type_oid::NUMERIC
    );
    let plain = type_id == type_oid::BOOL || (number && is_number(&out));
    Ok((out, !plain))
}

/// Whether the text of a number is one in JSON: not NaN or an infinity.
fn is_number(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E'))
}

fn iso_style(environment: &dyn Environment) -> types::Style {
    types::Style { date_form: DateForm::Iso, ..environment.style().clone() }
}

/// ISO 8601 with a T, the zone always with minutes.
fn write_iso_time(type_id: Oid, time: i64, environment: &dyn Environment, out: &mut Vec<u8>) {
    let style = iso_style(environment);
    if type_id == type_oid::TIMESTAMP {
        datetime::write_timestamp(time, &style, out);
    } else {
        datetime::write_timestamptz(time, &style, out);
        let seconds = datetime::zone::offset_at(&style.time_zone, time);
        if datetime::is_finite(time) && seconds % 3600 == 0 {
            let era = out.ends_with(b" BC");
            let end = out.len() - if era { 3 } else { 0 };
            out.splice(end..end, *b":00");
        }
    }
    if let Some(blank) = out.iter().position(|byte| *byte == b' ') {
        out[blank] = b'T';
    }
}

/// Appends a value as json text.
pub(crate) fn write_text(
    type_id: Oid,
    value: ValueRef<'_>,
    environment: &dyn Environment,
    out: &mut Vec<u8>,
) -> Result<()> {
    write_lines(type_id, value, environment, false, out)
}

/// Appends a value as json text, arrays' and records' items on lines of their own where `pretty`.
pub(crate) fn write_lines(
    type_id: Oid,
    value: ValueRef<'_>,
    environment: &dyn Environment,
    pretty: bool,
    out: &mut Vec<u8>,
) -> Result<()> {
    stack_check()?;
    if value.is_null() {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    let bytes = value.bytes().unwrap_or(&[]);
    match shape(type_id) {
        Shape::Json => out.extend_from_slice(bytes),
        Shape::Jsonb => jsonb::output(bytes, out)?,
        Shape::Array => {
            let array = Array::parse(bytes)?;
            let lengths: Vec<usize> =
                array.dimensions().map(|d| usize::try_from(d.length).unwrap_or(0)).collect();
            let mut elements = array.iter();
            write_dimension(
                array.element_type(),
                &lengths,
                &mut elements,
                environment,
                pretty,
                out,
            )?;
        }
        Shape::Record => {
            let record = Record::parse(bytes)?;
            let names = environment.names().field_names(type_id);
            out.push(b'{');
            for (index, (field_type, field)) in record.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(if pretty { b",\n " } else { b"," });
                }
                let known = names.as_ref().and_then(|names| names.get(index).cloned());
                write_string(&known.unwrap_or_else(|| record.name(index)), out);
                out.push(b':');
                write_text(field_type, field, environment, out)?;
            }
            out.push(b'}');
        }
        Shape::Scalar => {
            let (text, quoted) = scalar(type_id, value, environment)?;
            if quoted {
                write_string(&String::from_utf8_lossy(&text), out);
            } else {
                out.extend_from_slice(&text);
            }
        }
    }
    Ok(())
}

fn write_dimension<'v>(
    element_type: Oid,
    lengths: &[usize],
    elements: &mut impl Iterator<Item = ValueRef<'v>>,
    environment: &dyn Environment,
    pretty: bool,
    out: &mut Vec<u8>,
) -> Result<()> {
    out.push(b'[');
    for index in 0..lengths.first().copied().unwrap_or(0) {
        if index > 0 {
            out.extend_from_slice(if pretty { b",\n " } else { b"," });
        }
        if lengths.len() > 1 {
            write_dimension(element_type, &lengths[1..], elements, environment, false, out)?;
        } else {
            let element = elements.next().unwrap_or(ValueRef::Null);
            write_text(element_type, element, environment, out)?;
        }
    }
    out.push(b']');
    Ok(())
}

/// Appends a value as the bytes of jsonb.
pub(crate) fn write_binary(
    type_id: Oid,
    value: ValueRef<'_>,
    environment: &dyn Environment,
    out: &mut Vec<u8>,
) -> Result<()> {
    if value.is_null() {
        jsonb::write_null(out);
        return Ok(());
    }
    match (shape(type_id), value) {
        (Shape::Jsonb, ValueRef::Bytes(bytes)) => out.extend_from_slice(bytes),
        (Shape::Scalar, ValueRef::Bool(value)) => jsonb::write_bool(value, out),
        (Shape::Scalar, _) => {
            let (text, quoted) = scalar(type_id, value, environment)?;
            let text = String::from_utf8_lossy(&text);
            if quoted {
                jsonb::write_text(&text, out);
            } else {
                jsonb::write_number(&types::numeric::input(&text).unwrap_or(Numeric::ZERO), out);
            }
        }
        (Shape::Json | Shape::Jsonb | Shape::Array | Shape::Record, _) => {
            // The text is JSON that was just written or checked before.
            let mut text = Vec::new();
            write_text(type_id, value, environment, &mut text)?;
            out.extend(jsonb::input(&String::from_utf8_lossy(&text))?);
        }
    }
    Ok(())
}
