//! Names and UUIDs of ours that somebody else has: found out when they are refused, and never taken away.

use nvidia_placement_agent::model::{Identity, RootUuid};

use crate::refusal::Refusal;
use crate::stage::{Stage, unique};

const ONE_KIND: &str = r#"
    privileged = true
    [[gpu]]
    address = "0000:41:00.0"
    model = "A100-40GB"
    mig = "on"
    instances = ["2x 1g.5gb"]
"#;

/// A host with one kind, the provider that it wants, and another compute node.
fn stage() -> (Stage, String, String, String) {
    let stage = Stage::new();
    stage.gpus.rewrite(ONE_KIND);
    let name = format!("{}:nvidia:0000:41:00.0:20b0:mig-19", stage.name);
    let root: RootUuid = stage.root.parse().unwrap();
    let uuid = Identity::from_name(&name).unwrap().uuid(root).to_string();
    let other = stage.cloud.make(None, &unique(""), None);
    (stage, name, uuid, other)
}

#[test]
fn a_name_under_another_root() {
    let (stage, name, _, other) = stage();
    let holder = stage.cloud.make(None, &name, Some(&other));
    let theirs = stage.cloud.tree(&other);
    let says = [name.as_str(), &holder, "taken", "openstack resource provider show"];
    let refusal = Refusal { code: "NPA0303", exit: 32, says: &says, fatal: false };
    refusal.of(&stage, &stage.config, &["apply"], &[]);
    assert_eq!(theirs, stage.cloud.tree(&other));
}

#[test]
fn a_uuid_under_another_root() {
    let (stage, name, uuid, other) = stage();
    stage.cloud.make(Some(&uuid), &unique("-squatter"), Some(&other));
    let theirs = stage.cloud.tree(&other);
    let says = [name.as_str(), &uuid, "-squatter", "taken", "openstack resource provider show"];
    let refusal = Refusal { code: "NPA0303", exit: 32, says: &says, fatal: false };
    refusal.of(&stage, &stage.config, &["apply"], &[]);
    assert_eq!(theirs, stage.cloud.tree(&other));
}

/// Under the own root it is seen before anything is tried.
#[test]
fn a_name_beside_ours() {
    let (stage, name, _, _) = stage();
    let holder = stage.cloud.make(None, &name, Some(&stage.root));
    let says = [name.as_str(), &holder, "taken", "openstack resource provider show"];
    let refusal = Refusal { code: "NPA0303", exit: 32, says: &says, fatal: false };
    refusal.of(&stage, &stage.config, &["plan", "apply"], &[]);
}
