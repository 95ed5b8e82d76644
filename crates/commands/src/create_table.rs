//! CREATE TABLE and CREATE TABLE AS.

use crate::constraint::{add_constraint, add_not_null, choose_name, column_number};
use crate::name::{creation_schema, find_relation, is_taken, plain_table};
use crate::sequence::{apply, blank, make, persistence};
use crate::work::Work;
use analyze::Analyzer;
use catalog::object::{
    Column, ColumnDefault, Identity, Object, Persistence, SequenceOwner, Statistics, Table,
};
use error::{Error, Result, SqlState};
use expression::{Call, CallForm, Expr, ExprKind, default_collation};
use std::sync::Arc;
use storage::{Durability, RelationId};
use syntax::ast::{
    self, ColumnDefinition, Constraint, ConstraintKind, CreateTable, CreateTableAs,
    DefinitionOption, LikeClause, LikeOption, OnCommit, OptionValue, StatementKind, TableElement,
    TableSource,
};
use types::{Datum, Oid, type_oid};

/// CREATE TABLE.
pub(crate) fn create_table(work: &mut dyn Work, create: &CreateTable, sql: &str) -> Result<()> {
    refuse(create)?;
    let schema = creation_schema(work, &create.relation, create.persistence, sql)?;
    if is_taken(work, schema, &create.relation.name, create.if_not_exists)? {
        return Ok(());
    }
    let name = create.relation.name.to_string();
    let mut table = blank_table(work, name, schema, persistence(create.persistence))?;
    table.options = option_texts(&create.options)?;
    let mut constraints: Vec<Constraint> = Vec::new();
    let mut definitions: Vec<&ColumnDefinition> = Vec::new();
    for element in &create.elements {
        match element {
            TableElement::Column(definition) => {
                add_column(work, &mut table, definition, &mut constraints, sql)?;
                definitions.push(definition);
            }
            TableElement::Constraint(constraint) => constraints.push(constraint.clone()),
            TableElement::Like(like) => add_like(work, &mut table, like, sql)?,
        }
    }
    const COLUMNS_MAX: usize = 1600;
    if table.columns.len() > COLUMNS_MAX {
        let text = format!("tables can have at most {COLUMNS_MAX} columns");
        return Err(Error::new(SqlState::TOO_MANY_COLUMNS, text));
    }
    finish(work, table, &definitions, &constraints, sql)
}

fn refuse(create: &CreateTable) -> Result<()> {
    let what = if !create.inherits.is_empty() {
        "INHERITS"
    } else if create.of_type.is_some() {
        "a typed table"
    } else if create.partition_of.is_some() || create.partition_by.is_some() {
        "a partitioned table"
    } else if !matches!(create.on_commit, OnCommit::None | OnCommit::PreserveRows) {
        "ON COMMIT DROP or DELETE ROWS"
    } else {
        return Ok(());
    };
    Err(Error::unsupported(what))
}

/// How the files of a table or index of this persistence are kept.
pub(crate) fn durability(persistence: Persistence) -> Durability {
    match persistence {
        Persistence::Permanent => Durability::Logged,
        Persistence::Unlogged | Persistence::Temporary => Durability::Unlogged,
    }
}

/// A table without columns.
fn blank_table(
    work: &mut dyn Work,
    name: String,
    schema: Oid,
    persistence: Persistence,
) -> Result<Table> {
    let owner = work.current_user();
    let storage = Arc::clone(work.transaction().storage());
    let row_type = Oid(storage.allocate_oid()?);
    Ok(Table {
        oid: Oid(storage.allocate_oid()?),
        name,
        schema,
        owner,
        persistence,
        file: storage.allocate_heap_file(durability(persistence))?,
        row_type,
        array_type: types::array_of(row_type).unwrap_or_default(),
        columns: Vec::new(),
        not_nulls: Vec::new(),
        checks: Vec::new(),
        keys: Vec::new(),
        foreign_keys: Vec::new(),
        triggers: Vec::new(),
        options: Vec::new(),
        statistics: Statistics { rows: -1.0, pages: 0 },
        acl: None,
        comment: None,
    })
}

