//! Foreign data, replication, operator classes, tablespaces, event triggers, text search.

use super::Printer;
use super::alter::enablement;
use crate::ast::{
    DefinitionOption, ImportQualification, ObjectKind, OperatorClassItem, OperatorFamilyChange,
    OperatorPurpose, OptionValue, PublicationChange, PublicationObject, StatementKind,
    SubscriptionChange, TextSearchChange, WrapperFunction,
};
use error::Result;

impl Printer {
    /// ` OPTIONS (name 'value', ...)`, or nothing.
    pub(super) fn foreign_options(&mut self, options: &[DefinitionOption]) -> Result<()> {
        if options.is_empty() {
            return Ok(());
        }
        self.word(" OPTIONS ");
        self.in_parentheses(options, |printer, option| {
            printer.name(&option.name);
            if let Some(OptionValue::String(value)) = &option.value {
                printer.word(" ");
                printer.string(value);
            }
            Ok(())
        })
    }

    fn wrapper_functions(&mut self, functions: &[WrapperFunction]) {
        for function in functions {
            let (word, name) = match function {
                WrapperFunction::Handler(name) => ("HANDLER", name),
                WrapperFunction::Validator(name) => ("VALIDATOR", name),
            };
            self.word(if name.is_some() { " " } else { " NO " });
            self.word(word);
            if let Some(name) = name {
                self.word(" ");
                self.object_name(name);
            }
        }
    }

    /// CREATE, ALTER and DROP of foreign data.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds go on to `system`")]
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    pub(super) fn foreign(&mut self, kind: &StatementKind) -> Result<()> {
        match kind {
            StatementKind::CreateForeignDataWrapper(node) => {
                self.optional_name("CREATE FOREIGN DATA WRAPPER ", Some(&node.name));
                self.wrapper_functions(&node.functions);
                self.foreign_options(&node.options)
            }
            StatementKind::AlterForeignDataWrapper(node) => {
                self.optional_name("ALTER FOREIGN DATA WRAPPER ", Some(&node.name));
                self.wrapper_functions(&node.functions);
                self.changes(&node.options)
            }
            StatementKind::CreateForeignServer(node) => {
                self.word("CREATE SERVER ");
                self.word_if(node.if_not_exists, "IF NOT EXISTS ");
                self.name(&node.name);
                for (word, text) in [(" TYPE ", &node.kind), (" VERSION ", &node.version)] {
                    if let Some(text) = text {
                        self.word(word);
                        self.string(text);
                    }
                }
                self.optional_name(" FOREIGN DATA WRAPPER ", Some(&node.wrapper));
                self.foreign_options(&node.options)
            }
            StatementKind::AlterForeignServer(node) => {
                self.optional_name("ALTER SERVER ", Some(&node.name));
                match &node.version {
                    Some(Some(version)) => {
                        self.word(" VERSION ");
                        self.string(version);
                    }
                    Some(None) => self.word(" VERSION NULL"),
                    None => {}
                }
                self.changes(&node.options)
            }
            StatementKind::CreateForeignTable(node) => {
                self.word("CREATE FOREIGN TABLE ");
                self.word_if(node.table.if_not_exists, "IF NOT EXISTS ");
                self.table_body(&node.table)?;
                self.optional_name(" SERVER ", Some(&node.server));
                self.foreign_options(&node.options)
            }
            StatementKind::CreateUserMapping(node) => {
                self.word("CREATE USER MAPPING ");
                self.word_if(node.if_not_exists, "IF NOT EXISTS ");
                self.word("FOR ");
                self.role(&node.user);
                self.optional_name(" SERVER ", Some(&node.server));
                self.foreign_options(&node.options)
            }
            StatementKind::AlterUserMapping(node) => {
                self.word("ALTER USER MAPPING FOR ");
                self.role(&node.user);
                self.optional_name(" SERVER ", Some(&node.server));
                self.changes(&node.options)
            }
            StatementKind::DropUserMapping(node) => {
                self.word("DROP USER MAPPING ");
                self.word_if(node.if_exists, "IF EXISTS ");
                self.word("FOR ");
                self.role(&node.user);
                self.optional_name(" SERVER ", Some(&node.server));
                Ok(())
            }
            StatementKind::ImportForeignSchema(node) => {
                self.optional_name("IMPORT FOREIGN SCHEMA ", Some(&node.remote_schema));
                let (word, tables) = match &node.qualification {
                    ImportQualification::All => ("", [].as_slice()),
                    ImportQualification::LimitTo(tables) => (" LIMIT TO ", tables.as_slice()),
                    ImportQualification::Except(tables) => (" EXCEPT ", tables.as_slice()),
                };
                self.word(word);
                if !tables.is_empty() {
                    self.in_parentheses(tables, Self::table_in_from)?;
                }
                self.optional_name(" FROM SERVER ", Some(&node.server));
                self.optional_name(" INTO ", Some(&node.local_schema));
                self.foreign_options(&node.options)
            }
            kind => self.replication(kind),
        }
    }

