//! Operators of the strict dialects: what kind of number each gives, and what it refuses.

use super::{Code, OF_TRUTHS, Origin, Outcome, Refusal, Value, apply_one, apply_two, at_once, late};
use crate::schedule::literal::Literal;
use crate::schedule::operator::{Binary, Unary};
use crate::schedule::program::{Step, Width, constant, push};
use crate::schedule::python;

const OF_WHOLE: &str = "~ takes a condition; compare with something";

/// Arithmetic makes scalars of arrays.
fn scalar(origin: Origin) -> Origin {
    origin.min(Origin::NumPy)
}

/// An operator before one value.
pub(super) fn unary(operator: Unary, a: Value) -> Outcome {
    match (operator, a) {
        (Unary::Not, Value::Python(literal)) => Ok(Value::Python(Literal::Bool(!literal.is_true()))),
        (Unary::Not, _) => Err(at_once("upstream takes no not; write ~(…)")),
        (Unary::Plus, Value::Python(Literal::Bool(on))) => Ok(Value::Python(Literal::Whole(i128::from(on)))),
        (Unary::Plus, a) => Ok(a),
        (Unary::Negate, Value::Python(literal)) => Ok(Value::Python(negated(literal))),
        (Unary::Negate, Value::Wrapped(Literal::Bool(_), Origin::NumPy | Origin::Array)) => Err(at_once(OF_TRUTHS)),
        (Unary::Negate, Value::Wrapped(literal, origin)) => Ok(Value::Wrapped(negated(literal), scalar(origin))),
        (Unary::Negate, Value::Code(code)) if code.width == Width::Bool => Err(late(OF_TRUTHS)),
        (Unary::Negate, Value::Code(code)) => {
            let width = code.width;
            apply_one(code, width, Step::Negate(width))
        }
        (Unary::Invert, Value::Python(literal)) => inverted(literal).map(Value::Python),
        (Unary::Invert, Value::Wrapped(Literal::Bool(on), Origin::NumPy | Origin::Array)) => {
            Ok(Value::Wrapped(Literal::Bool(!on), Origin::NumPy))
        }
        (Unary::Invert, Value::Wrapped(literal, origin)) => {
            inverted(literal).map(|literal| Value::Wrapped(literal, scalar(origin)))
        }
        (Unary::Invert, Value::Code(code)) if code.width == Width::Bool => apply_one(code, Width::Bool, Step::Flip),
        (Unary::Invert, _) => Err(late(OF_WHOLE)),
    }
}

fn negated(literal: Literal) -> Literal {
    match literal.whole() {
        Some(whole) => Literal::Whole(-whole),
        None => Literal::Real(-literal.real()),
    }
}

fn inverted(literal: Literal) -> Result<Literal, Refusal> {
    literal.whole().map(|whole| Literal::Whole(!whole)).ok_or_else(|| at_once(OF_WHOLE))
}

/// An operator between two values; and, or are not among them.
pub(super) fn binary(operator: Binary, a: Value, b: Value) -> Outcome {
    if let (Value::Python(a), Value::Python(b)) = (&a, &b) {
        return python::binary(operator, *a, *b, false).map(Value::Python).map_err(at_once);
    }
    let a_is_python = matches!(a, Value::Python(_));
    match operator {
        Binary::FloorDivide => Err(at_once("upstream has no // for what varies; write floor(a / b)")),
        Binary::BitXor => Err(at_once("upstream has no ^ for what varies; powers are written **")),
        Binary::BitAnd | Binary::BitOr if a_is_python => {
            Err(at_once(format!("upstream takes no constant before {}; write it behind", operator.symbol())))
        }
        Binary::Divide => divide(a, b),
        Binary::Power => power(a, b),
        _ => match (a.known(), b.known()) {
            (Some((x, first)), Some((y, second))) => {
                let origin = scalar(first.max(second));
                let literal = python::binary(operator, x, y, origin == Origin::NumPy).map_err(at_once)?;
                Ok(Value::Wrapped(literal, origin))
            }
            _ => vary(operator, a.into_code()?, b.into_code()?),
        },
    }
}

