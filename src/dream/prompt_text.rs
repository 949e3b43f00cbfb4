//! What a prompt's text asks for: parts with weights, a negative prompt, emphasis.
//!
//! Read here are the notations that people's prompts and Deforum's files have: `--neg`, weights (`a cat:2 a dog:-1`),
//! composable prompts (`a cat AND a dog:0.5`), and A1111's emphasis (`(cat:1.2)`, `((cat))`, `[cat]`, `\(`). A text may
//! be anything a hand types: a colon that weights nothing stays text, and nothing is an error. Runs on the generator's
//! thread when a text is first encoded; the parts go to the text encoder one by one.

use std::borrow::Cow;
use std::ops::Range;

mod composable;
mod emphasis;
mod segments;
#[cfg(test)]
mod tests;
mod weighted;

pub use composable::{complete, composable};
use segments::Segment;

/// A prompt, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptText<'a> {
    /// At least one part; their weights are positive and sum to 1.
    pub positive: Vec<Part<'a>>,
    /// The same for what the picture is led away from; empty when the prompt does not say.
    pub negative: Vec<Part<'a>>,
    /// Tags that ask for a network which is not loaded (`<lora:…>`), as they stand in the text.
    pub ignored: Vec<String>,
}

/// What is encoded on its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part<'a> {
    /// Without the notation; may be empty.
    pub text: Cow<'a, str>,
    pub weight: f32,
    /// Bytes of `text` and the factor of their tokens, −10..10 and not 1; in order, without overlaps.
    pub emphasis: Vec<(Range<usize>, f32)>,
}

/// Most parts of either side, as each is encoded on its own: further ones are left out.
const MOST_PARTS: usize = 32;

/// Splits off the negative prompt: what follows the first `--neg`. Further ones separate nothing.
const NEGATIVE: &str = "--neg";

impl<'a> PromptText<'a> {
    /// Reads `text`. One without any notation is one part, borrowed as it is.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        if is_plain(text) {
            let part = Part { text: Cow::Borrowed(text), weight: 1.0, emphasis: Vec::new() };
            return Self { positive: vec![part], ..Self::default() };
        }
        let mut ignored = Vec::new();
        let (positive, negative) = split_negative(text);
        let positive = segments::read(&without_tags(positive, &mut ignored));
        let mut negative = segments::read(&without_tags(&negative, &mut ignored));
        fill(&mut negative);
        Self::from_segments(positive, negative, ignored, emphasis::read)
    }

    /// Reads `text` as Deforum v0.7 does, for its files: every colon ends a segment, and what follows it may be a
    /// number or mathematics in backticks, which `value` knows. No other notation. A formula without a value weighs 1.
    #[must_use]
    pub fn parse_weighted(text: &str, value: impl Fn(&str) -> Option<f64>) -> Self {
        let verbatim = |text: &str| (text.to_owned(), Vec::new());
        Self::from_segments(weighted::read(text, value), Vec::new(), Vec::new(), verbatim)
    }

    /// Sorts segments by their sign; in the negative prompt the sign says nothing new.
    fn from_segments(
        positive: Vec<Segment>,
        negative: Vec<Segment>,
        ignored: Vec<String>,
        read: impl Fn(&str) -> (String, Vec<(Range<usize>, f32)>),
    ) -> Self {
        let (away, towards): (Vec<_>, Vec<_>) = positive.into_iter().partition(|segment| segment.weight < 0.0);
        let side = |segments: Vec<Segment>| -> Vec<Part<'a>> {
            let heard = || segments.iter().filter(|segment| segment.weight != 0.0).take(MOST_PARTS);
            let sum: f64 = heard().map(|segment| segment.weight.abs()).sum();
            let parts = heard().map(|segment| {
                let (text, emphasis) = read(&segment.text);
                Part { text: text.into(), weight: (segment.weight.abs() / sum) as f32, emphasis }
            });
            parts.collect()
        };
        let mut positive = side(towards);
        if positive.is_empty() {
            positive.push(Part { weight: 1.0, ..Part::default() });
        }
        Self { positive, negative: side(negative.into_iter().chain(away).collect()), ignored }
    }
}

/// Whether `text` has none of the notations.
fn is_plain(text: &str) -> bool {
    !text.contains([':', '(', ')', '[', ']', '\\', '<']) && !text.contains(NEGATIVE) && !text.contains("AND")
}

/// What stands before the first `--neg`, and what after it.
fn split_negative(text: &str) -> (&str, String) {
    let mut pieces = text.split(NEGATIVE);
    let positive = pieces.next().unwrap_or_default();
    // Someone who writes `--negative` means the same.
    let word_end = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    let shortened = |piece: &'_ str| piece.strip_prefix("ative").filter(|rest| word_end(rest)).map(str::len);
    let pieces = pieces.map(|piece| {
        let kept = shortened(piece).unwrap_or(piece.len());
        piece.get(piece.len() - kept..).unwrap_or_default().trim()
    });
    (positive, pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" "))
}

/// Takes tags such as `<lora:name:0.8>` out.
fn without_tags<'t>(text: &'t str, ignored: &mut Vec<String>) -> Cow<'t, str> {
    const KINDS: [&str; 4] = ["lora", "lyco", "hypernet", "lycoris"];
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, tag, after)) = next_tag(rest) {
        let is_tag = tag.split_once(':').is_some_and(|(kind, _)| KINDS.contains(&kind.trim().to_lowercase().as_str()));
        if is_tag {
            ignored.push(format!("<{tag}>"));
            kept.push_str(before);
            // Not two spaces where the tag stood between two.
            let joins = kept.is_empty() || kept.ends_with(char::is_whitespace);
            rest = if joins { after.trim_start() } else { after };
        } else {
            kept.push_str(rest.get(..rest.len() - after.len()).unwrap_or_default());
            rest = after;
        }
    }
    if kept.is_empty() && rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    kept.push_str(rest);
    kept.into()
}

/// The text before the next `<…>`, inside it, and after it; an opening one that is never closed is passed over.
fn next_tag(text: &str) -> Option<(&str, &str, &str)> {
    let close = text.find('>')?;
    let (inside, after) = text.split_at_checked(close)?;
    let open = inside.rfind('<').unwrap_or(close);
    let tag = inside.get(open + 1..).unwrap_or_default();
    Some((text.get(..open)?, tag, after.get(1..)?))
}

/// A negative prompt whose weights are all given and sum to less than 1, as while it fades in, is completed by an empty
/// one: otherwise it would be at full strength at once.
fn fill(negative: &mut Vec<Segment>) {
    let sum: f64 = negative.iter().map(|segment| segment.weight.abs()).sum();
    if sum > 0.0 && sum < 1.0 && negative.iter().all(|segment| segment.given) {
        negative.push(Segment { text: String::new(), weight: 1.0 - sum, given: true });
    }
}
