//! How long surus' parser takes beside others: pgbench's statements, TPC-H's query 8, ten megabytes of INSERT.

use crate::raw;
use std::hint::black_box;
use std::time::Instant;

const PGBENCH: &[&str] = &[
    "BEGIN",
    "UPDATE pgbench_accounts SET abalance = abalance + 4821 WHERE aid = 4812345",
    "SELECT abalance FROM pgbench_accounts WHERE aid = 4812345",
    "UPDATE pgbench_tellers SET tbalance = tbalance + 4821 WHERE tid = 123",
    "UPDATE pgbench_branches SET bbalance = bbalance + 4821 WHERE bid = 12",
    "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (123, 12, 4812345, 4821, CURRENT_TIMESTAMP)",
    "END",
];

const TPCH_Q8: &str = "select o_year, sum(case when nation = 'BRAZIL' then volume else 0 end) / sum(volume) as mkt_share \
from (select extract(year from o_orderdate) as o_year, l_extendedprice * (1 - l_discount) as volume, n2.n_name as nation \
from part, supplier, lineitem, orders, customer, nation n1, nation n2, region where p_partkey = l_partkey \
and s_suppkey = l_suppkey and l_orderkey = o_orderkey and o_custkey = c_custkey and c_nationkey = n1.n_nationkey \
and n1.n_regionkey = r_regionkey and r_name = 'AMERICA' and s_nationkey = n2.n_nationkey \
and o_orderdate between date '1995-01-01' and date '1996-12-31' and p_type = 'ECONOMY ANODIZED STEEL') as all_nations \
group by o_year order by o_year";

/// Prints microseconds a statement (or megabytes a second) for each parser, the best of several rounds.
pub(crate) fn bench() {
    let mut insert = String::from("INSERT INTO t (id, name, price, day) VALUES ");
    let mut row = 0u32;
    while insert.len() < 10_000_000 {
        if row > 0 {
            insert.push_str(", ");
        }
        insert.push_str(&format!(
            "({row}, 'customer number {row}', {}.{:02}, '2024-01-{:02}')",
            row % 1000,
            row % 100,
            row % 28 + 1
        ));
        row += 1;
    }
    println!(
        "{:<28} {:>13} {:>13} {:>13} {:>13}",
        "", "surus", "PostgreSQL", "pg_query", "sqlparser"
    );
    let mut total = [0.0; 4];
    for sql in PGBENCH {
        let times = times(sql, 20_000);
        (0..4).for_each(|index| total[index] += times[index] / PGBENCH.len() as f64);
    }
    print_row("pgbench, mean statement", total, "us");
    for sql in PGBENCH {
        let times = times(sql, 20_000);
        let name: String = sql.chars().take(26).collect();
        print_row(&format!("  {name}"), times, "us");
    }
    let q8 = times(TPCH_Q8, 3_000);
    print_row("TPC-H Q8", q8, "us");
    let bulk = times(&insert, 1).map(|micros| insert.len() as f64 / micros);
    print_row("INSERT of 10 MB", bulk, "MB/s");
}

fn print_row(name: &str, values: [f64; 4], unit: &str) {
    let values = values.map(|value| format!("{value:>8.2} {unit:<4}"));
    println!("{name:<28} {}", values.join(" "));
}

/// Microseconds of surus, PostgreSQL's raw parser, pg_query (the same with protobuf) and sqlparser.
fn times(sql: &str, rounds: u32) -> [f64; 4] {
    let text = std::ffi::CString::new(sql).expect("no zero byte");
    let dialect = sqlparser::dialect::PostgreSqlDialect {};
    [
        best(rounds, || drop(black_box(syntax::parse(black_box(sql)).expect("valid SQL")))),
        best(rounds.div_ceil(4), || assert!(raw::parse(black_box(&text)), "valid SQL")),
        best(rounds.div_ceil(10), || {
            drop(black_box(pg_query::parse(black_box(sql), 0).expect("valid SQL")))
        }),
        best(rounds.div_ceil(10), || {
            drop(black_box(
                sqlparser::parser::Parser::parse_sql(&dialect, black_box(sql)).expect("valid SQL"),
            ));
        }),
    ]
}

/// The best mean of five runs, in microseconds.
fn best(rounds: u32, mut run: impl FnMut()) -> f64 {
    (0..5)
        .map(|_| {
            let start = Instant::now();
            (0..rounds).for_each(|_| run());
            start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
        })
        .fold(f64::INFINITY, f64::min)
}
