//! What a MIDI port is called, without what drivers and plugs add to it.

/// A port name without what changes between machines and replugs: lower case, words separated by single spaces,
/// no trailing ALSA `client:port` numbers, no doubled client name.
#[must_use]
pub fn normalised(name: &str) -> String {
    let name = name.to_lowercase().replace(['-', '_'], " ");
    let mut words: Vec<&str> = name.split_whitespace().collect();
    if words.len() > 1 && words.last().is_some_and(|word| is_address(word)) {
        words.pop();
    }
    let name = words.join(" ");
    match name.split_once(':') {
        Some((client, port)) if !client.is_empty() && port.trim_start().starts_with(client) => port.trim_start().into(),
        _ => name,
    }
}

/// What the two directions of one device have in common: its name without the words for directions.
#[must_use]
pub fn device_of(name: &str) -> String {
    const DIRECTIONS: [&str; 8] = ["capture", "playback", "in", "out", "input", "output", "from", "to"];
    let plain: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    plain.split_whitespace().filter(|word| !DIRECTIONS.contains(word)).collect::<Vec<_>>().join(" ")
}

/// Whether `word` looks like ALSA's `20:0`.
fn is_address(word: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    word.split_once(':').is_some_and(|(client, port)| digits(client) && digits(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_of_a_device_have_one_name() {
        for (sends, listens) in [
            ("APC40 mkII:out", "APC40 mkII:in"),
            ("alsa_pcm:APC40-mkII/midi_capture_1", "alsa_pcm:APC40-mkII/midi_playback_1"),
            ("a2j:MIDI Mix [20] (capture): MIDI Mix MIDI 1", "a2j:MIDI Mix [20] (playback): MIDI Mix MIDI 1"),
            ("MIDI Mix:MIDI Mix MIDI 1 20:0", "MIDI Mix:MIDI Mix MIDI 1 20:0"),
        ] {
            assert_eq!(device_of(sends), device_of(listens));
        }
        assert_ne!(device_of("APC40 mkII:out"), device_of("MIDI Mix:in"));
    }

    #[test]
    fn names_lose_what_changes() {
        assert_eq!(normalised("MIDI Mix:MIDI Mix MIDI 1 20:0"), "midi mix midi 1");
        assert_eq!(normalised("nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTRL 28:0"), "nanokontrol2 nanokontrol2 ctrl");
        assert_eq!(normalised("APC40 mkII:out"), "apc40 mkii:out");
        assert_eq!(normalised("alsa_pcm:APC40-mkII/midi_capture_1"), "alsa pcm:apc40 mkii/midi capture 1");
        for odd in ["", ":", "20:0", " :x", "a:", "é:é 1:1"] {
            assert!(normalised(odd).len() <= odd.len());
        }
    }
}
