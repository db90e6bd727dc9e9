//! Pictures: well-formed, complete in words, and nothing in them that a name brought along.

use roxmltree::Document;

use super::values::{a100, guests, host, many, mixed, tree};
use crate::model::{HostSnapshot, NovaView, Xid};
use crate::planner::{Policy, prospects};
use crate::report::{View, svg};

const DETAILS: View =
    View { gpu: None, details: true, profiles: false, types: false, functions: false, width: None };

fn drawn(host: &HostSnapshot, view: View) -> String {
    svg::discover(host, &prospects(host, &NovaView::default(), &Policy::default()), view)
}

/// What a screen reader gets.
fn words(picture: &str) -> String {
    let document = Document::parse(picture).unwrap();
    let desc = document.descendants().find(|node| node.has_tag_name("desc")).unwrap();
    desc.text().unwrap_or_default().to_owned()
}

fn of_class(picture: &str, class: &str) -> usize {
    let document = Document::parse(picture).unwrap();
    document.descendants().filter(|node| node.attribute("class") == Some(class)).count()
}

#[test]
fn an_a100_and_what_still_fits() {
    let picture = drawn(&a100(), DETAILS);
    insta::assert_snapshot!(picture);
    insta::assert_snapshot!("an_a100_in_words", words(&picture));
}

#[test]
fn a_mixed_host_in_words() {
    insta::assert_snapshot!(words(&drawn(&mixed(), DETAILS)));
}

#[test]
fn guests_free_slots_and_what_is_ill_look_different() {
    let mut mixed = mixed();
    let gpu = mixed.gpus.values_mut().next().unwrap();
    let instance = gpu.instances.keys().next_back().copied();
    gpu.health.xids = [Xid { code: 95, instance }].into();
    let picture = drawn(&mixed, View::default());
    // Two of four instances of the first GPU are in guests, one of those that are not is ill.
    assert_eq!(of_class(&picture, "held"), 3, "one more is time-sliced");
    assert_eq!((of_class(&picture, "ill"), of_class(&picture, "alert")), (1, 1));
    assert_eq!(of_class(&picture, "part"), 2, "of the third nobody tells guests");
    assert!(words(&picture).contains("not well: XID 95"));
}

#[test]
fn as_many_slots_as_there_are() {
    let ticks = |picture: &str| of_class(picture, "tick");
    let a30 = crate::report::tests::values::slots(4);
    assert_eq!(ticks(&drawn(&a30, View::default())), 4 + 4, "its numbers, and four times free");
    let blackwell = crate::report::tests::values::slots(12);
    assert_eq!(ticks(&drawn(&blackwell, View::default())), 12 + 12);
    let nonsense = crate::report::tests::values::slots(4_000_000_000);
    assert_eq!(ticks(&drawn(&nonsense, View::default())), 0, "no picture, and no long wait");
}

#[test]
fn a_host_in_bad_shape_and_a_large_one_are_drawn() {
    let ill = words(&drawn(&host(), DETAILS));
    for wanted in ["problem: the GPU is lost", "the driver does not describe its profile", "NVML index 5"] {
        assert!(ill.contains(wanted), "{wanted}: {ill}");
    }
    assert_eq!(words(&drawn(&many(), View::default())).matches("L40S,").count(), 16);
}

#[test]
fn one_gpu_alone() {
    let address = "0000:41:00.0".parse().unwrap();
    let picture = drawn(&mixed(), View { gpu: Some(address), ..View::default() });
    assert!(words(&picture).contains("0000:41:00.0") && !picture.contains("0000:17:00.0"));
}

#[test]
fn a_tree_in_words() {
    let picture = svg::trees(&[(tree(), guests())], false);
    insta::assert_snapshot!(words(&picture));
    // Nothing of a name is left out of the picture.
    assert!(picture.contains("cmp1.example.org_pci_0000_81_00_4") && picture.contains("web-1"));
    let twice = svg::trees(&[(tree(), guests()), (tree(), guests())], true);
    assert!(words(&twice).len() > 2 * words(&picture).len() && twice.contains("generation 3"));
}

/// Names as a driver, a Placement or somebody with the right to name a server could choose them.
const HOSTILE: &str =
    "</text></svg><script>alert(1)</script>\"'&amp;<!--]]>\u{1b}[2J\u{0}\u{7}\u{9b}\u{202e}\u{ffff}\r";

fn harmless(document: &str) {
    for bad in ["<script", "<img", "<!--", "\u{1b}", "\u{0}", "\u{7}", "\u{9b}", "\u{202e}", "\u{ffff}", "\r"]
    {
        assert!(!document.contains(bad), "{bad:?} got in:\n{document}");
    }
}

#[test]
fn names_stay_text() {
    let mut host = mixed();
    host.driver = Some(HOSTILE.to_owned());
    for gpu in host.gpus.values_mut() {
        HOSTILE.clone_into(&mut gpu.product);
        gpu.profiles.values_mut().for_each(|profile| profile.name = HOSTILE.repeat(9));
        gpu.vgpu.types.values_mut().for_each(|one| HOSTILE.clone_into(&mut one.name));
        gpu.vgpu.active.values_mut().for_each(|vgpu| vgpu.vm = Some(HOSTILE.to_owned()));
    }
    let mut tree = tree();
    tree.providers.values_mut().for_each(|provider| HOSTILE.clone_into(&mut provider.name));
    for picture in
        [drawn(&host, DETAILS), drawn(&host, View::default()), svg::trees(&[(tree, guests())], true)]
    {
        harmless(&picture);
        let document = Document::parse(&picture).unwrap();
        assert!(document.descendants().any(|node| node.text().is_some_and(|text| text.contains("<script>"))));
    }
}

#[test]
fn a_picture_needs_nothing_else() {
    let picture = drawn(&mixed(), DETAILS);
    for from_elsewhere in ["href", "url(", "@import", "<style src", "<image", "style="] {
        assert!(!picture.contains(from_elsewhere), "{from_elsewhere}");
    }
    let document = Document::parse(&picture).unwrap();
    let root = document.root_element();
    let labels = root.attribute("aria-labelledby").unwrap().split(' ');
    for label in labels {
        assert!(document.descendants().any(|node| node.attribute("id") == Some(label)), "{label}");
    }
    let height: f64 = root.attribute("height").unwrap().parse().unwrap();
    let lowest = document
        .descendants()
        .filter_map(|node| node.attribute("transform"))
        .map(|place| place.trim_end_matches(')').rsplit(' ').next().unwrap().parse::<f64>().unwrap());
    assert!(lowest.fold(0.0, f64::max) < height, "all of it is on the sheet");
}
