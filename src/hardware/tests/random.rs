//! Hosts that nobody thought of: whatever the file says and the driver answers, a scan ends, and does not panic.

use std::time::{Duration, Instant};

use nvidia_ml::codes::Code;
use nvidia_ml::data::models;
use nvidia_ml::exports::SYMBOLS;
use nvidia_ml::testing::SimulatedHost;
use proptest::prelude::*;
use proptest::sample::select;

use super::scan_with;

/// Answers that can be asked of any call, but one that does not return: for those there are deadlines.
fn answers() -> Vec<String> {
    let odd =
        ["not_utf8", "unterminated", "empty", "very_long", "huge_count", "growing_count", "never_enough"];
    Code::ALL.iter().map(|code| code.name()).chain(odd).map(str::to_owned).collect()
}

/// `errors = { … }` with some answers of some calls. An endless driver version is read without an end by the
/// wrapper itself, before anything of this program runs.
fn errors() -> impl Strategy<Value = String> {
    let symbols: Vec<&str> =
        SYMBOLS.iter().copied().filter(|name| *name != "nvmlSystemGetDriverVersion").collect();
    prop::collection::btree_map(select(symbols), select(answers()), 0..4).prop_map(|errors| {
        let list: Vec<String> =
            errors.iter().map(|(call, answer)| format!("{call} = \"{answer}\"")).collect();
        format!("errors = {{ {} }}", list.join(", "))
    })
}

fn gpu(bus: usize) -> impl Strategy<Value = String> {
    let names: Vec<String> = models().iter().map(|model| model.model.clone()).collect();
    let plain = ["T4", "L40S", "A40", "A16", "L4", "no such board"].map(str::to_owned);
    let names: Vec<String> = names.into_iter().chain(plain).collect();
    let state =
        select(vec!["", "state = \"lost\"", "state = \"lost-mid-scan\"", "state = \"no-permission\""]);
    let instances =
        select(vec!["", "\"2x 1g.5gb\"", "\"1g.6gb\"", "{ profile_id = 99, start = 0, size = 1 }"]);
    let vgpu = select(vec![
        "",
        "vgpu = { mode = \"sriov\" }",
        "vgpu = { mode = \"non-sriov\", types = [{ id = 4294967295, name = \"\", framebuffer_mib = 0, max_instances = 0 }] }",
        "vgpu = { mode = \"sriov\", types = [{ id = 1, name = \"x\", framebuffer_mib = 1, max_instances = 4294967295, profile_id = 19 }] }",
        "vgpu = 7",
    ]);
    let mig = select(vec!["", "mig = \"on\"", "mig = \"off\"\nmig_pending = \"on\""]);
    let lost = prop::option::weighted(0.2, 0_u32..60);
    (select(names), mig, instances, vgpu, state, lost, errors()).prop_map(
        move |(name, mig, instances, vgpu, state, lost, errors)| {
            let lost = lost.map(|calls| format!("lost_after = {calls}")).unwrap_or_default();
            format!(
                "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\nmodel = \"{name}\"\n{mig}\n\
                 instances = [{instances}]\n{vgpu}\n{state}\n{lost}\n{errors}\n"
            )
        },
    )
}

fn host() -> impl Strategy<Value = String> {
    let good = (any::<bool>(), errors(), gpu(1), gpu(2)).prop_map(|(privileged, errors, first, second)| {
        format!("privileged = {privileged}\n{errors}\n{first}{second}")
    });
    let good = good.boxed();
    // Cut short or with a stranger in it.
    let broken = (good.clone(), any::<prop::sample::Index>(), "\\PC{0,8}");
    let broken = broken.prop_map(|(text, at, stranger)| {
        let at = text.char_indices().nth(at.index(text.chars().count().max(1))).map_or(0, |(at, _)| at);
        format!("{}{stranger}{}", &text[..at], &text[at..])
    });
    prop_oneof![4 => good, 1 => broken]
}

#[test]
fn no_host_makes_a_scan_panic_or_last() {
    let simulated = SimulatedHost::new("");
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let mut read = std::cell::Cell::new(0);
    let outcome = runner.run(&host(), |text| {
        simulated.rewrite(&text);
        let started = Instant::now();
        let first = scan_with(simulated.library());
        prop_assert!(started.elapsed() < Duration::from_secs(5), "it took {:?}", started.elapsed());
        if let Ok(snapshot) = &first {
            read.set(read.get() + snapshot.gpus.len());
            for gpu in snapshot.gpus.values() {
                // Nothing is told of a GPU whose list of instances failed to be read that a problem does not mark.
                prop_assert!(gpu.product.len() <= 128 && gpu.instances.len() <= 16, "{gpu:?}");
            }
        }
        prop_assert!(first == scan_with(simulated.library()), "two scans of it differ");
        Ok(())
    });
    outcome.unwrap();
    assert!(*read.get_mut() > 0, "no GPU of any host was read");
}
