//! What the ears are worth, on generated club tracks with exact truth, and what they cost. Prints a table for each set of
//! clips, then one with every figure beside its bar.
//!
//! Where `HALATION_RIVALS` names a Python that has mir_eval, other people's trackers hear the same tracks in the same run
//! (`tests/reference/ears_rivals.py` says how to install them). `cargo bench --bench ears -- --write DIR` only writes the
//! tracks.

use std::path::Path;
use std::time::Instant;
use std::{fs, io};

use halation::audio::club::negative::{self, NEGATIVES};
use halation::audio::club::score::{cmlt, f_measure, lock_s, strokes};
use halation::audio::club::{Clip, SAMPLE_RATE_HZ, Truth, sound, wav};

// Each bench reads what it needs of what was heard.
#[allow(dead_code)]
#[path = "hearing.rs"]
mod hearing;

use hearing::{Heard, ears, hear, mean, quantile, write_clip};

/// A clip, the truth, what was heard of it, and how long it is in seconds.
struct Judged {
    clip: Clip,
    truth: Truth,
    heard: Heard,
    length_s: f64,
}

impl Judged {
    fn all(clips: Vec<Clip>) -> Vec<Self> {
        let judge = |clip: Clip| {
            let (samples, truth) = clip.render();
            let heard = hear(&samples, &truth);
            Self { clip, truth, heard, length_s: samples.len() as f64 / f64::from(SAMPLE_RATE_HZ) }
        };
        clips.into_iter().map(judge).collect()
    }

    fn f(&self) -> f64 {
        f_measure(&self.truth.beats, &self.heard.beats)
    }

    fn cmlt(&self) -> f64 {
        cmlt(&self.truth.beats, &self.heard.beats)
    }

    /// Infinite when it never locks.
    fn lock_s(&self, from_s: f64) -> f64 {
        lock_s(&self.truth.beats, &self.heard.beats, from_s).unwrap_or(f64::INFINITY)
    }
}

/// Judges a set and prints a row for each clip.
fn set(name: &str, clips: Vec<Clip>) -> Vec<Judged> {
    let all = Judged::all(clips);
    println!("\n| {name} | F | CMLt | first lock s |\n|---|---|---|---|");
    for one in &all {
        println!("| {} | {:.3} | {:.3} | {:.1} |", one.clip.name, one.f(), one.cmlt(), one.lock_s(0.0));
    }
    println!("| **mean** | {:.3} | {:.3} | |", mean(all.iter().map(Judged::f)), mean(all.iter().map(Judged::cmlt)));
    all
}

fn row(what: &str, bar: &str, measured: &str) {
    println!("| {what} | {bar} | {measured} |");
}

/// Writes a set of clips into a folder of its name.
fn write(folder: &Path, set: &str, clips: Vec<Clip>) -> io::Result<()> {
    let folder = folder.join(set);
    fs::create_dir_all(&folder)?;
    for clip in clips {
        let (samples, truth) = clip.render();
        write_clip(&folder, clip.name, &samples, &truth)?;
    }
    Ok(())
}

fn write_all(folder: &str) -> io::Result<()> {
    let (clean, hard): (Vec<Clip>, Vec<Clip>) = Clip::tuned().into_iter().partition(Clip::is_clean);
    for (name, clips) in [("clean", clean), ("hard", hard), ("unseen", Clip::unseen()), ("mishaps", Clip::mishaps())] {
        write(Path::new(folder), name, clips)?;
    }
    let night = sound("night").unwrap_or_default();
    fs::write(Path::new(folder).join("night.wav"), wav(&night, SAMPLE_RATE_HZ))?;
    println!("the clips are in {folder}");
    Ok(())
}

/// Other people's trackers on the same clips, when there is a Python to run them.
fn rivals() -> io::Result<()> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/ears_rivals.py");
    let Some(python) = std::env::var_os("HALATION_RIVALS") else {
        println!("\nNo other trackers: HALATION_RIVALS=PYTHON lets {script} run them.");
        return Ok(());
    };
    let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/ears");
    write_all(folder)?;
    let done = std::process::Command::new(python).arg(script).arg(folder).status()?;
    done.success().then_some(()).ok_or_else(|| io::Error::other(format!("{script} failed: {done}")))
}

