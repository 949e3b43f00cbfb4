//! So many a second and no more: what strangers on the network may cost.

use crate::units::Seconds;

/// A budget that is full again each second.
#[derive(Debug)]
pub struct Budget {
    per_s: u32,
    left: u32,
    since: Option<Seconds>,
}

impl Budget {
    pub const fn new(per_s: u32) -> Self {
        Self { per_s, left: per_s, since: None }
    }

    /// Spends one; false when there is nothing left in this second.
    pub fn spend(&mut self, at: Seconds) -> bool {
        if self.since.is_none_or(|since| at.since(since) >= 1.0) {
            (self.left, self.since) = (self.per_s, Some(at));
        }
        let some = self.left > 0;
        self.left -= u32::from(some);
        some
    }
}

/// Looks at what arrives second by second, and tells when it is more than a show can mean.
#[derive(Debug, Default)]
pub struct Load {
    since: Option<Seconds>,
    arrived: u32,
    over: bool,
}

/// Datagrams a second that no room full of tablets sends.
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

    /// Something had to be dropped; true when this second was not too much before.
    pub fn too_much(&mut self) -> bool {
        !std::mem::replace(&mut self.over, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_fills_each_second() {
        let mut budget = Budget::new(2);
        let spent = [0.0, 0.1, 0.2, 1.05, 1.06, 1.07].map(|t| budget.spend(Seconds(t)));
        assert_eq!(spent, [true, true, false, true, true, false]);
    }

    #[test]
    fn a_flood_is_told_once_a_second() {
        let mut load = Load::default();
        let told = (0..25_000).filter(|k| load.arrives(Seconds(f64::from(*k) * 4e-5))).count();
        assert_eq!(told, 1);
        assert!(!load.too_much() && (0..9_000).all(|k| !load.arrives(Seconds(2.0 + f64::from(k) * 1e-4))));
    }
}
