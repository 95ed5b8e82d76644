//! CREATE FUNCTION and CREATE PROCEDURE.

use crate::name::{check_schema_create, lock_name};
use crate::privilege::{check_owner, is_superuser};
use crate::routine::{shown, signature};
use crate::work::Work;
use analyze::{Analyzer, Context};
use catalog::facts::{FunctionKind, Volatility};
use catalog::object::{
    Function, Language, Object, Parameter, ParameterMode, SettingOverride, StoredTree,
};
use error::{Error, Result, SqlState};
use expression::ExprKind;
use std::sync::Arc;
use syntax::ast::{
    self, CreateFunction, FunctionOption, FunctionOptionKind, FunctionReturn, SetAction, SqlBody,
};
use types::{Oid, element_of, type_oid};

fn invalid(text: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_FUNCTION_DEFINITION, text)
}

/// CREATE [OR REPLACE] FUNCTION or PROCEDURE.
pub(crate) fn create_function(
    work: &mut dyn Work,
    create: &CreateFunction,
    sql: &str,
) -> Result<()> {
    let (schema, name) = place(work, create)?;
    let language = language(create)?;
    let (parameters, variadic) = parameters(work, create, sql)?;
    let (result, returns_set) = result(work, create, &parameters, sql)?;
    let inputs = parameters.iter().filter(|parameter| parameter.mode.is_input());
    let arguments: Vec<Oid> = inputs.map(|parameter| parameter.type_id).collect();
    let kind = if create.procedure { FunctionKind::Procedure } else { FunctionKind::Plain };
    let mut function = Function {
        oid: Oid::INVALID,
        name,
        schema,
        owner: work.current_user(),
        language,
        kind,
        security_definer: false,
        leakproof: false,
        strict: false,
        returns_set,
        volatility: Volatility::Volatile,
        parallel: 'u',
        cost: 100.0,
        rows: if returns_set { 1000.0 } else { 0.0 },
        variadic,
        result,
        arguments,
        parameters,
        source: String::new(),
        sql_body: None,
        settings: Vec::new(),
        acl: None,
        comment: None,
        depends_on: Vec::new(),
    };
    check_types(&function)?;
    apply_options(work, &mut function, &create.options, sql)?;
    set_body(&mut function, create)?;
    let replaced = replaced(work, create, &function)?;
    match &replaced {
        Some(old) => {
            function.oid = old.oid;
            function.owner = old.owner;
            function.acl.clone_from(&old.acl);
            function.comment.clone_from(&old.comment);
        }
        None => function.oid = Oid(work.transaction().storage().allocate_oid()?),
    }
    note_used(work, &mut function);
    let function = Arc::new(function);
    // The body may call the function itself.
    work.put(Object::Function(Arc::clone(&function)))?;
    check_body(work, &function, sql)
}

/// The schema and name of the new function. 3F000, 42501.
fn place(work: &mut dyn Work, create: &CreateFunction) -> Result<(Oid, String)> {
    let (schema, name) = create.name.schema_and_name()?;
    let schema = match schema {
        Some("pg_temp") => work.temporary_schema()?,
        Some(schema) => work.catalog().schema(schema).map(|found| found.oid).ok_or_else(|| {
            let text = format!("schema \"{schema}\" does not exist");
            Error::new(SqlState::INVALID_SCHEMA_NAME, text)
        })?,
        None => work.named_path().first().copied().ok_or_else(|| {
            Error::new(SqlState::INVALID_SCHEMA_NAME, "no schema has been selected to create in")
        })?,
    };
    check_schema_create(work, schema)?;
    Ok((schema, name.to_owned()))
}

fn language(create: &CreateFunction) -> Result<Language> {
    let named = create.options.iter().find_map(|option| {
        if let FunctionOptionKind::Language(name) = &option.kind { Some(name) } else { None }
    });
    let Some(name) = named else {
        if create.sql_body.is_some() {
            return Ok(Language::Sql);
        }
        return Err(invalid("no language specified"));
    };
    match name.to_lowercase().as_str() {
        "sql" => Ok(Language::Sql),
        "plpgsql" => Ok(Language::Plpgsql),
        "c" | "internal" => Err(Error::unsupported(format!("a function in language {name}"))),
        _ => {
            let text = format!("language \"{name}\" does not exist");
            let error = Error::new(SqlState::UNDEFINED_OBJECT, text);
            Err(if matches!(&**name, "plperl" | "plperlu" | "plpython3u" | "pltcl" | "pltclu") {
                error.hint("Use CREATE EXTENSION to load the language into the database.")
            } else {
                error
            })
        }
    }
}

