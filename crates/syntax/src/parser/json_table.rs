//! JSON_TABLE in FROM.

use super::Parser;
use crate::ast::{
    Constant, ExprKind, FromItem, JsonColumnKind, JsonFormat, JsonRegularColumn, JsonTable,
    JsonTableColumn, Location,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// At JSON_TABLE.
    pub(super) fn json_table(&mut self, lateral: bool, location: Location) -> Result<FromItem> {
        self.expect_all(&[Kind::JSON_TABLE, Kind::LEFT_PAREN])?;
        let value = self.json_value()?;
        self.expect(Kind::COMMA)?;
        let path_location = self.location();
        let path = self.expression()?;
        let path_name = if self.accept(Kind::AS) { Some(self.column_name()?) } else { None };
        let passing = self.json_passing()?;
        let columns = self.json_columns()?;
        let on_error = self.json_on_error()?;
        self.expect(Kind::RIGHT_PAREN)?;
        let ExprKind::Constant(Constant::String(path)) = path.kind else {
            let message = "only string constants are supported in JSON_TABLE path specification";
            return Err(self.feature_error(message, path_location));
        };
        let alias = self.alias()?;
        Ok(FromItem::JsonTable(Box::new(JsonTable {
            lateral,
            value,
            path,
            path_location,
            path_name,
            passing,
            columns,
            on_error,
            alias,
            location,
        })))
    }

    fn json_columns(&mut self) -> Result<Vec<JsonTableColumn>> {
        self.expect(Kind::COLUMNS)?;
        let outer = self.enter()?;
        let columns = self.parenthesised(Self::json_column)?;
        self.leave(outer)?;
        Ok(columns)
    }

    fn json_column(&mut self) -> Result<JsonTableColumn> {
        let location = self.location();
        if self.is(Kind::NESTED) && matches!(self.kind_at(1), Kind::PATH | Kind::STRING_LITERAL) {
            self.bump();
            self.accept(Kind::PATH);
            let path = self.string()?;
            let path_name = if self.accept(Kind::AS) { Some(self.column_name()?) } else { None };
            let kind = JsonColumnKind::Nested { path, path_name, columns: self.json_columns()? };
            return Ok(JsonTableColumn { name: "".into(), kind, location });
        }
        let name = self.column_name()?;
        if self.accept(Kind::FOR) {
            self.expect(Kind::ORDINALITY)?;
            return Ok(JsonTableColumn { name, kind: JsonColumnKind::Ordinality, location });
        }
        let type_name = self.type_name()?;
        if self.accept(Kind::EXISTS) {
            let path = self.json_column_path()?;
            let on_error = self.json_on_error()?;
            let kind = JsonColumnKind::Exists { type_name, path, on_error };
            return Ok(JsonTableColumn { name, kind, location });
        }
        let format: JsonFormat = self.json_format()?;
        let path = self.json_column_path()?;
        let wrapper = self.json_wrapper()?;
        let keep_quotes = self.json_quotes()?;
        let (on_empty, on_error) = self.json_behaviors()?;
        let column =
            JsonRegularColumn { type_name, format, path, wrapper, keep_quotes, on_empty, on_error };
        let kind = JsonColumnKind::Regular(Box::new(column));
        Ok(JsonTableColumn { name, kind, location })
    }

    fn json_column_path(&mut self) -> Result<Option<Box<str>>> {
        if self.accept(Kind::PATH) { self.string().map(Some) } else { Ok(None) }
    }
}
