//! A file's prompts as banks of eight slots, and as the schedule that goes from one to the next. Writes into the draft
//! of the show.

use super::draft::{Draft, Mode};
use super::keys::Fate;
use super::read::one_line;
use super::show::{Bank, quoted};

/// Slots of a bank.
const SLOTS: usize = 8;
/// Banks of a show.
const BANKS: usize = 16;
/// What is dreamed when a file has no text at all.
const NOTHING: &str = "electric blue galaxy on black";

/// Fills in banks, and what chooses among them.
pub(super) fn fill(draft: &mut Draft<'_>) {
    let mut texts: Vec<String> = draft.file.prompts.iter().map(|prompt| whole(draft, &prompt.text)).collect();
    let most = if draft.mode == Mode::Interpolation { SLOTS } else { SLOTS * BANKS };
    let left = texts.len().saturating_sub(most);
    texts.truncate(most);
    if texts.is_empty() {
        draft.sheet.head.push("The file has no prompts: the text below is only a beginning, write your own.".into());
        draft.say("prompts", Fate::Meaningless, "there is no text in it; the show has one to begin with");
        texts.push(NOTHING.into());
    } else {
        let banks = texts.len().div_ceil(SLOTS);
        let s = |count: usize| if count == 1 { "" } else { "s" };
        let says = format!("{} text{} in {banks} bank{}", texts.len(), s(texts.len()), s(banks));
        let more = format!("; {left} more have no place and were left out: split the file in two shows");
        draft.say("prompts", Fate::Honoured, if left > 0 { says + &more } else { says });
    }
    let name = draft.how.name.clone();
    for (n, chunk) in texts.chunks(SLOTS).enumerate() {
        let mut slots = chunk.to_vec();
        slots.resize(SLOTS, chunk.last().cloned().unwrap_or_default());
        let name = if n == 0 { name.clone() } else { format!("{name} {}", n + 1) };
        draft.sheet.banks.push(Bank { name, slots });
    }
    match draft.mode {
        Mode::Interpolation => weights(draft, texts.len()),
        Mode::Stills => {}
        _ => switches(draft, texts.len()),
    }
}

/// A prompt as Deforum completes it: what goes in front of all, and behind a negative of its own what all have.
fn whole(draft: &Draft<'_>, text: &str) -> String {
    let before = one_line(&draft.file.text("positive_prompts"));
    let text =
        if before.is_empty() || text.starts_with(&before) { text.to_string() } else { format!("{before} {text}") };
    let behind = negative(draft);
    match text.split_once("--neg") {
        Some((_, own)) if !behind.is_empty() && !own.contains(&behind) => format!("{text}, {behind}"),
        _ => text.trim().to_string(),
    }
}

/// What no image shall show.
pub(super) fn negative(draft: &Draft<'_>) -> String {
    let own = if draft.counts("negative_prompts") && draft.file.has("negative_prompts") {
        one_line(&draft.file.text("negative_prompts").replace("--neg", ""))
    } else {
        String::new()
    };
    own.trim_matches([' ', ',']).to_string()
}

fn frame(draft: &Draft<'_>, n: usize) -> String {
    let frame = draft.file.prompts.get(n).map_or("0", |prompt| prompt.frame.as_str());
    // What would end the key or the schedule can be no part of it.
    let clean: String = frame.chars().filter(|c| !",:{}\"".contains(*c)).collect();
    if clean.trim().is_empty() { "0".into() } else { clean.trim().to_string() }
}

/// One text after the other, each at its frame.
fn switches(draft: &mut Draft<'_>, count: usize) {
    if count == 1 {
        draft.param("prompt.slot", "1", "the file has one text");
        return;
    }
    let keys = |value: fn(usize) -> usize| {
        let entries = (0..count).map(|n| format!("{}:({})", frame(draft, n), value(n) + 1));
        quoted(&entries.collect::<Vec<_>>().join(", "))
    };
    let slots = keys(|n| n % SLOTS);
    let banks = keys(|n| n / SLOTS);
    draft.scheduled("prompt.slot", &format!("{{ keys = {slots}, hold = true }}"), "which text, from which frame on");
    if count > SLOTS {
        draft.scheduled("prompt.bank", &format!("{{ keys = {banks}, hold = true }}"), "which bank it is in");
    }
}

/// Each text grows from the one before and goes into the one behind.
fn weights(draft: &mut Draft<'_>, count: usize) {
    if count == 1 {
        draft.param("prompt.slot", "1", "the file has one text");
        return;
    }
    for n in 0..count {
        let around = n.saturating_sub(1)..=(n + 1).min(count - 1);
        let entries = around.map(|at| format!("{}:({})", frame(draft, at), usize::from(at == n)));
        let keys = entries.collect::<Vec<_>>().join(", ");
        let name = format!("prompt.weight.{}", n + 1);
        draft.scheduled(&name, &format!("{{ keys = {} }}", quoted(&keys)), "its share of the mix");
    }
}
