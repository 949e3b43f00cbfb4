//! Rate limits for what arrives from the network.

use crate::units::Seconds;

/// A rate limit (token bucket): so many a second, a few of them at once.
#[derive(Debug)]
pub struct Budget {
    per_s: f64,
    at_once: f64,
    left: f64,
    last: Option<Seconds>,
}

impl Budget {
    pub const fn new(per_s: u32, at_once: u32) -> Self {
        let at_once = at_once as f64;
        Self { per_s: per_s as f64, at_once, left: at_once, last: None }
    }

    /// Spends one; false when there is nothing left now.
    pub fn spend(&mut self, at: Seconds) -> bool {
        let passed_s = self.last.replace(at).map_or(0.0, |last| at.since(last).max(0.0));
        self.left = (self.left + passed_s * self.per_s).min(self.at_once);
        let some = self.left >= 1.0;
        self.left -= f64::from(u8::from(some));
        some
    }
}

/// Counts the datagrams of each second, and reports an overload once in a second.
#[derive(Debug, Default)]
pub struct Load {
    since: Option<Seconds>,
    arrived: u32,
    over: bool,
}

/// Datagrams a second from which on a second counts as overloaded: more than a room full of tablets sends.
pub const HEAVY_PER_S: u32 = 10_000;

impl Load {
    /// One more datagram; true once in every second that is too much.
    pub fn arrives(&mut self, at: Seconds) -> bool {
        if self.since.is_none_or(|since| at.since(since) >= 1.0) {
            *self = Self { since: Some(at), arrived: 0, over: false };
        }
        self.arrived += 1;
        self.arrived >= HEAVY_PER_S && self.too_much()
    }

    /// Something had to be dropped: this second counts as overloaded. True the first time in it.
    pub fn too_much(&mut self) -> bool {
        !std::mem::replace(&mut self.over, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_fills_all_the_time() {
        let mut budget = Budget::new(10, 2);
        let spent = [0.0, 0.01, 0.02, 0.13, 0.14, 9.0, 9.0, 9.0].map(|t| budget.spend(Seconds(t)));
        assert_eq!(spent, [true, true, false, true, false, true, true, false]);
        let mut budget = Budget::new(100, 10);
        let spent = (0..10_000).filter(|k| budget.spend(Seconds(f64::from(*k) * 1e-3))).count();
        assert!((1000..1012).contains(&spent), "{spent} in ten seconds");
    }

    #[test]
    fn a_flood_is_told_once_a_second() {
        let mut load = Load::default();
        let told = (0..25_000).filter(|k| load.arrives(Seconds(f64::from(*k) * 4e-5))).count();
        assert_eq!(told, 1);
        assert!(!load.too_much() && (0..9_000).all(|k| !load.arrives(Seconds(2.0 + f64::from(k) * 1e-4))));
    }
}
