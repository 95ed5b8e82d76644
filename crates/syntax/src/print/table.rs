//! CREATE TABLE, its columns and constraints; indexes, triggers, rules, policies, sequences, views.

use super::Printer;
use crate::ast::{
    CheckOption, ColumnDefinition, Constraint, ConstraintAttributes, ConstraintKind, CreateIndex,
    CreatePolicy, CreateRule, CreateSequence, CreateStatistics, CreateTable, CreateTableAs,
    CreateTrigger, CreateView, Execute, ForeignKey, ForeignKeyMatch, IndexElement, IndexKey,
    LikeClause, LikeOption, Name, OnCommit, PartitionBound, PartitionSpec, PartitionStrategy,
    Persistence, PolicyCommand, ReferentialAction, RefusedAttribute, RuleEvent, SequenceOption,
    SequenceOptionKind, TableElement, TableSource, TriggerEvent, TriggerTiming, UniqueConstraint,
};
use error::Result;

impl Printer {
    pub(super) fn persistence(&mut self, persistence: Persistence) {
        self.word(match persistence {
            Persistence::Permanent => "",
            Persistence::Temporary => "TEMPORARY ",
            Persistence::Unlogged => "UNLOGGED ",
        });
    }

    pub(super) fn create_table(&mut self, table: &CreateTable) -> Result<()> {
        self.word("CREATE ");
        self.persistence(table.persistence);
        self.word("TABLE ");
        self.word_if(table.if_not_exists, "IF NOT EXISTS ");
        self.table_body(table)?;
        self.table_tail(table)
    }

    /// The name and the elements.
    pub(super) fn table_body(&mut self, table: &CreateTable) -> Result<()> {
        self.relation(&table.relation);
        if let Some(of_type) = &table.of_type {
            self.word(" OF ");
            self.type_name(of_type)?;
        }
        if let Some((parent, _)) = &table.partition_of {
            self.word(" PARTITION OF ");
            self.relation(parent);
        }
        let plain = table.of_type.is_none() && table.partition_of.is_none();
        if plain || !table.elements.is_empty() {
            self.word(" ");
            self.in_parentheses(&table.elements, Self::table_element)?;
        }
        if !table.inherits.is_empty() {
            self.word(" INHERITS ");
            self.in_parentheses(&table.inherits, |printer, parent| {
                printer.relation(parent);
                Ok(())
            })?;
        }
        if let Some((_, bound)) = &table.partition_of {
            self.word(" ");
            self.partition_bound(bound)?;
        }
        Ok(())
    }

    fn table_tail(&mut self, table: &CreateTable) -> Result<()> {
        if let Some(partition) = &table.partition_by {
            self.partition_by(partition)?;
        }
        self.optional_name(" USING ", table.access_method.as_ref());
        self.with_options(&table.options)?;
        self.on_commit(table.on_commit);
        self.optional_name(" TABLESPACE ", table.tablespace.as_ref());
        Ok(())
    }

    fn on_commit(&mut self, on_commit: OnCommit) {
        self.word(match on_commit {
            OnCommit::None => "",
            OnCommit::PreserveRows => " ON COMMIT PRESERVE ROWS",
            OnCommit::DeleteRows => " ON COMMIT DELETE ROWS",
            OnCommit::Drop => " ON COMMIT DROP",
        });
    }

    fn partition_by(&mut self, partition: &PartitionSpec) -> Result<()> {
        self.word(match partition.strategy {
            PartitionStrategy::List => " PARTITION BY LIST ",
            PartitionStrategy::Range => " PARTITION BY RANGE ",
            PartitionStrategy::Hash => " PARTITION BY HASH ",
        });
        self.in_parentheses(&partition.elements, Self::index_element)
    }

    pub(super) fn partition_bound(&mut self, bound: &PartitionBound) -> Result<()> {
        match bound {
            PartitionBound::Default => self.word("DEFAULT"),
            PartitionBound::In(values) => self.special("FOR VALUES IN ", values)?,
            PartitionBound::Range { from, to } => {
                self.special("FOR VALUES FROM ", from)?;
                self.special(" TO ", to)?;
            }
            PartitionBound::Hash { modulus, remainder } => {
                let text = format!("FOR VALUES WITH (modulus {modulus}, remainder {remainder})");
                self.word(&text);
            }
        }
        Ok(())
    }

    fn table_element(&mut self, element: &TableElement) -> Result<()> {
        match element {
            TableElement::Column(column) => self.column(column),
            TableElement::Constraint(constraint) => self.constraint(constraint),
            TableElement::Like(like) => {
                self.like(like);
                Ok(())
            }
        }
    }

