//! Prompt embeddings: encoded once, kept, mixed by weights and heat. A text may have several parts with weights of their
//! own, emphasis, a negative prompt, and mathematics between back-ticks, see [`super::prompt_text`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::prompt_text::{Part, PromptText};
use super::{Banks, SLOTS};
use crate::diffusion::{Pipeline, RunError, TextConditioning};
use crate::param::{ScheduleFrame, Snapshot};
use crate::schedule::{Moment, Variable, substitute};

/// Texts whose embeddings are kept: every text of 16 banks. Beyond it the cache starts again.
const KEPT: usize = 16 * SLOTS * 2 + 64;

/// What is asked for: a mix of slots, and the moment that their texts reckon with.
pub struct PromptAsk<'a> {
    pub banks: &'a Banks,
    pub shares: &'a [Share],
    /// From calm texts, 0, to peak texts, 1.
    pub heat: f32,
    pub frame: &'a ScheduleFrame,
}

/// Which side of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Towards,
    Away,
}

/// Places of them that are left for what is wanted at once.
const SPARE: usize = 32;

/// One slot's share in a mix; bank and slot from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    pub bank: usize,
    pub slot: usize,
    pub weight: f32,
}

/// The shares of all slots in `snapshot`, of two banks while a glide crosses them; those up to 0.001 are left out.
pub fn shares(snapshot: &Snapshot) -> Vec<Share> {
    let banks = [(snapshot.old_bank, snapshot.old_mix), (snapshot.bank, snapshot.mix)];
    let all = banks.into_iter().flat_map(|(bank, mix)| {
        (0..SLOTS).map(move |slot| Share { bank: bank.saturating_sub(1), slot, weight: mix[slot] })
    });
    all.filter(|s| s.weight > 1e-3).collect()
}

/// The beginning of a long text, for a line on the terminal.
fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

#[derive(Default)]
pub struct Prompts {
    /// Embeddings by text; `None` where the encoder's result was not finite, because encoding it again would not help.
    cache: HashMap<Arc<str>, Option<TextConditioning>>,
    /// Texts whose remarks were said.
    said: HashSet<Arc<str>>,
}

/// Letters of a text that are shown in a remark on it.
const SHOWN: usize = 80;

/// Remarks on a whole show's texts that are said one by one; of further ones only the number.
const REMARKS: usize = 8;

impl Prompts {
    /// Logs the remarks on the texts of a show: those of the first `REMARKS` texts, and the number of further ones.
    pub fn look_over(&mut self, pipeline: &Pipeline, banks: &Banks) {
        let texts: Vec<Arc<str>> = banks.texts().cloned().collect();
        let remarked: Vec<bool> = texts.iter().map(|text| !remarks(pipeline, text).is_empty()).collect();
        let count = remarked.iter().filter(|yes| **yes).count();
        for (text, _) in texts.iter().zip(&remarked).filter(|(_, yes)| **yes).take(REMARKS) {
            self.remark(pipeline, text);
        }
        if count > REMARKS {
            tracing::warn!(
                "{} further prompts are too long or unknown to the model; `halation check` lists them",
                count - REMARKS
            );
        }
        self.said.extend(texts);
    }

    /// Logs the remarks on a text, once.
    fn remark(&mut self, pipeline: &Pipeline, text: &Arc<str>) {
        if self.said.len() >= KEPT {
            self.said.clear();
        }
        // What is reckoned anew for every image is no new text.
        if !text.contains('`') && self.said.insert(text.clone()) {
            for remark in remarks(pipeline, text) {
                tracing::warn!("prompt \"{}\": {remark}", shortened(text).escape_debug());
            }
        }
    }

    /// What the model makes of one part of a text.
    fn encode(&mut self, pipeline: &Pipeline, part: &Part<'_>) -> Result<TextConditioning, RunError> {
        let key = key(part);
        if let Some(known) = self.cache.get(key.as_ref()) {
            return known.clone().ok_or(RunError::NotFinite { what: "the encoded prompt" });
        }
        if self.cache.len() >= KEPT {
            self.cache.clear();
        }
        let new = encode(pipeline, part);
        match &new {
            Ok(encoded) => drop(self.cache.insert(key.as_ref().into(), Some(encoded.clone()))),
            Err(RunError::NotFinite { .. }) => drop(self.cache.insert(key.as_ref().into(), None)),
            Err(_) => {}
        }
        new
    }

    /// Adds the parts of one side of `text`, `share` of all, to `parts`.
    fn add(
        &mut self,
        pipeline: &Pipeline,
        text: &Arc<str>,
        (share, side): (f64, Side),
        frame: &ScheduleFrame,
        parts: &mut Vec<(TextConditioning, f64)>,
    ) -> Result<(), RunError> {
        self.remark(pipeline, text);
        let reckoned = reckoned(text, frame);
        let read = PromptText::parse(&reckoned);
        let read = if side == Side::Towards { read.positive } else { read.negative };
        for part in read.iter().filter(|part| f64::from(part.weight) * share > 1e-3) {
            // What is reckoned anew for every image is not kept.
            let kept = !text.contains('`');
            let encoded = if kept { self.encode(pipeline, part)? } else { encode(pipeline, part)? };
            parts.push((encoded, share * f64::from(part.weight)));
        }
        Ok(())
    }

