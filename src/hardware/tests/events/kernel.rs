//! What the kernel says happens.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;

use proptest::prelude::*;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, sendto, socket_with};

use super::*;
use crate::hardware::events::kernel::KernelWatch;
use crate::hardware::events::queue::Queue;
use crate::hardware::events::uevent::Uevent;

/// As `udevadm monitor --kernel --property` shows a virtual function that appears.
const FUNCTION: &[u8] = b"add@/devices/pci0000:40/0000:40:01.0/0000:41:00.4\0ACTION=add\0\
    DEVPATH=/devices/pci0000:40/0000:40:01.0/0000:41:00.4\0SUBSYSTEM=pci\0PCI_CLASS=30200\0PCI_ID=10DE:20B0\0\
    PCI_SUBSYS_ID=10DE:134F\0PCI_SLOT_NAME=0000:41:00.4\0MODALIAS=pci:v000010DEd000020B0\0SEQNUM=4711\0";

fn message(subsystem: &str, more: &str) -> Vec<u8> {
    format!("change@/devices/x\0ACTION=change\0SUBSYSTEM={subsystem}\0{more}\0SEQNUM=1\0").into_bytes()
}

#[test]
fn only_what_may_be_about_gpus_matters() {
    let uevent = Uevent::parse(FUNCTION).unwrap();
    assert_eq!((uevent.action, uevent.subsystem, uevent.pci_id), ("add", "pci", Some("10DE:20B0")));
    assert_eq!(uevent.path, "/devices/pci0000:40/0000:40:01.0/0000:41:00.4");
    assert!(uevent.concerns_gpus());
    let concerns = |subsystem, more| Uevent::parse(&message(subsystem, more)).unwrap().concerns_gpus();
    assert!(concerns("pci", "PCI_ID=10de:2235"));
    assert!(concerns("mdev", "") && concerns("vfio", "") && concerns("vfio-dev", ""));
    for (subsystem, more) in [
        ("pci", "PCI_ID=8086:10DE"),
        ("pci", "PCI_ID=10D"),
        ("pci", ""),
        ("net", "PCI_ID=10DE:20B0"),
        ("block", ""),
    ] {
        assert!(!concerns(subsystem, more), "{subsystem} {more}");
    }
}

#[test]
fn what_is_not_the_kernels_form_is_refused() {
    // The second is how udev's own messages begin.
    for bad in [
        &b""[..],
        b"libudev\0\xfe\xed\xca\xfe\0SUBSYSTEM=pci\0",
        b"\xff@x\0SUBSYSTEM=pci\0",
        b"add@/x\0ACTION=add",
    ] {
        assert_eq!(Uevent::parse(bad), None, "{bad:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = Uevent::parse(&bytes).map(|uevent| uevent.concerns_gpus());
    }

    #[test]
    fn a_message_cut_anywhere_is_read_or_refused(at in 0..FUNCTION.len(), flip in any::<u8>()) {
        let mut bytes = FUNCTION[..at].to_vec();
        if let Some(last) = bytes.last_mut() {
            *last ^= flip;
        }
        let _ = Uevent::parse(&bytes).map(|uevent| uevent.concerns_gpus());
    }
}

async fn next(queue: &Queue) -> Option<Event> {
    tokio::time::timeout(Duration::from_millis(300), queue.next()).await.ok()
}

/// A message to the kernel's group from a process, which only a privileged one may send.
#[test]
fn nobody_but_the_kernel_is_listened_to() {
    let socket =
        socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(KOBJECT_UEVENT));
    let queue = Queue::default();
    let watch = KernelWatch::start(queue.clone(), |uevent| uevent.concerns_gpus()).unwrap();
    // Refused is as good.
    let _ = sendto(socket.unwrap(), FUNCTION, SendFlags::empty(), &SocketAddrNetlink::new(0, 1));
    assert_eq!(block_on(next(&queue)), None);
    drop(watch);

    let (ours, theirs) = UnixDatagram::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let watch =
        KernelWatch::of(OwnedFd::from(theirs), queue.clone(), |uevent| uevent.concerns_gpus()).unwrap();
    ours.send(FUNCTION).unwrap();
    assert_eq!(block_on(next(&queue)), None);
    drop(watch);
    block_on(until("ended", || threads("hardware-kernel") == 0));
}

/// The kernel says it again when it is asked to, which only root may.
#[test]
fn the_kernel_is_heard() {
    let queue = Queue::default();
    let ours = |uevent: &Uevent<'_>| uevent.path.ends_with("/mem/null");
    let _watch = KernelWatch::start(queue.clone(), ours).unwrap();
    let asked = std::fs::write("/sys/devices/virtual/mem/null/uevent", "change");
    let heard = if asked.is_ok() { block_on(queue.next()) } else { Event::Kernel };
    assert_eq!(heard, Event::Kernel, "{asked:?}");
}
