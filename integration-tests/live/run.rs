//! `run`: the real binary, left alone with a simulated host, a real Placement, and whatever can happen.

mod daemon;
mod drift;
mod ending;
mod fake;
mod hang;
mod outage;
mod release;
mod reload;
mod reslice;
mod root;
mod scans;
mod steady;
mod switch;
mod together;
