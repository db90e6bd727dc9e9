//! What the running agent shows of itself, and the little that can be asked of it. Reads the latest status
//! from a watch channel; imports no edge.

mod app;
mod condition;
mod gpu_metrics;
mod listener;
mod metrics;
mod out;
mod page;
mod ready;
mod serve;
mod service;
mod socket;
mod status_metrics;

use std::pin::Pin;

pub use app::{App, Clock, Shown};
pub use listener::listen;
pub use metrics::{PREFIX, registry};
pub use ready::ready;
pub use service::Service;
pub use socket::{Socket, SocketError, ask};

use crate::model::PciAddress;

/// What can be asked of a running agent over its socket. Nobody but root and the agent's group reaches that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// A cycle now.
    Cycle,
    /// NVML closed until further notice.
    Release,
    /// NVML opened again.
    Resume,
    /// What is remembered of that GPU's XID events is over.
    Heal(PciAddress),
}

/// Passes a question on to the loop and waits for its line.
pub trait Control: Send + Sync + 'static {
    /// The answer; an error text if the loop does not answer.
    fn ask(&self, what: Ask) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>>;
}

#[cfg(test)]
mod tests;
