//! Whose a provider is, by its name, its UUID and its parent together.

use crate::model::{Identity, Kind, Named, NovaWay, ProfileId, ProviderUuid, RootUuid};

const ROOT_NAME: &str = "cmp1.example.org";

fn root() -> RootUuid {
    "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b".parse().unwrap()
}

fn somebody() -> ProviderUuid {
    "0b1c2d3e-0000-4000-8000-000000000001".parse().unwrap()
}

fn ours() -> (Identity, ProviderUuid, String) {
    let identity = Identity {
        address: "0000:41:00.0".parse().unwrap(),
        board: "20b0".parse().unwrap(),
        kind: Kind::Mig(ProfileId::new(19)),
    };
    (identity, identity.uuid(root()), identity.name(ROOT_NAME).unwrap().to_string())
}

fn of(uuid: ProviderUuid, name: &str, parent: Option<ProviderUuid>) -> Named {
    Named::of(root(), ROOT_NAME, uuid, name, parent)
}

#[test]
fn ours_are_those_of_which_name_uuid_and_parent_agree() {
    let (identity, uuid, name) = ours();
    let child = Some(root().provider());
    assert_eq!(of(uuid, &name, child), Named::Ours(identity));
    // A root that was renamed has children that are still ours.
    assert_eq!(of(uuid, &name.replace("cmp1", "cmp2"), child), Named::Ours(identity));
    for (uuid, name, parent) in [
        (somebody(), name.as_str(), child),
        (uuid, name.as_str(), Some(somebody())),
        (uuid, name.as_str(), None),
        (uuid, "gpu", child),
        (uuid, &name.replace("mig-19", "mig-14"), child),
    ] {
        assert_eq!(of(uuid, name, parent), Named::Other, "{name} {uuid} {parent:?}");
    }
}

#[test]
fn novas_are_children_of_the_root_with_its_names() {
    let function = "0000:41:00.4".parse().unwrap();
    let name = "cmp1.example.org_pci_0000_41_00_4";
    let child = Some(root().provider());
    assert_eq!(of(somebody(), name, child), Named::NovaFunction(function, NovaWay::Mdev));
    assert_eq!(of(somebody(), name, Some(somebody())), Named::Other);
    assert_eq!(Named::of(root(), "cmp2", somebody(), name, child), Named::Other);
}

#[test]
fn the_root_is_known_by_its_uuid_alone() {
    assert_eq!(of(root().provider(), "renamed", None), Named::Root);
    assert_eq!(of(somebody(), ROOT_NAME, None), Named::Other);
}
