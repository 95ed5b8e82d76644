//! Foreign keys at work: the statements that look for referenced and referring rows, and those of referential actions.
//!
//! They run at the end of the statement that changed the rows. What their own changes bring about runs after them, in a queue
//! rather than within, so that a chain of cascades has no depth.

use crate::block::{newest_snapshot, next_snapshot};
use crate::nested::Nested;
use analyze::Analyzer;
use batch::Batch;
use catalog::acl::Privileges;
use catalog::object::{Deferral, ForeignKey, Object, ReferentialAction, Table};
use commands::{Work, has_privilege};
use error::{Error, Result, SqlState};
use execute::{
    Execution, ForeignKeyChange, ForeignKeyEvent, Isolation, Statements, key_shown, newest_values,
};
use hashbrown::{HashMap, HashSet};
use plan::Plan;
use std::collections::VecDeque;
use std::sync::Arc;
use storage::Snapshot;
use types::{Datum, KeyOrder, Oid};

/// What a session keeps for foreign keys.
#[derive(Default)]
pub(crate) struct ForeignKeyWork {
    statements: HashMap<(Oid, Query), Kept>,
    queue: VecDeque<ForeignKeyEvent>,
    is_running: bool,
    /// The keys that were found, and are locked, since the last change by an action.
    found: HashSet<Vec<u8>>,
}

/// The statements that a foreign key needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Query {
    /// Finds and locks the referenced row.
    Referenced,
    /// Finds and locks referring rows.
    Referring,
    /// The rows that refer, told apart by version.
    Versions,
    Delete,
    Update,
    /// Sets the columns that ON DELETE names, or ON UPDATE all, to NULL or their defaults.
    Set {
        on_delete: bool,
        default: bool,
    },
}

struct Kept {
    sql: Arc<str>,
    plan: Arc<Plan>,
    generation: u64,
    idle: Option<Box<Execution>>,
}

/// A constraint with its tables.
struct Subject {
    key: ForeignKey,
    referring: Arc<Table>,
    referenced: Arc<Table>,
}

/// So many found keys are remembered at once.
const FOUND_MAX: usize = 100_000;

