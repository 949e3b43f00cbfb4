//! The kinds of input, each with its corpus and the reader that the program uses for it.

use std::path::{Path, PathBuf};

use halation::audio::{self, Channels, Choice};
use halation::control::mapping::Mapping;
use halation::tempo::prolink::{capture, export};
use halation::{show, source};

use super::bytes::Form;
use super::{corpus, desk, models};

/// A reader, and whether it took the bytes.
pub type Read = Box<dyn FnMut(&[u8]) -> bool>;

/// One kind of input.
pub struct Kind {
    pub name: &'static str,
    pub corpus: Vec<Vec<u8>>,
    pub form: Form,
    /// Of 100 000 inputs in the tests, and of 10 000 000 in the bench, so many are of this kind.
    pub tested: u64,
    pub benched: u64,
    pub read: Read,
}

/// Every kind. Files are written into `folder`, each over the one before.
pub fn all(folder: &Path) -> Vec<Kind> {
    use Form::{Binary, Png, Safetensors, Text};
    let file = |name: &str| folder.join(name);
    vec![
        kind("osc", corpus::osc(), Binary, (30_000, 4_000_000), desk::osc()),
        kind("midi", corpus::midi(), Binary, (20_000, 3_202_000), desk::midi()),
        kind("prolink", corpus::prolink(), Binary, (20_000, 1_700_000), desk::prolink()),
        kind("capture", corpus::captures(), Binary, (5_000, 400_000), |bytes| {
            capture::read(bytes).is_ok_and(|datagrams| !datagrams.is_empty())
        }),
        kind("route", corpus::patches(), Text, (5_000, 150_000), |bytes| {
            show::patch(&String::from_utf8_lossy(bytes)).is_ok()
        }),
        kind("replay", corpus::traces(), Text, (4_000, 150_000), desk::replay(file("trace"))),
        kind("show", corpus::shows(), Text, (2_000, 28_000), read_show(file("show.toml"))),
        kind("mapping", corpus::mappings(), Text, (2_000, 20_000), read_mapping(file("mapping.toml"))),
        kind("database", vec![corpus::database()], Binary, (2_000, 80_000), read_database(file("stick"))),
        kind("analysis", ["P016_0000875E", "P053_0001D21F"].map(corpus::analysis).to_vec(), Binary, (2_000, 80_000), {
            read_analysis(file("stick of one"))
        }),
        kind("wav", corpus::waves(), Binary, (2_000, 60_000), read_sound(file("wav"))),
        kind("mp3", corpus::mp3s(), Binary, (1_000, 25_000), read_sound(file("mp3"))),
        kind("sound", corpus::other_sounds(), Binary, (1_000, 25_000), read_sound(file("sound"))),
        kind("png", corpus::pngs(), Png, (1_500, 30_000), read_picture(file("png"))),
        kind("jpeg", corpus::jpegs(), Binary, (1_500, 30_000), read_picture(file("jpeg"))),
        kind("config", models::configs(), Text, (500, 12_000), models::read_config(file("model of configs"))),
        kind("tokenizer", models::tokenizers(), Text, (250, 4_000), models::read_tokenizer(file("model of words"))),
        kind("weights", models::weights(), Safetensors, (250, 4_000), models::read_weights(file("model"))),
    ]
}

fn kind(
    name: &'static str,
    corpus: Vec<Vec<u8>>,
    form: Form,
    (tested, benched): (u64, u64),
    read: impl FnMut(&[u8]) -> bool + 'static,
) -> Kind {
    Kind { name, corpus, form, tested, benched, read: Box::new(read) }
}

fn read_show(file: PathBuf) -> impl FnMut(&[u8]) -> bool {
    move |bytes| {
        std::fs::write(&file, bytes).expect("a file");
        let read = show::load(&file);
        // What is wrong is said, too.
        read.map_err(|error| error.to_string()).is_ok()
    }
}

fn read_mapping(file: PathBuf) -> impl FnMut(&[u8]) -> bool {
    move |bytes| {
        std::fs::write(&file, bytes).expect("a file");
        Mapping::load(&file).map_err(|error| error.to_string()).is_ok()
    }
}

/// A stick whose database gives tracks.
fn read_database(stick: PathBuf) -> impl FnMut(&[u8]) -> bool {
    let (database, _) = files_of(&stick);
    move |bytes| {
        std::fs::write(&database, bytes).expect("a file");
        export::read(&stick).is_ok_and(|export| !export.collection.0.is_empty())
    }
}

/// A stick with the phrases of its one analysed track.
fn read_analysis(stick: PathBuf) -> impl FnMut(&[u8]) -> bool {
    let (_, analysis) = files_of(&stick);
    move |bytes| {
        std::fs::write(&analysis, bytes).expect("a file");
        export::read(&stick).is_ok_and(|export| export.without_phrases < export.collection.0.len())
    }
}

/// A stick's database and the analysis of one of its tracks.
fn files_of(stick: &Path) -> (PathBuf, PathBuf) {
    let database = stick.join("PIONEER/rekordbox/export.pdb");
    let analysis = stick.join("PIONEER/USBANLZ/P016/0000875E/ANLZ0000.EXT");
    for (file, bytes) in [(&database, corpus::database()), (&analysis, corpus::analysis("P016_0000875E"))] {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, bytes).expect("a file");
    }
    (database, analysis)
}

/// Sound that can be played; its beginning is.
fn read_sound(file: PathBuf) -> impl FnMut(&[u8]) -> bool {
    let mut samples = Vec::new();
    move |bytes| {
        std::fs::write(&file, bytes).expect("a file");
        let opened = audio::open(&Choice::File(file.clone()), Channels::default());
        let Ok(Some(mut input)) = opened.map_err(|error| error.to_string()) else { return false };
        samples.clear();
        for s in [0.0, 0.01, 0.02] {
            input.pull(halation::units::Seconds(s), &mut samples);
        }
        true
    }
}

fn read_picture(file: PathBuf) -> impl FnMut(&[u8]) -> bool {
    move |bytes| {
        std::fs::write(&file, bytes).expect("a file");
        source::read(&file).map_err(|error| error.to_string()).is_ok()
    }
}
