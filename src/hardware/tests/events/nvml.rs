//! What NVML says happens.

use std::time::Instant;

use super::super::within;
use super::*;
use crate::model::{GpuInstanceId, PciAddress, Xid};

const A: &str = "0000:41:00.0";
const B: &str = "0000:81:00.0";

fn host(first: &str, second: &str) -> String {
    let gpu = |address: &str, lines: &str| {
        format!("[[gpu]]\naddress = \"{address}\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n{lines}\n")
    };
    format!("privileged = true\ncount_calls = \"calls.log\"\n{}{}", gpu(A, first), gpu(B, second))
}

const CUT: &str = "instances = [\"7x 1g.5gb\"]";

fn at(address: &str) -> PciAddress {
    address.parse().unwrap()
}

/// Watched already: what came before has been told.
async fn watched(host: &SimulatedHost) -> Events {
    let mut events = Events::new();
    events.configure(true, within(host, Duration::from_secs(1)));
    assert_eq!(soon(&events).await, Some(Event::Unseen));
    events
}

fn waits(host: &SimulatedHost) -> usize {
    host.calls().iter().filter(|call| call.starts_with("nvmlEventSetWait_v2")).count()
}

#[test]
fn a_new_cut_and_an_xid_are_told_with_where_they_are() {
    let sim = SimulatedHost::new(&host(CUT, CUT));
    block_on(async {
        let events = watched(&sim).await;
        let began = Instant::now();
        sim.rewrite(&host(CUT, "instances = [\"3g.20gb\"]"));
        assert_eq!(soon(&events).await, Some(Event::Changed(at(B))));
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        let xids = "xids = [{ code = 79 }, { code = 31, instance = 9 }]";
        sim.rewrite(&host(&format!("{CUT}\n{xids}"), "instances = [\"3g.20gb\"]"));
        let told = [soon(&events).await.unwrap(), soon(&events).await.unwrap()];
        let in_instance = Xid { code: 31, instance: Some(GpuInstanceId::new(9)) };
        let whole = Xid { code: 79, instance: None };
        // In any order: both wait when they are asked for, or one does.
        assert!(told.contains(&Event::Xid(at(A), in_instance)), "{told:?}");
        assert!(told.contains(&Event::Xid(at(A), whole)), "{told:?}");
        quiet(&events).await;
    });
}

#[test]
fn what_happens_again_before_it_is_asked_for_is_one_event() {
    let sim = SimulatedHost::new(&host(CUT, CUT));
    block_on(async {
        let events = watched(&sim).await;
        for cut in ["\"6x 1g.5gb\"", "\"5x 1g.5gb\"", "\"4x 1g.5gb\"", ""] {
            sim.rewrite(&host(&format!("instances = [{cut}]"), CUT));
            std::thread::sleep(Duration::from_millis(60));
        }
        assert_eq!(soon(&events).await, Some(Event::Changed(at(A))));
        quiet(&events).await;
    });
}

#[test]
fn released_it_is_closed_and_sees_nothing_and_resumed_it_says_that_it_may_have_missed_something() {
    let sim = SimulatedHost::new(&host(CUT, CUT));
    block_on(async {
        let mut events = watched(&sim).await;
        assert!(mapped(sim.folder()));
        let began = Instant::now();
        assert_eq!(events.release().await, Ok(()));
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        assert!(!mapped(sim.folder()), "the library is loaded still");
        sim.forget_calls();
        sim.rewrite(&host("instances = []", CUT));
        quiet(&events).await;
        assert_eq!(sim.calls(), Vec::<String>::new());
        events.resume();
        assert_eq!(soon(&events).await, Some(Event::Unseen));
        sim.rewrite(&host(CUT, CUT));
        assert_eq!(soon(&events).await, Some(Event::Changed(at(A))));
        assert_eq!(threads("hardware-events"), 1);
    });
}

#[test]
fn turned_off_nvml_is_never_opened_and_turned_on_it_is() {
    let sim = SimulatedHost::new(&host(CUT, CUT));
    block_on(async {
        let mut events = Events::new();
        events.configure(false, within(&sim, Duration::from_secs(1)));
        quiet(&events).await;
        assert_eq!((sim.calls(), threads("hardware-events")), (Vec::new(), 0));
        events.configure(true, within(&sim, Duration::from_secs(1)));
        assert_eq!(soon(&events).await, Some(Event::Unseen));
        events.configure(false, within(&sim, Duration::from_secs(1)));
        until("closed", || !mapped(sim.folder())).await;
        drop(events);
        until("ended", || threads("hardware-events") == 0).await;
    });
}

