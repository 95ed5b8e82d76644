//! Expressions and types.

use super::Printer;
use crate::ast::{
    Constant, Expr, ExprKind, Indirection, JsonKind, Operator, OperatorForm, Quantifier,
    SqlValueFunction, Subquery, SubqueryKind, Truth, TypeName, interval_mask as mask,
};
use error::{Result, stack_check};

fn not(negated: bool) -> &'static str {
    if negated { " NOT" } else { "" }
}

impl Printer {
    /// a_expr.
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<()> {
        stack_check()?;
        match &expr.kind {
            ExprKind::Constant(constant) => self.constant(constant),
            ExprKind::Parameter(number) => self.word(&format!("${number}")),
            ExprKind::Column(names) => self.dotted(names),
            ExprKind::Star(names) => {
                self.dotted(names);
                self.word(if names.is_empty() { "*" } else { ".*" });
            }
            ExprKind::Operator(node) => self.operation(node)?,
            ExprKind::And(list) => self.joined(list, " AND ")?,
            ExprKind::Or(list) => self.joined(list, " OR ")?,
            ExprKind::Not(arg) => {
                self.word("NOT ");
                self.operand(arg)?;
            }
            ExprKind::IsNull(node) => {
                self.operand(&node.arg)?;
                self.word(if node.negated { " IS NOT NULL" } else { " IS NULL" });
            }
            ExprKind::Subquery(node) => self.subquery(node)?,
            ExprKind::Function(call) => self.call(call)?,
            ExprKind::Cast(node) => {
                self.word("CAST(");
                self.expr(&node.arg)?;
                self.word(" AS ");
                self.type_name(&node.type_name)?;
                self.word(")");
            }
            ExprKind::Collate(node) => {
                self.operand(&node.arg)?;
                self.word(" COLLATE ");
                self.object_name(&node.collation);
            }
            ExprKind::Coalesce(list) => self.special("COALESCE", list)?,
            ExprKind::Greatest(list) => self.special("GREATEST", list)?,
            ExprKind::Least(list) => self.special("LEAST", list)?,
            ExprKind::Grouping(list) => self.special("GROUPING", list)?,
            ExprKind::NullIf(pair) => self.special("NULLIF", &**pair)?,
            ExprKind::Row(row) => {
                self.special(if row.explicit { "ROW" } else { "" }, &row.fields)?;
            }
            ExprKind::Array(elements) => {
                self.word("ARRAY[");
                self.expressions(elements)?;
                self.word("]");
            }
            ExprKind::Indirection(node) => {
                self.word("(");
                self.expr(&node.arg)?;
                self.word(")");
                self.indirection(&node.path)?;
            }
            ExprKind::SqlValueFunction(function, precision) => {
                self.word(value_function(*function));
                if let Some(precision) = precision {
                    self.word(&format!("({precision})"));
                }
            }
            ExprKind::Default => self.word("DEFAULT"),
            ExprKind::CurrentOf(name) => {
                self.word("CURRENT OF ");
                self.name(name);
            }
            ExprKind::Json(json) => self.json(json)?,
            ExprKind::Xml(xml) => self.xml(xml)?,
            ExprKind::IsTruth(_)
            | ExprKind::IsDistinct(_)
            | ExprKind::IsJson(_)
            | ExprKind::Between(_)
            | ExprKind::InList(_)
            | ExprKind::QuantifiedArray(_)
            | ExprKind::Case(_) => self.test(&expr.kind)?,
        }
        Ok(())
    }

