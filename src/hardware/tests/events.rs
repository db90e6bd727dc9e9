//! Events: from the simulated driver, from one that misbehaves, and from the kernel.

mod kernel;
mod nvml;
mod odd;

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;

use crate::hardware::{Event, Events};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// The next event within a time in which one must come, if any does.
async fn soon(events: &Events) -> Option<Event> {
    tokio::time::timeout(Duration::from_secs(5), events.changed()).await.ok()
}

/// None within a time in which one would come.
async fn quiet(events: &Events) {
    let within = tokio::time::timeout(Duration::from_millis(500), events.changed()).await;
    assert!(within.is_err(), "{within:?}");
}

/// Whether any library of that folder is loaded.
fn mapped(folder: &std::path::Path) -> bool {
    std::fs::read_to_string("/proc/self/maps").unwrap().contains(folder.to_str().unwrap())
}

fn threads(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    let names = tasks.map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default());
    names.filter(|found| found.trim() == name).count()
}

async fn until(what: &str, is: impl Fn() -> bool) {
    for _ in 0..1000 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("not {what}");
}
