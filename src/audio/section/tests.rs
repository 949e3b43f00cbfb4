use super::*;
use crate::audio::club::{Clip, SAMPLE_RATE_HZ};
use crate::audio::tests::mono;
use crate::audio::{Analysis, AnalysisConfig};

/// The passages of mono samples: when each began, and the times of drops.
fn hear(samples: &[f32]) -> (Vec<(f64, Section)>, Vec<f64>) {
    let mut analysis = mono(SAMPLE_RATE_HZ);
    let (mut sections, mut drops, mut before) = (Vec::new(), Vec::new(), Passage::default());
    for hop in samples.chunks(256) {
        analysis.push(hop);
        let (now_s, now) = (analysis.features().time_s, analysis.features().passage);
        if now.section != before.section {
            sections.push((now_s, now.section));
        }
        if now.drops != before.drops {
            drops.push(now_s);
        }
        before = now;
    }
    (sections, drops)
}

/// The sample that sounds at `t` seconds.
fn place(t: f64) -> usize {
    (t * f64::from(SAMPLE_RATE_HZ)) as usize
}

/// Of one pole.
struct LowPass {
    keep: f32,
    low: f32,
}

impl LowPass {
    fn at(hz: f32) -> Self {
        Self { keep: (-std::f32::consts::TAU * hz / SAMPLE_RATE_HZ as f32).exp(), low: 0.0 }
    }

    fn step(&mut self, x: f32) -> f32 {
        self.low = x + (self.low - x) * self.keep;
        self.low
    }
}

fn at(sections: &[(f64, Section)], t: f64) -> Section {
    sections.iter().rfind(|(from, _)| *from <= t).map_or(Section::Silence, |(_, section)| *section)
}

/// Every drop is found within 100 ms, breaks and build-ups are called what they are.
fn judge(set: usize) {
    let (mut found, mut all, mut false_drops, mut seconds, mut right, mut asked) = (0, 0, 0, 0.0, 0, 0);
    for clip in Clip::structured(set) {
        let (samples, truth) = clip.render();
        let (sections, drops) = hear(&samples);
        let (from, drop) = truth.breaks[0];
        let delay_s = drops.iter().map(|t| t - drop).find(|late| (-0.05..=0.1).contains(late));
        println!("{:16} drop {:?} ms late, sections {sections:.1?}", clip.name, delay_s.map(|s| (s * 1000.0).round()));
        found += usize::from(delay_s.is_some());
        false_drops += drops.len() - usize::from(delay_s.is_some());
        all += 1;
        seconds += samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
        let build = truth.builds.first().copied();
        // Every half second, two seconds off the borders; a build-up is one from half of it on.
        let mut t = 12.0;
        while t < drop + 8.0 {
            let far = |border: f64| (t - border).abs() > 2.0;
            let building = build.is_some_and(|b| t > b);
            if far(from) && far(drop) && build.is_none_or(|b| t < b || t > 0.5 * (b + drop)) {
                let wanted = if t < from {
                    Section::Groove
                } else if t > drop {
                    Section::Drop
                } else if building {
                    Section::Build
                } else {
                    Section::Break
                };
                asked += 1;
                right += usize::from(at(&sections, t) == wanted);
            }
            t += 0.5;
        }
    }
    let share = right as f64 / asked as f64;
    println!(
        "set {set}: {found} of {all} drops, {false_drops} false in {:.1} min, sections {share:.3}",
        seconds / 60.0
    );
    assert!(found as f64 >= 0.9 * all as f64 && false_drops <= 1 && share >= 0.85);
}

#[test]
fn drops_and_sections_of_the_first_set() {
    judge(0);
}

#[test]
fn drops_and_sections_of_the_second_set() {
    judge(1);
}

#[test]
fn ordinary_music_has_hardly_any_false_drops() {
    let (mut drops, mut seconds) = (0, 0.0);
    for clip in Clip::tuned().into_iter().filter(|clip| !clip.name.contains("break1")) {
        let (samples, _) = clip.render();
        let found = hear(&samples).1;
        if !found.is_empty() {
            println!("{}: {found:.1?}", clip.name);
        }
        drops += found.len();
        seconds += samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
    }
    println!("{drops} drops in {:.1} minutes of music without one", seconds / 60.0);
    assert!(drops as f64 <= seconds / 600.0);
}

