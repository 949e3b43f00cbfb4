//! `halation devices`: what could be plugged in here.

/// Prints MIDI ports and audio inputs.
///
/// # Errors
/// Never: nothing found is an answer too.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub fn run() -> anyhow::Result<()> {
    println!("MIDI controllers:");
    print_list(&crate::control::midi::list_ports());
    println!("Audio inputs (for --audio):");
    print_list(&crate::audio::list_inputs());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn print_list(names: &[String]) {
    if names.is_empty() {
        println!("  none");
    }
    for name in names {
        println!("  {name}");
    }
}
