//! What must hold of every host, whatever was answered.

use std::collections::BTreeMap;

use nvidia_placement_agent::geometry;
use nvidia_placement_agent::hardware::{Anonymiser, fuzzing};
use nvidia_placement_agent::model::{Figures, HostSnapshot, NovaView, PciAddress};
use nvidia_placement_agent::planner::{self, Policy};
use nvidia_placement_agent::report;

/// Bytes that are shown for each byte that came in: JSON escapes one by six, and a text stands in several places.
const SHOWN_FOR_EACH: usize = 64;

/// Bytes that are shown whatever comes in: headings, findings with what to do.
const SHOWN_ANYWAY: usize = 256 << 10;

/// Replays a case, and looks at what came of it.
pub fn replay(text: &str) {
    let Ok(case) = fuzzing::case(text) else { return };
    let printed = fuzzing::printed(&case);
    let read = fuzzing::case(&printed).expect("what is written can be read");
    assert!(read == case, "what is written is not what was read");
    let outcome = case.replay();
    assert!(outcome == case.replay(), "two replays differ");
    let figures = case.figures();
    assert!(figures == case.figures(), "the figures of two replays differ");
    if let Ok(host) = &outcome {
        assert!(figures.keys().all(|address| host.gpus.contains_key(address)), "figures of no GPU");
        look_at(host, &figures, text.len());
    }
    let mut anonymous = case.clone();
    anonymous.anonymise(&mut Anonymiser::new(vec!["cmp1".to_owned()]));
    assert_eq!(anonymous.replay().is_ok(), outcome.is_ok(), "names decide");
}

/// Everything that is made of a host alone, with what moves on it. `input` is how many bytes it was read from.
pub fn look_at(host: &HostSnapshot, figures: &BTreeMap<PciAddress, Figures>, input: usize) {
    let nova = NovaView::default();
    let policy = Policy::default();
    let most = SHOWN_ANYWAY + input * SHOWN_FOR_EACH;
    for (address, gpu) in &host.gpus {
        assert_eq!(*address, gpu.address);
        assert!(gpu.instances.iter().all(|(id, instance)| *id == instance.id));
        let outlook = geometry::outlook(gpu);
        assert!(outlook == geometry::outlook(gpu), "two outlooks differ");
        for cut in [&outlook.most, &outlook.fullest, &outlook.worst].into_iter().flatten() {
            assert!(cut.slots.get() <= 64);
            for (profile, count) in &cut.instances {
                assert!(outlook.fits.get(profile).is_some_and(|fits| count <= fits), "a cut that does not fit");
            }
        }
    }
    let findings = planner::hardware_findings(host, &policy);
    assert!(findings == planner::hardware_findings(host, &policy), "findings differ");
    let prospects = planner::prospects(host, &nova, &policy);
    assert!(prospects == planner::prospects(host, &nova, &policy), "prospects differ");
    for (address, decision) in &prospects {
        let gpu = host.gpus.get(address).expect("a prospect of a GPU that is not there");
        let offered = decision.offers.iter().any(|offer| offer.units > 0);
        assert!(gpu.blinded_by().is_none() || !offered, "a GPU that could not be read is offered");
    }
    let document = report::json::Discover::new(host, &prospects, figures, &findings, None);
    let json = serde_json::to_string(&document).expect("it is JSON");
    assert!(json.len() <= most, "{} bytes of JSON of {input}", json.len());
    // Much of the time goes here: one width for each input, not all for all.
    let width = [None, Some(20), Some(120)].into_iter().nth(input % 3).flatten();
    let view =
        report::View { gpu: None, details: true, profiles: true, types: true, functions: true, width };
    let text = report::discover(host, &prospects, figures, view);
    assert!(text == report::discover(host, &prospects, figures, view), "two texts differ");
    assert!(text.len() <= most * 2, "{} bytes of text of {input}", text.len());
    let plain = without_colours(&text);
    assert!(!plain.contains(|c: char| c.is_control() && c != '\n'), "what steers a terminal came through");
    if let Some(gpu) = host.gpus.keys().nth(input % 4) {
        let one = report::json::Discover::new(host, &prospects, figures, &findings, Some(*gpu));
        assert!(serde_json::to_string(&one).is_ok());
    }
}

/// The text without `ESC [ digits m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        plain.push_str(rest.strip_prefix('m').expect("a sequence that colours"));
    }
    plain
}
