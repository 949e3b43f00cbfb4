use super::Random;
use crate::schedule::{Dialect, Expression};

/// A random expression of at most `depth` levels.
fn random_expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return random.of(&["t", "s", "max_f", "2", "0.5", "1e-3", "1e300", "True", "10"]).into();
    }
    let mut part = || random_expression(random, depth - 1);
    let (a, b, c) = (part(), part(), part());
    match random.below(9) {
        0 => format!("({a}) {} ({b})", random.of(&["+", "-", "*", "/", "%", "**", "//"])),
        1 => format!("{a} {} {b}", random.of(&["+", "-", "*", "/", "%", "**"])),
        2 => format!("({a}) {} ({b})", random.of(&["<", "<=", ">", ">=", "==", "!="])),
        3 => format!("(({a}) > ({b})) {} (({b}) < ({c}))", random.of(&["&", "|", "and", "or"])),
        4 => format!("{}({a})", random.of(&["-", "+", "~", "not ", "- -"])),
        5 => format!("{}({a})", random.of(&["sin", "abs", "floor", "sqrt"])),
        6 => format!("where(({a}) > 1, {b}, {c})"),
        7 => format!("({a} if {b} else {c})"),
        _ => format!("{}({a}, {b})", random.of(&["arctan2", "fmod", "max"])),
    }
}

#[test]
fn what_is_printed_reads_back_as_the_same_program() {
    let mut random = Random(1_234_567);
    let mut compared = 0;
    for round in 0..20_000 {
        let text = random_expression(&mut random, 1 + round % 4);
        for dialect in [Dialect::Tolerant, Dialect::Webui] {
            let Ok(first) = Expression::compile(&text, dialect) else { continue };
            let printed = first.to_string();
            let second =
                Expression::compile(&printed, dialect).unwrap_or_else(|says| panic!("{text}\n{printed}\n{says}"));
            assert_eq!(first, second, "{text}\n{printed}");
            assert_eq!(printed, second.to_string());
            compared += 1;
        }
    }
    assert!(compared > 15_000, "only {compared}");
}

#[test]
fn it_prints_few_parentheses() {
    for text in ["1 + 2 * t", "(1 + 2) * t", "-t ** 2", "(-t) ** 2", "2 ** -t", "not t > 2", "a"] {
        if let Ok(expression) = Expression::compile(text, Dialect::Tolerant) {
            assert_eq!(expression.to_string(), text);
        }
    }
}
