//! The grammar of the show file: reads every key, and reports values that are wrong or out of range.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::overlay::overlays;
use super::{DeckSettings, Output, Show, resolve, route, schedule};
use crate::audio::Section;
use crate::conductor::Settings;
use crate::control::BlockList;
use crate::control::mapping::Library;
use crate::diagnostics::{Diagnostic, Document, Table, number};
use crate::diffusion::{self, LoadError};
use crate::dream::{Bank, Banks, SLOTS, Slot};
use crate::param::{self, Id, Kind};
use crate::render::{PALETTE_COLORS, Region, Viewing};
use crate::rt::nearest;
use crate::source;
use crate::tempo::PhraseKind;
use crate::tempo::prolink::Presence;

/// Reads a show from the text of the file at `path`.
///
/// # Errors
/// Every mistake in it, in order of lines.
pub fn parse(text: &str, path: &Path) -> Result<Show, Vec<Diagnostic>> {
    let document = Document::new(text, &["bank", "route", "guide"]);
    let (marks, tree) = (document.marks(), document.parse());
    if !document.is_readable() {
        return Err(marks.into_list());
    }
    let root = Table::new(tree.get_ref(), tree.span(), "a show", &marks);
    let (model, guides) = (model(&root, path), schedule::guides(&root, path));
    let show = Show {
        name: root.text("name").map_or_else(|| "untitled".into(), |(s, _)| s.into()),
        picture_px: root.array("picture").and_then(|(list, at)| picture(&root, list, &at, &model)),
        model,
        banks: banks(&root),
        settings: Settings {
            values: values(&root, "[params]"),
            routes: route::routes(&root),
            schedule: schedule::schedules(&root, &guides),
        },
        output: output(&root),
        mapping: mapping(&root, path),
        tempo: tempo(&root, path),
        remote_text: root.flag("remote_text").unwrap_or(false),
        blocked_words: blocked_words(&root),
        image: image(&root, "image", path),
        mask: image(&root, "mask", path),
        guides,
        overlays: overlays(&root, path),
    };
    root.finish();
    let mistakes = marks.into_list();
    if mistakes.is_empty() { Ok(show) } else { Err(mistakes) }
}

/// `blocked_words = ["…", "begin*"]`.
fn blocked_words(root: &Table<'_, '_>) -> BlockList {
    let Some((list, _)) = root.array("blocked_words") else { return BlockList::default() };
    let word = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(word) => Some(word.to_string()),
        other => root.wrong("blocked_words", "words in quotes", other, value.span()),
    };
    BlockList::new(list.iter().filter_map(word))
}

fn model(root: &Table<'_, '_>, path: &Path) -> std::path::PathBuf {
    let Some((written, at)) =
        root.text("model").or_else(|| root.get("model").is_none().then_some(("models/spark", 0..0)))
    else {
        return std::path::PathBuf::new();
    };
    let folder = resolve(path, written);
    let says = match diffusion::folder::find(&folder) {
        Ok(found) => return found,
        Err(LoadError::NoFolder(_)) => format!(
            "model: there is no folder {written} here, beside the show or above it; run Halation from its own folder, or \
             write the whole path"
        ),
        Err(other) => format!("model: {other}"),
    };
    root.mistake(&at, says);
    folder
}

fn file(root: &Table<'_, '_>, key: &'static str, path: &Path) -> Option<std::path::PathBuf> {
    let (written, at) = root.text(key)?;
    let file = resolve(path, written);
    if !file.is_file() {
        root.mistake(&at, format!("{key}: there is no file {written}"));
    }
    Some(file)
}

/// A shipped mapping's name, or a file.
fn mapping(root: &Table<'_, '_>, path: &Path) -> Option<std::path::PathBuf> {
    let name = root.get("mapping").and_then(|value| value.get_ref().as_str()).map(Path::new);
    name.filter(|name| Library::is_shipped(name)).map(Path::to_owned).or_else(|| file(root, "mapping", path))
}

/// The input image, or the mask; it must be one.
fn image(root: &Table<'_, '_>, key: &'static str, path: &Path) -> Option<std::path::PathBuf> {
    let file = file(root, key, path)?;
    if file.is_file()
        && let (Err(e), Some((_, at))) = (source::read(&file), root.text(key))
    {
        root.mistake(&at, format!("{key}: {e}"));
    }
    Some(file)
}

