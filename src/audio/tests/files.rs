//! Sound files: decoding, looping, what their channels show.

use std::path::Path;

use super::super::*;
use crate::units::Seconds;

fn wav(path: &Path, samples: &[i16], channels: u16, rate: u32) {
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    for field in [1u16, channels] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(channels) * 2).to_le_bytes());
    bytes.extend((channels * 2).to_le_bytes());
    bytes.extend(16u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_file_is_played_against_show_time_and_looped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ramp.wav");
    // One second of stereo: the frame's number, less and more five.
    let samples: Vec<i16> = (0..8000i16).flat_map(|n| [n - 5, n + 5]).collect();
    wav(&path, &samples, 2, 8000);
    let mut input = open(&Choice::File(path), Channels::default()).unwrap().unwrap();
    assert!(input.description().contains("ramp.wav") && !input.is_lost());
    let mut out = Vec::new();
    input.pull(Seconds(10.75), &mut out);
    assert!(out.is_empty(), "nothing is heard before listening begins");
    input.pull(Seconds(11.0 + 3.0 / 8000.0), &mut out);
    assert_eq!((out.len(), input.config().channels), (2 * 2003, 2));
    let frame = |n: usize| [out[2 * n], out[2 * n + 1]].map(|x| (x * 32_767.0).round() as i32);
    assert_eq!([frame(0), frame(1999), frame(2001)], [[5995, 6005], [7994, 8004], [-4, 6]]);
    let mut right = open(&Choice::File(folder.path().join("ramp.wav")), Channels([1, 1])).unwrap().unwrap();
    right.pull(Seconds(0.0), &mut out);
    out.clear();
    right.pull(Seconds(0.25), &mut out);
    assert_eq!((out.len(), right.config().channels, (out[7] * 32_767.0).round() as i32), (2000, 1, 12));
}

/// What a file of two channels shows after a minute: whether a cable is inverted, whether it clips, its energy, its tempo.
fn heard_of_two(folder: &Path, left: &[f32], right: impl Fn(f32) -> f32) -> Features {
    let whole = |x: f32| (x * 32_767.0).round() as i16;
    let samples: Vec<i16> = left.iter().flat_map(|x| [whole(*x), whole(right(*x))]).collect();
    let path = folder.join("two.wav");
    wav(&path, &samples, 2, club::SAMPLE_RATE_HZ);
    let mut listener = Listener::new(open(&Choice::File(path), Channels::default()).unwrap());
    (0..=31_000).map(|k| listener.step(Seconds(f64::from(k) * 0.002), ListenSettings::default())).last().unwrap()
}

#[test]
fn a_files_cables_are_judged_as_an_inputs_are() {
    let folder = tempfile::tempdir().unwrap();
    let (samples, _) = club::Clip::find("house124").unwrap().render();
    let good = heard_of_two(folder.path(), &samples, |x| x);
    let inverted = heard_of_two(folder.path(), &samples, |x| -x);
    let dead = heard_of_two(folder.path(), &samples, |_| 0.0);
    let hot = heard_of_two(folder.path(), &samples, |x| (4.0 * x).clamp(-1.0, 1.0));
    let flags = [&good, &inverted, &dead, &hot].map(|heard| (heard.inverted, heard.clip));
    assert_eq!(flags, [(false, false), (true, false), (false, false), (false, true)]);
    for heard in [&good, &dead, &hot] {
        assert!(heard.pulse.is_sure() && (heard.pulse.bpm() - 124.0).abs() < 0.5, "{:?}", heard.pulse);
        assert!((heard.energy - good.energy).abs() < 0.05, "{} {}", heard.energy, good.energy);
    }
}

fn sound(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sounds").join(name)
}

