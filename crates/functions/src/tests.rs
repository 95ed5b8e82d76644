//! Every recorded answer of a reference PostgreSQL, and every binding with NULLs.
#![expect(clippy::print_stdout, reason = "a failing test shows what differs")]

use crate::{Call, CallInfo, Environment};
use batch::{Rows, Vector};
use error::{Error, Result, SqlState};
use std::any::Any;
use std::cell::Cell;
use std::fmt::Write;
use types::{Datum, Kind, Names, Oid, Style, ValueRef, set_time_zone, type_oid};

struct NoNames;

impl Names for NoNames {
    fn reg_name(&self, _: Oid, _: Oid) -> Option<String> {
        None
    }
    fn reg_object(&self, _: Oid, name: &str) -> Result<Oid> {
        Err(Error::internal(name))
    }
}

pub(crate) struct TestEnvironment {
    style: Style,
    state: u64,
    /// After so many questions whether to go on the statement is to end.
    pub(crate) questions: Cell<u32>,
}

impl TestEnvironment {
    pub(crate) fn new() -> Self {
        let (time_zone, time_zone_name) = set_time_zone("America/New_York").unwrap();
        // Noon in New York on 2026-01-02.
        let transaction_time = 820_602_000_000_000;
        Self {
            style: Style { time_zone, time_zone_name, transaction_time, ..Style::default() },
            state: 1,
            questions: Cell::new(u32::MAX),
        }
    }
}

