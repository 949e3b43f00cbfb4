//! Arithmetic of constants as Python and NumPy do it, refusals included. Called by [`super::typed`] while it compiles
//! for a strict dialect.

use super::literal::Literal::{self, Bool, Real, Whole};
use super::operator::Binary;
use super::program::holds;

const TOO_LARGE: &str = "the number is too large for upstream";
const BY_ZERO: &str = "this divides by zero, which upstream refuses; divide by something else";

/// `a operator b` of two constants. NumPy's own numbers (`numpy`) divide by zero; Python's do not.
///
/// # Errors
/// Where upstream refuses, with a sentence.
pub(super) fn binary(operator: Binary, a: Literal, b: Literal, numpy: bool) -> Result<Literal, String> {
    if operator.is_comparison() {
        let wholes = a.whole().zip(b.whole());
        return Ok(Bool(match wholes {
            Some((a, b)) => holds(operator, &a, &b),
            None => holds(operator, &a.real(), &b.real()),
        }));
    }
    if let (Bool(a), Bool(b)) = (a, b) {
        match operator {
            Binary::BitAnd => return Ok(Bool(a && b)),
            Binary::BitOr => return Ok(Bool(a || b)),
            Binary::BitXor => return Ok(Bool(a != b)),
            _ => {}
        }
    }
    match a.whole().zip(b.whole()) {
        Some((a, b)) => wholes(operator, a, b, numpy),
        None => reals(operator, a.real(), b.real(), numpy),
    }
}

fn wholes(operator: Binary, a: i128, b: i128, numpy: bool) -> Result<Literal, String> {
    let zero = b == 0 && !numpy;
    let checked = match operator {
        Binary::Add => a.checked_add(b),
        Binary::Subtract => a.checked_sub(b),
        Binary::Multiply => a.checked_mul(b),
        Binary::Divide if zero => return Err(BY_ZERO.into()),
        Binary::Divide => return Ok(Real(a as f64 / b as f64)),
        Binary::FloorDivide | Binary::Modulo if zero => return Err(BY_ZERO.into()),
        Binary::FloorDivide | Binary::Modulo if b == 0 => Some(0),
        Binary::FloorDivide => Some(floor_divide(a, b)),
        Binary::Modulo => Some(a - floor_divide(a, b) * b),
        Binary::Power if b >= 0 => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
        Binary::Power if a == 0 => return Err(BY_ZERO.into()),
        Binary::Power => return Ok(Real((a as f64).powf(b as f64))),
        Binary::BitAnd => Some(a & b),
        Binary::BitOr => Some(a | b),
        Binary::BitXor => Some(a ^ b),
        Binary::ShiftLeft | Binary::ShiftRight if b < 0 => return Err("this shifts by less than nothing".into()),
        Binary::ShiftLeft if b < 64 && a.unsigned_abs() < 1 << 62 => Some(a << b),
        Binary::ShiftLeft => None,
        Binary::ShiftRight => Some(a >> b.min(127)),
        _ => None,
    };
    checked.map(Whole).ok_or_else(|| TOO_LARGE.into())
}

fn floor_divide(a: i128, b: i128) -> i128 {
    let rest = a % b;
    a / b - i128::from(rest != 0 && (rest < 0) != (b < 0))
}

fn reals(operator: Binary, a: f64, b: f64, numpy: bool) -> Result<Literal, String> {
    let zero = b == 0.0 && !numpy;
    Ok(Real(match operator {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide | Binary::FloorDivide | Binary::Modulo if zero => return Err(BY_ZERO.into()),
        Binary::Divide => a / b,
        Binary::FloorDivide => (a - modulo(a, b)) / b,
        Binary::Modulo => modulo(a, b),
        Binary::Power if a == 0.0 && b < 0.0 => return Err(BY_ZERO.into()),
        Binary::Power if a < 0.0 && b.fract() != 0.0 => {
            return Err("a broken power of a negative number is complex; take abs() of it".into());
        }
        Binary::Power => power(a, b)?,
        _ => return Err(format!("{} takes whole numbers", operator.symbol())),
    }))
}

/// Python refuses what overflows, where NumPy is infinite.
fn power(a: f64, b: f64) -> Result<f64, String> {
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() { Err(TOO_LARGE.into()) } else { Ok(result) }
}

/// Exact, with the sign of the divisor.
fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}
