//! What is said of prompts that a model does not read whole, or not at all.

use super::*;

fn spark() -> PromptReader {
    PromptReader::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/spark")).unwrap()
}

fn said(reader: &PromptReader, prompt: &str) -> String {
    reader.remarks(prompt).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn words_that_do_not_fit_are_named() {
    let reader = spark();
    let fits = "gold rings, ".repeat(14);
    assert_eq!(said(&reader, &fits), "");
    // Three tokens a time; 46 fit. The sixteenth "gold rings," is the first that does not.
    let long = format!("{}neon pink jellyfish", "gold rings, ".repeat(16));
    let Some(Remark::Cut { room, words }) = reader.remarks(&long).pop() else { panic!("{long}") };
    assert_eq!(room, 46);
    assert_eq!(words, "rings, neon pink jellyfish");
    let spaces = format!("{}  \n  É jellyfish ", "é rings, ".repeat(16));
    assert!(said(&reader, &spaces).contains("jellyfish\" is cut off"), "{}", said(&reader, &spaces));
}

#[test]
fn a_word_is_not_cut_in_two() {
    let long = "gold rings, ".repeat(15) + "antidisestablishmentarianism";
    assert!(said(&spark(), &long).contains("\"antidisestablishmentarianism\""), "{}", said(&spark(), &long));
}

#[test]
fn prompts_of_strangers_are_said_and_those_of_friends_are_not() {
    let reader = spark();
    for strange in ["a giraffe in the kitchen", "東京の夜", "!!! ???", "zebra of the one"] {
        assert!(said(&reader, strange).contains("knows no word of it"), "{strange}");
        assert!(said(&reader, strange).contains("words.txt"));
    }
    for known in ["", "  ", "NEON", "a giraffe made of gold", "close-up", "moiré", "my techno jellyfish"] {
        assert_eq!(said(&reader, known), "", "{known}");
    }
    let clip = PromptReader::open(&fixtures().join("tiny")).unwrap();
    assert_eq!(said(&clip, "a giraffe"), "", "models of many words are not asked");
}