/// The parameters, and the type of a VARIADIC one's elements. 42P13.
fn parameters(
    work: &mut dyn Work,
    create: &CreateFunction,
    sql: &str,
) -> Result<(Vec<Parameter>, Oid)> {
    let mut list: Vec<Parameter> = Vec::with_capacity(create.parameters.len());
    let mut variadic = Oid::INVALID;
    let mut has_default = false;
    for parameter in &create.parameters {
        let mode = match parameter.mode {
            ast::ParameterMode::Default | ast::ParameterMode::In => ParameterMode::In,
            ast::ParameterMode::Out => ParameterMode::Out,
            ast::ParameterMode::InOut => ParameterMode::InOut,
            ast::ParameterMode::Variadic => ParameterMode::Variadic,
            ast::ParameterMode::Table => ParameterMode::Table,
        };
        let type_id = parameter_type(work, create, &parameter.type_name, sql)?;
        let position = syntax::position(sql, parameter.location);
        if variadic.is_valid() && mode.is_input() {
            let text = "VARIADIC parameter must be the last input parameter";
            return Err(invalid(text).at(position));
        }
        if mode == ParameterMode::Variadic {
            variadic = match type_id {
                type_oid::ANYARRAY => type_oid::ANYELEMENT,
                type_oid::ANYCOMPATIBLEARRAY => type_oid::ANYCOMPATIBLE,
                type_oid::ANY => type_oid::ANY,
                other => element_of(other)
                    .ok_or_else(|| invalid("VARIADIC parameter must be an array").at(position))?,
            };
        }
        let name = parameter.name.as_deref().unwrap_or_default();
        let clash = |known: &Parameter| {
            known.name == name
                && (known.mode.is_input() && mode.is_input()
                    || known.mode.is_output() && mode.is_output()
                    || mode == ParameterMode::Table
                    || known.mode == ParameterMode::Table)
        };
        if !name.is_empty() && list.iter().any(clash) {
            let text = format!("parameter name \"{name}\" used more than once");
            return Err(invalid(text).at(position));
        }
        let default = match &parameter.default {
            None if has_default && mode.is_input() => {
                let text =
                    "input parameters after one with a default value must also have default values";
                return Err(invalid(text).at(position));
            }
            None => None,
            Some(_) if !mode.is_input() => {
                let text = "only input parameters can have default values";
                return Err(invalid(text).at(position));
            }
            Some(expr) => {
                has_default = true;
                Some(default(work, expr, type_id, sql)?)
            }
        };
        list.push(Parameter { name: name.to_owned(), mode, type_id, default });
    }
    Ok((list, variadic))
}

fn default(work: &mut dyn Work, expr: &ast::Expr, type_id: Oid, sql: &str) -> Result<StoredTree> {
    let mut analyzer = Analyzer::new(sql, work.resolver());
    let value = analyzer.standalone(expr).map_err(|error| {
        if error.code() == SqlState::UNDEFINED_COLUMN {
            let text = "cannot use table references in parameter default value";
            Error::new(SqlState::INVALID_COLUMN_REFERENCE, text)
        } else {
            error
        }
    })?;
    let polymorphic = types::builtin_type(type_id).is_some_and(|row| row.kind == 'p');
    let value = if polymorphic {
        value
    } else {
        analyzer.cast(value, type_id, -1, Context::Assignment, expr.start())?
    };
    expression::encode(&value)
}

