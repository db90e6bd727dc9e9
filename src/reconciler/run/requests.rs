//! What is asked of a running agent, answered between two cycles.

use tokio::sync::oneshot;

use super::Agent;
use crate::model::{Finding, PciAddress, Wake};

/// What can be asked of a running agent. Each is answered with a line.
#[derive(Debug)]
pub enum Request {
    /// A cycle now.
    Cycle(oneshot::Sender<String>),
    /// No scan until [`Request::Resume`]: `sriov-manage` needs NVML closed.
    Release(oneshot::Sender<String>),
    /// Scans again.
    Resume(oneshot::Sender<String>),
    /// What is remembered of that GPU's XID events is over.
    Heal(PciAddress, oneshot::Sender<String>),
    /// The configuration read again: all of it or nothing.
    Reload,
}

impl Request {
    fn nobody_waits(&self) -> bool {
        match self {
            Request::Cycle(reply)
            | Request::Release(reply)
            | Request::Resume(reply)
            | Request::Heal(_, reply) => reply.is_closed(),
            Request::Reload => false,
        }
    }
}

impl Agent {
    /// Answers, and says what to wake for because of it.
    pub(super) async fn answer(&mut self, request: Request) -> Option<Wake> {
        if request.nobody_waits() {
            // Who asked was told that the agent is busy. A release that came true after all, perhaps minutes
            // later and unknown to anybody, would stop the scans for good.
            return None;
        }
        match request {
            Request::Cycle(reply) => {
                let released = self.status.borrow().released;
                let said =
                    if released { "no cycle: NVML is released until `resume`" } else { "a cycle begins" };
                let _ = reply.send(said.to_owned());
                (!released).then_some(Wake::Request)
            }
            Request::Release(reply) => {
                let _ = reply.send(self.release().await);
                None
            }
            Request::Resume(reply) => {
                let was = self.status.borrow().released;
                let said = if was { "resumed: a scan begins" } else { "was not released" };
                if was {
                    self.events.resume();
                    self.sampler.resume();
                    tracing::info!("NVML is opened again on request: a scan begins");
                    self.status.send_modify(|status| {
                        status.released = false;
                        status.waiting = "a scan that begins".to_owned();
                    });
                }
                let _ = reply.send(said.to_owned());
                was.then_some(Wake::Request)
            }
            Request::Heal(address, reply) => {
                let released = self.status.borrow().released;
                let _ = reply.send(self.heal(address));
                (!released).then_some(Wake::Request)
            }
            Request::Reload => {
                self.reload();
                Some(Wake::Reload)
            }
        }
    }

    /// No scan is under way between two cycles, so but for events NVML is closed already, unless a call hangs in
    /// it.
    async fn release(&mut self) -> String {
        let (events, samples) = tokio::join!(self.events.release(), self.sampler.release());
        let scan = self.scanner.stuck().map(|(_, what)| what);
        let said = match scan.or(events.err()).or(samples.err()) {
            Some(what) => {
                tracing::warn!(
                    "NVML is to be closed on request, and a call that has not returned keeps it open: {what}"
                );
                format!("released, but a call has not returned and keeps NVML open: {what}")
            }
            None => {
                tracing::info!("NVML is closed on request: no cycle until `resume`");
                "released: NVML is closed, and stays so until `resume`".to_owned()
            }
        };
        self.status.send_modify(|status| {
            status.released = true;
            status.waiting = "`resume`: NVML was released on request".to_owned();
        });
        self.wait = None;
        said
    }

    fn reload(&mut self) {
        let said = match (self.reload)() {
            Ok(parts) => {
                let left = parts.restart_for.join(" and ");
                self.scanner.set_options(parts.hardware.clone());
                self.events.configure(parts.events, parts.hardware.clone());
                self.sampler.configure(parts.sample, parts.hardware.clone());
                self.parts = parts;
                self.reconciler = None;
                if left.is_empty() {
                    tracing::info!("the configuration was read again and is in force");
                    "in force".to_owned()
                } else {
                    tracing::warn!(
                        "the configuration was read again and is in force, but for {left}: restart for that"
                    );
                    format!("in force; but not {left}, which a restart takes up")
                }
            }
            Err(finding) => {
                let Finding { code, seen, remedy, .. } = finding;
                tracing::error!(
                    code = code.as_str(),
                    "the configuration was not changed: {code}: {seen} → {remedy}"
                );
                format!("not changed: {code} {seen}")
            }
        };
        self.status.send_modify(|status| status.reload = Some(said));
    }
}
