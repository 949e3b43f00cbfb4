//! Functions of the strict dialects: what kind of number each gives, and what it refuses.

use super::{Code, OF_TRUTHS, Origin, Outcome, Refusal, Value, apply_one, apply_two, at_once, late};
use crate::schedule::function::Function;
use crate::schedule::literal::Literal;
use crate::schedule::program::{Step, Width, push};

/// Any function but where.
pub(super) fn call(function: Function, values: Vec<Value>) -> Outcome {
    if function.gathers() {
        return gather(values);
    }
    let known: Vec<Literal> = values.iter().filter_map(Value::known).map(|(literal, _)| literal).collect();
    if known.len() == values.len() {
        return of_constants(function, &known);
    }
    let mut codes = values.into_iter().map(|value| value.into_code()?.usable()).collect::<Result<Vec<_>, Refusal>>()?;
    let widest = codes.iter().map(|code| code.width).max().unwrap_or(Width::Double);
    match (codes.pop(), codes.pop()) {
        (Some(b), Some(a)) => of_two(function, a, b, widest),
        (Some(a), None) => of_one(function, a),
        _ => Err(at_once("a value is missing")),
    }
}

fn of_two(function: Function, a: Code, b: Code, widest: Width) -> Outcome {
    let width = if matches!(widest, Width::Int | Width::Long) { Width::Double } else { widest.max(Width::Single) };
    let value = apply_two(a, b, width, Step::OfTwo(function), width)?;
    Ok(rounded(value))
}

/// Single precision after a step that computes in double.
fn rounded(value: Value) -> Value {
    match value {
        Value::Code(mut code) if code.width == Width::Single => {
            push(&mut code.steps, Step::OfOne(Function::Copy, Width::Single));
            Value::Code(code)
        }
        other => other,
    }
}

fn of_one(function: Function, a: Code) -> Outcome {
    let width = match (function, a.width) {
        (Function::Copy, Width::Bool) => return Ok(Value::Code(a)),
        (Function::OnesLike, Width::Bool) => return Err(late(OF_TRUTHS)),
        (Function::Conj, Width::Int | Width::Long) => Width::Double,
        (Function::Conj, _) => return Err(late("conj makes the number complex; drop it")),
        (Function::Real | Function::Imag, _) | (_, Width::Int | Width::Long) => Width::Double,
        (_, Width::Bool) => Width::Single,
        (_, width) => width,
    };
    apply_one(a, width, Step::OfOne(function, width))
}

/// Of constants alone, as NumPy does it.
fn of_constants(function: Function, values: &[Literal]) -> Outcome {
    let literal = match *values {
        [value] if function == Function::Copy => return Ok(Value::Wrapped(value, Origin::Array)),
        [value] if function == Function::OnesLike => {
            let one = if value.whole().is_some() { Literal::Whole(1) } else { Literal::Real(1.0) };
            return Ok(Value::Wrapped(one, Origin::Array));
        }
        [Literal::Bool(on)] if function.keeps_whole() => Literal::Bool(on),
        [Literal::Whole(whole)] if function.keeps_whole() => Literal::Whole(match function {
            Function::Abs => whole.abs(),
            Function::Imag => 0,
            _ => whole,
        }),
        [value] => Literal::Real(function.of_one(value.real())),
        [a, b] => match a.whole().zip(b.whole()) {
            Some((_, 0)) if function.keeps_whole() => Literal::Whole(0),
            Some((a, b)) if function.keeps_whole() => Literal::Whole(a % b),
            _ => Literal::Real(function.of_two(a.real(), b.real())),
        },
        _ => return Err(at_once("a value is missing")),
    };
    Ok(Value::Wrapped(literal, Origin::NumPy))
}

/// min, max, sum and prod reduce arrays upstream: of one value they are that value, and must come last.
fn gather(mut values: Vec<Value>) -> Outcome {
    match (values.pop(), values.len()) {
        (Some(Value::Code(code)), 0) if code.width != Width::Bool => {
            Ok(Value::Code(Code { gathered: true, ..code.usable()? }))
        }
        _ => Err(at_once("upstream takes one value that varies here; write where(a < b, a, b)")),
    }
}

/// `where(condition, a, b)`. A constant condition drops the other value, with what would have been found wrong with it
/// later.
pub(super) fn where_of(condition: Value, a: Outcome, b: Outcome) -> Outcome {
    if let Some((condition, _)) = condition.known() {
        let (taken, dropped) = if condition.is_true() { (a, b) } else { (b, a) };
        return match dropped {
            Err(refusal) if !refusal.late => Err(refusal),
            _ => taken.map(Value::wrapped),
        };
    }
    let condition = condition.into_code()?.usable()?;
    if condition.width != Width::Bool {
        return Err(late("where takes a condition first; compare with something, as in where(t > 0, …)"));
    }
    let (a, b) = (a?.into_code()?.usable()?, b?.into_code()?.usable()?);
    let width = a.width.max(b.width);
    let mut steps = condition.steps;
    steps.append(&mut a.widened(width));
    steps.append(&mut b.widened(width));
    push(&mut steps, Step::Choose { real: false });
    Ok(Value::Code(Code { steps, width, gathered: false }))
}
