"""CLIP's byte-level BPE, trained on our own captions, and captions as token ids."""

import json

import torch

TOKENS = 48


def bpe(captions, out, vocab_size=2048):
    """CLIP's byte-level BPE trained on our own captions: 256 bytes, 256 word-final bytes, merges, two specials."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    split = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""),
                             behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ])
    norm = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    t = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    t.normalizer, t.pre_tokenizer = norm, split
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    t.train_from_iterator(captions, trainers.BpeTrainer(vocab_size=vocab_size, min_frequency=2, initial_alphabet=letters,
                                                        end_of_word_suffix="</w>", show_progress=False))
    merges = json.loads(t.to_str())["model"]["merges"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in merges]
    start, end = "<|startoftext|>", "<|endoftext|>"
    words = letters + [c + "</w>" for c in letters] + ["".join(m) for m in merges] + [start, end]
    vocab = {w: i for i, w in enumerate(dict.fromkeys(words))}
    t = Tokenizer(models.BPE(vocab=vocab, merges=merges, end_of_word_suffix="</w>", continuing_subword_prefix="",
                             unk_token=end))
    t.normalizer, t.pre_tokenizer, t.decoder = norm, split, decoders.ByteLevel()
    t.post_processor = processors.RobertaProcessing((end, vocab[end]), (start, vocab[start]), trim_offsets=False,
                                                    add_prefix_space=False)
    t.add_special_tokens([AddedToken(start, special=True), AddedToken(end, special=True)])
    out.mkdir(parents=True, exist_ok=True)
    t.save(str(out / "tokenizer.json"))
    (out / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    (out / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n")
    special = {"bos_token": start, "eos_token": end, "pad_token": end, "unk_token": end}
    (out / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    config = {**special, "tokenizer_class": "CLIPTokenizer", "model_max_length": TOKENS, "add_prefix_space": False,
              "do_lower_case": True, "errors": "replace"}
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return vocab


class Words:
    """Captions to token ids [B, TOKENS], padded with the end token as Stable Diffusion 1.x does."""

    def __init__(self, folder):
        from tokenizers import Tokenizer

        self.t = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.end = self.t.token_to_id("<|endoftext|>")
        self.start = self.t.token_to_id("<|startoftext|>")
        self.size = self.t.get_vocab_size()

    def __call__(self, texts):
        rows = []
        for e in self.t.encode_batch(texts):
            ids = e.ids[: TOKENS - 1] if len(e.ids) >= TOKENS else e.ids[:-1]
            rows.append(ids + [self.end] * (TOKENS - len(ids)))
        return torch.tensor(rows)
