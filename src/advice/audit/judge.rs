//! The verdict on one guest, and what an operator is told of it.

use std::fmt::Display;

use crate::model::{
    Allocated, AuditedGuest, Code, Consumer, DomainState, Finding, GpuPart, GuestServer, Verdict,
};

use super::AuditFacts;
use super::parts::differs;

type Judged = (Verdict, Option<Finding>);

pub(super) fn judge(facts: AuditFacts<'_>, guest: &AuditedGuest) -> Judged {
    match (guest.domain, guest.allocated.is_empty()) {
        (DomainState::Running, false) => running(facts, guest),
        (DomainState::Running, true) => unallocated(facts, guest, "its domain runs with"),
        (DomainState::Stopped, _) => (Verdict::Stopped, None),
        (DomainState::Unknown, _) => (Verdict::Unclear, None),
        (DomainState::Absent, true) => unallocated(facts, guest, "no domain of libvirt's, and the GPU runs"),
        (DomainState::Absent, false) => absent(facts, guest),
    }
}

fn finding(guest: &AuditedGuest, code: Code, seen: impl Display, remedy: &str) -> Option<Finding> {
    let subject = match &guest.name {
        Some(name) => format!("guest {name} ({})", guest.id),
        None => format!("guest {}", guest.id),
    };
    Some(Finding::new(code, subject, seen, remedy))
}

/// It runs, and something is allocated to it.
fn running(facts: AuditFacts<'_>, guest: &AuditedGuest) -> Judged {
    let units: u32 = guest.allocated.iter().map(|one| one.units).sum();
    // What the GPU runs is with the guest, whatever the file says.
    let parts = if guest.attached.is_empty() { &guest.runs } else { &guest.attached };
    let have = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    if have < units {
        let held: Vec<String> = guest.allocated.iter().map(words).collect();
        let held = held.join(", ");
        let seen = match have {
            0 => format!("it runs without what was allocated to it: {held}"),
            _ => format!("it runs with {have} of the {units} that were allocated to it: {held}"),
        };
        // Nova's libvirt driver attaches what it reported itself.
        let remedy = if guest.allocated.iter().any(|one| one.kind.is_some()) {
            "Nova attaches nothing of a provider of this agent's: unless something else does, take own.attachable = \
             \"yes\" out, and `systemctl reload nvidia-placement-agent` (concepts.md, \"Under Nova\")"
        } else {
            "a hard reboot (`openstack server reboot --hard`) attaches a device anew; if it does not, nova-compute's \
             log says why"
        };
        return (Verdict::WithoutGpu, finding(guest, Code::GuestWithoutGpu, seen, remedy));
    }
    if let Some(why) = mismatch(facts, guest, parts) {
        let remedy = "see what changed under it: a type or a cut that was changed while it was stopped; a cold \
                      migration gives it what its flavor asks for";
        return (Verdict::AnotherGpu, finding(guest, Code::GuestOnAnother, why, remedy));
    }
    let shown = |part: &&GpuPart| {
        let gpu = part.gpu.and_then(|gpu| facts.snapshot.gpus.get(&gpu));
        gpu.is_some_and(|gpu| gpu.vgpu.host_mode.is_some() && gpu.blinded_by().is_none())
    };
    if let Some(idle) = parts.iter().find(shown).filter(|_| guest.runs.is_empty()) {
        let seen = format!("its domain runs with {}, and the GPU runs no vGPU for it", idle.device);
        let remedy = "see the vGPU manager's log on the host (`journalctl -u nvidia-vgpu-mgr`), and nvidia-smi in the guest";
        return (Verdict::NotRun, finding(guest, Code::VgpuNotRun, seen, remedy));
    }
    (Verdict::Good, None)
}

/// Why the parts are not those that were allocated, each to be had by one unit.
fn mismatch(facts: AuditFacts<'_>, guest: &AuditedGuest, parts: &[GpuPart]) -> Option<String> {
    let mut left: Vec<&GpuPart> = parts.iter().collect();
    let mut first = None;
    for allocated in &guest.allocated {
        for _ in 0..allocated.units {
            let found = left.iter().position(|part| differs(facts.snapshot, allocated, part).is_none());
            match found {
                Some(index) => drop(left.remove(index)),
                None => first = first.or(Some(allocated)),
            }
        }
    }
    let (allocated, part) = (first?, left.first()?);
    let why = differs(facts.snapshot, allocated, part)?;
    Some(format!("it has {}: {why}", part.device))
}

