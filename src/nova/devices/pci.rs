//! `[pci]device_spec`: JSON, an object or a list of them, as often as it is repeated.

use serde_json::{Map, Value};

use super::{refused, unreadable};
use crate::model::{DeviceSpec, Finding, PciPattern};
use crate::nova::oslo::OsloConfig;

/// The option, with its older names.
const NAMES: [(&str, &str); 3] =
    [("pci", "device_spec"), ("pci", "passthrough_whitelist"), ("DEFAULT", "pci_passthrough_whitelist")];

pub(super) fn specs(config: &OsloConfig, problems: &mut Vec<Finding>) -> Vec<DeviceSpec> {
    let values = config.all(&NAMES).unwrap_or_else(|error| {
        problems.push(unreadable(&error));
        Vec::new()
    });
    let mut specs = Vec::new();
    for value in values {
        let place = format!("{}:{}", value.file.display(), value.line);
        let mut refuse = |seen: &str| problems.push(refused(&place, &format!("device_spec: {seen}")));
        let objects = match serde_json::from_str(&value.text) {
            Ok(Value::Array(items)) => items,
            Ok(object @ Value::Object(_)) => vec![object],
            Ok(_) => {
                refuse("neither a JSON object nor a list of them");
                continue;
            }
            Err(error) => {
                refuse(&format!("no JSON: {error}"));
                continue;
            }
        };
        for object in objects {
            match object.as_object().ok_or_else(|| "an entry is no JSON object".to_owned()) {
                Ok(object) if object.contains_key("devname") => {} // a network device
                Ok(object) => match spec(object, &place) {
                    Ok(spec) => specs.push(spec),
                    Err(seen) => refuse(&seen),
                },
                Err(seen) => refuse(&seen),
            }
        }
    }
    specs
}

fn spec(object: &Map<String, Value>, place: &str) -> Result<DeviceSpec, String> {
    let text = |key: &str| match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => Err(format!("{key} is {other}, which is no string")),
    };
    let number = |key: &str| match text(key)?.map(str::trim) {
        None | Some("*") => Ok(None),
        Some(word) => {
            let number = u16::from_str_radix(word.trim_start_matches("0x"), 16);
            number.map(Some).map_err(|_| format!("{key} {word:?} is no hexadecimal number up to ffff"))
        }
    };
    let address = match object.get("address") {
        None => PciPattern::any(),
        Some(Value::String(glob)) if glob.is_empty() => PciPattern::any(),
        Some(Value::String(glob)) => PciPattern::glob(glob).map_err(|error| error.to_string())?,
        Some(Value::Object(parts)) => PciPattern::regex(|part| parts.get(part).and_then(Value::as_str))
            .map_err(|error| error.to_string())?,
        Some(other) => return Err(format!("address is {other}, neither a string nor an object")),
    };
    let managed = match text("managed")?.map(str::to_lowercase).as_deref() {
        None | Some("true" | "1" | "on" | "yes" | "t" | "y") => true,
        Some("false" | "0" | "off" | "no" | "f" | "n") => false,
        Some(word) => return Err(format!("managed is {word:?}, neither yes nor no")),
    };
    let traits = text("traits")?.unwrap_or_default().split(',').map(str::trim);
    Ok(DeviceSpec {
        vendor: number("vendor_id")?,
        product: number("product_id")?,
        address,
        class: text("resource_class")?.map(str::to_owned),
        traits: traits.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        managed,
        place: place.to_owned(),
    })
}
