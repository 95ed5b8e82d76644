//! SQL/JSON and SQL/XML.

use super::Printer;
use crate::ast::{
    JsonArgument, JsonBehavior, JsonColumnKind, JsonExpr, JsonFormat, JsonPair, JsonQuery,
    JsonQueryKind, JsonReturning, JsonTable, JsonTableColumn, JsonValue, JsonWrapper, XmlExpr,
    XmlNamed, XmlStandalone, XmlTable,
};
use error::{Result, stack_check};

impl Printer {
    pub(super) fn json(&mut self, json: &JsonExpr) -> Result<()> {
        self.word(json.keyword());
        self.word("(");
        let mut suffix = None;
        match json {
            JsonExpr::Object { pairs, absent_on_null, unique_keys, returning } => {
                self.list(pairs, Self::json_pair)?;
                if !pairs.is_empty() {
                    self.json_null(*absent_on_null);
                    self.word_if(*unique_keys, " WITH UNIQUE KEYS");
                }
                self.json_returning(returning.as_ref())?;
            }
            JsonExpr::Array { values, absent_on_null, returning } => {
                self.list(values, Self::json_value)?;
                if !values.is_empty() {
                    self.json_null(*absent_on_null);
                }
                self.json_returning(returning.as_ref())?;
            }
            JsonExpr::ArrayQuery { query, format, returning } => {
                self.select(query)?;
                self.json_format(*format);
                self.json_returning(returning.as_ref())?;
            }
            JsonExpr::Parse { value, unique_keys } => {
                self.json_value(value)?;
                self.word_if(*unique_keys, " WITH UNIQUE KEYS");
            }
            JsonExpr::Scalar(value) => self.expr(value)?,
            JsonExpr::Serialize { value, returning } => {
                self.json_value(value)?;
                self.json_returning(returning.as_ref())?;
            }
            JsonExpr::Query(query) => self.json_query(query)?,
            JsonExpr::ObjectAggregate { pair, unique_keys, aggregate } => {
                self.json_pair(pair)?;
                self.json_null(aggregate.absent_on_null);
                self.word_if(*unique_keys, " WITH UNIQUE KEYS");
                self.json_returning(aggregate.returning.as_ref())?;
                suffix = Some(aggregate);
            }
            JsonExpr::ArrayAggregate { value, order_by, aggregate } => {
                self.json_value(value)?;
                self.order_by(order_by)?;
                self.json_null(aggregate.absent_on_null);
                self.json_returning(aggregate.returning.as_ref())?;
                suffix = Some(aggregate);
            }
        }
        self.word(")");
        match suffix {
            Some(node) => self.filter_and_over(node.filter.as_ref(), node.over.as_ref()),
            None => Ok(()),
        }
    }

    fn json_null(&mut self, absent: bool) {
        self.word(if absent { " ABSENT ON NULL" } else { " NULL ON NULL" });
    }

    fn json_value(&mut self, value: &JsonValue) -> Result<()> {
        self.expr(&value.value)?;
        self.json_format(value.format);
        Ok(())
    }

    fn json_pair(&mut self, pair: &JsonPair) -> Result<()> {
        self.operand(&pair.key)?;
        self.word(" VALUE ");
        self.json_value(&pair.value)
    }

    fn json_format(&mut self, format: JsonFormat) {
        self.word(match format {
            JsonFormat::Default => "",
            JsonFormat::Json => " FORMAT JSON",
            JsonFormat::Utf8 => " FORMAT JSON ENCODING utf8",
            JsonFormat::Utf16 => " FORMAT JSON ENCODING utf16",
            JsonFormat::Utf32 => " FORMAT JSON ENCODING utf32",
        });
    }

    fn json_returning(&mut self, returning: Option<&JsonReturning>) -> Result<()> {
        if let Some(returning) = returning {
            self.word_if(!self.out.ends_with('('), " ");
            self.word("RETURNING ");
            self.type_name(&returning.type_name)?;
            self.json_format(returning.format);
        }
        Ok(())
    }

