//! Compiles a tree for the strict dialects: the kinds of numbers are settled here as numexpr settles them, and what it
//! refuses is refused with a sentence. Called when expressions are read; the steps go to [`super::Expression`].
//!
//! numexpr lets Python work the expression out, with stand-ins for the variables. So there are three sorts of values:
//! Python's own constants, constants that numexpr has wrapped, and what is left to compute. Each has operators of its
//! own. Complex numbers and texts are refused where they begin.

mod functions;
mod operators;

use self::functions::{call, where_of};
use self::operators::{binary, unary};
use super::function::Function;
use super::literal::Literal;
use super::operator::Binary;
use super::program::{Step, Width, constant, push};
use super::syntax::{Node, Shape};
use super::{Mistake, Variable};

/// What a part of an expression is.
#[derive(Clone)]
enum Value {
    /// A constant of Python's.
    Python(Literal),
    /// A constant that numexpr has wrapped.
    Wrapped(Literal, Origin),
    Code(Code),
}

/// Whose number a wrapped constant is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Python,
    /// Divides by zero, is 64 bits wide.
    NumPy,
    /// Of `ones_like` and `copy`: good for constants alone.
    Array,
}

#[derive(Clone)]
struct Code {
    steps: Vec<Step>,
    width: Width,
    /// min, max, sum or prod of it was taken: nothing may follow.
    gathered: bool,
}

/// Why upstream refuses a part of an expression.
struct Refusal {
    /// Where, from 1; 0 until it is known.
    column: usize,
    says: String,
    /// Found out only once the whole expression is known: not where the part has been dropped by then.
    late: bool,
}

/// Refused while Python works the expression out.
fn at_once(says: impl Into<String>) -> Refusal {
    Refusal { column: 0, says: says.into(), late: false }
}

/// Refused once the expression is put together.
fn late(says: impl Into<String>) -> Refusal {
    Refusal { late: true, ..at_once(says) }
}

impl Refusal {
    /// At `column`, unless it is known already.
    fn at(self, column: usize) -> Refusal {
        if self.column == 0 { Refusal { column, ..self } } else { self }
    }
}

type Outcome = Result<Value, Refusal>;

/// Gives the constants that stand for variables, where they are known.
pub(super) type Given<'a> = &'a dyn Fn(Variable) -> Option<Literal>;

/// The steps that compute `node`, and what kind of number they give.
///
/// # Errors
/// Where upstream refuses.
pub(super) fn compile(node: &Node, given: Given<'_>) -> Result<(Vec<Step>, Width), Mistake> {
    match value(node, given).and_then(Value::into_code) {
        Ok(code) => Ok((code.steps, code.width)),
        Err(refusal) => {
            let refusal = refusal.at(node.column);
            Err(Mistake::at(refusal.column, refusal.says))
        }
    }
}

fn value(node: &Node, given: Given<'_>) -> Outcome {
    let outcome = match &node.shape {
        Shape::Number(literal) => Ok(Value::Python(*literal)),
        Shape::Constant(_, real) => Ok(Value::Python(Literal::Real(*real))),
        Shape::Variable(named) => Ok(given(*named).map_or_else(|| variable(*named), Value::Python)),
        Shape::Unary(operator, inner) => value(inner, given).and_then(|inner| unary(*operator, inner)),
        Shape::Binary(operator @ (Binary::And | Binary::Or), left, right) => either(*operator, left, right, given),
        Shape::Binary(operator, left, right) => binary(*operator, value(left, given)?, value(right, given)?),
        Shape::Comparison(first, rest) => comparison(first, rest, given),
        Shape::Call(Function::Where, values) => match values.as_slice() {
            [condition, a, b] => where_of(value(condition, given)?, value(a, given), value(b, given)),
            _ => Err(at_once("where takes a condition and two values")),
        },
        Shape::Call(function, values) => {
            let values: Result<Vec<Value>, Refusal> = values.iter().map(|node| value(node, given)).collect();
            values.and_then(|values| call(*function, values))
        }
        Shape::Choice(parts) => {
            let [condition, first, second] = parts.as_ref();
            value(condition, given)
                .and_then(|condition| truth(&condition))
                .and_then(|holds| value(if holds { first } else { second }, given))
        }
    };
    outcome.map_err(|refusal| refusal.at(node.column))
}

