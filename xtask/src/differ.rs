//! Every bound function and operator against a real PostgreSQL, with seeded arguments.
//!
//! A script of calls is run by psql on both servers; what they print (values, else the SQLSTATE) is compared call by
//! call. A server that drops the connection is asked again from the next function on.

mod values;

use crate::builtins::{is_bound, is_internal, signature};
use catalog::facts::{Function, FunctionKind, Volatility, facts};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use types::{Oid, type_oid};
use values::Values;

/// How many argument tuples a function gets.
const TUPLES: usize = 200;
/// So many characters of a result are shown.
const SHOWN_MAX: usize = 200;
/// How many functions share one run of psql.
const CHUNK: usize = 40;

/// What differs from one server to the next or from moment to moment, or acts on the server.
const LEFT_OUT: &[&str] = &[
    "pg_sleep",
    "pg_sleep_for",
    "pg_sleep_until",
    "version",
    "pg_backend_pid",
    "inet_client_addr",
    "inet_client_port",
    "inet_server_addr",
    "inet_server_port",
    "pg_postmaster_start_time",
    "pg_conf_load_time",
    "now",
    "statement_timestamp",
    "transaction_timestamp",
    "clock_timestamp",
    "timeofday",
    "current_database",
    "pg_get_ruledef",
    "pg_database_size",
    "pg_relation_size",
    "pg_table_size",
    "pg_indexes_size",
    "pg_total_relation_size",
    "txid_current",
    "age",
    "pg_current_xact_id",
    "pg_relation_filepath",
    "pg_relation_filenode",
    "current_setting",
    "set_config",
    "pg_show_all_settings",
    "pg_timezone_names",
    "pg_timezone_abbrevs_zone",
    "pg_tablespace_size",
    "pg_size_bytes_",
    "pg_ls_dir",
    "pg_read_file",
    "pg_read_binary_file",
    "pg_stat_file",
    "pg_current_snapshot",
    "txid_current_snapshot",
    "pg_encoding_max_length_",
    "generate_series",
    "repeat",
    "lpad",
    "rpad",
    "query_to_xml",
    "table_to_xml",
    "pg_get_keywords",
];

/// Differences that are known and stay, by what the labels start with, and why.
const KNOWN: &[(&str, &str)] = &[
    ("dcbrt(", "the last digit is the C library's"),
    ("cbrt(", "the last digit is the C library's"),
    ("operator ||/ ", "the last digit is the C library's"),
    ("dexp(", "the last digit is the C library's"),
    ("bpchar(\"char\")", "bytes that are no UTF-8 are shown in octal, never put into text"),
    ("in_range(time with time zone", "PostgreSQL's sum of a time and infinity overflows"),
];

struct Case {
    label: String,
    calls: Vec<String>,
}

/// Compares; `pattern` restricts it to functions and operators whose label contains it. The report.
pub(crate) fn differ(
    reference: &str,
    subject: &str,
    pattern: &str,
    show: usize,
) -> Result<String, String> {
    let cases = cases(pattern);
    let (mut report, mut same, mut different, mut dull) = (String::new(), 0, 0, 0);
    let wanted = run(reference, &cases)?;
    let found = run(subject, &cases)?;
    for (index, case) in cases.iter().enumerate() {
        let (wanted, found) = (&wanted[index], &found[index]);
        let count = case.calls.len();
        // A call that the reference did not finish tells nothing.
        let told = |call: &usize| wanted.get(call).is_none_or(|text| text != "ERROR:  57014");
        let differs = |call: &usize| wanted.get(call) != found.get(call) && told(call);
        let bad: Vec<usize> = (0..count).filter(differs).collect();
        let useless = (0..count).all(|call| {
            found.get(&call).is_none_or(|text| text.starts_with("ERROR:") || text == values::NULL)
        }) && !bad.is_empty();
        dull += usize::from(useless);
        if bad.is_empty() {
            same += 1;
            continue;
        }
        different += 1;
        let known = KNOWN.iter().find(|(label, _)| case.label.starts_with(label));
        let reason = known.map_or(String::new(), |(_, reason)| format!("  (known: {reason})"));
        let _ = writeln!(report, "{:4} of {count} differ  {}{reason}", bad.len(), case.label);
        for call in bad.iter().take(show) {
            let at = |map: &BTreeMap<usize, String>| {
                let text = map.get(call).map_or("(connection lost)", String::as_str);
                text.chars().take(SHOWN_MAX).collect::<String>()
            };
            let _ = writeln!(
                report,
                "    {}\n      wanted {}\n      found  {}",
                case.calls[*call],
                at(wanted),
                at(found)
            );
        }
    }
    let _ =
        writeln!(report, "{same} the same, {different} different, {dull} of which never answer");
    Ok(report)
}

