//! The analyzer's state, and what it asks of the session.

use crate::scope::Scope;
use crate::variables::Variables;
use catalog::Catalog;
use catalog::facts::SystemRelation;
use catalog::object::{Object, Sequence, Table, View};
use error::{Error, Result, SqlState};
use expression::{Expr, Query};
use std::cell::Cell;
use std::sync::Arc;
use syntax::ast::{Location, RelationName, StatementKind};
use types::{Oid, TextContext, type_oid};

/// A relation that a name resolved to.
#[derive(Clone)]
#[expect(missing_docs, reason = "the variants are the kinds")]
pub enum Relation {
    Table(Arc<Table>),
    View(Arc<View>),
    Sequence(Arc<Sequence>),
    Index(Oid, String),
    System(&'static SystemRelation),
}

/// What analysis asks of the session.
pub trait Resolver {
    /// The catalog that names resolve against.
    fn catalog(&self) -> &Catalog;
    /// The schemas of search_path that exist, pg_catalog and the temporary one among them.
    fn search_path(&self) -> &[Oid];
    /// For reading literals.
    fn text_context(&self) -> TextContext<'_>;
    /// The current database's name.
    fn database_name(&self) -> &str;
    /// Locks a relation as a statement that uses it so must, and tells whether the catalog moved meanwhile, so that the name
    /// is to be resolved again.
    fn lock_relation(&mut self, relation: Oid, usage: RelationUse) -> Result<bool>;
}

/// What a statement does with a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationUse {
    /// Reads it.
    Reads,
    /// Reads it FOR UPDATE or the like.
    LocksRows,
    /// Changes its rows.
    Writes,
}

/// Analyses one statement.
pub struct Analyzer<'a> {
    /// The statement's text, for positions.
    pub sql: &'a str,
    /// The session.
    pub resolver: &'a mut dyn Resolver,
    /// The types of `$1`, `$2` ...; `UNKNOWN` or invalid ones are found out.
    pub parameters: Vec<Oid>,
    /// Whether parameters not declared are allowed.
    pub infer_parameters: bool,
    /// What names mean beside columns, within a function.
    pub variables: Option<&'a dyn Variables>,
    /// Functions in SQL that are one expression take the place of their calls: for queries that are not stored.
    pub inlines: bool,
    /// How many of them are within each other.
    pub(crate) inline_depth: usize,
    /// The queries around the one that is analysed, outermost first.
    pub(crate) scopes: Vec<Scope>,
    /// A byte offset in the text and how many characters are before it: the next place asked for is near, most likely,
    /// and a long text is not counted from its beginning each time.
    counted: Cell<(usize, usize)>,
}

impl<'a> Analyzer<'a> {
    /// An analyzer for a statement.
    pub fn new(sql: &'a str, resolver: &'a mut dyn Resolver) -> Self {
        Self {
            sql,
            resolver,
            parameters: Vec::new(),
            infer_parameters: false,
            variables: None,
            inlines: false,
            inline_depth: 0,
            scopes: Vec::new(),
            counted: Cell::default(),
        }
    }

    /// The typed query of SELECT, INSERT, UPDATE or DELETE.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub fn query(&mut self, statement: &StatementKind) -> Result<Query> {
        match statement {
            StatementKind::Select(select) => {
                let mut query = self.select(select)?;
                // What is still untyped at the end is text.
                for target in query.targets.iter_mut().filter(|target| !target.junk) {
                    let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
                    target.expr = self.unknown_to_text(expr)?;
                }
                Ok(query)
            }
            StatementKind::Insert(insert) => self.insert(insert),
            StatementKind::Update(update) => self.update(update),
            StatementKind::Delete(delete) => self.delete(delete),
            other => Err(Error::unsupported(format!("{} as a query", other.tag()))),
        }
    }

    /// The 1-based position of a place in the statement.
    pub(crate) fn position(&self, location: Location) -> u32 {
        if location == Location::NONE {
            return 0;
        }
        let bytes = self.sql.as_bytes();
        let offset = usize::try_from(location.0).map_or(bytes.len(), |at| at.min(bytes.len()));
        let (counted, characters) = self.counted.get();
        let between = |range: &[u8]| range.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let characters = if offset >= counted {
            characters + between(&bytes[counted..offset])
        } else {
            characters - between(&bytes[offset..counted])
        };
        self.counted.set((offset, characters));
        u32::try_from(characters + 1).unwrap_or(u32::MAX)
    }

    /// The query that is analysed now.
    pub(crate) fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("a query is being analysed")
    }

    /// Finds a relation by name; 42P01 where there is none.
    pub fn relation(&mut self, name: &RelationName) -> Result<Relation> {
        let position = self.position(name.location);
        self.find_relation(name)?.ok_or_else(|| undefined_relation(name, position))
    }

    /// Finds a relation by name, `None` where there is none. 3F000 for an unknown schema is only said by creation.
    pub fn find_relation(&mut self, name: &RelationName) -> Result<Option<Relation>> {
        if let Some(database) = name.database.as_deref()
            && database != self.resolver.database_name()
        {
            let schema = name.schema.as_deref().unwrap_or_default();
            return Err(Error::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!(
                    "cross-database references are not implemented: \"{database}.{schema}.{}\"",
                    name.name
                ),
            )
            .at(self.position(name.location)));
        }
        let catalog = self.resolver.catalog();
        let schemas: Vec<Oid> = match name.schema.as_deref() {
            None => self.resolver.search_path().to_vec(),
            Some("pg_temp") => self.resolver.search_path().iter().copied().take(1).collect(),
            Some(schema) => catalog.schema(schema).map(|schema| schema.oid).into_iter().collect(),
        };
        for schema in schemas {
            if let Some(object) = catalog.relation(schema, &name.name) {
                return Ok(Relation::of(object));
            }
            if let Some(system) = catalog::facts().relation_named(schema, &name.name) {
                return Ok(Some(Relation::System(system)));
            }
        }
        Ok(None)
    }
}

impl Relation {
    fn of(object: &Object) -> Option<Self> {
        match object {
            Object::Table(table) => Some(Self::Table(Arc::clone(table))),
            Object::View(view) => Some(Self::View(Arc::clone(view))),
            Object::Sequence(sequence) => Some(Self::Sequence(Arc::clone(sequence))),
            Object::Index(index) => Some(Self::Index(index.oid, index.name.clone())),
            Object::Role(_)
            | Object::Database(_)
            | Object::Schema(_)
            | Object::Type(_)
            | Object::Function(_) => None,
        }
    }

    /// Its OID.
    pub fn oid(&self) -> Oid {
        match self {
            Self::Table(table) => table.oid,
            Self::View(view) => view.oid,
            Self::Sequence(sequence) => sequence.oid,
            Self::Index(oid, _) => *oid,
            Self::System(system) => system.oid,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Table(table) => &table.name,
            Self::View(view) => &view.name,
            Self::Sequence(sequence) => &sequence.name,
            Self::Index(_, name) => name,
            Self::System(system) => system.name,
        }
    }
}

/// 42P01.
pub(crate) fn undefined_relation(name: &RelationName, position: u32) -> Error {
    let text = match &name.schema {
        Some(schema) => format!("{schema}.{}", name.name),
        None => name.name.to_string(),
    };
    Error::new(SqlState::UNDEFINED_TABLE, format!("relation \"{text}\" does not exist"))
        .at(position)
}
