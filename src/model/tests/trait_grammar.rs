//! The table is frozen: flavors name these traits.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::model::{Claim, TraitName, marker};

fn name(text: &str) -> String {
    Claim::trait_of_name(text).to_string()
}

#[test]
fn the_table_of_names_is_frozen() {
    for (given, expected) in [
        ("1g.5gb", "CUSTOM_NVIDIA_1G5GB"),
        ("MIG 1g.5gb", "CUSTOM_NVIDIA_1G5GB"),
        (" 1G.5GB ", "CUSTOM_NVIDIA_1G5GB"),
        ("1g.5gb+me", "CUSTOM_NVIDIA_1G5GB_ME"),
        ("1g.24gb+me.all", "CUSTOM_NVIDIA_1G24GB_MEALL"),
        ("1g.24gb-me", "CUSTOM_NVIDIA_1G24GB_NOME"),
        ("4g.96gb+gfx", "CUSTOM_NVIDIA_4G96GB_GFX"),
        ("1c.2g.10gb", "CUSTOM_NVIDIA_1C2G10GB"),
        ("GRID A100-1-5C", "CUSTOM_NVIDIA_VGPU_A100_1_5C"),
        ("NVIDIA RTX Pro 6000 Blackwell DC-1-24Q", "CUSTOM_NVIDIA_VGPU_RTX__PRO__6000__BLACKWELL__DC_1_24Q"),
        ("NVIDIA L40S-8Q", "CUSTOM_NVIDIA_VGPU_L40S_8Q"),
        ("NVIDIA A40-1B", "CUSTOM_NVIDIA_VGPU_A40_1B"),
        ("GRID T4-2B4", "CUSTOM_NVIDIA_VGPU_T4_2B4"),
        ("GRID A100-1-5CME", "CUSTOM_NVIDIA_VGPU_A100_1_5CME"),
        ("NVIDIA H100XM-1-10C", "CUSTOM_NVIDIA_VGPU_H100XM_1_10C"),
        ("1g.5gb+new", "CUSTOM_NVIDIA_X_31472E3547422B4E4557"),
        ("a__b", "CUSTOM_NVIDIA_X_415F5F42"),
        ("", "CUSTOM_NVIDIA_X_"),
    ] {
        assert_eq!(name(given), expected, "{given:?}");
    }
    insta::assert_snapshot!(name(&"x.".repeat(60)), @"CUSTOM_NVIDIA_H_804A8175C41D309A318260262C2C11EB724B3086353292D0079750A55548A8C1");
}

#[test]
fn boards_and_fixed_traits_are_frozen() {
    for (given, expected) in [
        ("NVIDIA A100-SXM4-40GB", "CUSTOM_NVIDIA_BOARD_A100_SXM4_40GB"),
        ("NVIDIA A100 80GB PCIe", "CUSTOM_NVIDIA_BOARD_A100__80GB__PCIE"),
        ("NVIDIA H20-3e (141GB)", "CUSTOM_NVIDIA_BOARDX_4832302D334520283134314742 29"),
    ] {
        assert_eq!(Claim::trait_of_board(given).as_str(), expected.replace(' ', ""), "{given:?}");
    }
    assert_eq!(Claim::trait_of_mig().as_str(), "CUSTOM_NVIDIA_MIG");
    assert_eq!(Claim::trait_of_time_slicing().as_str(), "CUSTOM_NVIDIA_TIME_SLICED");
    assert_eq!(marker().as_str(), "CUSTOM_NVIDIA_PLACEMENT_AGENT");
}

#[test]
fn what_others_write_is_not_a_claim_of_ours() {
    for foreign in [
        "COMPUTE_NODE",
        "HW_GPU_API_VULKAN",
        "CUSTOM_NVIDIA_11",
        "CUSTOM_NVIDIA_2BB5",
        "CUSTOM_NVIDIA_",
        "CUSTOM_NVIDIA_FAST",
        "CUSTOM_NVIDIA_MIG_",
        "CUSTOM_NVIDIA_1G5GB_FAST",
        "CUSTOM_NVIDIA_VGPU_",
        "CUSTOM_NVIDIA_VGPU_A___B",
        "CUSTOM_NVIDIA_X_0",
        "CUSTOM_NVIDIA_X_41",
        "CUSTOM_NVIDIA_X_0D",
        "CUSTOM_NVIDIA_X_2B61",
        "CUSTOM_NVIDIA_BOARDX_2B20",
        "CUSTOM_NVIDIA_H_12",
    ] {
        let foreign: TraitName = foreign.parse().unwrap();
        assert_eq!(Claim::decode(&foreign), None, "{foreign}");
    }
}

