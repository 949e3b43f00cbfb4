//! Ten million mutated inputs for everything that reads what strangers send: OSC, MIDI, Pro DJ Link, shows, mappings,
//! traces, sounds, pictures, models, sticks. Prints what came of them, one line a kind.
//!
//! `cargo bench --bench mutate -- COUNT` reads so many; `-- KIND COUNT..` only of that kind; `-- KIND SEED` plays one input
//! again and lets it panic; `-- KIND SEED FILE` writes it. Kinds that remember (OSC, MIDI) may need those before it.

use mutation::{Kind, LONGEST_S, Outcome, all, input, resident_mib, run};

#[path = "../mutation/mutation.rs"]
#[allow(dead_code, reason = "the test uses more of it")]
mod mutation;

#[global_allocator]
static ALLOCATOR: mutation::Counted<std::alloc::System> = mutation::Counted(std::alloc::System);

/// So many inputs when nobody says.
const INPUTS: u64 = 10_000_000;
/// What the process may have grown by at the end, once everything was read a little.
const GROWN_MIB: f64 = 64.0;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let folder = mutation::folder();
    let kinds = all(folder.path());
    match words.as_slice() {
        [] => all_of(kinds, INPUTS),
        [count] if count.parse::<u64>().is_ok() => all_of(kinds, count.parse().unwrap_or(INPUTS)),
        [name, rest @ ..] => one_of(kinds, name, rest),
    }
}

/// All kinds, `inputs` together.
fn all_of(mut kinds: Vec<Kind>, inputs: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let share = |kind: &Kind| (kind.benched * inputs / INPUTS).max(1);
    // What is made once, tables and expressions, is made here.
    for kind in &mut kinds {
        let count = share(kind) / 20 + 1;
        run(kind, u64::MAX / 2, count);
    }
    let (before, _) = resident_mib();
    println!(
        "\n| kind | inputs | accepted | a second | slowest ms | most KiB | kept KiB | panics | hangs | greedy | peak MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let mut sum = Outcome::default();
    for mut kind in kinds {
        resident_mib();
        let count = share(&kind);
        let outcome = run(&mut kind, 0, count);
        let (_, peak) = resident_mib();
        row(kind.name, &outcome, peak);
        add(&mut sum, outcome);
    }
    let (after, _) = resident_mib();
    row("**all**", &sum, after);
    println!("\nresident: {before:.1} MiB before, {after:.1} MiB after: {:+.1} MiB (bar +{GROWN_MIB})", after - before);
    println!("bad inputs (a panic, over {LONGEST_S} s, or over 64 MiB): {} (bar 0)", sum.bad());
    for fault in &sum.faults {
        println!("{fault}");
    }
    if sum.bad() > 0 || after - before > GROWN_MIB {
        std::process::exit(1);
    }
}

fn row(name: &str, outcome: &Outcome, peak_mib: f64) {
    let Outcome { inputs, accepted, took_s, slowest_s, kept_bytes, most_bytes, panics, hangs, greedy, .. } = outcome;
    let share = 100.0 * *accepted as f64 / *inputs as f64;
    println!(
        "| {name} | {inputs} | {share:.1} % | {:.0} | {:.1} | {} | {} | {panics} | {hangs} | {greedy} | {peak_mib:.1} |",
        *inputs as f64 / took_s,
        1e3 * slowest_s,
        most_bytes >> 10,
        kept_bytes / 1024,
    );
}

fn add(sum: &mut Outcome, one: Outcome) {
    sum.inputs += one.inputs;
    sum.accepted += one.accepted;
    sum.took_s += one.took_s;
    sum.slowest_s = sum.slowest_s.max(one.slowest_s);
    sum.kept_bytes += one.kept_bytes;
    sum.most_bytes = sum.most_bytes.max(one.most_bytes);
    sum.panics += one.panics;
    sum.hangs += one.hangs;
    sum.greedy += one.greedy;
    sum.faults.extend(one.faults);
}

/// One kind: so many inputs, or a single one again.
fn one_of(kinds: Vec<Kind>, name: &str, rest: &[&str]) {
    let Some(mut kind) = kinds.into_iter().find(|kind| kind.name == name) else {
        println!("there is no kind {name}");
        return;
    };
    match rest {
        [count] if count.ends_with("..") => {
            std::panic::set_hook(Box::new(|_| {}));
            let outcome = run(&mut kind, 0, count.trim_end_matches("..").parse().unwrap_or(1));
            row(name, &outcome, resident_mib().1);
            outcome.faults.iter().for_each(|fault| println!("{fault}"));
        }
        [seed, to @ ..] => {
            let bytes = input(&kind, seed.parse().unwrap_or(0));
            println!(
                "{} bytes: {}",
                bytes.len(),
                String::from_utf8_lossy(&bytes[..bytes.len().min(600)]).escape_debug()
            );
            if let [to] = to {
                std::fs::write(to, &bytes).expect("a file");
            }
            println!("accepted: {}", (kind.read)(&bytes));
        }
        [] => println!("say how many, as 1000.., or which seed"),
    }
}
