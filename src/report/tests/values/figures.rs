//! What moves on the A100, and GPUs that NVML does not show.

use std::collections::BTreeMap;

use super::{address, board};
use crate::model::{Figures, GpuInstanceId, GpuProcess, HiddenGpu, HostSnapshot, PciAddress};

pub(in crate::report::tests) fn moving() -> BTreeMap<PciAddress, Figures> {
    let process = |pid, instance| GpuProcess { pid, instance, memory_used_mib: Some(400) };
    let figures = Figures {
        temperature_celsius: Some(34),
        power_milliwatts: Some(71_480),
        graphics_clock_mhz: Some(1410),
        multiprocessor_clock_mhz: Some(1410),
        memory_clock_mhz: Some(1215),
        gpu_utilisation_percent: Some(12),
        memory_utilisation_percent: Some(0),
        memory_used_mib: Some(812),
        memory_free_mib: Some(40_148),
        processes: Some(vec![process(4711, Some(GpuInstanceId::new(3))), process(4712, None)]),
        ..Figures::default()
    };
    BTreeMap::from([(address("0000:41:00.0"), figures)])
}

pub(in crate::report::tests) fn with_hidden(mut host: HostSnapshot) -> HostSnapshot {
    let hidden = |driver: Option<&str>| HiddenGpu { board: Some(board()), driver: driver.map(str::to_owned) };
    host.hidden.insert(address("0000:c1:00.0"), hidden(Some("vfio-pci")));
    host.hidden.insert(address("0000:c2:00.0"), hidden(None));
    host
}
