//! Every entry point is one call of [`answer`]: it takes the lock, counts the call, answers what the
//! host file injects, turns the outcome into a return code, and lets no panic cross into C.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nvml_wrapper_sys::bindings::nvmlReturn_t;

use crate::beside;
use crate::codes::Code;
use crate::host::{Injected, Injections};
use crate::session::Session;
use crate::state::State;

static STATE: Mutex<State> = Mutex::new(State::new());

/// How often a hanging call looks whether the host file releases it.
const HANG_LOOK: Duration = Duration::from_millis(20);
/// How often a wait for an event looks at the host file.
const EVENT_LOOK: Duration = Duration::from_millis(10);

/// Which try of an entry point it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Try {
    First,
    AfterHang,
    /// Goes on as the first did.
    Again,
}

/// Why an entry point does not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Code(Code),
    Hang,
    /// Nothing yet: to be asked again after [`EVENT_LOOK`].
    Again,
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

/// When an entry point may be called, and whether it looks at the host file first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Opens or closes a session; a new one reads the host file.
    Lifecycle,
    /// Begins a scan: sees the host file as it is now.
    Scan,
    /// Goes on with the host that the scan began with, so that one scan sees one host.
    Within,
}

/// Runs an entry point.
///
/// The lock is released before a hanging call waits, so that one hanging GPU does not stop the threads
/// that ask about others.
pub(crate) fn answer(
    symbol: &'static str,
    kind: Kind,
    body: impl Fn(&mut Session<'_>) -> Result<(), Fault>,
) -> nvmlReturn_t {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut nth = Try::First;
        // Before the lock is taken, so that the calls of several threads take their time side by side.
        thread::sleep(latency(symbol));
        loop {
            let (rest, next) = match once(symbol, kind, nth, &body) {
                Err(Fault::Hang) => (HANG_LOOK, Try::AfterHang),
                Err(Fault::Again) => (EVENT_LOOK, Try::Again),
                Err(Fault::Code(code)) => return Err(code),
                Ok(()) => return Ok(()),
            };
            thread::sleep(rest);
            nth = next;
        }
    }));
    match outcome {
        Ok(Ok(())) => 0,
        Ok(Err(code)) => code.number(),
        // A defect of the simulation; unwinding into C would be worse.
        Err(_) => Code::Unknown.number(),
    }
}

/// How long this call is to take, by the host as it was read last.
fn latency(symbol: &str) -> Duration {
    let state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    state.host().map(|host| host.latency(symbol)).unwrap_or_default()
}

fn once(
    symbol: &'static str,
    kind: Kind,
    nth: Try,
    body: &impl Fn(&mut Session<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    if kind != Kind::Lifecycle && state.initialised == 0 {
        // Header: "if the library has not been successfully initialized", of every call but a few.
        return Err(Code::Uninitialized.into());
    }
    if (kind != Kind::Within && nth != Try::Again) || nth == Try::AfterHang {
        state.refresh();
    }
    let host = state.host();
    let mut session = Session::new(symbol, &mut state);
    let outcome = match &host {
        Ok(host) => injected(&host.errors, symbol).and_then(|()| body(&mut session)),
        Err(_) => body(&mut session),
    };
    if let (Ok(host), Try::First) = (host, nth) {
        beside::log_call(&host, symbol, session.gpu_address().as_deref());
    }
    if state.initialised == 0 {
        // Only with no session, and so no other call under way that could hold something of it.
        state.release();
    }
    outcome
}

/// What the host file wants this entry point to answer.
pub(crate) fn injected(injections: &Injections, symbol: &str) -> Result<(), Fault> {
    match injections.get(symbol) {
        Some(Injected::Code(code)) => Err(Fault::Code(*code)),
        Some(Injected::Hang) => Err(Fault::Hang),
        // For the answer itself to heed.
        Some(Injected::Odd(_)) | None => Ok(()),
    }
}
