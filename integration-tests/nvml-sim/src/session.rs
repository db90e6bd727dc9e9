//! What the body of an entry point works with: handles turned into GPUs and instances, with the state
//! of the GPU and the caller's rights checked on the way.

use std::sync::Arc;

use crate::answer::{Fault, injected};
use crate::codes::Code;
use crate::handles::{Life, Target};
use crate::host::{Gpu, GpuState, Host, Instance, Mig, PciAddress};
use crate::state::State;

/// What still works on a GPU that is lost in the middle of a scan.
const BEFORE_THE_LOSS: &[&str] = &[
    "nvmlDeviceGetHandleByIndex_v2",
    "nvmlDeviceGetHandleByPciBusId_v2",
    "nvmlDeviceGetHandleByUUID",
    "nvmlDeviceGetPciInfo_v3",
    "nvmlDeviceGetName",
];

/// `CAP_SYS_ADMIN`'s bit in the kernel's capability masks.
const CAP_SYS_ADMIN: u32 = 21;

pub(crate) struct Session<'a> {
    pub(crate) symbol: &'static str,
    pub(crate) state: &'a mut State,
    /// The GPU that the call turned out to be about.
    pub(crate) gpu: Option<PciAddress>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(symbol: &'static str, state: &'a mut State) -> Self {
        Self { symbol, state, gpu: None }
    }

    pub(crate) fn host(&self) -> Result<Arc<Host>, Fault> {
        self.state.host()
    }

    pub(crate) fn gpu_address(&self) -> Option<String> {
        self.gpu.map(|address| address.to_string())
    }

    pub(crate) fn handle<T>(&mut self, target: Target) -> *mut T {
        self.state.handles.of(target)
    }

    /// What a handle stands for. Header: INVALID_ARGUMENT if it is invalid, of every call.
    pub(crate) fn target<T>(&self, handle: *mut T) -> Result<Target, Fault> {
        self.state.handles.target(handle).ok_or(Fault::Code(Code::InvalidArgument))
    }

    /// The physical GPU behind a device handle.
    pub(crate) fn gpu<T>(&mut self, device: *mut T) -> Result<Gpu, Fault> {
        match self.target(device)? {
            Target::Gpu(address) => self.gpu_at(address),
            // Assumed: calls about the physical GPU do not take a MIG device's handle.
            _ => Err(Code::InvalidArgument.into()),
        }
    }

    /// The GPU at an address, if it may and can be asked.
    pub(crate) fn gpu_at(&mut self, address: PciAddress) -> Result<Gpu, Fault> {
        self.gpu = Some(address);
        let host = self.host()?;
        let Some(gpu) = host.gpus.iter().find(|gpu| gpu.address == address) else {
            // Header of GPU_IS_LOST: fallen off the bus. It had a handle, and the host has it no more.
            return Err(Code::GpuIsLost.into());
        };
        self.reachable(gpu)?;
        if let Some(limit) = gpu.lost_after {
            let asked = self.state.asked.entry(address).or_default();
            *asked = asked.saturating_add(1);
            if *asked > limit {
                return Err(Code::GpuIsLost.into());
            }
        }
        injected(&gpu.errors, self.symbol)?;
        Ok(gpu.clone())
    }

    fn reachable(&self, gpu: &Gpu) -> Result<(), Fault> {
        match gpu.state {
            GpuState::Ok => Ok(()),
            // Header, of nearly every device call: "fallen off the bus or is otherwise inaccessible".
            GpuState::Lost => Err(Code::GpuIsLost.into()),
            GpuState::LostMidScan if BEFORE_THE_LOSS.contains(&self.symbol) => Ok(()),
            GpuState::LostMidScan => Err(Code::GpuIsLost.into()),
            // Header of GetHandleByIndex and ByPciBusId: "no permission to talk to this device".
            GpuState::NoPermission => Err(Code::NoPermission.into()),
        }
    }

    /// A GPU instance by its life. Header: a handle is invalid once the instance is gone.
    pub(crate) fn instance(&mut self, address: PciAddress, life: Life) -> Result<(Gpu, Instance), Fault> {
        let gpu = self.gpu_at(address)?;
        let found = gpu.instances.iter().find(|one| self.state.life(address, one.identity()) == Some(life));
        let instance = found.cloned().ok_or(Fault::Code(Code::InvalidArgument))?;
        Ok((gpu, instance))
    }

    pub(crate) fn life(&self, gpu: &Gpu, instance: &Instance) -> Result<Life, Fault> {
        self.state.life(gpu.address, instance.identity()).ok_or(Fault::Code(Code::Unknown))
    }

    /// Header: "Requires privileged user"; facts on NVML: CAP_SYS_ADMIN is what that means. Capabilities
    /// belong to threads, so the calling thread's are read, at each call.
    pub(crate) fn privileged(&self) -> Result<(), Fault> {
        let allowed = self.host()?.privileged.unwrap_or_else(has_sys_admin);
        if allowed { Ok(()) } else { Err(Code::NoPermission.into()) }
    }
}

/// Header, of the MIG calls: "doesn't have MIG mode enabled", or no MIG at all.
pub(crate) fn mig_on(gpu: &Gpu) -> Result<(), Fault> {
    if gpu.mig == Mig::On { Ok(()) } else { Err(Code::NotSupported.into()) }
}

/// Header, of the calls that work with MIG off: "doesn't support MIG".
pub(crate) fn mig_capable(gpu: &Gpu) -> Result<(), Fault> {
    if gpu.mig == Mig::Unsupported { Err(Code::NotSupported.into()) } else { Ok(()) }
}

fn has_sys_admin() -> bool {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << CAP_SYS_ADMIN) != 0
}