/// Writes the table: its file first, then sequences, constraints and defaults, which may name it.
fn finish(
    work: &mut dyn Work,
    mut table: Table,
    definitions: &[&ColumnDefinition],
    constraints: &[Constraint],
    sql: &str,
) -> Result<()> {
    let id = RelationId { database: work.database().0, file: table.file };
    work.transaction().create_heap(id)?;
    for definition in definitions {
        let number = column_number(&table, &definition.name)?;
        column_sequence(work, &mut table, number, definition, sql)?;
    }
    for definition in definitions {
        let number = column_number(&table, &definition.name)?;
        column_default(work, &mut table, number, definition, sql)?;
    }
    // Foreign keys come last: they may refer to the table's own keys.
    let is_foreign =
        |constraint: &&Constraint| matches!(constraint.kind, ConstraintKind::ForeignKey(_));
    let (foreign, own): (Vec<_>, Vec<_>) = constraints.iter().partition(is_foreign);
    for constraint in own.into_iter().chain(foreign) {
        add_constraint(work, &mut table, constraint, false, sql)?;
    }
    work.put(Object::Table(Arc::new(table)))
}

/// The integer type that a SERIAL word stands for.
fn serial_type(name: &ast::TypeName) -> Option<Oid> {
    let [name] = name.names.as_slice() else { return None };
    Some(match &**name {
        "smallserial" | "serial2" => type_oid::INT2,
        "serial" | "serial4" => type_oid::INT4,
        "bigserial" | "serial8" => type_oid::INT8,
        _ => return None,
    })
}

/// Adds a column without its default; its constraints that belong to the table go to `constraints`.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn add_column(
    work: &mut dyn Work,
    table: &mut Table,
    definition: &ColumnDefinition,
    constraints: &mut Vec<Constraint>,
    sql: &str,
) -> Result<()> {
    let position = syntax::position(sql, definition.location);
    let name = definition.name.to_string();
    if table.columns.iter().any(|column| !column.dropped && column.name == name) {
        let text = format!("column \"{name}\" specified more than once");
        return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
    }
    if matches!(&*name, "ctid" | "xmin" | "cmin" | "xmax" | "cmax" | "tableoid") {
        let text = format!("column name \"{name}\" conflicts with a system column name");
        return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
    }
    let type_name = definition
        .type_name
        .as_ref()
        .ok_or_else(|| Error::unsupported("a column without a type"))?;
    let serial = serial_type(type_name);
    let (type_id, typmod) = match serial {
        Some(type_id) => (type_id, -1),
        None => Analyzer::new(sql, work.resolver()).type_name(type_name)?,
    };
    if types::builtin_type(type_id).is_some_and(|t| t.kind == 'p') {
        let text =
            format!("column \"{name}\" has pseudo-type {}", types::format_type(type_id, None));
        return Err(Error::new(SqlState::INVALID_TABLE_DEFINITION, text).at(position));
    }
    let mut collation = default_collation(type_id);
    if let Some(wanted) = &definition.collation {
        let found = catalog::facts().collation_named(wanted.name()).map(|c| c.oid);
        collation = found.ok_or_else(|| {
            let text =
                format!("collation \"{}\" for encoding \"UTF8\" does not exist", wanted.dotted());
            Error::new(SqlState::UNDEFINED_OBJECT, text)
        })?;
    }
    if let Some(refused) = definition.refused.first() {
        return Err(refused.error.clone());
    }
    let identity = definition.constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::Identity { always: true, .. } => Some(Identity::Always),
        ConstraintKind::Identity { always: false, .. } => Some(Identity::ByDefault),
        _ => None,
    });
    table.columns.push(Column {
        name: name.clone(),
        type_id,
        typmod,
        collation,
        dimensions: i16::try_from(type_name.array_bounds.len()).unwrap_or(0),
        not_null: false,
        default: None,
        identity,
        missing: Datum::Null,
        dropped: false,
        acl: None,
        comment: None,
    });
    let number = column_number(table, &name)?;
    for constraint in &definition.constraints {
        column_constraint(work, table, number, constraint, constraints)?;
    }
    if serial.is_some() || identity.is_some() {
        add_not_null(work, table, number, None)?;
    }
    Ok(())
}

