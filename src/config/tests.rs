use std::path::Path;

use super::*;
use crate::identity::AuthMethod;
use crate::planner::Attachable;

fn from(text: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.toml");
    std::fs::write(&path, text).unwrap();
    let variables = variables.iter().map(|(name, value)| (String::from(*name), String::from(*value)));
    load(Some(&path), variables)
        .map_err(|error| error.to_string().replace(&path.display().to_string(), "agent.toml"))
}

#[test]
fn nothing_configured_is_the_documented_default() {
    let settings = from("", &[]).unwrap();
    assert_eq!(settings.policy.attachable, Attachable::Auto);
    assert_eq!(settings.hardware.scan_deadline.as_secs(), 20);
    assert_eq!(settings.root.compute_id_file, None);
    assert!(
        matches!(settings.placement.credentials, Credentials::Missing { looked_at } if looked_at.len() == 4)
    );
}

/// Whatever is wrong with it: syntax, values, keys, a variable.
#[test]
fn where_the_agent_listens_is_read_of_what_is_not_good() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.toml");
    let of = |text: &str, variable: Option<&str>| {
        std::fs::write(&path, text).unwrap();
        let variables = variable.map(|value| ("NPA__RUN__DIRECTORY".to_owned(), value.to_owned()));
        assert!(load(Some(&path), variables.clone()).is_err(), "{text}");
        run_directory(Some(&path), variables).display().to_string()
    };
    let usual = "/run/nvidia-placement-agent";
    assert_eq!(of("[run]\ndirectory = \"/run/other\"\ninterval = \"never\"", None), "/run/other");
    assert_eq!(of("[run]\ndirectory = \"/run/other\"\n[log\nlevel = ", None), "/run/other");
    assert_eq!(of("[run]\ninterval = \"never\"", Some("/run/third")), "/run/third");
    assert_eq!(of("[own]\nattachable = \"perhaps\"", None), usual);
    assert_eq!(
        of("[run]\ndirectory = 5", None),
        "5",
        "a bad value leads nowhere, which is said with its name"
    );
    assert_eq!(run_directory(Some(Path::new("/nonexistent/agent.toml")), []), Path::new(usual));
}

/// The shipped file documents every option of the program, and what it shows is accepted.
#[test]
fn the_shipped_file_names_every_option_with_an_acceptable_value() {
    let shipped = include_str!("../../etc/agent.toml");
    let key = |line: &str| {
        let (key, _) = line.strip_prefix("# ")?.split_once(" = ")?;
        key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_').then(|| key.to_owned())
    };
    let shown: Vec<String> = shipped.lines().filter_map(key).collect();
    let fields = include_str!("fragments.rs").lines();
    let fields: Vec<String> = fields
        .filter_map(|line| line.trim().split_once(": Option<"))
        .map(|(field, _)| field.to_owned())
        .collect();
    assert_eq!(shown, fields, "etc/agent.toml and fragments.rs, in order");

    let exclusive = |line: &&str| {
        ["password", "secret", "token"].iter().any(|word| key(line).is_some_and(|key| key.contains(word)))
    };
    let uncommented = shipped.lines().filter(|line| !exclusive(line));
    let uncommented: Vec<&str> = uncommented
        .map(|line| if key(line).is_some() { line.trim_start_matches("# ") } else { line })
        .collect();
    from(&uncommented.join("\n"), &[]).unwrap();
}

