//! Lists of one GPU: instances, profiles, vGPUs in guests, processes, functions, types.

use std::collections::BTreeMap;

use super::super::columns::{Cell, Columns};
use super::super::style::{CHANGE, DIM, NAME};
use crate::geometry::Board;
use crate::model::{
    Claim, ComputeInstance, Gpu, GpuInstance, GpuProcess, ProfileId, VgpuInterface, VgpuType, VirtualFunction,
};
use crate::report::words::profile_name;

/// A list and what it is called. Without a row it is none.
pub(super) struct List {
    pub(super) title: &'static str,
    pub(super) columns: Option<Columns>,
}

fn list<T>(
    title: &'static str,
    header: &[&str],
    items: impl IntoIterator<Item = T>,
    row: impl Fn(T) -> Vec<Cell>,
) -> List {
    let mut items = items.into_iter().peekable();
    let columns = items.peek().is_some().then(|| {
        let mut columns = Columns::new(header);
        items.for_each(|item| columns.row(row(item)));
        columns
    });
    List { title, columns }
}

pub(super) fn instances(gpu: &Gpu) -> List {
    let mut instances: Vec<&GpuInstance> = gpu.instances.values().collect();
    instances.sort_by_key(|instance| instance.placement);
    let header = ["ID", "PROFILE", "SLOTS", "COMPUTE INSTANCES"];
    list("GPU instances", &header, instances, |instance| {
        let (start, size) = (instance.placement.start.get(), instance.placement.size.get());
        let last = start.saturating_add(size).saturating_sub(1);
        let compute: Vec<String> = instance.compute.iter().map(compute_instance).collect();
        vec![
            Cell::number(instance.id),
            Cell::painted(NAME, profile_name(gpu, instance.profile)),
            Cell::new(if size > 1 { format!("{start}-{last}") } else { start.to_string() }),
            if compute.is_empty() { Cell::painted(DIM, "none") } else { Cell::new(compute.join(", ")) },
        ]
    })
}

fn compute_instance(instance: &ComputeInstance) -> String {
    let slices = if instance.size == 1 { "slice" } else { "slices" };
    format!("{} ({} {slices} from {})", instance.id, instance.size, instance.start)
}

/// Those that are cut or still fit; all if `all`.
pub(super) fn profiles(gpu: &Gpu, fits: &BTreeMap<ProfileId, u32>, all: bool) -> List {
    let board = Board::of_gpu(gpu);
    let count = |id| gpu.instances.values().filter(|instance| instance.profile == id).count();
    let more = |id| fits.get(&id).copied().unwrap_or(0);
    let shown = gpu.profiles.values().filter(|p| all || count(p.id) > 0 || more(p.id) > 0);
    let header = ["PROFILE", "ID", "CUT", "FITS", "MOST", "COMPUTE", "MEMORY", "TRAIT"];
    list("GPU instance profiles", &header, shown, |profile| {
        let share = board.memory(profile).map_or("?".to_owned(), |share| share.to_string());
        vec![
            Cell::painted(NAME, &profile.name),
            Cell::number(profile.id),
            Cell::number(count(profile.id)),
            Cell::number(more(profile.id)),
            Cell::number(profile.max_instances),
            Cell::new(format!("{} ({} SMs)", board.compute(profile), profile.multiprocessors)),
            Cell::new(format!("{share} ({} MiB)", profile.memory_mib)),
            Cell::new(Claim::trait_of_name(&profile.name)),
        ]
    })
}

pub(super) fn guests(gpu: &Gpu) -> List {
    let header = ["VGPU", "TYPE", "GPU INSTANCE", "GUEST"];
    list("vGPUs in guests", &header, gpu.vgpu.active.values(), |vgpu| {
        vec![
            Cell::number(vgpu.id),
            Cell::painted(NAME, gpu.type_name(vgpu.vgpu_type)),
            Cell::some(vgpu.instance),
            Cell::new(vgpu.vm.as_deref().unwrap_or("not told")),
        ]
    })
}

pub(super) fn processes(processes: &[GpuProcess]) -> List {
    let header = ["PID", "GPU INSTANCE", "MEMORY"];
    list("processes", &header, processes, |process| {
        vec![
            Cell::number(process.pid),
            Cell::some(process.instance),
            process.memory_used_mib.map(|mib| Cell::number(format!("{mib} MiB"))).unwrap_or_default(),
        ]
    })
}

pub(super) fn functions(gpu: &Gpu) -> List {
    let header = ["VF", "ADDRESS", "NUMA", "DRIVER", "GPU INSTANCE", "TYPE"];
    list("virtual functions", &header, gpu.functions.values(), |function| {
        let instance = match &function.interface {
            VgpuInterface::Vendor { instance, .. } => *instance,
            VgpuInterface::None | VgpuInterface::Mdev { .. } => None,
        };
        vec![
            Cell::number(function.index),
            Cell::new(function.address),
            Cell::some(function.numa_node),
            Cell::some(function.driver.as_deref()),
            Cell::some(instance),
            type_cell(gpu, function),
        ]
    })
}

/// The type that a function has, or how many it could have.
fn type_cell(gpu: &Gpu, function: &VirtualFunction) -> Cell {
    if let Some(id) = gpu.type_of(function) {
        return Cell::painted(NAME, gpu.type_name(id));
    }
    let could = match &function.interface {
        VgpuInterface::None => return Cell::painted(CHANGE, "hands out no vGPU (yet)"),
        VgpuInterface::Vendor { creatable, .. } => creatable.len(),
        VgpuInterface::Mdev { types } => types.values().filter(|told| told.available > 0).count(),
    };
    Cell::painted(DIM, format!("none; {could} to choose from"))
}

pub(super) fn types(gpu: &Gpu) -> List {
    let header = ["ID", "TYPE", "CLASS", "MEMORY", "MOST", "PER INSTANCE", "PROFILE", "NOW", "TRAIT"];
    let home = |one: &VgpuType| one.profile.is_some() == gpu.mig.is_on();
    let mut types: Vec<&VgpuType> = gpu.vgpu.types.values().collect();
    types.sort_by_key(|one| (!home(one), one.profile, std::cmp::Reverse(one.framebuffer_mib), one.id));
    list("vGPU types", &header, types, |one| {
        vec![
            Cell::number(one.id),
            Cell::painted(if home(one) { NAME } else { DIM }, &one.name),
            Cell::some(one.class.as_deref()),
            one.framebuffer_mib.map(|mib| Cell::number(format!("{mib} MiB"))).unwrap_or_default(),
            one.max_instances.map(Cell::number).unwrap_or_default(),
            one.max_per_gpu_instance.map(Cell::number).unwrap_or_default(),
            Cell::some(one.profile.map(|id| profile_name(gpu, id))),
            if gpu.vgpu.creatable.contains(&one.id) { Cell::new("yes") } else { Cell::painted(DIM, "no") },
            Cell::new(Claim::trait_of_name(&one.name)),
        ]
    })
}
