//! Soft takeover from wire bytes to base values: two hundred generated gestures against a model of what a performer
//! expects.

use super::*;
use crate::param::Row;
use crate::param::takeover::{NEAR, accepts};

const GESTURES: u64 = 200;

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn unit(&mut self) -> f32 {
        self.below(10_001) as f32 / 10_000.0
    }
}

/// One control under test and what is known of the world.
struct Player {
    rig: Rig,
    row: &'static Row,
    fine: bool,
    base: f32,
    /// Where the control stands, as far as the instrument could know.
    known: Option<f32>,
    now: f64,
}

impl Player {
    fn new(target: &str, fine: bool) -> Self {
        let cc = if fine { "cc14" } else { "cc" };
        let controls = format!(
            "{{ {cc} = 9, target = \"{target}\" }}, {{ {cc} = 9, shift = true, target = \"look.saturation\" }}"
        );
        let rig = Rig::with(&["x"], own(&controls));
        let row = param::named(target).expect("exists").row();
        Self { rig, row, fine, base: row.default_value(), known: None, now: 1.0 }
    }

    /// The position the wire can carry that is nearest to `position`.
    fn carried(&self, position: f32) -> f32 {
        let most = if self.fine { 16383.0 } else { 127.0 };
        (position * most).round() / most
    }

    fn send(&self, position: f32) -> f32 {
        if self.fine {
            let value = (position * 16383.0).round() as u16;
            self.rig.play("x", &[0xB0, 9, (value >> 7) as u8]);
            self.rig.play("x", &[0xB0, 41, (value & 0x7F) as u8]);
        } else {
            self.rig.play("x", &[0xB0, 9, (position * 127.0).round() as u8]);
        }
        self.carried(position)
    }

    /// Sends `positions` between two looks of the conductor, and checks what the parameter makes of them.
    fn move_through(&mut self, positions: &[f32]) {
        let sent: Vec<f32> = positions.iter().map(|position| self.send(*position)).collect();
        let before = self.base;
        self.now += 0.002;
        let (row, base) = (self.row, &mut self.base);
        self.rig.midi.drain(Seconds(self.now), &mut |input| {
            let ControlInput::Event(Event { id, change: Change::Knob(turn), .. }) = input else { panic!("{input:?}") };
            if id.row().id == row.id && accepts(row, *base, &turn) {
                *base = row.plain(turn.to);
            }
        });
        let to = *sent.last().expect("some");
        // Just plugged in: the first message tells where it stands.
        let first = self.known.is_none();
        let from = self.known.replace(to).unwrap_or(sent[0]);
        if first && sent.len() == 1 {
            self.check_no_jump(before, "just plugged in");
            return;
        }
        let expected = row.plain(to);
        let owned = !first && row.plain(from) == before;
        let target = row.normalized(before);
        let least = sent.iter().copied().fold(from, f32::min);
        let most = sent.iter().copied().fold(from, f32::max);
        // Of 14 bits only the coarse half is certain where it turned back between two looks.
        let slack = if self.fine { 1.0 / 128.0 } else { 0.0 };
        let straight = (from.min(to)..=from.max(to)).contains(&target);
        if owned || (straight && !first) || (least + slack..=most - slack).contains(&target) {
            assert_eq!(self.base, expected, "{}: {from} to {to}, base {before}, owned {owned}", self.row.id);
        } else if !(least..=most).contains(&target) {
            self.check_no_jump(before, "not caught");
        }
    }

    fn check_no_jump(&self, before: f32, why: &str) {
        let jump = (self.row.normalized(self.base) - self.row.normalized(before)).abs();
        let one_step = self.row.normalized(self.row.range().0 + 1.0) - self.row.normalized(self.row.range().0);
        let most = if matches!(self.row.kind, param::Kind::Float { .. }) { NEAR } else { NEAR.max(one_step) };
        assert!(jump <= most + 1e-6, "{}: {why}, and it jumped by {jump}", self.row.id);
    }

    /// A turn from where the control stands to `to`, in messages `gap_ms` apart; some come together, some are lost.
    fn turn(&mut self, dice: &mut Dice, to: f32, messages: u64) {
        let from = self.known.unwrap_or_else(|| dice.unit());
        let gap_s = (1 + dice.below(500)) as f64 / 1000.0;
        let mut together = Vec::new();
        for k in 1..=messages {
            if dice.below(6) == 0 && k < messages {
                continue;
            }
            let position = self.carried(from + (to - from) * k as f32 / messages as f32);
            // A knob that does not move sends nothing.
            if together.last().copied().or(self.known) != Some(position) {
                together.push(position);
            }
            if together.is_empty() {
                continue;
            }
            if dice.below(3) > 0 || k == messages {
                self.move_through(&std::mem::take(&mut together));
                self.now += gap_s;
            }
        }
    }

    /// The knob is turned while it plays something else.
    fn turn_on_the_other_layer(&mut self, to: f32) {
        self.rig.play("x", &[0x90, 1, 127]);
        self.move_elsewhere(to);
        self.rig.play("x", &[0x90, 1, 0]);
    }

    fn move_elsewhere(&mut self, to: f32) {
        self.known = Some(self.send(to));
        let before = self.row.id;
        self.rig.midi.drain(Seconds(self.now), &mut |input| {
            assert!(!matches!(&input, ControlInput::Event(event) if event.id.row().id == before), "{input:?}");
        });
    }
}

#[test]
fn two_hundred_gestures() {
    let targets = ["dream.strength", "master.brightness", "motion.zoom", "prompt.glide", "dream.steps", "dream.source"];
    let (mut owned_messages, mut held) = (0, 0);
    for seed in 0..GESTURES {
        let mut dice = Dice(seed * 7919 + 1);
        let target = targets[dice.below(targets.len() as u64) as usize];
        let mut player = Player::new(target, seed % 2 == 1);
        for _ in 0..12 {
            let (to, messages) = (dice.unit(), 1 + dice.below(40));
            match dice.below(8) {
                // Another hand, a pad or a new show.
                0 => player.base = player.row.plain(dice.unit()),
                1 => player.turn_on_the_other_layer(to),
                2 => {
                    player.rig.ports(&[]);
                    player.rig.ports(&["x"]);
                    player.known = None;
                    player.rig.midi.drain(Seconds(player.now), &mut |_| {});
                }
                _ => {
                    player.turn(&mut dice, to, messages);
                    let stands = player.known.expect("turned");
                    let owns = player.row.plain(stands) == player.base;
                    owned_messages += u64::from(owns);
                    held += u64::from(!owns);
                }
            }
        }
    }
    assert!(owned_messages > 500 && held > 100, "{owned_messages} owned, {held} held: the table is one-sided");
}

#[test]
fn what_went_dead_follows() {
    // A slow turn, a rest, a fast one.
    let mut player = Player::new("prompt.glide", false);
    player.base = player.row.plain(50.0 / 127.0);
    for value in 40..=70u8 {
        player.move_through(&[f32::from(value) / 127.0]);
        player.now += 0.2;
    }
    player.now += 1.0;
    for value in [76, 82, 90, 110, 127u8] {
        player.move_through(&[f32::from(value) / 127.0]);
        assert_eq!(player.base, player.row.plain(f32::from(value) / 127.0));
    }
    // The master fader, pulled down fast after a rest.
    let mut player = Player::new("master.brightness", false);
    for value in [120, 127u8] {
        player.move_through(&[f32::from(value) / 127.0]);
    }
    player.now += 5.0;
    for value in [120, 100, 60, 0u8] {
        player.move_through(&[f32::from(value) / 127.0]);
    }
    assert_eq!(player.base, 0.0);
}