    /// The weighted mean of slots, each blended from calm to peak by heat.
    ///
    /// # Errors
    /// When the text encoder fails.
    pub fn mix(&mut self, pipeline: &Pipeline, asked: &PromptAsk<'_>) -> Result<TextConditioning, RunError> {
        let parts = self.parts(pipeline, asked, Side::Towards)?;
        // Negligible shares, and slots that an edit removed, are left out; with none left the empty prompt is used.
        self.mean(pipeline, &parts)
    }

    /// What the image is led away from: what the texts say themselves, or the show's negative prompt.
    ///
    /// # Errors
    /// When the text encoder fails.
    pub fn negative(&mut self, pipeline: &Pipeline, asked: &PromptAsk<'_>) -> Result<TextConditioning, RunError> {
        let mut parts = self.parts(pipeline, asked, Side::Away)?;
        let said: f64 = parts.iter().map(|(_, weight)| weight).sum();
        if said < 1.0 - 1e-3 {
            let shows = asked.banks.negative.clone();
            self.add(pipeline, &shows, (1.0 - said, Side::Towards), asked.frame, &mut parts)?;
        }
        self.mean(pipeline, &parts)
    }

    fn parts(
        &mut self,
        pipeline: &Pipeline,
        asked: &PromptAsk<'_>,
        side: Side,
    ) -> Result<Vec<(TextConditioning, f64)>, RunError> {
        let mut parts = Vec::new();
        for &Share { bank, slot, weight } in asked.shares {
            let Some(texts) = asked.banks.slot(bank, slot) else { continue };
            for (text, share) in [(&texts.calm, 1.0 - asked.heat), (&texts.peak, asked.heat)] {
                let share = f64::from(weight * share);
                if share > 1e-3 {
                    self.add(pipeline, text, (share, side), asked.frame, &mut parts)?;
                }
            }
        }
        Ok(parts)
    }

    fn mean(&mut self, pipeline: &Pipeline, parts: &[(TextConditioning, f64)]) -> Result<TextConditioning, RunError> {
        match TextConditioning::mean(parts)? {
            Some(mix) => Ok(mix),
            None => self.encode(pipeline, &Part { weight: 1.0, ..Part::default() }),
        }
    }

    /// A text of `banks` some part of which has not been encoded yet.
    pub fn unknown<'a>(&self, banks: &'a Banks) -> Option<&'a Arc<str>> {
        if self.cache.len() >= KEPT - SPARE {
            // More than can be kept: what plays is encoded when it plays.
            return None;
        }
        let is_known = |part: &Part<'_>| self.cache.contains_key(key(part).as_ref());
        banks.texts().filter(|text| !text.contains('`')).find(|text| {
            let PromptText { positive, negative, .. } = PromptText::parse(text);
            !positive.iter().chain(&negative).all(is_known)
        })
    }

    /// Encodes [`Self::unknown`]. Called while nothing is urgent.
    ///
    /// # Errors
    /// When the text encoder fails.
    pub fn encode_ahead(&mut self, pipeline: &Pipeline, banks: &Banks) -> Result<(), RunError> {
        let Some(text) = self.unknown(banks).cloned() else { return Ok(()) };
        let (frame, mut parts) = (ScheduleFrame::default(), Vec::new());
        for side in [Side::Towards, Side::Away] {
            self.add(pipeline, &text, (1.0, side), &frame, &mut parts)?;
        }
        Ok(())
    }
}

/// What the model makes of one part of a text, its emphasis included.
fn encode(pipeline: &Pipeline, part: &Part<'_>) -> Result<TextConditioning, RunError> {
    pipeline.encode_emphasized(&part.text, &part.emphasis)
}

/// What `text` says at this moment: what stands between back-ticks, reckoned. What cannot be reckoned is left as it is.
fn reckoned<'a>(text: &'a str, frame: &ScheduleFrame) -> std::borrow::Cow<'a, str> {
    if !text.contains('`') {
        return text.into();
    }
    let mut moment = Moment::new();
    for (variable, value) in [
        (Variable::T, frame.t),
        (Variable::MaxF, frame.max_f),
        (Variable::Fps, frame.fps),
        (Variable::S, frame.seed),
        (Variable::Beat, frame.beat),
        (Variable::Bpm, frame.bpm),
    ] {
        moment.set(variable, value);
    }
    moment.derive(&[]);
    substitute(text, &moment).unwrap_or_else(|_| text.into())
}

/// What a part is kept under: its text, and its emphasis where there is some.
fn key<'a>(part: &'a Part<'_>) -> std::borrow::Cow<'a, str> {
    if part.emphasis.is_empty() {
        return part.text.as_ref().into();
    }
    format!("{}\u{0}{:?}", part.text, part.emphasis).into()
}

/// What the model says of the parts of a text.
fn remarks(pipeline: &Pipeline, text: &str) -> Vec<String> {
    let PromptText { positive, negative, ignored } = PromptText::parse(text);
    let said = positive.iter().chain(&negative).flat_map(|part| pipeline.remarks(&part.text));
    let left_out = ignored.iter().map(|tag| format!("{tag} is left out: networks are not loaded from prompts"));
    said.map(|remark| remark.to_string()).chain(left_out).collect()
}
