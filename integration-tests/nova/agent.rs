//! The agent under a compute node of Nova's, with an A100 that can be cut.

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{Identity, Kind, ProfileId, RootUuid};

use crate::api::variable;
use crate::daemon::Setup;

pub(crate) const GPU: &str = "0000:41:00.0";

/// A GPU that nobody else reports, where another is Nova's.
pub(crate) const FREE: &str = "0000:81:00.0";

/// An A100 cut into these.
pub(crate) fn a100(instances: &str) -> String {
    a100_at(GPU, instances)
}

pub(crate) fn a100_at(address: &str, instances: &str) -> String {
    format!(
        "privileged = true\n[[gpu]]\naddress = \"{address}\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n\
         instances = [{instances}]\n"
    )
}

/// The agent's provider of a GPU-instance profile on the first GPU: 19 is `1g.5gb`, 9 is `3g.20gb`.
pub(crate) fn provider(root: &str, profile: u32) -> String {
    provider_at(GPU, root, profile)
}

pub(crate) fn provider_at(address: &str, root: &str, profile: u32) -> String {
    let kind = Kind::Mig(ProfileId::new(profile));
    let identity = Identity { address: address.parse().unwrap(), board: "20b0".parse().unwrap(), kind };
    identity.uuid(root.parse::<RootUuid>().unwrap()).to_string()
}

/// How the agent is told of that root: it logs in as its own user, and takes what it owns for attachable.
pub(crate) fn setup(host: &SimulatedHost, root: &str) -> Setup {
    let mut setup = Setup::new(host, root.parse().unwrap(), "unused");
    let text = |value: &str| format!("\"{value}\"");
    setup
        .set("placement.auth", text("keystone"))
        .unset("placement.endpoint")
        .set("placement.credentials", text("agent"))
        .set("placement.region", text("RegionOne"))
        .set("hardware.scan_deadline", text("5s"))
        .set("keystone.auth_url", text(&variable("NPA_TEST_KEYSTONE_URL")))
        .set("keystone.username", text("npa"))
        .set("keystone.password", text(&variable("NPA_TEST_PASSWORD")))
        .set("keystone.project_name", text("service"));
    setup
}

/// `apply`, which must succeed; everything it said.
pub(crate) fn apply(setup: &Setup) -> String {
    let output = setup.command("apply").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (status, said) = (output.status, format!("{}{}", text(output.stdout), text(output.stderr)));
    assert!(status.success(), "{status}: {said}");
    said
}