    /// Tests and CASE.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds are `expr`'s")]
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    fn test(&mut self, kind: &ExprKind) -> Result<()> {
        match kind {
            ExprKind::IsTruth(node) => {
                self.operand(&node.arg)?;
                self.word(" IS");
                self.word(not(node.negated));
                self.word(match node.test {
                    Truth::True => " TRUE",
                    Truth::False => " FALSE",
                    Truth::Unknown => " UNKNOWN",
                });
            }
            ExprKind::IsDistinct(node) => {
                self.operand(&node.left)?;
                self.word(" IS");
                self.word(not(node.negated));
                self.word(" DISTINCT FROM ");
                self.operand(&node.right)?;
            }
            ExprKind::IsJson(node) => {
                self.operand(&node.arg)?;
                self.word(" IS");
                self.word(not(node.negated));
                self.word(match node.kind {
                    JsonKind::Value => " JSON",
                    JsonKind::Object => " JSON OBJECT",
                    JsonKind::Array => " JSON ARRAY",
                    JsonKind::Scalar => " JSON SCALAR",
                });
                self.word_if(node.unique_keys, " WITH UNIQUE KEYS");
            }
            ExprKind::Between(node) => {
                self.operand(&node.arg)?;
                self.word(not(node.negated));
                self.word(if node.symmetric { " BETWEEN SYMMETRIC " } else { " BETWEEN " });
                self.operand(&node.low)?;
                self.word(" AND ");
                self.operand(&node.high)?;
            }
            ExprKind::InList(node) => {
                self.operand(&node.arg)?;
                self.word(not(node.negated));
                self.word(" IN ");
                self.in_parentheses(&node.list, Self::expr)?;
            }
            ExprKind::QuantifiedArray(node) => {
                self.operand(&node.left)?;
                self.word(" ");
                self.operator(&node.operator);
                self.quantifier(node.quantifier);
                self.word("(");
                self.expr(&node.array)?;
                self.word(")");
            }
            ExprKind::Case(node) => {
                self.word("CASE");
                if let Some(arg) = &node.arg {
                    self.word(" ");
                    self.expr(arg)?;
                }
                for when in &node.whens {
                    self.word(" WHEN ");
                    self.expr(&when.condition)?;
                    self.word(" THEN ");
                    self.expr(&when.result)?;
                }
                if let Some(default) = &node.default {
                    self.word(" ELSE ");
                    self.expr(default)?;
                }
                self.word(" END");
            }
            _ => {}
        }
        Ok(())
    }

    /// c_expr: in parentheses unless it is one.
    pub(super) fn operand(&mut self, expr: &Expr) -> Result<()> {
        if is_primary(expr) {
            return self.expr(expr);
        }
        self.word("(");
        self.expr(expr)?;
        self.word(")");
        Ok(())
    }

    fn joined(&mut self, list: &[Expr], word: &str) -> Result<()> {
        for (index, arg) in list.iter().enumerate() {
            self.word_if(index > 0, word);
            self.operand(arg)?;
        }
        Ok(())
    }

    /// `WORD(arguments)`.
    pub(super) fn special(&mut self, word: &str, args: &[Expr]) -> Result<()> {
        self.word(word);
        self.in_parentheses(args, Self::expr)
    }

    pub(super) fn constant(&mut self, constant: &Constant) {
        match constant {
            Constant::Null => self.word("NULL"),
            Constant::Boolean(value) => self.word(if *value { "true" } else { "false" }),
            Constant::Integer(value) => self.word(&value.to_string()),
            Constant::BigInteger(value) => self.word(&value.to_string()),
            Constant::Numeric(text) => self.word(text),
            Constant::String(text) => self.string(text),
            Constant::Bits(digits) => self.word(&format!("B'{digits}'")),
            Constant::HexBits(digits) => self.word(&format!("X'{digits}'")),
        }
    }

    fn operation(&mut self, node: &Operator) -> Result<()> {
        let Some(left) = &node.left else {
            // A sign before a number would become part of it; what the grammar knows between operands it knows nowhere else.
            let number = matches!(node.right.kind, ExprKind::Constant(_));
            let between = matches!(
                &*node.name.name,
                "*" | "/" | "%" | "^" | "<" | ">" | "=" | "<=" | ">=" | "<>"
            );
            if (number || between) && node.name.qualifier.is_empty() {
                self.word(&format!("OPERATOR({})", node.name.name));
            } else {
                self.operator(&node.name);
            }
            self.word(" ");
            return self.operand(&node.right);
        };
        self.operand(left)?;
        let negated = node.name.name.starts_with('!');
        match node.form {
            OperatorForm::Plain => {
                self.word(" ");
                self.operator(&node.name);
                self.word(" ");
                return self.operand(&node.right);
            }
            OperatorForm::Like => self.word(if negated { " NOT LIKE " } else { " LIKE " }),
            OperatorForm::ILike => self.word(if negated { " NOT ILIKE " } else { " ILIKE " }),
            OperatorForm::Similar => {
                self.word(if negated { " NOT SIMILAR TO " } else { " SIMILAR TO " });
            }
        }
        self.pattern(&node.right)
    }

    fn quantifier(&mut self, quantifier: Quantifier) {
        self.word(match quantifier {
            Quantifier::Any => " ANY ",
            Quantifier::All => " ALL ",
        });
    }

