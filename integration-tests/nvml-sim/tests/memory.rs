//! A program that loads the library for each scan pays for none of them: nothing stays when it is unloaded.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use nvidia_ml::testing::SimulatedHost;
use nvml_wrapper::Nvml;

/// Resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Whether there was anything to scan.
fn scan(host: &SimulatedHost) -> bool {
    let Ok(nvml) = Nvml::builder().lib_path(host.library().as_os_str()).init() else { return false };
    for index in 0..nvml.device_count().unwrap() {
        let device = nvml.device_by_index(index).unwrap();
        device.name().unwrap();
        let _ = device.vgpu_supported_types().map(|types| types.iter().filter_map(|t| t.name().ok()).count());
    }
    true
}

#[test]
fn hundreds_of_scans_leave_nothing_behind() {
    let good = SimulatedHost::new(
        r#"
        privileged = true
        [[gpu]]
        address = "0000:41:00.0"
        model = "A100-40GB"
        mig = "on"
        instances = ["7x 1g.5gb"]
        vgpu = { mode = "sriov", active = [{ type = "GRID A100-1-5C", instance = 7 }] }
        [[gpu]]
        address = "0000:81:00.0"
        model = "L40S"
        "#,
    );
    // Loaded, refused and unloaded: no session, and so no shutdown.
    let refused = SimulatedHost::new(
        "error = \"driver_not_loaded\"\n[[gpu]]\naddress = \"0:1:0\"\nmodel = \"A30-24GB\"",
    );
    let rounds = |count| {
        for _ in 0..count {
            assert!(scan(&good) && !scan(&refused));
        }
    };
    rounds(50);
    let before = resident();
    rounds(400);
    let grown = resident().saturating_sub(before);
    println!("{grown} KiB more after 800 scans");
    // Some 35 KiB for each scan is what the tables alone would leave.
    assert!(grown < 1024, "{grown} KiB more after 800 scans");
}