    fn like(&mut self, like: &LikeClause) {
        self.word("LIKE ");
        self.relation(&like.relation);
        if like.including.len() == LikeOption::ALL.len() {
            self.word(" INCLUDING ALL");
            return;
        }
        for option in &like.including {
            self.word(match option {
                LikeOption::Comments => " INCLUDING COMMENTS",
                LikeOption::Compression => " INCLUDING COMPRESSION",
                LikeOption::Constraints => " INCLUDING CONSTRAINTS",
                LikeOption::Defaults => " INCLUDING DEFAULTS",
                LikeOption::Generated => " INCLUDING GENERATED",
                LikeOption::Identity => " INCLUDING IDENTITY",
                LikeOption::Indexes => " INCLUDING INDEXES",
                LikeOption::Statistics => " INCLUDING STATISTICS",
                LikeOption::Storage => " INCLUDING STORAGE",
            });
        }
    }

    pub(super) fn column(&mut self, column: &ColumnDefinition) -> Result<()> {
        self.name(&column.name);
        if let Some(type_name) = &column.type_name {
            self.word(" ");
            self.type_name(type_name)?;
        }
        self.optional_name(" STORAGE ", column.storage.as_ref());
        self.optional_name(" COMPRESSION ", column.compression.as_ref());
        self.foreign_options(&column.options)?;
        if let Some(collation) = &column.collation {
            self.word(" COLLATE ");
            self.object_name(collation);
        }
        self.attached_constraints(&column.constraints, &column.refused)
    }

    /// Constraints of a column or domain, and the attributes where they were written.
    pub(super) fn attached_constraints(
        &mut self,
        constraints: &[Constraint],
        refused: &[RefusedAttribute],
    ) -> Result<()> {
        let mut refused = refused.iter().peekable();
        for behind in 0..=constraints.len() {
            if let Some(constraint) = behind.checked_sub(1).map(|index| &constraints[index]) {
                self.word(" ");
                self.constraint(constraint)?;
            }
            while let Some(attribute) = refused.next_if(|refused| refused.behind == behind) {
                self.constraint_attributes(attribute.attribute);
            }
        }
        Ok(())
    }

    pub(super) fn constraint(&mut self, constraint: &Constraint) -> Result<()> {
        if let Some(name) = &constraint.name {
            self.word("CONSTRAINT ");
            self.name(name);
            self.word(" ");
        }
        self.constraint_kind(&constraint.kind)?;
        self.constraint_attributes(constraint.attributes);
        Ok(())
    }

    fn constraint_kind(&mut self, kind: &ConstraintKind) -> Result<()> {
        match kind {
            ConstraintKind::Null => self.word("NULL"),
            ConstraintKind::NotNull(column) => {
                self.word("NOT NULL");
                self.optional_name(" ", column.as_ref());
            }
            ConstraintKind::Default(value) => {
                self.word("DEFAULT ");
                self.operand(value)?;
            }
            ConstraintKind::Check(expr) => self.special("CHECK ", std::slice::from_ref(expr))?,
            ConstraintKind::Generated { expr, stored } => {
                self.special("GENERATED ALWAYS AS ", std::slice::from_ref(expr))?;
                self.word(if *stored { " STORED" } else { " VIRTUAL" });
            }
            ConstraintKind::Identity { always, options } => {
                self.word(if *always { "GENERATED ALWAYS" } else { "GENERATED BY DEFAULT" });
                self.word(" AS IDENTITY");
                self.identity_options(options)?;
            }
            ConstraintKind::Unique(node) => self.unique("UNIQUE", node)?,
            ConstraintKind::PrimaryKey(node) => self.unique("PRIMARY KEY", node)?,
            ConstraintKind::Exclusion(node) => {
                self.word("EXCLUDE");
                self.optional_name(" USING ", node.access_method.as_ref());
                self.word(" ");
                self.in_parentheses(&node.elements, |printer, (element, operator)| {
                    printer.index_element(element)?;
                    printer.word(" WITH ");
                    printer.any_operator(operator);
                    Ok(())
                })?;
                self.include(&node.include);
                self.with_options(&node.options)?;
                self.optional_name(" USING INDEX TABLESPACE ", node.tablespace.as_ref());
                if let Some(condition) = &node.where_clause {
                    self.special(" WHERE ", std::slice::from_ref(condition))?;
                }
            }
            ConstraintKind::ForeignKey(node) => self.foreign_key(node),
        }
        Ok(())
    }

    pub(super) fn identity_options(&mut self, options: &[SequenceOption]) -> Result<()> {
        if options.is_empty() {
            return Ok(());
        }
        self.word(" (");
        for (index, option) in options.iter().enumerate() {
            self.word_if(index > 0, " ");
            self.sequence_option(option)?;
        }
        self.word(")");
        Ok(())
    }