    fn subquery(&mut self, node: &Subquery) -> Result<()> {
        match &node.kind {
            SubqueryKind::Scalar => {}
            SubqueryKind::Exists => self.word("EXISTS "),
            SubqueryKind::Array => self.word("ARRAY"),
            SubqueryKind::In { left } => {
                self.operand(left)?;
                self.word(" IN ");
            }
            SubqueryKind::Quantified { left, operator, quantifier, .. } => {
                self.operand(left)?;
                self.word(" ");
                self.operator(operator);
                self.quantifier(*quantifier);
            }
        }
        self.word("(");
        self.select(&node.query)?;
        self.word(")");
        Ok(())
    }

    /// Fields and subscripts.
    pub(super) fn indirection(&mut self, path: &[Indirection]) -> Result<()> {
        for step in path {
            match step {
                Indirection::Field(name) => {
                    self.word(".");
                    self.name(name);
                }
                Indirection::Star => self.word(".*"),
                Indirection::Index(index) => {
                    self.word("[");
                    self.expr(index)?;
                    self.word("]");
                }
                Indirection::Slice(lower, upper) => {
                    self.word("[");
                    if let Some(lower) = lower {
                        self.expr(lower)?;
                    }
                    self.word(":");
                    if let Some(upper) = upper {
                        // A colon before a parameter's colon, or `::`, must stand apart.
                        self.word(" ");
                        self.expr(upper)?;
                    }
                    self.word("]");
                }
            }
        }
        Ok(())
    }

    /// Typename.
    pub(super) fn type_name(&mut self, type_name: &TypeName) -> Result<()> {
        self.word_if(type_name.setof, "SETOF ");
        let system = match type_name.names.as_slice() {
            [schema, name] if &**schema == "pg_catalog" => Some(&**name),
            _ => None,
        };
        let known = match system {
            Some(name) if !type_name.percent_type => self.sql_type(name, &type_name.modifiers)?,
            _ => false,
        };
        if !known {
            self.dotted(&type_name.names);
            self.word_if(type_name.percent_type, "%TYPE");
            if !type_name.modifiers.is_empty() {
                self.in_parentheses(&type_name.modifiers, Self::expr)?;
            }
        }
        for bound in &type_name.array_bounds {
            match bound {
                Some(bound) => self.word(&format!("[{bound}]")),
                None => self.word("[]"),
            }
        }
        Ok(())
    }

    /// A type that SQL has words for; `false` where these would not mean the same.
    fn sql_type(&mut self, name: &str, modifiers: &[Expr]) -> Result<bool> {
        let plain = match name {
            "int2" => "smallint",
            "int4" => "integer",
            "int8" => "bigint",
            "float4" => "real",
            "float8" => "double precision",
            "bool" => "boolean",
            "numeric" => {
                self.word("numeric");
                if !modifiers.is_empty() {
                    self.in_parentheses(modifiers, Self::expr)?;
                }
                return Ok(true);
            }
            "varchar" => return Ok(self.sized("character varying", "", modifiers)),
            "bpchar" if modifiers.len() == 1 => {
                return Ok(self.sized("character", "", modifiers));
            }
            "timestamp" => return Ok(self.sized("timestamp", " without time zone", modifiers)),
            "timestamptz" => return Ok(self.sized("timestamp", " with time zone", modifiers)),
            "time" => return Ok(self.sized("time", " without time zone", modifiers)),
            "timetz" => return Ok(self.sized("time", " with time zone", modifiers)),
            "interval" => return Ok(self.interval(modifiers)),
            _ => return Ok(false),
        };
        if modifiers.is_empty() {
            self.word(plain);
        }
        Ok(modifiers.is_empty())
    }

    /// `word(n) suffix`, where `n` is written.
    fn sized(&mut self, word: &str, suffix: &str, modifiers: &[Expr]) -> bool {
        let size = match modifiers {
            [] => String::new(),
            [Expr { kind: ExprKind::Constant(Constant::Integer(size)), .. }] if *size >= 0 => {
                format!("({size})")
            }
            _ => return false,
        };
        self.word(&format!("{word}{size}{suffix}"));
        true
    }