fn column_constraint(
    work: &mut dyn Work,
    table: &mut Table,
    number: i16,
    constraint: &Constraint,
    constraints: &mut Vec<Constraint>,
) -> Result<()> {
    let column: ast::Name =
        table.columns[usize::try_from(number - 1).unwrap_or(0)].name.as_str().into();
    match &constraint.kind {
        ConstraintKind::Null
        | ConstraintKind::Default(_)
        | ConstraintKind::Generated { .. }
        | ConstraintKind::Identity { .. } => Ok(()),
        ConstraintKind::NotNull(_) => add_not_null(work, table, number, constraint.name.as_deref()),
        ConstraintKind::PrimaryKey(unique) => {
            let mut unique = unique.clone();
            unique.columns = vec![column];
            constraints.push(Constraint {
                kind: ConstraintKind::PrimaryKey(unique),
                ..constraint.clone()
            });
            Ok(())
        }
        ConstraintKind::Unique(unique) => {
            let mut unique = unique.clone();
            unique.columns = vec![column];
            constraints
                .push(Constraint { kind: ConstraintKind::Unique(unique), ..constraint.clone() });
            Ok(())
        }
        ConstraintKind::ForeignKey(key) => {
            let mut key = key.clone();
            key.columns = vec![column];
            constraints
                .push(Constraint { kind: ConstraintKind::ForeignKey(key), ..constraint.clone() });
            Ok(())
        }
        ConstraintKind::Check(_) => {
            constraints.push(constraint.clone());
            Ok(())
        }
        ConstraintKind::Exclusion(_) => Err(Error::unsupported("an exclusion constraint")),
    }
}

/// Makes the sequence of a SERIAL or identity column.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn column_sequence(
    work: &mut dyn Work,
    table: &mut Table,
    number: i16,
    definition: &ColumnDefinition,
    sql: &str,
) -> Result<()> {
    let place = usize::try_from(number - 1).unwrap_or(0);
    let options = definition.constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::Identity { options, .. } => Some(options.as_slice()),
        _ => None,
    });
    let serial = definition.type_name.as_ref().is_some_and(|name| serial_type(name).is_some());
    if options.is_none() && !serial {
        return Ok(());
    }
    let oid = owned_sequence(work, table, number, options, sql)?;
    if serial {
        let default = nextval_of(work, oid, table.columns[place].type_id, sql)?;
        set_default(work, table, number, &default)?;
    }
    Ok(())
}

/// Makes the sequence of a column, an identity column's where there are options: its OID. 22023 for a type without
/// sequences.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many options only the name matters here")]
pub(crate) fn owned_sequence(
    work: &mut dyn Work,
    table: &Table,
    number: i16,
    options: Option<&[ast::SequenceOption]>,
    sql: &str,
) -> Result<Oid> {
    let place = usize::try_from(number - 1).unwrap_or(0);
    let (column, type_id) = (table.columns[place].name.clone(), table.columns[place].type_id);
    if !matches!(type_id, type_oid::INT2 | type_oid::INT4 | type_oid::INT8) {
        let text = "identity column type must be smallint, integer, or bigint";
        return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
    }
    let catalog = work.catalog();
    let said = options.unwrap_or_default().iter().find_map(|option| match &option.kind {
        ast::SequenceOptionKind::SequenceName(name) => Some(name.name().to_owned()),
        _ => None,
    });
    let name = said.unwrap_or_else(|| {
        choose_name(&table.name, &[&column], "seq", &|name| {
            catalog.relation(table.schema, name).is_some()
        })
    });
    let mut sequence = blank(work, name, table.schema, type_id)?;
    sequence.owner = table.owner;
    sequence.persistence = table.persistence;
    let start = apply(work, &mut sequence, options.unwrap_or_default(), true, sql)?;
    sequence.owned_by =
        Some(SequenceOwner { table: table.oid, column: number, identity: options.is_some() });
    let oid = sequence.oid;
    make(work, sequence, start)?;
    Ok(oid)
}