#[test]
fn plain_names_come_back() {
    for plain in ["1g.5gb", "1g.5gb+me", "1g.24gb+me.all", "1g.24gb-me", "4g.96gb+gfx", "1c.2g.10gb"] {
        assert_eq!(Claim::decode(&Claim::trait_of_name(plain)), Some(Claim::Profile(plain.to_owned())));
    }
    assert_eq!(
        Claim::decode(&Claim::trait_of_name("GRID A100-1-5C")),
        Some(Claim::VgpuType("A100-1-5C".to_owned()))
    );
    let board = Claim::trait_of_board("NVIDIA A100 80GB PCIe");
    assert_eq!(Claim::decode(&board), Some(Claim::Board("A100 80GB PCIE".to_owned())));
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[1-9]c\\.[1-9]g\\.[0-9]{1,5}gb(\\+me|\\+me\\.all|-me|\\+gfx|\\+x)?",
        "[1-9]g\\.[0-9]{1,5}gb(\\+me|\\+me\\.all|-me|\\+gfx|\\+x)?",
        "(GRID |NVIDIA |MIG )?[A-Za-z0-9]{1,4}([ -][A-Za-z0-9]{0,4}){0,5}",
        "[A-Z_ .+-]{0,130}",
        any::<String>(),
    ]
}

/// The canonical form, written a second time.
fn canonical(name: &str) -> String {
    let name = name.trim().to_ascii_uppercase();
    let rest = ["MIG ", "NVIDIA ", "GRID "].iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.map(str::to_owned).unwrap_or(name)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn every_name_has_a_valid_trait_that_decodes(name in any_name()) {
        let encoded = Claim::trait_of_name(&name);
        prop_assert!(encoded.as_str().len() <= 255);
        prop_assert!(encoded.as_str().parse::<TraitName>().is_ok());
        prop_assert!(Claim::decode(&encoded).is_some_and(|claim| claim.is_offer()), "{}", encoded);
        let board = Claim::trait_of_board(&name);
        prop_assert!(board.as_str().parse::<TraitName>().is_ok());
        prop_assert!(matches!(Claim::decode(&board), Some(Claim::Board(_) | Claim::Hashed(_))), "{}", board);
    }

    #[test]
    fn two_names_share_a_trait_only_if_they_are_one_name(a in any_name(), b in any_name()) {
        if Claim::trait_of_name(&a) == Claim::trait_of_name(&b) {
            prop_assert_eq!(canonical(&a), canonical(&b));
        }
    }
}

#[test]
fn a_hundred_thousand_names_do_not_collide() {
    let mut seen: BTreeMap<TraitName, String> = BTreeMap::new();
    for n in 0..25_000_u32 {
        for name in [format!("{}g.{}gb", n % 10, n), format!("A-{n}"), format!("A {n}"), format!("A_{n}")] {
            let before = seen.insert(Claim::trait_of_name(&name), name.clone());
            assert!(before.is_none_or(|before| before == name), "{name}");
        }
    }
}

/// Draws that are the same every time (xorshift). Proptest's own strategies need minutes for a million texts.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % most
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn text(&mut self, letters: &str, most: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..self.below(most + 1)).map(|_| letters[self.below(letters.len())]).collect()
    }

    /// A name as drivers give them, one as they may give some day, or noise.
    fn name(&mut self) -> String {
        let suffixes = ["", "", "+me", "+me.all", "-me", "+gfx", "+x", "_ME", " "];
        match self.below(5) {
            0 => format!("{}g.{}gb{}", self.below(100), self.below(100_000), self.one(&suffixes)),
            1 => format!(
                "{}c.{}g.{}gb{}",
                self.below(9),
                self.below(9),
                self.below(20_000),
                self.one(&suffixes)
            ),
            2 => {
                let (maker, board) =
                    (self.one(&["", "NVIDIA ", "GRID ", "MIG "]), self.text("AHLTB0123456789", 6));
                let (more, series) =
                    (self.one(&["", " Pro", " 6000", "-SXM"]), self.one(&["A", "B", "C", "Q", "CME", "B4"]));
                format!("{maker}{board}{more}-{}-{}{series}", self.below(9), self.below(200))
            }
            3 => self.text("ABGM019 -_.+", 24),
            _ => self.text("aZ9 -_.+éß漢", 140),
        }
    }
}

/// Each name has a trait that Placement takes and that is read back as what the name was, and no two names share
/// one.
#[test]
#[ignore = "a million names: make figures"]
fn figures_a_million_names() {
    const NAMES: usize = 1_000_000;
    let mut draw = Draw(0x6e70_615f_7472_6169);
    let mut seen: BTreeMap<TraitName, String> = BTreeMap::new();
    let mut longest = 0;
    for _ in 0..NAMES {
        let name = draw.name();
        let (encoded, canonical) = (Claim::trait_of_name(&name), canonical(&name));
        longest = longest.max(encoded.as_str().len());
        assert!(encoded.as_str().parse::<TraitName>().is_ok(), "{name:?}: {encoded}");
        match Claim::decode(&encoded) {
            Some(Claim::Profile(plain)) => assert_eq!(plain.to_ascii_uppercase(), canonical),
            Some(Claim::VgpuType(plain)) => assert_eq!(plain, canonical),
            Some(Claim::Hashed(_)) => assert!(canonical.len() > 115, "{name:?}"),
            other => panic!("{name:?} is read back as {other:?}"),
        }
        let before = seen.insert(encoded, canonical.clone());
        assert!(before.is_none_or(|before| before == canonical), "{name:?}");
    }
    println!("{NAMES} names: {} traits, the longest of {longest} characters, none twice", seen.len());
    assert!(seen.len() > NAMES / 2 && longest <= 255);
}
