use super::{Random, frame_of};
use crate::schedule::{Dialect, Expression, VARIABLES, Variable};

fn tolerant(text: &str) -> f64 {
    Expression::compile(text, Dialect::Tolerant)
        .unwrap_or_else(|says| panic!("{text}: {says}"))
        .value(&frame_of(5.0, 21.0))
}

fn says(text: &str, dialect: Dialect) -> String {
    Expression::compile(text, dialect).unwrap_err().to_string()
}

#[test]
fn the_tolerant_dialect_is_real_arithmetic() {
    for (text, value) in [
        ("1/0", f64::INFINITY),
        ("7//2", 3.0),
        ("-7//2", -4.0),
        ("t//2", 2.0),
        ("-t%3", 1.0),
        ("2**-1", 0.5),
        ("t**-1", 0.2),
        ("-2**2", -4.0),
        ("2**3**2", 512.0),
        ("(t>2)*(t<9)", 1.0),
        ("t>2 and not t>9", 1.0),
        ("(t > 2) & (t < 3)", 0.0),
        ("~(t>2)", 0.0),
        ("~0.5", 0.0),
        ("1 < t < 6", 1.0),
        ("1 < t < 5", 0.0),
        ("3 if t > 4 else 4", 3.0),
        ("where(t, 1, 2)", 1.0),
        ("min(4, t, 3)", 3.0),
        ("max(4, t)", 5.0),
        ("clamp(t, 0, 1)", 1.0),
        ("clamp(-t, 0, 1)", 0.0),
        ("round(2.5)", 2.0),
        ("sign(-t)", -1.0),
        ("sign(0)", 0.0),
        ("mod(-1, 4)", 3.0),
        ("SIN(0)", 0.0),
        ("Cos(pi)", -1.0),
        ("log(e)", 1.0),
        ("atan2(0, 1)", 0.0),
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".5", 0.5),
        (" t\n+ 1", 6.0),
        ("max_f - t", 15.0),
        ("cc7 + v", 0.0),
    ] {
        assert_eq!(tolerant(text), value, "{text}");
    }
    assert!(tolerant("sqrt(-1)").is_nan());
}

#[test]
fn mistakes_say_what_where_and_what_to_try() {
    for (text, sentence) in [
        ("sin(t) + 1 + beats", "column 14: there is no variable \"beats\"; did you mean beat?"),
        ("sin(t", "column 4: this ( is not closed; add a ) where it should end"),
        ("sine(t)", "column 1: there is no function \"sine\"; did you mean sin?"),
        ("t)", "column 2: a ) has no ( before it"),
        ("2t", "column 1: 2t is neither a number nor a name; a * may be missing"),
        ("t t", "column 3: the expression ended before this; an operator or a comma may be missing"),
        ("1 +", "column 4: the expression ends where a value is missing"),
        ("t = 1", "column 3: one = compares nothing; write == to compare"),
        ("t^2", "column 2: ^ has no meaning here; powers are written **"),
        ("clamp(t, 1)", "column 1: clamp takes 3 values, not 2"),
        ("sin", "column 1: sin is a function; write its value in parentheses: sin(t)"),
        ("", "column 1: there is nothing here; write a number or an expression"),
    ] {
        assert_eq!(says(text, Dialect::Tolerant), sentence, "{text}");
    }
    let strict = says("1 + pi", Dialect::Webui);
    assert_eq!(strict, "column 5: there is no variable \"pi\" upstream");
}

#[test]
fn what_is_nested_too_deep_is_refused_in_a_sentence() {
    let parentheses = "(".repeat(100_000) + "t" + &")".repeat(100_000);
    let signs = "-".repeat(100_000) + "t";
    let sum = vec!["t"; 100_000].join("+");
    let powers = vec!["t"; 100_000].join("**");
    let calls = "sin(".repeat(100_000);
    let chain = "t if 1 else ".repeat(100_000) + "t";
    for text in [parentheses, signs, sum, powers, calls, chain] {
        for dialect in [Dialect::Tolerant, Dialect::Webui, Dialect::V07] {
            assert!(says(&text, dialect).contains("nested too deep"));
        }
    }
    let right = "1+(t+(".repeat(20) + "t" + &"))".repeat(20);
    assert!(says(&right, Dialect::Tolerant).contains("more than 32 values at once"));
}

#[test]
fn no_text_makes_the_reader_panic() {
    let parts = [
        "t",
        "s",
        "(",
        ")",
        "1",
        "0.5",
        "1e-3",
        "**",
        "-",
        "%",
        ",",
        "where",
        "sin(",
        "~",
        "&",
        "|",
        "<",
        "not ",
        " and ",
        "if",
        " else ",
        ".",
        "'",
        "\n",
        "é",
        "if ",
        "2**70",
        "//0",
        "max_f",
        "0x",
        "_",
        "<<",
        "99999999999999999999",
        "`",
        ":",
    ];
    let mut random = Random(88_172_645_463_325_252);
    for _ in 0..200_000 {
        let text: String = (0..1 + random.below(9)).map(|_| random.of(&parts)).collect();
        for dialect in [Dialect::Tolerant, Dialect::Webui, Dialect::V07] {
            if let Ok(expression) = Expression::compile(&text, dialect) {
                expression.value(&frame_of(3.0, 20.0));
            }
        }
    }
}

#[test]
fn constants_are_worked_out_once() {
    let constant = Expression::compile("2*pi/60 + sin(1)**2", Dialect::Tolerant).unwrap();
    assert!((constant.constant().unwrap() - (std::f64::consts::TAU / 60.0 + 1f64.sin().powi(2))).abs() < 1e-15);
    let varying = Expression::compile("2*pi*t", Dialect::Tolerant).unwrap();
    assert_eq!(varying.constant(), None);
    assert!(varying.uses(Variable::T) && !varying.uses(Variable::Beat));
}

#[test]
fn every_variable_is_found_by_its_name_and_has_a_place_of_its_own() {
    let mut slots: Vec<usize> = VARIABLES.iter().map(|entry| entry.variable.slot()).collect();
    slots.extend((1..128).map(|number| Variable::Controller(number).slot()));
    slots.sort_unstable();
    assert_eq!(slots, (0..crate::schedule::variable::SLOTS).collect::<Vec<_>>());
    for entry in VARIABLES {
        assert_eq!(Variable::named(entry.name), Some(entry.variable), "{}", entry.name);
        assert_eq!(entry.variable.name(), entry.name);
    }
    assert_eq!(Variable::named("cc127"), Some(Variable::Controller(127)));
    for none in ["cc128", "cc", "cc-1", "cc01", "cc+1", "CC1", "pi"] {
        assert_eq!(Variable::named(none), None, "{none}");
    }
}
