//! Reads an expression into a tree, by Pratt's method: each operator goes on as long as it binds tighter than the one
//! before. Called wherever an expression is compiled; the tree goes to [`super::real`] or [`super::typed`].

use super::function::Function;
use super::literal::Literal;
use super::mistake::did_you_mean;
use super::operator::{Binary, CHOICE, COMPARISON, NOT, SIGN, Unary};
use super::token::{Kind, Token, cut};
use super::variable::Variable;
use super::{Dialect, Mistake};

/// One part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub shape: Shape,
    /// Where it stands, from 1.
    pub column: usize,
    /// Levels of nodes from here down, itself included; at most [`DEEPEST`], so that recursion over a tree is safe.
    depth: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Number(Literal),
    /// A named constant.
    Constant(&'static str, f64),
    Variable(Variable),
    Unary(Unary, Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    /// `a < b <= c`: the first value, then each comparison with its value.
    Comparison(Box<Node>, Vec<(Binary, Node)>),
    Call(Function, Vec<Node>),
    /// `a if c else b`, as (c, a, b).
    Choice(Box<[Node; 3]>),
}

/// The most levels of an expression.
const DEEPEST: usize = 200;
/// Python's own limit of parentheses within parentheses is 200; every level here takes two calls.
const MOST_NESTED: usize = 200;
const TOO_DEEP: &str = "the expression is nested too deep; take it apart into several keys";

/// Reads the whole of `text`.
///
/// # Errors
/// Where it is not one expression in this dialect.
pub(super) fn read(text: &str, dialect: Dialect) -> Result<Node, Mistake> {
    let tokens = cut(text, dialect)?;
    let mut reader = Reader { tokens: &tokens, at: 0, nested: 0, dialect };
    if reader.token().kind == Kind::End {
        return Err(Mistake::at(1, "there is nothing here; write a number or an expression"));
    }
    let node = reader.expression(0)?;
    match &reader.token().kind {
        Kind::End => Ok(node),
        Kind::Symbol(")") => Err(reader.mistake("a ) has no ( before it")),
        Kind::Symbol(",") => Err(reader.mistake("a comma has no meaning here; numbers are written with a point")),
        _ => Err(reader.mistake("the expression ended before this; an operator or a comma may be missing")),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    nested: usize,
    dialect: Dialect,
}

const NOTHING: Token = Token { kind: Kind::End, column: 1 };

impl Reader<'_> {
    fn token(&self) -> &Token {
        self.tokens.get(self.at).or(self.tokens.last()).unwrap_or(&NOTHING)
    }

    fn mistake(&self, says: impl Into<String>) -> Mistake {
        Mistake::at(self.token().column, says)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token().kind, Kind::Name(name) if name == word)
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.token().kind, Kind::Symbol(here) if here == symbol);
        self.at += usize::from(found);
        found
    }

    /// The operator that stands here.
    fn operator(&self) -> Option<Binary> {
        match &self.token().kind {
            Kind::Symbol(symbol) => Binary::named(symbol),
            Kind::Name(name) if name == "and" || name == "or" => Binary::named(name),
            _ => None,
        }
    }

    /// An expression whose operators all bind at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Result<Node, Mistake> {
        self.nested += 1;
        if self.nested > MOST_NESTED {
            return Err(self.mistake(TOO_DEEP));
        }
        let mut left = self.prefix(least)?;
        while let Some(operator) = self.operator() {
            let binding = operator.binding();
            if binding < least {
                break;
            }
            left = if operator.is_comparison() { self.comparison(left)? } else { self.binary(left, operator)? };
        }
        if least <= CHOICE && self.is_word("if") {
            left = self.choice(left)?;
        }
        self.nested -= 1;
        Ok(left)
    }

    fn binary(&mut self, left: Node, operator: Binary) -> Result<Node, Mistake> {
        let column = self.token().column;
        self.at += 1;
        // `**` goes to the right and takes a sign after it.
        let right = self.expression(if operator == Binary::Power { SIGN } else { operator.binding() + 1 })?;
        let depth = left.depth.max(right.depth);
        node(Shape::Binary(operator, Box::new(left), Box::new(right)), column, depth)
    }

    fn comparison(&mut self, left: Node) -> Result<Node, Mistake> {
        let column = self.token().column;
        let mut depth = left.depth;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator().filter(|operator| operator.is_comparison()) {
            self.at += 1;
            let right = self.expression(COMPARISON + 1)?;
            depth = depth.max(right.depth);
            rest.push((operator, right));
        }
        node(Shape::Comparison(Box::new(left), rest), column, depth)
    }

    fn choice(&mut self, first: Node) -> Result<Node, Mistake> {
        let column = self.token().column;
        self.at += 1;
        let condition = self.expression(CHOICE + 1)?;
        if !self.is_word("else") {
            return Err(self.mistake("an if needs its else: write a if condition else b"));
        }
        self.at += 1;
        let second = self.expression(CHOICE)?;
        let depth = condition.depth.max(first.depth).max(second.depth);
        node(Shape::Choice(Box::new([condition, first, second])), column, depth)
    }

    fn prefix(&mut self, least: u8) -> Result<Node, Mistake> {
        let column = self.token().column;
        let unary = match &self.token().kind {
            Kind::Symbol("-") => Some(Unary::Negate),
            Kind::Symbol("+") => Some(Unary::Plus),
            Kind::Symbol("~") => Some(Unary::Invert),
            Kind::Name(name) if name == "not" => Some(Unary::Not),
            _ => None,
        };
        let Some(unary) = unary else { return self.postfix() };
        if unary == Unary::Not && least > NOT {
            return Err(self.mistake("not stands before a whole condition; put it in parentheses"));
        }
        self.at += 1;
        let inner = self.expression(unary.binding())?;
        let depth = inner.depth;
        node(Shape::Unary(unary, Box::new(inner)), column, depth)
    }

    /// A value, perhaps with numexpr's `.real` or `.imag` behind it.
    fn postfix(&mut self) -> Result<Node, Mistake> {
        let mut value = self.atom()?;
        loop {
            let column = self.token().column;
            if self.take_symbol("(") {
                return Err(Mistake::at(column, "a ( cannot follow this; a * may be missing"));
            }
            if !self.take_symbol(".") {
                return Ok(value);
            }
            let part = match &self.token().kind {
                Kind::Name(name) if name == "real" => Function::Real,
                Kind::Name(name) if name == "imag" => Function::Imag,
                _ => return Err(Mistake::at(column, "a point has no meaning here; take it out")),
            };
            self.at += 1;
            let depth = value.depth;
            value = node(Shape::Call(part, vec![value]), column, depth)?;
        }
    }

    fn atom(&mut self) -> Result<Node, Mistake> {
        let Token { kind, column } = self.token().clone();
        match kind {
            Kind::Number(literal) => {
                self.at += 1;
                node(Shape::Number(literal), column, 0)
            }
            Kind::Name(name) => {
                self.at += 1;
                if self.take_symbol("(") { self.call(&name, column) } else { self.name(&name, column) }
            }
            Kind::Symbol("(") => {
                self.at += 1;
                let inner = self.expression(0)?;
                self.close(column)?;
                Ok(inner)
            }
            Kind::Symbol(symbol) => Err(Mistake::at(column, format!("a value is missing before {symbol}"))),
            Kind::End => Err(Mistake::at(column, "the expression ends where a value is missing")),
        }
    }

    fn close(&mut self, opened: usize) -> Result<(), Mistake> {
        if self.take_symbol(")") {
            return Ok(());
        }
        match self.token().kind {
            Kind::End => Err(Mistake::at(opened, "this ( is not closed; add a ) where it should end")),
            Kind::Symbol(",") => Err(self.mistake("a comma has no meaning here; numbers are written with a point")),
            _ => Err(self.mistake("an operator is missing before this, or a ) before it")),
        }
    }

    fn name(&self, name: &str, column: usize) -> Result<Node, Mistake> {
        let tolerant = self.dialect == Dialect::Tolerant;
        let shape = match name {
            "True" => Shape::Number(Literal::Bool(true)),
            "False" => Shape::Number(Literal::Bool(false)),
            "pi" if tolerant => Shape::Constant("pi", std::f64::consts::PI),
            "e" if tolerant => Shape::Constant("e", std::f64::consts::E),
            _ => match Variable::named(name).filter(|found| found.is_known_in(self.dialect)) {
                Some(found) => Shape::Variable(found),
                None => return Err(self.unknown(name, column)),
            },
        };
        node(shape, column, 0)
    }

    fn unknown(&self, name: &str, column: usize) -> Mistake {
        if Function::named(name, !self.dialect.is_strict()).is_some() {
            return Mistake::at(column, format!("{name} is a function; write its value in parentheses: {name}(t)"));
        }
        let known = super::VARIABLES.iter().filter(|entry| entry.variable.is_known_in(self.dialect));
        let hint = did_you_mean(name, known.map(|entry| entry.name));
        let whose = if self.dialect.is_strict() { " upstream" } else { "" };
        let hint = if hint.is_empty() && !self.dialect.is_strict() {
            "; `halation schedule --variables` lists what there is".into()
        } else {
            hint
        };
        Mistake::at(column, format!("there is no variable {name:?}{whose}{hint}"))
    }

    fn call(&mut self, name: &str, column: usize) -> Result<Node, Mistake> {
        let Some(function) = Function::named(name, !self.dialect.is_strict()) else {
            return Err(self.no_function(name, column));
        };
        // The parenthesis has been taken just now.
        let opened = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(column, |token| token.column);
        let mut values = Vec::new();
        while !self.take_symbol(")") {
            values.push(self.expression(0)?);
            if !self.take_symbol(",") {
                self.close(opened)?;
                break;
            }
        }
        let (fewest, most) = function.arity();
        if values.len() < fewest || values.len() > most {
            let takes = if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
            let plural = if most == 1 { "" } else { "s" };
            let says = format!("{} takes {takes} value{plural}, not {}", function.name(), values.len());
            return Err(Mistake::at(column, says));
        }
        let depth = values.iter().map(|value| value.depth).max().unwrap_or(0);
        node(Shape::Call(function, values), column, depth)
    }

    fn no_function(&self, name: &str, column: usize) -> Mistake {
        if Variable::named(name).is_some() || matches!(name, "pi" | "e") {
            return Mistake::at(column, format!("{name} is no function; a * may be missing before the ("));
        }
        let hint = did_you_mean(name, Function::names());
        let whose = if self.dialect.is_strict() { " upstream" } else { "" };
        Mistake::at(column, format!("there is no function {name:?}{whose}{hint}"))
    }
}

/// A node above nodes of at most `below` levels.
fn node(shape: Shape, column: usize, below: usize) -> Result<Node, Mistake> {
    if below >= DEEPEST { Err(Mistake::at(column, TOO_DEEP)) } else { Ok(Node { shape, column, depth: below + 1 }) }
}