impl Nested<'_> {
    /// Takes changes of rows to be checked: at once, unless their constraints are deferred. 23503, 23001.
    pub(crate) fn check_foreign_keys(&mut self, events: Vec<ForeignKeyEvent>) -> Result<()> {
        for event in events {
            if self.is_put_off(&event) {
                self.core.deferred.foreign_keys.push(event);
            } else {
                self.core.foreign_keys.queue.push_back(event);
            }
        }
        if self.core.foreign_keys.is_running {
            return Ok(());
        }
        self.core.foreign_keys.is_running = true;
        let result = self.run_queue();
        let work = &mut self.core.foreign_keys;
        work.is_running = false;
        work.queue.clear();
        work.found.clear();
        result
    }

    fn run_queue(&mut self) -> Result<()> {
        while let Some(event) = self.core.foreign_keys.queue.pop_front() {
            functions::Environment::check_cancel(self.core)?;
            self.run_event(&event)?;
        }
        Ok(())
    }

    fn is_put_off(&self, event: &ForeignKeyEvent) -> bool {
        let Some(table) = self.core.access.catalog.table(event.table) else { return false };
        let key = table.foreign_keys.iter().find(|key| key.oid == event.constraint);
        let Some(key) = key.filter(|key| key.deferrable) else { return false };
        let action = match &event.change {
            ForeignKeyChange::Referring(_) => ReferentialAction::NoAction,
            ForeignKeyChange::Referenced { new: Some(_), .. } => key.on_update,
            ForeignKeyChange::Referenced { new: None, .. } => key.on_delete,
        };
        let usual = if key.initially_deferred { Deferral::Deferred } else { Deferral::Immediate };
        // Actions other than the check are never put off.
        action == ReferentialAction::NoAction && self.core.deferred.is_deferred(key.oid, usual)
    }

    fn run_event(&mut self, event: &ForeignKeyEvent) -> Result<()> {
        let catalog = Arc::clone(&self.core.access.catalog);
        // A constraint that was dropped since has nothing to say.
        let Some(referring) = catalog.table(event.table) else { return Ok(()) };
        let key = referring.foreign_keys.iter().find(|key| key.oid == event.constraint);
        let Some(key) = key.cloned() else { return Ok(()) };
        let Some(referenced) = catalog.table(key.table) else { return Ok(()) };
        let (referring, referenced) = (Arc::clone(referring), Arc::clone(referenced));
        let subject = Subject { key, referring, referenced };
        match &event.change {
            ForeignKeyChange::Referring(address) => {
                let columns = &subject.key.columns;
                let mut values = None;
                self.with_context(&mut |context| {
                    values = newest_values(context, &subject.referring, columns, *address)?;
                    Ok(())
                })?;
                // A row that is gone, or changed since, has a later event where it needs one.
                values.map_or(Ok(()), |values| self.find_referenced(&subject, values))
            }
            ForeignKeyChange::Referenced { old, new } => {
                self.core.foreign_keys.found.clear();
                self.referenced_changed(&subject, old, new.as_deref())
            }
        }
    }

    /// There must be the row that a key refers to; it is locked. 23503.
    fn find_referenced(&mut self, subject: &Subject, values: Vec<Datum>) -> Result<()> {
        let nulls = values.iter().filter(|value| value.is_null()).count();
        if nulls == values.len() || nulls > 0 && !subject.key.match_full {
            return Ok(());
        }
        if nulls > 0 {
            let detail = "MATCH FULL does not allow mixing of null and nonnull key values.";
            return Err(self.of_constraint(subject, subject.missing().detail(detail)));
        }
        let mut bytes = subject.key.oid.0.to_be_bytes().to_vec();
        for (type_id, value) in subject.types(false).into_iter().zip(&values) {
            types::encode_key(type_id, value.as_ref(), KeyOrder::default(), &mut bytes);
        }
        if self.core.foreign_keys.found.contains(&bytes) {
            return Ok(());
        }
        let snapshot = next_snapshot(self.core, self.transaction)?;
        if self.run_statement(subject, Query::Referenced, values.clone(), snapshot)? == 0 {
            let table = &subject.referenced.name;
            let detail = if self.may_read(&subject.referring) {
                let columns = &subject.key.columns;
                let shown = key_shown(self.core, &subject.referring, columns, &values);
                format!("Key {shown} is not present in table \"{table}\".")
            } else {
                format!("Key is not present in table \"{table}\".")
            };
            return Err(self.of_constraint(subject, subject.missing().detail(detail)));
        }
        let found = &mut self.core.foreign_keys.found;
        if found.len() >= FOUND_MAX {
            found.clear();
        }
        found.insert(bytes);
        Ok(())
    }

    /// Does what the constraint says about the rows that refer to a row that is gone or has another key. 23503, 23001.
    fn referenced_changed(
        &mut self,
        subject: &Subject,
        old: &[Datum],
        new: Option<&[Datum]>,
    ) -> Result<()> {
        let action = if new.is_some() { subject.key.on_update } else { subject.key.on_delete };
        let on_delete = new.is_none();
        match action {
            ReferentialAction::NoAction => {
                // Another row may have come to have the key.
                let snapshot = newest_snapshot(self.transaction)?;
                if self.run_statement(subject, Query::Referenced, old.to_vec(), snapshot)? > 0 {
                    return Ok(());
                }
                self.refuse_referring(subject, old, false)
            }
            ReferentialAction::Restrict => self.refuse_referring(subject, old, true),
            ReferentialAction::Cascade => match new {
                None => self.act(subject, Query::Delete, old, &[]),
                Some(new) => self.act(subject, Query::Update, old, new),
            },
            ReferentialAction::SetNull => {
                self.act(subject, Query::Set { on_delete, default: false }, old, &[])
            }
            ReferentialAction::SetDefault => {
                self.act(subject, Query::Set { on_delete, default: true }, old, &[])?;
                // The default may be the very key.
                self.refuse_referring(subject, old, false)
            }
        }
    }

    fn refuse_referring(&mut self, subject: &Subject, old: &[Datum], restrict: bool) -> Result<()> {
        let snapshot = newest_snapshot(self.transaction)?;
        if self.run_statement(subject, Query::Referring, old.to_vec(), snapshot)? == 0 {
            return Ok(());
        }
        let (table, name) = (&subject.referenced.name, &subject.key.name);
        let referring = &subject.referring.name;
        let (code, setting, still) = if restrict {
            (SqlState::RESTRICT_VIOLATION, "RESTRICT setting of ", "")
        } else {
            (SqlState::FOREIGN_KEY_VIOLATION, "", "still ")
        };
        let text = format!(
            "update or delete on table \"{table}\" violates {setting}foreign key constraint \"{name}\" on table \"{referring}\""
        );
        let shown = if self.may_read(&subject.referenced) {
            format!(" {}", key_shown(self.core, &subject.referenced, &subject.key.referenced, old))
        } else {
            String::new()
        };
        let detail = format!("Key{shown} is {still}referenced from table \"{referring}\".");
        Err(self.of_constraint(subject, Error::new(code, text).detail(detail)))
    }

    /// Changes the referring rows; 40001 where the transaction's one snapshot does not show them as they are.
    fn act(&mut self, subject: &Subject, query: Query, old: &[Datum], new: &[Datum]) -> Result<()> {
        let parameters: Vec<Datum> = new.iter().chain(old).cloned().collect();
        if self.core.isolation != Isolation::ReadCommitted {
            self.check_seen(subject, old)?;
        }
        let snapshot = newest_snapshot(self.transaction)?;
        self.run_statement(subject, query, parameters, snapshot).map(|_| ())
    }

    fn check_seen(&mut self, subject: &Subject, old: &[Datum]) -> Result<()> {
        let newest = newest_snapshot(self.transaction)?;
        let now = self.versions(subject, old, newest)?;
        let own = next_snapshot(self.core, self.transaction)?;
        let seen = self.versions(subject, old, own)?;
        if now.iter().all(|version| seen.contains(version)) {
            return Ok(());
        }
        let text = "could not serialize access due to concurrent update";
        Err(Error::new(SqlState::T_R_SERIALIZATION_FAILURE, text))
    }

    fn versions(
        &mut self,
        subject: &Subject,
        old: &[Datum],
        snapshot: Snapshot,
    ) -> Result<Vec<(Datum, Datum)>> {
        let mut versions = Vec::new();
        self.run_each(subject, Query::Versions, old.to_vec(), snapshot, &mut |batch| {
            for row in batch.rows().iter() {
                let value = |column: usize| batch.columns[column].get(row).to_datum();
                versions.push((value(0), value(1)));
            }
        })?;
        Ok(versions)
    }

    fn may_read(&self, table: &Arc<Table>) -> bool {
        let (catalog, user) = (&self.core.access.catalog, self.core.access.current_user);
        has_privilege(catalog, user, &Object::Table(Arc::clone(table)), Privileges::SELECT)
    }

    fn of_constraint(&self, subject: &Subject, error: Error) -> Error {
        let schema = self.core.access.catalog.schema_by_oid(subject.referring.schema);
        let schema = schema.map_or("", |schema| &*schema.name);
        error.table(schema, &subject.referring.name).constraint(&subject.key.name)
    }

    /// Runs a statement of a constraint; returns how many rows it found or changed.
    fn run_statement(
        &mut self,
        subject: &Subject,
        query: Query,
        parameters: Vec<Datum>,
        snapshot: Snapshot,
    ) -> Result<u64> {
        self.run_each(subject, query, parameters, snapshot, &mut |_| ())
    }

    fn run_each(
        &mut self,
        subject: &Subject,
        query: Query,
        parameters: Vec<Datum>,
        snapshot: Snapshot,
        each: &mut dyn FnMut(&Batch),
    ) -> Result<u64> {
        let mut kept = self.kept(subject, query)?;
        let mut execution = match kept.idle.take() {
            Some(execution) => execution,
            None => Box::new(Execution::new(&kept.plan, self.core)?),
        };
        execution.run.snapshot = Some(snapshot);
        execution.run.parameters = parameters;
        let result = self.pull(&kept.plan, &mut execution, each);
        let count =
            result.map_err(|error| error.context(format!("SQL statement \"{}\"", kept.sql)))?;
        execution.reset();
        kept.idle = Some(execution);
        self.core.foreign_keys.statements.insert((subject.key.oid, query), kept);
        Ok(count)
    }

    fn pull(
        &mut self,
        plan: &Plan,
        execution: &mut Execution,
        each: &mut dyn FnMut(&Batch),
    ) -> Result<u64> {
        let (mut batch, mut count) = (Batch::default(), 0);
        loop {
            execution.next(self.core, self.transaction, batch::ROWS_MAX, &mut batch)?;
            let rows = batch.rows().count() as u64;
            if rows == 0 {
                return Ok(if plan.modifies.is_some() { execution.run.changed } else { count });
            }
            each(&batch);
            count += rows;
        }
    }

    /// The statement with its plan, its tables locked. It runs with the rights of the constraint, not of the role.
    fn kept(&mut self, subject: &Subject, query: Query) -> Result<Kept> {
        let place = (subject.key.oid, query);
        if let Some(kept) = self.core.foreign_keys.statements.remove(&place)
            && kept.generation == self.core.generation
        {
            self.lock_plan(&kept.plan)?;
            if kept.generation == self.core.generation {
                return Ok(kept);
            }
        }
        let sql = self.text(subject, query);
        let statements = syntax::parse(&sql)?;
        let statement = statements.first().ok_or_else(|| Error::internal("no statement"))?;
        let mut analyzer = Analyzer::new(&sql, self);
        analyzer.parameters = match query {
            Query::Referenced => subject.types(false),
            Query::Update => [subject.types(true), subject.types(true)].concat(),
            Query::Referring | Query::Versions | Query::Delete | Query::Set { .. } => {
                subject.types(true)
            }
        };
        let typed = analyzer.query(&statement.kind)?;
        let plan = Arc::new(self.core.plan(typed)?);
        let generation = self.core.generation;
        Ok(Kept { sql: sql.into(), plan, generation, idle: None })
    }

    /// For each column of the referring key the cast that makes it comparable by the index referred to, mostly none.
    fn casts(&self, subject: &Subject) -> Vec<String> {
        const EQUAL: u16 = 3;
        let index = self.core.access.catalog.index(subject.key.index);
        let input = |name: &str| {
            let columns = index.map(|index| &index.columns[..index.key_count])?;
            let column = columns.iter().find(|column| column.name == name)?;
            let class = catalog::facts().operator_classes.get(&column.operator_class)?;
            Some((class.family, class.input_type))
        };
        let types = subject.types(false);
        let referenced = plain_names(&subject.referenced, &subject.key.referenced);
        let cast = |(own, name): (Oid, &str)| {
            let (family, wanted) = input(name)?;
            let direct = catalog::facts().btree_operator(family, wanted, own, EQUAL).is_some();
            let target = types::builtin_type(wanted).filter(|target| target.kind != 'p')?;
            (!direct).then(|| format!("::pg_catalog.{}", syntax::quote_identifier(target.name)))
        };
        types.into_iter().zip(referenced).map(|pair| cast(pair).unwrap_or_default()).collect()
    }

    fn text(&self, subject: &Subject, query: Query) -> String {
        let name = |table: &Table| {
            let schema = self.core.access.catalog.schema_by_oid(table.schema);
            let schema = schema.map_or("", |schema| &*schema.name);
            format!("{}.{}", quoted(schema), quoted(&table.name))
        };
        let (referring, referenced) = (name(&subject.referring), name(&subject.referenced));
        let key = &subject.key;
        let columns = names(&subject.referring, &key.columns);
        let casts = self.casts(subject);
        // The old key follows the new one.
        let first = if query == Query::Update { columns.len() + 1 } else { 1 };
        let conditions: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let number = first + place;
                format!("${number} OPERATOR(pg_catalog.=) {column}{}", casts[place])
            })
            .collect();
        let refers = conditions.join(" AND ");
        match query {
            Query::Referenced => {
                let columns = names(&subject.referenced, &key.referenced);
                let conditions: Vec<String> = (1..)
                    .zip(&columns)
                    .map(|(number, column)| format!("{column} OPERATOR(pg_catalog.=) ${number}"))
                    .collect();
                let condition = conditions.join(" AND ");
                format!("SELECT 1 FROM ONLY {referenced} x WHERE {condition} FOR KEY SHARE OF x")
            }
            Query::Referring => {
                format!("SELECT 1 FROM ONLY {referring} x WHERE {refers} FOR KEY SHARE OF x")
            }
            Query::Versions => format!("SELECT ctid, xmin FROM ONLY {referring} x WHERE {refers}"),
            Query::Delete => format!("DELETE FROM ONLY {referring} WHERE {refers}"),
            Query::Update => {
                let list: Vec<String> = (1..)
                    .zip(&columns)
                    .map(|(number, column)| format!("{column} = ${number}"))
                    .collect();
                format!("UPDATE ONLY {referring} SET {} WHERE {refers}", list.join(", "))
            }
            Query::Set { on_delete, default } => {
                let some = on_delete && !key.delete_columns.is_empty();
                let numbers = if some { &key.delete_columns } else { &key.columns };
                let value = if default { "DEFAULT" } else { "NULL" };
                let list: Vec<String> = names(&subject.referring, numbers)
                    .iter()
                    .map(|column| format!("{column} = {value}"))
                    .collect();
                format!("UPDATE ONLY {referring} SET {} WHERE {refers}", list.join(", "))
            }
        }
    }
}