    fn json_passing(&mut self, passing: &[JsonArgument]) -> Result<()> {
        if passing.is_empty() {
            return Ok(());
        }
        self.word(" PASSING ");
        self.list(passing, |printer, argument| {
            printer.json_value(&argument.value)?;
            printer.optional_name(" AS ", Some(&argument.name));
            Ok(())
        })
    }

    fn json_query(&mut self, query: &JsonQuery) -> Result<()> {
        self.json_value(&query.value)?;
        self.clause(", ", Some(&query.path))?;
        self.json_passing(&query.passing)?;
        if query.kind != JsonQueryKind::Exists {
            self.json_returning(query.returning.as_ref())?;
        }
        self.json_wrapper(query.wrapper, query.keep_quotes);
        self.json_behaviors(query.on_empty.as_ref(), query.on_error.as_ref())
    }

    fn json_wrapper(&mut self, wrapper: JsonWrapper, keep_quotes: Option<bool>) {
        self.word(match wrapper {
            JsonWrapper::Unspecified => "",
            JsonWrapper::Without => " WITHOUT WRAPPER",
            JsonWrapper::Conditional => " WITH CONDITIONAL WRAPPER",
            JsonWrapper::Unconditional => " WITH UNCONDITIONAL WRAPPER",
        });
        match keep_quotes {
            Some(true) => self.word(" KEEP QUOTES"),
            Some(false) => self.word(" OMIT QUOTES"),
            None => {}
        }
    }

    fn json_behaviors(
        &mut self,
        on_empty: Option<&JsonBehavior>,
        on_error: Option<&JsonBehavior>,
    ) -> Result<()> {
        for (behavior, words) in [(on_empty, " ON EMPTY"), (on_error, " ON ERROR")] {
            let Some(behavior) = behavior else { continue };
            match behavior {
                JsonBehavior::Error => self.word(" ERROR"),
                JsonBehavior::Null => self.word(" NULL"),
                JsonBehavior::True => self.word(" TRUE"),
                JsonBehavior::False => self.word(" FALSE"),
                JsonBehavior::Unknown => self.word(" UNKNOWN"),
                JsonBehavior::EmptyArray => self.word(" EMPTY ARRAY"),
                JsonBehavior::EmptyObject => self.word(" EMPTY OBJECT"),
                JsonBehavior::Default(value) => {
                    self.word(" DEFAULT ");
                    self.operand(value)?;
                }
            }
            self.word(words);
        }
        Ok(())
    }

    pub(super) fn json_table(&mut self, table: &JsonTable) -> Result<()> {
        self.word(if table.lateral { "LATERAL JSON_TABLE(" } else { "JSON_TABLE(" });
        self.json_value(&table.value)?;
        self.word(", ");
        self.string(&table.path);
        self.optional_name(" AS ", table.path_name.as_ref());
        self.json_passing(&table.passing)?;
        self.json_columns(&table.columns)?;
        self.json_behaviors(None, table.on_error.as_ref())?;
        self.word(")");
        self.alias(table.alias.as_ref());
        Ok(())
    }

    fn json_columns(&mut self, columns: &[JsonTableColumn]) -> Result<()> {
        stack_check()?;
        self.word(" COLUMNS ");
        self.in_parentheses(columns, Self::json_column)
    }

    fn json_path(&mut self, path: Option<&str>) {
        if let Some(path) = path {
            self.word(" PATH ");
            self.string(path);
        }
    }

    fn json_column(&mut self, column: &JsonTableColumn) -> Result<()> {
        match &column.kind {
            JsonColumnKind::Ordinality => {
                self.name(&column.name);
                self.word(" FOR ORDINALITY");
            }
            JsonColumnKind::Regular(node) => {
                self.name(&column.name);
                self.word(" ");
                self.type_name(&node.type_name)?;
                self.json_format(node.format);
                self.json_path(node.path.as_deref());
                self.json_wrapper(node.wrapper, node.keep_quotes);
                self.json_behaviors(node.on_empty.as_ref(), node.on_error.as_ref())?;
            }
            JsonColumnKind::Exists { type_name, path, on_error } => {
                self.name(&column.name);
                self.word(" ");
                self.type_name(type_name)?;
                self.word(" EXISTS");
                self.json_path(path.as_deref());
                self.json_behaviors(None, on_error.as_ref())?;
            }
            JsonColumnKind::Nested { path, path_name, columns } => {
                self.word("NESTED PATH ");
                self.string(path);
                self.optional_name(" AS ", path_name.as_ref());
                self.json_columns(columns)?;
            }
        }
        Ok(())
    }

