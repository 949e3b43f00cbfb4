//! How large a canvas the machine can draw on time: guessed at the start where the processor draws, measured for a second,
//! made smaller when it is too slow, and grown back when it has been on time for long. Arithmetic on what became of frames; it reads no clock.

use crate::units::Seconds;

/// How long is measured before anything is decided.
const MEASURE_S: f64 = 1.0;
/// A smaller share of slots with a frame on time is too slow: here, and on the status line.
pub const ON_TIME: f64 = 0.9;
/// Pixels are cut by a little more than the measured lack.
const MARGIN: f64 = 0.85;
/// Pixels a second that two cores draw beside everything else, effects included: a processor starts with no more.
const SOFTWARE_PX_PER_S: f64 = 384.0 * 216.0 * 30.0;
/// A pixel of the target costs this part of one of the wall, where one is scaled to the other.
const TARGET_PX: f64 = 0.06;
/// The smallest canvas, as a share of each side of the whole one and in pixels.
const SMALLEST: f64 = 0.25;
const SMALLEST_PX: f64 = 320.0 * 180.0;
/// After so many slots a larger try of which not even this share is on time is over.
const TRY_SLOTS: u32 = 10;
const TRY_ON_TIME: f64 = 0.5;
/// How much larger the next try is, and how long the wall must have been on time before it.
const GROW: f64 = 1.25;
const FIRST_CALM_S: f64 = 10.0;
const LONGEST_CALM_S: f64 = 600.0;

/// An interval this long is not measured: the window was hidden, the device renewed, the machine asleep. `STALLS` of
/// them in a row do count, as a machine that is far too slow.
const STALL_S: f64 = 1.0;
const STALLS: u32 = 3;
/// A smaller canvas must better the share of slots with a frame, or of frames on time, by this much, or drawing is not
/// what takes the time. Then it is not tried again for a while, longer each time.
const GAIN: f64 = 0.05;
const FIRST_REST_S: f64 = 60.0;

/// Why another size is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resized {
    /// It was too slow.
    Shrunk,
    /// It has been on time for long.
    Grown,
    /// Smaller was no faster: something else takes the time.
    TakenBack,
}

/// The size of the canvas, as a share of each side of the whole one.
#[derive(Debug)]
pub(super) struct Adapt {
    share: f64,
    smallest: f64,
    since: Option<Seconds>,
    slots: u32,
    frames: u32,
    on_time: u32,
    /// Since when the wall is on time, and for how long it must be before a larger canvas is tried.
    calm_since: Seconds,
    calm_s: f64,
    /// The last change was a try to grow that has not been on time for a whole measurement: the share before it.
    grown_from: Option<f64>,
    last: Option<Seconds>,
    stalls: u32,
    /// The last change was a cut: share, rate and frames on time before it.
    cut: Option<(f64, f64, f64)>,
    /// No cut before this, and how long it is the next time.
    rests_until: Seconds,
    rest_s: f64,
}

impl Default for Adapt {
    fn default() -> Self {
        Self {
            share: 1.0,
            smallest: SMALLEST,
            since: None,
            slots: 0,
            frames: 0,
            on_time: 0,
            calm_since: Seconds(0.0),
            calm_s: FIRST_CALM_S,
            grown_from: None,
            last: None,
            stalls: 0,
            cut: None,
            rests_until: Seconds(0.0),
            rest_s: FIRST_REST_S,
        }
    }
}

impl Adapt {
    /// For a canvas of `whole_px`; `software_fps` is how often a processor draws it, when one does.
    pub fn new(whole_px: [u32; 2], software_fps: Option<f64>) -> Self {
        let [width, height] = whole_px.map(f64::from);
        let smallest = (SMALLEST_PX / (width * height)).sqrt().clamp(SMALLEST, 1.0);
        let affordable = |fps: f64| {
            let part = SOFTWARE_PX_PER_S / (width * height * fps);
            if part < 1.0 { (part - TARGET_PX).max(0.0).sqrt() } else { 1.0 }
        };
        let share = software_fps.map_or(1.0, affordable).clamp(smallest, 1.0);
        Self { share, smallest, ..Self::default() }
    }

