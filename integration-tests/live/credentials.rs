//! The program itself with credentials from each source, against the real Keystone: that they are enough, and
//! that no secret comes out again, however much is logged.

use std::path::Path;
use std::process::Command;

use nvidia_placement_agent::identity::{Scope, TokenSource};
use nvidia_placement_agent::model::RootUuid;
use nvidia_placement_agent::placement::{Client, Options};
use secrecy::ExposeSecret;

use crate::login::{Login, in_default, keystone, login, new_credential, password};
use crate::support::{new_root, placement_url, variable};

/// How every Fernet token begins.
const FERNET: &str = "gAAAAA";

/// What the program said.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A folder that is the program's home, with its configuration; `variables` are all that it has.
fn run(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Said {
    let config = folder.join("agent.toml");
    let mut program = Command::new(env!("CARGO_BIN_EXE_nvidia-placement-agent"));
    program.env_clear().env("HOME", folder).env("NO_PROXY", "*").envs(variables.iter().copied());
    let output = program.arg("--config").arg(config).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace('%', folder.path().to_str().unwrap())).unwrap();
    }
    folder
}

/// A root in the Placement behind Keystone.
async fn root() -> (RootUuid, String) {
    let tokens = keystone(password("npa", Scope::Project(in_default("service"))));
    let client = Client::new(Options::default(), tokens as std::sync::Arc<dyn TokenSource>).unwrap();
    new_root(&client).await
}

/// Nova's own file and nothing else.
const AGENT: &str = "[nova]\nconfig_files = ['%/nova.conf']\nconfig_dirs = []\n";
/// No Nova at all.
const WITHOUT_NOVA: &str = "[nova]\nconfig_files = []\nconfig_dirs = []\n";

fn nova_conf(more: &str) -> String {
    let (url, password) = (variable("NPA_TEST_KEYSTONE_URL"), variable("NPA_TEST_PASSWORD"));
    format!(
        "[DEFAULT]\nkeystone_url = {url}\n[placement]\nauth_type = password\nauth_url = $keystone_url\n\
         username = npa\npassword = '{password}'\nproject_name = service\nproject_domain_name = Default\n\
         user_domain_name = Default\nregion_name = RegionOne\nvalid_interfaces = internal\n{more}"
    )
}

#[tokio::test]
async fn nova_conf_alone_is_enough() {
    let (root, name) = root().await;
    let folder = folder(&[("agent.toml", AGENT), ("nova.conf", &nova_conf(""))]);
    let said = run(folder.path(), &[], &["tree", &root.to_string()]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains(&name), "{}", said.out);

    let shown = run(folder.path(), &[], &["config", "show"]);
    assert!(shown.out.contains("from nova.conf [placement]"), "{}", shown.out);
    assert!(shown.out.contains("nova.conf:7"), "the place of the password: {}", shown.out);
}

#[tokio::test]
async fn every_source_and_every_way_is_enough_and_shows_no_secret() {
    let (root, name) = root().await;
    let root = root.to_string();
    let (url, password) = (variable("NPA_TEST_KEYSTONE_URL"), variable("NPA_TEST_PASSWORD"));
    let (credential, _, secret) = new_credential().await;
    let Login { token, project, user } = login("npa", "service").await;
    let secrets = [password.as_str(), secret.expose_secret(), token.expose_secret(), FERNET];

    let agent = |login: &str| format!("{WITHOUT_NOVA}[keystone]\nauth_url = '{url}'\n{login}\n");
    let by_password =
        agent(&format!("user_id = '{user}'\npassword = '{password}'\nproject_id = '{project}'"));
    let by_credential = agent(&format!(
        "application_credential_id = '{credential}'\napplication_credential_secret_file = '%/secret'"
    ));
    let by_token = agent(&format!("token = '{}'\nproject_id = '{project}'", token.expose_secret()));
    let clouds = variable("NPA_TEST_CLOUDS_FILE");
    let secret_file = ("secret", secret.expose_secret());
    let os = [
        ("OS_AUTH_URL", url.as_str()),
        ("OS_USERNAME", "npa"),
        ("OS_PASSWORD", password.as_str()),
        ("OS_PROJECT_NAME", "service"),
    ];
    let cloud = [("OS_CLOUD", "npa"), ("OS_CLIENT_CONFIG_FILE", clouds.as_str())];
    let nova = nova_conf("");
    for (files, variables) in [
        (vec![("agent.toml", AGENT), ("nova.conf", nova.as_str())], &[][..]),
        (vec![("agent.toml", by_password.as_str())], &[]),
        (vec![("agent.toml", by_credential.as_str()), secret_file], &[]),
        (vec![("agent.toml", by_token.as_str())], &[]),
        (vec![("agent.toml", WITHOUT_NOVA)], &cloud),
        (vec![("agent.toml", WITHOUT_NOVA)], &os),
    ] {
        let folder = folder(&files);
        for arguments in [
            &["-vvv", "tree", root.as_str()][..],
            &["-vvv", "tree", "--format", "json", root.as_str()],
            &["-vvv", "config", "show", "--all"],
            &["-vvv", "config", "show", "--format", "json"],
            &["-vvv", "config", "check"],
        ] {
            let said = run(folder.path(), variables, arguments);
            assert_eq!(said.code, Some(0), "{files:?} {arguments:?}: {}", said.err);
            assert!(!arguments.contains(&"tree") || said.out.contains(&name), "{}", said.out);
            hides(&said, &secrets);
        }
    }
}

/// What fails says more, and must not say this.
#[test]
fn failures_show_no_secret_either() {
    let (keystone, placement) = (variable("NPA_TEST_KEYSTONE_URL"), placement_url());
    let secret = "n0t-the-password";
    let case = |url: &str, more: &str| {
        let nova = nova_conf("").replace(&keystone, url).replace(&variable("NPA_TEST_PASSWORD"), secret);
        folder(&[("agent.toml", AGENT), ("nova.conf", &format!("{nova}{more}"))])
    };
    for (folder, code, part) in [
        (case(&keystone, ""), 44, "does not accept the credentials of user npa"),
        (case("http://127.0.0.1:1", ""), 40, "cannot reach Keystone"),
        (case(&placement, ""), 42, "does not behave like Keystone"),
        (case(&keystone, "insecure = yes\n"), 12, "placement.insecure = true"),
        (case(&keystone, "password = a$b\n"), 12, "nova.conf:13: password refers to $b"),
        (case(&keystone, "key\n"), 12, "nova.conf:13: neither a key"),
        (case(&keystone, "auth_type = v3oidcpassword\n"), 12, "is not known here"),
    ] {
        let said = run(folder.path(), &[], &["-vvv", "tree", "cmp1"]);
        assert_eq!(said.code, Some(code), "{}", said.err);
        assert!(said.err.contains(part), "{part}: {}", said.err);
        hides(&said, &[secret, FERNET]);
    }
}

fn hides(said: &Said, secrets: &[&str]) {
    for secret in secrets {
        for text in [&said.out, &said.err] {
            assert!(!text.contains(secret), "a secret is shown: {text}");
        }
    }
}
