//! Prompt embeddings: encoded once, kept, mixed by weights and heat.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Banks, SLOTS};
use crate::diffusion::{Pipeline, RunError, TextConditioning};
use crate::param::Snapshot;

/// Texts whose embeddings are kept: every text of 16 banks. Beyond it the cache starts again.
const KEPT: usize = 16 * SLOTS * 2 + 64;

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
        let remarked: Vec<bool> = texts.iter().map(|text| !pipeline.remarks(text).is_empty()).collect();
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
        if self.said.insert(text.clone()) {
            for remark in pipeline.remarks(text) {
                tracing::warn!("prompt \"{}\": {remark}", shortened(text).escape_debug());
            }
        }
    }

    /// What the model makes of `text`.
    ///
    /// # Errors
    /// When the text encoder fails, or did before for this text.
    pub fn encode(&mut self, pipeline: &Pipeline, text: &Arc<str>) -> Result<TextConditioning, RunError> {
        if let Some(known) = self.cache.get(text) {
            return known.clone().ok_or(RunError::NotFinite { what: "the encoded prompt" });
        }
        if self.cache.len() >= KEPT {
            self.cache.clear();
        }
        self.remark(pipeline, text);
        let new = pipeline.encode_prompt(text);
        match &new {
            Ok(encoded) => drop(self.cache.insert(text.clone(), Some(encoded.clone()))),
            Err(RunError::NotFinite { .. }) => drop(self.cache.insert(text.clone(), None)),
            Err(_) => {}
        }
        new
    }

    /// The weighted mean of slots, each blended from calm to peak by `heat`.
    ///
    /// # Errors
    /// When the text encoder fails.
    pub fn mix(
        &mut self,
        pipeline: &Pipeline,
        banks: &Banks,
        shares: &[Share],
        heat: f32,
    ) -> Result<TextConditioning, RunError> {
        let mut parts = Vec::new();
        for &Share { bank, slot, weight } in shares {
            let Some(texts) = banks.slot(bank, slot) else { continue };
            for (text, share) in [(&texts.calm, 1.0 - heat), (&texts.peak, heat)] {
                let share = f64::from(weight * share);
                if share > 1e-3 {
                    parts.push((self.encode(pipeline, text)?, share));
                }
            }
        }
        // Negligible shares, and slots that an edit removed, are left out; with none left the empty prompt is used.
        match TextConditioning::mean(&parts)? {
            Some(mix) => Ok(mix),
            None => self.encode(pipeline, &Arc::from("")),
        }
    }

    /// A text of `banks` that has not been encoded yet.
    pub fn unknown<'a>(&self, banks: &'a Banks) -> Option<&'a Arc<str>> {
        banks.texts().find(|text| !self.cache.contains_key(*text))
    }

    /// Encodes [`Self::unknown`]. Called while nothing is urgent.
    ///
    /// # Errors
    /// When the text encoder fails.
    pub fn encode_ahead(&mut self, pipeline: &Pipeline, banks: &Banks) -> Result<(), RunError> {
        let Some(text) = self.unknown(banks).cloned() else { return Ok(()) };
        self.encode(pipeline, &text).map(drop)
    }
}