impl Environment for TestEnvironment {
    fn style(&self) -> &Style {
        &self.style
    }
    fn names(&self) -> &dyn Names {
        &NoNames
    }
    fn transaction_time(&self) -> i64 {
        self.style.transaction_time
    }
    fn statement_time(&self) -> i64 {
        self.style.transaction_time
    }
    fn trigger_depth(&self) -> i32 {
        0
    }
    fn clock_time(&self) -> i64 {
        self.style.transaction_time
    }
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.state
    }
    fn seed_random(&mut self, seed: u64) {
        self.state = seed;
    }
    fn fill_random(&mut self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
    fn check_cancel(&self) -> Result<()> {
        let left = self.questions.get().checked_sub(1);
        self.questions.set(left.ok_or_else(|| Error::new(SqlState::QUERY_CANCELED, "ended"))?);
        Ok(())
    }
    fn charge(&mut self, _: usize) -> Result<()> {
        Ok(())
    }
    fn setting(&self, _: &str) -> Option<String> {
        None
    }
    fn notice(&mut self, _: Error) {}
    fn set_setting(&mut self, _name: &str, value: &str, _local: bool) -> Result<String> {
        Ok(value.to_owned())
    }
    fn nextval(&mut self, _sequence: Oid) -> Result<i64> {
        Ok(1)
    }
    fn currval(&mut self, _sequence: Oid) -> Result<i64> {
        Ok(1)
    }
    fn setval(&mut self, _sequence: Oid, value: i64, _called: bool) -> Result<i64> {
        Ok(value)
    }
    fn process(&self) -> i32 {
        1
    }
    fn transaction_id(&mut self, _assign: bool) -> Result<Option<u64>> {
        Ok(None)
    }
    fn transaction_snapshot(&mut self) -> Result<types::snapshot::Snapshot> {
        Ok(types::snapshot::Snapshot { xmin: 1, xmax: 1, running: Vec::new() })
    }
    fn transaction_status(&mut self, _id: u64) -> Result<Option<&'static str>> {
        Ok(None)
    }
    fn signal(&mut self, _process: i32, _terminate: bool) -> Result<bool> {
        Ok(false)
    }
    fn advisory(
        &mut self,
        _key: crate::AdvisoryKey,
        _shared: bool,
        _action: crate::AdvisoryAction,
    ) -> Result<bool> {
        Ok(true)
    }
    fn advisory_unlock_all(&mut self) -> Result<()> {
        Ok(())
    }
    fn check_domain(&mut self, _: Oid, _: ValueRef<'_>) -> Result<()> {
        Ok(())
    }
    fn as_any(&mut self) -> &mut dyn Any {
        self
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

/// A call as golden.tsv has it.
struct Golden {
    prosrc: String,
    oid: Oid,
    result_type: Oid,
    answer: Option<String>,
    arguments: Vec<(Oid, Option<String>)>,
}

fn golden(line: &str) -> Golden {
    let fields: Vec<Option<String>> = line.split('\t').map(unescape).collect();
    let number = |index: usize| Oid(fields[index].as_deref().unwrap().parse().unwrap());
    Golden {
        prosrc: fields[0].clone().unwrap(),
        oid: number(1),
        result_type: number(2),
        answer: fields[3].clone(),
        arguments: (4..fields.len())
            .step_by(2)
            .map(|at| (number(at), fields[at + 1].clone()))
            .collect(),
    }
}

fn answer(call: &Golden, environment: &mut TestEnvironment) -> Result<Option<String>> {
    let mut vectors = Vec::new();
    for (type_id, text) in &call.arguments {
        let value = match text {
            Some(text) => types::input(*type_id, -1, text, &environment.text_context())?,
            None => Datum::Null,
        };
        let mut vector = Vector::new(Kind::of(*type_id));
        // The row of the call is not the first, and its neighbours are NULL.
        vector.set_null(0);
        vector.set(1, value.as_ref());
        vectors.push(vector);
    }
    let info = CallInfo {
        argument_types: call.arguments.iter().map(|(type_id, _)| *type_id).collect(),
        result_type: call.result_type,
        collation: Oid(100),
        ..CallInfo::default()
    };
    let arguments: Vec<&Vector> = vectors.iter().collect();
    let mut out = Vector::new(Kind::of(call.result_type));
    out.reset(2);
    let bound = crate::find(&call.prosrc).or_else(|| crate::find_by_oid(call.oid));
    let bound = bound.ok_or_else(|| Error::unsupported(&call.prosrc))?;
    (bound.run)(&mut Call {
        arguments: &arguments,
        rows: Rows::Some(&[1]),
        out: &mut out,
        info: &info,
        environment,
    })?;
    let value = out.get(1);
    if value.is_null() {
        return Ok(None);
    }
    let mut shown = Vec::new();
    types::output(call.result_type, value, &environment.text_context(), &mut shown)?;
    Ok(Some(format!("={}", String::from_utf8(shown).unwrap())))
}

#[test]
fn answers_of_postgresql() {
    let mut environment = TestEnvironment::new();
    let (mut different, mut count) = (String::new(), 0);
    for line in include_str!("../tests/golden.tsv").lines() {
        let call = golden(line);
        count += 1;
        let ours = match answer(&call, &mut environment) {
            Ok(answer) => answer,
            Err(error) => Some(format!("!{} {}", error.code(), error.message())),
        };
        if ours != call.answer {
            let arguments: Vec<&str> =
                call.arguments.iter().map(|(_, text)| text.as_deref().unwrap_or("NULL")).collect();
            let shown =
                |answer: &Option<String>| answer.clone().unwrap_or_else(|| "NULL".to_owned());
            writeln!(
                different,
                "{}({:?}): {} is wanted, not {}",
                call.prosrc,
                arguments,
                shown(&call.answer),
                shown(&ours)
            )
            .unwrap();
        }
    }
    println!("{different}");
    assert!(different.is_empty(), "{} of {count} answers differ", different.lines().count());
}

/// The rows of pg_proc of the reference: prosrc, types of arguments and result.
#[test]
fn nulls_everywhere() {
    let mut environment = TestEnvironment::new();
    let mut seen = std::collections::HashSet::new();
    for line in include_str!("../tests/golden.tsv").lines() {
        let mut call = golden(line);
        if !seen.insert(call.prosrc.clone()) {
            continue;
        }
        call.arguments.iter_mut().for_each(|(_, text)| *text = None);
        match answer(&call, &mut environment) {
            Ok(_) => {}
            Err(error) => println!("{}: {error}", call.prosrc),
        }
    }
}

#[test]
fn names_are_bound_once() {
    let mut seen = std::collections::HashSet::new();
    for row in crate::bound_functions() {
        assert!(seen.insert(row.prosrc), "{} is bound twice", row.prosrc);
    }
    let value = ValueRef::Bytes(b"x");
    assert_eq!(
        types::hash(type_oid::TEXT, value),
        types::hash(type_oid::BPCHAR, ValueRef::Bytes(b"x "))
    );
}

/// The result of an aggregate over texts of one column, in one group, as text.
fn aggregated(names: (&str, &str), types: (Oid, Oid), values: &[&str]) -> String {
    let mut environment = TestEnvironment::new();
    let bound = crate::find_aggregate(names.0, names.1).unwrap();
    let info = crate::AggregateInfo {
        argument_types: vec![types.0, types.0],
        result_type: types.1,
        collation: Oid(100),
        orders: Vec::new(),
    };
    let mut state = (bound.start)(&info);
    state.grow(2);
    let mut column = Vector::new(Kind::of(types.0));
    for text in values {
        let value = match *text {
            "NULL" => Datum::Null,
            text => types::input(types.0, -1, text, &environment.text_context()).unwrap(),
        };
        column.push(value.as_ref());
    }
    let separator = types::input(types.0, -1, values[0], &environment.text_context()).unwrap();
    let separator = Vector::constant(Kind::of(types.0), separator.as_ref());
    let groups = vec![1; values.len()];
    state.add(&groups, &[&column, &separator], Rows::All(values.len()), &mut environment).unwrap();
    let result = state.result(1, &mut environment).unwrap();
    if result.is_null() {
        return "NULL".to_owned();
    }
    let mut shown = Vec::new();
    types::output(types.1, result.as_ref(), &environment.text_context(), &mut shown).unwrap();
    String::from_utf8(shown).unwrap()
}

/// Results as PostgreSQL prints them.
#[test]
fn aggregates() {
    use type_oid::{FLOAT8, INT4, INT4_ARRAY, INT8, INTERVAL, JSON, JSONB, NUMERIC, TEXT};
    let whole = ["1", "NULL", "2", "4"];
    for (names, types, values, wanted) in [
        (("int8inc_any", ""), (INT4, INT8), &whole[..], "3"),
        (("int4_sum", ""), (INT4, INT8), &whole, "7"),
        (("int4_avg_accum", "int8_avg"), (INT4, NUMERIC), &whole, "2.3333333333333333"),
        (("int8_avg_accum", "numeric_poly_sum"), (INT8, NUMERIC), &whole, "7"),
        (
            ("numeric_avg_accum", "numeric_avg"),
            (NUMERIC, NUMERIC),
            &["1.5", "2.25"],
            "1.8750000000000000",
        ),
        (("int4_accum", "numeric_poly_stddev_samp"), (INT4, NUMERIC), &whole, "1.5275252316519467"),
        (
            ("float8_accum", "float8_var_pop"),
            (FLOAT8, FLOAT8),
            &["1", "2", "4"],
            "1.5555555555555556",
        ),
        (
            ("interval_avg_accum", "interval_avg"),
            (INTERVAL, INTERVAL),
            &["1 day", "2 days"],
            "1 day 12:00:00",
        ),
        (("text_larger", ""), (TEXT, TEXT), &["a", "c", "b"], "c"),
        (("int4smaller", ""), (INT4, INT4), &whole, "1"),
        (("string_agg_transfn", "string_agg_finalfn"), (TEXT, TEXT), &["-", "NULL", "b"], "--b"),
        (("array_agg_transfn", "array_agg_finalfn"), (INT4, INT4_ARRAY), &whole, "{1,NULL,2,4}"),
        (("json_agg_transfn", "json_agg_finalfn"), (INT4, JSON), &whole, "[1, null, 2, 4]"),
        (
            ("jsonb_agg_strict_transfn", "jsonb_agg_finalfn"),
            (TEXT, JSONB),
            &["x", "NULL"],
            "[\"x\"]",
        ),
        (
            ("json_object_agg_transfn", "json_object_agg_finalfn"),
            (TEXT, JSON),
            &["x", "y"],
            "{ \"x\" : \"x\", \"y\" : \"x\" }",
        ),
    ] {
        assert_eq!(aggregated(names, types, values), wanted, "{names:?}");
    }
}
