//! Windows and their frames.

use super::Parser;
use crate::ast::{Frame, FrameBound, FrameExclusion, FrameMode, WindowSpec};
use crate::kind::Kind;
use error::{Result, SqlState};

impl Parser<'_> {
    /// `name AS (specification)`.
    pub(super) fn window_definition(&mut self) -> Result<WindowSpec> {
        let name = self.column_name()?;
        self.expect(Kind::AS)?;
        let mut window = self.window_specification()?;
        window.name = Some(name);
        Ok(window)
    }

    /// `( [base] [PARTITION BY] [ORDER BY] [frame] )`.
    pub(super) fn window_specification(&mut self) -> Result<WindowSpec> {
        let location = self.location();
        self.expect(Kind::LEFT_PAREN)?;
        let at_clause =
            matches!(self.kind(), Kind::PARTITION | Kind::RANGE | Kind::ROWS | Kind::GROUPS);
        let base = if self.kind().is_column_name() && !at_clause {
            Some(self.column_name()?)
        } else {
            None
        };
        let mut partition_by = Vec::new();
        if self.accept(Kind::PARTITION) {
            self.expect(Kind::BY)?;
            partition_by = self.expressions()?;
        }
        let order_by = self.order_by()?;
        let mode = match self.kind() {
            Kind::RANGE => Some(FrameMode::Range),
            Kind::ROWS => Some(FrameMode::Rows),
            Kind::GROUPS => Some(FrameMode::Groups),
            _ => None,
        };
        let frame = match mode {
            Some(mode) => Some(self.frame(mode)?),
            None => None,
        };
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(WindowSpec { name: None, base, partition_by, order_by, frame, location })
    }

    fn frame(&mut self, mode: FrameMode) -> Result<Frame> {
        self.bump();
        let between = self.accept(Kind::BETWEEN);
        let location = self.location();
        let start = self.frame_bound()?;
        let mut end = FrameBound::CurrentRow;
        let mut end_location = location;
        if between {
            self.expect(Kind::AND)?;
            end_location = self.location();
            end = self.frame_bound()?;
        }
        let problem = frame_problem(&start, &end, between);
        if let Some((message, at_end)) = problem {
            let place = if at_end { end_location } else { location };
            return Err(self.error_at(SqlState::WINDOWING_ERROR, message, place));
        }
        let exclusion = self.frame_exclusion()?;
        Ok(Frame { mode, start, end, between, exclusion })
    }

    fn frame_bound(&mut self) -> Result<FrameBound> {
        if self.accept_all(&[Kind::UNBOUNDED, Kind::PRECEDING]) {
            return Ok(FrameBound::UnboundedPreceding);
        }
        if self.accept_all(&[Kind::UNBOUNDED, Kind::FOLLOWING]) {
            return Ok(FrameBound::UnboundedFollowing);
        }
        if self.accept_all(&[Kind::CURRENT, Kind::ROW]) {
            return Ok(FrameBound::CurrentRow);
        }
        let value = self.expression()?;
        if self.accept(Kind::PRECEDING) {
            return Ok(FrameBound::Preceding(value));
        }
        self.expect(Kind::FOLLOWING)?;
        Ok(FrameBound::Following(value))
    }

    fn frame_exclusion(&mut self) -> Result<FrameExclusion> {
        if !self.accept(Kind::EXCLUDE) {
            return Ok(FrameExclusion::NoOthers);
        }
        let exclusion = match self.kind() {
            Kind::CURRENT => {
                self.bump();
                FrameExclusion::CurrentRow
            }
            Kind::GROUP => FrameExclusion::Group,
            Kind::TIES => FrameExclusion::Ties,
            Kind::NO => {
                self.bump();
                FrameExclusion::NoOthers
            }
            _ => return Err(self.unexpected()),
        };
        match exclusion {
            FrameExclusion::CurrentRow => self.expect(Kind::ROW)?,
            FrameExclusion::NoOthers => self.expect(Kind::OTHERS)?,
            FrameExclusion::Group | FrameExclusion::Ties => self.bump(),
        }
        Ok(exclusion)
    }
}

/// What is wrong with a pair of bounds, and whether the second is to blame.
fn frame_problem(
    start: &FrameBound,
    end: &FrameBound,
    between: bool,
) -> Option<(&'static str, bool)> {
    use FrameBound::{CurrentRow, Following, Preceding, UnboundedFollowing, UnboundedPreceding};
    match (start, end) {
        (UnboundedFollowing, _) => Some(("frame start cannot be UNBOUNDED FOLLOWING", false)),
        (Following(_), _) if !between => {
            Some(("frame starting from following row cannot end with current row", false))
        }
        (_, UnboundedPreceding) => Some(("frame end cannot be UNBOUNDED PRECEDING", true)),
        (CurrentRow, Preceding(_)) => {
            Some(("frame starting from current row cannot have preceding rows", true))
        }
        (Following(_), Preceding(_) | CurrentRow) => {
            Some(("frame starting from following row cannot have preceding rows", true))
        }
        _ => None,
    }
}
