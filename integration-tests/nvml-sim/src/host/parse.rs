//! From the file as written to a host that makes sense, or one sentence on what does not.

use std::collections::{BTreeMap, BTreeSet};

use super::bus::{self, OnBus, PciFile};
use super::file::{EventFile, GpuFile, HostFile, MigFile, Switch};
use super::instances::instances;
use super::vgpu::{Vgpu, VgpuMode};
use super::{
    Gpu, GpuState, Host, HostError, Injected, Injections, Instance, Mig, Odd, PciAddress, joined, vgpu,
};
use crate::HOST_FILE;
use crate::codes::Code;
use crate::data::{self, Model, PLAIN_BOARDS};
use crate::events;
use crate::exports::SYMBOLS;

/// A 580 driver: recent enough for every model of the data.
const DRIVER: &str = "580.65.06";
/// The key of `latency` that means every entry point without one of its own.
const ALL: &str = "all";
/// What `nvidia-smi` of that driver prints as 13.0.
const CUDA: i32 = 13000;

pub(super) fn host(text: &str) -> Result<Host, HostError> {
    let file: HostFile = toml::from_str(text).map_err(|error| HostError::new(error.to_string()))?;
    let init_error = file.error.as_deref().map(code).transpose().map_err(|error| error.at("error"))?;
    if let Some(name) =
        file.count_calls.as_deref().filter(|name| name.is_empty() || name.contains('/') || *name == HOST_FILE)
    {
        let problem = format!("`{name}` is not a plain file name; it is written beside the host file");
        return Err(HostError::new(problem).at("count_calls"));
    }
    let mut gpus: Vec<Gpu> = Vec::new();
    for (index, gpu_file) in (0..).zip(&file.gpus) {
        let gpu = gpu(index, gpu_file).map_err(|error| error.at(format!("gpu {}", gpu_file.address)))?;
        if gpus.iter().any(|other| other.address == gpu.address || other.uuid == gpu.uuid) {
            let problem = "another GPU of this host has the same address or uuid";
            return Err(HostError::new(problem).at(format!("gpu {}", gpu_file.address)));
        }
        gpus.push(gpu);
    }
    for symbol in file.missing.iter().chain(file.latency.keys().filter(|key| *key != ALL)) {
        if !SYMBOLS.contains(&symbol.as_str()) {
            let problem = format!("`{symbol}` is not an entry point of this library");
            return Err(HostError::new(problem).at("missing, latency"));
        }
    }
    let latency_of_all = file.latency.get(ALL).map(|latency| latency.0).unwrap_or_default();
    Ok(Host {
        latency: file.latency.iter().map(|(symbol, latency)| (symbol.clone(), latency.0)).collect(),
        latency_of_all,
        missing: file.missing,
        driver: file.driver.unwrap_or_else(|| DRIVER.to_owned()),
        cuda: CUDA,
        privileged: file.privileged.0,
        init_error,
        errors: injections(&file.errors)?,
        count_calls: file.count_calls,
        gpus,
        pci: pci(file.pci)?,
        sysfs: file.sysfs,
    })
}

/// What a model name stands for.
struct Board {
    /// The name in the data.
    key: &'static str,
    model: Option<&'static Model>,
    product_name: String,
    pci_device_id: Option<String>,
    memory_mib: u64,
}

fn gpu(index: u32, file: &GpuFile) -> Result<Gpu, HostError> {
    let address: PciAddress = file.address.parse().map_err(|()| {
        HostError::new(format!("`{}` is not a PCI address such as 0000:41:00.0", file.address)).at("address")
    })?;
    let board = board(&file.model)?;
    let mig = mig(file, board.model)?;
    let mig_pending = match (mig, file.mig_pending) {
        (Mig::Unsupported, Some(_)) => {
            return Err(HostError::new("there is no MIG mode to be pending on this GPU").at("mig_pending"));
        }
        (_, Some(pending)) => pending == Switch::On,
        (mig, None) => mig == Mig::On,
    };
    let instances = instances(file, mig, board.model)?;
    let vgpu = file.vgpu.as_ref().map(|written| {
        vgpu::vgpu(
            written,
            &vgpu::Board {
                address,
                name: board.key,
                model: board.model,
                memory_mib: board.memory_mib,
                mig_on: mig == Mig::On,
                instances: &instances,
            },
        )
    });
    let mut vgpu = vgpu.transpose()?;
    let bus = on_bus(file, address, vgpu.as_mut(), &instances)?;
    Ok(Gpu {
        address,
        name: file.name.clone().unwrap_or(board.product_name),
        pci_device_id: pci_device_id(file.pci_device_id.as_ref().or(board.pci_device_id.as_ref()))?,
        uuid: file.uuid.clone().unwrap_or_else(|| format!("GPU-{}", address.uuid("gpu"))),
        serial: file
            .serial
            .clone()
            .unwrap_or_else(|| format!("{:013}", address.fingerprint("serial") % 10_000_000_000_000)),
        minor: file.minor.unwrap_or(index),
        memory_mib: board.memory_mib,
        model: board.model,
        mig,
        mig_pending,
        state: file.state.unwrap_or(GpuState::Ok),
        lost_after: file.lost_after,
        instances,
        vgpu,
        health: file.health.clone(),
        figures: file.figures.clone(),
        errors: injections(&file.errors)?,
        events: events(file, mig),
        xids: file.xids.clone(),
        bus,
    })
}

