//! The kernel's uevents: virtual functions, drivers and mediated devices that come and go.

use std::io;
use std::os::fd::OwnedFd;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recvfrom, socket_with};
use rustix::pipe::{PipeFlags, pipe_with};

use super::queue::{Event, Queue};
use super::uevent::Uevent;

/// The group that the kernel speaks to. Another is udev's.
const KERNEL_GROUP: u32 = 1;

/// Bytes of a message: the kernel's buffer for one has 2 KiB.
const MESSAGE: usize = 8 << 10;

/// Which messages matter.
pub(in crate::hardware) type Filter = fn(&Uevent<'_>) -> bool;

/// A thread that listens until this is dropped.
#[derive(Debug)]
pub(in crate::hardware) struct KernelWatch {
    // The other end of it is polled: closing this wakes the thread.
    _end: OwnedFd,
}

impl KernelWatch {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// Where the kernel or a sandbox does not let this process.
    pub(in crate::hardware) fn start(queue: Queue, matters: Filter) -> io::Result<KernelWatch> {
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(KOBJECT_UEVENT),
        )?;
        bind(&socket, &SocketAddrNetlink::new(0, KERNEL_GROUP))?;
        KernelWatch::of(socket, queue, matters)
    }

    /// Listens to that socket.
    pub(in crate::hardware) fn of(socket: OwnedFd, queue: Queue, matters: Filter) -> io::Result<KernelWatch> {
        let (ended, end) = pipe_with(PipeFlags::CLOEXEC)?;
        let listen = move || {
            if let Err(error) = listen(&socket, &ended, &queue, matters) {
                tracing::warn!(
                    "uevents of the kernel are not received any more, the interval finds what changes: {error}"
                );
            }
        };
        thread::Builder::new().name("hardware-kernel".to_owned()).spawn(listen)?;
        Ok(KernelWatch { _end: end })
    }
}

fn listen(socket: &OwnedFd, ended: &OwnedFd, queue: &Queue, matters: Filter) -> rustix::io::Result<()> {
    let mut message = vec![0; MESSAGE];
    loop {
        let mut ready = [PollFd::new(socket, PollFlags::IN), PollFd::new(ended, PollFlags::IN)];
        match poll(&mut ready, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        let [_, end] = &ready;
        if !end.revents().is_empty() {
            return Ok(());
        }
        loop {
            match recvfrom(socket, message.as_mut_slice(), RecvFlags::empty()) {
                Ok((read, _, from)) => {
                    let of_kernel = from
                        .and_then(|from| SocketAddrNetlink::try_from(from).ok())
                        .is_some_and(|from| from.pid() == 0);
                    let uevent = message.get(..read).filter(|_| of_kernel).and_then(Uevent::parse);
                    if let Some(uevent) = uevent.filter(|uevent| matters(uevent)) {
                        tracing::debug!("the kernel says: {uevent:?}");
                        queue.push(Event::Kernel);
                    }
                }
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                // More came than there was room for: any of them may have mattered.
                Err(Errno::NOBUFS) => queue.push(Event::Kernel),
                Err(error) => return Err(error),
            }
        }
    }
}
