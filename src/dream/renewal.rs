//! How much of the next image is drawn anew, beyond what `dream.strength` asks for.
//!
//! Feedback keeps the layout of the last picture, whatever is wanted by now. So another mix of prompts, by whoever moved
//! it, and a picture that has faded add to what is owed. Each image pays a part of it, by its strength. Owned by the
//! planner.

use super::prompt_mix::PromptMix;

/// What `prompt.push` is multiplied with: at its default, a mix that has changed by [`PromptMix::distance`] 1 is drawn
/// anew altogether.
const PUSH: f32 = 4.0;

/// What is owed for an image that has faded.
const LOST: f32 = 0.5;

#[derive(Clone, Debug, Default)]
pub struct Renewal {
    mix: Option<PromptMix>,
    owed: f32,
}

impl Renewal {
    /// The next image is of `mix`: what is new in it is owed.
    pub fn follow(&mut self, mix: &PromptMix) {
        let distance = self.mix.as_ref().map_or(0.0, |before| before.distance(mix));
        self.owed += distance;
        self.mix = Some(mix.clone());
    }

    /// The last image was no picture of its prompt any more.
    pub fn lost(&mut self) {
        self.owed += LOST;
    }

    /// Starts over from a picture of `mix`.
    pub fn settle(&mut self, mix: PromptMix) {
        (self.mix, self.owed) = (Some(mix), 0.0);
    }

    /// The strength for the next image, `strength` to 1; `push` is 0..1 of `prompt.push`.
    #[must_use]
    pub fn strength(&self, strength: f32, push: f32) -> f32 {
        strength + (1.0 - strength) * (PUSH * push * self.owed).clamp(0.0, 1.0)
    }

    /// An image was made at `strength`.
    pub fn drawn(&mut self, strength: f32) {
        self.owed *= (1.0 - strength).clamp(0.0, 1.0);
    }
}
