//! The status page as markup. How it looks and works is looked at in a browser: integration-tests/page.

use std::sync::Arc;

use super::values::{a100, guests, host, many, mixed, running, status};
use crate::model::{Code, CycleNote, Finding, Guest, Held, HostSnapshot, Moment, Outcome, Status};
use crate::report::html::{Refresh, manual, page, policy};

fn shown(status: &Status) -> String {
    page(status, Moment::new(std::time::Duration::from_secs(103)), Refresh::On)
}

#[test]
fn a_host_in_bad_shape() {
    // Style and script have tests of their own, and change without the page.
    let page = shown(&status());
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, script) = rest.rsplit_once("<script>").unwrap();
    assert!(script.contains("setInterval"));
    let version = concat!("nvidia-placement-agent ", env!("CARGO_PKG_VERSION"));
    let shown = format!("{head}{body}").replace(version, "nvidia-placement-agent VERSION");
    insta::assert_snapshot!(shown.replace("><", ">\n<"));
}

#[test]
fn before_anything_was_seen() {
    let page = shown(&Status::default());
    for wanted in
        ["Starting: the first cycle has not ended", "They have not been seen", "Placement has not been read"]
    {
        assert!(page.contains(wanted), "{wanted}");
    }
}

#[test]
fn every_gpu_of_a_large_host_and_what_moves() {
    let page = shown(&running(many()));
    assert_eq!(page.matches("class=\"card\"").count(), 16);
    assert!(page.contains("16 GPUs") && page.contains("24 vGPUs in guests"), "{page}");
    let page = shown(&running(mixed()));
    assert!(
        page.contains("guest 6e0d4e1c-0000-4000-8000-000000000001") && page.contains("Nothing more fits.")
    );
    assert!(shown(&running(a100())).contains("4 × 1g.5gb or 1 × 2g.10gb or 1 × 3g.20gb"));
}

#[test]
fn what_is_old_is_said_to_be() {
    let mut status = running(mixed());
    let late = page(&status, Moment::new(std::time::Duration::from_secs(1000)), Refresh::On);
    assert!(late.contains("No cycle has reached its end in time: the last one 15 min ago"), "{late}");
    status.released = true;
    assert!(shown(&status).contains("Released: NVML is closed on request"));
    status.released = false;
    status.cycle.stopped_by = Some(Finding::new(Code::Unreachable, "Placement", "refused", "wait"));
    assert!(shown(&status).contains("Stopped by NPA0401; the last cycle that reached its end was 3 s ago"));
}

#[test]
fn quiet_cycles_are_one_line_and_others_are_told() {
    let mut status = running(mixed());
    let loud = status_with_steps();
    for second in 0..20 {
        let mut note = loud.clone();
        if second != 12 {
            (note.steps, note.written, note.outcome) = (Vec::new(), 0, Outcome::Converged);
        }
        note.ended = Moment::new(std::time::Duration::from_secs(second));
        status.note(note);
    }
    status.cycles = 20;
    let page = shown(&status);
    assert_eq!(page.matches("nothing to do").count(), 2, "before and after the one that wrote");
    assert!(
        page.contains("id=\"cycle-13\"") && page.contains("6 cycles") && page.contains("12 cycles"),
        "{page}"
    );
}

fn status_with_steps() -> CycleNote {
    status().notes.pop_back().unwrap()
}

#[test]
fn usage_that_nobody_asked_is_a_question_mark() {
    let page = shown(&status());
    assert!(page.contains("? of 1 used, 0 reserved") && page.contains("1 of 3 used, 0 reserved"), "{page}");
}

