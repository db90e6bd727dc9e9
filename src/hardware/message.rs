//! What a scan says while it runs, and how that becomes a snapshot. Pure: no thread, no clock, no NVML.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::HardwareError;
use super::nvml::Answer;
use super::sysfs::{Bus, BusSkip, Word};
use crate::model::{DeviceProblem, Figures, Gpu, HostProblem, HostSnapshot, Lapse, PciAddress};

/// Where a scan's words go. Called from several threads.
pub(super) type Sink<'a> = dyn Fn(Message) + Sync + 'a;

/// One word of a running scan.
#[derive(Debug)]
pub(super) enum Message {
    /// A call is about to be made, for one device or for the host.
    Calling { device: Option<u32>, call: &'static str },
    /// What a call answered, where answers are kept; `of` is what it was asked about beside the device.
    Answered { device: Option<u32>, call: &'static str, of: String, answer: Result<Value, Answer> },
    /// What moves by itself on a device, where that was asked for.
    Moving { index: u32, address: PciAddress, figures: Figures },
    /// NVML is open and told how many devices there are.
    Opened { driver: Option<String>, devices: u32 },
    /// A device said who it is; the rest is still to come.
    Identified { index: u32, gpu: Gpu },
    /// A device did not even say who it is.
    Unidentified(HostProblem),
    /// A device is read as far as it can be.
    Read { index: u32, gpu: Gpu },
    /// NVML is closed, or never opened.
    Closed(Result<(), HardwareError>),
    /// What the reading of sysfs says, beside all this.
    Bus(Word),
}

/// What is not asked, because an earlier scan still waits for its answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Skip {
    /// Devices, by NVML's index.
    pub(super) devices: BTreeMap<u32, Stuck>,
    /// Parts of sysfs.
    pub(super) bus: BusSkip,
}

impl Skip {
    /// Adds what another scan waits for.
    pub(super) fn extend(&mut self, other: Skip) {
        self.devices.extend(other.devices);
        self.bus.listing = self.bus.listing.take().or(other.bus.listing);
        self.bus.gpus.extend(other.bus.gpus);
    }

    /// One of it in words.
    pub(super) fn first(&self) -> Option<String> {
        let call = self.devices.iter().next().map(|(index, stuck)| match &stuck.gpu {
            Some(gpu) => format!("{} of GPU {}", stuck.call, gpu.address),
            None => format!("{} of the GPU with NVML index {index}", stuck.call),
        });
        let file = || self.bus.listing.iter().chain(self.bus.gpus.values()).next();
        call.or_else(|| file().map(|path| format!("reading {}", path.display())))
    }
}

/// What an earlier scan knows of a device that it still waits for.
#[derive(Debug, Clone)]
pub(super) struct Stuck {
    /// Who it is, if it said so much.
    pub(super) gpu: Option<Gpu>,
    /// The call that has not returned.
    pub(super) call: &'static str,
}

impl Stuck {
    /// The same words at every scan, so that two scans of it are equal.
    pub(super) fn said(&self, index: u32) -> Message {
        let problem = DeviceProblem::Unreadable { call: self.call, error: "still no answer".to_owned() };
        match self.gpu.clone() {
            Some(mut gpu) => {
                gpu.problems.push(problem);
                Message::Read { index, gpu }
            }
            None => Message::Unidentified(HostProblem { index, problem }),
        }
    }
}

/// How the words came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With `Closed`.
    Closed,
    /// Not all of them, within this time.
    Overdue(Duration),
    /// Without `Closed`: the scan's threads are gone.
    Broken,
}

/// What is known of one device.
#[derive(Debug)]
enum Device {
    Unheard,
    Identified(Gpu),
    Read(Gpu),
    Unidentified(DeviceProblem),
}

/// The words of one scan, put together.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    driver: Option<String>,
    opened: bool,
    devices: BTreeMap<u32, Device>,
    calling: BTreeMap<Option<u32>, &'static str>,
    closed: Option<Result<(), HardwareError>>,
    bus: Bus,
    /// NVML calls so far.
    pub(super) calls: u64,
}

