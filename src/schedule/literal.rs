//! A number as it stands in an expression. Made by the reader; kept in the tree; worked with when constants are folded.

/// A number as written: whole, real, or a truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Literal {
    Bool(bool),
    Whole(i128),
    Real(f64),
}

impl Literal {
    pub fn real(self) -> f64 {
        match self {
            Literal::Bool(on) => f64::from(u8::from(on)),
            Literal::Whole(whole) => whole as f64,
            Literal::Real(real) => real,
        }
    }

    /// Truths count as 0 and 1 wherever whole numbers do.
    pub fn whole(self) -> Option<i128> {
        match self {
            Literal::Bool(on) => Some(i128::from(on)),
            Literal::Whole(whole) => Some(whole),
            Literal::Real(_) => None,
        }
    }

    pub fn is_true(self) -> bool {
        self.real() != 0.0
    }
}
