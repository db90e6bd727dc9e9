//! `[pci]device_spec`: JSON, an object or a list of them, as often as it is repeated; and `[pci]alias`, objects.

use serde_json::{Map, Value};

use super::{refused, unreadable};
use crate::model::{DeviceSpec, Finding, PciAlias, PciPattern};
use crate::nova::oslo::OsloConfig;

/// The option, with its older names.
const NAMES: [(&str, &str); 3] =
    [("pci", "device_spec"), ("pci", "passthrough_whitelist"), ("DEFAULT", "pci_passthrough_whitelist")];

/// The names of devices, with older ones.
const ALIASES: [(&str, &str); 2] = [("pci", "alias"), ("DEFAULT", "pci_alias")];

pub(super) fn aliases(config: &OsloConfig, problems: &mut Vec<Finding>) -> Vec<PciAlias> {
    let values = config.all(&ALIASES).unwrap_or_else(|error| {
        problems.push(unreadable(&error));
        Vec::new()
    });
    let mut aliases = Vec::new();
    for value in values {
        let object = serde_json::from_str::<Map<String, Value>>(&value.text);
        let read =
            object.map_err(|error| format!("no JSON object: {error}")).and_then(|object| alias(&object));
        match read {
            Ok(alias) => aliases.push(alias),
            Err(seen) => {
                let place = format!("{}:{}", value.file.display(), value.line);
                problems.push(refused(&place, &format!("alias: {seen}")));
            }
        }
    }
    aliases
}

fn alias(object: &Map<String, Value>) -> Result<PciAlias, String> {
    let owned = |key: &str| Ok::<_, String>(text(object, key)?.map(str::to_owned));
    Ok(PciAlias {
        name: owned("name")?
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .ok_or("it has no name")?,
        vendor: number(object, "vendor_id")?,
        product: number(object, "product_id")?,
        device_type: owned("device_type")?,
        class: owned("resource_class")?,
        traits: words(text(object, "traits")?.unwrap_or_default()),
    })
}

/// A list in one text, as Nova writes them.
fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, String> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("{key} is {other}, which is no string")),
    }
}

fn number(object: &Map<String, Value>, key: &str) -> Result<Option<u16>, String> {
    match text(object, key)?.map(str::trim) {
        None | Some("*") => Ok(None),
        Some(word) => {
            let number = u16::from_str_radix(word.trim_start_matches("0x"), 16);
            number.map(Some).map_err(|_| format!("{key} {word:?} is no hexadecimal number up to ffff"))
        }
    }
}

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
    let address = match object.get("address") {
        None => PciPattern::any(),
        Some(Value::String(glob)) if glob.is_empty() => PciPattern::any(),
        Some(Value::String(glob)) => PciPattern::glob(glob).map_err(|error| error.to_string())?,
        Some(Value::Object(parts)) => PciPattern::regex(|part| parts.get(part).and_then(Value::as_str))
            .map_err(|error| error.to_string())?,
        Some(other) => return Err(format!("address is {other}, neither a string nor an object")),
    };
    let managed = match text(object, "managed")?.map(str::to_lowercase).as_deref() {
        None | Some("true" | "1" | "on" | "yes" | "t" | "y") => true,
        Some("false" | "0" | "off" | "no" | "f" | "n") => false,
        Some(word) => return Err(format!("managed is {word:?}, neither yes nor no")),
    };
    Ok(DeviceSpec {
        vendor: number(object, "vendor_id")?,
        product: number(object, "product_id")?,
        address,
        class: text(object, "resource_class")?.map(str::to_owned),
        traits: words(text(object, "traits")?.unwrap_or_default()),
        managed,
        place: place.to_owned(),
    })
}