/// The type of a parameter. 42704, 42P13 for those that no parameter can have.
fn parameter_type(
    work: &mut dyn Work,
    create: &CreateFunction,
    name: &ast::TypeName,
    sql: &str,
) -> Result<Oid> {
    let word = if create.procedure { "procedures" } else { "functions" };
    if name.setof {
        return Err(invalid(format!("{word} cannot accept set arguments")));
    }
    let (type_id, _) = Analyzer::new(sql, work.resolver()).type_name(name)?;
    note_percent_type(work, name, type_id);
    let pseudo = types::builtin_type(type_id).is_some_and(|row| row.kind == 'p');
    let accepted = matches!(
        type_id,
        type_oid::ANYELEMENT
            | type_oid::ANYARRAY
            | type_oid::ANYNONARRAY
            | type_oid::ANYENUM
            | type_oid::ANYRANGE
            | type_oid::ANYMULTIRANGE
            | type_oid::ANYCOMPATIBLE
            | type_oid::ANYCOMPATIBLEARRAY
            | type_oid::ANYCOMPATIBLENONARRAY
            | type_oid::ANYCOMPATIBLERANGE
            | type_oid::ANYCOMPATIBLEMULTIRANGE
            | type_oid::RECORD
    );
    if pseudo && !accepted {
        let language = language(create)?;
        let shown = shown(work, type_id);
        return Err(invalid(match language {
            Language::Sql => format!("SQL functions cannot have arguments of type {shown}"),
            Language::Plpgsql => format!("PL/pgSQL functions cannot accept type {shown}"),
        }));
    }
    Ok(type_id)
}

fn note_percent_type(work: &mut dyn Work, name: &ast::TypeName, type_id: Oid) {
    if name.percent_type {
        let text = format!(
            "type reference {}%TYPE converted to {}",
            name.names.join("."),
            shown(work, type_id)
        );
        work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
    }
}

/// The type of the result and whether there are many. 42P13.
fn result(
    work: &mut dyn Work,
    create: &CreateFunction,
    parameters: &[Parameter],
    sql: &str,
) -> Result<(Oid, bool)> {
    let outputs: Vec<&Parameter> = parameters.iter().filter(|p| p.mode.is_output()).collect();
    let by_outputs = match outputs.as_slice() {
        [] => None,
        [one] if !create.procedure => Some(one.type_id),
        _ => Some(type_oid::RECORD),
    };
    match &create.returns {
        FunctionReturn::None if create.procedure => {
            Ok((by_outputs.unwrap_or(type_oid::VOID), false))
        }
        FunctionReturn::None => {
            let type_id =
                by_outputs.ok_or_else(|| invalid("function result type must be specified"))?;
            Ok((type_id, false))
        }
        FunctionReturn::Table => Ok((by_outputs.unwrap_or(type_oid::RECORD), true)),
        FunctionReturn::Type(name) => {
            let (type_id, _) =
                Analyzer::new(sql, work.resolver()).type_name(name).map_err(|e| {
                    if e.code() == SqlState::UNDEFINED_OBJECT { e.at(0) } else { e }
                })?;
            note_percent_type(work, name, type_id);
            if let Some(wanted) = by_outputs.filter(|wanted| *wanted != type_id) {
                let text = format!(
                    "function result type must be {} because of OUT parameters",
                    shown(work, wanted)
                );
                return Err(invalid(text));
            }
            Ok((type_id, name.setof))
        }
    }
}

const POLYMORPHIC: [Oid; 4] =
    [type_oid::ANYELEMENT, type_oid::ANYARRAY, type_oid::ANYNONARRAY, type_oid::ANYENUM];
const COMPATIBLE: [Oid; 3] =
    [type_oid::ANYCOMPATIBLE, type_oid::ANYCOMPATIBLEARRAY, type_oid::ANYCOMPATIBLENONARRAY];
const RANGES: [Oid; 2] = [type_oid::ANYRANGE, type_oid::ANYMULTIRANGE];
const COMPATIBLE_RANGES: [Oid; 2] =
    [type_oid::ANYCOMPATIBLERANGE, type_oid::ANYCOMPATIBLEMULTIRANGE];

