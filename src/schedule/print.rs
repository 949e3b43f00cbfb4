//! Writes a tree as text that reads back as the same tree. For people and logs; any thread.

use std::fmt;

use super::literal::Literal;
use super::operator::{ATOM, Binary, CHOICE, COMPARISON, SIGN};
use super::syntax::{Node, Shape};

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Number(literal) => write!(f, "{literal}"),
            Shape::Constant(name, _) => f.write_str(name),
            Shape::Variable(variable) => f.write_str(&variable.name()),
            Shape::Unary(operator, inner) => {
                f.write_str(operator.symbol())?;
                inner.write(f, operator.binding())
            }
            Shape::Binary(operator, left, right) => {
                let binding = operator.binding();
                // A power takes only an atom on its left; a sign or a power goes on its right as it is.
                let (least_left, least_right) =
                    if *operator == Binary::Power { (ATOM, SIGN) } else { (binding, binding + 1) };
                left.write(f, least_left)?;
                write!(f, " {} ", operator.symbol())?;
                right.write(f, least_right)
            }
            Shape::Comparison(first, rest) => {
                first.write(f, COMPARISON + 1)?;
                for (operator, value) in rest {
                    write!(f, " {} ", operator.symbol())?;
                    value.write(f, COMPARISON + 1)?;
                }
                Ok(())
            }
            Shape::Call(function, values) => {
                write!(f, "{}(", function.name())?;
                for (i, value) in values.iter().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    value.fmt(f)?;
                }
                f.write_str(")")
            }
            Shape::Choice(parts) => {
                let [condition, first, second] = parts.as_ref();
                first.write(f, CHOICE + 1)?;
                f.write_str(" if ")?;
                condition.write(f, CHOICE + 1)?;
                f.write_str(" else ")?;
                second.write(f, CHOICE)
            }
        }
    }
}

impl Node {
    fn binding(&self) -> u8 {
        match &self.shape {
            Shape::Unary(operator, _) => operator.binding(),
            Shape::Binary(operator, ..) => operator.binding(),
            Shape::Comparison(..) => COMPARISON,
            Shape::Choice(_) => CHOICE,
            _ => ATOM,
        }
    }

    /// In parentheses where it binds less tightly than `least`.
    fn write(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.binding() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Bool(on) => f.write_str(if *on { "True" } else { "False" }),
            Literal::Whole(whole) => write!(f, "{whole}"),
            // The only way to write a number beyond all others.
            Literal::Real(real) if real.is_infinite() => f.write_str("1e999"),
            Literal::Real(real) => write!(f, "{real:?}"),
        }
    }
}
