//! SQL/JSON expressions as SQL text.

use super::{Casts, Printer};
use crate::expr::{Expr, JsonBehavior, JsonOperation, SqlJson};
use crate::names::format_type;
use error::Result;
use functions::{JsonKind, JsonWrapper};
use types::type_oid;

impl Printer<'_> {
    pub(super) fn sql_json(&mut self, expr: &Expr, json: &SqlJson) -> Result<()> {
        match json.operation {
            JsonOperation::Exists => self.query("JSON_EXISTS(", expr, json),
            JsonOperation::Value => self.query("JSON_VALUE(", expr, json),
            JsonOperation::Query { .. } => self.query("JSON_QUERY(", expr, json),
            JsonOperation::IsJson { kind, unique, negated } => {
                let Some(arg) = json.arguments.first() else { return Ok(()) };
                self.own('(');
                self.operand(arg, Casts::All, expr)?;
                self.push(if negated { " IS NOT JSON" } else { " IS JSON" });
                self.push(match kind {
                    JsonKind::Value => "",
                    JsonKind::Object => " OBJECT",
                    JsonKind::Array => " ARRAY",
                    JsonKind::Scalar => " SCALAR",
                });
                if unique {
                    self.push(" WITH UNIQUE KEYS");
                }
                self.own(')');
                Ok(())
            }
            JsonOperation::Object { absent_on_null, unique } => {
                self.push("JSON_OBJECT(");
                for (index, pair) in json.arguments.chunks_exact(2).enumerate() {
                    if index > 0 {
                        self.push(", ");
                    }
                    self.expr(&pair[0], Casts::All)?;
                    self.push(" : ");
                    self.expr(&pair[1], Casts::All)?;
                }
                if absent_on_null {
                    self.push(" ABSENT ON NULL");
                }
                if unique {
                    self.push(" WITH UNIQUE KEYS");
                }
                self.returning(expr);
                self.push(")");
                Ok(())
            }
            JsonOperation::Array { absent_on_null } => {
                self.push("JSON_ARRAY(");
                self.list(&json.arguments)?;
                if !absent_on_null {
                    self.push(" NULL ON NULL");
                }
                self.returning(expr);
                self.push(")");
                Ok(())
            }
            JsonOperation::Parse { unique } => {
                self.push("JSON(");
                self.list(&json.arguments)?;
                if unique {
                    self.push(" WITH UNIQUE KEYS");
                }
                self.push(")");
                Ok(())
            }
        }
    }

    fn returning(&mut self, expr: &Expr) {
        let shown = format_type(self.context.access, expr.type_id, Some(expr.typmod));
        self.push(&format!(" RETURNING {shown}"));
    }

    fn query(&mut self, word: &str, expr: &Expr, json: &SqlJson) -> Result<()> {
        self.push(word);
        let [context, path, rest @ ..] = json.arguments.as_slice() else { return Ok(()) };
        self.expr(context, Casts::All)?;
        self.push(", ");
        match path.as_constant() {
            Some(types::Datum::Bytes(bytes)) => {
                let text = String::from_utf8_lossy(bytes);
                self.push(&types::quote_literal(&text));
            }
            Some(_) | None => self.expr(path, Casts::All)?,
        }
        if let Some(crate::ExprKind::SqlJson(variables)) = rest.first().map(|expr| &expr.kind) {
            self.push(" PASSING ");
            for (index, pair) in variables.arguments.chunks_exact(2).enumerate() {
                if index > 0 {
                    self.push(", ");
                }
                self.expr(&pair[1], Casts::All)?;
                if let Some(types::Datum::Bytes(name)) = pair[0].as_constant() {
                    let name = types::quote_identifier(&String::from_utf8_lossy(name));
                    self.push(&format!(" AS {name}"));
                }
            }
        }
        if json.operation != JsonOperation::Exists || expr.type_id != type_oid::BOOL {
            self.returning(expr);
        }
        if let JsonOperation::Query { wrapper, omit_quotes } = json.operation {
            self.push(match wrapper {
                JsonWrapper::Without => " WITHOUT WRAPPER",
                JsonWrapper::Conditional => " WITH CONDITIONAL WRAPPER",
                JsonWrapper::Unconditional => " WITH UNCONDITIONAL WRAPPER",
            });
            self.push(if omit_quotes { " OMIT QUOTES" } else { " KEEP QUOTES" });
        }
        let behaviors = [(&json.on_empty, " ON EMPTY"), (&json.on_error, " ON ERROR")];
        for (behavior, when) in behaviors {
            // What is the default is not printed.
            let Some(behavior) = behavior.as_ref().filter(|behavior| match behavior {
                JsonBehavior::Null => false,
                JsonBehavior::False => json.operation != JsonOperation::Exists,
                JsonBehavior::Error
                | JsonBehavior::True
                | JsonBehavior::Unknown
                | JsonBehavior::EmptyArray
                | JsonBehavior::EmptyObject
                | JsonBehavior::Default(_) => true,
            }) else {
                continue;
            };
            self.push(match behavior {
                JsonBehavior::Error => " ERROR",
                JsonBehavior::Null => " NULL",
                JsonBehavior::True => " TRUE",
                JsonBehavior::False => " FALSE",
                JsonBehavior::Unknown => " UNKNOWN",
                JsonBehavior::EmptyArray => " EMPTY ARRAY",
                JsonBehavior::EmptyObject => " EMPTY OBJECT",
                JsonBehavior::Default(_) => " DEFAULT ",
            });
            if let JsonBehavior::Default(value) = behavior {
                self.expr(value, Casts::All)?;
            }
            self.push(when);
        }
        self.push(")");
        Ok(())
    }
}
