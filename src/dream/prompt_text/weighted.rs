//! Weighted segments as Deforum v0.7 reads them: by colons alone.

use super::segments::Segment;

/// The segments of `text`; formulas in backticks have the value that `value` gives, 1 where it has none.
pub fn read(text: &str, value: impl Fn(&str) -> Option<f64>) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut rest = text.trim_start_matches(':');
    while !rest.is_empty() {
        let (words, behind) = rest.split_at_checked(colon(rest)).unwrap_or((rest, ""));
        let behind_colons = behind.trim_start_matches(':');
        let (weight, after) = weight(behind_colons, &value).unwrap_or((1.0, behind_colons));
        segments.push(Segment { text: words.replace("\\:", ":"), weight, given: true });
        rest = after.trim_start().trim_start_matches(':');
    }
    segments
}

/// Where the first colon stands that no backslash escapes, or the end.
fn colon(text: &str) -> usize {
    let mut before = b' ';
    let ends = |byte: u8| std::mem::replace(&mut before, byte) != b'\\' && byte == b':';
    text.bytes().position(ends).unwrap_or(text.len())
}

/// The weight `text` begins with and what follows it: digits with an optional sign and fraction, or a formula.
fn weight<'t>(text: &'t str, value: &impl Fn(&str) -> Option<f64>) -> Option<(f64, &'t str)> {
    if let Some((formula, rest)) = text.strip_prefix('`').and_then(|inside| inside.split_once('`')) {
        return Some((value(formula).filter(|value| value.is_finite()).unwrap_or(1.0), rest));
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text.starts_with('-'));
    let whole = digits(text.get(sign..)?);
    let fraction = text.get(sign + whole..)?.strip_prefix('.').map_or(0, digits);
    let end = sign + whole + if fraction > 0 { 1 + fraction } else { 0 };
    let number = text.get(..end).filter(|_| whole > 0)?.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some((number, text.get(end..)?))
}
