//! One GPU, read as far as it lets itself be read.
//!
//! Nothing here fails: what could not be read becomes a problem of this GPU. A GPU that is lost is asked
//! nothing more, since every further call would wait for a device that is not there.

use super::message::{Message, Sink};
use super::names;
use super::nvml::{Answer, CallError, Edition, Handle, InstanceFacts, ProfileFacts, Session, Which};
use crate::model::{
    DeviceProblem, Gpu, GpuInstance, GpuInstanceId, GpuInstanceProfile, HostProblem, MigMode, MigState,
    PciAddress, PciDeviceId, ProfileId, SlicePlacement, Slots,
};

/// Profile enums that are tried. `nvml.h` of 2026 knows 0 to 17, and later ones add to it.
const PROFILE_ENUMS: std::ops::RangeInclusive<u32> = 0..=0x3f;

/// MIG devices beyond which a limit is not believed. Compute instances count here: 7 by 7 at most so far.
const MIG_DEVICE_LIMIT: u32 = 64;

/// The GPU does not answer any more.
struct Gone;

/// Reads the GPU of this index and says what was found.
pub(super) fn read(session: &Session<'_>, index: u32, sink: &Sink<'_>) {
    match identify(session, index) {
        Err(error) => sink(Message::Unidentified(HostProblem { index, problem: error.blinding() })),
        Ok((handle, gpu)) => {
            sink(Message::Identified { index, gpu: gpu.clone() });
            let mut reading = Reading { handle, gpu, total_bytes: None };
            let _: Result<(), Gone> = reading.everything();
            sink(Message::Read { index, gpu: reading.gpu });
        }
    }
}

fn identify<'s>(session: &'s Session<'_>, index: u32) -> Result<(Handle<'s>, Gpu), CallError> {
    let handle = session.device(index)?;
    let pci = handle.pci()?;
    let address = PciAddress::from_parts(pci.domain, pci.bus, pci.device).ok_or_else(|| CallError {
        call: "nvmlDeviceGetPciInfo_v3",
        answer: Answer::Nonsense(format!("address {:x}:{:x}:{:x}", pci.domain, pci.bus, pci.device)),
    })?;
    let gpu = Gpu {
        address,
        board: PciDeviceId::from_nvml(pci.combined_id),
        product: String::new(),
        uuid: String::new(),
        memory_mib: None,
        mig: MigMode::Unknown,
        profiles: Default::default(),
        instances: Default::default(),
        problems: Vec::new(),
    };
    Ok((handle, gpu))
}

struct Reading<'s> {
    handle: Handle<'s>,
    gpu: Gpu,
    total_bytes: Option<u64>,
}

