//! TOML syntax errors: reported once a line, and mended in a copy so that the rest of the file can be read.
//!
//! The copy has the same number of lines. A line that was mended by guessing gets no further mistakes.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::plain;

/// A text that parses as far as it can be made to, and what had to be mended.
pub struct Mended {
    pub text: String,
    /// Where the lines of `text` begin.
    pub lines: Lines,
    /// What is wrong with a line, from 1.
    pub mistakes: BTreeMap<usize, String>,
    /// Whether the rest is worth reading.
    pub readable: bool,
}

/// Most repairs of a file, because each parses it once more; then it is given up as unreadable.
const MOST_REPAIRS: usize = 300;
/// And so many bytes read for them.
const MOST_READ_BYTES: usize = 4 << 20;
/// Mistakes that are told at once.
const MOST_MISTAKES: usize = 1000;

/// Where lines begin.
pub struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line, from 0, of byte `at`.
    pub fn of(&self, at: usize) -> usize {
        self.0.partition_point(|begin| *begin <= at)
    }
}

/// Mends `text`. `lists` are the tables that a file may have several of, written `[[name]]`.
pub fn mend(text: &str, lists: &[&str]) -> Mended {
    let mut lines: Vec<String> = text.replace("\r\n", "\n").split(['\n', '\r']).map(str::to_owned).collect();
    let mut mistakes = BTreeMap::new();
    brackets(&mut lines, lists, &mut mistakes);
    for _ in 0..MOST_REPAIRS.min(MOST_READ_BYTES / text.len().max(1)) {
        let text = lines.join("\n");
        let begins = Lines::new(&text);
        let (tree, errors) = DeTable::parse_recoverable(&text);
        let mut found: Vec<(usize, usize, &str)> = errors
            .iter()
            .map(|e| (e.span().map_or(0, |span| span.start), e.message()))
            .map(|(at, says)| (begins.of(at), at, says))
            .collect();
        found.sort_by_key(|(line, at, _)| (*line, *at));
        // After errors that are not grave the parser goes on with the next line, and no repair is needed.
        let lost = tree.get_ref().is_empty() && !errors.is_empty();
        let grave = found.iter().find(|(_, _, says)| lost || GRAVE.iter().any(|grave| says.contains(grave)));
        let Some(&(line, _, says)) = grave else {
            for (line, _, says) in found.into_iter().take(MOST_MISTAKES) {
                mistakes.entry(line + 1).or_insert_with(|| plain::sentence(&lines, line, says));
            }
            return Mended { text, lines: begins, mistakes, readable: true };
        };
        if !repair(&mut lines, line, says, lists, &mut mistakes) {
            break;
        }
    }
    let text = lines.join("\n");
    Mended { lines: Lines::new(&text), text, mistakes, readable: false }
}

/// Errors after which the parser takes the following lines for something they are not.
const GRAVE: [&str; 3] = ["unclosed", "unexpected `=` in array", "key with no value"];

/// `[bank]` for `[[bank]]`, and the other way round.
fn brackets(lines: &mut [String], lists: &[&str], mistakes: &mut BTreeMap<usize, String>) {
    for (k, line) in lines.iter_mut().enumerate() {
        let bare = line.split('#').next().unwrap_or_default().trim();
        let inner =
            |open: &str, close: &str| bare.strip_prefix(open)?.strip_suffix(close).map(|name| name.trim().to_owned());
        let doubled = inner("[[", "]]");
        match (doubled.clone(), if doubled.is_some() { None } else { inner("[", "]") }) {
            (None, Some(name)) if lists.contains(&name.as_str()) => {
                mistakes.insert(
                    k + 1,
                    format!("[{name}] is written in double brackets, [[{name}]]: a file may have several"),
                );
                *line = format!("[[{name}]]");
            }
            (Some(name), _) if SINGLE.contains(&name.as_str()) => {
                mistakes.insert(k + 1, format!("[[{name}]] is written in single brackets, [{name}]: a file has one"));
                *line = format!("[{name}]");
            }
            _ => {}
        }
    }
}

/// Tables that a file has one of.
const SINGLE: [&str; 3] = ["params", "output", "tempo"];

