//! Compiles a tree for the tolerant dialect: every number is real, conditions are 0 or 1, anything but 0 is true.

use super::function::Function;
use super::literal::Literal;
use super::operator::{Binary, Unary};
use super::program::{Step, Width, constant, push};
use super::syntax::{Node, Shape};
use super::{Mistake, Variable};

/// The steps that compute `node`.
///
/// # Errors
/// `^`, which means a power to some and a bit operation to others.
pub(super) fn compile(node: &Node) -> Result<Vec<Step>, Mistake> {
    let mut code = Vec::new();
    emit(node, &mut code)?;
    Ok(code)
}

fn variable(variable: Variable) -> Step {
    Step::Real(variable.slot() as u16)
}

fn emit(node: &Node, code: &mut Vec<Step>) -> Result<(), Mistake> {
    match &node.shape {
        Shape::Number(literal) => push(code, constant(*literal, Width::Double)),
        Shape::Constant(_, value) => push(code, constant(Literal::Real(*value), Width::Double)),
        Shape::Variable(named) => push(code, variable(*named)),
        Shape::Unary(operator, inner) => {
            emit(inner, code)?;
            match operator {
                Unary::Negate => push(code, Step::Negate(Width::Double)),
                Unary::Invert | Unary::Not => push(code, Step::Not),
                Unary::Plus => {}
            }
        }
        Shape::Binary(operator, left, right) => {
            emit(left, code)?;
            emit(right, code)?;
            push(code, binary(*operator, node.column)?);
        }
        Shape::Comparison(first, rest) => emit_comparison(first, rest, code)?,
        Shape::Call(function, values) => emit_call(*function, values, code)?,
        Shape::Choice(parts) => {
            for part in parts.iter() {
                emit(part, code)?;
            }
            push(code, Step::Choose { real: true });
        }
    }
    Ok(())
}

fn binary(operator: Binary, column: usize) -> Result<Step, Mistake> {
    Ok(match operator {
        Binary::BitAnd | Binary::And => Step::Truth(Binary::And),
        Binary::BitOr | Binary::Or => Step::Truth(Binary::Or),
        Binary::BitXor => return Err(Mistake::at(column, "^ has no meaning here; powers are written **")),
        Binary::ShiftLeft | Binary::ShiftRight => {
            let says = format!("{} has no meaning here; multiply by a power of two", operator.symbol());
            return Err(Mistake::at(column, says));
        }
        _ => Step::Arithmetic(operator, Width::Double),
    })
}

/// `a < b < c` is `a < b and b < c`.
fn emit_comparison(first: &Node, rest: &[(Binary, Node)], code: &mut Vec<Step>) -> Result<(), Mistake> {
    let mut left = first;
    for (i, (operator, right)) in rest.iter().enumerate() {
        emit(left, code)?;
        emit(right, code)?;
        push(code, Step::Truth(*operator));
        if i > 0 {
            push(code, Step::Truth(Binary::And));
        }
        left = right;
    }
    Ok(())
}

fn emit_call(function: Function, values: &[Node], code: &mut Vec<Step>) -> Result<(), Mistake> {
    for (i, value) in values.iter().enumerate() {
        emit(value, code)?;
        let joins = function.gathers() || function == Function::Clamp;
        if joins && i > 0 {
            // clamp(x, low, high) is min(max(x, low), high).
            let join = match (function, i) {
                (Function::Clamp, 1) => Function::Max,
                (Function::Clamp, _) => Function::Min,
                _ => function,
            };
            push(code, Step::OfTwo(join));
        }
    }
    match (function, values.len()) {
        (Function::Where, _) => push(code, Step::Choose { real: true }),
        (Function::Clamp, _) => {}
        (_, 1) if function.gathers() => {}
        (_, 1) => push(code, Step::OfOne(function, Width::Double)),
        (_, 2) if !function.gathers() => push(code, Step::OfTwo(function)),
        _ => {}
    }
    Ok(())
}
