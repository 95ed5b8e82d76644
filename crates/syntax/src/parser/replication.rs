//! Publications and subscriptions.

use super::Parser;
use crate::ast::{
    AlterPublication, AlterSubscription, CreatePublication, CreateSubscription, DefinitionOption,
    DropSubscription, Expr, FromTable, Location, Name, PublicationChange, PublicationObject,
    PublicationTable, RelationName, StatementKind, SubscriptionChange,
};
use crate::kind::Kind;
use error::Result;

/// An object of a publication before it is known which kind goes on with it.
struct WrittenObject {
    /// None where the object goes on with the kind before it.
    kind: Option<WrittenKind>,
    relation: Option<FromTable>,
    /// ONLY or `*` was written.
    extended: bool,
    columns: Vec<Name>,
    where_clause: Option<Expr>,
    location: Location,
}

#[derive(Clone, Copy, PartialEq)]
enum WrittenKind {
    Table,
    Schema,
}

impl Parser<'_> {
    /// opt_definition: `WITH (...)`, or nothing.
    pub(super) fn optional_definition(&mut self) -> Result<Vec<DefinitionOption>> {
        if self.accept(Kind::WITH) { self.definition() } else { Ok(Vec::new()) }
    }

    /// Behind CREATE, at PUBLICATION.
    pub(super) fn create_publication(&mut self) -> Result<CreatePublication> {
        self.bump();
        let name = self.column_name()?;
        let (mut all_tables, mut objects) = (false, Vec::new());
        if self.accept(Kind::FOR) {
            all_tables = self.accept(Kind::ALL);
            if all_tables {
                self.expect(Kind::TABLES)?;
            } else {
                let written = self.publication_objects()?;
                let options = self.optional_definition()?;
                objects = self.resolved_objects(written)?;
                return Ok(CreatePublication { name, all_tables, objects, options });
            }
        }
        let options = self.optional_definition()?;
        Ok(CreatePublication { name, all_tables, objects, options })
    }

    /// Behind the name of ALTER PUBLICATION, where neither RENAME nor OWNER stands.
    pub(super) fn alter_publication(&mut self, name: Name) -> Result<StatementKind> {
        let word = self.kind();
        let change = match word {
            Kind::SET if self.kind_at(1) == Kind::LEFT_PAREN => {
                self.bump();
                PublicationChange::Options(self.definition()?)
            }
            Kind::SET | Kind::ADD | Kind::DROP => {
                self.bump();
                let written = self.publication_objects()?;
                let objects = self.resolved_objects(written)?;
                match word {
                    Kind::SET => PublicationChange::Set(objects),
                    Kind::ADD => PublicationChange::Add(objects),
                    _ => PublicationChange::Drop(objects),
                }
            }
            _ => return Err(self.unexpected()),
        };
        Ok(StatementKind::AlterPublication(Box::new(AlterPublication { name, change })))
    }

    fn publication_objects(&mut self) -> Result<Vec<WrittenObject>> {
        self.list(Self::publication_object)
    }

    fn publication_object(&mut self) -> Result<WrittenObject> {
        let location = self.location();
        let bare = |kind, relation| WrittenObject {
            kind,
            relation,
            extended: false,
            columns: Vec::new(),
            where_clause: None,
            location,
        };
        if self.accept(Kind::CURRENT_SCHEMA) {
            return Ok(bare(None, None));
        }
        if self.is(Kind::TABLES) && self.kind_at(1) == Kind::IN {
            self.expect_all(&[Kind::TABLES, Kind::IN, Kind::SCHEMA])?;
            let at = self.location();
            let mut found = bare(Some(WrittenKind::Schema), None);
            found.location = at;
            if !self.accept(Kind::CURRENT_SCHEMA) {
                found.relation = Some(lone_table(self.column_name()?, at));
            }
            return Ok(found);
        }
        let kind = self.accept(Kind::TABLE).then_some(WrittenKind::Table);
        let relation = self.relation_expression()?;
        let extended = relation.only || self.previous_kind() == Kind::STAR;
        let columns = self.optional_column_list()?;
        let mut where_clause = None;
        if self.accept(Kind::WHERE) {
            self.expect(Kind::LEFT_PAREN)?;
            where_clause = Some(self.expression()?);
            self.expect(Kind::RIGHT_PAREN)?;
        }
        let relation = Some(relation);
        // PostgreSQL keeps no place for a table that ONLY or `*` marks and goes on with a kind.
        let location = if extended && kind.is_none() { Location(0) } else { location };
        Ok(WrittenObject { kind, relation, extended, columns, where_clause, location })
    }

    /// Gives every object the kind that was last written.
    fn resolved_objects(&self, written: Vec<WrittenObject>) -> Result<Vec<PublicationObject>> {
        let mut objects = Vec::with_capacity(written.len());
        let mut kind = None;
        for object in written {
            kind = object.kind.or(kind);
            objects.push(match kind {
                Some(WrittenKind::Table) => self.published_table(object)?,
                Some(WrittenKind::Schema) => self.published_schema(object)?,
                None => {
                    let detail = "One of TABLE or TABLES IN SCHEMA must be specified before a standalone table or schema name.";
                    return Err(self
                        .syntax_error("invalid publication object list", object.location)
                        .detail(detail));
                }
            });
        }
        Ok(objects)
    }

    fn published_table(&self, object: WrittenObject) -> Result<PublicationObject> {
        let WrittenObject { relation, columns, where_clause, location, .. } = object;
        let Some(relation) = relation else {
            return Err(self.syntax_error("invalid table name", location));
        };
        let table = PublicationTable { relation, columns, where_clause, location };
        Ok(PublicationObject::Table(Box::new(table)))
    }

    fn published_schema(&self, object: WrittenObject) -> Result<PublicationObject> {
        let location = object.location;
        if object.where_clause.is_some() {
            return Err(self.syntax_error("WHERE clause not allowed for schema", location));
        }
        if !object.columns.is_empty() {
            return Err(self.syntax_error("column specification not allowed for schema", location));
        }
        match object.relation {
            None => Ok(PublicationObject::CurrentSchema(location)),
            Some(table) if !object.extended && table.relation.schema.is_none() => {
                Ok(PublicationObject::Schema(table.relation.name, location))
            }
            Some(_) => Err(self.syntax_error("invalid schema name", location)),
        }
    }

    fn publication_names(&mut self) -> Result<Vec<Name>> {
        self.list(Self::column_name)
    }

    /// Behind CREATE, at SUBSCRIPTION.
    pub(super) fn create_subscription(&mut self) -> Result<CreateSubscription> {
        self.bump();
        let name = self.column_name()?;
        self.expect(Kind::CONNECTION)?;
        let connection = self.string()?;
        self.expect(Kind::PUBLICATION)?;
        let publications = self.publication_names()?;
        let options = self.optional_definition()?;
        Ok(CreateSubscription { name, connection, publications, options })
    }

    /// Behind the name of ALTER SUBSCRIPTION, where neither RENAME nor OWNER stands.
    pub(super) fn alter_subscription(&mut self, name: Name) -> Result<StatementKind> {
        let word = self.kind();
        let known = matches!(
            word,
            Kind::SET
                | Kind::CONNECTION
                | Kind::REFRESH
                | Kind::ADD
                | Kind::DROP
                | Kind::ENABLE
                | Kind::DISABLE
                | Kind::SKIP
        );
        if !known {
            return Err(self.unexpected());
        }
        self.bump();
        let change = match word {
            Kind::SET if self.is(Kind::LEFT_PAREN) => {
                SubscriptionChange::Options(self.definition()?)
            }
            Kind::CONNECTION => SubscriptionChange::Connection(self.string()?),
            Kind::REFRESH => {
                self.expect(Kind::PUBLICATION)?;
                SubscriptionChange::Refresh(self.optional_definition()?)
            }
            Kind::ADD | Kind::DROP | Kind::SET => {
                self.expect(Kind::PUBLICATION)?;
                let names = self.publication_names()?;
                let options = self.optional_definition()?;
                match word {
                    Kind::ADD => SubscriptionChange::Add(names, options),
                    Kind::DROP => SubscriptionChange::Drop(names, options),
                    _ => SubscriptionChange::Set(names, options),
                }
            }
            Kind::ENABLE => SubscriptionChange::Enable,
            Kind::DISABLE => SubscriptionChange::Disable,
            _ => SubscriptionChange::Skip(self.definition()?),
        };
        Ok(StatementKind::AlterSubscription(Box::new(AlterSubscription { name, change })))
    }

    /// Behind DROP, at SUBSCRIPTION.
    pub(super) fn drop_subscription(&mut self) -> Result<DropSubscription> {
        self.bump();
        let if_exists = self.if_exists();
        let name = self.column_name()?;
        Ok(DropSubscription { name, if_exists, behavior: self.drop_behavior() })
    }
}

fn lone_table(name: Name, location: Location) -> FromTable {
    let relation = RelationName { database: None, schema: None, name, location };
    FromTable { relation, only: false, alias: None, sample: None }
}
