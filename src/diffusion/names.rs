//! Name maps: from the tensor names in a file to diffusers' current names, which the networks use.
//!
//! Used only while loading, once for each tensor of a file.

use std::borrow::Cow;

/// From a tensor's name in the file to diffusers' current name; `None` for a tensor that is not this component's.
pub type NameMap = fn(&str) -> Option<Cow<'_, str>>;

/// Prefix that transformers wrote before version 5.
const TEXT_PREFIX: &str = "text_model.";

/// How diffusers named the parts of an attention until 2023, and since.
const OLD_ATTENTION: [(&str, &str); 4] =
    [("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")];

/// The map of a diffusers folder: current names, and those of older files.
#[must_use]
pub fn diffusers(stored: &str) -> Option<Cow<'_, str>> {
    let name = stored.strip_prefix(TEXT_PREFIX).unwrap_or(stored);
    // "….query.weight": the part, and what of it.
    let renamed = name.rsplit_once('.').and_then(|(path, leaf)| {
        let (parent, part) = path.rsplit_once('.')?;
        let (_, new) = OLD_ATTENTION.iter().find(|(old, _)| *old == part)?;
        Some(format!("{parent}.{new}.{leaf}"))
    });
    Some(renamed.map_or(Cow::Borrowed(name), Cow::Owned))
}

#[cfg(test)]
mod tests {
    use super::diffusers;

    #[test]
    fn old_files_have_todays_names() {
        for (stored, today) in [
            ("conv_in.weight", "conv_in.weight"),
            ("text_model.encoder.layers.0.mlp.fc1.bias", "encoder.layers.0.mlp.fc1.bias"),
            ("encoder.mid_block.attentions.0.query.weight", "encoder.mid_block.attentions.0.to_q.weight"),
            ("decoder.mid_block.attentions.0.key.bias", "decoder.mid_block.attentions.0.to_k.bias"),
            ("decoder.mid_block.attentions.0.value.bias", "decoder.mid_block.attentions.0.to_v.bias"),
            ("decoder.mid_block.attentions.0.proj_attn.bias", "decoder.mid_block.attentions.0.to_out.0.bias"),
            ("mid_block.attentions.0.to_out.0.bias", "mid_block.attentions.0.to_out.0.bias"),
        ] {
            assert_eq!(diffusers(stored).as_deref(), Some(today));
        }
    }
}
