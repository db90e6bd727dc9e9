//! Golden: these values are stored in every deployment. A failing test here means orphaned providers.

use crate::model::{Identity, Kind, ProfileId, RootUuid, VgpuTypeId};

fn root() -> RootUuid {
    "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b".parse().unwrap()
}

fn identity(kind: Kind) -> Identity {
    Identity { address: "0000:41:00.0".parse().unwrap(), board: "20b0".parse().unwrap(), kind }
}

#[test]
fn names_are_frozen() {
    let mig = identity(Kind::Mig(ProfileId::new(19)));
    let vgpu = identity(Kind::Vgpu(VgpuTypeId::new(474)));
    assert_eq!(
        mig.name("cmp1.example.org").unwrap().as_str(),
        "cmp1.example.org:nvidia:0000:41:00.0:20b0:mig-19"
    );
    assert_eq!(
        vgpu.name("cmp1.example.org").unwrap().as_str(),
        "cmp1.example.org:nvidia:0000:41:00.0:20b0:vgpu-474"
    );
}

#[test]
fn uuids_are_frozen() {
    let mig = identity(Kind::Mig(ProfileId::new(19)));
    let vgpu = identity(Kind::Vgpu(VgpuTypeId::new(474)));
    insta::assert_snapshot!(mig.uuid(root()), @"14709b43-b5aa-58b9-9bd2-b8a78104d389");
    insta::assert_snapshot!(vgpu.uuid(root()), @"f33e9d01-73c4-5e86-b445-7e47156de7cc");
}

#[test]
fn a_name_reads_back_and_only_in_its_one_spelling() {
    let mig = identity(Kind::Mig(ProfileId::new(19)));
    for root_name in ["cmp1", "a:nvidia:b", "ünï code", ""] {
        let name = mig.name(root_name).unwrap();
        assert_eq!(Identity::from_name(name.as_str()), Some(mig), "{name}");
    }
    for other in [
        "cmp1",
        "cmp1_pci_0000_41_00_0",
        "cmp1_0000:41:00.0",
        "cmp1:nvidia:0000:41:00.0:20b0",
        "cmp1:nvidia:0000:41:00.0:20b0:mig-019",
        "cmp1:nvidia:0000:41:00.0:20B0:mig-19",
        "cmp1:nvidia:00000000:41:00.0:20b0:mig-19",
        "cmp1:nvidia:0000:41:00.0:20b0:mig-19:x",
        "cmp1:nvidia:0000:41:00.0:20b0:disk-19",
    ] {
        assert_eq!(Identity::from_name(other), None, "{other}");
    }
}

#[test]
fn a_root_name_too_long_is_told_with_its_length() {
    let mig = identity(Kind::Mig(ProfileId::new(19)));
    let fits = 200 - ":nvidia:0000:41:00.0:20b0:mig-19".len();
    assert!(mig.name(&"r".repeat(fits)).is_ok());
    let error = mig.name(&"r".repeat(fits + 1)).unwrap_err();
    assert_eq!(error.length, 201);
}
