//! Drivers that do not wait, or tell what cannot be.

use super::super::odd_driver::built;
use super::*;
use crate::hardware::Options;
use crate::model::{GpuInstanceId, Xid};

/// A driver that always has this to tell, at once.
const ALWAYS: [&str; 5] =
    ["EVENTS", "EVENT_DEVICE=&gpu", "EVENT_KIND=8", "EVENT_DATA=asked", "EVENT_INSTANCE=0xffffffffu"];

fn watching(oddities: &[&str]) -> (tempfile::TempDir, Events) {
    let (folder, library) = built(oddities);
    let mut events = Events::new();
    let options = Options {
        library: Some(library),
        sysfs: None,
        deadline: Duration::from_secs(5),
        ..Options::default()
    };
    events.configure(true, options);
    (folder, events)
}

fn told(oddities: [&str; 5]) -> Event {
    let (_folder, events) = watching(&oddities);
    block_on(async {
        // That it is watched from now on comes in between, where it has not been asked for.
        loop {
            match soon(&events).await.unwrap() {
                Event::Unseen if oddities != UNCLEAR_DEVICE && !oddities.contains(&"EVENT_KIND=0x40") => {}
                event => return event,
            }
        }
    })
}

const UNCLEAR_DEVICE: [&str; 5] =
    ["EVENTS", "EVENT_DEVICE=NULL", "EVENT_KIND=8", "EVENT_DATA=79", "EVENT_INSTANCE=1"];

#[test]
fn what_is_told_is_taken_as_it_is_or_as_unclear() {
    let with = |at: usize, value| {
        let mut oddities = ALWAYS;
        oddities[at] = value;
        oddities[3] = if at == 3 { value } else { "EVENT_DATA=48" };
        oddities
    };
    let xid = |instance: Option<u32>| Xid { code: 48, instance: instance.map(GpuInstanceId::new) };
    let gpu = "0000:01:00.0".parse().unwrap();
    assert_eq!(told(with(4, "EVENT_INSTANCE=0xffffffffu")), Event::Xid(gpu, xid(None)));
    assert_eq!(told(with(4, "EVENT_INSTANCE=7")), Event::Xid(gpu, xid(Some(7))));
    assert_eq!(told(with(2, "EVENT_KIND=0x100")), Event::Changed(gpu));
    assert_eq!(told(with(2, "EVENT_KIND=0x40")), Event::Unseen);
    assert_eq!(told(UNCLEAR_DEVICE), Event::Unseen);
}

#[test]
fn a_driver_that_always_has_something_to_tell_keeps_no_processor_busy() {
    let (_folder, events) = watching(&ALWAYS);
    let most = block_on(async {
        let mut most = 0;
        let end = tokio::time::Instant::now() + Duration::from_secs(1);
        while let Ok(event) = tokio::time::timeout_at(end, events.changed()).await {
            if let Event::Xid(_, xid) = event {
                most = most.max(xid.code);
            }
        }
        most
    });
    assert!((20..=210).contains(&most), "asked {most} times in a second");
}

#[test]
fn a_wait_that_ends_early_is_not_repeated_without_a_pause() {
    let mut early = ALWAYS.to_vec();
    early.push("EARLY");
    let (_folder, events) = watching(&early);
    block_on(async {
        assert_eq!(soon(&events).await, Some(Event::Unseen));
        let began = std::time::Instant::now();
        assert!(matches!(soon(&events).await, Some(Event::Xid(..))));
        assert!(began.elapsed() > Duration::from_millis(450), "100 waits took {:?}", began.elapsed());
    });
}

#[test]
fn a_library_that_is_older_than_events_or_gives_no_set_is_not_kept_open() {
    for oddities in [
        &[][..],
        &["EVENTS", "NULL_SET", "EVENT_DEVICE=0", "EVENT_KIND=0", "EVENT_DATA=0", "EVENT_INSTANCE=0"],
    ] {
        let (folder, events) = watching(oddities);
        block_on(async {
            quiet(&events).await;
            assert!(!mapped(folder.path()));
        });
    }
}