/// 42P13 for polymorphic results that no argument determines, and for types that a language cannot return.
fn check_types(function: &Function) -> Result<()> {
    let results =
        function.outputs().map(|p| p.type_id).chain([function.result]).collect::<Vec<_>>();
    for result in results {
        let has = |lists: &[&[Oid]]| {
            function.arguments.iter().any(|t| lists.iter().any(|list| list.contains(t)))
        };
        let shown = types::format_type(result, None);
        let detail = if POLYMORPHIC.contains(&result) && !has(&[&POLYMORPHIC, &RANGES]) {
            format!(
                "A result of type {shown} requires at least one input of type anyelement, anyarray, anynonarray, anyenum, anyrange, or anymultirange."
            )
        } else if COMPATIBLE.contains(&result) && !has(&[&COMPATIBLE, &COMPATIBLE_RANGES]) {
            format!(
                "A result of type {shown} requires at least one input of type anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange, or anycompatiblemultirange."
            )
        } else if RANGES.contains(&result) && !has(&[&RANGES]) {
            format!(
                "A result of type {shown} requires at least one input of type anyrange or anymultirange."
            )
        } else if COMPATIBLE_RANGES.contains(&result) && !has(&[&COMPATIBLE_RANGES]) {
            format!(
                "A result of type {shown} requires at least one input of type anycompatiblerange or anycompatiblemultirange."
            )
        } else {
            continue;
        };
        return Err(invalid("cannot determine result data type").detail(detail));
    }
    let pseudo = types::builtin_type(function.result).is_some_and(|row| row.kind == 'p');
    let shown = types::format_type(function.result, None);
    if pseudo && function.language == Language::Sql && is_no_result(function.result) {
        return Err(invalid(format!("SQL functions cannot return type {shown}")));
    }
    if pseudo
        && function.language == Language::Plpgsql
        && is_no_result(function.result)
        && function.result != type_oid::TRIGGER
        && function.result != type_oid::EVENT_TRIGGER
    {
        return Err(invalid(format!("PL/pgSQL functions cannot return type {shown}")));
    }
    Ok(())
}

fn is_no_result(type_id: Oid) -> bool {
    type_id != type_oid::VOID
        && type_id != type_oid::RECORD
        && !POLYMORPHIC.contains(&type_id)
        && !COMPATIBLE.contains(&type_id)
        && !RANGES.contains(&type_id)
        && !COMPATIBLE_RANGES.contains(&type_id)
}

/// The body as a string or as SQL. 42P13.
fn set_body(function: &mut Function, create: &CreateFunction) -> Result<()> {
    let source = create.options.iter().find_map(|option| match &option.kind {
        FunctionOptionKind::As(body, link) => Some((body, link)),
        FunctionOptionKind::Language(_)
        | FunctionOptionKind::Transform(_)
        | FunctionOptionKind::Window
        | FunctionOptionKind::Strict(_)
        | FunctionOptionKind::Volatility(_)
        | FunctionOptionKind::Leakproof(_)
        | FunctionOptionKind::SecurityDefiner(_)
        | FunctionOptionKind::Cost(_)
        | FunctionOptionKind::Rows(_)
        | FunctionOptionKind::Support(_)
        | FunctionOptionKind::Set(_)
        | FunctionOptionKind::Parallel(_) => None,
    });
    match (source, &create.sql_body) {
        (Some(_), Some(_)) => Err(invalid("duplicate function body specified")),
        (None, None) => Err(invalid("no function body specified")),
        (Some((body, link)), None) => {
            if link.is_some() {
                let name = function.language.name();
                return Err(invalid(format!("only one AS item needed for language \"{name}\"")));
            }
            function.source = body.to_string();
            Ok(())
        }
        (None, Some(_)) if function.language != Language::Sql => {
            Err(invalid("inline SQL function body only valid for language SQL"))
        }
        (None, Some(body)) => {
            function.sql_body = Some(match body {
                SqlBody::Return(value) => format!("RETURN {}", value.to_sql()?),
                SqlBody::Atomic(statements) => {
                    let mut text = "BEGIN ATOMIC\n".to_owned();
                    for statement in statements {
                        text.push_str(&format!(" {};\n", statement.to_sql()?));
                    }
                    text.push_str("END");
                    text
                }
            });
            Ok(())
        }
    }
}

/// STRICT, COST, SET and so on, of CREATE and ALTER FUNCTION. 42601, 22023, 42P13.
pub(crate) fn apply_options(
    work: &mut dyn Work,
    function: &mut Function,
    options: &[FunctionOption],
    sql: &str,
) -> Result<()> {
    let mut seen = Vec::new();
    for option in options {
        let kind = std::mem::discriminant(&option.kind);
        let set = matches!(option.kind, FunctionOptionKind::Set(_));
        if seen.contains(&kind) && !set {
            return Err(Error::new(SqlState::SYNTAX_ERROR, "conflicting or redundant options")
                .at(syntax::position(sql, option.location)));
        }
        seen.push(kind);
        apply_option(work, function, option)?;
    }
    Ok(())
}