    /// The share of each side of the whole canvas that is drawn.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// One frame was there at `now`, after `dropped` slots without one; why another size is to be drawn, when one is.
    pub fn presented(&mut self, now: Seconds, late: bool, dropped: u32) -> Option<Resized> {
        let stalled = self.last.replace(now).is_some_and(|last| now.since(last) > STALL_S);
        self.stalls = if stalled { self.stalls + 1 } else { 0 };
        if self.stalls == STALLS {
            (self.stalls, self.grown_from) = (0, None);
            return self.shrink(now, 0.0, 0.0);
        }
        let Some(since) = self.since.filter(|_| !stalled) else {
            // The time before the first frame of a new size went into creating its textures: it is not measured.
            (self.since, self.calm_since) = (Some(now), now);
            (self.slots, self.frames, self.on_time) = (0, 0, 0);
            return None;
        };
        self.slots += 1 + dropped;
        self.frames += 1;
        self.on_time += u32::from(!late);
        let of_slots = |count: u32| f64::from(count) / f64::from(self.slots.max(1));
        let (on_time, rate) = (of_slots(self.on_time), of_slots(self.frames));
        let too_much = self.grown_from.is_some() && self.slots >= TRY_SLOTS && on_time < TRY_ON_TIME;
        if now.since(since) < MEASURE_S && !too_much {
            return None;
        }
        (self.since, self.slots, self.frames, self.on_time) = (Some(now), 0, 0, 0);
        if on_time < ON_TIME { self.shrink(now, rate, on_time) } else { self.grow(now) }
    }

    /// `rate` is the share of slots that got a frame, on time or not.
    fn shrink(&mut self, now: Seconds, rate: f64, on_time: f64) -> Option<Resized> {
        if let Some(share) = self.grown_from.take() {
            self.calm_s = (2.0 * self.calm_s).min(LONGEST_CALM_S);
            return self.change(share, Resized::Shrunk);
        }
        if let Some((share, rate_before, on_time_before)) = self.cut.take()
            && rate <= rate_before + GAIN
            && on_time <= on_time_before + GAIN
        {
            self.rests_until = now.after(self.rest_s);
            self.rest_s = (2.0 * self.rest_s).min(LONGEST_CALM_S);
            return self.change(share, Resized::TakenBack);
        }
        if now < self.rests_until {
            return None;
        }
        self.cut = Some((self.share, rate, on_time));
        self.calm_s = FIRST_CALM_S;
        let share = (self.share * (rate.max(0.1) * MARGIN).sqrt()).max(self.smallest);
        self.change(share, Resized::Shrunk)
    }

    fn grow(&mut self, now: Seconds) -> Option<Resized> {
        (self.cut, self.grown_from) = (None, None);
        if now.since(self.calm_since) < self.calm_s {
            return None;
        }
        let from = self.share;
        let grown = self.change((from * GROW).min(1.0), Resized::Grown);
        self.grown_from = grown.map(|_| from);
        grown
    }