fn cases(pattern: &str) -> Vec<Case> {
    let mut list = Vec::new();
    let mut functions: Vec<&Function> = facts().functions.values().collect();
    functions.sort_by_key(|function| function.oid);
    let callable = |function: &Function| {
        is_bound(function)
            && function.kind == FunctionKind::Plain
            && function.volatility != Volatility::Volatile
            && !is_internal(function)
            && !LEFT_OUT.contains(&function.name)
            // What a server has counted since it started.
            && !function.name.starts_with("pg_stat_get_")
    };
    for function in functions.into_iter().filter(|function| callable(function)) {
        let quoted = types::quote_identifier(function.name);
        let label = signature(function);
        let make = |arguments: &[String]| format!("pg_catalog.{quoted}({})", arguments.join(", "));
        list.extend(case(label, &function.arguments, function.variadic, function.oid.0, make));
    }
    let mut operators: Vec<_> = facts().operators.values().collect();
    operators.sort_by_key(|operator| operator.oid);
    for operator in operators {
        let function = facts().functions.get(&operator.function);
        if !function.is_some_and(callable) {
            continue;
        }
        let types: Vec<Oid> =
            [operator.left, operator.right].into_iter().filter(|t| t.is_valid()).collect();
        let shown: Vec<String> = types.iter().map(|t| types::format_type(*t, None)).collect();
        let label = format!("operator {} ({})", operator.name, shown.join(", "));
        let make = |arguments: &[String]| match arguments {
            [left, right] => format!("{left} {} {right}", operator.name),
            _ => format!("{} {}", operator.name, arguments.join(" ")),
        };
        list.extend(case(label, &types, Oid::INVALID, operator.oid.0, make));
    }
    list.retain(|case: &Case| case.label.contains(pattern));
    list
}

/// The calls of one function; `None` where there are no values of an argument's type.
fn case(
    label: String,
    types: &[Oid],
    variadic: Oid,
    seed: u32,
    make: impl Fn(&[String]) -> String,
) -> Option<Case> {
    let mut values = Values::new(u64::from(seed));
    let count = if types.is_empty() { 1 } else { TUPLES };
    let mut calls = Vec::with_capacity(count);
    for _ in 0..count {
        values.choose_polymorphic();
        let mut arguments = Vec::with_capacity(types.len());
        for type_id in types {
            arguments.push(values.literal(*type_id)?);
        }
        if variadic.is_valid()
            && variadic != type_oid::ANY
            && let Some(last) = arguments.last_mut()
        {
            last.insert_str(0, "VARIADIC ");
        }
        calls.push(make(&arguments));
    }
    Some(Case { label, calls })
}

/// What each call of each case printed.
fn run(url: &str, cases: &[Case]) -> Result<Vec<BTreeMap<usize, String>>, String> {
    let mut all: Vec<BTreeMap<usize, String>> = vec![BTreeMap::new(); cases.len()];
    let mut next = 0;
    while next < cases.len() {
        let end = (next + CHUNK).min(cases.len());
        let mut script = String::from(
            "\\set VERBOSITY sqlstate\n\\pset null '<NULL>'\n\\pset format unaligned\n\\pset tuples_only on\n\
             SET statement_timeout = '5s';\nSET client_min_messages = error;\n",
        );
        for (index, case) in cases[next..end].iter().enumerate() {
            for (call, text) in case.calls.iter().enumerate() {
                let _ = writeln!(script, "\\echo \u{1}{} {call}\nSELECT {text};", next + index);
            }
        }
        script.push_str("\\echo \u{1}end\n");
        let printed = psql(url, &script)?;
        let mut last = next;
        for part in printed.split('\u{1}').skip(1) {
            let (head, body) = part.split_once('\n').unwrap_or((part, ""));
            if head == "end" {
                last = end;
                break;
            }
            let mut numbers = head.split(' ').filter_map(|number| number.parse::<usize>().ok());
            if let (Some(case), Some(call)) = (numbers.next(), numbers.next()) {
                let body = body.trim_end_matches('\n').to_owned();
                if body.contains("server closed the connection")
                    || body.contains("connection to server was lost")
                {
                    last = case + 1;
                    break;
                }
                all[case].insert(call, body);
                last = case + 1;
            }
        }
        next = last.max(next + 1);
    }
    Ok(all)
}

fn psql(url: &str, script: &str) -> Result<String, String> {
    let program = std::env::var("PSQL").unwrap_or_else(|_| "psql".to_owned());
    let file = std::env::temp_dir().join(format!("differ-{}.sql", std::process::id()));
    std::fs::File::create(&file)
        .and_then(|mut out| out.write_all(script.as_bytes()))
        .map_err(|error| format!("{}: {error}", file.display()))?;
    let run = Command::new("sh")
        .args(["-c", "exec \"$0\" -X -q -d \"$1\" -f \"$2\" 2>&1"])
        .arg(program)
        .arg(url)
        .arg(&file)
        .env("PGTZ", "UTC")
        .env("PGCLIENTENCODING", "UTF8")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("psql cannot be run: {error}"))?;
    let _ = std::fs::remove_file(&file);
    let prefix = format!("psql:{}:", file.display());
    let text = String::from_utf8_lossy(&run.stdout);
    // `psql:FILE:LINE: ERROR:  22P02` is told without the place.
    let lines: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix(&prefix) {
            Some(rest) => rest.split_once(": ").map_or(rest, |(_, rest)| rest),
            None => line,
        })
        .collect();
    Ok(lines.join("\n"))
}
