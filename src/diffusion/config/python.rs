//! JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` stand where JSON knows no such numbers. diffusers writes
//! them into the scheduler's file of every DPM++ model.
//!
//! Used only while loading.

const TOKENS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];

/// The same text with each of these tokens, outside strings, as a string: what needs a number there refuses it by name.
#[must_use]
pub fn as_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut in_string) = (text, false);
    while let Some(next) = rest.chars().next() {
        if !in_string && let Some(token) = TOKENS.into_iter().find(|token| rest.starts_with(token)) {
            out.extend(["\"", token, "\""]);
            rest = &rest[token.len()..];
            continue;
        }
        // What is escaped in a string, a quote above all, does not end it.
        let taken =
            if in_string && next == '\\' { rest.chars().take(2).map(char::len_utf8).sum() } else { next.len_utf8() };
        in_string ^= next == '"';
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_numbers_become_strings_and_strings_stay() {
        let text = r#"{"a": -Infinity, "b": [NaN,Infinity], "c \" NaN": "Infinity \\", "d": NaN, "é": 1}"#;
        let read: serde_json::Value = serde_json::from_str(&as_json(text)).unwrap();
        let expected = serde_json::json!(
            {"a": "-Infinity", "b": ["NaN", "Infinity"], "c \" NaN": "Infinity \\", "d": "NaN", "é": 1}
        );
        assert_eq!(read, expected);
        for broken in ["", "\"", "\"\\", "{\"a\": \"NaN", "-", "Infinit"] {
            assert_eq!(as_json(broken), broken);
        }
    }
}
