//! Pictures that a file names: the one it starts from, its mask, and those that guide it. Only local ones that are
//! there become part of the show. Writes into the draft.

use std::path::Path;

use super::cadence::looper_wave;
use super::draft::Draft;
use super::draft::{Then, float};
use super::frames;
use super::keys::Fate;
use super::read::frames_and_texts;
use super::show::{Guide, pair, quoted};

/// Fills in mask, first picture and guides.
pub(super) fn fill(draft: &mut Draft<'_>) {
    one(draft, "use_init", "init_image", "image", "what the first image starts from");
    one(draft, "use_mask", "mask_file", "mask", "white is dreamed, black stays");
    if draft.file.flag("use_looper") {
        looper(draft);
    }
}

fn one(draft: &mut Draft<'_>, switch: &'static str, key: &'static str, name: &str, says: &str) {
    if !draft.file.flag(switch) {
        draft.say(switch, Fate::Meaningless, "off in the file, so nothing is lost");
        return;
    }
    let path = draft.file.text(key).into_owned();
    match missing(&draft.how.folder, &path) {
        None => draft.sheet.top.push(pair(name, &quoted(&path), says)),
        Some(why) => {
            draft.say(key, Fate::Unsupported, why.clone());
            draft.say(switch, Fate::Unsupported, why);
        }
    }
}

/// Why a picture cannot be taken; nothing when it is there.
fn missing(folder: &Path, path: &str) -> Option<String> {
    let path = path.trim();
    if path.is_empty() {
        Some("the file names no picture; put its path here".into())
    } else if path.contains("://") {
        Some("an address in the net is not fetched; save the picture beside the file and name it there".into())
    } else if !folder.join(path).is_file() {
        Some("there is no such picture; put it beside the file, or mend its path".into())
    } else {
        None
    }
}

fn looper(draft: &mut Draft<'_>) {
    let value = draft.file.setting("init_images").map(|setting| match &setting.value {
        serde_json::Value::String(text) => text.clone(),
        value => value.to_string(),
    });
    let named = frames_and_texts(value.as_deref().unwrap_or_default());
    let mut lost = Vec::new();
    let count = named.len();
    for (at, image) in named {
        match missing(&draft.how.folder, &image) {
            None => draft.sheet.guides.push(Guide { at, image }),
            Some(why) => lost.push(format!("{at}: {why}")),
        }
    }
    if let Some(first) = lost.first() {
        let says = format!("{} of {count} pictures were left out; frame {first}", lost.len());
        let fate = if lost.len() == count { Fate::Unsupported } else { Fate::Translated };
        draft.say("init_images", fate, says);
    } else if count == 0 {
        draft.say("init_images", Fate::Unsupported, "no frame with a picture can be read in it");
    }
    if draft.sheet.guides.is_empty() {
        draft.say("use_looper", Fate::Unsupported, "none of its pictures is there; put them beside the file");
        return;
    }
    pull(draft);
    let colour = float("guide.color", 0.0, 1.0, "how much of a guide's colours");
    draft.play("color_correction_factor", colour, Then::Same);
}

/// Deforum's wave of the pull, where its numbers stay the same all along; otherwise its height alone.
fn pull(draft: &mut Draft<'_>) {
    let last = draft.beats.last();
    let number = |key: &str| frames::constant(draft.file.schedule(key), last);
    let wave = ["blendFactorMax", "blendFactorSlope", "tweening_frames_schedule"].map(number);
    let keys: Option<Vec<f64>> = draft.sheet.guides.iter().map(|guide| guide.at.trim().parse().ok()).collect();
    let says = "how much guides pull: up and down from each one's frame on";
    if let ([Some(most), Some(slope), Some(tween)], Some(keys)) = (wave, keys)
        && tween > 0.0
    {
        let wave = looper_wave(&keys, most, slope, tween);
        draft.scheduled("guide.pull", &quoted(&wave), says);
        for key in ["blendFactorMax", "blendFactorSlope", "tweening_frames_schedule"] {
            draft.say(key, Fate::Translated, "guide.pull: the same wave");
        }
        return;
    }
    draft.play("blendFactorMax", float("guide.pull", 0.0, 1.0, "how much guides pull"), Then::Same);
}