    fn include(&mut self, columns: &[Name]) {
        self.word_if(!columns.is_empty(), " INCLUDE");
        self.column_list(columns);
    }

    fn unique(&mut self, word: &str, node: &UniqueConstraint) -> Result<()> {
        self.word(word);
        if let Some(index) = &node.using_index {
            self.optional_name(" USING INDEX ", Some(index));
            return Ok(());
        }
        self.word_if(node.nulls_not_distinct, " NULLS NOT DISTINCT");
        if !node.columns.is_empty() {
            self.word(" (");
            self.names(&node.columns);
            self.word_if(node.without_overlaps, " WITHOUT OVERLAPS");
            self.word(")");
        }
        self.include(&node.include);
        self.with_options(&node.options)?;
        self.optional_name(" USING INDEX TABLESPACE ", node.tablespace.as_ref());
        Ok(())
    }

    fn key_columns(&mut self, columns: &[Name], period: bool) {
        if columns.is_empty() {
            return;
        }
        self.word(" (");
        for (index, name) in columns.iter().enumerate() {
            self.word_if(index > 0, ", ");
            self.word_if(period && index + 1 == columns.len(), "PERIOD ");
            self.name(name);
        }
        self.word(")");
    }

    fn foreign_key(&mut self, node: &ForeignKey) {
        if !node.columns.is_empty() {
            self.word("FOREIGN KEY");
            self.key_columns(&node.columns, node.period);
            self.word(" ");
        }
        self.word("REFERENCES ");
        self.relation(&node.relation);
        self.key_columns(&node.referenced, node.referenced_period);
        self.word(match node.matching {
            ForeignKeyMatch::Simple => "",
            ForeignKeyMatch::Full => " MATCH FULL",
            ForeignKeyMatch::Partial => " MATCH PARTIAL",
        });
        self.referential_action(" ON UPDATE ", &node.on_update);
        self.referential_action(" ON DELETE ", &node.on_delete);
    }

    fn referential_action(&mut self, word: &str, action: &ReferentialAction) {
        let (text, columns): (&str, &[Name]) = match action {
            ReferentialAction::NoAction => return,
            ReferentialAction::Restrict => ("RESTRICT", &[]),
            ReferentialAction::Cascade => ("CASCADE", &[]),
            ReferentialAction::SetNull(columns) => ("SET NULL", columns),
            ReferentialAction::SetDefault(columns) => ("SET DEFAULT", columns),
        };
        self.word(word);
        self.word(text);
        self.column_list(columns);
    }

    pub(super) fn constraint_attributes(&mut self, attributes: ConstraintAttributes) {
        self.word_if(attributes.no_inherit, " NO INHERIT");
        match attributes.deferrable {
            Some(true) => self.word(" DEFERRABLE"),
            Some(false) => self.word(" NOT DEFERRABLE"),
            None => {}
        }
        match attributes.initially_deferred {
            Some(true) => self.word(" INITIALLY DEFERRED"),
            Some(false) => self.word(" INITIALLY IMMEDIATE"),
            None => {}
        }
        match attributes.enforced {
            Some(true) => self.word(" ENFORCED"),
            Some(false) => self.word(" NOT ENFORCED"),
            None => {}
        }
        self.word_if(attributes.not_valid, " NOT VALID");
    }

    pub(super) fn create_table_as(&mut self, node: &CreateTableAs) -> Result<()> {
        self.word("CREATE ");
        self.persistence(node.persistence);
        self.word(if node.materialized_view { "MATERIALIZED VIEW " } else { "TABLE " });
        self.word_if(node.if_not_exists, "IF NOT EXISTS ");
        self.relation(&node.relation);
        self.column_list(&node.columns);
        self.optional_name(" USING ", node.access_method.as_ref());
        self.with_options(&node.options)?;
        self.on_commit(node.on_commit);
        self.optional_name(" TABLESPACE ", node.tablespace.as_ref());
        self.word(" AS ");
        match &node.source {
            TableSource::Select(select) => self.select(select)?,
            TableSource::Execute(execute) => self.execute(execute)?,
        }
        self.word_if(!node.with_data, " WITH NO DATA");
        Ok(())
    }

    pub(super) fn execute(&mut self, node: &Execute) -> Result<()> {
        self.word("EXECUTE ");
        self.name(&node.name);
        if !node.params.is_empty() {
            self.in_parentheses(&node.params, Self::expr)?;
        }
        Ok(())
    }

