//! The drums of one clip, and how fills are played on them.

use super::drums::{Kick, Snare, clap, kick, snare, tom};
use super::dsp::{Pass, Sound, filter};
use super::fx::riser;
use super::metal::{Hat, block, hat, shaker};
use super::rng::Rng;
use super::song::{Song, Told};

pub struct Kit {
    pub kick: Vec<Sound>,
    pub snare: Vec<Sound>,
    pub clap: Vec<Sound>,
    pub hat: Vec<Sound>,
    pub open: Vec<Sound>,
    pub ride: Vec<Sound>,
    pub crash: Vec<Sound>,
    pub shaker: Vec<Sound>,
    /// High to low.
    pub toms: Vec<Sound>,
    /// Congas, a block: what a percussion loop is made of.
    pub perc: Vec<Sound>,
}

impl Kit {
    #[must_use]
    pub fn draw(kick_kind: Kick, snare_kind: Snare, rng: &mut Rng) -> Self {
        let high = rng.range(180.0, 260.0);
        Self {
            kick: vec![kick(kick_kind, rng)],
            snare: stick(snare(snare_kind, rng)),
            clap: vec![clap(rng)],
            hat: vec![hat(Hat::Closed, rng)],
            open: vec![hat(Hat::Open, rng)],
            ride: vec![hat(Hat::Ride, rng)],
            crash: vec![hat(Hat::Crash, rng)],
            shaker: (0..3).map(|_| shaker(rng)).collect(),
            toms: [1.0, 0.75, 0.55].into_iter().map(|ratio| tom(high * ratio, 0.14, 0.2, rng)).collect(),
            perc: vec![tom(high * 1.4, 0.05, 0.5, rng), tom(high * 1.05, 0.09, 0.3, rng), block(high * 4.0, rng)],
        }
    }
}

/// One drum struck in three places: as it is, duller, and thinner.
fn stick(sound: Sound) -> Vec<Sound> {
    let (mut dull, mut thin) = (sound.clone(), sound.clone());
    filter(&mut dull, Pass::Low, 6000.0, 0.7);
    filter(&mut thin, Pass::High, 250.0, 0.7);
    vec![sound, dull, thin]
}

impl Song {
    /// A loop of one or two bars over three drums, each voice where it likes, `density` strokes a step.
    pub fn percussion(&mut self, sounds: &[Sound], density: f64, level: f64) {
        for sound in sounds {
            let bars = 1 + self.rng.below(2);
            let step = |rng: &mut Rng, n: usize| {
                let wanted = density * if n % 2 == 1 { 1.1 } else { 0.9 };
                if rng.chance(wanted) { rng.pick(&['x', 'o', 'o', 'i']) } else { '.' }
            };
            let rng = &mut self.rng;
            let pattern: Vec<String> = (0..bars).map(|_| (0..16).map(|n| step(rng, n)).collect::<String>()).collect();
            let pattern = pattern.join("|");
            let level = level * self.rng.range(0.6, 1.0);
            self.strike(Told::No, std::slice::from_ref(sound), &pattern, level);
        }
    }

    /// What else a producer lays over a track, or does not: a shaker, a loop, a riser into the next eight bars, a shout.
    pub fn spice(&mut self) {
        let kit = Kit::draw(Kick::Soft, Snare::Rim, &mut self.rng);
        let late = self.rng.pick(&[0, 0, 4, 8]);
        self.from(late);
        if self.rng.chance(0.3) {
            let (level, shaken) =
                (self.rng.range(0.04, 0.14), self.rng.pick(&["xixoxixoxixoxixo", "x.x.x.x.x.x.x.x."]));
            self.strike(Told::No, &kit.shaker, shaken, level);
        }
        if self.rng.chance(0.3) {
            let (density, level) = (self.rng.range(0.05, 0.25), self.rng.range(0.08, 0.25));
            self.percussion(&kit.perc, density, level);
        }
        if self.rng.chance(0.3) {
            let sound = riser(2.0 * self.bar_s(), &mut self.rng);
            for bar in (6..self.bars).step_by(8) {
                let t = self.time(bar, 0.0);
                self.hit(Told::No, &sound, t, 0.15);
            }
        }
        if self.rng.chance(0.2) {
            let shout = self
                .rng
                .pick(&["0...............|................", "........0.1.....|................|................"]);
            self.sing(shout, 0.25);
        }
    }

    /// What a drummer, or a producer, does at the end of every fourth or eighth bar.
    pub fn fills(&mut self, kit: &Kit, level: f64) {
        let (every, (from, to)) = (self.feel.fill_every, self.span);
        if every == 0 {
            return;
        }
        for bar in (from..to).filter(|bar| bar % every == every - 1) {
            match self.rng.below(4) {
                0 => (0..4)
                    .for_each(|n| self.fill_hit(Told::Snare, &kit.snare[0], bar, 12.0 + f64::from(n), level * 0.7)),
                1 => {
                    for n in 0..6 {
                        let drum = &kit.toms[(n / 2).min(kit.toms.len() - 1)];
                        self.fill_hit(Told::No, drum, bar, 10.0 + n as f64, level * 0.8);
                    }
                }
                2 => {
                    for n in 0..8 {
                        let step = 12.0 + f64::from(n) / 2.0;
                        self.fill_hit(Told::Snare, &kit.snare[0], bar, step, level * (0.2 + 0.07 * f64::from(n)));
                    }
                }
                _ => self.fill_hit(Told::Hat, &kit.open[0], bar, 14.0, level * 0.5),
            }
            if bar + 1 < to && self.rng.chance(0.6) {
                let t = self.time(bar + 1, 0.0);
                self.hit(Told::No, &kit.crash[0], t, level * 0.35);
            }
        }
    }

    fn fill_hit(&mut self, told: Told, sound: &[f32], bar: usize, sixteenth: f64, gain: f64) {
        let t = self.time(bar, sixteenth / 16.0) + self.rng.noise() * self.feel.human_s;
        let gain = gain * self.rng.range(0.8, 1.0);
        self.hit(told, sound, t, gain);
    }
}
