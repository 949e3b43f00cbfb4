//! What the generator makes of prompts, weights, heat and feedback, with the model in the box.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use halation::diffusion::{LoadOptions, Pipeline};
use halation::dream::{DreamConfig, Dreamer, Picture, Sequence, Stills, TextBoard};
use halation::param::{self, Snapshot};
use halation::show::Show;
use halation::tempo::Tempo;
use halation::units::{Bpm, Seconds};

use crate::support::root;

const SIDE: usize = 256;

fn show() -> &'static Show {
    static SHOW: OnceLock<Show> = OnceLock::new();
    SHOW.get_or_init(|| halation::show::load(&root().join("mappings/shows/first-light.toml")).unwrap())
}

/// A dreamer in virtual time: 4 images a second.
struct Studio {
    dreamer: Dreamer,
    tempo: Tempo,
    now: Seconds,
}

impl Studio {
    fn new() -> Self {
        let pipeline = Pipeline::load(&root().join("models/spark"), &LoadOptions::default()).unwrap();
        let config = DreamConfig {
            width_px: SIDE,
            height_px: SIDE,
            texts: TextBoard::new(show().banks.clone()),
            stills: Stills::default(),
            still_files: None,
            sequence: Sequence::default(),
            image: None,
            models: None,
            guides: [].into(),
            mask: None,
            overlays: Default::default(),
            drift_correction: true,
            cost: None,
        };
        Self { dreamer: Dreamer::new(pipeline, config), tempo: Tempo::new(Bpm(120.0)), now: Seconds(0.0) }
    }

    /// The next image of the stream; stills made on the way are passed over.
    fn image(&mut self, snapshot: &Snapshot) -> Picture {
        loop {
            self.now = self.now.after(0.25);
            self.tempo.step(self.now);
            let now = self.now;
            let frame = self.dreamer.step(snapshot, &self.tempo.clock(), &|| now, &|| false).unwrap();
            if let Some(frame) = frame {
                return Picture::from_rgba(SIDE, SIDE, &frame.pixels);
            }
        }
    }
}

fn snapshot(bank: usize, slot: usize, seed: u32) -> Snapshot {
    let mut s = Snapshot { bank, ..Snapshot::default() };
    s.mix = std::array::from_fn(|k| if k + 1 == slot { 1.0 } else { 0.0 });
    for values in [&mut s.base, &mut s.effective] {
        for (id, value) in &show().settings.values {
            values[*id] = *value;
        }
        values[param::PROMPT_BANK] = bank as f32;
        values[param::PROMPT_SLOT] = slot as f32;
        values[param::DREAM_SEED] = seed as f32;
        values[param::DREAM_STRENGTH] = 1.0;
        values[param::DREAM_SOURCE] = 1.0;
        values[param::DREAM_TRAVEL] = 0.0;
    }
    // Stills, which feedback leans on, as fine as they were when the bars were set.
    s.base[param::DREAM_STEPS] = param::DREAM_STEPS.row().default_value();
    s
}

/// 16×16 means in linear light.
fn small(picture: &Picture) -> Vec<f32> {
    let cell = SIDE / 16;
    let linear = |v: f32| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
    let mut out = Vec::new();
    for c in 0..3 {
        let plane = picture.plane(c);
        for cy in 0..16 {
            for cx in 0..16 {
                let inside = (0..cell * cell).map(|k| plane[(cy * cell + k / cell) * SIDE + cx * cell + k % cell]);
                out.push(inside.map(linear).sum::<f32>() / (cell * cell) as f32);
            }
        }
    }
    out
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f32>().sqrt()
}

#[test]
fn prompts_matter() {
    const SEEDS: usize = 3;
    let mut studio = Studio::new();
    let mut slots: Vec<Vec<Vec<f32>>> = Vec::new();
    for bank in 1..=show().banks.banks.len() {
        for slot in 1..=8 {
            let picture = |seed| small(&studio.image(&snapshot(bank, slot, 10 + seed as u32)));
            slots.push((0..SEEDS).map(picture).collect());
        }
    }
    let mean = |values: Vec<f32>| values.iter().sum::<f32>() / values.len() as f32;
    let within = |s: &Vec<Vec<f32>>| {
        mean((0..SEEDS).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| distance(&s[i], &s[j])).collect())
    };
    let (mut clear, mut pairs) = (0, 0);
    for a in 0..slots.len() {
        for b in 0..a {
            let between = mean(slots[a].iter().flat_map(|x| slots[b].iter().map(|y| distance(x, y))).collect());
            let ratio = between / (0.5 * (within(&slots[a]) + within(&slots[b]))).max(1e-6);
            pairs += 1;
            clear += usize::from(ratio >= 1.5);
        }
    }
    println!("{clear} of {pairs} slot pairs differ at least 1.5 times more than seeds of one slot do");
    assert!(clear * 10 >= pairs * 8, "{clear} of {pairs}");
}

/// Distance from the first picture grows all the way to the last, within a little slack.
fn moves_from_end_to_end(pictures: &[Vec<f32>], what: &str) {
    let away: Vec<f32> = pictures.iter().map(|p| distance(p, &pictures[0])).collect();
    let whole = *away.last().unwrap();
    assert!(whole > 0.5, "{what} moves nothing: {away:?}");
    for pair in away.windows(2) {
        assert!(pair[1] >= pair[0] - 0.05 * whole, "{what} turns back: {away:?}");
    }
}

