//! Names that come from Placement, Nova, sysfs and operators: what is decoded encodes back.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use nvidia_placement_agent::model::{
    Claim, Identity, NAME_LIMIT, PciAddress, PciDeviceId, PciPattern, ProviderName, TraitName, nova_function,
};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    /// What stands before the fuzzed text, so that its grammars are reached.
    form: Form,
    text: &'a str,
    address: (u16, u8, u8, u8),
}

#[derive(Debug, Arbitrary)]
enum Form {
    Plain,
    Provider,
    Trait,
    Vgpu,
    Hex,
    Nova,
}

fuzz_target!(|input: Input<'_>| {
    let front = match input.form {
        Form::Plain => "",
        Form::Provider => "cmp1:nvidia:0000:41:00.0:20b0:",
        Form::Trait => "CUSTOM_NVIDIA_",
        Form::Vgpu => "CUSTOM_NVIDIA_VGPU_",
        Form::Hex => "CUSTOM_NVIDIA_X_",
        Form::Nova => "cmp1_pci_0000_41_",
    };
    let text = &format!("{front}{}", input.text);
    provider(text);
    decoded(text);
    encoded(text);
    let (domain, bus, device, function) = input.address;
    let address = format!("{domain:04x}:{bus:02x}:{:02x}.{}", device % 32, function % 8);
    let address: PciAddress = address.parse().expect("an address as sysfs writes it");
    functions(text, address);
    patterns(text, address);
});

fn provider(text: &str) {
    let Some(identity) = Identity::from_name(text) else { return };
    let (root, _) = text.rsplit_once(":nvidia:").expect("the grammar has it");
    match identity.name(root) {
        Ok(name) => assert_eq!(name.as_str(), text),
        Err(error) => assert!(error.length > NAME_LIMIT && text.parse::<ProviderName>().is_err()),
    }
}

fn decoded(text: &str) {
    let Ok(name) = text.parse::<TraitName>() else { return };
    let Some(claim) = Claim::decode(&name) else { return };
    // A prefix is dropped once, so that of a name which begins with another one it is left.
    let named = |plain: &str| if plain.is_empty() { String::new() } else { format!("MIG {plain}") };
    let again = match &claim {
        Claim::Profile(plain) | Claim::VgpuType(plain) => Claim::trait_of_name(&named(plain)),
        Claim::Board(plain) => Claim::trait_of_board(&named(plain)),
        Claim::Mig | Claim::TimeSliced | Claim::Marker | Claim::Hashed(_) => return,
    };
    assert_eq!(again, name, "{claim:?}");
}

fn encoded(text: &str) {
    for name in [Claim::trait_of_name(text), Claim::trait_of_board(text)] {
        assert_eq!(name.as_str().parse::<TraitName>().as_ref(), Ok(&name));
        assert!(Claim::decode(&name).is_some(), "{name} is not read back");
    }
    let profile = Claim::decode(&Claim::trait_of_name(text));
    let board = Claim::decode(&Claim::trait_of_board(text));
    assert!(!matches!(profile, Some(Claim::Board(_) | Claim::Mig | Claim::TimeSliced | Claim::Marker)));
    assert!(matches!(board, Some(Claim::Board(_) | Claim::Hashed(_))));
}

fn functions(text: &str, address: PciAddress) {
    for text in [text, &address.to_string()] {
        if let Ok(read) = text.parse::<PciAddress>() {
            assert_eq!(read.to_string().parse(), Ok(read));
            assert!(read.same_bus(read.of_gpu()));
        }
        if let Ok(read) = text.parse::<PciDeviceId>() {
            assert_eq!(read.to_string(), text);
        }
    }
    for root in ["cmp1", ""] {
        let found = nova_function(root, text);
        assert_eq!(found, nova_function(root, text));
        assert!(found.is_none() || text.starts_with(root));
    }
}

fn patterns(text: &str, address: PciAddress) {
    assert!(PciPattern::any().matches(address));
    let single = PciPattern::glob(&address.to_string()).expect("an address is a glob");
    assert!(single.is_single() && single.matches(address));
    if let Ok(glob) = PciPattern::glob(text) {
        // One address at most.
        assert!(!glob.is_single() || glob.matches(address) == (glob == single));
    }
    let part = |name: &str| (name == "bus" || name == "function").then_some(text);
    if let Ok(regex) = PciPattern::regex(part) {
        assert_eq!(regex.matches(address), regex.matches(address));
        assert!(!regex.is_single());
    }
}
