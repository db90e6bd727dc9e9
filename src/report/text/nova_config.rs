//! Configuration for Nova, as a file that oslo.config reads: what is said about it stands in comments.

use std::fmt::Write;

use serde::Serialize;

use crate::advice::{Alias, By, NovaConfig, Part, Way};
use crate::report::words::counted;

/// NVIDIA's PCI vendor id.
const NVIDIA: &str = "10de";

/// The file.
pub fn nova_config(config: &NovaConfig) -> String {
    let mut out = String::from(
        "# What nova-compute on this host is to be told of its NVIDIA GPUs, made by `nvidia-placement-agent nova-config`.\n\
         # A file for its --config-dir, such as /etc/nova/nova.conf.d/50-nvidia.conf. Then restart nova-compute.\n",
    );
    for (gpu, why) in &config.left {
        let _ = writeln!(out, "# Not in it: {gpu}, {}.", comment(why));
    }
    mediated(config, &mut out);
    passed(config, &mut out);
    if config.parts.is_empty() {
        out.push_str("# Nothing here for Nova to report.\n");
    }
    out
}

fn mediated(config: &NovaConfig, out: &mut String) {
    let types = config.mediated();
    if types.is_empty() {
        return;
    }
    let names: Vec<String> = types.keys().map(|id| format!("nvidia-{id}")).collect();
    let _ = write!(
        out,
        "\n[devices]\n\
         # One function for each vGPU, and not one more: Nova offers a vGPU on every function that it may use, whatever the\n\
         # GPU has left. There is no max_instances, which would bound all GPUs of this host together and not each of them.\n\
         # This list takes the place of one in a file that is read earlier.\n\
         enabled_mdev_types = {}\n",
        names.join(",")
    );
    for (id, parts) in &types {
        let (Some(first), total) = (parts.first(), parts.iter().map(|part| part.units).sum::<u32>()) else {
            continue;
        };
        let whole = parts.iter().any(|part| part.functions == [part.gpu]);
        let _ = write!(
            out,
            "\n[mdev_nvidia-{id}]\n# {}, {} on this host:\n",
            comment(&first.plain),
            counted(total as usize, "vGPU")
        );
        for part in parts {
            let _ = writeln!(out, "#   {} on {}", counted(part.units as usize, "vGPU"), of_gpu(part));
        }
        let traits: Vec<&str> = first.traits.iter().map(crate::model::TraitName::as_str).collect();
        let _ = writeln!(out, "# Their providers get from the agent: {}", traits.join(" "));
        if whole {
            out.push_str(
                "# The physical function hands out all of them, and tells Nova how many are left.\n",
            );
        }
        let functions = parts.iter().flat_map(|part| &part.functions).map(ToString::to_string);
        let _ = writeln!(out, "device_addresses = {}", functions.collect::<Vec<_>>().join(","));
        if first.class.as_str() != "VGPU" {
            let _ = writeln!(
                out,
                "# As Nova's configuration has it now; flavors ask for resources:{}.",
                first.class
            );
            let _ = writeln!(out, "mdev_class = {}", first.class);
        }
    }
}

fn passed(config: &NovaConfig, out: &mut String) {
    if config.passed().next().is_none() {
        return;
    }
    out.push_str(
        "\n[pci]\n# Without it Nova hands functions out behind Placement's back.\nreport_in_placement = true\n\n\
         # The functions that guests may have. Take older lines about these GPUs out of other files: Nova adds all of them\n\
         # up. managed=no: bound to vfio-pci by libvirt they would lose their vGPU. All functions of one GPU have one class\n\
         # and one set of traits, or nova-compute refuses to start. The class is their own: by VGPU a flavor would take one\n\
         # in Placement and boot without it.\n",
    );
    for part in config.passed() {
        let _ = writeln!(out, "# {} × {} on {}", part.units, comment(&part.plain), of_gpu(part));
        if !part.untyped.is_empty() {
            let _ = writeln!(
                out,
                "# Before nova-compute starts: write {} to nvidia/current_vgpu_type of {} of them.",
                part.vgpu_type,
                part.untyped.len()
            );
        }
        for function in &part.functions {
            let spec = SpecV1 {
                vendor_id: NVIDIA,
                product_id: part.board.to_string(),
                address: function.to_string(),
                resource_class: part.class.as_str(),
                traits: part.traits.iter().map(crate::model::TraitName::as_str).collect::<Vec<_>>().join(","),
                managed: "no",
            };
            let _ = writeln!(out, "device_spec = {}", json(&spec));
        }
    }
    out.push_str(
        "\n# The names by which flavors ask for them. nova-api needs the same lines, and every compute host that guests may\n\
         # move to.\n",
    );
    for alias in config.aliases() {
        let _ =
            writeln!(out, "# openstack flavor set --property pci_passthrough:alias={}:1 FLAVOR", alias.name);
        let _ = writeln!(out, "alias = {}", json(&AliasV1::from(&alias)));
    }
    out.push_str(
        "\n# Not for this host: with the next two lines nova-scheduler, nova-conductor and nova-api choose a host by what\n\
         # Placement has of these classes. Only when every compute host reports its PCI devices there.\n\
         #   [filter_scheduler]\n\
         #   pci_in_placement = true\n",
    );
}

fn of_gpu(part: &Part) -> String {
    let by = match part.by {
        By::CommandLine => "by --type",
        By::Functions => "its functions have the type",
        By::Nova => "as Nova's configuration has it now",
        By::Policy => "by devices.vgpu_types",
        By::Only => "it has no other type",
    };
    format!("{} {} ({by})", part.gpu, comment(&part.product))
}

/// As `[pci]device_spec` is read.
#[derive(Serialize)]
struct SpecV1<'a> {
    vendor_id: &'a str,
    product_id: String,
    address: String,
    resource_class: &'a str,
    traits: String,
    managed: &'a str,
}

/// As `[pci]alias` is read.
#[derive(Debug, Serialize)]
pub(in crate::report) struct AliasV1 {
    name: String,
    vendor_id: &'static str,
    product_id: String,
    device_type: &'static str,
    resource_class: String,
    traits: String,
}

impl From<&Alias> for AliasV1 {
    fn from(alias: &Alias) -> Self {
        AliasV1 {
            name: alias.name.clone(),
            vendor_id: NVIDIA,
            product_id: alias.board.to_string(),
            device_type: "type-VF",
            resource_class: alias.class.to_string(),
            traits: alias.required.to_string(),
        }
    }
}

fn json(value: &impl Serialize) -> String {
    // Texts alone, which always have a spelling.
    serde_json::to_string(value).unwrap_or_default()
}

/// Words of a driver in a comment: what ends a line would make options of them.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// How a part is handed out, in Nova's words.
pub(in crate::report) fn way_word(way: Way) -> &'static str {
    match way {
        Way::Mediated => "mdev",
        Way::Passed => "pci",
    }
}
