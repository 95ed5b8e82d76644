//! Every relation that is built gives rows of its columns' kinds.

use super::rows;
use crate::acl::{AclItem, Privileges};
use crate::facts::facts;
use crate::object::*;
use crate::{Access, Activity, Catalog, Change, Entry, SettingRow, Sources};
use error::{Result, SqlState};
use std::sync::Arc;
use storage::RowAddress;
use types::{Datum, Kind, Oid, type_oid};

struct Nothing;

impl Sources for Nothing {
    fn prepared(&self) -> Vec<crate::access::PreparedRow> {
        Vec::new()
    }
    fn locks(&self) -> Vec<storage::LockRow> {
        Vec::new()
    }
    fn blocking_processes(&self, _process: i32) -> Vec<i32> {
        Vec::new()
    }
    fn snapshot_blocking_processes(&self, _process: i32) -> Vec<i32> {
        Vec::new()
    }
    fn activity(&self) -> Vec<Activity> {
        vec![Activity { process: 7, database: Oid(5), user: Oid(10), ..Activity::default() }]
    }

    fn settings(&self) -> Vec<SettingRow> {
        let mut row = vec![None; 17];
        row[0] = Some("DateStyle".to_owned());
        row[11] = Some("{a,b}".to_owned());
        row[15] = Some("3".to_owned());
        row[16] = Some("f".to_owned());
        vec![row]
    }

    fn file_size(&self, _: u32) -> u64 {
        0
    }

    fn sequence_value(&self, _: u32) -> Option<(i64, bool)> {
        Some((3, true))
    }

    fn log_positions(&self) -> (storage::Lsn, storage::Lsn) {
        (storage::Lsn(0), storage::Lsn(0))
    }

    fn server_start(&self) -> i64 {
        0
    }

    fn expression_text(&self, _: &Access, _: Oid, _: &StoredTree) -> Result<String> {
        Ok("1".to_owned())
    }

    fn index_definition(&self, _: &Access, _: Oid) -> Result<String> {
        Ok("CREATE INDEX".to_owned())
    }
}

fn column(name: &str, type_id: Oid, typmod: i32) -> Column {
    Column {
        name: name.to_owned(),
        type_id,
        typmod,
        collation: types::builtin_type(type_id).map_or(Oid::INVALID, |t| t.collation),
        dimensions: 0,
        not_null: false,
        default: None,
        identity: None,
        missing: Datum::Null,
        dropped: false,
        acl: None,
        comment: None,
    }
}

/// A table with a primary key, a check and a serial column; its OIDs begin at 16384.
fn table() -> Table {
    let tree = StoredTree(Arc::from([1u8, 2, 3].as_slice()));
    let mut id = column("id", type_oid::INT4, -1);
    id.not_null = true;
    id.default =
        Some(ColumnDefault { oid: Oid(16390), expression: tree.clone(), generated: false });
    let mut gone = column("gone", type_oid::TEXT, -1);
    gone.dropped = true;
    let mut added = column("added", type_oid::NUMERIC, (5 << 16 | 2) + 4);
    added.missing = types::Numeric::from(7i64).to_datum();
    Table {
        oid: Oid(16384),
        name: "weather".to_owned(),
        schema: crate::PUBLIC,
        owner: Oid(10),
        persistence: Persistence::Permanent,
        file: 20,
        row_type: Oid(16385),
        array_type: types::array_of(Oid(16385)).unwrap(),
        columns: vec![id, gone, added, column("place", type_oid::VARCHAR, 104)],
        not_nulls: vec![NotNull {
            oid: Oid(16391),
            name: "weather_id_not_null".to_owned(),
            column: 1,
            no_inherit: false,
        }],
        checks: vec![Check {
            oid: Oid(16392),
            name: "weather_check".to_owned(),
            expression: tree,
            columns: vec![1],
            validated: true,
            no_inherit: false,
            enforced: true,
            comment: Some("positive".to_owned()),
        }],
        keys: vec![Key {
            oid: Oid(16393),
            name: "weather_pkey".to_owned(),
            index: Oid(16388),
            primary: true,
            comment: None,
        }],
        foreign_keys: Vec::new(),
        triggers: Vec::new(),
        options: vec!["fillfactor=70".to_owned()],
        statistics: Statistics { rows: -1.0, pages: 0 },
        acl: Some(vec![AclItem {
            grantee: Oid::INVALID,
            grantor: Oid(10),
            privileges: Privileges::SELECT,
            grant_options: Privileges::NONE,
        }]),
        comment: Some("the weather".to_owned()),
    }
}

