//! The functions of expressions: names, how many values they take, what they compute. Read by the reader, the printer
//! and the program.

/// A function of expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Sin,
    Cos,
    Tan,
    Arcsin,
    Arccos,
    Arctan,
    Sinh,
    Cosh,
    Tanh,
    Arcsinh,
    Arccosh,
    Arctanh,
    Exp,
    Expm1,
    Log,
    Log10,
    Log1p,
    Sqrt,
    Abs,
    Floor,
    Ceil,
    OnesLike,
    Real,
    Imag,
    Conj,
    Copy,
    Arctan2,
    Fmod,
    Where,
    Min,
    Max,
    Sum,
    Prod,
    Clamp,
    Round,
    Sign,
    Mod,
}

use Function::*;

/// Every function: name, fewest and most values.
const TABLE: [(Function, &str, usize, usize); 37] = [
    (Sin, "sin", 1, 1),
    (Cos, "cos", 1, 1),
    (Tan, "tan", 1, 1),
    (Arcsin, "arcsin", 1, 1),
    (Arccos, "arccos", 1, 1),
    (Arctan, "arctan", 1, 1),
    (Sinh, "sinh", 1, 1),
    (Cosh, "cosh", 1, 1),
    (Tanh, "tanh", 1, 1),
    (Arcsinh, "arcsinh", 1, 1),
    (Arccosh, "arccosh", 1, 1),
    (Arctanh, "arctanh", 1, 1),
    (Exp, "exp", 1, 1),
    (Expm1, "expm1", 1, 1),
    (Log, "log", 1, 1),
    (Log10, "log10", 1, 1),
    (Log1p, "log1p", 1, 1),
    (Sqrt, "sqrt", 1, 1),
    (Abs, "abs", 1, 1),
    (Floor, "floor", 1, 1),
    (Ceil, "ceil", 1, 1),
    (OnesLike, "ones_like", 1, 1),
    (Real, "real", 1, 1),
    (Imag, "imag", 1, 1),
    (Conj, "conj", 1, 1),
    (Copy, "copy", 1, 1),
    (Arctan2, "arctan2", 2, 2),
    (Fmod, "fmod", 2, 2),
    (Where, "where", 3, 3),
    (Min, "min", 1, 16),
    (Max, "max", 1, 16),
    (Sum, "sum", 1, 16),
    (Prod, "prod", 1, 16),
    (Clamp, "clamp", 3, 3),
    (Round, "round", 1, 1),
    (Sign, "sign", 1, 1),
    (Mod, "mod", 2, 2),
];

/// The spellings of other languages, for people who write by hand.
const OTHER_NAMES: [(Function, &str); 8] = [
    (Arcsin, "asin"),
    (Arccos, "acos"),
    (Arctan, "atan"),
    (Arctan2, "atan2"),
    (Log, "ln"),
    (Clamp, "clip"),
    (Arcsinh, "asinh"),
    (Arctanh, "atanh"),
];

/// Those whose last digits hang on the width that they are computed in; `otherwise` for the rest.
macro_rules! elementary {
    ($function:expr, $x:expr, $otherwise:expr) => {
        match $function {
            Sin => $x.sin(),
            Cos => $x.cos(),
            Tan => $x.tan(),
            Arcsin => $x.asin(),
            Arccos => $x.acos(),
            Arctan => $x.atan(),
            Sinh => $x.sinh(),
            Cosh => $x.cosh(),
            Tanh => $x.tanh(),
            Arcsinh => $x.asinh(),
            Arccosh => $x.acosh(),
            Arctanh => $x.atanh(),
            Exp => $x.exp(),
            Expm1 => $x.exp_m1(),
            Log => $x.ln(),
            Log10 => $x.log10(),
            Log1p => $x.ln_1p(),
            _ => $otherwise,
        }
    };
}

impl Function {
    /// The function of this name; a tolerant reader takes other spellings and capitals too.
    pub fn named(name: &str, tolerant: bool) -> Option<Self> {
        if !tolerant {
            let found = TABLE.iter().find(|row| row.1 == name).map(|row| row.0)?;
            return (!matches!(found, Clamp | Round | Sign | Mod)).then_some(found);
        }
        let lower = name.to_ascii_lowercase();
        let own = TABLE.iter().find(|row| row.1 == lower).map(|row| row.0);
        own.or_else(|| OTHER_NAMES.iter().find(|row| row.1 == lower).map(|row| row.0))
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|row| row.1)
    }

    fn row(self) -> (Function, &'static str, usize, usize) {
        TABLE.iter().find(|row| row.0 == self).copied().unwrap_or((self, "?", 1, 1))
    }

    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The fewest and most values it takes.
    pub fn arity(self) -> (usize, usize) {
        let (_, _, fewest, most) = self.row();
        (fewest, most)
    }

    /// Functions that gather many values into one; numexpr knows them as reductions of arrays.
    pub fn gathers(self) -> bool {
        matches!(self, Min | Max | Sum | Prod)
    }

    /// Functions that leave whole numbers whole where they are constants, as NumPy's do.
    pub fn keeps_whole(self) -> bool {
        matches!(self, Abs | Floor | Ceil | Real | Imag | Conj | Fmod)
    }

    /// Of one value.
    pub fn of_one(self, x: f64) -> f64 {
        elementary!(self, x, self.exactly_of_one(x))
    }

    /// Of one single-precision value: numexpr computes so where a truth goes into a function.
    pub fn of_one_single(self, x: f32) -> f32 {
        elementary!(self, x, self.exactly_of_one(f64::from(x)) as f32)
    }

    /// Those of one value that are exact, or rounded correctly.
    fn exactly_of_one(self, x: f64) -> f64 {
        match self {
            Sqrt => x.sqrt(),
            Abs => x.abs(),
            Floor => x.floor(),
            Ceil => x.ceil(),
            OnesLike => 1.0,
            Imag => 0.0,
            // Half to even, as Python and NumPy do.
            Round => x.round_ties_even(),
            Sign if x == 0.0 || x.is_nan() => x,
            Sign => x.signum(),
            _ => x,
        }
    }

    /// Of two values.
    pub fn of_two(self, a: f64, b: f64) -> f64 {
        match self {
            Arctan2 => a.atan2(b),
            Fmod => a % b,
            Mod => floor_modulo(a, b),
            Min => a.min(b),
            Max => a.max(b),
            Sum => a + b,
            Prod => a * b,
            _ => f64::NAN,
        }
    }
}

/// The modulo that has the sign of the divisor; numexpr's formula, which rounds as it does.
pub(super) fn floor_modulo(a: f64, b: f64) -> f64 {
    a - (a / b).floor() * b
}
