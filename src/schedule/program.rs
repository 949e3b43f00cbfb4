//! A compiled expression: steps for a machine with one small stack. Made by [`super::real`] and [`super::typed`]; run
//! by [`super::Expression::value`] and [`super::Schedule::at`] on the thread that owns the moment, without allocation.

use super::function::{Function, floor_modulo};
use super::literal::Literal;
use super::moment::{Nothing, Reads};
use super::operator::Binary;

/// The kinds of numbers, in the order in which numexpr widens them. `Bool`, `Int` and `Long` lie on the stack as the
/// bits of a whole number, `Single` and `Double` as themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    Bool,
    /// 32 bits.
    Int,
    /// 64 bits.
    Long,
    Single,
    Double,
}

impl Width {
    pub fn is_whole(self) -> bool {
        self <= Width::Long
    }
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// Bits as they lie on the stack.
    Constant(u64),
    /// A variable as a real number.
    Real(u16),
    /// A variable rounded down to a whole number.
    Whole(u16),
    ToReal,
    ToSingle,
    Negate(Width),
    Arithmetic(Binary, Width),
    /// A whole number so many times multiplied by itself.
    Repeat(u8, Width),
    /// A comparison; gives a truth, as whole bits.
    Compare(Binary, Width),
    /// `&` and `|` of truths in whole bits.
    Both,
    Either,
    Flip,
    /// Truth of real numbers, to 0 or 1: comparisons, and, or.
    Truth(Binary),
    /// 1 where a real number is 0, else 0.
    Not,
    OfOne(Function, Width),
    OfTwo(Function),
    /// Of condition, a, b: a where the condition holds.
    Choose {
        real: bool,
    },
}

/// The most values a program may need at once.
pub(super) const STACK: usize = 32;

impl Step {
    /// How many values it takes; each gives one.
    pub fn takes(self) -> usize {
        match self {
            Step::Constant(_) | Step::Real(_) | Step::Whole(_) => 0,
            Step::ToReal | Step::ToSingle | Step::Negate(_) | Step::Repeat(..) => 1,
            Step::Flip | Step::Not | Step::OfOne(..) => 1,
            Step::Arithmetic(..) | Step::Compare(..) | Step::Both | Step::Either => 2,
            Step::Truth(_) | Step::OfTwo(_) => 2,
            Step::Choose { .. } => 3,
        }
    }
}

/// A constant of some kind.
pub(super) fn constant(literal: Literal, width: Width) -> Step {
    Step::Constant(match width {
        Width::Double => literal.real().to_bits(),
        Width::Single => f64::from(literal.real() as f32).to_bits(),
        _ => literal.whole().unwrap_or(0) as i64 as u64,
    })
}

/// Adds a step behind the code of its values, and works it out at once where they are all constants.
pub(super) fn push(code: &mut Vec<Step>, step: Step) {
    code.push(step);
    let values = step.takes();
    let from = code.len().saturating_sub(values + 1);
    let constants = code.iter().skip(from).take(values).filter(|step| matches!(step, Step::Constant(_))).count();
    if values > 0 && constants == values {
        let bits = code.get(from..).map_or(0, |steps| run_bits(steps, &Nothing));
        code.truncate(from);
        code.push(Step::Constant(bits));
    }
}

/// The most values `code` needs at once.
pub(super) fn height(code: &[Step]) -> usize {
    let (mut now, mut most) = (0usize, 0);
    for step in code {
        now = (now + 1).saturating_sub(step.takes());
        most = most.max(now);
    }
    most
}

/// Runs `code`, which needs at most [`STACK`] values at once, and gives the bits of its result.
pub(super) fn run_bits<R: Reads>(code: &[Step], reads: &R) -> u64 {
    let mut stack = [0u64; STACK];
    // The number of values on the stack; places wrap, so that no program can leave it.
    let mut top = 0usize;
    for step in code {
        top = top.wrapping_sub(step.takes());
        let at = |i: usize| stack.get(top.wrapping_add(i) % STACK).copied().unwrap_or(0);
        let result = apply(*step, at(0), at(1), at(2), reads);
        if let Some(place) = stack.get_mut(top % STACK) {
            *place = result;
        }
        top = top.wrapping_add(1);
    }
    stack.first().copied().unwrap_or(0)
}

