use std::path::PathBuf;

use super::*;
use crate::tempo::PhraseKind::{self, Chorus, Intro, Outro, Verse};

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prolink/mpl-rekordcrate");
    std::fs::read(folder.join(name)).expect("fixture")
}

const P016: &str = "USBANLZ_P016_0000875E_ANLZ0000.EXT";
const P053: &str = "USBANLZ_P053_0001D21F_ANLZ0000.EXT";

/// The stick as rekordbox writes it.
fn stick(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("halation-stick-{name}-{}", std::process::id()));
    let write = |at: &str, bytes: &[u8]| {
        let path = root.join("PIONEER").join(at);
        std::fs::create_dir_all(path.parent().expect("has one")).expect("temporary folder");
        std::fs::write(path, bytes).expect("temporary file");
    };
    write("rekordbox/export.pdb", &fixture("rekordbox_export.pdb"));
    write("USBANLZ/P016/0000875E/ANLZ0000.EXT", &fixture(P016));
    write("USBANLZ/P053/0001D21F/ANLZ0000.EXT", &fixture(P053));
    root
}

/// The values are the fixtures' own README's and rekordcrate's.
#[test]
fn a_real_stick_tells_its_phrases() {
    let root = stick("real");
    let export = read(&root).expect("a real export");
    let again = read(&root.join("PIONEER")).expect("its folder will do");
    std::fs::remove_dir_all(&root).expect("temporary folder");
    assert_eq!(export.collection.0, again.collection.0);
    assert_eq!((export.collection.0.len(), export.without_phrases), (2, 0), "{:?}", export.collection);
    let by_title = |part: &str| export.collection.0.values().find(|track| track.title.contains(part)).expect("there");
    let one = by_title("Demo Track 1");
    assert_eq!((one.bpm, one.phrases.len(), one.end_beat), (Some(128.0), 19, 353));
    let two = by_title("Demo Track 2");
    assert_eq!((two.bpm, two.end_beat), (Some(120.0), 257));
    let wanted: [(u32, PhraseKind); 11] = [
        (1, Intro),
        (33, Verse),
        (61, Verse),
        (93, Verse),
        (109, Verse),
        (125, PhraseKind::Bridge),
        (157, PhraseKind::Bridge),
        (173, Verse),
        (189, Verse),
        (205, Verse),
        (221, Outro),
    ];
    let found: Vec<_> = two.phrases.iter().map(|phrase| (phrase.beat, phrase.kind)).collect();
    assert_eq!(found, wanted);
    assert!(one.phrases.iter().any(|phrase| phrase.kind == Chorus));
}

#[test]
fn broken_sticks_are_refused_or_lose_only_their_phrases() {
    assert!(matches!(read(Path::new("/nowhere")), Err(ExportError::None(_))));
    let database = fixture("rekordbox_export.pdb");
    assert_eq!(database::tracks(&database).expect("whole").len(), 2);
    assert_eq!(database::tracks(b"RIFFxxxxWAVEfmt and so on, long enough to be read"), Err(Broken::Kind));
    for length in (0..database.len()).step_by(97) {
        let _ = database::tracks(&database[..length]);
    }
    let whole = fixture(P016);
    let wanted = analysis::form(&whole).expect("it has one");
    let at = whole.windows(4).position(|four| four == b"PSSI").expect("there");
    for length in (0..whole.len()).step_by(31).chain(at..at + 600) {
        let cut = analysis::form(&whole[..length.min(whole.len())]);
        assert!(cut.is_none() || cut.as_ref() == Some(&wanted), "{length}");
    }
    let mut state = 1u64;
    for _ in 0..20_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (place, bit) = ((state >> 33) as usize, (state >> 60) as u32 % 8);
        let mut bad = whole[at - 64..(at + 600).min(whole.len())].to_vec();
        let k = place % bad.len();
        bad[k] ^= 1 << bit;
        bad[..4].copy_from_slice(b"PMAI");
        bad[4..8].copy_from_slice(&64u32.to_be_bytes());
        let _ = analysis::form(&bad);
        let mut bad = database[..8192.min(database.len())].to_vec();
        let k = place % bad.len();
        bad[k] ^= 1 << bit;
        let _ = database::tracks(&bad);
    }
}

#[test]
fn nothing_outside_the_stick_is_opened() {
    let root = stick("outside");
    let pioneer = root.join("PIONEER");
    assert!(phrases(&pioneer, "/PIONEER/USBANLZ/P016/0000875E/ANLZ0000.DAT").is_some());
    assert!(phrases(&pioneer, "/PIONEER/../PIONEER/USBANLZ/P016/0000875E/ANLZ0000.DAT").is_none());
    std::fs::remove_dir_all(&root).expect("temporary folder");
}