/// A picture size: both sides multiples of what the model's autoencoder makes one latent of; 8 where that is not known.
fn picture(root: &Table<'_, '_>, list: &[Spanned<DeValue<'_>>], at: &Range<usize>, model: &Path) -> Option<(u32, u32)> {
    let (width, height) = size(root, "picture", list, at)?;
    let scale = diffusion::folder::latent_scale(model).unwrap_or(8) as u32;
    let near = |side: u32| side.next_multiple_of(scale).clamp(64u32.next_multiple_of(scale), 2048 / scale * scale);
    if (near(width), near(height)) != (width, height) {
        let says = format!(
            "picture {width} x {height} must have sides that are multiples of {scale}, from 64 to 2048; try [{}, {}]",
            near(width),
            near(height)
        );
        root.mistake(at, says);
        return None;
    }
    Some((width, height))
}

fn size(root: &Table<'_, '_>, key: &str, list: &[Spanned<DeValue<'_>>], at: &Range<usize>) -> Option<(u32, u32)> {
    match list.iter().map(|v| number(v.get_ref())).collect::<Option<Vec<f64>>>().as_deref() {
        Some([w, h]) if [w, h].iter().all(|side| (16.0..=8192.0).contains(*side) && side.fract() == 0.0) => {
            Some((*w as u32, *h as u32))
        }
        _ => {
            root.mistake(at, format!("{key} should be [width, height] in whole pixels, from 16 to 8192"));
            None
        }
    }
}

fn region(table: &Table<'_, '_>, list: &[Spanned<DeValue<'_>>], at: &Range<usize>) -> Option<Region> {
    let numbers = list.iter().map(|v| number(v.get_ref())).collect::<Option<Vec<f64>>>();
    let whole = |n: &f64| (0.0..=65_535.0).contains(n) && n.fract() == 0.0;
    match numbers.as_deref() {
        Some([x, y, w, h]) if [x, y, w, h].into_iter().all(whole) && *w >= 16.0 && *h >= 16.0 => {
            Some(Region { x: *x as u32, y: *y as u32, width: *w as u32, height: *h as u32 })
        }
        _ => {
            table
                .mistake(at, "region should be [x, y, width, height] in whole pixels of the screen, at least 16 by 16");
            None
        }
    }
}

fn banks(root: &Table<'_, '_>) -> Banks {
    let mut banks = Vec::new();
    let tables = root.tables("bank", "a bank");
    if tables.is_empty() {
        root.mistake(&(0..0), "a show needs at least one [[bank]] with eight slots");
    }
    for (k, table) in tables.into_iter().enumerate() {
        let name = table.text("name").map_or_else(|| format!("Bank {}", k + 1), |(s, _)| s.into());
        let slots = match table.array("slots") {
            Some((list, at)) => slots(&table, list, &at),
            None => {
                if table.get("slots").is_none() {
                    table.mistake(&table.at, format!("{name} has no slots"));
                }
                None
            }
        };
        let (sections, phrases) = passages(&table);
        let (values, palette) = (bank_values(&table), palette(&table));
        if let Some(slots) = slots {
            banks.push(Bank { name: name.into(), slots, sections, phrases, values, palette });
        }
        table.finish();
    }
    let most = param::PROMPT_BANK.row().range().1 as usize;
    if banks.len() > most {
        root.mistake(&(0..0), format!("a show holds at most {most} banks, this one has {}", banks.len()));
    }
    let negative = root.text("negative").map_or("", |(s, _)| s);
    Banks { banks, negative: negative.into(), revision: 0 }
}

fn slots(bank: &Table<'_, '_>, list: &[Spanned<DeValue<'_>>], at: &Range<usize>) -> Option<[Slot; SLOTS]> {
    if list.len() != SLOTS {
        bank.mistake(at, format!("a bank has {SLOTS} slots, this one {}", list.len()));
    }
    let read: Vec<Slot> = list.iter().filter_map(|v| slot(bank, v)).collect();
    read.try_into().ok()
}

/// A slot is one text, or a calm and a peak one.
fn slot<'a>(bank: &Table<'a, '_>, value: &Spanned<DeValue<'_>>) -> Option<Slot> {
    match value.get_ref() {
        DeValue::String(s) => Some(Slot::plain(s.as_ref())),
        DeValue::Array(pair) => {
            match pair.iter().map(|v| v.get_ref().as_str()).collect::<Option<Vec<_>>>().as_deref() {
                Some([calm, peak]) => Some(Slot { calm: (*calm).into(), peak: (*peak).into() }),
                _ => {
                    bank.mistake(&value.span(), "a slot with two texts is written [\"calm text\", \"peak text\"]");
                    None
                }
            }
        }
        other => bank.wrong("a slot", "a text or [calm, peak]", other, value.span()),
    }
}

/// `sections = ["break", "idle"]`, `phrases = ["chorus"]`: when self-play plays the bank.
fn passages(bank: &Table<'_, '_>) -> (Vec<Section>, Vec<PhraseKind>) {
    (words(bank, "sections", "section", &Section::ALL), words(bank, "phrases", "phrase", &PhraseKind::ALL))
}

/// `palette = ["#04101a", "#ff7a2e"]`: colours from dark to bright.
fn palette(bank: &Table<'_, '_>) -> Vec<[u8; 3]> {
    let Some((list, at)) = bank.array("palette") else { return Vec::new() };
    if !(2..=PALETTE_COLORS).contains(&list.len()) {
        bank.mistake(
            &at,
            format!("a palette has 2 to {PALETTE_COLORS} colours from dark to bright, this one {}", list.len()),
        );
    }
    let read = |value: &Spanned<DeValue<'_>>| {
        let color = value.get_ref().as_str().and_then(color);
        if color.is_none() {
            bank.mistake(
                &value.span(),
                "a colour of a palette is written \"#ff7a2e\": red, green and blue in hexadecimal",
            );
        }
        color
    };
    list.iter().filter_map(read).collect()
}

fn color(written: &str) -> Option<[u8; 3]> {
    let digits = written.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([r, g, b])
}

/// A list of words, each one of `all`.
fn words<T: Copy>(table: &Table<'_, '_>, key: &'static str, one: &str, all: &[(T, &str)]) -> Vec<T> {
    let Some((list, _)) = table.array(key) else { return Vec::new() };
    let read = |value: &Spanned<DeValue<'_>>| {
        let Some(word) = value.get_ref().as_str() else {
            return table.wrong(key, "words", value.get_ref(), value.span());
        };
        let found = all.iter().find(|(_, name)| *name == word);
        if found.is_none() {
            let all = all.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
            table.mistake(&value.span(), format!("there is no {one} {word}; {key} are {all}"));
        }
        found.map(|(meant, _)| *meant)
    };
    list.iter().filter_map(read).collect()
}

/// A bank's own parameter values: any but those that choose the prompt (bank, slot, weights) and the tempo.
fn bank_values(bank: &Table<'_, '_>) -> Vec<(Id, f32)> {
    let place = |id: &Id| [param::PROMPT_BANK, param::PROMPT_SLOT, param::TEMPO_BPM].contains(id);
    let found = given(bank, "[bank.params]");
    for (id, at, _) in found.iter().filter(|(id, ..)| place(id) || param::PROMPT_WEIGHTS.contains(id)) {
        bank.mistake(at, format!("a bank cannot bring {}; set it in [params]", id.row().id));
    }
    found.into_iter().filter_map(|(id, _, value)| Some((id, value?))).collect()
}

pub(super) fn values(root: &Table<'_, '_>, what: &'static str) -> Vec<(Id, f32)> {
    given(root, what).into_iter().filter_map(|(id, _, value)| Some((id, value?))).collect()
}

/// A parameter that is named, where, and its value if that is a good one.
type Given = (Id, Range<usize>, Option<f32>);

/// Every parameter named in the table `params`; one that is named twice, with and without quotes perhaps, is a mistake.
fn given(root: &Table<'_, '_>, what: &'static str) -> Vec<Given> {
    let Some(table) = root.table("params", what) else { return Vec::new() };
    let mut out: Vec<Given> = Vec::new();
    collect(&table, "", &mut out);
    out.sort_by_key(|(_, at, _)| at.start);
    for (k, (id, at, _)) in out.iter().enumerate() {
        if let Some((_, first, _)) = out[..k].iter().find(|(other, ..)| other == id) {
            table.mistake(at, format!("{} is given twice, first in line {}; keep one", id.row().id, table.line(first)));
        }
    }
    out
}

/// `"tempo.bpm" = 120`, or without the quotes, which TOML reads as a table in a table.
fn collect(table: &Table<'_, '_>, group: &str, out: &mut Vec<Given>) {
    for (key, at, value) in table.entries() {
        let name = format!("{group}{key}");
        if matches!(value.get_ref(), DeValue::Table(_)) {
            if let Some(inner) = table.child(value, "[params]") {
                collect(&inner, &format!("{name}."), out);
            }
        } else if let Some(id) = route::target(table, &name, at) {
            out.push((id, at.clone(), plain_value(table, id, value)));
        }
    }
}

/// A value as a show may write it: a number in range, a choice by name, a switch as true or false.
fn plain_value(table: &Table<'_, '_>, id: Id, value: &Spanned<DeValue<'_>>) -> Option<f32> {
    let row = id.row();
    let at = value.span();
    let number = match (value.get_ref(), row.kind) {
        (DeValue::String(s), Kind::Choice { names, .. }) => match names.iter().position(|n| *n == s.as_ref()) {
            Some(place) => return Some(place as f32),
            None => {
                let hint = nearest(s, names.iter().copied()).map(|n| format!("did you mean {n}? "));
                table
                    .mistake(&at, format!("{}: {}it is one of {}", row.id, hint.unwrap_or_default(), names.join(", ")));
                return None;
            }
        },
        (DeValue::Boolean(b), _) if row.is_switch() => return Some(f32::from(u8::from(*b))),
        (_, Kind::Trigger | Kind::Text) => None,
        (other, _) => number(other),
    };
    let Some(number) = number else {
        let (min, max) = row.range();
        let wanted = match row.kind {
            Kind::Trigger | Kind::Text => return table.wrong(row.id, "left out: it has no value", value.get_ref(), at),
            _ => format!("a number from {min} to {max}"),
        };
        return table.wrong(row.id, &wanted, value.get_ref(), at);
    };
    let (min, max) = row.range();
    if !matches!(row.kind, Kind::Float { .. }) && number.fract() != 0.0 {
        table.mistake(&at, format!("{} is {number}, but takes whole numbers", row.id));
        return None;
    }
    if !(min..=max).contains(&(number as f32)) {
        table.mistake(&at, format!("{} is {number}, but goes from {min} to {max}", row.id));
        return None;
    }
    Some(row.clamp(number as f32))
}

/// `[tempo]`: what the clock may listen to.
fn tempo(root: &Table<'_, '_>, path: &Path) -> DeckSettings {
    let Some(table) = root.table("tempo", "[tempo]") else { return DeckSettings::default() };
    let rekordbox = table.text("rekordbox").map(|(written, _)| resolve(path, written));
    let prolink = table.text("prolink").and_then(|(word, at)| {
        let known = word.parse::<Presence>();
        known.map_err(|help| table.mistake(&at, format!("prolink is {word}; {help}"))).ok()
    });
    table.finish();
    DeckSettings { prolink, rekordbox }
}

fn output(root: &Table<'_, '_>) -> Output {
    let mut out = Output::default();
    let Some(table) = root.table("output", "[output]") else { return out };
    out.size_px = table.array("size").and_then(|(list, at)| size(&table, "size", list, &at));
    if let Some((fps, at)) = table.number("fps") {
        if (1.0..=240.0).contains(&fps) {
            out.fps = Some(fps);
        } else {
            table.mistake(&at, format!("fps is {fps}, but goes from 1 to 240"));
        }
    }
    out.monitor = table.text("monitor").map(|(s, _)| s.into());
    if let (Some(false), Some(written)) = (table.flag("flash_limiter"), table.get("flash_limiter")) {
        let says =
            "no show switches the flash limiter off: leave the line out; if the venue agrees, --no-flash-limiter does";
        table.mistake(&written.span(), says);
    }
    let metres = |key| {
        let (metres, at) = table.number(key)?;
        let sensible = (0.1..=200.0).contains(&metres);
        if !sensible {
            table.mistake(&at, format!("{key} is {metres}, but goes from 0.1 to 200 (metres)"));
        }
        sensible.then_some(metres as f32)
    };
    out.viewing = Viewing { wall_width_m: metres("wall_width_m"), viewer_m: metres("viewer_m") };
    out.region = table.array("region").and_then(|(list, at)| region(&table, list, &at));
    if let Some((degrees, at)) = table.integer("rotate") {
        match degrees {
            0 | 90 | 180 | 270 => out.quarter_turns = degrees as u32 / 90,
            _ => table.mistake(&at, format!("rotate is {degrees}, but one of 0, 90, 180, 270 (degrees clockwise)")),
        }
    }
    out.test_card = table.flag("test_card").unwrap_or(false);
    table.finish();
    out
}
