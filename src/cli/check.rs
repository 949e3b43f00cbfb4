//! `halation check FILE`: everything that is wrong with a show or a mapping, with line numbers.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::answer;
use crate::control::mapping::{Library, Mapping};
use crate::diagnostics::{self, Document};
use crate::diffusion::PromptReader;
use crate::dream::PromptText;
use crate::param::Id;
use crate::schedule::{Moment, substitute};
use crate::show::Show;

#[derive(clap::Args)]
pub struct Args {
    /// The show file, or the mapping file of a controller.
    file: PathBuf,
}

/// Lists the mistakes.
///
/// # Errors
/// When there are any.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let path = args.file.display();
    if is_mapping(&args.file) {
        let mapping = Mapping::load(&args.file)?;
        let played: HashSet<Id> = mapping.targets().collect();
        let (name, reached, all) = (&mapping.name, played.len(), Id::all().count());
        return answer::say(format!("{path}: good. {name} reaches {reached} of {all} parameters."));
    }
    let show = crate::show::load(&args.file)?;
    if let Some(mapping) = &show.mapping {
        Mapping::load(mapping).with_context(|| format!("{path}: its mapping cannot be used"))?;
    }
    let remarks = remarks(&show)?;
    answer::say(format!(
        "{path}: good. {}: {} banks, {} routes, model {}.",
        show.name,
        show.banks.banks.len(),
        show.settings.routes.len(),
        show.model.display()
    ))?;
    for remark in remarks {
        answer::say(format!("{path}: {remark}"))?;
    }
    Ok(())
}

/// Letters of a prompt that are shown with a remark on it.
const SHOWN: usize = 80;

/// What the show's model does not make of its prompts. No mistakes: they can be played.
fn remarks(show: &Show) -> anyhow::Result<Vec<String>> {
    let reader = PromptReader::open(&show.model)?;
    let (mut out, mut known) = (Vec::new(), HashSet::new());
    let mut start = Moment::new();
    start.derive(&[]);
    let mut look = |place: String, text: &str| {
        // Slots of one text are told once.
        if !known.insert(text.to_owned()) {
            return;
        }
        let shown: String = text.chars().take(SHOWN).chain((text.chars().count() > SHOWN).then_some('…')).collect();
        // Mathematics is judged by what it comes to.
        let text = substitute(text, &start).unwrap_or(text.into());
        let PromptText { positive, negative, .. } = PromptText::parse(&text);
        let remarks = positive.iter().chain(&negative).flat_map(|part| reader.remarks(&part.text));
        out.extend(remarks.map(|remark| format!("{place}, \"{shown}\": {remark}")));
    };
    for bank in &show.banks.banks {
        for (k, slot) in bank.slots.iter().enumerate() {
            let place = format!("{}, slot {}", bank.name, k + 1);
            look(place.clone(), &slot.calm);
            if slot.peak != slot.calm {
                look(format!("{place} at its peak"), &slot.peak);
            }
        }
    }
    look("negative".to_owned(), &show.banks.negative);
    if let Some(texts) = &show.settings.schedule.texts {
        (0..texts.count()).for_each(|n| look("prompt.text in [schedule]".to_owned(), texts.text(n)));
    }
    Ok(out)
}

/// A mapping has controls, a show has banks; what has neither is read as a show. Shipped mappings go by their names.
fn is_mapping(path: &Path) -> bool {
    let text = diagnostics::read(path).unwrap_or_default();
    let document = Document::new(&text, &["bank", "route", "control", "shift"]);
    let tree = document.parse();
    let has = |key: &str| tree.get_ref().iter().any(|(name, _)| name.get_ref() == key);
    Library::is_shipped(path) || (["control", "shift", "ports"].into_iter().any(has) && !has("bank"))
}
