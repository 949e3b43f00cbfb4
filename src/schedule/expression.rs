//! One compiled expression: read from text by whoever loads files, asked for its value once per tick.

use std::fmt;

use super::literal::Literal;
use super::moment::{Nothing, Reads};
use super::program::{STACK, Step, Width, constant, height, push, run_bits};
use super::syntax::{Node, read};
use super::typed::Given;
use super::{Dialect, Mistake, Moment, Variable, real, typed};

/// An expression, ready to be asked.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As read, for printing.
    tree: Node,
    code: Box<[Step]>,
    width: Width,
}

/// Expressions are the same where they compute the same way.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code && self.width == other.width
    }
}

impl Expression {
    /// Reads and compiles `text`.
    ///
    /// # Errors
    /// Where it is no expression in this dialect, where upstream would refuse it (strict dialects), and where it is
    /// nested deeper than the machine goes.
    pub fn compile(text: &str, dialect: Dialect) -> Result<Expression, Mistake> {
        Self::compile_given(text, dialect, &|_| None)
    }

    /// The same, with the whole numbers that strict dialects put in the place of some variables.
    ///
    /// # Errors
    /// Those of [`Self::compile`].
    pub(super) fn compile_given(text: &str, dialect: Dialect, given: Given<'_>) -> Result<Expression, Mistake> {
        let tree = read(text, dialect)?;
        let (code, width) =
            if dialect.is_strict() { typed::compile(&tree, given)? } else { (real::compile(&tree)?, Width::Double) };
        if height(&code) > STACK {
            let says = format!("the expression needs more than {STACK} values at once; take it apart");
            return Err(Mistake::at(1, says));
        }
        Ok(Expression { tree, code: code.into(), width })
    }

    /// Its value at this moment; NaN or infinite where mathematics has no better answer. No allocation.
    pub fn value(&self, moment: &Moment) -> f64 {
        self.read(moment)
    }

    /// Its value with the variables of `reads`.
    pub(super) fn read<R: Reads>(&self, reads: &R) -> f64 {
        let bits = run_bits(&self.code, reads);
        if self.width.is_whole() { bits as i64 as f64 } else { f64::from_bits(bits) }
    }

    /// What kind of number it gives.
    pub(super) fn width(&self) -> Width {
        self.width
    }

    /// Its value if it is the same at all moments.
    pub fn constant(&self) -> Option<f64> {
        matches!(*self.code, [Step::Constant(_)]).then(|| self.read(&Nothing))
    }

    /// Whether its value depends on `variable`.
    pub fn uses(&self, variable: Variable) -> bool {
        let slot = variable.slot() as u16;
        self.code.iter().any(|step| matches!(step, Step::Real(used) | Step::Whole(used) if *used == slot))
    }

    /// Whether its value depends on nothing but `variables`.
    pub fn uses_only(&self, variables: &[Variable]) -> bool {
        self.code.iter().all(|step| match step {
            Step::Real(used) | Step::Whole(used) => variables.iter().any(|v| v.slot() == usize::from(*used)),
            _ => true,
        })
    }

    /// This expression with variables whose value is settled in their places.
    pub(super) fn settled(mut self, values: &[(Variable, f64)]) -> Expression {
        let mut code = Vec::with_capacity(self.code.len());
        for step in self.code.iter() {
            let value = |used: u16| values.iter().find(|(v, _)| v.slot() == usize::from(used)).map(|(_, value)| *value);
            let settled = match *step {
                Step::Real(used) => value(used).map(|v| constant(Literal::Real(v), Width::Double)),
                Step::Whole(used) => {
                    value(used).map(|v| constant(Literal::Whole(i128::from(v.floor() as i64)), Width::Long))
                }
                _ => None,
            };
            push(&mut code, settled.unwrap_or(*step));
        }
        self.code = code.into();
        self
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}
