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

/// A model, and how it is cut: mostly as it can be.
fn cut() -> impl Strategy<Value = String> {
    let known = (select(models()), any::<prop::sample::Index>(), 0..4_u32, any::<bool>());
    let known = known.prop_map(|(model, profile, count, on)| {
        let profile = profile.get(&model.profiles);
        let count = count.min(profile.max_instances);
        let instances =
            if on && count > 0 { format!("\"{count}x {}\"", profile.name) } else { String::new() };
        let mig = if on { "on" } else { "off" };
        format!("model = \"{}\"\nmig = \"{mig}\"\ninstances = [{instances}]", model.model)
    });
    let plain = select(vec!["T4", "L40S", "A40", "A16", "L4"]).prop_map(|name| format!("model = \"{name}\""));
    let odd = select(vec![
        "model = \"no such board\"",
        "model = \"T4\"\nmig = \"on\"",
        "model = \"A30-24GB\"\nmig = \"on\"\ninstances = [\"9x 1g.6gb\"]",
        "model = \"A100-40GB\"\nmig = \"off\"\nmig_pending = \"on\"",
        "model = \"A100-40GB\"\nmig = \"on\"\ninstances = [{ profile_id = 99, start = 0, size = 1 }]",
    ]);
    prop_oneof![6 => known, 3 => plain, 1 => odd.prop_map(str::to_owned)]
}

fn gpu(bus: usize) -> impl Strategy<Value = String> {
    let state = prop_oneof![
        4 => Just(""),
        1 => select(vec!["state = \"lost\"", "state = \"lost-mid-scan\"", "state = \"no-permission\""]),
    ];
    let vgpu = prop_oneof![
        8 => select(vec![
            "",
            "vgpu = { mode = \"sriov\" }",
            "vgpu = { mode = \"non-sriov\", types = [{ id = 4294967295, name = \"\", framebuffer_mib = 0, max_instances = 0 }] }",
            "vgpu = { mode = \"sriov\", types = [{ id = 1, name = \"x\", framebuffer_mib = 1, max_instances = 4294967295, profile_id = 19 }] }",
        ]),
        1 => Just("vgpu = 7"),
    ];
    let lost = prop::option::weighted(0.2, 0_u32..120);
    (cut(), vgpu, state, lost, errors()).prop_map(move |(cut, vgpu, state, lost, errors)| {
        let lost = lost.map(|calls| format!("lost_after = {calls}")).unwrap_or_default();
        format!("[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\n{cut}\n{vgpu}\n{state}\n{lost}\n{errors}\n")
    })
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
                prop_assert!(gpu.product.len() <= 128 && gpu.instances.len() <= 16, "{gpu:?}");
            }
        }
        prop_assert!(first == scan_with(simulated.library()), "two scans of it differ");
        Ok(())
    });
    outcome.unwrap();
    // Else it would prove nothing.
    let read = *read.get_mut();
    assert!(read > cases as usize / 4, "{read} GPUs of {cases} hosts were read");
    println!("{read} GPUs of {cases} hosts were read, each twice");
}