/// `1g.5gb on 0000:41:00.0 (Nova's cmp1_pci_…)`.
fn words(allocated: &Allocated) -> String {
    let plain = allocated.plain.as_deref().unwrap_or("a vGPU");
    let at = allocated.function.unwrap_or(allocated.gpu);
    let whose = if allocated.kind.is_some() { "this agent's provider" } else { "Nova's provider" };
    format!("{plain} at {at} ({whose})")
}

fn unallocated(facts: AuditFacts<'_>, guest: &AuditedGuest, how: &str) -> Judged {
    let Some(part) = guest.attached.first().or_else(|| guest.runs.first()) else {
        return (Verdict::Good, None);
    };
    let moving = facts.told.consumers.values().any(
        |consumer| matches!(consumer, Consumer::Migration { server, .. } if *server == guest.id && !consumer.is_gone()),
    );
    if moving {
        return (Verdict::Moving, None);
    }
    let gpu = part.gpu;
    let mut providers = super::parts::providers(facts.snapshot, facts.tree);
    let reported = providers.any(|(_, one)| gpu.is_none_or(|gpu| one.allocated(0).gpu.same_bus(gpu)));
    if !reported {
        return (Verdict::Unreported, None);
    }
    let seen = format!("{how} {}, and nothing is allocated to it here", part.device);
    let id = guest.id;
    let remedy = format!(
        "Placement takes the device for free: `openstack server show {id}`; unless it is moving right now, `nova-manage \
         placement heal_allocations --instance {id}` restores what was lost"
    );
    (Verdict::Unallocated, finding(guest, Code::GuestUnallocated, seen, &remedy))
}

/// Something is allocated to it here, and libvirt has nothing of it.
fn absent(facts: AuditFacts<'_>, guest: &AuditedGuest) -> Judged {
    let id = guest.id;
    match facts.told.consumers.get(&guest.id) {
        Some(consumer @ (Consumer::Nobody | Consumer::Migration { .. })) => {
            let seen = match consumer {
                Consumer::Migration { server, status } if consumer.is_gone() => {
                    format!(
                        "it is a migration of server {server} that is {status}, and still holds an allocation"
                    )
                }
                Consumer::Migration { .. } => return (Verdict::Moving, None),
                _ => "Nova has neither a server nor a migration with this UUID: the allocation was leaked"
                    .to_owned(),
            };
            let remedy = format!(
                "when you are sure, `openstack resource provider allocation delete {id}`: this agent touches no allocation"
            );
            (Verdict::Leaked, finding(guest, Code::Leaked, seen, &remedy))
        }
        Some(Consumer::Server(server)) => of_server(facts, guest, server),
        None => {
            let seen = "no domain of libvirt's on this host has this UUID, and Nova does not tell us what it is: a \
                        migration, or an allocation that was leaked";
            (
                Verdict::NoDomain,
                finding(
                    guest,
                    Code::NoDomain,
                    seen,
                    &format!(
                        "look at it as an administrator: `openstack server show {id}`, or among `openstack server migration \
                         list`"
                    ),
                ),
            )
        }
    }
}

fn of_server(facts: AuditFacts<'_>, guest: &AuditedGuest, server: &GuestServer) -> Judged {
    let status = &server.status;
    // What Nova is busy with may have an allocation before it has a domain, or after.
    let busy = [
        "BUILD",
        "REBUILD",
        "RESIZE",
        "VERIFY_RESIZE",
        "REVERT_RESIZE",
        "MIGRATING",
        "HARD_REBOOT",
        "SHELVED",
    ];
    if busy.contains(&status.as_str()) {
        return (Verdict::Moving, None);
    }
    match server.host.as_deref().filter(|host| *host != facts.tree.root_name()) {
        Some(host) => {
            let seen = format!("Nova has it on {host} ({status}), and something is allocated to it here");
            let remedy = "after an evacuation, nova-compute on this host cleans up when it starts; else `nova-manage \
                          placement audit` finds it";
            (Verdict::Elsewhere, finding(guest, Code::GuestElsewhere, seen, remedy))
        }
        None => {
            let seen = format!("Nova has it as {status}, and libvirt on this host has no such domain");
            let remedy = "is this its host, and are nova.libvirt_domains the folders of its libvirt? Else a hard reboot \
                          makes its domain anew";
            (Verdict::NoDomain, finding(guest, Code::NoDomain, seen, remedy))
        }
    }
}
