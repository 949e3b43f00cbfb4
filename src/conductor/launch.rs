//! What can be launched, at once or on the grid.

/// What can be launched. Bank and slot count from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Launch {
    Slot { bank: usize, slot: usize },
    Cut,
}

/// Stands for all slots where only the kind of launch counts.
pub(super) const ANY_SLOT: Launch = Launch::Slot { bank: 1, slot: 1 };
