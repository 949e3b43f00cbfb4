//! The report of an import: a line for every key of the file. Printed by the command that imports.

use std::fmt::Write as _;

use super::keys::Fate;

/// What became of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// Its name in the file; `(file)` for what concerns all of it.
    pub key: String,
    /// The beginning of its value.
    pub value_short: String,
    /// What became of it.
    pub fate: Fate,
    /// Where it went, or why not.
    pub says: String,
}

impl Fate {
    /// As one word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Fate::Honoured => "honoured",
            Fate::Translated => "translated",
            Fate::Meaningless => "meaningless",
            Fate::Unsupported => "unsupported",
        }
    }
}

/// The report as a table in text, with how many keys had which fate below it.
#[must_use]
pub fn report_text(lines: &[ReportLine]) -> String {
    let widest = |cell: fn(&ReportLine) -> &str| lines.iter().map(|line| cell(line).chars().count()).max().unwrap_or(0);
    let (keys, values) = (widest(|line| &line.key).min(48), widest(|line| &line.value_short));
    let mut text = String::new();
    for line in lines {
        let (key, value, fate) = (&line.key, &line.value_short, line.fate.name());
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{key:keys$}  {value:values$}  {fate:11}  {}", line.says);
    }
    let count = |fate: Fate| lines.iter().filter(|line| line.fate == fate && line.key != "(file)").count();
    let fates = [Fate::Honoured, Fate::Translated, Fate::Meaningless, Fate::Unsupported];
    let counts: Vec<String> = fates.iter().map(|fate| format!("{} {}", count(*fate), fate.name())).collect();
    let _ = writeln!(text, "\n{} keys: {}.", fates.iter().map(|fate| count(*fate)).sum::<usize>(), counts.join(", "));
    text
}
