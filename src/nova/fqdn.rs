//! The host's name as libvirt gives it to Nova, which makes it `hypervisor_hostname` and so the name of the
//! root provider.
//!
//! The rule is that of libvirt's `virGetHostname`: a node name with a dot, or one that begins with
//! `localhost`, is taken as it is; any other is looked up, and the canonical name is taken unless that begins
//! with `localhost`; if the lookup fails, the node name stays.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use dns_lookup::{AddrInfoHints, getaddrinfo};

/// `AI_CANONNAME` of Linux's `netdb.h`.
const AI_CANONNAME: i32 = 0x0002;

/// The name that libvirt would report. The lookup may ask a name server that does not answer, so it is waited
/// for no longer than `patience`; after that the node name stays. Blocks.
pub fn host_fqdn(patience: Duration) -> String {
    let uname = rustix::system::uname();
    let nodename = uname.nodename().to_string_lossy().into_owned();
    if !is_worth_looking_up(&nodename) {
        return nodename;
    }
    let (sender, receiver) = mpsc::channel();
    let name = nodename.clone();
    // A thread of its own: a resolver that hangs is left behind and keeps nothing from ending.
    let looking = thread::Builder::new().name("host-fqdn".to_owned()).spawn(move || {
        // Nobody listens when patience is over, and nobody needs to.
        let _ = sender.send(canonical(&name));
    });
    let found = looking.ok().and_then(|_| receiver.recv_timeout(patience).ok()).flatten();
    if found.is_none() {
        tracing::debug!("no canonical name of {nodename} was found in time: the node name stays");
    }
    choose(nodename, found)
}

fn is_worth_looking_up(nodename: &str) -> bool {
    !nodename.contains('.') && !nodename.starts_with("localhost")
}

fn choose(nodename: String, canonical: Option<String>) -> String {
    match canonical {
        Some(name) if !name.is_empty() && !name.starts_with("localhost") => name,
        _ => nodename,
    }
}

/// The canonical name is on the first entry alone.
fn canonical(name: &str) -> Option<String> {
    let hints = AddrInfoHints { flags: AI_CANONNAME, ..AddrInfoHints::default() };
    getaddrinfo(Some(name), None, Some(hints)).ok()?.next()?.ok()?.canonname
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(nodename: &str, canonical: Option<&str>) -> String {
        choose(nodename.to_owned(), canonical.map(str::to_owned))
    }

    #[test]
    fn a_full_name_and_localhost_are_taken_as_they_are() {
        for name in ["cmp1.example.org", "localhost", "localhost.localdomain", "localhost4"] {
            assert!(!is_worth_looking_up(name), "{name}");
        }
        assert!(is_worth_looking_up("cmp1"));
    }

    #[test]
    fn the_canonical_name_is_taken_unless_it_is_localhost() {
        assert_eq!(chosen("cmp1", Some("cmp1.example.org")), "cmp1.example.org");
        assert_eq!(chosen("cmp1", Some("localhost.localdomain")), "cmp1");
        assert_eq!(chosen("cmp1", Some("")), "cmp1");
        assert_eq!(chosen("cmp1", None), "cmp1");
    }

    #[test]
    fn this_host_has_a_name_whatever_its_resolver_does() {
        assert!(!host_fqdn(Duration::from_millis(200)).is_empty());
        assert!(!host_fqdn(Duration::ZERO).is_empty());
    }
}