fn main() -> io::Result<()> {
    if let Some(folder) = std::env::args().skip_while(|word| word != "--write").nth(1) {
        return write_all(&folder);
    }
    let (clean, hard): (Vec<Clip>, Vec<Clip>) = Clip::tuned().into_iter().partition(Clip::is_clean);
    let (clean, hard) = (set("clean", clean), set("hard", hard));
    let (unseen, mishaps) = (set("unseen", Clip::unseen()), set("mishaps", Clip::mishaps()));
    set("limits", Clip::limits());
    println!("\n| what | bar | measured |\n|---|---|---|");
    let least = quantile(clean.iter().map(Judged::cmlt), 0.0);
    let clean_f = mean(clean.iter().map(Judged::f));
    row("clean set: least CMLt; mean F", "0.95; 0.97", &format!("{least:.3}; {clean_f:.3}"));
    for (name, all) in [("hard", &hard), ("unseen", &unseen), ("mishaps", &mishaps)] {
        let means = format!("{:.3}; {:.3}", mean(all.iter().map(Judged::f)), mean(all.iter().map(Judged::cmlt)));
        row(&format!("{name} set: mean F; mean CMLt"), "0.95; 0.93", &means);
    }
    let all: Vec<&Judged> = clean.iter().chain(&hard).chain(&unseen).chain(&mishaps).collect();
    let fast = all.iter().filter(|one| one.clip.name.contains("dnb") || one.clip.name.contains("amen"));
    let least = quantile(fast.map(|one| one.cmlt()), 0.0);
    row("drum and bass at 170 to 178, at full tempo: least CMLt", "every clip", &format!("{least:.3}"));
    let locks = all.iter().map(|one| one.lock_s(0.0));
    let cuts = all.iter().filter(|one| one.clip.name.contains("cut1") || one.clip.name.contains("spinback"));
    let relocks = cuts.map(|one| one.lock_s(30.0));
    let locked = format!("{:.1} s; {:.1} s", quantile(locks, 0.9), quantile(relocks, 1.0));
    row("first lock p90; longest re-lock after a cut", "4 s; 6 s", &locked);
    let drifts = all.iter().flat_map(|one| one.heard.drifts.iter().map(|s| s * 1000.0));
    row("off the beat at the end of breaks, most", "30 ms", &format!("{:.1} ms", quantile(drifts, 1.0)));
    drops(&all);
    kicks(&all);
    negatives();
    gain();
    let delays = all.iter().flat_map(|one| one.heard.beat_delays.iter().map(|s| s * 1000.0));
    row("known − t of beats, p95", "50 ms", &format!("{:.1} ms", quantile(delays, 0.95)));
    cost();
    rivals()
}

fn drops(plain: &[&Judged]) {
    let whole: Vec<Judged> = (0..2).flat_map(|k| Judged::all(Clip::structured(k))).collect();
    let (mut late, mut wanted, mut told) = (Vec::new(), 0, 0);
    for one in &whole {
        told += one.heard.drops.len();
        for (_, drop) in &one.truth.breaks {
            wanted += 1;
            let found = one.heard.drops.iter().map(|t| t - drop).find(|late| (-0.05..=0.1).contains(late));
            late.extend(found.map(|s| s * 1000.0));
        }
    }
    let plain = plain.iter().filter(|one| one.truth.breaks.is_empty());
    let (minutes, mut wrong) = (plain.clone().map(|one| one.length_s / 60.0).sum::<f64>(), told - late.len());
    for one in plain.filter(|one| !one.heard.drops.is_empty()) {
        eprintln!("false drops in {}: {:.1?}", one.clip.name, one.heard.drops);
        wrong += one.heard.drops.len();
    }
    let minutes = minutes + whole.iter().map(|one| one.length_s / 60.0).sum::<f64>();
    let found = format!(
        "{:.2}; {:.0} ms; {:.1} ({wrong} in {minutes:.0} min)",
        late.len() as f64 / f64::from(wanted),
        quantile(late, 1.0),
        10.0 * wrong as f64 / minutes
    );
    row("drops: recall; delay; false in 10 min", "0.9; 100 ms; 1", &found);
}

fn kicks(all: &[&Judged]) {
    let played = all.iter().filter(|one| !one.truth.kicks.is_empty());
    let (f, delays): (Vec<f64>, Vec<Vec<f64>>) = played.map(|one| strokes(&one.truth.kicks, &one.heard.kicks)).unzip();
    let found = format!("{:.3}; {:.1} ms", mean(f), quantile(delays.into_iter().flatten(), 0.95));
    row("kick: mean F (±50 ms); p95 of known − t", "0.95; 25 ms", &found);
}

fn negatives() {
    let (mut beats, mut energy) = (0, 0.0f32);
    for (name, seed) in NEGATIVES.into_iter().flat_map(|name| (1..4).map(move |seed| (name, seed))) {
        let heard = negative::render(name, 60.0, seed).map(|samples| hear(&samples, &Truth::default()));
        let Heard { beats: found, energy: (most, _), .. } = heard.unwrap_or_default();
        (beats, energy) = (beats + found.len(), energy.max(most));
    }
    row("no music, 18 minutes of it: beats; most energy", "0; 0.1", &format!("{beats}; {energy:.3}"));
}

fn gain() {
    let apart = ["house124", "techno142", "dnb174"].into_iter().filter_map(Clip::find).map(|clip| {
        let (loud, truth) = clip.render();
        let quiet: Vec<f32> = loud.iter().map(|x| x * 10f32.powf(-30.0 / 20.0)).collect();
        f64::from((hear(&loud, &truth).energy.1 - hear(&quiet, &truth).energy.1).abs())
    });
    let most = quantile(apart, 1.0);
    row("energy after 60 s, 0 against −30 dB", "within 0.05", &format!("{most:.3}"));
}

/// Time a hop takes, and how much faster than the music it is.
fn cost() {
    let (samples, _) = Clip::tuned()[0].render();
    let mut ears = ears();
    let began = Instant::now();
    let hops = ears.push(&samples);
    let took_s = began.elapsed().as_secs_f64();
    let sound_s = samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
    let cost = format!(
        "{:.2} % ({:.0} µs a hop); {:.0}×",
        100.0 * took_s / sound_s,
        1e6 * took_s / hops as f64,
        sound_s / took_s
    );
    row("cost: share of one core; times real time", "1.5 %; 60×", &cost);
}
