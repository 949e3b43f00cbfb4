//! What the ears are worth, on generated club tracks with exact truth, and what they cost. Prints one table.
//!
//! `cargo bench --bench ears -- --write DIR` writes the tracks instead, for `tests/reference/ears_rivals.py`.

use std::path::Path;
use std::time::Instant;
use std::{fs, io};

use halation::audio::club::score::{cmlt, f_measure, lock_s};
use halation::audio::club::{Clip, SAMPLE_RATE_HZ, Truth, wav};
use halation::audio::{Analysis, AnalysisConfig, Features, Notice, Watcher};

/// What was noticed in one clip.
#[derive(Default)]
struct Heard {
    beats: Vec<f64>,
    /// `known` − `t` of beats, and of drops against the truth, in seconds.
    beat_delays: Vec<f64>,
    drops: Vec<f64>,
}

fn hear(samples: &[f32]) -> Heard {
    let config = AnalysisConfig { sample_rate_hz: SAMPLE_RATE_HZ, channels: 1, ..AnalysisConfig::default() };
    let (mut ears, mut watcher, mut out) = (Analysis::new(config), Watcher::default(), Heard::default());
    for hop in samples.chunks(256) {
        ears.push(hop);
        watcher.step(&ears.features(), &mut |notice| match notice {
            Notice::Beat { t, known, .. } => {
                out.beats.push(t);
                out.beat_delays.push(known - t);
            }
            Notice::Drop { t, .. } => out.drops.push(t),
            _ => {}
        });
    }
    out
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() - 1) as f64 * q).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Prints a row for each clip of a set, and its means.
fn set(name: &str, clips: Vec<Clip>) -> Vec<(Clip, Truth, Heard)> {
    let all: Vec<(Clip, Truth, Heard)> = clips
        .into_iter()
        .map(|clip| {
            let (samples, truth) = clip.render();
            let heard = hear(&samples);
            (clip, truth, heard)
        })
        .collect();
    println!("\n| {name} | F | CMLt | first lock s |\n|---|---|---|---|");
    let mut rows = Vec::new();
    for (clip, truth, heard) in &all {
        let row = (f_measure(&truth.beats, &heard.beats), cmlt(&truth.beats, &heard.beats));
        let lock = lock_s(&truth.beats, &heard.beats, 0.0);
        println!(
            "| {} | {:.3} | {:.3} | {} |",
            clip.name,
            row.0,
            row.1,
            lock.map_or("–".into(), |s| format!("{s:.1}"))
        );
        rows.push(row);
    }
    let (f, c): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
    println!("| **mean** | {:.3} | {:.3} | |", mean(&f), mean(&c));
    all
}

/// Writes the clips, their truth and the beats we heard, for other trackers to be measured on the same sound:
/// NAME.wav (16 bit mono), NAME.truth and NAME.ours (seconds, one a line).
fn write(folder: &Path, set: &str, clips: Vec<Clip>) -> io::Result<()> {
    let folder = folder.join(set);
    fs::create_dir_all(&folder)?;
    let lines = |times: &[f64]| times.iter().map(|t| format!("{t:.5}\n")).collect::<String>();
    for clip in clips {
        let (samples, truth) = clip.render();
        let file = |end: &str| folder.join(format!("{}.{end}", clip.name));
        fs::write(file("truth"), lines(&truth.beats))?;
        fs::write(file("ours"), lines(&hear(&samples).beats))?;
        fs::write(file("wav"), wav(&samples, SAMPLE_RATE_HZ))?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let (clean, hard): (Vec<Clip>, Vec<Clip>) = Clip::all().into_iter().partition(Clip::is_clean);
    let mut arguments = std::env::args().skip_while(|word| word != "--write").skip(1);
    if let Some(folder) = arguments.next() {
        for (name, clips) in [("clean", clean), ("hard", hard), ("unseen", Clip::unseen())] {
            write(Path::new(&folder), name, clips)?;
        }
        // Whole tracks one after the other: a night in six minutes.
        let night: Vec<f32> = Clip::structured(0).iter().flat_map(|clip| clip.render().0).collect();
        fs::write(Path::new(&folder).join("night.wav"), wav(&night, SAMPLE_RATE_HZ))?;
        println!("the clips are in {folder}; go on with tests/reference/ears_rivals.py {folder}");
        return Ok(());
    }
    let mut all = set("clean", clean);
    all.extend(set("hard", hard));
    let unseen = set("unseen", Clip::unseen());
    let mut locks: Vec<f64> = Vec::new();
    let mut delays: Vec<f64> = Vec::new();
    for (_, truth, heard) in all.iter().chain(&unseen) {
        locks.extend(lock_s(&truth.beats, &heard.beats, 0.0));
        delays.extend(heard.beat_delays.iter().map(|s| s * 1000.0));
    }
    println!(
        "\nfirst lock p90 {:.1} s; known − t of beats p95 {:.1} ms",
        quantile(&mut locks, 0.9),
        quantile(&mut delays, 0.95)
    );
    for (clip, truth, heard) in all.iter().chain(&unseen).filter(|(clip, ..)| clip.name.contains("cut1")) {
        let relock = lock_s(&truth.beats, &heard.beats, 30.0);
        println!("{}: locked again after {:.1} s", clip.name, relock.unwrap_or(f64::NAN));
    }
    let (mut late, mut found, mut wanted) = (Vec::new(), 0, 0);
    for clip in (0..2).flat_map(Clip::structured) {
        let (samples, truth) = clip.render();
        let heard = hear(&samples);
        for (_, drop) in &truth.breaks {
            wanted += 1;
            let hit = heard.drops.iter().map(|t| t - drop).find(|late| (-0.05..=0.1).contains(late));
            found += usize::from(hit.is_some());
            late.extend(hit.map(|s| s * 1000.0));
        }
    }
    println!("drops: {found} of {wanted} found, {:.0} ms late at most", quantile(&mut late, 1.0));
    cost();
    Ok(())
}

/// Time a hop takes, and how much faster than the music it is.
fn cost() {
    let (samples, _) = Clip::all()[0].render();
    let config = AnalysisConfig { sample_rate_hz: SAMPLE_RATE_HZ, channels: 1, ..AnalysisConfig::default() };
    let mut ears = Analysis::new(config);
    let began = Instant::now();
    let hops = ears.push(&samples);
    let took_s = began.elapsed().as_secs_f64();
    let sound_s = samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
    let Features { hop, .. } = ears.features();
    println!(
        "one hop of {hop}: {:.1} µs, {:.2} % of a core, {:.0} times real time",
        1e6 * took_s / hops as f64,
        100.0 * took_s / sound_s,
        sound_s / took_s
    );
}