/// `nextval('sequence'::regclass)` as a column's type.
fn nextval_of(work: &mut dyn Work, sequence: Oid, type_id: Oid, sql: &str) -> Result<Expr> {
    let nextval = catalog::facts()
        .function_by_source("nextval_oid")
        .ok_or_else(|| Error::internal("there is no nextval"))?;
    let argument = Expr::constant(Datum::I64(i64::from(sequence.0)), type_oid::REGCLASS, -1);
    let call = Call {
        function: nextval.oid,
        arguments: vec![argument],
        input_collation: Oid::INVALID,
        form: CallForm::Function,
        variadic: false,
        user: None,
    };
    let value = Expr::new(ExprKind::Call(Box::new(call)), type_oid::INT8, Oid::INVALID);
    let mut analyzer = Analyzer::new(sql, work.resolver());
    analyzer.cast(value, type_id, -1, analyze::Context::Assignment, ast::Location::NONE)
}

/// Sets a column's default.
pub(crate) fn set_default(
    work: &mut dyn Work,
    table: &mut Table,
    number: i16,
    expr: &Expr,
) -> Result<()> {
    let oid = Oid(work.transaction().storage().allocate_oid()?);
    let place = usize::try_from(number - 1).unwrap_or(0);
    let expression = expression::encode(expr)?;
    table.columns[place].default = Some(ColumnDefault { oid, expression, generated: false });
    Ok(())
}

