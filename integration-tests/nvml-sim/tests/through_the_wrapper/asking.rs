//! Hosts, and questions that the wrapper has no safe form for.

use std::ptr::null_mut;

use nvidia_ml::testing::SimulatedHost;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::{
    nvmlGpuInstance_t, nvmlGpuInstanceInfo_t, nvmlGpuInstancePlacement_t, nvmlGpuInstanceProfileInfo_v2_t,
    nvmlGpuInstanceProfileInfo_v3_t,
};

/// Three GPUs of three kinds, seen by root.
pub(crate) const MIXED: &str = r#"
driver = "570.1"
privileged = true
count_calls = "calls.log"

[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
instances = ["3g.20gb", "2x 1g.5gb"]

[[gpu]]
address = "0000:81:00.0"
model = "H100-80GB"

[[gpu]]
address = "0000:c1:00.0"
model = "T4"
"#;

pub(crate) const A100_NAME: &str = "NVIDIA A100-SXM4-40GB";

pub(crate) fn open(host: &SimulatedHost) -> Nvml {
    Nvml::builder().lib_path(host.library().as_os_str()).init().unwrap()
}

pub(crate) fn a100(rest: &str) -> String {
    format!(
        "privileged = true\n[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n{rest}"
    )
}

/// The wrapper's error, by its name: it cannot be compared.
pub(crate) fn failure<T>(result: Result<T, NvmlError>) -> String {
    format!("{:?}", result.map(|_| ()).unwrap_err())
}

/// The GPU instances of a profile, in the array that the profile's own count asks for.
pub(crate) fn gpu_instances(
    nvml: &Nvml,
    device: &Device<'_>,
    profile: u32,
    room: usize,
) -> Result<Vec<nvmlGpuInstance_t>, u32> {
    let (mut handles, mut count) = (vec![null_mut(); room], 0);
    let call = nvml.lib().nvmlDeviceGetGpuInstances.as_ref().unwrap();
    match unsafe { call(device.handle(), profile, handles.as_mut_ptr(), &raw mut count) } {
        0 => Ok(handles[..count as usize].to_vec()),
        code => Err(code),
    }
}

pub(crate) fn info(nvml: &Nvml, instance: nvmlGpuInstance_t) -> Result<nvmlGpuInstanceInfo_t, u32> {
    let mut info = unsafe { std::mem::zeroed() };
    let call = nvml.lib().nvmlGpuInstanceGetInfo.as_ref().unwrap();
    match unsafe { call(instance, &raw mut info) } {
        0 => Ok(info),
        code => Err(code),
    }
}

pub(crate) fn remaining(nvml: &Nvml, device: &Device<'_>, profile: u32) -> Result<u32, u32> {
    let mut count = u32::MAX;
    let call = nvml.lib().nvmlDeviceGetGpuInstanceRemainingCapacity.as_ref().unwrap();
    match unsafe { call(device.handle(), profile, &raw mut count) } {
        0 => Ok(count),
        code => Err(code),
    }
}

pub(crate) fn placements(nvml: &Nvml, device: &Device<'_>, profile: u32) -> Result<Vec<(u32, u32)>, u32> {
    let call = nvml.lib().nvmlDeviceGetGpuInstancePossiblePlacements_v2.as_ref().unwrap();
    let mut count = 0;
    let code = unsafe { call(device.handle(), profile, null_mut(), &raw mut count) };
    if code != 0 {
        return Err(code);
    }
    let mut list = vec![nvmlGpuInstancePlacement_t { start: 0, size: 0 }; count as usize];
    assert_eq!(unsafe { call(device.handle(), profile, list.as_mut_ptr(), &raw mut count) }, 0);
    Ok(list.iter().map(|place| (place.start, place.size)).collect())
}

/// Name and id of a profile by its enum, in both versions of the structure.
pub(crate) fn profile_v(
    nvml: &Nvml,
    device: &Device<'_>,
    profile: u32,
    version: u32,
) -> Result<(String, u32), u32> {
    let mut info: nvmlGpuInstanceProfileInfo_v3_t = unsafe { std::mem::zeroed() };
    info.version = version;
    let call = nvml.lib().nvmlDeviceGetGpuInstanceProfileInfoV.as_ref().unwrap();
    let code = unsafe { call(device.handle(), profile, (&raw mut info).cast()) };
    if code != 0 {
        return Err(code);
    }
    let name = match version >> 24 {
        2 => {
            let v2: nvmlGpuInstanceProfileInfo_v2_t =
                unsafe { (&raw const info).cast::<nvmlGpuInstanceProfileInfo_v2_t>().read() };
            text(&v2.name)
        }
        _ => text(&info.name),
    };
    Ok((name, info.id))
}

pub(crate) fn text(field: &[std::os::raw::c_char]) -> String {
    field
        .iter()
        .take_while(|byte| **byte != 0)
        .map(|byte| char::from(u8::from_ne_bytes(byte.to_ne_bytes())))
        .collect()
}
