//! `run`: the real binary, left alone with a simulated host, a real Placement, and whatever can happen.

mod agents;
mod conflicts;
pub(crate) mod daemon;
mod drift;
mod ending;
mod events;
mod fake;
mod figures;
mod full_read;
mod hang;
mod health;
mod http;
mod keystone;
mod metrics;
mod outage;
mod projects;
mod release;
mod reload;
mod reslice;
mod root;
mod scans;
pub(crate) mod steady;
mod storm;
pub(crate) mod switch;
mod together;
