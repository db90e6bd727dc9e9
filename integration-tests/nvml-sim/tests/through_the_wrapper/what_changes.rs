//! A host that changes, or goes away, under an open session.

use nvidia_ml::testing::SimulatedHost;
use nvml_wrapper::Nvml;

use crate::asking::{A100_NAME, MIXED, a100, failure, gpu_instances, info, open};

#[test]
fn an_open_session_sees_a_re_slice_when_it_scans() {
    let host = SimulatedHost::new(&a100("instances = [\"3g.20gb\", \"1g.5gb@4\"]"));
    let nvml = open(&host);
    let device = nvml.device_by_index(0).unwrap();
    let (kept, gone) =
        (gpu_instances(&nvml, &device, 19, 7).unwrap()[0], gpu_instances(&nvml, &device, 9, 2).unwrap()[0]);

    host.rewrite(&a100("instances = [\"2g.10gb\", \"1g.5gb@4\"]"));
    assert!(info(&nvml, gone).is_ok(), "one scan sees one host");
    assert_eq!(nvml.device_count().unwrap(), 1);
    assert_eq!(info(&nvml, gone).map(|_| ()), Err(2), "it is gone, and so is its handle");
    assert_eq!(info(&nvml, kept).unwrap().id, 11, "it stayed, and its handle is good");
    assert_eq!(gpu_instances(&nvml, &device, 14, 3).unwrap().len(), 1, "the GPU's handle is good too");

    // The same instance made again is another one.
    host.rewrite(&a100("instances = [\"3g.20gb\", \"1g.5gb@4\"]"));
    assert_eq!(nvml.device_count().unwrap(), 1);
    assert_eq!(info(&nvml, gone).map(|_| ()), Err(2));

    // A GPU that is pulled answers that it is lost.
    host.rewrite("[[gpu]]\naddress = \"0000:42:00.0\"\nmodel = \"T4\"");
    assert_eq!(nvml.device_by_index(0).unwrap().name().unwrap(), "Tesla T4");
    assert_eq!(failure(device.name()), "GpuLost");
}

#[test]
fn a_lost_gpu_does_not_take_the_others_with_it() {
    let state = |state: &str| {
        MIXED.replace("model = \"H100-80GB\"", &format!("model = \"H100-80GB\"\nstate = \"{state}\""))
    };
    let host = SimulatedHost::new(&state("lost"));
    let nvml = open(&host);
    assert_eq!(nvml.device_count().unwrap(), 3);
    assert_eq!(failure(nvml.device_by_index(1)), "GpuLost");
    assert_eq!(nvml.device_by_index(2).unwrap().name().unwrap(), "Tesla T4");

    host.rewrite(&state("lost-mid-scan"));
    let device = nvml.device_by_index(1).unwrap();
    assert_eq!(device.pci_info().unwrap().bus, 0x81);
    assert!(device.name().is_ok());
    assert_eq!(failure(device.mig_mode()), "GpuLost");
    assert_eq!(failure(device.uuid()), "GpuLost");

    host.rewrite(&state("no-permission"));
    assert_eq!(failure(nvml.device_by_index(1)), "NoPermission");
}

#[test]
fn a_gpu_is_lost_after_so_many_calls_of_a_session() {
    let host = SimulatedHost::new(&MIXED.replace("model = \"T4\"", "model = \"T4\"\nlost_after = 3"));
    for _ in 0..2 {
        let nvml = open(&host);
        let device = nvml.device_by_index(2).unwrap();
        assert!(device.name().is_ok() && device.uuid().is_ok());
        assert_eq!(failure(device.name()), "GpuLost");
        assert_eq!(failure(nvml.device_by_index(2)), "GpuLost");
        assert!(nvml.device_by_index(0).unwrap().name().is_ok());
    }
}

#[test]
fn a_refused_host_answers_unknown_until_it_is_mended() {
    let host = SimulatedHost::new(&a100("instances = [\"9g.5gb\"]"));
    let refused = Nvml::builder().lib_path(host.library().as_os_str()).init();
    assert_eq!(failure(refused), "Unknown");
    host.rewrite(&a100(""));
    let nvml = open(&host);
    let device = nvml.device_by_index(0).unwrap();
    host.rewrite("this is not TOML");
    assert_eq!(failure(nvml.device_count()), "Unknown");
    assert_eq!(failure(device.name()), "Unknown");
    host.rewrite(&a100(""));
    assert_eq!(nvml.device_count().unwrap(), 1);
    assert_eq!(device.name().unwrap(), A100_NAME);
}