/// Upstream's variables are whole numbers of 64 bits.
fn variable(named: Variable) -> Value {
    Value::Code(Code { steps: vec![Step::Whole(named.slot() as u16)], width: Width::Long, gathered: false })
}

/// Python needs to know at once whether it is true.
fn truth(value: &Value) -> Result<bool, Refusal> {
    match value {
        Value::Python(literal) => Ok(literal.is_true()),
        _ => Err(at_once("upstream takes no and, or, not, if or chain here; write &, |, ~ or where(…)")),
    }
}

fn either(operator: Binary, left: &Node, right: &Node, given: Given<'_>) -> Outcome {
    let first = value(left, given)?;
    if truth(&first)? == (operator == Binary::Or) { Ok(first) } else { value(right, given) }
}

/// `a < b < c` is `a < b and b < c`.
fn comparison(first: &Node, rest: &[(Binary, Node)], given: Given<'_>) -> Outcome {
    let mut left = value(first, given)?;
    let mut result = Value::Python(Literal::Bool(true));
    for (operator, right) in rest {
        if !truth(&result)? {
            break;
        }
        let right = value(right, given)?;
        result = binary(*operator, left, right.clone())?;
        left = right;
    }
    Ok(result)
}

impl Value {
    fn into_code(self) -> Result<Code, Refusal> {
        let (literal, origin) = match self {
            Value::Code(code) => return Ok(code),
            Value::Python(literal) => (literal, Origin::Python),
            Value::Wrapped(literal, origin) => (literal, origin),
        };
        if origin == Origin::Array {
            return Err(late("upstream takes no constant in ones_like or copy; write the constant alone"));
        }
        let width = match literal {
            Literal::Bool(_) => Width::Bool,
            Literal::Real(_) => Width::Double,
            Literal::Whole(whole) if i32::try_from(whole).is_ok() && origin == Origin::Python => Width::Int,
            Literal::Whole(whole) if i64::try_from(whole).is_ok() => Width::Long,
            Literal::Whole(_) => return Err(late("the number is too large for upstream")),
        };
        Ok(Code { steps: vec![constant(literal, width)], width, gathered: false })
    }

    /// The constant, and whose it is.
    fn known(&self) -> Option<(Literal, Origin)> {
        match self {
            Value::Python(literal) => Some((*literal, Origin::Python)),
            Value::Wrapped(literal, origin) => Some((*literal, *origin)),
            Value::Code(_) => None,
        }
    }

    /// A Python constant that meets numexpr is wrapped.
    fn wrapped(self) -> Value {
        match self {
            Value::Python(literal) => Value::Wrapped(literal, Origin::Python),
            other => other,
        }
    }
}

impl Code {
    /// Widened to `width`, which is no narrower.
    fn widened(mut self, width: Width) -> Vec<Step> {
        if self.width.is_whole() && !width.is_whole() {
            push(&mut self.steps, if width == Width::Single { Step::ToSingle } else { Step::ToReal });
        }
        self.steps
    }

    fn usable(self) -> Result<Code, Refusal> {
        if self.gathered {
            return Err(late("upstream takes min, max, sum and prod only round a whole expression; write where(…)"));
        }
        Ok(self)
    }
}

/// `step` of one value, widened to `width`.
fn apply_one(a: Code, width: Width, step: Step) -> Outcome {
    let mut steps = a.usable()?.widened(width);
    push(&mut steps, step);
    Ok(Value::Code(Code { steps, width, gathered: false }))
}

/// `step` of two values, both widened to `width`, giving the kind `gives`.
fn apply_two(a: Code, b: Code, width: Width, step: Step, gives: Width) -> Outcome {
    let mut steps = a.usable()?.widened(width);
    steps.append(&mut b.usable()?.widened(width));
    push(&mut steps, step);
    Ok(Value::Code(Code { steps, width: gives, gathered: false }))
}

const OF_TRUTHS: &str = "upstream takes no condition here; multiply the condition by 1";