    fn interval(&mut self, modifiers: &[Expr]) -> bool {
        let numbers: Option<Vec<i32>> = modifiers
            .iter()
            .map(|modifier| {
                let ExprKind::Constant(Constant::Integer(value)) = modifier.kind else {
                    return None;
                };
                Some(value)
            })
            .collect();
        let fields = match numbers.as_deref() {
            Some([]) => String::new(),
            Some([mask::FULL_RANGE, precision]) => format!("({precision})"),
            Some([fields]) => match interval_fields(*fields) {
                Some(words) => format!(" {words}"),
                None => return false,
            },
            Some([fields, precision]) => match interval_fields(*fields) {
                Some(words) => format!(" {words}({precision})"),
                None => return false,
            },
            _ => return false,
        };
        self.word("interval");
        self.word(&fields);
        true
    }
}

/// Whether an expression can stand where c_expr must.
fn is_primary(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Constant(constant) => match constant {
            Constant::Integer(value) => *value >= 0,
            Constant::BigInteger(value) => *value >= 0,
            Constant::Numeric(text) => !text.starts_with('-'),
            Constant::Null
            | Constant::Boolean(_)
            | Constant::String(_)
            | Constant::Bits(_)
            | Constant::HexBits(_) => true,
        },
        ExprKind::Subquery(node) => {
            matches!(node.kind, SubqueryKind::Scalar | SubqueryKind::Exists | SubqueryKind::Array)
        }
        ExprKind::Function(call) => super::function::is_primary(call),
        ExprKind::Xml(xml) => !matches!(**xml, crate::ast::XmlExpr::IsDocument { .. }),
        ExprKind::Parameter(_)
        | ExprKind::Column(_)
        | ExprKind::Star(_)
        | ExprKind::Cast(_)
        | ExprKind::Case(_)
        | ExprKind::Coalesce(_)
        | ExprKind::Greatest(_)
        | ExprKind::Least(_)
        | ExprKind::NullIf(_)
        | ExprKind::Row(_)
        | ExprKind::Array(_)
        | ExprKind::Indirection(_)
        | ExprKind::SqlValueFunction(..)
        | ExprKind::Grouping(_)
        | ExprKind::Json(_) => true,
        ExprKind::Operator(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Not(_)
        | ExprKind::IsNull(_)
        | ExprKind::IsTruth(_)
        | ExprKind::IsDistinct(_)
        | ExprKind::IsJson(_)
        | ExprKind::Between(_)
        | ExprKind::InList(_)
        | ExprKind::QuantifiedArray(_)
        | ExprKind::Collate(_)
        | ExprKind::Default
        | ExprKind::CurrentOf(_) => false,
    }
}

fn value_function(function: SqlValueFunction) -> &'static str {
    match function {
        SqlValueFunction::CurrentDate => "CURRENT_DATE",
        SqlValueFunction::CurrentTime => "CURRENT_TIME",
        SqlValueFunction::CurrentTimestamp => "CURRENT_TIMESTAMP",
        SqlValueFunction::LocalTime => "LOCALTIME",
        SqlValueFunction::LocalTimestamp => "LOCALTIMESTAMP",
        SqlValueFunction::CurrentRole => "CURRENT_ROLE",
        SqlValueFunction::CurrentUser => "CURRENT_USER",
        SqlValueFunction::User => "USER",
        SqlValueFunction::SessionUser => "SESSION_USER",
        SqlValueFunction::CurrentCatalog => "CURRENT_CATALOG",
        SqlValueFunction::CurrentSchema => "CURRENT_SCHEMA",
    }
}

fn interval_fields(fields: i32) -> Option<&'static str> {
    const TIME: i32 = mask::HOUR | mask::MINUTE | mask::SECOND;
    const WORDS: [(i32, &str); 13] = [
        (mask::YEAR, "year"),
        (mask::MONTH, "month"),
        (mask::DAY, "day"),
        (mask::HOUR, "hour"),
        (mask::MINUTE, "minute"),
        (mask::SECOND, "second"),
        (mask::YEAR | mask::MONTH, "year to month"),
        (mask::DAY | mask::HOUR, "day to hour"),
        (mask::DAY | mask::HOUR | mask::MINUTE, "day to minute"),
        (mask::DAY | TIME, "day to second"),
        (mask::HOUR | mask::MINUTE, "hour to minute"),
        (TIME, "hour to second"),
        (mask::MINUTE | mask::SECOND, "minute to second"),
    ];
    WORDS.iter().find(|(bits, _)| *bits == fields).map(|(_, words)| *words)
}