impl Reading<'_> {
    fn everything(&mut self) -> Result<(), Gone> {
        self.figures()?;
        self.mig_mode()?;
        if self.gpu.mig.is_on() {
            self.profiles()?;
            self.instances()?;
            self.strays()?;
        }
        Ok(())
    }

    /// Keeps a problem, each once: 64 enums that fail alike are one problem.
    fn note(&mut self, problem: DeviceProblem) -> Result<(), Gone> {
        let lost = matches!(problem, DeviceProblem::Lost { .. });
        if !self.gpu.problems.contains(&problem) {
            self.gpu.problems.push(problem);
        }
        if lost { Err(Gone) } else { Ok(()) }
    }

    fn figures(&mut self) -> Result<(), Gone> {
        match self.handle.product() {
            Ok(product) => self.gpu.product = product,
            Err(error) => self.note(error.missing())?,
        }
        match self.handle.uuid() {
            Ok(uuid) => self.gpu.uuid = uuid,
            Err(error) => self.note(error.missing())?,
        }
        match self.handle.memory() {
            Ok(bytes) => {
                self.total_bytes = Some(bytes);
                self.gpu.memory_mib = Some(bytes >> 20);
            }
            // A GPU without a framebuffer of its own (GB10) has no such figure, which is no problem.
            Err(error) if error.answer == Answer::NOT_SUPPORTED => {}
            Err(error) => self.note(error.missing())?,
        }
        Ok(())
    }

    fn mig_mode(&mut self) -> Result<(), Gone> {
        let state = |number: u32| match number {
            0 => Some(MigState::Off),
            1 => Some(MigState::On),
            _ => None,
        };
        match self.handle.mig_mode() {
            Ok((current, pending)) => match (state(current), state(pending)) {
                (Some(current), Some(pending)) => self.gpu.mig = MigMode::Supported { current, pending },
                _ => {
                    let answer = Answer::Nonsense(format!("MIG mode {current}, pending {pending}"));
                    self.note(CallError { call: "nvmlDeviceGetMigMode", answer }.blinding())?;
                }
            },
            // A library without the call is older than MIG.
            Err(error) if error.answer == Answer::NOT_SUPPORTED || error.answer == Answer::NoSymbol => {
                self.gpu.mig = MigMode::Unsupported;
            }
            Err(error) => self.note(error.blinding())?,
        }
        Ok(())
    }

    /// Every profile that an enum describes, in the newest edition of the answer that this driver speaks.
    fn profiles(&mut self) -> Result<(), Gone> {
        for edition in Edition::ALL {
            let mut spoken = false;
            for number in PROFILE_ENUMS {
                match self.handle.profile(edition, Which::Enum(number)) {
                    Ok(facts) => {
                        spoken = true;
                        self.describe(&facts, Some(number))?;
                    }
                    Err(error) if error.answer.is_not_this_one() => {}
                    Err(error) if error.answer.is_too_old() && edition != Edition::V1 => {}
                    Err(error) => {
                        spoken = true;
                        self.note(error.blinding())?;
                    }
                }
            }
            if spoken {
                break;
            }
        }
        Ok(())
    }

    fn describe(&mut self, facts: &ProfileFacts, number: Option<u32>) -> Result<(), Gone> {
        let id = ProfileId::new(facts.id);
        if self.gpu.profiles.contains_key(&id) {
            return Ok(());
        }
        let name = match names::told(facts) {
            Some(name) => name,
            None => {
                let error = "it tells no names of profiles; they are made from slices and memory".to_owned();
                let call = "nvmlDeviceGetGpuInstanceProfileInfo";
                self.note(DeviceProblem::Missing { call, error })?;
                names::made_up(facts, number, self.total_bytes)
            }
        };
        let placements = self.placements(facts.id)?;
        let profile = GpuInstanceProfile {
            id,
            name,
            compute_slices: facts.slices,
            multiprocessors: facts.multiprocessors,
            memory_mib: facts.memory_mib,
            max_instances: facts.instances,
            placements,
        };
        self.gpu.profiles.insert(id, profile);
        Ok(())
    }

    /// Sorted, so that two scans are equal whatever the driver's order.
    fn placements(&mut self, profile: u32) -> Result<Vec<SlicePlacement>, Gone> {
        match self.handle.placements(profile) {
            Ok(spans) => {
                let place = |start, size| SlicePlacement { start: Slots::new(start), size: Slots::new(size) };
                let mut placements: Vec<_> = spans.iter().map(|span| place(span.start, span.size)).collect();
                placements.sort_unstable();
                placements.dedup();
                Ok(placements)
            }
            Err(error) if error.answer.is_not_this_one() => Ok(Vec::new()),
            // Whoever may not see this may not see instances either: that blinds.
            Err(error) if error.answer == Answer::NO_PERMISSION => {
                self.note(error.blinding()).map(|()| Vec::new())
            }
            Err(error) => self.note(error.missing()).map(|()| Vec::new()),
        }
    }

    /// The GPU instances, profile by profile: the driver lists them in no other way.
    fn instances(&mut self) -> Result<(), Gone> {
        let known: Vec<(u32, u32)> =
            self.gpu.profiles.values().map(|profile| (profile.id.get(), profile.max_instances)).collect();
        for (profile, expected) in known {
            self.instances_of(profile, expected)?;
        }
        Ok(())
    }

    fn instances_of(&mut self, profile: u32, expected: u32) -> Result<(), Gone> {
        match self.handle.instances(profile, expected) {
            Ok(instances) => {
                for instance in &instances {
                    match self.handle.instance_info(instance) {
                        Ok(facts) => self.keep(facts),
                        Err(error) => self.note(error.blinding())?,
                    }
                }
                Ok(())
            }
            Err(error) if error.answer.is_not_this_one() => Ok(()),
            Err(error) => self.note(error.blinding()),
        }
    }

    fn keep(&mut self, facts: InstanceFacts) {
        let id = GpuInstanceId::new(facts.id);
        let placement =
            SlicePlacement { start: Slots::new(facts.span.start), size: Slots::new(facts.span.size) };
        let instance = GpuInstance { id, profile: ProfileId::new(facts.profile), placement };
        self.gpu.instances.insert(id, instance);
    }

    /// Looks through the MIG devices for GPU instances that no profile led to. Instances are counted, never
    /// MIG devices: those stand for compute instances, which a vGPU host need not have.
    fn strays(&mut self) -> Result<(), Gone> {
        if self.gpu.problems.iter().any(|problem| matches!(problem, DeviceProblem::NoPermission { .. })) {
            return Ok(());
        }
        let limit = match self.handle.mig_device_limit() {
            Ok(limit) => limit.min(MIG_DEVICE_LIMIT),
            Err(error) => return self.note(error.missing()),
        };
        for index in 0..limit {
            match self.handle.mig_device_instance(index) {
                Ok(id) if self.gpu.instances.contains_key(&GpuInstanceId::new(id)) => {}
                Ok(id) => self.stray(id)?,
                Err(error) if error.answer.is_not_this_one() || error.answer == Answer::NOT_FOUND => {}
                Err(error) => self.note(error.missing())?,
            }
        }
        Ok(())
    }

    fn stray(&mut self, id: u32) -> Result<(), Gone> {
        let found = self.handle.instance_by_id(id).and_then(|handle| self.handle.instance_info(&handle));
        let facts = match found {
            Ok(facts) => facts,
            // Destroyed since the MIG device was asked.
            Err(error) if error.answer == Answer::NOT_FOUND => return Ok(()),
            Err(error) => return self.note(error.blinding()),
        };
        self.keep(facts);
        let profile = ProfileId::new(facts.profile);
        if self.gpu.profiles.contains_key(&profile) {
            return Ok(());
        }
        for edition in [Edition::V3, Edition::V2] {
            if let Ok(described) = self.handle.profile(edition, Which::Id(facts.profile)) {
                self.describe(&described, None)?;
                return self.instances_of(described.id, described.instances);
            }
        }
        self.note(DeviceProblem::UnknownProfile { instance: GpuInstanceId::new(facts.id), profile })
    }
}