/// Each preset is accepted as it stands, and with what it only shows; each says where the root's UUID is.
#[test]
fn the_presets_are_accepted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("etc/presets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let settings = from(&text, &[]).unwrap();
        assert!(settings.root.compute_id_file.is_some(), "{}", path.display());
        let shows = |line: &str| line.strip_prefix("# ").is_some_and(|line| line.contains(" = "));
        let whole: Vec<&str> =
            text.lines().map(|line| if shows(line) { line.trim_start_matches("# ") } else { line }).collect();
        from(&whole.join("\n"), &[]).unwrap();
        names.push(path.file_stem().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(names, ["edpm", "kolla", "openstack-helm"]);
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "[placement]\nauth = 'noauth'\nendpoint = 'http://a:1'\n[devices]\nignore = ['0000:01:00.0']";
    let settings = from(
        file,
        &[
            ("NPA__PLACEMENT__ENDPOINT", "http://b:2"),
            ("NPA__PLACEMENT__RETRIES", "7"),
            ("NPA__DEVICES__IGNORE", "0000:41:00.0, 0000:81:00.0"),
            ("NPA__DEVICES__VGPU_TYPES", "0000:81:* = NVIDIA L40S-24Q, 1g.5gb = nvidia-474"),
            ("NPA__OWN__ATTACHABLE", "yes"),
            ("NPA_TEST_SOMETHING", "else"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert!(
        matches!(settings.placement.credentials, Credentials::Noauth { endpoint } if endpoint.as_str() == "http://b:2/")
    );
    assert_eq!((settings.placement.retries, settings.policy.ignore.len()), (7, 2));
    let rules: Vec<String> = settings.policy.vgpu_types.iter().map(ToString::to_string).collect();
    assert_eq!(rules, ["0000:81:* = NVIDIA L40S-24Q", "1g.5gb = nvidia-474"]);
    assert_eq!(settings.policy.attachable, Attachable::Yes);
}

#[test]
fn a_password_of_digits_stays_as_it_is() {
    use secrecy::ExposeSecret;
    let file = "[keystone]\nauth_url='http://k'\nusername='u'\nproject_name='p'";
    let settings = from(file, &[("NPA__KEYSTONE__PASSWORD", "007")]).unwrap();
    let Credentials::Keystone(keystone) = &settings.placement.credentials else { panic!() };
    let AuthMethod::Password(password) = &keystone.method else { panic!() };
    assert_eq!(password.password.expose_secret(), "007");
    assert!(!format!("{settings:?}").contains("007"));
}

#[test]
fn what_is_wrong_is_named_with_place_key_value_and_what_is_expected() {
    for (text, parts) in [
        ("[placement]\nendpiont = 'x'", &["agent.toml:2:1", "unknown field `endpiont`", "endpoint"][..]),
        ("[plaecment]\n", &["agent.toml:1:2", "plaecment", "placement"]),
        ("[placement]\nendpoint = 'nowhere'", &["agent.toml:2:12", "\"nowhere\"", "relative URL"]),
        ("[placement]\ntimeout = '5 parsecs'", &["agent.toml:2:11", "5 parsecs", "as in \"5s\""]),
        ("[placement]\ntimeout = '0s'", &["agent.toml:2:11", "0s", "1ms to 1h"]),
        ("[placement]\ntimeout = 5", &["agent.toml:2:11", "integer `5`", "string"]),
        ("[placement]\nretries = 300", &["agent.toml:2:11", "300"]),
        ("[own]\nattachable = 'maybe'", &["agent.toml:2:14", "maybe", "auto", "yes", "no"]),
        ("[devices]\nignore = ['41:00.0']", &["agent.toml:2:1", "41:00.0", "0000:41:00.0"]),
        ("[devices]\nvgpu_types = ['1g.5gb']", &["agent.toml:2:1", "\"1g.5gb\"", "a vGPU type, as in"]),
        ("[devices]\nvgpu_types = ['41:00 = X-1Q']", &["agent.toml:2:1", "41:00 = X-1Q", "0000:41:00.0"]),
        ("[root]\nuuid = 'x'", &["agent.toml:2:8", "root provider UUID", "\"x\""]),
        ("[root]\nname = ''", &["agent.toml:2:8", "empty"]),
        ("[root\n", &["agent.toml:1:"]),
        ("[placement]\nauth = 'noauth'", &["placement.auth", "set placement.endpoint"]),
        ("[keystone]\npassword='a'\npassword_file='b'", &["both set"]),
        ("[keystone]\npassword_file='/nonexistent'", &["/nonexistent", "No such file"]),
    ] {
        let error = from(text, &[]).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{text:?} should say {part:?}: {error}");
        }
    }
}

#[test]
fn a_bad_variable_is_named() {
    for (variable, value, parts) in [
        ("NPA__PLACEMENT__TIMEOUT", "soon", &["NPA__PLACEMENT__TIMEOUT", "soon", "5s"][..]),
        ("NPA__PLACEMENT__ENDPIONT", "x", &["NPA__PLACEMENT__ENDPIONT", "endpiont", "endpoint"]),
        ("NPA__OWN__ATTACHABLE", "maybe", &["NPA__OWN__ATTACHABLE", "maybe", "auto"]),
        ("NPA__PLACEMENT__RETRIES", "many", &["NPA__PLACEMENT__RETRIES", "many"]),
    ] {
        let error = from("", &[(variable, value)]).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{variable} should say {part:?}: {error}");
        }
    }
}

#[test]
fn a_secret_is_never_in_an_error() {
    let error = from("[keystone]\npassword = { hunter2 = 1 }", &[]).unwrap_err();
    assert!(error.contains("agent.toml:2:12") && !error.contains("hunter2"), "{error}");
    let error = from("[keystone]\npasswrod = 'hunter2'", &[]).unwrap_err();
    assert!(error.contains("agent.toml:2:1"), "{error}");
}

#[test]
fn a_named_file_must_exist() {
    let error = load(Some(Path::new("/nonexistent/agent.toml")), []).unwrap_err();
    assert_eq!(error.code(), crate::model::Code::ConfigUnreadable);
}