fn apply_option(
    work: &mut dyn Work,
    function: &mut Function,
    option: &FunctionOption,
) -> Result<()> {
    let number = |text: &str, word: &str| {
        let value: f32 = text.parse().unwrap_or(0.0);
        if value > 0.0 {
            return Ok(value);
        }
        let text = format!("{word} must be positive");
        Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text))
    };
    if function.kind == FunctionKind::Procedure
        && matches!(
            option.kind,
            FunctionOptionKind::Window
                | FunctionOptionKind::Strict(_)
                | FunctionOptionKind::Volatility(_)
                | FunctionOptionKind::Leakproof(_)
                | FunctionOptionKind::Cost(_)
                | FunctionOptionKind::Rows(_)
                | FunctionOptionKind::Support(_)
                | FunctionOptionKind::Parallel(_)
        )
    {
        return Err(invalid("invalid attribute in procedure definition"));
    }
    match &option.kind {
        FunctionOptionKind::As(..) | FunctionOptionKind::Language(_) => {}
        FunctionOptionKind::Transform(_) => return Err(Error::unsupported("TRANSFORM")),
        FunctionOptionKind::Window => return Err(Error::unsupported("a window function")),
        FunctionOptionKind::Support(_) => return Err(Error::unsupported("SUPPORT")),
        FunctionOptionKind::Strict(strict) => function.strict = *strict,
        FunctionOptionKind::Volatility(volatility) => {
            function.volatility = match volatility {
                ast::Volatility::Immutable => Volatility::Immutable,
                ast::Volatility::Stable => Volatility::Stable,
                ast::Volatility::Volatile => Volatility::Volatile,
            }
        }
        FunctionOptionKind::Leakproof(leakproof) => {
            if *leakproof && !is_superuser(&work.catalog(), work.current_user()) {
                let text = "only superuser can define a leakproof function";
                return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
            }
            function.leakproof = *leakproof;
        }
        FunctionOptionKind::SecurityDefiner(definer) => function.security_definer = *definer,
        FunctionOptionKind::Cost(text) => function.cost = number(text, "COST")?,
        FunctionOptionKind::Rows(text) => {
            let rows = number(text, "ROWS")?;
            if !function.returns_set {
                let text = "ROWS is not applicable when function does not return a set";
                return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
            }
            function.rows = rows;
        }
        FunctionOptionKind::Parallel(word) => {
            function.parallel = match word.to_lowercase().as_str() {
                "safe" => 's',
                "restricted" => 'r',
                "unsafe" => 'u',
                _ => {
                    let text = "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE";
                    return Err(Error::new(SqlState::SYNTAX_ERROR, text));
                }
            }
        }
        FunctionOptionKind::Set(set) => apply_setting(work, function, &set.action)?,
    }
    Ok(())
}

/// SET and RESET of a function.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn apply_setting(work: &mut dyn Work, function: &mut Function, action: &SetAction) -> Result<()> {
    let (name, value) = match action {
        SetAction::ResetAll => {
            function.settings.clear();
            return Ok(());
        }
        SetAction::Default(name) | SetAction::Reset(name) => (name, None),
        SetAction::Value { name, values, .. } => (name, Some(crate::role::set_text(values)?)),
        SetAction::FromCurrent(name) => {
            let mut value = None;
            work.with_context(&mut |context| {
                value = context.host.setting(name);
                Ok(())
            })?;
            (name, value)
        }
        _ => return Err(Error::unsupported("this form of SET")),
    };
    function.settings.retain(|known| known.name != **name);
    if let Some(value) = value {
        function.settings.push(SettingOverride { name: name.to_string(), value });
    }
    Ok(())
}