fn apply<R: Reads>(step: Step, a: u64, b: u64, c: u64, reads: &R) -> u64 {
    let real = f64::from_bits;
    let truth = |on: bool| f64::from(u8::from(on)).to_bits();
    match step {
        Step::Constant(bits) => bits,
        Step::Real(slot) => reads.read(usize::from(slot)).to_bits(),
        Step::Whole(slot) => reads.read(usize::from(slot)).floor() as i64 as u64,
        Step::ToReal => (a as i64 as f64).to_bits(),
        Step::ToSingle => f64::from(a as i64 as f32).to_bits(),
        Step::Negate(Width::Single | Width::Double) => (-real(a)).to_bits(),
        Step::Negate(width) => narrow((a as i64).wrapping_neg(), width),
        Step::Arithmetic(operator, Width::Double) => arithmetic(operator, real(a), real(b)).to_bits(),
        Step::Arithmetic(operator, Width::Single) => single(arithmetic(operator, real(a), real(b))),
        Step::Arithmetic(operator, width) => narrow(whole_arithmetic(operator, a as i64, b as i64, width), width),
        Step::Repeat(times, width) => narrow((a as i64).wrapping_pow(u32::from(times)), width),
        Step::Compare(operator, Width::Single | Width::Double) => u64::from(holds(operator, &real(a), &real(b))),
        Step::Compare(operator, _) => u64::from(holds(operator, &(a as i64), &(b as i64))),
        Step::Both => a & b,
        Step::Either => a | b,
        Step::Flip => a ^ 1,
        Step::Truth(Binary::And) => truth(real(a) != 0.0 && real(b) != 0.0),
        Step::Truth(Binary::Or) => truth(real(a) != 0.0 || real(b) != 0.0),
        Step::Truth(operator) => truth(holds(operator, &real(a), &real(b))),
        Step::Not => truth(real(a) == 0.0),
        Step::OfOne(function, Width::Single) => f64::from(function.of_one_single(real(a) as f32)).to_bits(),
        Step::OfOne(function, _) => function.of_one(real(a)).to_bits(),
        Step::OfTwo(function) => function.of_two(real(a), real(b)).to_bits(),
        Step::Choose { real: true } => {
            if real(a) != 0.0 {
                b
            } else {
                c
            }
        }
        Step::Choose { real: false } => {
            if a != 0 {
                b
            } else {
                c
            }
        }
    }
}

fn single(value: f64) -> u64 {
    f64::from(value as f32).to_bits()
}

/// 32-bit numbers wrap at 32 bits.
fn narrow(value: i64, width: Width) -> u64 {
    (if width == Width::Long { value } else { i64::from(value as i32) }) as u64
}

pub(super) fn holds<T: PartialOrd>(operator: Binary, a: &T, b: &T) -> bool {
    match operator {
        Binary::Less => a < b,
        Binary::LessEqual => a <= b,
        Binary::Greater => a > b,
        Binary::GreaterEqual => a >= b,
        Binary::Equal => a == b,
        _ => a != b,
    }
}

/// Real arithmetic.
pub(super) fn arithmetic(operator: Binary, a: f64, b: f64) -> f64 {
    match operator {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        Binary::FloorDivide => (a / b).floor(),
        Binary::Modulo => floor_modulo(a, b),
        Binary::Power => power(a, b),
        _ => f64::NAN,
    }
}

/// Small whole powers by multiplication: quicker, and what numexpr does.
fn power(a: f64, b: f64) -> f64 {
    if b == 2.0 {
        a * a
    } else if b.fract() == 0.0 && b.abs() <= 50.0 {
        a.powi(b as i32)
    } else {
        a.powf(b)
    }
}

fn whole_arithmetic(operator: Binary, a: i64, b: i64, width: Width) -> i64 {
    match operator {
        Binary::Add => a.wrapping_add(b),
        Binary::Subtract => a.wrapping_sub(b),
        Binary::Multiply => a.wrapping_mul(b),
        Binary::Modulo => whole_modulo(a, b),
        Binary::Power => to_whole((a as f64).powf(b as f64), width),
        Binary::ShiftLeft if width == Width::Long => a.wrapping_shl(b as u32),
        Binary::ShiftLeft => i64::from((a as i32).wrapping_shl(b as u32)),
        Binary::ShiftRight if width == Width::Long => a.wrapping_shr(b as u32),
        Binary::ShiftRight => i64::from((a as i32).wrapping_shr(b as u32)),
        _ => 0,
    }
}

/// The sign of the divisor; 0 by 0 is 0, as in NumPy.
pub(super) fn whole_modulo(a: i64, b: i64) -> i64 {
    let rest = if b == 0 { 0 } else { a.wrapping_rem(b) };
    if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
}

/// What the processor gives for a real number that is no whole one of this width: the least.
fn to_whole(value: f64, width: Width) -> i64 {
    let (least, end) = if width == Width::Long {
        (i64::MIN, 9_223_372_036_854_775_808.0)
    } else {
        (i64::from(i32::MIN), 2_147_483_648.0)
    };
    if value.is_nan() || value >= end || value < -end { least } else { value as i64 }
}