    pub(super) fn create_index(&mut self, node: &CreateIndex) -> Result<()> {
        self.word(if node.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
        self.word_if(node.concurrently, "CONCURRENTLY ");
        self.word_if(node.if_not_exists, "IF NOT EXISTS ");
        if let Some(name) = &node.name {
            self.name(name);
            self.word(" ");
        }
        self.word(if node.only { "ON ONLY " } else { "ON " });
        self.relation(&node.relation);
        self.optional_name(" USING ", node.access_method.as_ref());
        self.word(" ");
        self.in_parentheses(&node.elements, Self::index_element)?;
        if !node.include.is_empty() {
            self.word(" INCLUDE ");
            self.in_parentheses(&node.include, Self::index_element)?;
        }
        self.word_if(node.nulls_not_distinct, " NULLS NOT DISTINCT");
        self.with_options(&node.options)?;
        self.optional_name(" TABLESPACE ", node.tablespace.as_ref());
        self.clause(" WHERE ", node.where_clause.as_ref())
    }

    pub(super) fn index_element(&mut self, element: &IndexElement) -> Result<()> {
        match &element.key {
            IndexKey::Column(name) => self.name(name),
            IndexKey::Expr(expr) => {
                self.word("(");
                self.expr(expr)?;
                self.word(")");
            }
        }
        if let Some(collation) = &element.collation {
            self.word(" COLLATE ");
            self.object_name(collation);
        }
        if let Some(class) = &element.operator_class {
            self.word(" ");
            self.object_name(class);
            if !element.operator_class_options.is_empty() {
                self.word(" ");
                self.definition(&element.operator_class_options)?;
            }
        }
        self.direction(&element.direction, element.nulls);
        Ok(())
    }

    pub(super) fn create_statistics(&mut self, node: &CreateStatistics) -> Result<()> {
        self.word("CREATE STATISTICS");
        self.word_if(node.if_not_exists, " IF NOT EXISTS");
        if let Some(name) = &node.name {
            self.word(" ");
            self.object_name(name);
        }
        self.column_list(&node.kinds);
        self.word(" ON ");
        self.list(&node.elements, Self::index_element)?;
        self.word(" FROM ");
        self.list(&node.from, Self::print_from)
    }

    pub(super) fn create_trigger(&mut self, node: &CreateTrigger) -> Result<()> {
        self.word("CREATE ");
        self.word_if(node.or_replace, "OR REPLACE ");
        self.word_if(node.constraint, "CONSTRAINT ");
        self.word("TRIGGER ");
        self.name(&node.name);
        self.word(match node.timing {
            TriggerTiming::Before => " BEFORE ",
            TriggerTiming::After => " AFTER ",
            TriggerTiming::InsteadOf => " INSTEAD OF ",
        });
        for (index, event) in node.events.iter().enumerate() {
            self.word_if(index > 0, " OR ");
            match event {
                TriggerEvent::Insert => self.word("INSERT"),
                TriggerEvent::Delete => self.word("DELETE"),
                TriggerEvent::Truncate => self.word("TRUNCATE"),
                TriggerEvent::Update(columns) => {
                    self.word("UPDATE");
                    self.word_if(!columns.is_empty(), " OF ");
                    self.names(columns);
                }
            }
        }
        self.word(" ON ");
        self.relation(&node.relation);
        if let Some(from) = &node.from {
            self.word(" FROM ");
            self.relation(from);
        }
        self.constraint_attributes(node.attributes);
        self.word_if(!node.transitions.is_empty(), " REFERENCING");
        for transition in &node.transitions {
            self.word(if transition.new { " NEW" } else { " OLD" });
            self.word(if transition.table { " TABLE AS " } else { " ROW AS " });
            self.name(&transition.name);
        }
        self.word(if node.for_each_row { " FOR EACH ROW" } else { " FOR EACH STATEMENT" });
        if let Some(when) = &node.when {
            self.special(" WHEN ", std::slice::from_ref(when))?;
        }
        self.word(" EXECUTE FUNCTION ");
        self.object_name(&node.function);
        self.in_parentheses(&node.args, |printer, arg| {
            printer.string(arg);
            Ok(())
        })
    }

    pub(super) fn create_rule(&mut self, node: &CreateRule) -> Result<()> {
        self.word("CREATE ");
        self.word_if(node.or_replace, "OR REPLACE ");
        self.word("RULE ");
        self.name(&node.name);
        self.word(match node.event {
            RuleEvent::Select => " AS ON SELECT TO ",
            RuleEvent::Insert => " AS ON INSERT TO ",
            RuleEvent::Update => " AS ON UPDATE TO ",
            RuleEvent::Delete => " AS ON DELETE TO ",
        });
        self.relation(&node.relation);
        self.clause(" WHERE ", node.where_clause.as_ref())?;
        self.word(if node.instead { " DO INSTEAD " } else { " DO " });
        match node.actions.as_slice() {
            [] => self.word("NOTHING"),
            [action] => self.statement(action)?,
            actions => {
                self.word("(");
                for (index, action) in actions.iter().enumerate() {
                    self.word_if(index > 0, "; ");
                    self.statement(action)?;
                }
                self.word(")");
            }
        }
        Ok(())
    }

    pub(super) fn create_policy(&mut self, node: &CreatePolicy) -> Result<()> {
        self.word("CREATE POLICY ");
        self.name(&node.name);
        self.word(" ON ");
        self.relation(&node.relation);
        self.word_if(!node.permissive, " AS RESTRICTIVE");
        self.word(match node.command {
            PolicyCommand::All => "",
            PolicyCommand::Select => " FOR SELECT",
            PolicyCommand::Insert => " FOR INSERT",
            PolicyCommand::Update => " FOR UPDATE",
            PolicyCommand::Delete => " FOR DELETE",
        });
        self.word(" TO ");
        self.roles(&node.roles);
        self.policy_conditions(node.using.as_ref(), node.with_check.as_ref())
    }

    pub(super) fn policy_conditions(
        &mut self,
        using: Option<&crate::ast::Expr>,
        with_check: Option<&crate::ast::Expr>,
    ) -> Result<()> {
        for (word, condition) in [(" USING ", using), (" WITH CHECK ", with_check)] {
            if let Some(condition) = condition {
                self.special(word, std::slice::from_ref(condition))?;
            }
        }
        Ok(())
    }

    pub(super) fn create_view(&mut self, node: &CreateView) -> Result<()> {
        self.word("CREATE ");
        self.word_if(node.or_replace, "OR REPLACE ");
        self.persistence(node.persistence);
        self.word("VIEW ");
        self.relation(&node.relation);
        self.column_list(&node.columns);
        self.with_options(&node.options)?;
        self.word(" AS ");
        self.select(&node.query)?;
        self.word(match node.check_option {
            CheckOption::None => "",
            CheckOption::Local => " WITH LOCAL CHECK OPTION",
            CheckOption::Cascaded => " WITH CASCADED CHECK OPTION",
        });
        Ok(())
    }

    pub(super) fn create_sequence(&mut self, node: &CreateSequence) -> Result<()> {
        self.word("CREATE ");
        self.persistence(node.persistence);
        self.word("SEQUENCE ");
        self.word_if(node.if_not_exists, "IF NOT EXISTS ");
        self.relation(&node.relation);
        self.sequence_options(&node.options)
    }

    pub(super) fn sequence_options(&mut self, options: &[SequenceOption]) -> Result<()> {
        for option in options {
            self.word(" ");
            self.sequence_option(option)?;
        }
        Ok(())
    }

    pub(super) fn sequence_option(&mut self, option: &SequenceOption) -> Result<()> {
        let bound = |word: &str, value: &Option<Box<str>>| match value {
            Some(value) => format!("{word} {value}"),
            None => format!("NO {word}"),
        };
        let text = match &option.kind {
            SequenceOptionKind::As(type_name) => {
                self.word("AS ");
                return self.type_name(type_name);
            }
            SequenceOptionKind::Cache(value) => format!("CACHE {value}"),
            SequenceOptionKind::Cycle(true) => "CYCLE".into(),
            SequenceOptionKind::Cycle(false) => "NO CYCLE".into(),
            SequenceOptionKind::Increment(value) => format!("INCREMENT BY {value}"),
            SequenceOptionKind::MaxValue(value) => bound("MAXVALUE", value),
            SequenceOptionKind::MinValue(value) => bound("MINVALUE", value),
            SequenceOptionKind::OwnedBy(None) => "OWNED BY none".into(),
            SequenceOptionKind::OwnedBy(Some(name)) => {
                self.word("OWNED BY ");
                self.object_name(name);
                return Ok(());
            }
            SequenceOptionKind::SequenceName(name) => {
                self.word("SEQUENCE NAME ");
                self.object_name(name);
                return Ok(());
            }
            SequenceOptionKind::Start(value) => format!("START WITH {value}"),
            SequenceOptionKind::Restart(None) => "RESTART".into(),
            SequenceOptionKind::Restart(Some(value)) => format!("RESTART WITH {value}"),
            SequenceOptionKind::Logged(true) => "LOGGED".into(),
            SequenceOptionKind::Logged(false) => "UNLOGGED".into(),
        };
        self.word(&text);
        Ok(())
    }
}