#[expect(clippy::too_many_lines, reason = "one list of objects")]
fn objects() -> Vec<Object> {
    let role = Role {
        oid: Oid(10),
        name: "postgres".to_owned(),
        superuser: true,
        inherit: true,
        create_role: true,
        create_database: true,
        login: true,
        replication: true,
        bypass_row_security: true,
        connection_limit: -1,
        password: Some("SCRAM".to_owned()),
        valid_until: None,
        member_of: Vec::new(),
        settings: vec![SettingOverride { name: "a".to_owned(), value: "b".to_owned() }],
        comment: None,
    };
    let plain = Role {
        oid: Oid(16400),
        name: "plain".to_owned(),
        superuser: false,
        settings: Vec::new(),
        ..role.clone()
    };
    let database = Database {
        oid: Oid(5),
        name: "postgres".to_owned(),
        owner: Oid(10),
        is_template: false,
        allow_connections: true,
        connection_limit: -1,
        acl: None,
        settings: Vec::new(),
        comment: None,
    };
    let schema = Schema {
        oid: crate::PUBLIC,
        name: "public".to_owned(),
        owner: Oid(10),
        acl: None,
        comment: None,
    };
    let index = Index {
        oid: Oid(16388),
        name: "weather_pkey".to_owned(),
        schema: crate::PUBLIC,
        owner: Oid(10),
        persistence: Persistence::Permanent,
        table: Oid(16384),
        file: 21,
        unique: true,
        primary: true,
        nulls_not_distinct: false,
        method: crate::facts::BTREE,
        columns: vec![IndexColumn {
            name: "id".to_owned(),
            target: IndexTarget::Column(1),
            type_id: type_oid::INT4,
            typmod: -1,
            collation: Oid::INVALID,
            operator_class: Oid(1978),
            descending: true,
            nulls_first: true,
        }],
        key_count: 1,
        predicate: None,
        constraint: Some(Oid(16393)),
        deferral: crate::object::Deferral::Never,
        is_valid: true,
        is_live: true,
        valid_from: 0,
        options: Vec::new(),
        comment: None,
    };
    let sequence = Sequence {
        oid: Oid(16389),
        name: "weather_id_seq".to_owned(),
        schema: crate::PUBLIC,
        owner: Oid(10),
        persistence: Persistence::Permanent,
        file: 22,
        type_id: type_oid::INT4,
        start: 1,
        increment: 1,
        minimum: 1,
        maximum: i64::from(i32::MAX),
        cache: 1,
        cycle: false,
        owned_by: Some(SequenceOwner { table: Oid(16384), column: 1, identity: false }),
        acl: None,
        comment: None,
    };
    vec![
        Object::Role(Arc::new(role)),
        Object::Role(Arc::new(plain)),
        Object::Database(Arc::new(database)),
        Object::Schema(Arc::new(schema)),
        Object::Table(Arc::new(table())),
        Object::Index(Arc::new(index)),
        Object::Sequence(Arc::new(sequence)),
    ]
}

fn access_as(user: Oid) -> Access {
    let mut catalog = Catalog::default();
    for object in objects() {
        catalog.apply(&Change::Put(Entry { object, address: RowAddress { page: 0, slot: 0 } }));
    }
    Access {
        catalog: Arc::new(catalog),
        database: Oid(5),
        current_user: user,
        session_user: user,
        search_path: vec![crate::PG_CATALOG, crate::PUBLIC],
        named_path: vec![crate::PUBLIC],
        process: 7,
        sources: Arc::new(Nothing),
    }
}

