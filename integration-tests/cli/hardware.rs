//! Hardware that cannot be read. Whatever it is, providers stay as they are.

use crate::refusal::refusals;
use crate::stage::GPUS;

/// The host of every test, with a line for the first GPU.
fn first_gpu(line: &str) -> String {
    GPUS.replacen("mig = \"on\"", &format!("mig = \"on\"\n    {line}"), 1)
}

/// The host of every test, with a line for the host.
fn host(line: &str) -> String {
    format!("{line}\n{GPUS}")
}

refusals! { ["discover", "plan", "apply"];
    no_library: "NPA0201", 20, fatal, ["libnvidia-nowhere.so.1", "install the NVIDIA driver"],
        |stage, config| { config.set("hardware.nvml_library", stage.path("libnvidia-nowhere.so.1").display()); };

    a_text_file_as_library: "NPA0202", 21, fatal, ["notes.txt", "not a usable NVML library", "libnvidia-ml.so.1 of the installed driver"],
        |stage, config| { config.set("hardware.nvml_library", stage.file("notes.txt", "I am no library.\n").display()); };

    another_library: "NPA0202", 21, fatal, ["libc.so.6", "not a usable NVML library", "libnvidia-ml.so.1 of the installed driver"],
        |_, config| { config.set("hardware.nvml_library", "libc.so.6"); };

    driver_not_loaded: "NPA0203", 22, fatal, ["DRIVER_NOT_LOADED", "modprobe nvidia"],
        |stage, _| stage.gpus.rewrite(&host("error = \"driver_not_loaded\""));

    library_and_driver_of_two_versions: "NPA0203", 22, fatal, ["LIB_RM_VERSION_MISMATCH", "reboot"],
        |stage, _| stage.gpus.rewrite(&host("error = \"lib_rm_version_mismatch\""));

    /// The simulator answers UNKNOWN for a host that cannot be, as a driver does that lost its way.
    instances_that_cannot_be: "NPA0203", 22, fatal, ["UNKNOWN", "nvidia-smi"],
        |stage, _| stage.gpus.rewrite(&GPUS.replace("3g.20gb", "9g.90gb"));

    no_gpu: "NPA0204", 23, finding, ["this host", "knows no GPU", "nvidia-smi -L"],
        |stage, _| stage.gpus.rewrite("privileged = true");

    nvml_refuses_everything: "NPA0205", 24, fatal, ["nvmlInit", "CAP_SYS_ADMIN"],
        |stage, _| stage.gpus.rewrite(&host("error = \"no_permission\""));

    no_permission: "NPA0205", 24, finding, ["0000:41:00.0", "no permission", "CAP_SYS_ADMIN"],
        |stage, _| stage.gpus.rewrite(&GPUS.replace("privileged = true", "privileged = false"));

    /// It tells no address, so it may be any GPU that has providers.
    a_gpu_lost: "NPA0206", 25, finding, ["GPU with NVML index 0", "lost", "xid"],
        |stage, _| stage.gpus.rewrite(&first_gpu("state = \"lost\""));

    a_gpu_lost_in_mid_scan: "NPA0206", 25, finding, ["0000:41:00.0", "lost", "xid"],
        |stage, _| stage.gpus.rewrite(&first_gpu("state = \"lost-mid-scan\""));

    a_gpu_that_cannot_be_read: "NPA0207", 26, finding, ["0000:41:00.0", "nvmlDeviceGetGpuInstances", "nvidia-smi mig -lgi"],
        |stage, _| stage.gpus.rewrite(&first_gpu("errors = { nvmlDeviceGetGpuInstances = \"reset_required\" }"));

    a_gpu_that_hangs: "NPA0207", 26, finding, ["0000:41:00.0", "nvmlDeviceGetGpuInstances", "no answer within"],
        |stage, config| {
            config.set("hardware.scan_deadline", "2s");
            stage.gpus.rewrite(&first_gpu("errors = { nvmlDeviceGetGpuInstances = \"hang\" }"));
        };

    nvml_hangs: "NPA0207", 26, fatal, ["nvmlInit", "did not return within 1 s", "dmesg"],
        |stage, config| {
            config.set("hardware.scan_deadline", "1s");
            stage.gpus.rewrite(&host("errors = { nvmlInit_v2 = \"hang\", nvmlInitWithFlags = \"hang\" }"));
        };

    /// The other instances of the GPU stay offered as they are.
    an_unknown_profile: "NPA0208", 27, finding, ["0000:41:00.0", "profile id 77", "Update the driver"],
        |stage, _| stage.gpus.rewrite(&GPUS.replace("\"3g.20gb\"", "\"3g.20gb\", { profile_id = 77, start = 6, size = 1 }"));
}
