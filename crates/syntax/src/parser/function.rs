//! CREATE and ALTER FUNCTION, and how functions are named.

use super::Parser;
use crate::ast::{
    CreateFunction, FunctionOption, FunctionOptionKind, FunctionParameter, FunctionReturn,
    FunctionSignature, ObjectName, ParameterMode, SqlBody, Statement, StatementKind, TypeName,
    Volatility,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE [OR REPLACE], at FUNCTION or PROCEDURE.
    pub(super) fn create_function(&mut self, or_replace: bool) -> Result<CreateFunction> {
        let procedure = self.is(Kind::PROCEDURE);
        self.bump();
        let name = self.function_name()?;
        let mut parameters = self.parameters(true)?;
        let mut returns = FunctionReturn::None;
        if !procedure && self.kind_at(1) != Kind::NULL && self.accept(Kind::RETURNS) {
            if self.accept(Kind::TABLE) {
                let columns = self.parenthesised(Self::table_parameter)?;
                let mixes = |parameter: &FunctionParameter| {
                    matches!(parameter.mode, ParameterMode::Out | ParameterMode::InOut)
                };
                if let Some(out) = parameters.iter().find(|parameter| mixes(parameter)) {
                    let message = "OUT and INOUT arguments aren't allowed in TABLE functions";
                    return Err(self.syntax_error(message, out.location));
                }
                parameters.extend(columns);
                returns = FunctionReturn::Table;
            } else {
                returns = FunctionReturn::Type(self.function_type()?);
            }
        }
        let mut options = Vec::new();
        while let Some(found) = self.function_option(true)? {
            options.push(found);
        }
        let sql_body = self.sql_body()?;
        Ok(CreateFunction { procedure, or_replace, name, parameters, returns, options, sql_body })
    }

    fn table_parameter(&mut self) -> Result<FunctionParameter> {
        let location = self.location();
        let name = Some(self.type_or_function_name()?);
        let type_name = self.function_type()?;
        Ok(FunctionParameter {
            mode: ParameterMode::Table,
            name,
            type_name,
            default: None,
            location,
        })
    }

    fn parameters(&mut self, with_defaults: bool) -> Result<Vec<FunctionParameter>> {
        self.expect(Kind::LEFT_PAREN)?;
        if self.accept(Kind::RIGHT_PAREN) {
            return Ok(Vec::new());
        }
        let list = self.list(|parser| parser.parameter(with_defaults))?;
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(list)
    }

    fn parameter_mode(&mut self) -> ParameterMode {
        let mode = match self.kind() {
            Kind::IN => ParameterMode::In,
            Kind::OUT => ParameterMode::Out,
            Kind::INOUT => ParameterMode::InOut,
            Kind::VARIADIC => ParameterMode::Variadic,
            _ => return ParameterMode::Default,
        };
        self.bump();
        if mode == ParameterMode::In && self.accept(Kind::OUT) {
            return ParameterMode::InOut;
        }
        mode
    }

    fn parameter(&mut self, with_defaults: bool) -> Result<FunctionParameter> {
        let location = self.location();
        let mut mode = self.parameter_mode();
        let mut name = None;
        // A name stands before the type; a type's name alone is followed by what ends it.
        if self.kind().is_type_or_function_name() && !self.at_end_of_type_name(1) {
            name = Some(self.type_or_function_name()?);
            if mode == ParameterMode::Default {
                mode = self.parameter_mode();
            }
        }
        let type_name = self.function_type()?;
        let mut default = None;
        if with_defaults && (self.accept(Kind::DEFAULT) || self.accept(Kind::EQUAL)) {
            default = Some(self.expression()?);
        }
        Ok(FunctionParameter { mode, name, type_name, default, location })
    }

    /// Whether a name of a type of one word is over at the token `ahead`.
    fn at_end_of_type_name(&self, ahead: usize) -> bool {
        let double = self.is(Kind::DOUBLE) && self.kind_at(1) == Kind::PRECISION;
        double
            || matches!(
                self.kind_at(ahead),
                Kind::COMMA
                    | Kind::RIGHT_PAREN
                    | Kind::LEFT_PAREN
                    | Kind::LEFT_BRACKET
                    | Kind::DOT
                    | Kind::PERCENT
                    | Kind::ARRAY
                    | Kind::DEFAULT
                    | Kind::EQUAL
                    | Kind::ORDER
                    | Kind::END_OF_INPUT
                    | Kind::SEMICOLON
            )
    }

    /// function_with_argtypes.
    pub(super) fn function_signature(&mut self) -> Result<FunctionSignature> {
        let location = self.location();
        // Without parameters the name may be any that a column may have.
        let keyword = self.kind().is_column_name() && !self.kind().is_type_or_function_name();
        let lone = keyword && !matches!(self.kind_at(1), Kind::DOT | Kind::LEFT_BRACKET);
        let name = if lone && self.kind_at(1) != Kind::LEFT_PAREN {
            ObjectName { names: vec![self.column_name()?], location }
        } else {
            self.function_name()?
        };
        let parameters =
            if self.is(Kind::LEFT_PAREN) { Some(self.parameters(false)?) } else { None };
        Ok(FunctionSignature { name, parameters, star: false, direct_count: None })
    }

    /// aggregate_with_argtypes.
    pub(super) fn aggregate_signature(&mut self) -> Result<FunctionSignature> {
        let name = self.function_name()?;
        self.expect(Kind::LEFT_PAREN)?;
        let mut signature = FunctionSignature {
            name,
            parameters: Some(Vec::new()),
            star: false,
            direct_count: None,
        };
        if self.accept(Kind::STAR) {
            signature.star = true;
        } else {
            let mut parameters = Vec::new();
            if !self.is(Kind::ORDER) {
                parameters = self.list(Self::aggregate_parameter)?;
            }
            if self.accept(Kind::ORDER) {
                self.expect(Kind::BY)?;
                let ordered = self.list(Self::aggregate_parameter)?;
                self.expect(Kind::RIGHT_PAREN)?;
                self.refuse_mixed_variadic(&parameters, &ordered)?;
                signature.direct_count = Some(parameters.len());
                parameters.extend(ordered);
                signature.parameters = Some(parameters);
                return Ok(signature);
            }
            signature.parameters = Some(parameters);
        }
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(signature)
    }

    /// aggr_arg: a parameter that is no output.
    fn aggregate_parameter(&mut self) -> Result<FunctionParameter> {
        let location = self.location();
        let parameter = self.parameter(false)?;
        if matches!(parameter.mode, ParameterMode::Out | ParameterMode::InOut) {
            return Err(self.feature_error("aggregates cannot have output arguments", location));
        }
        Ok(parameter)
    }

    /// A variadic direct argument wants one ordered argument that is the same.
    fn refuse_mixed_variadic(
        &self,
        direct: &[FunctionParameter],
        ordered: &[FunctionParameter],
    ) -> Result<()> {
        let Some(last) = direct.last().filter(|last| last.mode == ParameterMode::Variadic) else {
            return Ok(());
        };
        let same = match ordered {
            [only] => {
                let location = last.type_name.location;
                let type_name = crate::ast::TypeName { location, ..only.type_name.clone() };
                only.mode == ParameterMode::Variadic && type_name == last.type_name
            }
            _ => false,
        };
        if same {
            return Ok(());
        }
        let message = "an ordered-set aggregate with a VARIADIC direct argument must have one VARIADIC aggregated argument of the same data type";
        let location = ordered.first().map_or(last.location, |first| first.location);
        Err(self.feature_error(message, location))
    }

    /// One clause, or nothing; `creating` allows those of CREATE alone.
    pub(super) fn function_option(&mut self, creating: bool) -> Result<Option<FunctionOption>> {
        let location = self.location();
        let kind = if creating { self.create_function_option()? } else { None };
        let kind = match kind {
            Some(kind) => Some(kind),
            None => self.common_function_option()?,
        };
        Ok(kind.map(|kind| FunctionOption { kind, location }))
    }

    fn create_function_option(&mut self) -> Result<Option<FunctionOptionKind>> {
        if self.accept(Kind::AS) {
            let body = self.string()?;
            let symbol = if self.accept(Kind::COMMA) { Some(self.string()?) } else { None };
            return Ok(Some(FunctionOptionKind::As(body, symbol)));
        }
        if self.accept(Kind::LANGUAGE) {
            let name = if self.is(Kind::STRING_LITERAL) {
                self.string()?
            } else {
                self.non_reserved_word()?
            };
            return Ok(Some(FunctionOptionKind::Language(name)));
        }
        if self.accept(Kind::TRANSFORM) {
            let types: Vec<TypeName> = self.list(|parser| {
                parser.expect_all(&[Kind::FOR, Kind::TYPE])?;
                parser.type_name()
            })?;
            return Ok(Some(FunctionOptionKind::Transform(types)));
        }
        Ok(self.accept(Kind::WINDOW).then_some(FunctionOptionKind::Window))
    }

    fn common_function_option(&mut self) -> Result<Option<FunctionOptionKind>> {
        const PHRASES: &[(&[Kind], FunctionOptionKind)] = &[
            (&[Kind::STRICT], FunctionOptionKind::Strict(true)),
            (
                &[Kind::RETURNS, Kind::NULL, Kind::ON, Kind::NULL, Kind::INPUT],
                FunctionOptionKind::Strict(true),
            ),
            (&[Kind::CALLED, Kind::ON, Kind::NULL, Kind::INPUT], FunctionOptionKind::Strict(false)),
            (&[Kind::IMMUTABLE], FunctionOptionKind::Volatility(Volatility::Immutable)),
            (&[Kind::STABLE], FunctionOptionKind::Volatility(Volatility::Stable)),
            (&[Kind::VOLATILE], FunctionOptionKind::Volatility(Volatility::Volatile)),
            (&[Kind::LEAKPROOF], FunctionOptionKind::Leakproof(true)),
            (&[Kind::NOT, Kind::LEAKPROOF], FunctionOptionKind::Leakproof(false)),
            (
                &[Kind::EXTERNAL, Kind::SECURITY, Kind::DEFINER],
                FunctionOptionKind::SecurityDefiner(true),
            ),
            (
                &[Kind::EXTERNAL, Kind::SECURITY, Kind::INVOKER],
                FunctionOptionKind::SecurityDefiner(false),
            ),
            (&[Kind::SECURITY, Kind::DEFINER], FunctionOptionKind::SecurityDefiner(true)),
            (&[Kind::SECURITY, Kind::INVOKER], FunctionOptionKind::SecurityDefiner(false)),
        ];
        for (words, kind) in PHRASES {
            if self.accept_all(words) {
                return Ok(Some(kind.clone()));
            }
        }
        let word = self.kind();
        if matches!(word, Kind::SET | Kind::RESET) {
            let set = Box::new(self.set_or_reset()?);
            return Ok(Some(FunctionOptionKind::Set(set)));
        }
        if !matches!(word, Kind::COST | Kind::ROWS | Kind::SUPPORT | Kind::PARALLEL) {
            return Ok(None);
        }
        self.bump();
        Ok(Some(match word {
            Kind::COST => FunctionOptionKind::Cost(self.number_text()?),
            Kind::ROWS => FunctionOptionKind::Rows(self.number_text()?),
            Kind::SUPPORT => FunctionOptionKind::Support(self.object_name()?),
            _ => FunctionOptionKind::Parallel(self.column_name()?),
        }))
    }

    /// RETURN or BEGIN ATOMIC, or nothing.
    fn sql_body(&mut self) -> Result<Option<SqlBody>> {
        if self.accept(Kind::RETURN) {
            return Ok(Some(SqlBody::Return(self.expression()?)));
        }
        if !self.accept_all(&[Kind::BEGIN, Kind::ATOMIC]) {
            return Ok(None);
        }
        let mut statements = Vec::new();
        while !self.accept(Kind::END) {
            if self.accept(Kind::SEMICOLON) {
                continue;
            }
            statements.push(self.routine_statement()?);
            self.expect(Kind::SEMICOLON)?;
        }
        Ok(Some(SqlBody::Atomic(statements)))
    }

    /// A statement of a body: RETURN is a SELECT of one expression.
    fn routine_statement(&mut self) -> Result<Statement> {
        if !self.is(Kind::RETURN) {
            return self.statement();
        }
        let location = self.location();
        self.bump();
        let kind = StatementKind::Return(Box::new(self.expression()?));
        Ok(Statement { kind, location, length: self.end_of_previous() - location.0 })
    }
}