/// Frames in the file, and the level of its loudest sample.
fn decoded(path: &Path) -> (usize, f32) {
    let decoded = crate::audio::file::decode(path, Channels::default()).unwrap_or_else(|e| panic!("{e}"));
    let loudest = decoded.samples.iter().map(|s| f32::from(*s).abs()).fold(0.0, f32::max) / 32_768.0;
    (decoded.samples.len() / usize::from(decoded.channels), loudest)
}

/// An ID3v2.3 tag with `filling` in a private frame.
fn tag(filling: &[u8]) -> Vec<u8> {
    let syncsafe = |n: usize| [n >> 21 & 127, n >> 14 & 127, n >> 7 & 127, n & 127].map(|b| b as u8);
    let size = filling.len() + 10;
    let head = [&b"ID3\x03\0\0"[..], &syncsafe(size), b"PRIV", &(filling.len() as u32).to_be_bytes(), &[0, 0]].concat();
    [&head, filling].concat()
}

#[test]
fn headers_are_not_believed_against_the_file() {
    // 0.2 s at 22 050 Hz; what ffmpeg decodes of those it reads.
    for name in
        ["wav_riff_8_short.wav", "wav_odd_chunk_no_pad.wav", "wav_never_finalised_data0.wav", "aiff_form_too_long.aiff"]
    {
        let (frames, loudest) = decoded(&sound(name));
        assert_eq!(frames, 4410, "{name}");
        assert!(loudest > 0.5, "{name}: {loudest}");
    }
    let whole = std::fs::read(sound("wav_riff_8_short.wav")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        decoded(&path).0
    };
    let data = 36..44;
    assert_eq!(&whole[data.start..data.start + 4], b"data");
    assert_eq!(with(&|b| b[40..44].fill(0xFF)), 4410, "a stream of unknown length");
    assert_eq!(with(&|b| b[4..8].fill(0xFF)), 4410);
    assert_eq!(with(&|b| b[4..8].fill(0)), 4410);
    assert_eq!(with(&|b| b.truncate(44 + 2000)), 1000, "cut short");
    assert_eq!(with(&|b| b.extend(b"LIST\x04\0\0\0INFO")), 4410, "what follows is no sound");
    assert_eq!(
        with(&|b| {
            b[4..8].copy_from_slice(&9000u32.to_le_bytes());
            b.splice(36..36, *b"bext\x03\0\0\0abc\0");
        }),
        4410
    );
    let aiff = std::fs::read(sound("aiff_form_too_long.aiff")).unwrap();
    let mut unfinished = aiff.clone();
    let at = aiff.windows(4).position(|name| name == b"SSND").unwrap();
    unfinished[at + 4..at + 8].fill(0);
    unfinished[22..26].fill(0);
    std::fs::write(&path, unfinished).unwrap();
    assert_eq!(decoded(&path).0, 4410, "an AIFF whose recorder crashed");
}

#[test]
fn a_wav_that_is_really_empty_stays_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing.wav");
    wav(&path, &[], 1, 48_000);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend(b"LIST\x04\0\0\0INFO");
    std::fs::write(&path, bytes).unwrap();
    let error = open(&Choice::File(path), Channels::default()).err().unwrap().to_string();
    assert!(error.contains("holds no sound"), "{error}");
}