/// Everything but `/` and `**`, of what varies.
fn vary(operator: Binary, a: Code, b: Code) -> Outcome {
    let width = a.width.max(b.width);
    if operator.is_comparison() {
        // Truths are compared as whole numbers.
        return apply_two(a, b, width.max(Width::Int), Step::Compare(operator, width.max(Width::Int)), Width::Bool);
    }
    match operator {
        Binary::BitAnd | Binary::BitOr if width == Width::Bool => {
            let step = if operator == Binary::BitAnd { Step::Both } else { Step::Either };
            apply_two(a, b, width, step, width)
        }
        Binary::BitAnd | Binary::BitOr => {
            Err(late(format!("{} takes conditions; put comparisons round it in parentheses", operator.symbol())))
        }
        Binary::ShiftLeft | Binary::ShiftRight if !width.is_whole() => {
            Err(late(format!("{} takes whole numbers", operator.symbol())))
        }
        _ if width == Width::Bool => Err(late(OF_TRUTHS)),
        _ => apply_two(a, b, width, Step::Arithmetic(operator, width), width),
    }
}

/// True division; by a constant it is a multiplication by what Python makes of 1 / b.
fn divide(a: Value, b: Value) -> Outcome {
    let by_zero = matches!(b.known(), Some((Literal::Real(0.0), Origin::Python)));
    let (a, b) = (a.into_code()?, b.into_code()?);
    if by_zero && a.width != Width::Bool {
        return Err(at_once("this divides by zero, which upstream refuses; divide by something else"));
    }
    let width = match a.width.max(b.width) {
        Width::Single => Width::Single,
        _ => Width::Double,
    };
    apply_two(a, b, width, Step::Arithmetic(Binary::Divide, width), width)
}

/// The most by which numexpr multiplies out a constant power.
const MULTIPLIED_OUT: f64 = 50.0;

fn power(a: Value, b: Value) -> Outcome {
    let exponent = b.known().map(|(literal, _)| literal);
    if exponent == Some(Literal::Whole(1)) {
        return Ok(a.wrapped());
    }
    let (a, b) = (a.into_code()?, b.into_code()?);
    let Some(exponent) = exponent else { return raise(a, b) };
    let x = exponent.real();
    if x < 0.0 && exponent.whole().is_some() && matches!(a.width, Width::Int | Width::Long) {
        return Err(late("upstream raises no whole number to a negative power; write 1 / a ** b"));
    }
    if (2.0 * x).fract() != 0.0 || x.abs() > MULTIPLIED_OUT {
        return raise(a, b);
    }
    multiply_out(a, x)
}

fn raise(a: Code, b: Code) -> Outcome {
    let width = a.width.max(b.width);
    if width == Width::Bool {
        return Err(late(OF_TRUTHS));
    }
    apply_two(a, b, width, Step::Arithmetic(Binary::Power, width), width)
}

/// A whole or half constant power: whole numbers stay whole, save for half and negative powers.
fn multiply_out(a: Code, x: f64) -> Outcome {
    if a.width == Width::Bool && x.abs() != 1.0 {
        return Err(late(OF_TRUTHS));
    }
    if x == 1.0 {
        return Ok(Value::Code(a.usable()?));
    }
    let (whole, half) = (a.width.is_whole(), x.fract() != 0.0);
    let width = if whole && (half || x < 0.0) { Width::Double } else { a.width };
    // With whole numbers 1 / a**n: the power wraps before it divides.
    if whole && x < 0.0 && !half {
        let power = multiply_whole(a, -x)?;
        let one = Code { steps: vec![constant(Literal::Whole(1), Width::Long)], width: Width::Long, gathered: false };
        return apply_two(one, power, Width::Double, Step::Arithmetic(Binary::Divide, Width::Double), Width::Double);
    }
    if whole && !half {
        return multiply_whole(a, x).map(Value::Code);
    }
    let exponent = Code { steps: vec![constant(Literal::Real(x), width)], width, gathered: false };
    apply_two(a, exponent, width, Step::Arithmetic(Binary::Power, width), width)
}

/// A whole number multiplied by itself: wraps, where the power of real numbers would stop at the largest.
fn multiply_whole(a: Code, times: f64) -> Result<Code, Refusal> {
    let mut a = a.usable()?;
    if a.width != Width::Bool {
        push(&mut a.steps, Step::Repeat(times as u8, a.width));
    }
    Ok(a)
}