impl Assembly {
    /// Takes in one word. True when it was the last.
    pub(super) fn absorb(&mut self, message: Message) -> bool {
        match message {
            Message::Calling { device, call } => {
                self.calls += 1;
                self.calling.insert(device, call);
            }
            // For whoever asked for them.
            Message::Answered { .. } | Message::Moving { .. } => {}
            Message::Opened { driver, devices } => {
                self.driver = driver;
                self.opened = true;
                self.devices.extend((0..devices).map(|index| (index, Device::Unheard)));
            }
            Message::Identified { index, gpu } => {
                self.devices.insert(index, Device::Identified(gpu));
            }
            Message::Read { index, gpu } => {
                self.devices.insert(index, Device::Read(gpu));
            }
            Message::Unidentified(HostProblem { index, problem }) => {
                self.devices.insert(index, Device::Unidentified(problem));
            }
            Message::Closed(outcome) => self.closed = Some(outcome),
            Message::Bus(word) => self.bus.absorb(word),
        }
        self.closed.is_some() && self.bus.is_done()
    }

    /// What has not answered yet. `None` where NVML itself has not: then nobody can be asked.
    pub(super) fn waiting(&self) -> Option<Skip> {
        let stuck = |(index, device): (&u32, &Device)| {
            let gpu = match device {
                Device::Unheard => None,
                Device::Identified(gpu) => Some(gpu.clone()),
                Device::Read(_) | Device::Unidentified(_) => return None,
            };
            Some((*index, Stuck { gpu, call: self.under_way(Some(*index)) }))
        };
        let nvml_answers = self.opened || self.closed.is_some();
        nvml_answers.then(|| Skip {
            devices: self.devices.iter().filter_map(stuck).collect(),
            bus: self.bus.waiting(),
        })
    }

    /// The call that was begun last, for one device or for the host.
    pub(super) fn under_way(&self, device: Option<u32>) -> &'static str {
        self.calling.get(&device).copied().unwrap_or("nvmlInit_v2")
    }

    /// The snapshot, as far as the words go. Devices that answered are in it whatever became of the others.
    pub(super) fn finish(&self, end: End) -> Result<HostSnapshot, HardwareError> {
        if let Some(Err(error)) = &self.closed {
            return Err(error.clone());
        }
        let under_way = |device| self.under_way(device);
        if !self.opened {
            return Err(match end {
                End::Overdue(patience) => HardwareError::Unresponsive { call: under_way(None), patience },
                End::Closed | End::Broken => HardwareError::Aborted {
                    cause: format!("its thread ended in {} without an answer", under_way(None)),
                },
            });
        }
        let silence = match end {
            End::Overdue(patience) => format!("no answer within {}", Lapse::new(patience)),
            End::Closed | End::Broken => "the scan broke down before there was an answer".to_owned(),
        };
        let silent =
            |index| DeviceProblem::Unreadable { call: under_way(Some(index)), error: silence.clone() };
        let mut snapshot = HostSnapshot { driver: self.driver.clone(), ..HostSnapshot::default() };
        let mut heard: BTreeMap<PciAddress, u32> = BTreeMap::new();
        for (index, device) in &self.devices {
            let index = *index;
            let gpu = match device {
                Device::Read(gpu) => Ok(gpu.clone()),
                Device::Identified(gpu) => {
                    let mut gpu = gpu.clone();
                    gpu.problems.push(silent(index));
                    Ok(gpu)
                }
                Device::Unheard => Err(silent(index)),
                Device::Unidentified(problem) => Err(problem.clone()),
            };
            match gpu {
                Ok(gpu) => match heard.get(&gpu.address) {
                    None => {
                        heard.insert(gpu.address, index);
                        snapshot.gpus.insert(gpu.address, gpu);
                    }
                    Some(first) => {
                        snapshot.problems.push(HostProblem { index, problem: twice(&gpu, *first) })
                    }
                },
                Err(problem) => snapshot.problems.push(HostProblem { index, problem }),
            }
        }
        self.bus.join(&mut snapshot, &silence);
        Ok(snapshot)
    }
}

fn twice(gpu: &Gpu, first: u32) -> DeviceProblem {
    let error =
        format!("the answer makes no sense: {} is the address of device {first} already", gpu.address);
    DeviceProblem::Unreadable { call: "nvmlDeviceGetPciInfo_v3", error }
}
