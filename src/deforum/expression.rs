//! Just enough of Deforum's expressions to find constants, first values and zooms that cannot be played. Whoever plays
//! the show has the whole language; what is not understood here is simply left to it.

/// Deeper expressions are left alone.
const DEEPEST: usize = 40;

/// What the variables of an expression are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variables {
    /// `t`; nothing where an expression must not depend on time.
    pub(super) frame: Option<f64>,
    /// `max_f`, the last frame.
    pub(super) last: f64,
}

type Holds = fn(f64, f64) -> bool;

struct Parser<'a> {
    rest: &'a str,
    variables: Variables,
    depth: usize,
}

/// The value of `text`, where it can be told here and is finite.
pub(super) fn value(text: &str, variables: Variables) -> Option<f64> {
    let mut parser = Parser { rest: text, variables, depth: 0 };
    let value = parser.comparison()?;
    (parser.rest.trim().is_empty() && value.is_finite()).then_some(value)
}

impl Parser<'_> {
    fn take(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(sign);
        self.rest = found.unwrap_or(rest);
        found.is_some()
    }

    fn comparison(&mut self) -> Option<f64> {
        let left = self.sum()?;
        let signs: [(&str, Holds); 6] = [
            ("<=", |a, b| a <= b),
            (">=", |a, b| a >= b),
            ("==", |a, b| a == b),
            ("!=", |a, b| a != b),
            ("<", |a, b| a < b),
            (">", |a, b| a > b),
        ];
        for (sign, holds) in signs {
            if self.take(sign) {
                let right = self.sum()?;
                return Some(f64::from(u8::from(holds(left, right))));
            }
        }
        Some(left)
    }

    fn sum(&mut self) -> Option<f64> {
        let mut left = self.product()?;
        loop {
            if self.take("+") {
                left += self.product()?;
            } else if self.take("-") {
                left -= self.product()?;
            } else {
                return Some(left);
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut left = self.signed()?;
        loop {
            if self.take("//") {
                left = (left / self.signed()?).floor();
            } else if self.take("*") {
                left *= self.signed()?;
            } else if self.take("/") {
                left /= self.signed()?;
            } else if self.take("%") {
                let right = self.signed()?;
                left -= right * (left / right).floor();
            } else {
                return Some(left);
            }
        }
    }

    fn signed(&mut self) -> Option<f64> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let value = if self.take("-") {
            self.signed().map(|value| -value)
        } else if self.take("+") {
            self.signed()
        } else {
            self.power()
        };
        self.depth -= 1;
        value
    }

    fn power(&mut self) -> Option<f64> {
        let base = self.atom()?;
        if self.take("**") { Some(base.powf(self.signed()?)) } else { Some(base) }
    }

    fn atom(&mut self) -> Option<f64> {
        if self.take("(") {
            let value = self.comparison()?;
            return self.take(")").then_some(value);
        }
        let end =
            self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.number(word);
        }
        match word {
            "t" | "f" => self.variables.frame,
            "max_f" => Some(self.variables.last),
            "pi" => Some(std::f64::consts::PI),
            _ if self.take("(") => self.call(word),
            _ => None,
        }
    }

    /// A number; the sign of an exponent is no part of the word that was found.
    fn number(&mut self, word: &str) -> Option<f64> {
        if let Some(mantissa) = word.strip_suffix(['e', 'E']) {
            let negative = self.take("-");
            if !negative {
                self.take("+");
            }
            let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
            let (digits, rest) = self.rest.split_at(end);
            self.rest = rest;
            return format!("{mantissa}e{}{digits}", if negative { "-" } else { "" }).parse().ok();
        }
        word.parse().ok()
    }

    fn call(&mut self, name: &str) -> Option<f64> {
        let mut values = vec![self.comparison()?];
        while self.take(",") {
            values.push(self.comparison()?);
        }
        if !self.take(")") {
            return None;
        }
        match (name, values.as_slice()) {
            ("sin", [x]) => Some(x.sin()),
            ("cos", [x]) => Some(x.cos()),
            ("tan", [x]) => Some(x.tan()),
            ("exp", [x]) => Some(x.exp()),
            ("log", [x]) => Some(x.ln()),
            ("log10", [x]) => Some(x.log10()),
            ("sqrt", [x]) => Some(x.sqrt()),
            ("abs", [x]) => Some(x.abs()),
            ("floor", [x]) => Some(x.floor()),
            ("ceil", [x]) => Some(x.ceil()),
            ("min", [x, y]) => Some(x.min(*y)),
            ("max", [x, y]) => Some(x.max(*y)),
            ("where", [holds, x, y]) => Some(if *holds != 0.0 { *x } else { *y }),
            _ => None,
        }
    }
}