    fn change(&mut self, share: f64, why: Resized) -> Option<Resized> {
        let changes = share != self.share;
        if changes {
            (self.share, self.since, self.grown_from) = (share, None, None);
        } else if let Some(since) = self.since {
            self.calm_since = since;
        }
        changes.then_some(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays `seconds` at 60 frames a second on a machine that draws the whole canvas in `whole_s`.
    fn play(adapt: &mut Adapt, from_s: f64, seconds: f64, whole_s: f64) -> f64 {
        let (period_s, mut now, mut worst) = (1.0 / 60.0, from_s, 1.0f64);
        while now < from_s + seconds {
            let cost_s = whole_s * adapt.share() * adapt.share();
            let slots = (cost_s / period_s).ceil().max(1.0);
            now += slots * period_s;
            adapt.presented(Seconds(now), cost_s > period_s, slots as u32 - 1);
            worst = worst.min(adapt.share());
        }
        worst
    }

    #[test]
    fn a_slow_machine_is_on_time_after_two_measurements_and_a_fast_one_never_shrinks() {
        let mut slow = Adapt::default();
        play(&mut slow, 0.0, 5.0, 2.0 / 60.0);
        let share = slow.share();
        assert!(share * share * 2.0 <= 1.0, "{share}: still too slow");
        assert!(share > 0.5, "{share}: smaller than it need be");
        assert_eq!(play(&mut Adapt::default(), 0.0, 60.0, 0.8 / 60.0), 1.0);
    }

    #[test]
    fn it_grows_back_when_the_machine_is_free_again() {
        let mut adapt = Adapt::default();
        play(&mut adapt, 0.0, 6.0, 2.5 / 60.0);
        assert!(adapt.share() < 0.7);
        play(&mut adapt, 6.0, 60.0, 0.5 / 60.0);
        assert_eq!(adapt.share(), 1.0);
    }

    /// A try that is too much is taken back before anybody has seen more than a hiccup, to the size that was good.
    #[test]
    fn a_try_that_is_too_much_is_short() {
        let mut adapt = Adapt { share: 0.5, ..Adapt::default() };
        let (mut now, mut late, mut sizes) = (0.0, 0, vec![0.5]);
        // On time up to a share of 0.55.
        for _ in 0..60 * 14 {
            let slow = adapt.share() > 0.55;
            now += if slow { 2.0 } else { 1.0 } / 60.0;
            late += u32::from(slow);
            adapt.presented(Seconds(now), slow, u32::from(slow));
            if sizes.last() != Some(&adapt.share()) {
                sizes.push(adapt.share());
            }
        }
        assert_eq!(sizes, [0.5, 0.5 * GROW, 0.5]);
        assert!(late <= 10, "{late} frames late");
    }

    #[test]
    fn a_display_that_is_slower_than_its_frames_costs_no_pixels() {
        // Every frame is there one refresh late whatever is drawn, and none is dropped.
        let mut adapt = Adapt::default();
        let small = (0..60 * 60).filter(|k| {
            adapt.presented(Seconds(f64::from(*k) / 60.0), true, 0);
            adapt.share() < 1.0
        });
        assert!(small.count() < 60 * 10, "drawn smaller for long without a gain");
        assert_eq!(adapt.share(), 1.0);
    }

    #[test]
    fn a_stall_costs_no_pixels() {
        let mut adapt = Adapt::default();
        play(&mut adapt, 0.0, 10.0, 0.5 / 60.0);
        adapt.presented(Seconds(70.0), true, 3600);
        play(&mut adapt, 70.0, 10.0, 0.5 / 60.0);
        assert_eq!(adapt.share(), 1.0);
    }

    #[test]
    fn frames_of_seconds_are_no_stalls_but_a_slow_machine() {
        let mut adapt = Adapt::default();
        let changes: Vec<_> = (0..4u32).map(|k| adapt.presented(Seconds(1.5 * f64::from(k)), true, 89)).collect();
        assert_eq!(changes, [None, None, None, Some(Resized::Shrunk)]);
        assert!(adapt.share() < 0.3, "{}", adapt.share());
    }

    #[test]
    fn tries_that_fail_become_rare() {
        let mut adapt = Adapt::default();
        let mut changes = Vec::new();
        for minute in 0..30 {
            let before = adapt.share();
            play(&mut adapt, 60.0 * f64::from(minute), 60.0, 2.0 / 60.0);
            changes.push(adapt.share() != before);
        }
        assert!(changes[20..].iter().filter(|changed| **changed).count() <= 4, "{changes:?}");
    }
}