    fn xml_named(&mut self, named: &XmlNamed) -> Result<()> {
        self.expr(&named.value)?;
        self.optional_name(" AS ", named.name.as_ref());
        Ok(())
    }

    pub(super) fn xml(&mut self, xml: &XmlExpr) -> Result<()> {
        if let XmlExpr::IsDocument { value, negated } = xml {
            self.operand(value)?;
            self.word(if *negated { " IS NOT DOCUMENT" } else { " IS DOCUMENT" });
            return Ok(());
        }
        self.word(xml.keyword());
        self.word("(");
        match xml {
            XmlExpr::Concat(values) => self.expressions(values)?,
            XmlExpr::Element { name, attributes, content } => {
                self.optional_name("NAME ", Some(name));
                if !attributes.is_empty() {
                    self.word(", XMLATTRIBUTES");
                    self.in_parentheses(attributes, Self::xml_named)?;
                }
                self.word_if(!content.is_empty(), ", ");
                self.expressions(content)?;
            }
            XmlExpr::Exists { path, document } => {
                self.operand(path)?;
                self.word(" PASSING ");
                self.operand(document)?;
            }
            XmlExpr::Forest(values) => self.list(values, Self::xml_named)?,
            XmlExpr::Parse { document, value, preserve_whitespace } => {
                self.word(if *document { "DOCUMENT " } else { "CONTENT " });
                self.expr(value)?;
                self.word_if(*preserve_whitespace, " PRESERVE WHITESPACE");
            }
            XmlExpr::ProcessingInstruction { name, value } => {
                self.optional_name("NAME ", Some(name));
                self.clause(", ", value.as_ref())?;
            }
            XmlExpr::Root { value, version, standalone } => {
                self.expr(value)?;
                match version {
                    Some(version) => self.clause(", VERSION ", Some(version))?,
                    None => self.word(", VERSION NO VALUE"),
                }
                self.word(match standalone {
                    XmlStandalone::Omitted => "",
                    XmlStandalone::Yes => ", STANDALONE YES",
                    XmlStandalone::No => ", STANDALONE NO",
                    XmlStandalone::NoValue => ", STANDALONE NO VALUE",
                });
            }
            XmlExpr::Serialize { document, value, type_name, indent } => {
                self.word(if *document { "DOCUMENT " } else { "CONTENT " });
                self.expr(value)?;
                self.word(" AS ");
                self.type_name(type_name)?;
                self.word_if(*indent, " INDENT");
            }
            XmlExpr::IsDocument { .. } => {}
        }
        self.word(")");
        Ok(())
    }

    pub(super) fn xml_table(&mut self, table: &XmlTable) -> Result<()> {
        self.word(if table.lateral { "LATERAL XMLTABLE(" } else { "XMLTABLE(" });
        if !table.namespaces.is_empty() {
            self.word("XMLNAMESPACES");
            self.in_parentheses(&table.namespaces, |printer, namespace| {
                printer.word_if(namespace.name.is_none(), "DEFAULT ");
                printer.operand(&namespace.value)?;
                printer.optional_name(" AS ", namespace.name.as_ref());
                Ok(())
            })?;
            self.word(", ");
        }
        self.operand(&table.row)?;
        self.word(" PASSING ");
        self.operand(&table.document)?;
        self.word(" COLUMNS ");
        self.list(&table.columns, |printer, column| {
            printer.name(&column.name);
            let Some(type_name) = &column.type_name else {
                printer.word(" FOR ORDINALITY");
                return Ok(());
            };
            printer.word(" ");
            printer.type_name(type_name)?;
            for (word, value) in [(" PATH ", &column.path), (" DEFAULT ", &column.default)] {
                if let Some(value) = value {
                    printer.word(word);
                    printer.operand(value)?;
                }
            }
            printer.word_if(column.not_null, " NOT NULL");
            Ok(())
        })?;
        self.word(")");
        self.alias(table.alias.as_ref());
        Ok(())
    }
}
