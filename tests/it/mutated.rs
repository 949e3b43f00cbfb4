//! A hundred thousand mutated inputs for everything that reads what strangers send. `make bench` reads ten million.

use crate::mutation::{all, folder, run};

/// What a kind may have kept after its inputs, beyond what its readers remember on purpose.
const KEPT_BYTES: isize = 4 << 20;

#[test]
fn a_hundred_thousand_mutated_inputs_neither_panic_nor_hang_nor_pile_up() {
    let folder = folder();
    let mut bad = Vec::new();
    let mut inputs = 0;
    for mut kind in all(folder.path()) {
        let count = kind.tested;
        let outcome = run(&mut kind, 0, count);
        inputs += outcome.inputs;
        println!("{:>10}: {} inputs, {} accepted", kind.name, outcome.inputs, outcome.accepted);
        if outcome.accepted * 100 < outcome.inputs {
            bad.push(format!("{}: {} of {} inputs get anywhere", kind.name, outcome.accepted, outcome.inputs));
        }
        if outcome.kept_bytes > KEPT_BYTES {
            bad.push(format!("{}: {} bytes are kept", kind.name, outcome.kept_bytes));
        }
        if outcome.bad() > 0 {
            bad.extend(outcome.faults);
        }
    }
    assert!(
        bad.is_empty(),
        "cargo bench --profile dev --bench mutate -- KIND SEED plays one again:\n{}",
        bad.join("\n")
    );
    assert_eq!(inputs, 100_000);
}
