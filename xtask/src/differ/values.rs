//! Argument values by type: edges and random ones.

use types::{Oid, builtin_type, type_oid};

/// What psql prints for NULL.
pub(crate) const NULL: &str = "<NULL>";

/// A seeded source of literals.
pub(crate) struct Values {
    state: u64,
    /// What anyelement stands for in this tuple.
    element: Oid,
    range: Oid,
}

/// Element types that anyelement and anyarray stand for, by turns.
const ELEMENTS: [Oid; 6] = [
    type_oid::INT4,
    type_oid::TEXT,
    type_oid::NUMERIC,
    type_oid::INT8,
    type_oid::DATE,
    type_oid::FLOAT8,
];

impl Values {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed ^ 0x9E37_79B9_7F4A_7C15,
            element: type_oid::INT4,
            range: type_oid::INT4RANGE,
        }
    }

    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.random() % (end as u64)).unwrap_or(0)
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let index = self.below(list.len());
        list[index]
    }

    /// Chooses what the polymorphic types of the next tuple are.
    pub(crate) fn choose_polymorphic(&mut self) {
        let index = self.below(ELEMENTS.len());
        self.element = ELEMENTS[index];
        self.range = match self.element {
            type_oid::INT8 => type_oid::INT8RANGE,
            type_oid::NUMERIC => type_oid::NUMRANGE,
            type_oid::DATE => type_oid::DATERANGE,
            _ => type_oid::INT4RANGE,
        };
    }

    /// A value of a type as SQL; `None` where the type has none to give.
    pub(crate) fn literal(&mut self, type_id: Oid) -> Option<String> {
        let type_id = self.concrete(type_id);
        let name = types::format_type(type_id, None);
        let name = if name == "\"char\"" { name } else { name.replace("bit varying", "varbit") };
        if self.below(25) == 0 {
            return Some(format!("NULL::{name}"));
        }
        let text = self.text(type_id)?;
        Some(format!("{}::{name}", types::quote_literal(&text)))
    }

    fn concrete(&mut self, type_id: Oid) -> Oid {
        match type_id {
            type_oid::ANYELEMENT
            | type_oid::ANYNONARRAY
            | type_oid::ANYCOMPATIBLE
            | type_oid::ANYCOMPATIBLENONARRAY => self.element,
            type_oid::ANYARRAY | type_oid::ANYCOMPATIBLEARRAY => {
                types::array_of(self.element).unwrap_or(self.element)
            }
            type_oid::ANY => ELEMENTS[self.below(ELEMENTS.len())],
            type_oid::ANYRANGE | type_oid::ANYCOMPATIBLERANGE => {
                if let Some(element) = range_element(self.range) {
                    self.element = element;
                }
                self.range
            }
            type_oid::ANYMULTIRANGE | type_oid::ANYCOMPATIBLEMULTIRANGE => {
                if let Some(element) = range_element(self.range) {
                    self.element = element;
                }
                multirange(self.range)
            }
            type_oid::CSTRING | type_oid::UNKNOWN => type_oid::TEXT,
            other => other,
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm a type")]
    fn text(&mut self, type_id: Oid) -> Option<String> {
        if let Some(element) = types::element_of(type_id) {
            return self.array(type_id, element);
        }
        let row = builtin_type(type_id)?;
        let pool: &[&str] = match row.name {
            "bool" => &["t", "f"],
            "int2" | "int4" | "int8" | "oid" | "xid" | "cid" | "xid8" | "money" | "regclass"
            | "regtype" | "regproc" | "regprocedure" | "regoper" | "regoperator"
            | "regnamespace" | "regrole" | "regcollation" => {
                return Some(self.whole(row.name));
            }
            "float4" | "float8" | "numeric" => return Some(self.number(row.name)),
            "text" | "varchar" | "bpchar" | "name" => return Some(self.string()),
            "char" => &["a", "Z", "", "\\377", "1"],
            "bytea" => &[
                "\\x",
                "\\x00",
                "\\x010203",
                "\\xdeadbeef",
                "abc",
                "\\\\",
                "\\x7f8081ff",
                "hello world",
            ],
            "date" => &[
                "2000-01-01",
                "1999-12-31",
                "2024-02-29",
                "0044-03-15 BC",
                "5874897-12-31",
                "infinity",
                "-infinity",
                "1970-01-01",
                "2021-07-04",
                "1582-10-15",
            ],
            "time" => &["00:00", "24:00", "12:34:56.789", "23:59:59.999999", "01:02:03", "12:00"],
            "timetz" => &[
                "00:00+00",
                "24:00-05",
                "12:34:56.789+02",
                "23:59:59.999999-15:59",
                "01:02:03+05:30",
            ],
            "timestamp" | "timestamptz" => &[
                "2000-01-01",
                "1999-12-31 23:59:59.999999",
                "2024-02-29 12:34:56",
                "infinity",
                "-infinity",
                "1970-01-01 00:00:01",
                "4713-01-01 BC",
                "294276-12-31",
                "2021-07-04 13:14:15.678",
                "0001-01-01",
            ],
            "interval" => &[
                "0",
                "1 day",
                "-1 mon 2 days",
                "1 year 2 mons 3 days 04:05:06.789",
                "infinity",
                "-infinity",
                "100 years",
                "-00:00:00.000001",
                "36:00",
                "1 mon -1 day",
                "178956970 years",
            ],
            "uuid" => &[
                "00000000-0000-0000-0000-000000000000",
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                "0190163d-8694-739b-aea5-966c26f8ad91",
            ],
            "json" | "jsonb" => &[
                "null",
                "1",
                "\"a\"",
                "[]",
                "{}",
                "[1, 2, \"x\", null, [3]]",
                "{\"a\": 1, \"b\": {\"c\": [1, true, null]}}",
                "{\"a\": \"x\", \"f1\": 2}",
                "[{\"a\": 1}, {\"a\": 2, \"b\": \"y\"}]",
                "1.50",
                "true",
            ],
            "jsonpath" => &[
                "$",
                "$.a",
                "$[*]",
                "$.b.c[*] ? (@ > 0)",
                "strict $.a",
                "$.*",
                "$[last]",
                "$.a + 1",
                "$.** ? (@.type() == \"number\")",
                "$[0 to 1]",
                "exists($.a)",
                "$.size()",
            ],
            "pg_lsn" => &["0/0", "0/1", "16/B374D848", "FFFFFFFF/FFFFFFFF"],
            "tid" => &["(0,0)", "(0,1)", "(4294967295,65535)", "(5,7)"],
            "bit" => &[
                "",
                "0",
                "1",
                "1010",
                "11111111",
                "101010101010101",
                "00000000000000000000000000000001",
            ],
            "varbit" => &["", "0", "1", "1010", "11111111", "101010101010101", "0000"],
            "inet" => &[
                "192.168.1.5",
                "192.168.1.0/24",
                "10.0.0.0/8",
                "0.0.0.0/0",
                "255.255.255.255",
                "::1",
                "2001:db8::/32",
                "::ffff:1.2.3.4/128",
                "10.1.2.3/16",
            ],
            "cidr" => &[
                "192.168.1.0/24",
                "10.0.0.0/8",
                "0.0.0.0/0",
                "255.255.255.255",
                "::1",
                "2001:db8::/32",
            ],
            "macaddr" => &[
                "08:00:2b:01:02:03",
                "00:00:00:00:00:00",
                "ff:ff:ff:ff:ff:ff",
                "12-34-56-78-9a-bc",
            ],
            "macaddr8" => &[
                "08:00:2b:01:02:03:04:05",
                "00:00:00:00:00:00:00:00",
                "08:00:2b:01:02:03",
                "ff:ff:ff:ff:ff:ff:ff:ff",
                "08:00:2b:ff:fe:01:02:03",
            ],
            "point" => &[
                "(0,0)",
                "(1,2)",
                "(-3.5,4.25)",
                "(1e300,1)",
                "(NaN,1)",
                "(10,10)",
                "(Infinity,0)",
            ],
            "lseg" => &[
                "[(0,0),(1,1)]",
                "[(1,2),(3,4)]",
                "[(0,0),(0,0)]",
                "[(-1,5),(5,-1)]",
                "[(0,0),(10,0)]",
            ],
            "line" => &["{1,-1,0}", "{0,1,5}", "{1,0,3}", "{2,3,-4}", "{-0.4,-1,-6}"],
            "box" => &[
                "(1,1),(0,0)",
                "(3,4),(1,2)",
                "(0,0),(0,0)",
                "(10,10),(-10,-10)",
                "(2,2),(0.5,0.5)",
            ],
            "path" => {
                &["[(0,0),(1,1),(2,0)]", "((0,0),(4,0),(4,4),(0,4))", "[(1,2)]", "((1,2),(3,4))"]
            }
            "polygon" => &[
                "((0,0),(1,1),(2,0))",
                "((0,0),(4,0),(4,4),(0,4))",
                "((1,2))",
                "((1,2),(3,4))",
                "((0,0),(10,0),(5,5),(10,10),(0,10))",
            ],
            "circle" => &["<(0,0),1>", "<(1,2),3>", "<(5,5),0>", "<(-1,-1),10>"],
            "int4range" | "int8range" | "numrange" => {
                &["empty", "[1,10)", "(,5]", "[3,)", "(,)", "[5,5]", "[10,20)", "(0,1)", "[-5,3)"]
            }
            "daterange" => {
                &["empty", "[2000-01-01,2001-01-01)", "(,2020-01-01)", "[2024-02-29,)", "(,)"]
            }
            "tsrange" | "tstzrange" => &[
                "empty",
                "[2000-01-01,2001-01-01)",
                "(,2020-01-01)",
                "[2024-02-29,)",
                "(,)",
                "(2000-01-01 12:00,2000-01-02]",
            ],
            "int4multirange" | "int8multirange" | "nummultirange" => {
                &["{}", "{[1,10)}", "{(,5),[7,9)}", "{[3,)}", "{(,)}", "{[1,2),[5,8),[10,20)}"]
            }
            "datemultirange" => &["{}", "{[2000-01-01,2001-01-01)}", "{(,2020-01-01)}"],
            "tsmultirange" | "tstzmultirange" => {
                &["{}", "{[2000-01-01,2001-01-01)}", "{(,2020-01-01)}"]
            }
            "aclitem" => &["postgres=r/postgres", "=rw/postgres"],
            "pg_snapshot" | "txid_snapshot" => &["10:20:10,14,15", "1:1:", "12:16:14,14"],
            _ => return None,
        };
        Some(self.pick(pool).to_owned())
    }

    fn array(&mut self, type_id: Oid, element: Oid) -> Option<String> {
        if matches!(type_id, type_oid::INT2VECTOR | type_oid::OIDVECTOR) {
            return Some(self.pick(&["", "1", "1 2 3", "23 25"]).to_owned());
        }
        let count = self.below(5);
        let mut items = Vec::new();
        for _ in 0..count {
            if self.below(8) == 0 {
                items.push("NULL".to_owned());
            } else {
                let text = self.text(element)?;
                items.push(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")));
            }
        }
        let delimiter = if element == type_oid::BOX { ";" } else { "," };
        let joined = items.join(delimiter);
        Some(match self.below(8) {
            0 if count > 0 => format!("{{{{{joined}}},{{{joined}}}}}")
                .replace("},{", if element == type_oid::BOX { "};{" } else { "},{" }),
            1 if count > 0 => {
                format!("[-1:{}]={{{joined}}}", i64::try_from(count).unwrap_or(0) - 2)
            }
            _ => format!("{{{joined}}}"),
        })
    }

    fn whole(&mut self, name: &str) -> String {
        let edges: &[&str] = match name {
            "int2" => &["0", "1", "-1", "32767", "-32768", "100"],
            "int4" => &["0", "1", "-1", "2147483647", "-2147483648", "7", "1000000", "2", "3"],
            "int8" => {
                &["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "10000000000"]
            }
            "money" => &["0", "1.23", "-1.23", "92233720368547758.07", "1234567.89"],
            "xid8" => &["0", "1", "18446744073709551615", "3"],
            _ => &["0", "1", "23", "25", "1259", "11", "2200", "10", "100", "96", "4294967295"],
        };
        let signed = matches!(name, "int2" | "int4" | "int8");
        match self.below(4) {
            0 if signed => (self.below(2001).cast_signed() - 1000).to_string(),
            1 if signed => (self.below(60).cast_signed() - 20).to_string(),
            _ => self.pick(edges).to_owned(),
        }
    }

    fn number(&mut self, name: &str) -> String {
        let edges: &[&str] = if name == "numeric" {
            &[
                "0",
                "1",
                "-1",
                "0.00",
                "NaN",
                "Infinity",
                "-Infinity",
                "1e40",
                "-1e-20",
                "123456789.987654321",
                "0.5",
                "-2.5",
                "99999999999999999999.999",
            ]
        } else {
            &[
                "0",
                "-0",
                "1",
                "-1",
                "NaN",
                "Infinity",
                "-Infinity",
                "1e30",
                "1e-30",
                "0.1",
                "0.5",
                "-2.5",
                "123456.789",
            ]
        };
        match self.below(3) {
            0 => {
                let whole = self.below(20001).cast_signed() - 10000;
                format!("{}.{:02}", whole / 100, whole.unsigned_abs() % 100)
            }
            _ => self.pick(edges).to_owned(),
        }
    }

    fn string(&mut self) -> String {
        const POOL: &[&str] = &[
            "",
            "a",
            "abc",
            "ABC",
            "hello world",
            " padded ",
            "x'y",
            "äöü",
            "日本語",
            "%",
            "_b%",
            "a.b",
            "\\",
            "12",
            "-3.5",
            "t",
            "UTF8",
            "hex",
            "base64",
            "escape",
            "g",
            "i",
            "day",
            "month",
            "hour",
            "epoch",
            "UTC",
            "YYYY-MM-DD",
            "HH24:MI:SS",
            "999.99",
            "2024-01-02",
            "foo,bar,baz",
            "SELECT",
            "public",
            "pg_class",
            "r",
            "read",
            "a,b",
            "{1,2}",
            "NFC",
            "sha256",
            "integer",
            "1 day",
            "😀",
        ];
        match self.below(6) {
            0 => {
                let length = self.below(12);
                (0..length)
                    .map(|_| char::from(b'a' + u8::try_from(self.below(6)).unwrap_or(0)))
                    .collect()
            }
            _ => self.pick(POOL).to_owned(),
        }
    }
}

fn range_element(range: Oid) -> Option<Oid> {
    match range {
        type_oid::INT4RANGE => Some(type_oid::INT4),
        type_oid::INT8RANGE => Some(type_oid::INT8),
        type_oid::NUMRANGE => Some(type_oid::NUMERIC),
        type_oid::DATERANGE => Some(type_oid::DATE),
        _ => None,
    }
}

fn multirange(range: Oid) -> Oid {
    match range {
        type_oid::INT8RANGE => type_oid::INT8MULTIRANGE,
        type_oid::NUMRANGE => type_oid::NUMMULTIRANGE,
        type_oid::DATERANGE => type_oid::DATEMULTIRANGE,
        _ => type_oid::INT4MULTIRANGE,
    }
}