#[test]
fn weights_and_heat_move_the_picture_from_end_to_end() {
    let mut studio = Studio::new();
    let by_weight: Vec<Vec<f32>> = (0..=6)
        .map(|k| {
            let mut s = snapshot(2, 1, 3);
            let share = k as f32 / 6.0;
            (s.mix[0], s.mix[4]) = (1.0 - share, share);
            small(&studio.image(&s))
        })
        .collect();
    moves_from_end_to_end(&by_weight, "weights");
    let by_heat: Vec<Vec<f32>> = (0..=6)
        .map(|k| {
            let mut s = snapshot(2, 8, 3);
            s.effective[param::PROMPT_HEAT] = k as f32 / 6.0;
            small(&studio.image(&s))
        })
        .collect();
    moves_from_end_to_end(&by_heat, "heat");
}

/// Three runs, since one wanders: what they drift in common is rot, and none may wander far.
#[test]
fn feedback_does_not_rot() {
    let (mut early, mut late) = (Means::default(), Means::default());
    for seed in 1..=3 {
        let mut studio = Studio::new();
        let mut s = snapshot(1, 3, seed);
        s.effective[param::DREAM_SOURCE] = 0.0;
        s.effective[param::DREAM_STRENGTH] = 0.45;
        s.effective[param::DREAM_TRAVEL] = param::DREAM_TRAVEL.row().default_value();
        let (mut first, mut last) = (Means::default(), Means::default());
        for k in 1..=300 {
            let picture = studio.image(&s);
            match k {
                11..=30 => first.add(&picture),
                251..=300 => last.add(&picture),
                _ => {}
            }
        }
        drifts(&format!("seed {seed}"), last.over(&first), [0.7..=1.43, 0.7..=1.43, 0.5..=2.0]);
        early.join(&first);
        late.join(&last);
    }
    drifts("all of them", late.over(&early), [0.85..=1.15, 0.85..=1.15, 0.7..=1.4]);
}

fn drifts(which: &str, ratios: [f32; 3], allowed: [RangeInclusive<f32>; 3]) {
    println!("{which}: images 251-300 over 11-30: luminance, saturation, Laplacian energy {ratios:.3?}");
    for ((what, ratio), allowed) in ["luminance", "saturation", "Laplacian energy"].iter().zip(ratios).zip(allowed) {
        assert!(allowed.contains(&ratio), "{which}: {what} x{ratio}");
    }
}

/// Mean luminance, saturation (HSV) and Laplacian energy over pictures.
#[derive(Default)]
struct Means([f32; 3], f32);

impl Means {
    fn add(&mut self, p: &Picture) {
        let n = (SIDE * SIDE) as f32;
        let (mut luminance, mut saturation) = (0.0, 0.0);
        for ((r, g), b) in p.plane(0).iter().zip(p.plane(1)).zip(p.plane(2)) {
            let (high, low) = (r.max(*g).max(*b), r.min(*g).min(*b));
            luminance += 0.2126 * r + 0.7152 * g + 0.0722 * b;
            saturation += if high > 0.0 { (high - low) / high } else { 0.0 };
        }
        let new = [luminance / n, saturation / n, p.detail()];
        self.0 = std::array::from_fn(|k| self.0[k] + new[k]);
        self.1 += 1.0;
    }

    fn join(&mut self, other: &Self) {
        self.0 = std::array::from_fn(|k| self.0[k] + other.0[k]);
        self.1 += other.1;
    }

    fn over(&self, other: &Self) -> [f32; 3] {
        std::array::from_fn(|k| (self.0[k] / self.1) / (other.0[k] / other.1))
    }
}

/// The default chain with a camera that flies, turns and looks aside: 500 images at strength 0.5. `make bench` runs it.
#[test]
#[ignore = "takes minutes"]
fn a_moving_camera_wears_nothing_out() {
    let (mut early, mut late) = (Means::default(), Means::default());
    for (bank, slot, seed) in [(2, 7, 21), (4, 2, 22), (6, 5, 23)] {
        let mut studio = Studio::new();
        let mut s = snapshot(bank, slot, seed);
        s.effective[param::DREAM_SOURCE] = 0.0;
        s.effective[param::DREAM_STRENGTH] = 0.5;
        s.effective[param::DREAM_TRAVEL] = param::DREAM_TRAVEL.row().default_value();
        let mut motion = s.content_motion;
        (motion.zoom_octaves, motion.turns, motion.dolly, motion.pan) = (0.02, 0.004, 0.03, 0.01);
        let (mut first, mut last) = (Means::default(), Means::default());
        for k in 1..=500 {
            s.content = s.content.travelled(motion, 0.5);
            let picture = studio.image(&s);
            match k {
                11..=30 => first.add(&picture),
                401..=500 => last.add(&picture),
                _ => {}
            }
        }
        println!("bank {bank}, slot {slot}, images 401-500 over 11-30: {:.3?}", last.over(&first));
        early.join(&first);
        late.join(&last);
    }
    drifts("all of them", late.over(&early), [0.9..=1.1, 0.9..=1.1, 0.7..=1.4]);
}