    fn changes(&mut self, options: &[crate::ast::OptionChange]) -> Result<()> {
        if options.is_empty() {
            return Ok(());
        }
        self.word(" ");
        self.option_changes(options)
    }

    fn publication_objects(&mut self, objects: &[PublicationObject]) -> Result<()> {
        self.list(objects, |printer, object| {
            match object {
                PublicationObject::Table(table) => {
                    printer.word("TABLE ");
                    printer.table_in_from(&table.relation)?;
                    printer.column_list(&table.columns);
                    if let Some(condition) = &table.where_clause {
                        printer.special(" WHERE ", std::slice::from_ref(condition))?;
                    }
                }
                PublicationObject::Schema(name, _) => {
                    printer.optional_name("TABLES IN SCHEMA ", Some(name));
                }
                PublicationObject::CurrentSchema(_) => {
                    printer.word("TABLES IN SCHEMA CURRENT_SCHEMA");
                }
            }
            Ok(())
        })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds go on to `operators`")]
    fn replication(&mut self, kind: &StatementKind) -> Result<()> {
        match kind {
            StatementKind::CreatePublication(node) => {
                self.optional_name("CREATE PUBLICATION ", Some(&node.name));
                self.word_if(node.all_tables, " FOR ALL TABLES");
                self.word_if(!node.objects.is_empty(), " FOR ");
                self.publication_objects(&node.objects)?;
                self.with_options(&node.options)
            }
            StatementKind::AlterPublication(node) => {
                self.optional_name("ALTER PUBLICATION ", Some(&node.name));
                let (word, objects) = match &node.change {
                    PublicationChange::Options(options) => {
                        self.word(" SET ");
                        return self.definition(options);
                    }
                    PublicationChange::Add(objects) => (" ADD ", objects),
                    PublicationChange::Set(objects) => (" SET ", objects),
                    PublicationChange::Drop(objects) => (" DROP ", objects),
                };
                self.word(word);
                self.publication_objects(objects)
            }
            StatementKind::CreateSubscription(node) => {
                self.optional_name("CREATE SUBSCRIPTION ", Some(&node.name));
                self.word(" CONNECTION ");
                self.string(&node.connection);
                self.word(" PUBLICATION ");
                self.names(&node.publications);
                self.with_options(&node.options)
            }
            StatementKind::AlterSubscription(node) => {
                self.optional_name("ALTER SUBSCRIPTION ", Some(&node.name));
                self.subscription_change(&node.change)
            }
            StatementKind::DropSubscription(node) => {
                self.word("DROP SUBSCRIPTION ");
                self.word_if(node.if_exists, "IF EXISTS ");
                self.name(&node.name);
                self.behavior(node.behavior);
                Ok(())
            }
            kind => self.operators(kind),
        }
    }

    fn subscription_change(&mut self, change: &SubscriptionChange) -> Result<()> {
        let (word, names, options) = match change {
            SubscriptionChange::Options(options) => {
                self.word(" SET ");
                return self.definition(options);
            }
            SubscriptionChange::Skip(options) => {
                self.word(" SKIP ");
                return self.definition(options);
            }
            SubscriptionChange::Connection(text) => {
                self.word(" CONNECTION ");
                self.string(text);
                return Ok(());
            }
            SubscriptionChange::Enable => {
                self.word(" ENABLE");
                return Ok(());
            }
            SubscriptionChange::Disable => {
                self.word(" DISABLE");
                return Ok(());
            }
            SubscriptionChange::Refresh(options) => (" REFRESH PUBLICATION", &[][..], options),
            SubscriptionChange::Add(names, options) => (" ADD PUBLICATION ", &names[..], options),
            SubscriptionChange::Drop(names, options) => (" DROP PUBLICATION ", &names[..], options),
            SubscriptionChange::Set(names, options) => (" SET PUBLICATION ", &names[..], options),
        };
        self.word(word);
        self.names(names);
        self.with_options(options)
    }

    fn class_item(&mut self, item: &OperatorClassItem) -> Result<()> {
        match item {
            OperatorClassItem::Operator { number, name, types, purpose } => {
                self.word(&format!("OPERATOR {number} "));
                self.any_operator(name);
                if let Some((left, right)) = types {
                    self.operand_types(left.as_ref(), right.as_ref())?;
                }
                if let OperatorPurpose::OrderBy(family) = purpose {
                    self.word(" FOR ORDER BY ");
                    self.object_name(family);
                }
                Ok(())
            }
            OperatorClassItem::Function { number, types, function } => {
                self.word(&format!("FUNCTION {number} "));
                if !types.is_empty() {
                    self.in_parentheses(types, Self::type_name)?;
                    self.word(" ");
                }
                self.signature(function)
            }
            OperatorClassItem::Storage(type_name) => {
                self.word("STORAGE ");
                self.type_name(type_name)
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds go on to `system`")]
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    fn operators(&mut self, kind: &StatementKind) -> Result<()> {
        match kind {
            StatementKind::CreateOperatorClass(node) => {
                self.word("CREATE OPERATOR CLASS ");
                self.object_name(&node.name);
                self.word_if(node.default, " DEFAULT");
                self.word(" FOR TYPE ");
                self.type_name(&node.type_name)?;
                self.optional_name(" USING ", Some(&node.method));
                if let Some(family) = &node.family {
                    self.word(" FAMILY ");
                    self.object_name(family);
                }
                self.word(" AS ");
                self.list(&node.items, Self::class_item)
            }
            StatementKind::CreateOperatorFamily(node) => {
                self.word("CREATE OPERATOR FAMILY ");
                self.object_name(&node.name);
                self.optional_name(" USING ", Some(&node.method));
                Ok(())
            }
            StatementKind::AlterOperatorFamily(node) => {
                self.word("ALTER OPERATOR FAMILY ");
                self.object_name(&node.name);
                self.optional_name(" USING ", Some(&node.method));
                match &node.change {
                    OperatorFamilyChange::Add(items) => {
                        self.word(" ADD ");
                        self.list(items, Self::class_item)
                    }
                    OperatorFamilyChange::Drop(items) => {
                        self.word(" DROP ");
                        self.list(items, |printer, item| {
                            let word = if item.is_function { "FUNCTION" } else { "OPERATOR" };
                            printer.word(&format!("{word} {} ", item.number));
                            printer.in_parentheses(&item.types, Self::type_name)
                        })
                    }
                }
            }
            StatementKind::CreateAccessMethod(node) => {
                self.optional_name("CREATE ACCESS METHOD ", Some(&node.name));
                self.word(if node.is_table { " TYPE TABLE" } else { " TYPE INDEX" });
                self.word(" HANDLER ");
                self.object_name(&node.handler);
                Ok(())
            }
            StatementKind::CreateConversion(node) => {
                self.word(if node.default { "CREATE DEFAULT " } else { "CREATE " });
                self.word("CONVERSION ");
                self.object_name(&node.name);
                self.word(" FOR ");
                self.string(&node.from_encoding);
                self.word(" TO ");
                self.string(&node.to_encoding);
                self.word(" FROM ");
                self.object_name(&node.function);
                Ok(())
            }
            StatementKind::CreateLanguage(node) => {
                self.word("CREATE ");
                self.word_if(node.or_replace, "OR REPLACE ");
                self.word_if(node.trusted, "TRUSTED ");
                self.optional_name("LANGUAGE ", Some(&node.name));
                let parts = [
                    (" HANDLER ", &node.handler),
                    (" INLINE ", &node.inline),
                    (" VALIDATOR ", &node.validator),
                ];
                for (word, function) in parts {
                    if let Some(function) = function {
                        self.word(word);
                        self.object_name(function);
                    }
                }
                Ok(())
            }
            kind => self.transforms(kind),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds go on to `system`")]
    fn transforms(&mut self, kind: &StatementKind) -> Result<()> {
        match kind {
            StatementKind::CreateTransform(node) => {
                self.word("CREATE ");
                self.word_if(node.or_replace, "OR REPLACE ");
                self.word("TRANSFORM FOR ");
                self.type_name(&node.type_name)?;
                self.optional_name(" LANGUAGE ", Some(&node.language));
                self.word(" (");
                let both = node.from_sql.is_some() && node.to_sql.is_some();
                if let Some(function) = &node.from_sql {
                    self.word("FROM SQL WITH FUNCTION ");
                    self.signature(function)?;
                }
                self.word_if(both, ", ");
                if let Some(function) = &node.to_sql {
                    self.word("TO SQL WITH FUNCTION ");
                    self.signature(function)?;
                }
                self.word(")");
                Ok(())
            }
            StatementKind::AlterDefinition(node) => {
                self.word("ALTER ");
                self.kind_words(node.kind);
                self.object(&node.object)?;
                let dictionary = node.kind == ObjectKind::TextSearchDictionary;
                self.word(if dictionary { " " } else { " SET " });
                self.definition(&node.options)
            }
            StatementKind::AlterObjectDepends(node) => {
                self.word("ALTER ");
                self.kind_words(node.kind);
                self.object(&node.object)?;
                self.word_if(node.remove, " NO");
                self.optional_name(" DEPENDS ON EXTENSION ", Some(&node.extension));
                Ok(())
            }
            kind => self.system(kind),
        }
    }

    /// Tablespaces, extensions, event triggers, text search.
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other kind has been printed before")]
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    fn system(&mut self, kind: &StatementKind) -> Result<()> {
        match kind {
            StatementKind::CreateTablespace(node) => {
                self.optional_name("CREATE TABLESPACE ", Some(&node.name));
                if let Some(owner) = &node.owner {
                    self.word(" OWNER ");
                    self.role(owner);
                }
                self.word(" LOCATION ");
                self.string(&node.directory);
                self.with_options(&node.options)
            }
            StatementKind::AlterTablespace(node) => {
                self.optional_name("ALTER TABLESPACE ", Some(&node.name));
                self.word(if node.reset { " RESET " } else { " SET " });
                self.definition(&node.options)
            }
            StatementKind::DropTablespace(node) => {
                self.word("DROP TABLESPACE ");
                self.word_if(node.if_exists, "IF EXISTS ");
                self.name(&node.name);
                Ok(())
            }
            StatementKind::MoveTablespace(node) => {
                self.word("ALTER ");
                self.kind_words(node.kind);
                self.optional_name("ALL IN TABLESPACE ", Some(&node.tablespace));
                self.word_if(!node.owners.is_empty(), " OWNED BY ");
                self.roles(&node.owners);
                self.optional_name(" SET TABLESPACE ", Some(&node.new_tablespace));
                self.word_if(node.no_wait, " NOWAIT");
                Ok(())
            }
            StatementKind::AlterExtension(node) => {
                self.optional_name("ALTER EXTENSION ", Some(&node.name));
                self.word(" UPDATE");
                for version in &node.versions {
                    self.word(" TO ");
                    self.string(version);
                }
                Ok(())
            }
            StatementKind::AlterExtensionContents(node) => {
                self.optional_name("ALTER EXTENSION ", Some(&node.name));
                self.word(if node.add { " ADD " } else { " DROP " });
                self.labelled(node.kind, &node.object)
            }
            StatementKind::CreateEventTrigger(node) => {
                self.optional_name("CREATE EVENT TRIGGER ", Some(&node.name));
                self.optional_name(" ON ", Some(&node.event));
                for (index, filter) in node.filters.iter().enumerate() {
                    self.word(if index == 0 { " WHEN " } else { " AND " });
                    self.name(&filter.variable);
                    self.word(" IN ");
                    self.in_parentheses(&filter.values, |printer, value| {
                        printer.string(value);
                        Ok(())
                    })?;
                }
                self.word(" EXECUTE FUNCTION ");
                self.object_name(&node.function);
                self.word("()");
                Ok(())
            }
            StatementKind::AlterEventTrigger(node) => {
                self.optional_name("ALTER EVENT TRIGGER ", Some(&node.name));
                self.word(" ");
                self.word(enablement(node.enablement));
                Ok(())
            }
            StatementKind::AlterStatistics(node) => {
                self.word("ALTER STATISTICS ");
                self.word_if(node.if_exists, "IF EXISTS ");
                self.object_name(&node.name);
                let target = node.target.map_or("DEFAULT".to_owned(), |target| target.to_string());
                self.word(&format!(" SET STATISTICS {target}"));
                Ok(())
            }
            StatementKind::AlterTextSearchConfiguration(node) => {
                self.word("ALTER TEXT SEARCH CONFIGURATION ");
                self.object_name(&node.name);
                self.text_search_change(&node.change);
                Ok(())
            }
            kind => Err(error::Error::internal(format!("{} has no printed form", kind.tag()))),
        }
    }

    fn text_search_change(&mut self, change: &TextSearchChange) {
        match change {
            TextSearchChange::Add { tokens, dictionaries } => {
                self.word(" ADD MAPPING FOR ");
                self.names(tokens);
                self.word(" WITH ");
                self.object_names(dictionaries);
            }
            TextSearchChange::Alter { tokens, dictionaries } => {
                self.word(" ALTER MAPPING FOR ");
                self.names(tokens);
                self.word(" WITH ");
                self.object_names(dictionaries);
            }
            TextSearchChange::Replace { tokens, old, new } => {
                self.word(" ALTER MAPPING");
                self.word_if(!tokens.is_empty(), " FOR ");
                self.names(tokens);
                self.word(" REPLACE ");
                self.object_name(old);
                self.word(" WITH ");
                self.object_name(new);
            }
            TextSearchChange::Drop { tokens, if_exists } => {
                self.word(if *if_exists { " DROP MAPPING IF EXISTS" } else { " DROP MAPPING" });
                self.word(" FOR ");
                self.names(tokens);
            }
        }
    }
}