#[test]
fn tags_are_skipped_and_not_searched() {
    let (frames, loudest) = decoded(&sound("mp3_cover_with_sync_word.mp3"));
    assert!((44_000..48_000).contains(&frames) && loudest > 0.3, "{frames} {loudest}");
    let whole = std::fs::read(sound("mp3_cover_with_sync_word.mp3")).unwrap();
    let size = whole[6..10].iter().fold(0, |n, b| n << 7 | usize::from(*b)) + 10;
    let bare = &whole[size..];
    // Covers of two megabytes, one of nothing but what looks like frames.
    let (cover, frames_in_it) = (vec![7u8; 2 << 20], bare.iter().copied().cycle().take(2 << 20).collect::<Vec<_>>());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp3");
    let flac = std::fs::read(sound("tone.flac")).unwrap();
    for cover in [&cover, &frames_in_it] {
        std::fs::write(&path, [&tag(cover)[..], bare].concat()).unwrap();
        assert_eq!(decoded(&path).0, frames);
        // Two tags, and a FLAC behind one.
        std::fs::write(&path, [&tag(cover)[..], &tag(b"another"), &[0; 100], bare].concat()).unwrap();
        assert_eq!(decoded(&path).0, frames);
        std::fs::write(&path, [&tag(cover)[..], &flac].concat()).unwrap();
        assert_eq!(decoded(&path).0, 4410);
    }
    // A tag that says it is longer than the file.
    let mut lying = [&tag(&cover[..4000])[..], bare].concat();
    lying[6..10].fill(0x7F);
    std::fs::write(&path, lying).unwrap();
    assert_eq!(decoded(&path).0, frames);
    std::fs::write(&path, bare).unwrap();
    assert_eq!(decoded(&path).0, frames, "no tag");
}

#[test]
fn a_refusal_names_what_the_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.mp3");
    let mut adpcm = std::fs::read(sound("wav_riff_8_short.wav")).unwrap();
    adpcm[20] = 0x11;
    let opus = std::fs::read(sound("opus.ogg")).unwrap();
    let alac = std::fs::read(sound("alac.m4a")).unwrap();
    let cases: [(&[u8], &[&str]); 8] = [
        (&opus, &["Opus", "ffmpeg"]),
        (&alac, &["ALAC", "ffmpeg"]),
        (&adpcm, &["ADPCM", "ffmpeg"]),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", &["WMA", "ffmpeg"]),
        (b"<!DOCTYPE html><html>", &["web page"]),
        (b"version https://git-lfs.github.com/spec/v1\n", &["git lfs pull"]),
        (b"MThd\0\0\0\x06", &["MIDI"]),
        (b"", &["empty"]),
    ];
    for (content, words) in cases {
        std::fs::write(&path, content).unwrap();
        let error = open(&Choice::File(path.clone()), Channels::default()).err().unwrap().to_string();
        assert!(words.iter().all(|word| error.contains(word)) && error.contains("song.mp3"), "{error}");
    }
    #[cfg(target_os = "linux")]
    {
        let error = open(&Choice::File("/dev/zero".into()), Channels::default()).err().unwrap().to_string();
        assert!(error.contains("device"), "{error}");
    }
}

#[test]
fn an_unreadable_file_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no.wav");
    let garbage = folder.path().join("garbage.mp3");
    std::fs::write(&garbage, b"this is not music ".repeat(400)).unwrap();
    let empty = folder.path().join("empty.flac");
    std::fs::write(&empty, b"").unwrap();
    let silent = folder.path().join("nothing.wav");
    wav(&silent, &[], 1, 48_000);
    for path in [missing, garbage, empty, silent, folder.path().to_owned()] {
        let error = open(&Choice::File(path.clone()), Channels::default()).err().expect("must fail").to_string();
        assert!(error.contains(&path.display().to_string()) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn a_header_with_absurd_numbers_is_one_sentence_and_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absurd.wav");
    wav(&path, &[0; 400], 1, 8000);
    let good = std::fs::read(&path).unwrap();
    // Channels, rate, bytes a frame, bits: each as large as it can be, alone and with the others.
    let fields = [22..24, 24..28, 32..34, 34..36];
    for chosen in 0..1u8 << fields.len() {
        for fill in [0u8, 0x7F, 0x80, 0xFF] {
            let mut bytes = good.clone();
            for (k, field) in fields.iter().enumerate().filter(|(k, _)| chosen >> k & 1 == 1) {
                bytes[field.clone()].fill(fill);
                // Not the same number everywhere.
                bytes[field.start] = fill.wrapping_sub(k as u8);
            }
            std::fs::write(&path, bytes).unwrap();
            if let Err(error) = open(&Choice::File(path.clone()), Channels::default()) {
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
}
