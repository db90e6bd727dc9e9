//! `[devices]enabled_mdev_types`, and a section for each.

use super::{refused, unreadable};
use crate::model::{Finding, MdevSetting, PciAddress};
use crate::nova::oslo::{OsloConfig, OsloError};

pub(super) fn types(config: &OsloConfig, problems: &mut Vec<Finding>) -> Vec<MdevSetting> {
    let names = [("devices", "enabled_mdev_types"), ("devices", "enabled_vgpu_types")];
    let place = config.get(&names).ok().flatten();
    let place = place.map_or_else(String::new, |value| format!("{}:{}", value.file.display(), value.line));
    let names = config.list(&names).unwrap_or_else(|error| {
        problems.push(unreadable(&error));
        None
    });
    let mut settings: Vec<MdevSetting> = Vec::new();
    for name in names.unwrap_or_default() {
        match setting(config, &name, &place) {
            Ok((setting, said)) => {
                problems.extend(said);
                keep(&mut settings, setting, problems);
            }
            Err(error) => problems.push(unreadable(&error)),
        }
    }
    settings
}

fn setting(config: &OsloConfig, name: &str, place: &str) -> Result<(MdevSetting, Vec<Finding>), OsloError> {
    let (section, older) = (format!("mdev_{name}"), format!("vgpu_{name}"));
    let mut said = Vec::new();
    let mut addresses = Vec::new();
    let written = [(section.as_str(), "device_addresses"), (older.as_str(), "device_addresses")];
    for text in config.list(&written)?.unwrap_or_default() {
        match text.parse::<PciAddress>() {
            Ok(address) => addresses.push(address),
            Err(error) => said.push(refused(&format!("[{section}]device_addresses"), &error.to_string())),
        }
    }
    let value = |key| config.get(&[(section.as_str(), key)]);
    let class = value("mdev_class")?.map_or_else(|| "VGPU".to_owned(), |value| value.text);
    if class != "VGPU" && !class.starts_with("CUSTOM_") {
        said.push(refused(
            &format!("[{section}]mdev_class"),
            &format!("{class:?} is neither VGPU nor CUSTOM_…"),
        ));
    }
    let max_instances = match value("max_instances")? {
        None => None,
        Some(value) => match value.text.parse::<u32>() {
            // "if group.max_instances": none and 0 are alike.
            Ok(most) => Some(most).filter(|most| *most > 0),
            Err(_) => {
                let place = format!("[{section}]max_instances");
                said.push(refused(&place, &format!("{:?} is no number of 1 or more", value.text)));
                None
            }
        },
    };
    Ok((
        MdevSetting { name: name.to_owned(), addresses, class, max_instances, place: place.to_owned() },
        said,
    ))
}

/// As the libvirt driver sorts them: one default at most, no address twice.
fn keep(settings: &mut Vec<MdevSetting>, setting: MdevSetting, problems: &mut Vec<Finding>) {
    let section = format!("[mdev_{}]", setting.name);
    if setting.addresses.is_empty()
        && let Some(default) = settings.iter().find(|other| other.addresses.is_empty())
    {
        let seen = format!(
            "it has no device_addresses, and {} is the default for all devices already: it is not used",
            default.name
        );
        problems.push(refused(&section, &seen));
        return;
    }
    for address in &setting.addresses {
        if let Some(other) = settings.iter().find(|other| other.addresses.contains(address)) {
            problems.push(refused(&section, &format!("{address} is in [mdev_{}] too", other.name)));
        }
    }
    settings.push(setting);
}
