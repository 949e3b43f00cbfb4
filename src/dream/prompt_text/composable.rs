//! Texts made of several: a show's common words around each prompt, and the way from one prompt to the next.

use super::{NEGATIVE, split_negative};

/// `prompt` with words that belong to every prompt, and a negative prompt that does; each may have a `--neg` itself. A
/// prompt that has one is written no second one.
#[must_use]
pub fn complete(positive: &str, prompt: &str, negative: &str) -> String {
    let words: Vec<&str> = [positive, prompt].map(str::trim).into_iter().filter(|text| !text.is_empty()).collect();
    let mut text = words.join(" ");
    let negative = negative.replace(NEGATIVE, "");
    if !negative.trim().is_empty() {
        if !prompt.contains(NEGATIVE) {
            text = format!("{text} {NEGATIVE}");
        }
        text = format!("{text} {}", negative.trim());
    }
    text
}

/// The prompt at `frame` of Deforum's Interpolation mode: between two keys both texts as a composable prompt, weighted
/// by how near they are; on a key, before the first and after the last, that text as it is. Keys in any order; of equal
/// ones the last counts.
#[must_use]
pub fn composable(prompts: &[(f64, &str)], frame: f64) -> String {
    let mut prompts = prompts.to_vec();
    prompts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let after = prompts.partition_point(|(key, _)| *key <= frame);
    let last = after.checked_sub(1).and_then(|last| prompts.get(last));
    match (last, prompts.get(after)) {
        (Some((key, text)), Some((next_key, next))) if *key != frame => {
            // Not a division: to the last digit as upstream.
            let part = (frame - key) * (1.0 / (next_key - key));
            between((text, 1.0 - part), (next, part))
        }
        (Some((_, text)), _) | (None, Some((_, text))) => (*text).to_owned(),
        (None, None) => String::new(),
    }
}

/// Two prompts with weights. An empty positive prompt has its share too, an empty negative one is left out.
fn between(from: (&str, f64), to: (&str, f64)) -> String {
    let mut positive = Vec::new();
    let mut negative = Vec::new();
    for (text, weight) in [from, to] {
        let (words, away) = split_negative(text);
        positive.push(format!("({} ):{weight:?}", words.trim()));
        if !away.is_empty() {
            negative.push(format!("( {away}):{weight:?}"));
        }
    }
    let mut text = positive.join(" AND ");
    if !negative.is_empty() {
        text = format!("{text} {NEGATIVE} {}", negative.join(" AND "));
    }
    text
}
