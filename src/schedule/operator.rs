//! The operators of expressions: how they are written, how tightly they bind. Tables only, read by the reader and the
//! printer.

/// Operators between two values, comparisons included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
}

use Binary::*;

/// Every operator with its spelling and how tightly it binds, Python's order.
const TABLE: [(Binary, &str, u8); 20] = [
    (Or, "or", 4),
    (And, "and", 6),
    (Less, "<", COMPARISON),
    (LessEqual, "<=", COMPARISON),
    (Greater, ">", COMPARISON),
    (GreaterEqual, ">=", COMPARISON),
    (Equal, "==", COMPARISON),
    (NotEqual, "!=", COMPARISON),
    (BitOr, "|", 12),
    (BitXor, "^", 14),
    (BitAnd, "&", 16),
    (ShiftLeft, "<<", 18),
    (ShiftRight, ">>", 18),
    (Add, "+", 20),
    (Subtract, "-", 20),
    (Multiply, "*", 22),
    (Divide, "/", 22),
    (FloorDivide, "//", 22),
    (Modulo, "%", 22),
    (Power, "**", 26),
];

/// `a if c else b`, the loosest.
pub(super) const CHOICE: u8 = 2;
pub(super) const NOT: u8 = 8;
pub(super) const COMPARISON: u8 = 10;
/// Signs bind tighter than `*`, looser than `**`.
pub(super) const SIGN: u8 = 24;
/// Numbers, names, calls and parentheses.
pub(super) const ATOM: u8 = 30;

impl Binary {
    pub fn named(symbol: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == symbol).map(|row| row.0)
    }

    fn row(self) -> (Binary, &'static str, u8) {
        TABLE.iter().find(|row| row.0 == self).copied().unwrap_or((self, "?", ATOM))
    }

    pub fn symbol(self) -> &'static str {
        self.row().1
    }

    pub fn binding(self) -> u8 {
        self.row().2
    }

    pub fn is_comparison(self) -> bool {
        self.binding() == COMPARISON
    }
}

/// Operators before one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Negate,
    Plus,
    Invert,
    Not,
}

impl Unary {
    pub fn symbol(self) -> &'static str {
        match self {
            Unary::Negate => "-",
            Unary::Plus => "+",
            Unary::Invert => "~",
            Unary::Not => "not ",
        }
    }

    pub fn binding(self) -> u8 {
        if self == Unary::Not { NOT } else { SIGN }
    }
}
