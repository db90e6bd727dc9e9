//! `[devices]`, `[mdev_…]` and `[pci]` of Nova's configuration, as `nova.virt.libvirt.driver` and
//! `nova.pci.devspec` of Nova 33 take them.

mod mdev;
mod pci;

use super::oslo::{OsloConfig, OsloError, Search};
use crate::model::{Code, Finding, NovaView};

/// What Nova's configuration says of devices. What cannot be read is a problem in it, never a failure.
pub fn read_devices(search: &Search) -> NovaView {
    let mut view = NovaView::default();
    let config = match OsloConfig::read(search) {
        Ok(config) => config,
        Err(error) => {
            view.problems.push(unreadable(&error));
            return view;
        }
    };
    view.files = config.files().collect();
    let mut problems = Vec::new();
    view.mdev_types = mdev::types(&config, &mut problems);
    view.device_specs = pci::specs(&config, &mut problems);
    view.pci_aliases = pci::aliases(&config, &mut problems);
    view.pci_in_placement = config.boolean(&[("pci", "report_in_placement")]).unwrap_or_else(|error| {
        problems.push(unreadable(&error));
        None
    }) == Some(true);
    view.problems = problems;
    view
}

fn unreadable(error: &OsloError) -> Finding {
    let seen = format!("{error}; so it is not known which GPUs Nova reports");
    Finding::new(Code::NovaUnreadable, "Nova's configuration", seen, error.remedy())
}

/// Something that keeps nova-compute from starting.
fn refused(place: &str, seen: &str) -> Finding {
    let remedy = "correct it and restart nova-compute, which does not start with it, or ignores it";
    Finding::new(Code::NovaRefuses, place, seen, remedy)
}

#[cfg(test)]
mod tests;