#[test]
fn a_kick_on_the_one_alone_is_no_row_of_breaks() {
    let (samples, _) = Clip::find("waltz126").unwrap().render();
    let (sections, _) = hear(&samples);
    println!("{sections:?}");
    // Silence, nothing yet, groove; and two breaks that were none.
    assert!(sections.len() <= 8, "{} passages", sections.len());
}

#[test]
fn a_short_mute_changes_nothing() {
    let (mut samples, truth) = Clip::find("house124").unwrap().render();
    samples[place(truth.beats[40])..place(truth.beats[43])].iter_mut().for_each(|x| *x *= 0.01);
    let (sections, drops) = hear(&samples);
    assert_eq!(at(&sections, truth.beats[45]), Section::Groove, "{sections:?}");
    assert!(drops.is_empty());
}

#[test]
fn a_fader_pulled_down_and_up_is_no_break_and_no_drop() {
    let (mut samples, truth) = Clip::find("house124").unwrap().render();
    samples[place(20.0)..place(40.0)].iter_mut().for_each(|x| *x *= 0.1);
    let (sections, drops) = hear(&samples);
    assert!(drops.is_empty(), "{drops:?}");
    assert!(truth.beats.iter().filter(|t| **t > 15.0).all(|t| at(&sections, *t) == Section::Groove), "{sections:?}");
}

#[test]
fn a_break_that_keeps_its_bass_is_one() {
    let (mut samples, truth) = Clip::find("house124").unwrap().render();
    let (from, to) = (truth.beats[64], truth.beats[96]);
    // A low pass at 60 Hz, twice, 12 dB down: of the kick only its hum is left.
    let mut low = [LowPass::at(60.0), LowPass::at(60.0)];
    for x in &mut samples[place(from)..place(to)] {
        *x = 0.25 * low.iter_mut().fold(*x, |x, low| low.step(x));
    }
    let (sections, drops) = hear(&samples);
    assert_eq!(at(&sections, to - 2.0), Section::Break, "{sections:?}");
    assert!(drops.iter().any(|t| (t - to).abs() < 0.1), "{drops:?}");
}

/// Nor does a bass that rests make one while the drums play on.
#[test]
fn a_high_pass_that_leaves_the_groove_is_no_break() {
    for name in ["house124", "dnb174", "breaks132"] {
        let (mut samples, truth) = Clip::find(name).unwrap().render();
        let (from, to) = (truth.beats[64], truth.beats[96]);
        // A high pass at 200 Hz, twice: a kick at 50 Hz falls by 24 dB.
        let mut low = [LowPass::at(200.0), LowPass::at(200.0)];
        for x in &mut samples[place(from)..place(to)] {
            *x = low.iter_mut().fold(*x, |x, low| x - low.step(x));
        }
        let (sections, drops) = hear(&samples);
        assert_eq!(at(&sections, to - 2.0), Section::Groove, "{name} {sections:?}");
        assert!(drops.is_empty(), "{name} {drops:?}");
    }
}

#[test]
fn another_sample_rate_brings_no_drop() {
    let (samples, truth) = Clip::structured(0)[0].render();
    let config = AnalysisConfig { sample_rate_hz: SAMPLE_RATE_HZ, channels: 1, ..AnalysisConfig::default() };
    let mut analysis = Analysis::new(config);
    let end = place(truth.breaks[0].1 + 4.0);
    analysis.push(&samples[..end]);
    let before = analysis.features();
    analysis.reformat(AnalysisConfig { sample_rate_hz: 96_000, ..config });
    analysis.push(&vec![0.0; 2048]);
    let after = analysis.features();
    assert_eq!((before.passage.drops, after.passage.drops), (1, 1));
    assert!(after.pulse.count >= before.pulse.count);
}
