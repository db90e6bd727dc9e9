//! The hardware on one screen.

use std::collections::BTreeSet;
use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use super::counted;
use super::style::{BAD, BOLD, DIM, painted};
use crate::geometry::Board;
use crate::model::{Claim, Gpu, GpuInstanceProfile, HostSnapshot};

/// The host, GPU by GPU; `details` lists the profiles that are not in use, too.
pub fn discover(host: &HostSnapshot, details: bool) -> String {
    let mut out = String::new();
    let driver = host.driver.as_deref().unwrap_or("of unknown version");
    let _ = writeln!(
        out,
        "{}, driver {driver}",
        painted(BOLD, counted(host.gpus.len() + host.problems.len(), "GPU"))
    );
    for gpu in host.gpus.values() {
        out.push('\n');
        gpu_lines(&mut out, gpu, details);
    }
    for problem in &host.problems {
        let _ = writeln!(
            out,
            "\n{}",
            painted(BAD, format!("NVML index {}, address unknown: {}", problem.index, problem.problem))
        );
    }
    out
}

fn gpu_lines(out: &mut String, gpu: &Gpu, details: bool) {
    let memory = gpu.memory_mib.map_or(String::new(), |mib| format!("  {} GiB", mib.div_ceil(1024)));
    let _ = writeln!(out, "{}  {}{memory}  MIG {}", painted(BOLD, gpu.address), gpu.product, gpu.mig);
    for problem in &gpu.problems {
        let _ = writeln!(out, "  {}", painted(BAD, problem));
    }
    if gpu.mig.is_on() && gpu.blinded_by().is_none() {
        let empty = if gpu.instances.is_empty() { "  nothing is cut" } else { "" };
        let _ = writeln!(out, "  {}{empty}", slot_map(gpu));
        let table = profiles(gpu, details);
        if table.row_count() > 0 {
            let _ = writeln!(out, "{}", table.trim_fmt());
        }
    }
}

/// `slots 0 [1g.5gb][1g.5gb][2g.10gb   ][·][·] 7`: each instance over the slots that it has.
fn slot_map(gpu: &Gpu) -> String {
    const WIDTH: usize = 7;
    let total = Board::of(gpu.profiles.values()).slots.get();
    let mut map = String::new();
    let mut slot = 0;
    while slot < total {
        let here = gpu.instances.values().find(|instance| instance.placement.start.get() == slot);
        match here {
            Some(instance) => {
                let name = gpu.profiles.get(&instance.profile).map(|profile| profile.name.clone());
                let name = name.unwrap_or_else(|| format!("id {}", instance.profile));
                let size = instance.placement.size.get().clamp(1, total - slot);
                let width = WIDTH * size as usize - 1;
                let _ = write!(map, "|{name:^width$.width$}");
                slot += size;
            }
            None => {
                let _ = write!(map, "|{}", painted(DIM, format!("{:^w$}", "·", w = WIDTH - 1)));
                slot += 1;
            }
        }
    }
    format!("{} {map}|", painted(DIM, format!("{total} slots")))
}

fn profiles(gpu: &Gpu, details: bool) -> Table {
    let used: BTreeSet<_> = gpu.instances.values().map(|instance| instance.profile).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([" PROFILE", "ID", "INSTANCES", "COMPUTE", "MEMORY", "TRAIT"]);
    for profile in gpu.profiles.values().filter(|p| details || used.contains(&p.id)) {
        let count = gpu.instances.values().filter(|instance| instance.profile == profile.id).count();
        table.add_row([
            format!(" {}", profile.name),
            profile.id.to_string(),
            format!("{count} of at most {}", profile.max_instances),
            compute_fraction(gpu, profile),
            memory_fraction(gpu, profile),
            Claim::trait_of_name(&profile.name).to_string(),
        ]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Of the whole GPU's compute slices: those of the largest profile.
fn compute_fraction(gpu: &Gpu, profile: &GpuInstanceProfile) -> String {
    let whole = gpu.profiles.values().map(|p| p.compute_slices).max().unwrap_or(0);
    format!("{}/{whole} ({} SMs)", profile.compute_slices, profile.multiprocessors)
}

/// Of the whole GPU's memory slots.
fn memory_fraction(gpu: &Gpu, profile: &GpuInstanceProfile) -> String {
    let whole = Board::of(gpu.profiles.values()).slots;
    let size = profile.placements.iter().map(|placement| placement.size.get()).min();
    let size = size.map_or("?".to_owned(), |size| size.to_string());
    format!("{size}/{whole} ({} MiB)", profile.memory_mib)
}
