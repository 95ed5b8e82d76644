use super::*;
use crate::{Names, Style};

pub(crate) struct NoNames;

impl Names for NoNames {
    fn reg_name(&self, _: Oid, _: Oid) -> Option<String> {
        None
    }
    fn reg_object(&self, _: Oid, name: &str) -> Result<Oid> {
        Err(Error::internal(name))
    }
}

pub(crate) fn context_of(style: &Style) -> TextContext<'_> {
    TextContext { style, names: &NoNames }
}

pub(crate) fn shown(type_id: Oid, source: &str, context: &TextContext<'_>) -> Result<String> {
    let value = input(type_id, -1, source, context)?;
    let mut out = Vec::new();
    output(type_id, value.as_ref(), context, &mut out)?;
    let mut sent = Vec::new();
    send(type_id, value.as_ref(), context, &mut sent)?;
    let received = receive(type_id, -1, &sent, context)?;
    let mut again = Vec::new();
    output(type_id, received.as_ref(), context, &mut again)?;
    assert_eq!(out, again, "binary format of {source}");
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn texts() {
    let style = Style::default();
    let context = context_of(&style);
    for (type_id, source, want) in [
        (type_oid::BOOL, " TRU ", "t"),
        (type_oid::INT4, " -0x10 ", "-16"),
        (type_oid::FLOAT8, "1e20", "1e+20"),
        (type_oid::FLOAT8, "0.0001", "0.0001"),
        (type_oid::FLOAT8, "0.00001", "1e-05"),
        (type_oid::FLOAT8, "123456789012345678", "1.2345678901234568e+17"),
        (type_oid::FLOAT8, "100000000000000", "100000000000000"),
        (type_oid::FLOAT8, "1e15", "1e+15"),
        (type_oid::FLOAT8, "-0", "-0"),
        (type_oid::FLOAT8, "100.5", "100.5"),
        (type_oid::FLOAT4, "1e6", "1e+06"),
        (type_oid::FLOAT4, "100000", "100000"),
        (type_oid::FLOAT4, "0.1", "0.1"),
        (type_oid::NUMERIC, "12345.6700", "12345.6700"),
        (type_oid::NUMERIC, "-0.00012", "-0.00012"),
        (type_oid::NUMERIC, "10000000000", "10000000000"),
        (type_oid::NUMERIC, "-Infinity", "-Infinity"),
        (type_oid::BYTEA, "\\x00ff", "\\x00ff"),
        (type_oid::BYTEA, "a\\000\\\\", "\\x61005c"),
        (type_oid::CHAR, "\\377", "\\377"),
        (type_oid::TIMETZ, "04:05:06-08", "04:05:06-08"),
        (type_oid::TIME, "04:05 PM", "16:05:00"),
        (type_oid::INTERVAL, "1 day 2 hours", "1 day 02:00:00"),
        (
            type_oid::UUID,
            "{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ),
        (type_oid::OID, "-1", "4294967295"),
        (type_oid::PG_LSN, "1/ABC", "1/ABC"),
        (type_oid::TID, "(1,2)", "(1,2)"),
        (type_oid::INT2VECTOR, "1 2", "1 2"),
        (type_oid::REGCLASS, "-", "-"),
        (type_oid::REGCLASS, "1259", "1259"),
        (type_oid::JSONB, "{\"a\":1}", "{\"a\": 1}"),
    ] {
        assert_eq!(shown(type_id, source, &context).unwrap(), want, "{source}");
    }
}

/// The field of COPY's text format; `None` for NULL.
fn unescape(field: &str) -> Option<String> {
    if field == "\\N" {
        return None;
    }
    let mut out = String::new();
    let mut characters = field.chars();
    while let Some(c) = characters.next() {
        out.push(match c {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\x08',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    Some(out)
}

/// Every text that was recorded from a reference PostgreSQL, with its details and hints.
#[test]
fn answers_of_postgresql() {
    let (time_zone, time_zone_name) = crate::set_time_zone("America/New_York").unwrap();
    let style = Style {
        time_zone,
        time_zone_name,
        transaction_time: 820_602_000_000_000,
        ..Style::default()
    };
    let context = context_of(&style);
    let (mut different, mut count) = (Vec::new(), 0);
    for line in include_str!("../../tests/golden.tsv").lines() {
        let fields: Vec<Option<String>> = line.split('\t').map(unescape).collect();
        let text = |index: usize| fields[index].clone().unwrap_or_default();
        let type_id = Oid(text(0).parse().unwrap());
        let typmod: i32 = text(1).parse().unwrap();
        count += 1;
        let ours = input(type_id, typmod, &text(2), &context).and_then(|value| {
            let mut out = Vec::new();
            output(type_id, value.as_ref(), &context, &mut out)?;
            let mut sent = Vec::new();
            send(type_id, value.as_ref(), &context, &mut sent)?;
            let again = receive(type_id, typmod, &sent, &context)?;
            if again != value && !format!("{again:?}").contains("NaN") {
                return Err(Error::internal(format!("{again:?} came back for {value:?}")));
            }
            Ok(String::from_utf8(out).unwrap())
        });
        let ours = match ours {
            Ok(shown) => (format!("={shown}"), String::new(), String::new()),
            Err(error) => {
                let fields = error.fields();
                let message = format!("!{} {}", fields.code, fields.message);
                (
                    message,
                    fields.detail.clone().unwrap_or_default(),
                    fields.hint.clone().unwrap_or_default(),
                )
            }
        };
        let wanted = (text(3), text(4), text(5));
        if ours != wanted {
            different.push(format!(
                "{} {:?}: {wanted:?} is wanted, not {ours:?}",
                crate::format_type(type_id, Some(typmod)),
                text(2)
            ));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {count} differ:\n{}",
        different.len(),
        different.join("\n")
    );
}
