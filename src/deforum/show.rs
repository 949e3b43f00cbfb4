//! The show file that an import writes, line by line with comments, as a performer would want to edit it.

use std::fmt::Write as _;

/// Lines no longer than this have their comment behind them, others above.
const WIDTH: usize = 100;

/// A line of a table: what is written, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) says: String,
}

/// Texts under the same pads.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    pub(super) name: String,
    pub(super) slots: Vec<String>,
}

/// A picture that pulls from a frame on.
#[derive(Clone, Debug)]
pub(super) struct Guide {
    pub(super) at: String,
    pub(super) image: String,
}

/// All of a show.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// Comments at the top.
    pub(super) head: Vec<String>,
    /// Name, model, negative, mask, image.
    pub(super) top: Vec<Line>,
    pub(super) params: Vec<Line>,
    pub(super) schedule: Vec<Line>,
    pub(super) banks: Vec<Bank>,
    pub(super) guides: Vec<Guide>,
}

/// A text as TOML has it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' | '\r' | '\t' => quoted.push(' '),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A number with six digits that count.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return "0.0".to_string();
    }
    let before = value.abs().log10().floor() as i32;
    let digits = usize::try_from((5 - before).clamp(1, 12)).unwrap_or(1);
    let text = format!("{value:.digits$}");
    let short = text.trim_end_matches('0');
    let text = if short.ends_with('.') { format!("{short}0") } else { short.to_string() };
    if text == "-0.0" { "0.0".to_string() } else { text }
}

/// A name and its value.
pub(super) fn pair(name: &str, value: &str, says: impl Into<String>) -> Line {
    Line { text: format!("{name} = {value}"), says: says.into() }
}

impl Sheet {
    /// As the text of a file.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.head {
            let _ = writeln!(text, "# {}", plain(line));
        }
        text.push('\n');
        lines(&mut text, &self.top);
        table(&mut text, "[params]", "What is one value all along; turn it by hand as you like.", &self.params);
        table(&mut text, "[schedule]", "What moves by itself: v in `then` is the file's own value.", &self.schedule);
        for bank in &self.banks {
            let _ = writeln!(text, "\n# Eight texts, one under each pad; a text can be a pair [\"calm\", \"peak\"].");
            let _ = writeln!(text, "[[bank]]\nname = {}\nslots = [", quoted(&bank.name));
            for slot in &bank.slots {
                let _ = writeln!(text, "  {},", quoted(slot));
            }
            text.push_str("]\n");
        }
        for guide in &self.guides {
            let _ = writeln!(text, "\n# A picture that pulls from this frame on.");
            let _ = writeln!(text, "[[guide]]\nat = {}\nimage = {}", quoted(&guide.at), quoted(&guide.image));
        }
        text
    }
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn table(text: &mut String, name: &str, says: &str, rows: &[Line]) {
    let _ = writeln!(text, "\n# {says}\n{name}");
    lines(text, rows);
}

fn lines(text: &mut String, rows: &[Line]) {
    for Line { text: row, says } in rows {
        let says = plain(says);
        let _ = match row.chars().count() + says.chars().count() {
            _ if says.is_empty() => writeln!(text, "{row}"),
            long if long > WIDTH => writeln!(text, "# {says}\n{row}"),
            _ => writeln!(text, "{row}  # {says}"),
        };
    }
}