/// Mends `line` (from 0) after the error `says`; false when nothing more can be done.
fn repair(
    lines: &mut [String],
    line: usize,
    says: &str,
    lists: &[&str],
    mistakes: &mut BTreeMap<usize, String>,
) -> bool {
    let structural = ["unclosed array", "unclosed inline", "in array"].iter().any(|word| says.contains(word));
    if structural
        && !says.contains("array table")
        && let Some((first, last, close)) = open_list(lines, line)
    {
        let what = if close == ']' { "list" } else { "group in { }" };
        mistakes
            .entry(first + 1)
            .or_insert_with(|| format!("the {what} that begins here is not closed; end it with {close}"));
        let end = &mut lines[last];
        // A comment would swallow it.
        let kept = end.find(" #").unwrap_or(end.len());
        end.truncate(kept);
        end.push(close);
        return true;
    }
    mistakes.entry(line + 1).or_insert_with(|| plain::sentence(lines, line, says));
    let mended = stand_in(&lines[line], lists);
    if lines[line] == mended {
        if mended.is_empty() {
            return false;
        }
        lines[line].clear();
    } else {
        lines[line] = mended;
    }
    true
}

/// A line that parses and says as much of the same as can be known: a table's name, or a key.
fn stand_in(line: &str, lists: &[&str]) -> String {
    let bare = line.trim();
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).collect()
    };
    if let Some(header) = bare.strip_prefix('[') {
        let name = word(header.trim_start_matches(['[', ' ']));
        return match lists.contains(&name.as_str()) {
            _ if name.is_empty() => String::new(),
            true => format!("[[{name}]]"),
            false => format!("[{name}]"),
        };
    }
    let quoted = bare.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(name, _)| format!("\"{name}\""));
    let key = quoted.unwrap_or_else(|| word(bare));
    if key.is_empty() || key.starts_with('.') { String::new() } else { format!("{key} = \"\"") }
}

/// The list or group that is open at `line`: its first line, the last one that can belong to it, and what closes it.
fn open_list(lines: &[String], line: usize) -> Option<(usize, usize, char)> {
    let begins = |text: &str| {
        let value = text.split_once('=').map(|(_, value)| value.trim_start())?;
        match value.chars().next()? {
            '[' => Some(']'),
            '{' => Some('}'),
            _ => None,
        }
    };
    let line = line.min(lines.len().saturating_sub(1));
    let (first, close) = (0..=line).rev().find_map(|k| Some((k, begins(&lines[k])?)))?;
    let next =
        (first + 1..lines.len()).find(|k| is_header(&lines[*k]) || is_assignment(&lines[*k])).unwrap_or(lines.len());
    // An error within a list that closes is none of the list's end.
    let body = lines[first..next].join("\n");
    let depth = |open: char| balance(&body, open, close);
    let open = if close == ']' { depth('[') } else { depth('{') };
    let last = (first..next).rev().find(|k| !lines[*k].trim().is_empty())?;
    (open > 0).then_some((first, last, close))
}

/// How many more of `open` than of `close` there are outside texts and comments.
fn balance(text: &str, open: char, close: char) -> i32 {
    let (mut depth, mut quote, mut escaped, mut comment) = (0, None, false, false);
    for c in text.chars() {
        match (quote, c) {
            (_, '\n') => (quote, comment) = (None, false),
            _ if comment => {}
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(q), c) if c == q && !escaped => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') => comment = true,
            (None, c) if c == open => depth += 1,
            (None, c) if c == close => depth -= 1,
            _ => {}
        }
        escaped = false;
    }
    depth
}

fn is_header(line: &str) -> bool {
    let bare = line.split('#').next().unwrap_or_default().trim();
    let name = bare.trim_matches(['[', ']']);
    bare.starts_with('[')
        && bare.ends_with(']')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

fn is_assignment(line: &str) -> bool {
    let Some((key, _)) = line.split_once('=') else { return false };
    let key = key.trim().trim_matches('"');
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_mistakes_is_given_up_on_before_anybody_waits() {
        let began = std::time::Instant::now();
        let files = [
            "x = [[[[\n".repeat(20_000),
            format!("x = {}", "[".repeat(200_000)),
            "a = 1\n".repeat(50_000),
            "“ = ?\n".repeat(50_000),
        ];
        for file in files {
            let mended = mend(&file, &["bank"]);
            assert!(!mended.mistakes.is_empty() && mended.mistakes.len() <= MOST_MISTAKES);
        }
        assert!(began.elapsed().as_secs_f64() < 20.0, "it takes time that grows with the square of its length");
    }

    #[test]
    fn a_byte_knows_its_line() {
        let lines = Lines::new("ab\n\nc");
        assert_eq!([0, 2, 3, 4, 5, 99].map(|at| lines.of(at)), [0, 0, 1, 2, 2, 2]);
    }
}
