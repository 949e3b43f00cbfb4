//! What reads a model's folder: its configurations, tokenizer and weights, one of them mutated.

use std::path::{Path, PathBuf};

use halation::diffusion::{LoadError, LoadOptions, Pipeline, PromptReader};

use super::corpus::{file, fixture, root};

/// The parts of the smallest model that are configurations.
const CONFIGS: [&str; 5] = [
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "unet/config.json",
    "vae/config.json",
];
const TOKENIZER: [&str; 3] = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"];
const TEXT_WEIGHTS: &str = "text_encoder/model.safetensors";

/// Copies `parts` of the smallest model into `folder`.
fn copy(folder: &Path, parts: impl IntoIterator<Item = String>) {
    for part in parts {
        let to = folder.join(&part);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(root().join("tests/fixtures/diffusion/tiny").join(&part), to).expect("a copy");
    }
}

/// Good entries for each of the configurations, the first byte says which it is.
pub fn configs() -> Vec<Vec<u8>> {
    let of = |folder: &str| {
        (0u8..)
            .zip(CONFIGS)
            .map(|(which, part)| [vec![which], file(&format!("{folder}/{part}"))].concat())
            .collect::<Vec<_>>()
    };
    [of("tests/fixtures/diffusion/tiny"), of("tests/fixtures/diffusion/classic"), of("models/spark")].concat()
}

/// A configuration that is honoured: then what lacks is the weights.
pub fn read_config(folder: PathBuf) -> impl FnMut(&[u8]) -> bool {
    copy(&folder, CONFIGS.map(str::to_owned));
    move |bytes| {
        let Some((which, config)) = bytes.split_first() else { return false };
        let part = CONFIGS[usize::from(*which) % CONFIGS.len()];
        std::fs::write(folder.join(part), config).expect("a file");
        let loaded = Pipeline::load(&folder, &LoadOptions::default());
        copy(&folder, [part.to_owned()]);
        matches!(loaded, Err(LoadError::Missing(path)) if path.ends_with(TEXT_WEIGHTS))
    }
}

/// The tokenizer of one file, and the vocabulary and merges of an older one; the first byte says which it is.
pub fn tokenizers() -> Vec<Vec<u8>> {
    let entry = |which: u8, path: &str| [vec![which], fixture(&format!("diffusion/{path}"))].concat();
    vec![
        entry(0, "tiny/tokenizer/tokenizer.json"),
        entry(1, "tiny/tokenizer/tokenizer_config.json"),
        entry(2, "tiny/tokenizer/special_tokens_map.json"),
        entry(3, "tiny/tokenizer/vocab.json"),
        entry(4, "tiny/tokenizer/merges.txt"),
    ]
}

/// A tokenizer that loads; it also reads a prompt.
pub fn read_tokenizer(folder: PathBuf) -> impl FnMut(&[u8]) -> bool {
    let (new, old) = (folder.join("new"), folder.join("old"));
    let tokenizer = |parts: &[&str]| parts.iter().map(|part| format!("tokenizer/{part}")).collect::<Vec<_>>();
    for folder in [&new, &old] {
        copy(folder, [CONFIGS[0].to_owned(), CONFIGS[2].to_owned()]);
    }
    copy(&new, tokenizer(&TOKENIZER));
    copy(&old, tokenizer(&["vocab.json", "merges.txt", "tokenizer_config.json"]));
    move |bytes| {
        let Some((which, text)) = bytes.split_first() else { return false };
        let parts = [TOKENIZER[0], TOKENIZER[1], TOKENIZER[2], "vocab.json", "merges.txt"];
        let which = usize::from(*which) % parts.len();
        let (folder, part) = (if which < 3 { &new } else { &old }, format!("tokenizer/{}", parts[which]));
        std::fs::write(folder.join(&part), text).expect("a file");
        let reader = PromptReader::open(folder);
        copy(folder, [part]);
        reader.map(|reader| reader.remarks("a neon fox, 🎛 dancing at 5 o'clock")).is_ok()
    }
}

/// The text encoder's weights, in half and in full.
pub fn weights() -> Vec<Vec<u8>> {
    let mut all = vec![fixture("diffusion/tiny/text_encoder/model.safetensors")];
    // Headers alone, of which the tensors come as zeros.
    for head in
        ["tests/fixtures/diffusion/tiny/text_encoder/model.safetensors", "models/spark/text_encoder/model.safetensors"]
    {
        let whole = file(head);
        let length = u64::from_le_bytes(*whole.first_chunk().expect("a length"));
        all.push(whole[..8 + length as usize].to_vec());
    }
    all
}

/// Weights that make a text encoder: then what lacks is in the network, whose file has a header of nothing.
pub fn read_weights(folder: PathBuf) -> impl FnMut(&[u8]) -> bool {
    copy(&folder, CONFIGS.map(str::to_owned));
    copy(&folder, TOKENIZER.map(|part| format!("tokenizer/{part}")));
    let nothing = [&2u64.to_le_bytes()[..], b"{}"].concat();
    let networks = ["unet", "vae"].map(|part| folder.join(part).join("diffusion_pytorch_model.safetensors"));
    for network in &networks {
        std::fs::write(network, &nothing).expect("a file");
    }
    let file = folder.join(TEXT_WEIGHTS);
    let data = 1 << 21;
    move |bytes| {
        std::fs::write(&file, bytes).expect("a file");
        // A header without its tensors gets as many zeros as it asks for.
        let asked = asked(bytes).filter(|asked| bytes.len() < 32 << 10 && *asked < data);
        if let Some(asked) = asked {
            let opened = std::fs::OpenOptions::new().append(true).open(&file).expect("a file");
            opened.set_len(bytes.len() as u64 + asked).expect("a length");
        }
        let loaded = Pipeline::load(&folder, &LoadOptions::default());
        matches!(loaded, Err(LoadError::NoTensor { path, .. }) if path == networks[0])
    }
}

/// Bytes of tensors that a header speaks of.
fn asked(bytes: &[u8]) -> Option<u64> {
    let header: serde_json::Value = serde_json::from_slice(bytes.get(8..)?).ok()?;
    let ends = header.as_object()?.values().filter_map(|tensor| tensor["data_offsets"][1].as_u64());
    ends.max()
}