/// Of a provider whose usage nobody asked, those who hold it say how much is used.
#[test]
fn who_holds_a_provider_is_told_beside_it() {
    let mut status = status();
    let mut held = guests();
    let (many, list) = held.iter_mut().next_back().unwrap();
    let first = list[0].clone();
    *list = (0..100).map(|number| Guest::new(uuid::Uuid::from_u128(number), 1)).collect();
    list[1].project = Some("<b>6f1d2d".to_owned());
    let ours = status.tree.as_ref().unwrap().ours().map(|(_, provider)| provider.uuid).collect::<Vec<_>>();
    assert!(ours.contains(many));
    let told = |status: &Status| {
        let page = shown(status);
        let (_, section) = page.split_once("id=\"providers\"").unwrap();
        section.split_once("</section>").unwrap().0.to_owned()
    };
    status.held = Some(Arc::new(Held {
        guests: held,
        at: Moment::new(std::time::Duration::from_secs(100)),
        fresh_for: std::time::Duration::from_secs(60),
    }));
    let section = told(&status);
    let other = if first.server.is_some() {
        "guest 0b1c2d3e-0000-4000-8000-000000000102"
    } else {
        "guest web-1, ACTIVE, project 6f1d2c, 0b1c2d3e-0000-4000-8000-000000000101"
    };
    assert!(section.contains(other), "{section}");
    assert!(
        section.contains("<summary>100 guests</summary>") && section.contains("and 36 more"),
        "{section}"
    );
    assert!(section.contains("project &lt;b&gt;6f1d2d"), "{section}");
    assert_eq!(section.matches("<li>guest ").count(), 64 + 1);

    // What Placement said long ago is not said now.
    let late = page(&status, Moment::new(std::time::Duration::from_secs(161)), Refresh::On);
    assert!(!late.contains("<li>guest "), "{late}");
}

#[test]
fn names_stay_text() {
    const HOSTILE: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'&\u{1b}[2J\u{202e}\u{0}";
    let mut status = status();
    let mut seen = (*running(host()).hardware.unwrap()).clone();
    let HostSnapshot { driver, gpus, .. } = &mut seen.snapshot;
    *driver = Some(HOSTILE.to_owned());
    gpus.values_mut().for_each(|gpu| {
        HOSTILE.clone_into(&mut gpu.product);
        HOSTILE.clone_into(&mut gpu.uuid);
        gpu.profiles.values_mut().for_each(|profile| HOSTILE.clone_into(&mut profile.name));
    });
    status.hardware = Some(Arc::new(seen));
    let mut tree = (*status.tree.take().unwrap()).clone();
    tree.providers.values_mut().for_each(|provider| HOSTILE.clone_into(&mut provider.name));
    status.tree = Some(Arc::new(tree));
    HOSTILE.clone_into(&mut status.waiting);
    status.findings = vec![Finding::new(Code::NoGpu, HOSTILE, HOSTILE, HOSTILE)];
    let page = shown(&status);
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
    for bad in ["<img", "\u{1b}", "\u{202e}", "\u{0}", "\"><"] {
        assert!(!page.contains(bad) || bad == "\"><" && !page.contains("\"><img"), "{bad:?} got in");
    }
    assert!(page.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn nothing_is_loaded_and_nothing_inline_but_what_the_policy_knows() {
    let policy = policy();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(policy.matches("'sha256-").count(), 2);
    for page in [shown(&status()), manual()] {
        for bad in [" style=\"", " onclick", " onload", "src=", "@import", "url("] {
            assert!(!page.contains(bad), "{bad}");
        }
    }
}

#[test]
fn a_page_that_stands_still_has_no_script() {
    let still = page(&status(), Moment::default(), Refresh::Off);
    assert!(!still.contains("<script") && !still.contains("http-equiv"));
    assert!(shown(&status()).contains("<noscript><meta http-equiv=\"refresh\""));
}

#[test]
fn every_id_is_there_once_and_every_link_on_the_page_leads_somewhere() {
    for page in [shown(&status()), shown(&running(many())), manual()] {
        let of = |what: &str| -> Vec<String> {
            page.split(what).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let ids = of(" id=\"");
        let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        for target in of(" href=\"#").iter().chain(&of(" aria-labelledby=\"")) {
            assert!(ids.contains(target), "#{target}");
        }
    }
}

/// The page's links to messages lead somewhere, whatever the code.
#[test]
fn the_manual_has_every_code() {
    let manual = manual();
    for code in Code::ALL {
        let anchor = format!("<h2 id=\"{}\">", code.as_str().to_lowercase());
        assert!(manual.contains(&anchor), "{anchor}");
    }
    assert!(!manual.contains("configuration.md#"), "other pages are not there");
}