/// DEFAULT and GENERATED of a column.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn column_default(
    work: &mut dyn Work,
    table: &mut Table,
    number: i16,
    definition: &ColumnDefinition,
    sql: &str,
) -> Result<()> {
    let place = usize::try_from(number - 1).unwrap_or(0);
    for constraint in &definition.constraints {
        let column = table.columns[place].clone();
        match &constraint.kind {
            ConstraintKind::Default(expr) => {
                if column.default.is_some() {
                    let text = format!(
                        "multiple default values specified for column \"{}\" of table \"{}\"",
                        column.name, table.name
                    );
                    return Err(Error::new(SqlState::SYNTAX_ERROR, text));
                }
                let mut analyzer = Analyzer::new(sql, work.resolver());
                let value = analyzer.default_expression(
                    expr,
                    &column.name,
                    column.type_id,
                    column.typmod,
                )?;
                set_default(work, table, number, &value)?;
            }
            ConstraintKind::Generated { expr, stored: true } => {
                let mut analyzer = Analyzer::new(sql, work.resolver());
                let value = analyzer.table_expression(
                    expr,
                    table,
                    analyze::TableExpression::IndexColumn,
                )?;
                let value = analyzer.cast(
                    value,
                    column.type_id,
                    column.typmod,
                    analyze::Context::Assignment,
                    expr.start(),
                )?;
                set_default(work, table, number, &value)?;
                if let Some(default) = &mut table.columns[place].default {
                    default.generated = true;
                }
            }
            ConstraintKind::Generated { stored: false, .. } => {
                return Err(Error::unsupported("a virtual generated column"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// LIKE: the other table's columns, and what INCLUDING adds.
fn add_like(work: &mut dyn Work, table: &mut Table, like: &LikeClause, sql: &str) -> Result<()> {
    let source = plain_table(find_relation(work, &like.relation, sql)?)?;
    let including = |option: LikeOption| like.including.contains(&option);
    for (number, column) in (1..).zip(&source.columns).filter(|(_, column)| !column.dropped) {
        let mut copy = column.clone();
        copy.not_null = false;
        copy.missing = Datum::Null;
        copy.comment = None;
        copy.acl = None;
        copy.identity = None;
        let keeps_default = match &copy.default {
            Some(default) if default.generated => including(LikeOption::Generated),
            Some(_) => including(LikeOption::Defaults),
            None => false,
        };
        if !keeps_default {
            copy.default = None;
        }
        if table.columns.iter().any(|other| other.name == copy.name) {
            let text = format!("column \"{}\" specified more than once", copy.name);
            return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
        }
        table.columns.push(copy);
        let new_number =
            i16::try_from(table.columns.len()).map_err(|_| Error::internal("too many columns"))?;
        if source.columns[usize::try_from(number - 1i16).unwrap_or(0)].not_null {
            let name = source.not_nulls.iter().find(|n| n.column == number).map(|n| n.name.clone());
            add_not_null(work, table, new_number, name.as_deref())?;
        }
    }
    if including(LikeOption::Indexes)
        || including(LikeOption::Constraints) && !source.checks.is_empty()
    {
        return Err(Error::unsupported("LIKE INCLUDING INDEXES or CONSTRAINTS"));
    }
    Ok(())
}

/// CREATE TABLE AS.
pub(crate) fn create_table_as(
    work: &mut dyn Work,
    create: &CreateTableAs,
    sql: &str,
) -> Result<String> {
    if create.materialized_view {
        return Err(Error::unsupported("a materialized view"));
    }
    let TableSource::Select(query) = &create.source else {
        return Err(Error::unsupported("CREATE TABLE AS EXECUTE"));
    };
    let schema = creation_schema(work, &create.relation, create.persistence, sql)?;
    if is_taken(work, schema, &create.relation.name, create.if_not_exists)? {
        return Ok("CREATE TABLE AS".to_owned());
    }
    let query = Analyzer::new(sql, work.resolver()).query(&StatementKind::Select(query.clone()))?;
    let name = create.relation.name.to_string();
    let mut table = blank_table(work, name, schema, persistence(create.persistence))?;
    table.options = option_texts(&create.options)?;
    let visible: Vec<&expression::Target> =
        query.targets.iter().filter(|target| !target.junk).collect();
    if create.columns.len() > visible.len() {
        return Err(Error::new(SqlState::SYNTAX_ERROR, "too many column names were specified"));
    }
    for (index, target) in visible.iter().enumerate() {
        let name =
            create.columns.get(index).map_or_else(|| target.name.clone(), ToString::to_string);
        if table.columns.iter().any(|column| column.name == name) {
            let text = format!("column \"{name}\" specified more than once");
            return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
        }
        table.columns.push(Column {
            name,
            type_id: target.expr.type_id,
            typmod: target.expr.typmod,
            collation: target.expr.collation,
            dimensions: 0,
            not_null: false,
            default: None,
            identity: None,
            missing: Datum::Null,
            dropped: false,
            acl: None,
            comment: None,
        });
    }
    let id = RelationId { database: work.database().0, file: table.file };
    work.transaction().create_heap(id)?;
    let table = Arc::new(table);
    work.put(Object::Table(Arc::clone(&table)))?;
    if !create.with_data {
        return Ok("CREATE TABLE AS".to_owned());
    }
    let oid = table.oid;
    let count = work.run_query(query, &mut |work, batch| {
        let catalog = work.catalog();
        work.with_context(&mut |context| {
            let target = plan::modify_target(&catalog, oid)?;
            let mut writer =
                execute::TableWriter::for_target(&target, context.host.find_function())?;
            let mut addresses = Vec::new();
            writer.insert_all(context, batch, &mut addresses)
        })
    })?;
    Ok(format!("SELECT {count}"))
}

/// Storage options as the catalog keeps them: `fillfactor=70`.
pub(crate) fn option_texts(options: &[DefinitionOption]) -> Result<Vec<String>> {
    options
        .iter()
        .map(|option| {
            let value = match &option.value {
                None | Some(OptionValue::None) => "true".to_owned(),
                Some(OptionValue::Integer(number)) => number.to_string(),
                Some(OptionValue::Float(text) | OptionValue::String(text)) => text.to_string(),
                Some(OptionValue::Boolean(value)) => value.to_string(),
                Some(OptionValue::TypeName(name)) => name.names.join("."),
                Some(OptionValue::Operator(_) | OptionValue::Star | OptionValue::List(_)) => {
                    let text = format!("invalid value for option \"{}\"", option.name);
                    return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
                }
            };
            Ok(format!("{}={value}", option.name))
        })
        .collect()
}
