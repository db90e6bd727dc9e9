//! A device that hangs for ever: every further scan goes on without it, and costs no further thread.

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;

use super::deadline::{release, three};
use super::{cut, gpu, within};
use crate::hardware::{HardwareError, Scanner};
use crate::model::DeviceProblem;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Threads of scans in this process (`comm` keeps the first 15 characters of a name).
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    let names = tasks.map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default());
    names.filter(|name| name.starts_with("hardware-")).count()
}

/// A thread that has said its last word may take a moment to end.
async fn assert_no_more_than(count: usize) {
    for _ in 0..200 {
        if threads() <= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} threads wait, {count} did before", threads());
}

#[test]
fn a_gpu_that_hangs_is_not_asked_again_and_the_others_are() {
    let sick = three("errors = { nvmlDeviceGetGpuInstances = \"hang\" }", "");
    let host = SimulatedHost::new(&sick);
    let deadline = Duration::from_secs(2);
    let mut scanner = Scanner::new(within(&host, deadline));
    block_on(async {
        let first = scanner.scan().await.unwrap();
        assert_eq!(cut(gpu(&first, "0000:01:00.0")).len(), 1);
        let after_first = threads();
        let mut before = None;
        for _ in 0..20 {
            let again = scanner.scan().await.unwrap();
            assert_eq!(cut(gpu(&again, "0000:03:00.0")), [("1g.6gb".to_owned(), 4)]);
            let problem = DeviceProblem::Unreadable {
                call: "nvmlDeviceGetGpuInstances",
                error: "still no answer".to_owned(),
            };
            assert_eq!(gpu(&again, "0000:02:00.0").problems, [problem]);
            assert!(before.is_none_or(|before| before == again), "two scans of it are equal");
            before = Some(again);
        }
        assert_no_more_than(after_first).await;
        let (waited, what) = scanner.stuck().unwrap();
        assert!(waited >= deadline);
        assert_eq!(what, "nvmlDeviceGetGpuInstances of GPU 0000:02:00.0");

        release(&host);
        while scanner.stuck().is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let healed = scanner.scan().await.unwrap();
        assert_eq!(gpu(&healed, "0000:02:00.0").problems, []);
        assert_eq!(cut(gpu(&healed, "0000:02:00.0")), [("1g.6gb".to_owned(), 4)]);
    });
}

#[test]
fn nvml_that_does_not_come_up_is_not_begun_twice() {
    let host = SimulatedHost::new(&three("", "errors = { nvmlDeviceGetCount_v2 = \"hang\" }"));
    let mut scanner = Scanner::new(within(&host, Duration::from_millis(300)));
    block_on(async {
        assert!(matches!(scanner.scan().await, Err(HardwareError::Unresponsive { .. })));
        let running = threads();
        for _ in 0..20 {
            assert!(matches!(scanner.scan().await, Err(HardwareError::Unresponsive { .. })));
        }
        assert_no_more_than(running).await;
        assert_eq!(scanner.stuck().unwrap().1, "nvmlDeviceGetCount_v2");
        release(&host);
        while scanner.stuck().is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(scanner.scan().await.unwrap().gpus.len(), 3);
    });
}