/// Assumed: boards without MIG have no event about it; what else `nvml.h` lists is of no interest here.
fn events(file: &GpuFile, mig: Mig) -> u64 {
    let all = [EventFile::Mig, EventFile::Xid];
    let listed = file.events.as_deref().unwrap_or(&all).iter();
    let numbers = listed.map(|event| match event {
        EventFile::Mig if mig == Mig::Unsupported => 0,
        EventFile::Mig => events::MIG,
        EventFile::Xid => events::XID,
    });
    numbers.fold(0, |all, one| all | one)
}

fn on_bus(
    file: &GpuFile,
    address: PciAddress,
    vgpu: Option<&mut Vgpu>,
    instances: &[Instance],
) -> Result<Option<OnBus>, HostError> {
    if file.on_bus == Some(false) {
        return Ok(None);
    }
    let nvml = vgpu.as_deref().filter(|vgpu| vgpu.host);
    let sriov = file.sriov.as_ref().map(|sriov| bus::sriov(sriov, address, nvml)).transpose()?;
    // Only without SR-IOV does the physical function hand vGPUs out itself.
    let physical = nvml.filter(|vgpu| vgpu.mode == VgpuMode::NonSriov && sriov.is_none());
    let mdev_types = match (&file.mdev_types, physical) {
        (Some(written), _) => joined::types(Some(written), nvml).map_err(|error| error.at("mdev_types"))?,
        (None, physical) => joined::types(None, physical)?,
    };
    let driver = bus::bound(file.driver.as_deref());
    let mut on_bus = OnBus { numa_node: file.numa_node, driver, sriov, mdev_types, mdevs: Vec::new() };
    for mdev in &file.mdevs {
        on_bus.mdev(mdev)?;
    }
    if let Some(vgpu) = vgpu.filter(|vgpu| vgpu.host) {
        joined::join(&mut on_bus, vgpu, instances, address)?;
    }
    Ok(Some(on_bus))
}

fn pci(devices: Vec<PciFile>) -> Result<Vec<PciFile>, HostError> {
    match devices.iter().find(|device| device.address.parse::<PciAddress>().is_err()) {
        Some(bad) => Err(HostError::new(format!("`{}` is not a PCI address", bad.address)).at("pci")),
        None => Ok(devices),
    }
}

fn board(name: &str) -> Result<Board, HostError> {
    for model in data::models() {
        let product = model.product_names.iter().find(|product| *product == name);
        if model.model == name || product.is_some() {
            let product = product.or(model.product_names.first()).unwrap_or(&model.model);
            return Ok(Board {
                key: &model.model,
                model: Some(model),
                product_name: product.clone(),
                pci_device_id: model.pci_device_ids.first().cloned(),
                memory_mib: model.memory_mib(),
            });
        }
    }
    if let Some(plain) = PLAIN_BOARDS.iter().find(|plain| plain.model == name || plain.product_name == name) {
        return Ok(Board {
            key: plain.model,
            model: None,
            product_name: plain.product_name.to_owned(),
            pci_device_id: Some(plain.pci_device_id.to_owned()),
            memory_mib: plain.memory_mib,
        });
    }
    let mut known: Vec<&str> = data::models().iter().map(|model| model.model.as_str()).collect();
    known.extend(PLAIN_BOARDS.iter().map(|plain| plain.model));
    Err(HostError::new(format!("`{name}` is not known; expected one of {}", known.join(", "))).at("model"))
}

fn mig(file: &GpuFile, model: Option<&Model>) -> Result<Mig, HostError> {
    match (file.mig, model) {
        (Some(MigFile::On), Some(_)) => Ok(Mig::On),
        (Some(MigFile::Off) | None, Some(_)) => Ok(Mig::Off),
        (Some(MigFile::Unsupported), _) | (None, None) => Ok(Mig::Unsupported),
        (Some(MigFile::On | MigFile::Off), None) => {
            let problem = format!("{} has no MIG; expected nothing, or \"unsupported\"", file.model);
            Err(HostError::new(problem).at("mig"))
        }
    }
}

/// Device in the upper, vendor in the lower half, as NVML has it.
fn pci_device_id(text: Option<&String>) -> Result<u32, HostError> {
    /// A device id that no board has, for a model whose id the data does not know.
    const UNKNOWN: u32 = 0xffff_10de;
    let Some(text) = text else { return Ok(UNKNOWN) };
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u32::from_str_radix(digits, 16).map_err(|_| {
        HostError::new(format!("`{text}` is not a device and vendor id such as 0x20B010DE"))
            .at("pci_device_id")
    })
}

fn injections(written: &BTreeMap<String, String>) -> Result<Injections, HostError> {
    let known: BTreeSet<&str> = SYMBOLS.iter().copied().collect();
    written
        .iter()
        .map(|(symbol, answer)| {
            if !known.contains(symbol.as_str()) {
                let problem = format!("`{symbol}` is not an entry point of this library");
                return Err(HostError::new(problem).at("errors"));
            }
            let odd = Odd::NAMES.iter().find(|(name, _)| name == answer);
            let injected = match (answer.as_str(), odd) {
                ("hang", _) => Injected::Hang,
                (_, Some((_, odd))) => Injected::Odd(*odd),
                (name, None) => Injected::Code(code(name).map_err(|error| error.at(symbol).at("errors"))?),
            };
            Ok((symbol.clone(), injected))
        })
        .collect()
}

fn code(name: &str) -> Result<Code, HostError> {
    Code::named(name).ok_or_else(|| {
        let known: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        HostError::new(format!("`{name}` is not an NVML error; expected one of {}", known.join(", ")))
    })
}
