//! Calls of functions that users made: who may, as whom, with which settings, and the body made ready.

use crate::nested::Nested;
use catalog::acl::Privileges;
use catalog::object::{Function, Language, Object, Trigger};
use commands::{Work, has_privilege};
use error::{Error, Result, SqlState, stack_check};
use execute::{FunctionCall, FunctionRows, SqlFunction, Statements, TriggerFiring};
use hashbrown::HashMap;
use settings::Scope;
use std::sync::Arc;
use types::{Datum, Oid};

/// The functions that a session called, made ready, by OID.
#[derive(Default)]
pub(crate) struct Functions {
    list: HashMap<Oid, Vec<Arc<Compiled>>>,
}

/// A function made ready for arguments of these types.
struct Compiled {
    definition: Arc<Function>,
    argument_types: Vec<Oid>,
    result: Oid,
    generation: u64,
    body: Body,
}

enum Body {
    Sql(SqlFunction),
    Plpgsql(Box<plpgsql::Function>),
}

/// What a call changes for its time.
struct Guard {
    user: Option<Oid>,
    settings: bool,
}

impl Nested<'_> {
    pub(crate) fn call_function(&mut self, call: &FunctionCall<'_>) -> Result<Datum> {
        stack_check()?;
        let compiled = self.compiled(call)?;
        self.guarded(&compiled.definition, |nested| match &compiled.body {
            Body::Sql(function) => function.call(nested, call),
            Body::Plpgsql(function) => function.call(nested, call),
        })
    }

    pub(crate) fn call_set_function(&mut self, call: &FunctionCall<'_>) -> Result<FunctionRows> {
        stack_check()?;
        let compiled = self.compiled(call)?;
        self.guarded(&compiled.definition, |nested| match &compiled.body {
            Body::Sql(function) => function.call_set(nested, call),
            Body::Plpgsql(function) => function.call_set(nested, call),
        })
    }

    /// Runs a trigger's function: the row that it returns.
    pub(crate) fn fire_trigger(&mut self, firing: &TriggerFiring<'_>) -> Result<Option<Datum>> {
        stack_check()?;
        let trigger = firing.trigger;
        let catalog = Arc::clone(&self.core.access.catalog);
        let own = catalog.function(trigger.function).ok_or_else(|| {
            Error::internal(format!("cache lookup failed for function {}", trigger.function))
        })?;
        // The function is made ready for each table, whose rows it sees.
        let info = functions::CallInfo {
            argument_types: vec![firing.table.row_type],
            result_type: types::type_oid::TRIGGER,
            collation: Oid::INVALID,
            fields: Vec::new(),
        };
        let compiled = self.made_ready(own, &info)?;
        let Body::Plpgsql(function) = &compiled.body else {
            return Err(Error::internal("a trigger function is in PL/pgSQL"));
        };
        let schema = catalog.schema_by_oid(firing.table.schema).map_or("", |s| s.name.as_str());
        let event = match firing.event {
            Trigger::INSERT => "INSERT",
            Trigger::UPDATE => "UPDATE",
            Trigger::DELETE => "DELETE",
            _ => "TRUNCATE",
        };
        let (table, old, new) = (firing.table, firing.old.clone(), firing.new.clone());
        let call = plpgsql::TriggerCall { table, schema, trigger, event, old, new };
        self.core.trigger_depth += 1;
        let result =
            self.guarded(&compiled.definition, |nested| function.call_trigger(nested, &call));
        self.core.trigger_depth -= 1;
        result
    }

    /// Runs `f` as the function's owner and with its settings, where it says so.
    fn guarded<T>(
        &mut self,
        definition: &Function,
        f: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if !definition.security_definer && definition.settings.is_empty() {
            return f(self);
        }
        let guard = Guard {
            user: definition.security_definer.then_some(self.core.access.current_user),
            settings: !definition.settings.is_empty(),
        };
        if guard.settings {
            self.core.settings.push();
        }
        if guard.user.is_some() {
            self.core.set_user(definition.owner);
        }
        let result = self.apply_settings(definition).and_then(|()| f(self));
        if guard.settings {
            self.core.settings.pop_rollback();
        }
        if let Some(user) = guard.user {
            self.core.set_user(user);
        }
        self.core.refresh()?;
        result
    }

    fn apply_settings(&mut self, definition: &Function) -> Result<()> {
        for setting in &definition.settings {
            self.core.settings.set(&setting.name, &setting.value, Scope::Local)?;
        }
        self.core.refresh()
    }

    /// The function, made ready. 42501 where the role may not call it.
    fn compiled(&mut self, call: &FunctionCall<'_>) -> Result<Arc<Compiled>> {
        let catalog = &self.core.access.catalog;
        let object = catalog.object(call.function);
        let Some(Object::Function(own)) = object else {
            let text = format!("cache lookup failed for function {}", call.function);
            return Err(Error::internal(text));
        };
        if own.acl.is_some() || !catalog.is_member(self.core.access.current_user, own.owner) {
            let object = Object::Function(Arc::clone(own));
            if !has_privilege(catalog, self.core.access.current_user, &object, Privileges::EXECUTE)
            {
                let text = format!("permission denied for {} {}", own.kind_name(), own.name);
                return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
            }
        }
        let own = Arc::clone(own);
        self.made_ready(&own, call.info)
    }

    /// The function made ready for these types.
    fn made_ready(
        &mut self,
        own: &Arc<Function>,
        info: &functions::CallInfo,
    ) -> Result<Arc<Compiled>> {
        let known = self.core.functions.list.get(&own.oid).and_then(|list| {
            list.iter().find(|known| {
                known.argument_types == info.argument_types && known.result == info.result_type
            })
        });
        if let Some(known) = known
            && (known.generation == self.core.generation || Arc::ptr_eq(&known.definition, own))
        {
            return Ok(Arc::clone(known));
        }
        let compiled = Arc::new(self.compile(own, info)?);
        let list = self.core.functions.list.entry(own.oid).or_default();
        list.retain(|known| Arc::ptr_eq(&known.definition, own));
        list.push(Arc::clone(&compiled));
        Ok(compiled)
    }

    fn compile(&mut self, own: &Arc<Function>, info: &functions::CallInfo) -> Result<Compiled> {
        let argument_types = info.argument_types.clone();
        let result = info.result_type;
        let body = match own.language {
            Language::Sql => Body::Sql(SqlFunction::new(
                Statements::resolver(self),
                own,
                &argument_types,
                result,
            )?),
            Language::Plpgsql => {
                let resolver = Statements::resolver(self);
                let function = plpgsql::Function::new(resolver, own, &argument_types, result)
                    .map_err(|error| compiling(error, own))?;
                Body::Plpgsql(Box::new(function))
            }
        };
        let generation = self.core.generation;
        Ok(Compiled { definition: Arc::clone(own), argument_types, result, generation, body })
    }

    /// DO. 42704 for a language that there is not.
    pub(crate) fn do_block(&mut self, sql: &str, code: &syntax::ast::Do) -> Result<()> {
        let (code, language) = code.code(sql)?;
        match language {
            None | Some("plpgsql") => {}
            Some(name @ ("sql" | "internal" | "c")) => {
                let text = format!("language \"{name}\" does not support inline code execution");
                return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
            }
            Some(name) => {
                let text = format!("language \"{name}\" does not exist");
                return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
            }
        }
        let function =
            plpgsql::Function::inline(Statements::resolver(self), code).map_err(|error| {
                let context = "compilation of PL/pgSQL function \"inline_code_block\" near line 1";
                if error.fields().position.is_some() {
                    error.in_query(code)
                } else {
                    error.context(context)
                }
            })?;
        function.call_procedure(self, &[]).map(|_| ())
    }

    /// The procedure of a CALL and the call with its arguments.
    fn procedure(
        &mut self,
        sql: &str,
        call: &syntax::ast::Call,
    ) -> Result<(Arc<Function>, expression::Expr)> {
        analyze::Analyzer::new(sql, Statements::resolver(self)).procedure(call)
    }

    /// The columns of a CALL's result: the procedure's OUT parameters.
    pub(crate) fn call_columns(
        &mut self,
        sql: &str,
        call: &syntax::ast::Call,
    ) -> Result<Vec<plan::OutputColumn>> {
        let (own, _) = self.procedure(sql, call)?;
        let column = |parameter: &catalog::object::Parameter| plan::OutputColumn {
            name: parameter.name.clone(),
            type_id: parameter.type_id,
            typmod: -1,
            origin: None,
        };
        Ok(own.outputs().map(column).collect())
    }

    /// CALL: the values of the procedure's OUT parameters as one row, with their names and types.
    pub(crate) fn call_procedure(
        &mut self,
        sql: &str,
        call: &syntax::ast::Call,
    ) -> Result<FunctionRows> {
        let (own, expr) = self.procedure(sql, call)?;
        let expression::ExprKind::Call(inner) = expr.kind else {
            return Err(Error::internal("a call is a call"));
        };
        let mut arguments = Vec::with_capacity(inner.arguments.len());
        self.with_context(&mut |context| {
            for argument in &inner.arguments {
                let find = context.host.find_function();
                arguments.push(expression::Program::compile(argument, find)?.value(context)?);
            }
            Ok(())
        })?;
        let info = functions::CallInfo {
            argument_types: inner.arguments.iter().map(|argument| argument.type_id).collect(),
            result_type: expr.type_id,
            collation: inner.input_collation,
            fields: Vec::new(),
        };
        self.run_procedure(&FunctionCall {
            function: own.oid,
            arguments: &arguments,
            info: &info,
            snapshot: None,
        })
    }

    pub(crate) fn procedure_outputs(&mut self, call: &FunctionCall<'_>) -> Result<FunctionRows> {
        stack_check()?;
        let compiled = self.compiled(call)?;
        let outputs: Vec<(String, Oid)> =
            compiled.definition.outputs().map(|p| (p.name.clone(), p.type_id)).collect();
        self.guarded(&compiled.definition, |nested| match &compiled.body {
            Body::Sql(function) => {
                let mut rows = function.call_set(nested, call)?;
                rows.rows.truncate(1);
                Ok(rows)
            }
            Body::Plpgsql(function) => {
                let row = function.call_procedure(nested, call.arguments)?;
                Ok(FunctionRows { columns: outputs, composite: true, rows: vec![row] })
            }
        })
    }
}

/// An error of a body that is made ready.
fn compiling(error: Error, own: &Function) -> Error {
    let name = &own.name;
    let error = if error.fields().position.is_some() { error.in_query(&own.source) } else { error };
    error.context(format!("compilation of PL/pgSQL function \"{name}\" near line 1"))
}
