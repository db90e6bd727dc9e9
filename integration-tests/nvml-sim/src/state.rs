//! What this copy of the library knows: whether it is initialised, the host as last read, and which
//! handles were given out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::answer::Fault;
use crate::beside;
use crate::codes::Code;
use crate::events::EventSet;
use crate::handles::{Handles, Life};
use crate::host::{Host, HostError, PciAddress};

type Identity = (PciAddress, (u32, u32, u32, u32));

pub(crate) struct State {
    pub(crate) initialised: u32,
    pub(crate) ever_initialised: bool,
    pub(crate) handles: Handles,
    /// By the number of their handle.
    pub(crate) event_sets: BTreeMap<u64, EventSet>,
    /// By the number of their handle.
    pub(crate) gpm_samples: BTreeMap<u64, crate::exports::Taken>,
    loaded: Option<Loaded>,
    /// The host file as an event set saw it last: ahead of what a scan that is under way goes on with.
    peeked: Option<Loaded>,
    lives: BTreeMap<Identity, Life>,
    last_life: Life,
    /// Texts (or reasons why there is none) that were complained about.
    reported: BTreeSet<String>,
    /// Calls about each GPU in this session, for those that get lost after some.
    pub(crate) asked: BTreeMap<PciAddress, u32>,
    /// Lists that have grown once already.
    pub(crate) grown: BTreeSet<&'static str>,
}

struct Loaded {
    text: Result<String, HostError>,
    host: Result<Arc<Host>, HostError>,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self {
            initialised: 0,
            ever_initialised: false,
            handles: Handles::new(),
            event_sets: BTreeMap::new(),
            gpm_samples: BTreeMap::new(),
            loaded: None,
            peeked: None,
            lives: BTreeMap::new(),
            last_life: 0,
            reported: BTreeSet::new(),
            asked: BTreeMap::new(),
            grown: BTreeSet::new(),
        }
    }

    /// Gives back all memory but the numbers that must not come again: the library may be unloaded now, and
    /// whoever loads it again and again would pay for each time.
    pub(crate) fn release(&mut self) {
        let mut handles = std::mem::replace(&mut self.handles, Handles::new());
        handles.forget_all();
        let (ever_initialised, last_life) = (self.ever_initialised, self.last_life);
        *self = Self { ever_initialised, handles, last_life, ..Self::new() };
        // SAFETY: what refers to the tables are hosts. Those of this state were dropped just now, and copies of
        // them live only while a call holds the lock that guards it: one that hangs or waits holds none meanwhile.
        unsafe { crate::data::release() };
    }

    /// Takes up the host file as it is now. The text itself is compared: times and sizes miss a rewrite
    /// within one tick of the clock, and the file is small.
    pub(crate) fn refresh(&mut self) {
        let text = beside::host_text();
        if self.loaded.as_ref().is_some_and(|loaded| loaded.text == text) {
            return;
        }
        let host = text.clone().and_then(|text| Host::parse(&text)).map(Arc::new);
        match &host {
            Ok(host) => self.follow_instances(host),
            Err(error) => {
                let key = text.clone().unwrap_or_else(|error| error.to_string());
                if self.reported.insert(key) {
                    beside::complain(error);
                }
            }
        }
        self.loaded = Some(Loaded { text, host });
    }

    /// The host file as it is now, for events: a scan that is under way sees nothing of it. A file that is
    /// refused is an unexpected error, as for all calls.
    pub(crate) fn peek(&mut self) -> Result<Arc<Host>, Fault> {
        let text = beside::host_text();
        let fits = |known: &Option<Loaded>| known.as_ref().is_some_and(|known| known.text == text);
        if !fits(&self.peeked) {
            let host = match self.loaded.as_ref().filter(|loaded| loaded.text == text) {
                Some(loaded) => loaded.host.clone(),
                None => text.clone().and_then(|text| Host::parse(&text)).map(Arc::new),
            };
            self.peeked = Some(Loaded { text, host });
        }
        match &self.peeked {
            Some(Loaded { host: Ok(host), .. }) => Ok(Arc::clone(host)),
            _ => Err(Code::Unknown.into()),
        }
    }

    /// An unreadable or refused host file is an unexpected error of the simulation itself: UNKNOWN is the
    /// one code that the header reserves for such.
    pub(crate) fn host(&self) -> Result<Arc<Host>, Fault> {
        match &self.loaded {
            Some(Loaded { host: Ok(host), .. }) => Ok(Arc::clone(host)),
            _ => Err(Code::Unknown.into()),
        }
    }

    /// Instances that are still there keep their life, new ones get one.
    fn follow_instances(&mut self, host: &Host) {
        let before = std::mem::take(&mut self.lives);
        for gpu in &host.gpus {
            for instance in &gpu.instances {
                let identity = (gpu.address, instance.identity());
                let life = before.get(&identity).copied().unwrap_or_else(|| {
                    self.last_life += 1;
                    self.last_life
                });
                self.lives.insert(identity, life);
            }
        }
    }

    pub(crate) fn life(&self, gpu: PciAddress, instance: (u32, u32, u32, u32)) -> Option<Life> {
        self.lives.get(&(gpu, instance)).copied()
    }
}