impl Subject {
    /// 23503 for a row that refers to nothing; the detail is the caller's.
    fn missing(&self) -> Error {
        let (table, name) = (&self.referring.name, &self.key.name);
        let text = format!(
            "insert or update on table \"{table}\" violates foreign key constraint \"{name}\""
        );
        Error::new(SqlState::FOREIGN_KEY_VIOLATION, text)
    }

    /// The types of the key's columns in one of the tables.
    fn types(&self, of_referenced: bool) -> Vec<Oid> {
        let (table, numbers) = if of_referenced {
            (&self.referenced, &self.key.referenced)
        } else {
            (&self.referring, &self.key.columns)
        };
        let column = |number: &i16| table.columns[usize::try_from(number - 1).unwrap_or(0)].type_id;
        numbers.iter().map(column).collect()
    }
}

/// A name within double quotes, whether it needs them or not, as error contexts show these statements.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn plain_names<'a>(table: &'a Table, numbers: &[i16]) -> Vec<&'a str> {
    let name = |number: &i16| table.columns[usize::try_from(number - 1).unwrap_or(0)].name.as_str();
    numbers.iter().map(name).collect()
}

fn names(table: &Table, numbers: &[i16]) -> Vec<String> {
    plain_names(table, numbers).into_iter().map(quoted).collect()
}
