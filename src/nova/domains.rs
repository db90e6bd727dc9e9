//! The domains of this host's libvirt, from its own files: `/etc/libvirt/qemu` has what is defined,
//! `/run/libvirt/qemu` what runs. Only read, and without libvirt's library: an agent that looks must not need a
//! daemon's leave.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};
use uuid::Uuid;

use crate::model::{Code, Domain, Domains, Finding, PciAddress};

/// No domain's file is longer; a hundred devices take some 50 KB.
const LONGEST: u64 = 4 << 20;

/// Reads every domain. What runs is shown as it runs, whatever else is defined.
pub fn read_domains(folders: &[PathBuf]) -> Domains {
    let mut domains = Domains { known: true, ..Domains::default() };
    for folder in folders {
        let files = match xml_files(folder) {
            Ok(files) => files,
            Err(error) => {
                domains.known = false;
                domains.problems.push(unreadable(folder, &error.to_string()));
                continue;
            }
        };
        for file in files {
            match read(&file) {
                Ok(Some(domain)) => {
                    let known = domains.all.get(&domain.uuid);
                    if known.is_none_or(|known| !known.running) {
                        domains.all.insert(domain.uuid, domain);
                    }
                }
                Ok(None) => {}
                Err(why) => {
                    domains.known = false;
                    domains.problems.push(unreadable(&file, &why));
                }
            }
        }
    }
    domains
}

fn unreadable(path: &Path, why: &str) -> Finding {
    Finding::new(
        Code::DomainsUnreadable,
        path.display(),
        format!("libvirt's domains cannot be read: {why}"),
        "run it as root on the compute host, or set nova.libvirt_domains to where libvirt has them; without, nobody \
         is taken for missing or without a GPU",
    )
}

fn xml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xml") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// One file; none where it is of something else, or went away meanwhile.
fn read(file: &Path) -> Result<Option<Domain>, String> {
    let length = match std::fs::metadata(file) {
        Ok(meta) => meta.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if length > LONGEST {
        return Err(format!("{length} bytes, which no domain has"));
    }
    match std::fs::read(file) {
        Ok(bytes) => domain(&String::from_utf8_lossy(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// A `<domain>`, or a `<domstatus>` around it, as a running one has.
fn domain(text: &str) -> Result<Option<Domain>, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let top = document.root_element();
    let (node, running) = match top.tag_name().name() {
        "domain" => (Some(top), false),
        // A file stays for a moment after the end.
        "domstatus" => (child(top, "domain"), !matches!(top.attribute("state"), Some("shutoff" | "crashed"))),
        _ => return Ok(None),
    };
    let node = node.ok_or("a domstatus without a domain")?;
    let uuid = child(node, "uuid").and_then(|uuid| uuid.text()).unwrap_or_default().trim();
    let uuid = Uuid::parse_str(uuid).map_err(|_| format!("its uuid is {uuid:?}"))?;
    let mut domain = Domain {
        uuid,
        name: text_of(child(node, "name")).unwrap_or_else(|| uuid.to_string()),
        server: server_name(node),
        running,
        mediated: BTreeSet::new(),
        functions: BTreeSet::new(),
    };
    let devices = child(node, "devices").into_iter().flat_map(|devices| devices.children());
    for device in devices.filter(|device| device.tag_name().name() == "hostdev") {
        let Some(address) = child(device, "source").and_then(|source| child(source, "address")) else {
            continue;
        };
        match device.attribute("type") {
            Some("mdev") => {
                domain.mediated.extend(address.attribute("uuid").and_then(|uuid| Uuid::parse_str(uuid).ok()));
            }
            Some("pci") => domain.functions.extend(function(address)),
            _ => {}
        }
    }
    Ok(Some(domain))
}

/// By its local name: metadata has namespaces, and each version of Nova another one.
fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

fn text_of(node: Option<Node<'_, '_>>) -> Option<String> {
    let text = node?.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `<metadata><nova:instance><nova:name>web-1</nova:name>`.
fn server_name(domain: Node<'_, '_>) -> Option<String> {
    let instance = child(child(domain, "metadata")?, "instance")?;
    text_of(child(instance, "name"))
}

/// `<address domain='0x0000' bus='0x41' slot='0x00' function='0x4'/>`.
fn function(address: Node<'_, '_>) -> Option<PciAddress> {
    let number = |name: &str| {
        let text = address.attribute(name)?;
        match text.strip_prefix("0x") {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
            None => text.parse().ok(),
        }
    };
    let domain = number("domain").unwrap_or(0);
    let (bus, slot, function) = (number("bus")?, number("slot")?, number("function")?);
    format!("{domain:04x}:{bus:02x}:{slot:02x}.{function:x}").parse().ok()
}

#[cfg(test)]
mod tests;
