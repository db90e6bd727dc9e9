//! `nvidia-placement-agent` publishes what the NVIDIA GPUs of a host can give to guests to OpenStack Placement.
//!
//! # What it is
//!
//! A GPU in MIG mode is cut into GPU instances, each of a profile such as `1g.5gb`; on a vGPU host, guests get vGPUs
//! of a type such as `NVIDIA L40S-8Q`, inside of GPU instances or in turns on the whole GPU. For each kind that a GPU
//! can give, the agent keeps one resource provider under the compute node's root provider, with as many `VGPU` as
//! there can be at once, and a trait such as `CUSTOM_NVIDIA_1G5GB`. A flavor that asks for both lands where one is
//! free.
//!
//! Five promises shape everything here:
//!
//! 1. What Placement says can be allocated, the hardware has. When in doubt, less.
//! 2. It never writes what another service owns, touches no allocation, and deletes nothing that is in use.
//! 3. A cycle in which nothing changed costs one request and writes nothing.
//! 4. Killed at any instant, the next start converges; nothing is stored on the host.
//! 5. What it does can be seen before and after, and each decision carries its reason.
//!
//! # What it is not
//!
//! It cuts no GPU, attaches no device to a guest, and makes no root provider. Nova's libvirt driver attaches
//! only what it reported itself, so under a Nova compute node everything is published reserved, unless an
//! operator says that something else attaches it ([`planner::Attachable`]).
//!
//! # How data flows
//!
//! ```text
//!  NVML, sysfs ► hardware ──► HostSnapshot ──┐
//!  agent.toml ─► config ────► Policy ────────┤
//!  compute_id ─► nova ──┐                    ├─► Facts ─► planner::decide ► what is still to be read ─┐
//!                       ▼                    │     ▲                                                  │
//!  Placement ─► find_root ─► placement::Observer ──┴── ObservedTree (+ usages and traits asked for) ◄─┘
//!                                                  │
//!                                    planner::decide ─► Decision { devices, providers, findings, plan }
//!                                                  │
//!             Placement ◄── reconciler::apply ◄── Plan: traits, then one group of steps for each GPU
//!                                                  │
//!                                                  └─► Cycle (decided, done, and why) ─► report ─► cli
//! ```
//!
//! One way, no way back. The pure rooms take values and give values; the edges talk to the world and decide
//! nothing; only [`reconciler`] and [`cli`] join them. One cycle is [`reconciler::Reconciler::cycle`], and it
//! fits on a screen: begin there. `apply` is one such cycle, with a person watching. `run` is
//! [`reconciler::Agent`]: it wakes (after an interval, at an event of NVML or the kernel or a change of a watched
//! file, when something has settled, on request), scans, goes through one cycle, tells the log and the status what changed, and waits.
//! How long something has looked the same, and who keeps undoing what, is in [`planner::Memory`]. Failures in a
//! row make it wait longer and longer, up to five minutes; it ends only when it is told to.
//!
//! # Where things live
//!
//! | room | kind | what |
//! |---|---|---|
//! | [`model`] | pure | the values that all rooms speak in: ids, snapshot, tree, decision, plan, cycle, findings, trait grammar, provider identity |
//! | [`geometry`] | pure | slots and placements: what fits beside what on one GPU |
//! | [`planner`] | pure | what should be in Placement, which writes lead there, and why |
//! | [`advice`] | pure | what to do or to know beyond one decision: which flavors the host calls for and what those of the cloud get, what Nova has to be told, whether a flavor gets its GPU, and why something is as it is |
//! | [`hardware`] | edge | one scan of the GPUs through NVML and sysfs, on threads of its own; events that wake the loop; samples of what moves by itself; the only `unsafe` |
//! | [`nova`] | edge | what this host's nova-compute is called: `compute_id`, host name; Nova's configuration files; libvirt's domains; what Nova knows of guests; the flavors |
//! | [`identity`] | edge | from credentials to a token and an endpoint; the `openstack` crate on that login |
//! | [`placement`] | edge | Placement's requests, what its answers mean, and what is known of a tree |
//! | [`config`] | edge | from files and environment to validated settings, and where the credentials come from |
//! | [`reconciler`] | joins | finds the root; observes, decides, applies; once, or again and again |
//! | [`telemetry`] | edge | what the running agent answers over HTTP: status, documents, metrics; on its socket also the few questions it takes; what systemd is told |
//! | [`report`] | pure | versioned JSON, text, pictures and the status page, from the same values |
//! | [`cli`] | joins | one file for each command |
//!
//! Arrows: `model ← geometry ← planner ← advice`. Edges import `model`; `placement` also what tokens and HTTP need of
//! `identity`, `config` the types that it configures and Nova's files, and `report` what
//! `config show` shows, and what `advice` found out. A
//! test reads the arrows from the source (`src/tests/rooms.rs`). `docs/development/architecture.md` has the reasons
//! for what looks odd, and says what is planned and not built.

pub mod advice;
pub mod cli;
pub mod config;
pub mod geometry;
pub mod hardware;
pub mod identity;
pub mod model;
pub mod nova;
pub mod placement;
pub mod planner;
pub mod reconciler;
pub mod report;
pub mod telemetry;

#[cfg(test)]
mod tests;
