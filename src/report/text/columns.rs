//! Columns of cells that may have colours: as wide as they have to be, without those that are empty.

use anstyle::Style;

use super::style::{DIM, painted};

/// Between two columns.
const GAP: &str = "  ";
/// With less than this left for it, the last column goes to a line of its own.
const LEAST: usize = 28;

/// One cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    text: String,
    style: Style,
    /// The text with colours of its own, where one style is not enough.
    drawn: Option<String>,
    right: bool,
}

impl Cell {
    pub(super) fn new(text: impl ToString) -> Self {
        Cell { text: text.to_string(), ..Cell::default() }
    }

    pub(super) fn painted(style: Style, text: impl ToString) -> Self {
        Cell { style, ..Cell::new(text) }
    }

    /// A number, at the right of its column.
    pub(super) fn number(text: impl ToString) -> Self {
        Cell { right: true, ..Cell::new(text) }
    }

    /// What is there, or nothing.
    pub(super) fn some(text: Option<impl ToString>) -> Self {
        text.map(Cell::new).unwrap_or_default()
    }

    /// `text` tells how wide it is, `drawn` is what is printed.
    pub(super) fn drawn(text: String, drawn: String) -> Self {
        Cell { drawn: Some(drawn), ..Cell::new(text) }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// Filled up to a width, without colour in the filling, or cut to it.
    fn padded(&self, width: usize) -> String {
        if self.width() > width && self.drawn.is_none() {
            let kept: String = self.text.chars().take(width.saturating_sub(1)).collect();
            return Cell { text: format!("{}…", kept.trim_end()), ..self.clone() }.padded(width);
        }
        let fill = " ".repeat(width.saturating_sub(self.width()));
        let text = match &self.drawn {
            Some(drawn) => drawn.clone(),
            None if self.text.is_empty() || self.style == Style::new() => self.text.clone(),
            None => painted(self.style, &self.text),
        };
        if self.right { format!("{fill}{text}") } else { format!("{text}{fill}") }
    }
}

/// Rows below a header. The last column holds texts, and is folded where a width is set.
#[derive(Debug)]
pub(super) struct Columns {
    header: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    /// A column whose texts may be cut where room is short, and what is left of them at least.
    cut: Option<(usize, usize)>,
}

impl Columns {
    pub(super) fn new(header: &[&str]) -> Self {
        let header = header.iter().map(|title| Cell::painted(DIM, title)).collect();
        Columns { header, rows: Vec::new(), cut: None }
    }

    /// Texts of that column may be cut where room is short, to so many characters at least: rather than that a line
    /// becomes two.
    pub(super) fn may_cut(mut self, column: usize, least: usize) -> Self {
        self.cut = Some((column, least));
        self
    }

    pub(super) fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    /// The lines, each after `indent` spaces and none longer than `width`, as far as words allow.
    pub(super) fn lines(&self, indent: usize, width: Option<usize>) -> String {
        let widths = self.fitted(indent, width);
        let Some((last, before)) = widths.split_last() else { return String::new() };
        let taken: usize = indent + before.iter().filter(|w| **w > 0).map(|w| w + GAP.len()).sum::<usize>();
        let left = width.map(|width| width.saturating_sub(taken));
        let own_line = *last > 0 && left.is_some_and(|left| left < LEAST && left < *last);
        let margin = if own_line { indent + widths.first().map_or(0, |w| w + GAP.len()) } else { taken };
        let mut out = String::new();
        for (number, row) in std::iter::once(&self.header).chain(&self.rows).enumerate() {
            let (head, tail) = row.split_at(before.len().min(row.len()));
            let cells = head.iter().zip(before).filter(|(_, width)| **width > 0);
            let cells: Vec<String> = cells.map(|(cell, width)| cell.padded(*width)).collect();
            let mut line = format!("{}{}", " ".repeat(indent), cells.join(GAP));
            // Below the others a title would be in nobody's column.
            let tail = tail.first().filter(|cell| !cell.text.is_empty()).filter(|_| number > 0 || !own_line);
            if let Some(tail) = tail {
                let room = width.map_or(usize::MAX, |width| width.saturating_sub(margin));
                for (line_number, part) in folded(&tail.text, room).into_iter().enumerate() {
                    if line_number > 0 || own_line {
                        line = format!("{}\n{}", line.trim_end(), " ".repeat(margin));
                    } else if !cells.is_empty() {
                        line.push_str(GAP);
                    }
                    let part = Cell { text: part, ..tail.clone() };
                    line.push_str(&part.padded(part.width()));
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    /// Of each column, with the one that may be cut as wide as there is room: with the whole last column beside it,
    /// else with as much of that as a fold needs, else with the last column on lines of its own.
    fn fitted(&self, indent: usize, width: Option<usize>) -> Vec<usize> {
        let mut widths = self.widths();
        let last = widths.last().copied().unwrap_or(0);
        let before: usize = widths.iter().rev().skip(1).filter(|w| **w > 0).map(|w| w + GAP.len()).sum();
        let Some(((column, least), width)) = self.cut.zip(width) else { return widths };
        let Some(full) = widths.get_mut(column).filter(|full| **full > least) else { return widths };
        let others = indent + before - *full;
        let room_beside = |tail: usize| width.checked_sub(others + tail).filter(|room| *room >= least);
        let room = room_beside(last).or_else(|| room_beside(last.min(LEAST)));
        let alone = || width.saturating_sub(others - GAP.len().min(others)).max(least);
        *full = (*full).min(room.unwrap_or_else(alone));
        widths
    }

    /// Of each column; 0 for one that no row has anything in.
    fn widths(&self) -> Vec<usize> {
        let of = |index: usize| {
            let widest =
                self.rows.iter().filter_map(|row| row.get(index)).map(Cell::width).max().unwrap_or(0);
            if widest == 0 { 0 } else { widest.max(self.header.get(index).map_or(0, Cell::width)) }
        };
        (0..self.header.len()).map(of).collect()
    }
}

/// A text that is not to be broken.
pub(super) fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// A text in lines of that many characters, broken between words, but not inside of what is [`unbroken`].
pub(super) fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| line.replace('\u{a0}', " ")).collect()
}
