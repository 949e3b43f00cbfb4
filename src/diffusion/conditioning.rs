//! Text conditioning: encoded prompts, mixed, repeated over a batch, and concatenated for guidance.
//!
//! Called by whoever encodes and mixes prompts, and by `denoise`.

use candle_core::{Result, Tensor};

/// A prompt as networks take it; several prompts, one each row; or a mix of prompts. f32.
#[derive(Clone, Debug)]
pub struct TextConditioning {
    /// Hidden states for cross-attention, `[batch, tokens, width]`.
    pub tokens: Tensor,
    /// Pooled embedding, `[batch, width]`, from encoders that give one (Stable Diffusion XL's second).
    pub pooled: Option<Tensor>,
    /// Micro-conditioning, `[batch, count]`: sizes and croppings (diffusers' `time_ids`).
    pub ids: Option<Tensor>,
}

impl TextConditioning {
    /// Of hidden states `[batch, tokens, width]` alone, as Stable Diffusion 1 and 2 take them.
    #[must_use]
    pub fn of_tokens(tokens: Tensor) -> Self {
        Self { tokens, pooled: None, ids: None }
    }

    /// The mean of `parts` by their weights, which need not sum to 1; `None` of no parts.
    ///
    /// # Errors
    /// Parts of different shapes, or of different models.
    pub fn mean(parts: &[(Self, f64)]) -> Result<Option<Self>> {
        let mut parts_left = parts.iter();
        let Some((first, weight)) = parts_left.next() else { return Ok(None) };
        let mut sum = first.map(|part| part * *weight)?;
        for (part, weight) in parts_left {
            sum = sum.with(part, |sum, part| sum + (part * *weight)?)?;
        }
        let weights: f64 = parts.iter().map(|(_, weight)| weight).sum();
        sum.map(|sum| sum / weights).map(Some)
    }

    /// `batch` rows: one for all repeated, or as many as there are.
    ///
    /// # Errors
    /// Device failures.
    pub fn rows(&self, batch: usize) -> Result<Self> {
        self.map(|part| {
            if part.dim(0)? == batch {
                return part.contiguous();
            }
            let mut times = vec![1; part.rank()];
            times[0] = batch;
            part.repeat(times)
        })
    }

    /// The rows of this one and then those of `other`.
    ///
    /// # Errors
    /// Prompts of different shapes, or of different models.
    pub fn concatenate(&self, other: &Self) -> Result<Self> {
        self.with(other, |first, second| Tensor::cat(&[first, second], 0))
    }

    /// `f` of every part; also how a prompt is brought to the network's device and numbers.
    pub(super) fn map(&self, f: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Self> {
        let part = |part: &Option<Tensor>| part.as_ref().map(&f).transpose();
        Ok(Self { tokens: f(&self.tokens)?, pooled: part(&self.pooled)?, ids: part(&self.ids)? })
    }

    fn with(&self, other: &Self, f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Self> {
        let both = |one: &Option<Tensor>, other: &Option<Tensor>| match (one, other) {
            (Some(one), Some(other)) => f(one, other).map(Some),
            (None, None) => Ok(None),
            _ => candle_core::bail!("the prompts were encoded by different models"),
        };
        Ok(Self {
            tokens: f(&self.tokens, &other.tokens)?,
            pooled: both(&self.pooled, &other.pooled)?,
            ids: both(&self.ids, &other.ids)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn prompt(value: f32) -> TextConditioning {
        let full = |shape: &[usize]| Tensor::full(value, shape, &Device::Cpu).unwrap();
        TextConditioning { tokens: full(&[1, 3, 4]), pooled: Some(full(&[1, 5])), ids: Some(full(&[1, 6])) }
    }

    fn numbers(of: &TextConditioning) -> Vec<Vec<f32>> {
        let all = [Some(&of.tokens), of.pooled.as_ref(), of.ids.as_ref()];
        all.into_iter().flatten().map(|part| part.flatten_all().unwrap().to_vec1().unwrap()).collect()
    }

    #[test]
    fn all_parts_are_mixed_repeated_and_joined_alike() {
        let mean = TextConditioning::mean(&[(prompt(1.0), 3.0), (prompt(5.0), 1.0)]).unwrap().unwrap();
        assert!(numbers(&mean).concat().iter().all(|&x| x == 2.0), "{mean:?}");
        let rows = mean.rows(2).unwrap();
        assert_eq!((rows.tokens.dims(), rows.pooled.as_ref().unwrap().dims()), (&[2, 3, 4][..], &[2, 5][..]));
        let joined = numbers(&prompt(1.0).concatenate(&prompt(7.0)).unwrap());
        assert_eq!(joined[1], [[1.0; 5], [7.0; 5]].concat());
        assert_eq!(joined[2], [[1.0; 6], [7.0; 6]].concat());
        assert!(TextConditioning::mean(&[]).unwrap().is_none());
    }

    #[test]
    fn prompts_of_different_models_do_not_mix() {
        let other = TextConditioning::of_tokens(prompt(1.0).tokens);
        assert!(TextConditioning::mean(&[(prompt(1.0), 1.0), (other, 1.0)]).is_err());
    }
}