/// The function that OR REPLACE replaces. 42723, 42P13, 42809, 42501.
fn replaced(
    work: &mut dyn Work,
    create: &CreateFunction,
    function: &Function,
) -> Result<Option<Arc<Function>>> {
    lock_name(work, "function", function.schema, &function.name, false)?;
    let catalog = work.catalog();
    let old = catalog
        .functions_named(&function.name)
        .find(|other| other.schema == function.schema && other.arguments == function.arguments)
        .cloned();
    let Some(old) = old else { return Ok(None) };
    if !create.or_replace {
        let text =
            format!("function \"{}\" already exists with same argument types", function.name);
        return Err(Error::new(SqlState::DUPLICATE_FUNCTION, text));
    }
    check_owner(&catalog, work.current_user(), &Object::Function(Arc::clone(&old)))?;
    if old.kind != function.kind {
        let text = "cannot change routine kind";
        return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).detail(format!(
            "\"{}\" is a {}.",
            old.name,
            old.kind_name()
        )));
    }
    let word = if old.kind == FunctionKind::Procedure { "PROCEDURE" } else { "FUNCTION" };
    let hint = format!("Use DROP {word} {} first.", signature(work, &old));
    if old.result != function.result || old.returns_set != function.returns_set {
        let text = if old.kind == FunctionKind::Procedure {
            "cannot change whether a procedure has output parameters"
        } else {
            "cannot change return type of existing function"
        };
        return Err(invalid(text).hint(hint));
    }
    let outputs = |f: &Function| -> Vec<(String, Oid)> {
        f.outputs().map(|p| (p.name.clone(), p.type_id)).collect()
    };
    if function.result == type_oid::RECORD && outputs(&old) != outputs(function) {
        return Err(invalid("cannot change return type of existing function")
            .detail("Row type defined by OUT parameters is different.")
            .hint(hint));
    }
    for (before, after) in old.inputs().zip(function.inputs()) {
        if !before.name.is_empty() && before.name != after.name {
            let text = format!("cannot change name of input parameter \"{}\"", before.name);
            return Err(invalid(text).hint(hint));
        }
    }
    if function.default_count() < old.default_count() {
        let text = "cannot remove parameter defaults from existing function";
        return Err(invalid(text).hint(hint));
    }
    Ok(Some(old))
}

/// Notes the user types and functions that the signature uses.
fn note_used(work: &mut dyn Work, function: &mut Function) {
    let catalog = work.catalog();
    let mut used: Vec<Oid> = Vec::new();
    for type_id in function.parameters.iter().map(|p| p.type_id).chain([function.result]) {
        used.extend(catalog.relation_of_row_type(type_id).map(Object::oid));
    }
    for parameter in &function.parameters {
        let Some(Ok(expr)) = parameter.default.as_ref().map(expression::decode) else { continue };
        expr.any(&mut |e| {
            if let ExprKind::Call(call) = &e.kind
                && call.user.is_some()
            {
                used.push(call.function);
            }
            false
        });
    }
    used.sort_unstable();
    used.dedup();
    function.depends_on = used;
}

/// Checks the body, unless `check_function_bodies` is off.
fn check_body(work: &mut dyn Work, function: &Arc<Function>, sql: &str) -> Result<()> {
    let mut checked = true;
    work.with_context(&mut |context| {
        checked = context.host.setting("check_function_bodies").is_none_or(|value| value != "off");
        Ok(())
    })?;
    if !checked && function.sql_body.is_none() {
        return Ok(());
    }
    match function.language {
        Language::Sql => execute::check_sql_function(work.resolver(), function)
            .map_err(|error| transposed(error, function, sql)),
        Language::Plpgsql => plpgsql::check_function(work.resolver(), function).map_err(|error| {
            let name = &function.name;
            let context = format!("compilation of PL/pgSQL function \"{name}\" near line 1");
            let error = if error.fields().position.is_some() {
                error.in_query(&function.source)
            } else {
                error
            };
            transposed(error.context(context), function, sql)
        }),
    }
}

/// An error at a place of the body becomes one at that place of the statement, where the body stands in it as it is.
fn transposed(error: Error, function: &Function, sql: &str) -> Error {
    let fields = error.fields();
    let (Some(position), Some(query)) = (fields.internal_position, &fields.internal_query) else {
        return error;
    };
    let mut places = sql.match_indices(query.as_str());
    let (Some((start, _)), None) = (places.next(), places.next()) else { return error };
    if *query != function.source {
        return error;
    }
    let before = sql[..start].chars().count();
    let position = u32::try_from(before).unwrap_or(0) + position;
    error.in_text(position)
}
