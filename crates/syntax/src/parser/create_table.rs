//! CREATE TABLE and CREATE TABLE AS.

use super::Parser;
use crate::ast::{
    ColumnDefinition, CreateTable, CreateTableAs, Execute, IndexElement, LikeClause, LikeOption,
    Name, NullsOrder, OnCommit, PartitionBound, PartitionSpec, PartitionStrategy, Persistence,
    SortDirection, StatementKind, TableElement, TableSource, TypeName,
};
use crate::kind::Kind;
use error::{Result, SqlState};

/// Which forms of CREATE TABLE may stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableForm {
    Any,
    /// With columns, not AS.
    Plain,
    /// AS alone.
    As,
}

impl Parser<'_> {
    /// OptTemp: TEMP, UNLOGGED and their old words.
    pub(super) fn persistence(&mut self) -> Result<Persistence> {
        let scoped = self.accept(Kind::LOCAL) || self.accept(Kind::GLOBAL);
        if self.accept(Kind::TEMP) || self.accept(Kind::TEMPORARY) {
            Ok(Persistence::Temporary)
        } else if scoped {
            Err(self.unexpected())
        } else if self.accept(Kind::UNLOGGED) {
            Ok(Persistence::Unlogged)
        } else {
            Ok(Persistence::Permanent)
        }
    }

    /// Behind CREATE and its persistence, at TABLE.
    pub(super) fn create_table(
        &mut self,
        persistence: Persistence,
        form: TableForm,
    ) -> Result<StatementKind> {
        self.expect(Kind::TABLE)?;
        let if_not_exists = self.if_not_exists()?;
        let mut table = self.empty_table(persistence, if_not_exists)?;
        if form == TableForm::As {
            return self.create_table_as(table);
        }
        if self.accept(Kind::OF) {
            table.of_type = Some(TypeName::from(self.object_name()?));
            table.elements = self.typed_table_elements()?;
        } else if self.accept(Kind::PARTITION) {
            self.expect(Kind::OF)?;
            let parent = self.relation_name()?;
            table.elements = self.typed_table_elements()?;
            table.partition_of = Some((parent, self.partition_bound()?));
        } else if form == TableForm::Plain
            || (self.is(Kind::LEFT_PAREN) && !self.at_table_as_columns())
        {
            self.expect(Kind::LEFT_PAREN)?;
            if !self.is(Kind::RIGHT_PAREN) {
                table.elements = self.list(Self::table_element)?;
            }
            self.expect(Kind::RIGHT_PAREN)?;
            if self.accept(Kind::INHERITS) {
                table.inherits = self.parenthesised(Self::relation_name)?;
            }
        } else {
            return self.create_table_as(table);
        }
        self.table_tail(&mut table)?;
        Ok(StatementKind::CreateTable(Box::new(table)))
    }

    /// A table of the name that stands here, and nothing else.
    pub(super) fn empty_table(
        &mut self,
        persistence: Persistence,
        if_not_exists: bool,
    ) -> Result<CreateTable> {
        Ok(CreateTable {
            relation: self.relation_name()?,
            persistence,
            if_not_exists,
            elements: Vec::new(),
            inherits: Vec::new(),
            of_type: None,
            partition_of: None,
            partition_by: None,
            access_method: None,
            options: Vec::new(),
            on_commit: OnCommit::None,
            tablespace: None,
        })
    }

    /// The elements of a typed table or a partition, or nothing.
    pub(super) fn typed_table_elements(&mut self) -> Result<Vec<TableElement>> {
        self.optional_parenthesised(Self::typed_table_element)
    }

    /// What follows the elements.
    fn table_tail(&mut self, table: &mut CreateTable) -> Result<()> {
        table.partition_by = self.partition_by()?;
        if self.accept(Kind::USING) {
            table.access_method = Some(self.column_name()?);
        }
        table.options = self.table_options()?;
        table.on_commit = self.on_commit()?;
        if self.accept(Kind::TABLESPACE) {
            table.tablespace = Some(self.column_name()?);
        }
        Ok(())
    }

    fn table_options(&mut self) -> Result<Vec<crate::ast::DefinitionOption>> {
        if self.accept(Kind::WITHOUT) {
            self.expect(Kind::OIDS)?;
            return Ok(Vec::new());
        }
        self.with_options()
    }

    /// Whether these parentheses hold names alone, as before AS.
    fn at_table_as_columns(&self) -> bool {
        self.kind_at(1).is_column_name()
            && matches!(self.kind_at(2), Kind::COMMA | Kind::RIGHT_PAREN)
    }

    fn create_table_as(&mut self, table: CreateTable) -> Result<StatementKind> {
        let columns = self.optional_column_list()?;
        let access_method = if self.accept(Kind::USING) { Some(self.column_name()?) } else { None };
        let options = self.table_options()?;
        let on_commit = self.on_commit()?;
        let tablespace =
            if self.accept(Kind::TABLESPACE) { Some(self.column_name()?) } else { None };
        self.expect(Kind::AS)?;
        let source = if self.is(Kind::EXECUTE) {
            TableSource::Execute(Box::new(self.execute()?))
        } else {
            TableSource::Select(Box::new(self.query()?))
        };
        let with_data = self.with_data()?;
        Ok(StatementKind::CreateTableAs(Box::new(CreateTableAs {
            relation: table.relation,
            columns,
            persistence: table.persistence,
            materialized_view: false,
            if_not_exists: table.if_not_exists,
            access_method,
            options,
            on_commit,
            tablespace,
            source,
            with_data,
        })))
    }

    /// `EXECUTE name [(params)]`.
    pub(super) fn execute(&mut self) -> Result<Execute> {
        self.expect(Kind::EXECUTE)?;
        let name = self.column_name()?;
        Ok(Execute { name, params: self.optional_parenthesised(Self::expression)? })
    }

    /// `WITH [NO] DATA`; with data where nothing is written.
    pub(super) fn with_data(&mut self) -> Result<bool> {
        if self.accept_all(&[Kind::WITH, Kind::NO]) {
            self.expect(Kind::DATA)?;
            return Ok(false);
        }
        if self.accept(Kind::WITH) {
            self.expect(Kind::DATA)?;
        }
        Ok(true)
    }

    fn on_commit(&mut self) -> Result<OnCommit> {
        if !self.accept(Kind::ON) {
            return Ok(OnCommit::None);
        }
        self.expect(Kind::COMMIT)?;
        if self.accept(Kind::DROP) {
            return Ok(OnCommit::Drop);
        }
        let preserve = self.accept(Kind::PRESERVE);
        if !preserve {
            self.expect(Kind::DELETE)?;
        }
        self.expect(Kind::ROWS)?;
        Ok(if preserve { OnCommit::PreserveRows } else { OnCommit::DeleteRows })
    }

    pub(super) fn table_element(&mut self) -> Result<TableElement> {
        match self.kind() {
            Kind::LIKE => Ok(TableElement::Like(self.like_clause()?)),
            _ if self.at_table_constraint() => {
                Ok(TableElement::Constraint(self.table_constraint()?))
            }
            _ => Ok(TableElement::Column(self.column_definition()?)),
        }
    }

    /// An element of a typed table or a partition: columns have no type.
    fn typed_table_element(&mut self) -> Result<TableElement> {
        if self.at_table_constraint() {
            return Ok(TableElement::Constraint(self.table_constraint()?));
        }
        let location = self.location();
        let name = self.column_name()?;
        if self.accept(Kind::WITH) {
            self.expect(Kind::OPTIONS)?;
        }
        let mut column = empty_column(name, location);
        self.column_constraints(&mut column)?;
        Ok(TableElement::Column(column))
    }

    /// `name type [STORAGE ...] [COMPRESSION ...] constraints`.
    pub(super) fn column_definition(&mut self) -> Result<ColumnDefinition> {
        let location = self.location();
        let mut column = empty_column(self.column_name()?, location);
        column.type_name = Some(self.type_name()?);
        if self.accept(Kind::STORAGE) {
            column.storage = Some(if self.accept(Kind::DEFAULT) {
                "default".into()
            } else {
                self.column_name()?
            });
        }
        if self.accept(Kind::COMPRESSION) {
            column.compression = Some(self.compression()?);
        }
        if self.accept(Kind::OPTIONS) {
            column.options = self.foreign_options()?;
        }
        self.column_constraints(&mut column)?;
        Ok(column)
    }

    pub(super) fn compression(&mut self) -> Result<Name> {
        if self.accept(Kind::DEFAULT) { Ok("default".into()) } else { self.column_name() }
    }

    fn like_clause(&mut self) -> Result<LikeClause> {
        self.bump();
        let relation = self.relation_name()?;
        let mut including: Vec<LikeOption> = Vec::new();
        while matches!(self.kind(), Kind::INCLUDING | Kind::EXCLUDING) {
            let include = self.is(Kind::INCLUDING);
            self.bump();
            let named = self.like_options()?;
            including.retain(|option| !named.contains(option));
            if include {
                including.extend(named);
            }
        }
        Ok(LikeClause { relation, including })
    }

    fn like_options(&mut self) -> Result<Vec<LikeOption>> {
        let option = match self.kind() {
            Kind::ALL => {
                self.bump();
                return Ok(LikeOption::ALL.to_vec());
            }
            Kind::COMMENTS => LikeOption::Comments,
            Kind::COMPRESSION => LikeOption::Compression,
            Kind::CONSTRAINTS => LikeOption::Constraints,
            Kind::DEFAULTS => LikeOption::Defaults,
            Kind::GENERATED => LikeOption::Generated,
            Kind::IDENTITY => LikeOption::Identity,
            Kind::INDEXES => LikeOption::Indexes,
            Kind::STATISTICS => LikeOption::Statistics,
            Kind::STORAGE => LikeOption::Storage,
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(vec![option])
    }

    fn partition_by(&mut self) -> Result<Option<PartitionSpec>> {
        let location = self.location();
        if !self.accept(Kind::PARTITION) {
            return Ok(None);
        }
        self.expect(Kind::BY)?;
        let place = self.location();
        let name = self.column_name()?;
        let elements: Vec<IndexElement> = self.parenthesised(Self::partition_element)?;
        let strategy = match &*name {
            "list" => PartitionStrategy::List,
            "range" => PartitionStrategy::Range,
            "hash" => PartitionStrategy::Hash,
            _ => {
                let message = format!("unrecognized partitioning strategy \"{name}\"");
                return Err(self.error_at(SqlState::INVALID_PARAMETER_VALUE, &message, place));
            }
        };
        Ok(Some(PartitionSpec { strategy, elements, location }))
    }

    fn partition_element(&mut self) -> Result<IndexElement> {
        let location = self.location();
        let key = self.index_key()?;
        let collation = if self.accept(Kind::COLLATE) { Some(self.object_name()?) } else { None };
        let operator_class =
            if self.kind().is_column_name() { Some(self.object_name()?) } else { None };
        Ok(IndexElement {
            key,
            collation,
            operator_class,
            operator_class_options: Vec::new(),
            direction: SortDirection::Default,
            nulls: NullsOrder::Default,
            location,
        })
    }

    /// `FOR VALUES ...` or DEFAULT.
    pub(super) fn partition_bound(&mut self) -> Result<PartitionBound> {
        if self.accept(Kind::DEFAULT) {
            return Ok(PartitionBound::Default);
        }
        self.expect_all(&[Kind::FOR, Kind::VALUES])?;
        if self.accept(Kind::IN) {
            return Ok(PartitionBound::In(self.parenthesised(Self::expression)?));
        }
        if self.accept(Kind::FROM) {
            let from = self.parenthesised(Self::expression)?;
            self.expect(Kind::TO)?;
            return Ok(PartitionBound::Range { from, to: self.parenthesised(Self::expression)? });
        }
        self.expect(Kind::WITH)?;
        self.hash_bound()
    }

    fn hash_bound(&mut self) -> Result<PartitionBound> {
        let location = self.location_before();
        let (mut modulus, mut remainder) = (None, None);
        let options = self.parenthesised(|parser| {
            let place = parser.location();
            Ok((parser.non_reserved_word()?, parser.integer()?, place))
        })?;
        for (name, value, place) in options {
            let slot = match &*name {
                "modulus" => &mut modulus,
                "remainder" => &mut remainder,
                _ => {
                    let message =
                        format!("unrecognized hash partition bound specification \"{name}\"");
                    return Err(self.syntax_error(&message, place));
                }
            };
            if slot.replace(value).is_some() {
                let message = format!("{name} for hash partition provided more than once");
                return Err(self.error_at(SqlState::DUPLICATE_OBJECT, &message, place));
            }
        }
        let missing = |name: &str| format!("{name} for hash partition must be specified");
        match (modulus, remainder) {
            (Some(modulus), Some(remainder)) => Ok(PartitionBound::Hash { modulus, remainder }),
            (None, _) => Err(self.syntax_error(&missing("modulus"), location)),
            (_, None) => Err(self.syntax_error(&missing("remainder"), location)),
        }
    }
}

fn empty_column(name: Name, location: crate::ast::Location) -> ColumnDefinition {
    ColumnDefinition {
        name,
        type_name: None,
        storage: None,
        compression: None,
        collation: None,
        options: Vec::new(),
        constraints: Vec::new(),
        refused: Vec::new(),
        location,
    }
}

impl From<crate::ast::ObjectName> for TypeName {
    /// A type without modifiers.
    fn from(name: crate::ast::ObjectName) -> Self {
        Self::named(name.names, name.location)
    }
}
