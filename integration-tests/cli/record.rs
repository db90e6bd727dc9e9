//! A host in a folder: recorded here, shown anywhere.

use std::path::Path;

use nvidia_ml::testing::SimulatedHost;

use crate::agent::{Config, Run, agent};
use crate::stage::GPUS;

/// `discover` with these arguments, in a folder, with this library.
fn discover(folder: &Path, library: &Path, args: &[&str]) -> Run {
    let mut config = Config::default();
    config.set("hardware.nvml_library", library.display());
    let file = folder.join("agent.toml");
    config.write(&file);
    let mut command = agent();
    command.current_dir(folder).arg("discover").args(args).arg("--config").arg(file);
    Run::of(command)
}

#[test]
fn a_recorded_host_is_shown_without_a_library_as_it_was_with_it() {
    let (host, folder) = (SimulatedHost::new(GPUS), tempfile::tempdir().unwrap());
    let nowhere = Path::new("/nonexistent/libnvidia-ml.so.1");
    for format in ["table", "json", "svg"] {
        let plain = discover(folder.path(), &host.library(), &["--format", format]);
        let recorded = discover(folder.path(), &host.library(), &["--format", format, "--record", format]);
        assert_eq!((&recorded.stdout, recorded.exit), (&plain.stdout, plain.exit));
        assert!(recorded.stderr.contains("recorded in"), "{recorded:?}");
        let replayed = discover(folder.path(), nowhere, &["--format", format, "--replay", format]);
        assert_eq!((&replayed.stdout, replayed.exit), (&plain.stdout, plain.exit));
    }
}

#[test]
fn what_moves_is_shown_in_detail_alone_and_from_a_recording_as_it_was() {
    let gpus = "privileged = true\n[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"L40S\"\n\
                figures = { temperature = 34, used_mib = 500, processes = [{ pid = 4711, used_mib = 400 }] }\n";
    let (host, folder) = (SimulatedHost::new(gpus), tempfile::tempdir().unwrap());
    let nowhere = Path::new("/nonexistent/libnvidia-ml.so.1");
    let figures = |args: &[&str], library: &Path| {
        let run = discover(folder.path(), library, &[&["--format", "json"], args].concat());
        let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        shown["gpus"][0]["figures"].clone()
    };
    assert!(figures(&[], &host.library()).is_null());
    for args in [&["--details"][..], &["--gpu", "0000:41:00.0"], &["--details", "--record", "kept"]] {
        let told = figures(args, &host.library());
        assert_eq!(
            (&told["temperature_celsius"], &told["memory_used_mib"]),
            (&34.into(), &500.into()),
            "{told}"
        );
        assert!(told["power_milliwatts"].is_null(), "not told is not 0");
        assert_eq!(told["processes"][0]["pid"], 4711);
    }
    assert!(figures(&["--replay", "kept"], nowhere).is_null());
    assert_eq!(figures(&["--replay", "kept", "--details"], nowhere)["temperature_celsius"], 34);
    let text = discover(folder.path(), nowhere, &["--replay", "kept", "--details"]).stdout;
    assert!(text.contains("34 °C, 500 MiB in use") && text.contains("4711"), "{text}");
}

#[test]
fn an_anonymous_recording_names_no_board_and_the_screen_does() {
    let (host, folder) = (SimulatedHost::new(GPUS), tempfile::tempdir().unwrap());
    let recorded =
        discover(folder.path(), &host.library(), &["--format", "json", "--record", "x", "--anonymise"]);
    let shown: serde_json::Value = serde_json::from_str(&recorded.stdout).unwrap();
    let uuid = shown["gpus"][0]["uuid"].as_str().unwrap().trim_start_matches("GPU-").to_owned();
    let written = std::fs::read_to_string(folder.path().join("x/nvml.json")).unwrap();
    assert!(
        !written.contains(&uuid) && written.contains("GPU-00000000-0000-4000-8000-000000000001"),
        "{written}"
    );
}