#[test]
fn gpus_and_drivers_without_events_keep_nothing_open() {
    let old = "errors = { nvmlDeviceGetSupportedEventTypes = \"function_not_found\" }";
    for lines in ["events = []", old, "errors = { nvmlDeviceRegisterEvents = \"not_supported\" }"] {
        let lines = format!("{CUT}\n{lines}");
        let sim = SimulatedHost::new(&host(&lines, &lines));
        block_on(async {
            let mut events = Events::new();
            events.configure(true, within(&sim, Duration::from_secs(1)));
            until("asked", || sim.calls().iter().any(|call| call.starts_with("nvmlShutdown"))).await;
            until("closed", || !mapped(sim.folder())).await;
            quiet(&events).await;
            let opened = sim.calls().iter().filter(|call| call.starts_with("nvmlInit")).count();
            assert_eq!((opened, waits(&sim)), (1, 0), "{lines}");
        });
    }
}

#[test]
fn one_gpu_without_events_or_without_an_answer_does_not_keep_the_other_from_its_own() {
    for sick in
        ["events = []", "state = \"no-permission\"", "errors = { nvmlDeviceRegisterEvents = \"in_use\" }"]
    {
        let sick = format!("{CUT}\n{sick}");
        let sim = SimulatedHost::new(&host(&sick, CUT));
        block_on(async {
            let events = watched(&sim).await;
            sim.rewrite(&host(&sick, "instances = []"));
            assert_eq!(soon(&events).await, Some(Event::Changed(at(B))), "{sick}");
        });
    }
}

#[test]
fn a_lost_gpu_is_told_once_and_then_tried_again_after_a_while() {
    let sim = SimulatedHost::new(&host(CUT, CUT));
    block_on(async {
        let events = watched(&sim).await;
        sim.forget_calls();
        sim.rewrite(&host(&format!("{CUT}\nstate = \"lost\""), CUT));
        assert_eq!(soon(&events).await, Some(Event::Unseen));
        // After a second it is opened anew, and the GPU that is there is watched.
        assert_eq!(soon(&events).await, Some(Event::Unseen));
        let opened = sim.calls().iter().filter(|call| call.starts_with("nvmlInit")).count();
        assert_eq!(opened, 1);
        sim.rewrite(&host(&format!("{CUT}\nstate = \"lost\""), "instances = []"));
        assert_eq!(soon(&events).await, Some(Event::Changed(at(B))));
    });
}

#[test]
fn a_driver_that_is_not_there_is_tried_again_less_and_less_often() {
    let sim = SimulatedHost::new(&format!("error = \"driver_not_loaded\"\n{}", host(CUT, CUT)));
    block_on(async {
        let mut events = Events::new();
        events.configure(true, within(&sim, Duration::from_secs(1)));
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let tried = sim.calls().iter().filter(|call| call.starts_with("nvmlInit")).count();
        assert!((2..=3).contains(&tried), "{tried} in 2.5 s");
        quiet(&events).await;
        sim.rewrite(&host(CUT, CUT));
        assert_eq!(soon(&events).await, Some(Event::Unseen));
    });
}

#[test]
fn a_call_that_hangs_is_named_costs_one_thread_and_is_not_waited_for_twice() {
    let hangs = format!("{CUT}\nerrors = {{ nvmlDeviceGetSupportedEventTypes = \"hang\" }}");
    let sim = SimulatedHost::new(&host(CUT, &hangs));
    block_on(async {
        let mut events = Events::new();
        events.configure(true, within(&sim, Duration::from_millis(300)));
        until("stuck", || events.stuck().is_some()).await;
        let (_, what) = events.stuck().unwrap();
        assert_eq!(what, "nvmlDeviceGetSupportedEventTypes of the GPU with NVML index 1, for events");
        assert_eq!(events.release().await, Err(what));
        events.resume();
        events.configure(true, within(&sim, Duration::from_millis(300)));
        assert_eq!(threads("hardware-events"), 1);
        sim.rewrite(&host(CUT, CUT));
        assert_eq!(soon(&events).await, Some(Event::Unseen));
        assert_eq!(events.stuck(), None);
        sim.rewrite(&host("instances = []", CUT));
        assert_eq!(soon(&events).await, Some(Event::Changed(at(A))));
    });
}

#[test]
fn told_to_end_it_is_out_of_the_library_soon() {
    let sim = SimulatedHost::new(&host(CUT, CUT));
    block_on(async {
        let events = watched(&sim).await;
        let ending = events.ending();
        let began = Instant::now();
        ending.begin();
        ending.wait(Duration::from_secs(5)).await;
        assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
        assert!(!mapped(sim.folder()));
    });
}
