//! Files that do not answer: opening a pipe that nobody writes to takes for ever, as reading a file of a device
//! can that does not wake up.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::super::within;
use super::*;
use crate::hardware::Scanner;
use crate::model::DeviceProblem;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Lets whoever waits for it go when it is dropped.
struct Pipe(PathBuf);

impl Pipe {
    fn instead_of(path: PathBuf) -> Pipe {
        fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        Pipe(path)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // Both ends: opened for reading and writing, a pipe waits for nobody.
        let opened = File::options().read(true).write(true).open(&self.0);
        std::thread::sleep(Duration::from_millis(100));
        drop(opened);
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_function_that_hangs_hides_no_other_gpu_and_nothing_of_nvml() {
    let host = host(VENDOR);
    let pipe = Pipe::instead_of(file(&host, "0000:41:00.6", "nvidia/current_vgpu_type"));
    let mut scanner = Scanner::new(within(&host, Duration::from_secs(1)));
    block_on(async {
        let first = scanner.scan().await.unwrap();
        assert_eq!(gpu(&first, PF).instances.len(), 7);
        assert!(gpu(&first, PF).blinded_by().is_none());
        let folder = "bus/pci/devices/0000:41:00.6";
        assert_eq!(problems(&host, gpu(&first, PF)), [format!("{folder}: no answer within 1 s")]);
        assert_eq!(gpu(&first, "0000:81:00.0").functions.len(), 2);

        let began = Instant::now();
        let second = scanner.scan().await.unwrap();
        assert_eq!(problems(&host, gpu(&second, PF)), [format!("{folder}: still no answer")]);
        assert_eq!(second, scanner.scan().await.unwrap());
        assert!(began.elapsed() < Duration::from_secs(1), "it is waited for once");
        let (_, what) = scanner.stuck().unwrap();
        assert_eq!(what, format!("reading {}", host.sysfs().join(folder).display()));
        drop(pipe);
        while scanner.stuck().is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let healed = scanner.scan().await.unwrap();
        assert_eq!(gpu(&healed, PF).functions.len(), 4);
    });
}

#[test]
fn a_bus_that_hangs_is_one_problem_of_the_host() {
    let host = host(VENDOR);
    let pipe = Pipe::instead_of(file(&host, "0000:41:00.0", "vendor"));
    let mut scanner = Scanner::new(within(&host, Duration::from_secs(1)));
    block_on(async {
        let first = scanner.scan().await.unwrap();
        let said: Vec<_> = first.files.iter().map(|file| file.error.as_str()).collect();
        assert_eq!((said, first.gpus.len()), (vec!["no answer within 1 s"], 2));
        let problems: Vec<&DeviceProblem> = first.gpus.values().flat_map(|gpu| &gpu.problems).collect();
        assert!(problems.is_empty(), "{problems:?}");
        let second = scanner.scan().await.unwrap();
        assert_eq!(second.files[0].error, "still no answer");
        drop(pipe);
    });
}

#[test]
fn a_file_that_hangs_does_not_keep_nvml_open() {
    let host = host(VENDOR);
    let _pipe = Pipe::instead_of(file(&host, "0000:41:00.6", "numa_node"));
    let mut scanner = Scanner::new(within(&host, Duration::from_secs(1)));
    block_on(async { scanner.scan().await.unwrap() });
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(!maps.contains(host.library().to_str().unwrap()), "the library is mapped still");
}

/// Whether this is a process of this test alone; where it is not, one was started, and has passed. Threads are
/// counted by process, and `cargo test` runs all tests in one.
fn alone(test: &str) -> bool {
    const ALONE: &str = "NPA_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let mut same = std::process::Command::new(std::env::current_exe().unwrap());
    let same = same.args(["--exact", &format!("{module}::{test}")]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&same.stdout);
    assert!(same.status.success() && said.contains("1 passed"), "{said}");
    false
}

#[test]
fn beside_an_nvml_that_fails_a_file_that_hangs_costs_no_further_threads() {
    if !alone("beside_an_nvml_that_fails_a_file_that_hangs_costs_no_further_threads") {
        return;
    }
    let host = SimulatedHost::new(&format!("error = \"driver_not_loaded\"\n{}", toml(VENDOR)));
    let pipe = Pipe::instead_of(file(&host, "0000:41:00.6", "numa_node"));
    let mut scanner = Scanner::new(within(&host, Duration::from_secs(1)));
    let threads = || fs::read_dir("/proc/self/task").unwrap().count();
    block_on(async {
        let first = scanner.scan().await.unwrap_err();
        let waiting = threads();
        let began = Instant::now();
        for _ in 0..10 {
            assert_eq!(scanner.scan().await.unwrap_err(), first);
        }
        assert!(began.elapsed() < Duration::from_secs(1), "it is waited for once");
        while threads() > waiting {
            assert!(began.elapsed() < Duration::from_secs(5), "{} threads", threads());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(pipe);
    });
}