/// A vGPU host, the name of this one in what sysfs says.
fn telling(host_name: &str) -> String {
    format!(
        r#"
        privileged = true
        [sysfs]
        "devices/pci0000:41/0000:41:00.0/numa_node" = "{host_name}"
        [[gpu]]
        address = "0000:41:00.0"
        model = "A100-40GB"
        uuid = "GPU-{BOARD}"
        serial = "1564720004631"
        mig = "on"
        compute_instances = false
        instances = ["2x 1g.5gb", "3g.20gb"]
        sriov = {{ total = 4, layout = "mdev" }}
        mdevs = [{{ uuid = "{MDEV}", type = "GRID A100-3-20C", function = 2 }}]
        vgpu = {{ mode = "sriov", active = [
            {{ type = "GRID A100-1-5C", instance = 7, function = 0, uuid = "{VGPU}", vm = "{GUEST}" }},
        ] }}
        "#
    )
}

const BOARD: &str = "1b2c3d4e-0001-4aaa-8bbb-0123456789ab";
const MDEV: &str = "1b2c3d4e-0002-4aaa-8bbb-0123456789ab";
const VGPU: &str = "1b2c3d4e-0003-4aaa-8bbb-0123456789ab";
const GUEST: &str = "1b2c3d4e-0004-4aaa-8bbb-0123456789ab";

#[test]
fn an_anonymous_recording_tells_no_board_no_guest_and_no_host() {
    let node = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned();
    let (host, folder) = (SimulatedHost::new(&telling(&node)), tempfile::tempdir().unwrap());
    let recorded = |into: &str, more: &[&str]| {
        let file = folder.path().join("agent.toml");
        let mut config = Config::default();
        config.set("hardware.nvml_library", host.library().display());
        config.set("hardware.sysfs", host.sysfs().display()).write(&file);
        let mut command = agent();
        command.args(["discover", "--details", "--record"]).arg(folder.path().join(into)).args(more);
        command.arg("--config").arg(file);
        Run::of(command);
        let read = |name: &str| std::fs::read_to_string(folder.path().join(into).join(name)).unwrap();
        format!("{}{}", read("nvml.json"), read("sysfs.json"))
    };
    let (open, anonymous) = (recorded("open", &[]), recorded("anonymous", &["--anonymise"]));
    for secret in [BOARD, MDEV, VGPU, GUEST, "1564720004631", &format!("\"{node}")] {
        assert!(open.contains(secret), "nothing to hide: {secret} in {open}");
        assert!(!anonymous.contains(secret), "{secret} in {anonymous}");
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_named_before_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("full")).unwrap();
    std::fs::write(folder.path().join("full/notes.txt"), "mine").unwrap();
    std::fs::write(folder.path().join("a-file"), "mine").unwrap();
    let nowhere = Path::new("/nonexistent/libnvidia-ml.so.1");
    for (args, says) in [
        (["--record", "full"], "full is not empty"),
        (["--record", "a-file"], "a-file"),
        (["--replay", "nowhere"], "nvml.json"),
        (["--replay", "full"], "nvml.json"),
    ] {
        let run = discover(folder.path(), nowhere, &args);
        assert_eq!(run.exit, 29, "{args:?}: {run:?}");
        assert!(run.stderr.contains("NPA0220") && run.stderr.contains(says), "{args:?}: {run:?}");
        assert_eq!(run.stdout, "");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("full/notes.txt")).unwrap(), "mine");
}

#[test]
fn options_that_exclude_each_other_are_wrong_usage() {
    for args in [&["--anonymise"][..], &["--record", "a", "--replay", "b"], &["--replay", "b", "--anonymise"]]
    {
        let run = discover(tempfile::tempdir().unwrap().path(), Path::new("x"), args);
        assert_eq!(run.exit, 64, "{args:?}: {run:?}");
    }
}

#[test]
fn without_a_library_nothing_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let run = discover(folder.path(), Path::new("/nonexistent/libnvidia-ml.so.1"), &["--record", "x"]);
    assert_eq!(run.exit, 20, "{run:?}");
    assert!(!folder.path().join("x/nvml.json").exists());
}