fn read(name: &str, keys: &[(i16, Datum)]) -> Vec<Vec<Datum>> {
    let relation = facts().relations.values().find(|fact| fact.name == name).unwrap();
    rows(relation.oid, &access_as(Oid(10)), keys).unwrap()
}

fn kind_of(value: &Datum) -> Option<Kind> {
    Some(match value {
        Datum::Null => return None,
        Datum::Bool(_) => Kind::Bool,
        Datum::I16(_) => Kind::I16,
        Datum::I32(_) => Kind::I32,
        Datum::I64(_) => Kind::I64,
        Datum::F32(_) => Kind::F32,
        Datum::F64(_) => Kind::F64,
        Datum::Fixed16(_) => Kind::Fixed16,
        Datum::Bytes(_) => Kind::Bytes,
    })
}

#[test]
fn rows_have_the_kinds_of_their_columns() {
    let access = access_as(Oid(10));
    let mut built = 0;
    for fact in facts().relations.values().filter(|fact| matches!(fact.kind, "r" | "v")) {
        let rows = match rows(fact.oid, &access, &[]) {
            Ok(rows) => rows,
            Err(error) => {
                assert_eq!(error.code(), SqlState::FEATURE_NOT_SUPPORTED, "{}", fact.name);
                continue;
            }
        };
        built += 1;
        for row in &rows {
            for (value, column) in row.iter().zip(&fact.columns) {
                let kind = kind_of(value);
                let right = kind.is_none_or(|kind| kind == Kind::of(column.type_id));
                assert!(right, "{}.{} is {value:?}", fact.name, column.name);
                let missing = column.not_null && value.is_null();
                assert!(!missing, "{}.{} is NULL", fact.name, column.name);
            }
        }
    }
    assert!(built > 130, "{built} relations are built");
}

#[test]
fn keys_pick_the_same_rows_as_a_filter() {
    let oid = |oid: i64| Datum::I64(oid);
    let cases = [
        ("pg_class", 1, oid(16384)),
        ("pg_class", 2, Datum::text("weather_pkey")),
        ("pg_class", 2, Datum::text("pg_class")),
        ("pg_attribute", 1, oid(16384)),
        ("pg_attribute", 1, oid(1259)),
        ("pg_type", 1, oid(i64::from(types::array_of(Oid(16385)).unwrap().0))),
        ("pg_type", 2, Datum::text("_weather")),
        ("pg_type", 2, Datum::text("int4")),
        ("pg_proc", 1, oid(870)),
        ("pg_proc", 2, Datum::text("lower")),
        ("pg_index", 2, oid(16384)),
        ("pg_index", 2, oid(1259)),
        ("pg_constraint", 9, oid(16384)),
        ("pg_attrdef", 2, oid(16384)),
        ("pg_description", 1, oid(16392)),
        ("pg_description", 1, oid(16384)),
    ];
    for (name, column, key) in cases {
        let index = usize::try_from(column - 1).unwrap();
        let mut filtered = read(name, &[]);
        filtered.retain(|row| row[index] == key);
        assert!(!filtered.is_empty(), "{name} has rows for {key:?}");
        assert_eq!(read(name, &[(column, key.clone())]), filtered, "{name} by {key:?}");
    }
}

#[test]
fn passwords_are_for_superusers() {
    let relation = facts().relations.values().find(|fact| fact.name == "pg_authid").unwrap();
    let error = rows(relation.oid, &access_as(Oid(16400)), &[]).unwrap_err();
    assert_eq!(error.code(), SqlState::INSUFFICIENT_PRIVILEGE);
    assert_eq!(error.message(), "permission denied for table pg_authid");
}

#[test]
fn array_names_have_underscores_until_they_are_free() {
    let name = super::type_rows::array_name("t", &|name| name == "_t");
    assert_eq!(name, "__t");
    let long = "x".repeat(63);
    assert_eq!(super::type_rows::array_name(&long, &|_| false).len(), 63);
}
