//! Room for connections: so many in all, and so many of one machine.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The room; clones share it.
#[derive(Clone)]
pub struct Places {
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
    most_of_machine: usize,
}

/// A connection has it until this is dropped.
pub struct Place {
    places: Places,
    ip: IpAddr,
}

impl Places {
    #[must_use]
    pub fn new(most: usize, most_of_machine: usize) -> Self {
        Self { taken: Arc::default(), most, most_of_machine }
    }

    /// A place for a connection of `ip`, if there is one. This machine may have all of them.
    #[must_use]
    pub fn take(&self, ip: IpAddr) -> Option<Place> {
        let ip = ip.to_canonical();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let of_machine = taken.get(&ip).copied().unwrap_or_default();
        if all >= self.most || (of_machine >= self.most_of_machine && !ip.is_loopback()) {
            return None;
        }
        taken.insert(ip, of_machine + 1);
        Some(Place { places: self.clone(), ip })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_of_it() {
        let places = Places::new(5, 2);
        let ip = |last: u8| IpAddr::from([10, 0, 0, last]);
        let one: Vec<_> = (0..4).filter_map(|_| places.take(ip(1))).collect();
        assert_eq!(one.len(), 2);
        let here: Vec<_> = (0..9).filter_map(|_| places.take(IpAddr::from([127, 0, 0, 1]))).collect();
        assert_eq!((here.len(), places.take(ip(2)).is_none()), (3, true));
        drop(one);
        assert!(places.take(ip(2)).is_some() && places.take("::ffff:10.0.0.1".parse().unwrap()).is_some());
    }
}
