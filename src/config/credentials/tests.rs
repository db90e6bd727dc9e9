use super::*;
use crate::config::{Credentials, Settings, load};
use crate::identity::{Domain, Entity, Password, Scope};

/// A folder with files, and the settings that come of it. `%` is the folder.
struct Case {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Case { folder, variables: Vec::new() };
        for (path, text) in files {
            let path = case.folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, case.filled(text)).unwrap();
        }
        case
    }

    fn filled(&self, text: &str) -> String {
        text.replace('%', self.folder.path().to_str().unwrap())
    }

    fn with(mut self, variables: &[(&str, &str)]) -> Self {
        let filled =
            variables.iter().map(|(name, value)| (String::from(*name), self.filled(value))).collect();
        self.variables = filled;
        self
    }

    fn settings(&self) -> Settings {
        let file = self.folder.path().join("agent.toml");
        if !file.exists() {
            std::fs::write(&file, "").unwrap();
        }
        // Nothing of the host's own.
        let own = [("NPA__NOVA__CONFIG_DIRS", ""), ("HOME", "%")]
            .map(|(name, value)| (name.to_owned(), self.filled(value)));
        let files = ("NPA__NOVA__CONFIG_FILES".to_owned(), self.nova());
        load(Some(&file), self.variables.iter().cloned().chain(own).chain([files])).unwrap()
    }

    fn nova(&self) -> String {
        let file = self.folder.path().join("nova.conf");
        if file.exists() { file.display().to_string() } else { String::new() }
    }

    fn keystone(&self) -> Keystone {
        match self.settings().placement.credentials {
            Credentials::Keystone(keystone) => *keystone,
            other => panic!("{other:?}"),
        }
    }

    fn lacks(&self) -> Vec<String> {
        match self.settings().placement.credentials {
            Credentials::Missing { looked_at } => looked_at
                .iter()
                .map(|lack| lack.to_string().replace(self.folder.path().to_str().unwrap(), "%"))
                .collect(),
            other => panic!("{other:?}"),
        }
    }
}

const NOVA: &str = "[placement]\nauth_type = password\nauth_url = http://nova-keystone/v3\nusername = placement\n\
    password = s3cret-of-nova\nuser_domain_name = Default\nproject_name = service\nproject_domain_id = default\n\
    region_name = One\nvalid_interfaces = public, internalURL\n";

const CLOUDS: &str = "clouds:\n  mine:\n    auth:\n      auth_url: http://cloud-keystone/v3\n      username: me\n      \
    project_name: service\n    region_name: Two\n    interface: internal\n    cacert: /ca.pem\n  \
    other:\n    auth: {}\n";

const AGENT: &str = "[keystone]\nauth_url = 'http://agent-keystone/v3'\nusername = 'me'\nproject_name = 'service'\n\
    password = 's3cret-of-agent'\n";

fn password(keystone: &Keystone) -> &Password {
    match &keystone.method {
        AuthMethod::Password(password) => password,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nova_conf_alone_is_enough() {
    let keystone = Case::new(&[("nova.conf", NOVA)]).keystone();
    assert_eq!((keystone.source, keystone.auth_url.as_str()), (Source::Nova, "http://nova-keystone/v3"));
    assert_eq!(keystone.region.as_deref(), Some("One"));
    assert_eq!(keystone.interfaces, [Interface::Public, Interface::Internal]);
    let Password { user, password, scope } = password(&keystone);
    assert_eq!(password.expose_secret(), "s3cret-of-nova");
    assert_eq!(user.to_string(), "placement (domain Default)");
    let domain = Domain::Id("default".to_owned());
    assert_eq!(*scope, Scope::Project(Entity::Name { name: "service".to_owned(), domain }));
    assert!(!format!("{keystone:?}").contains("s3cret"));
}

#[test]
fn sources_are_taken_in_order_or_as_asked() {
    let all = || {
        Case::new(&[
            ("nova.conf", NOVA),
            (".config/openstack/clouds.yaml", CLOUDS),
            (".config/openstack/secure.yaml", "clouds: {mine: {auth: {password: s3cret-of-cloud}}}"),
            ("agent.toml", AGENT),
        ])
    };
    let variables = [
        ("OS_AUTH_URL", "http://environment-keystone"),
        ("OS_USERNAME", "me"),
        ("OS_PASSWORD", "s3cret-of-environment"),
        ("OS_TENANT_NAME", "service"),
    ];
    for (choice, source) in [
        ("auto", Source::Agent),
        ("agent", Source::Agent),
        ("cloud", Source::Cloud),
        ("environment", Source::Environment),
        ("nova", Source::Nova),
    ] {
        let mut all_variables = variables.to_vec();
        all_variables.extend([("OS_CLOUD", "mine"), ("NPA__PLACEMENT__CREDENTIALS", choice)]);
        let keystone = all().with(&all_variables).keystone();
        assert_eq!(keystone.source, source);
        let expected = format!(
            "s3cret-of-{}",
            match source {
                Source::Agent => "agent",
                Source::Cloud => "cloud",
                Source::Environment => "environment",
                Source::Nova => "nova",
            }
        );
        assert_eq!(password(&keystone).password.expose_secret(), expected);
    }
    let cloud = Case::new(&[(".config/openstack/clouds.yaml", CLOUDS), ("nova.conf", NOVA)]);
    let cloud = cloud.with(&[("OS_CLOUD", "mine")]).keystone();
    assert_eq!(cloud.source, Source::Nova, "without its password the cloud is not enough");
    assert_eq!(cloud.skipped[0].to_string(), "clouds.yaml: password is not set");
}

#[test]
fn every_place_is_remembered_and_no_secret_shown() {
    let case = Case::new(&[("nova.conf", NOVA)]);
    let used = case.keystone().used;
    let of = |name: &str| used.iter().find(|used| used.name == name).unwrap();
    assert!(of("auth_url").origin.ends_with("nova.conf:3"));
    assert_eq!(of("auth_url").value.as_deref(), Some("http://nova-keystone/v3"));
    assert!(of("password").origin.ends_with("nova.conf:5"));
    assert_eq!(of("password").value, None);
    let agent = Case::new(&[
        ("agent.toml", AGENT),
        ("agent.d/10-user.toml", "[keystone]\n\nusername = 'else'\n"),
        ("agent.d/20-no.txt", "nonsense"),
        ("agent.d/.30-no.toml", "nonsense"),
    ]);
    let agent = agent.with(&[("NPA__KEYSTONE__PROJECT_NAME", "other")]).keystone();
    let of = |name: &str| agent.used.iter().find(|used| used.name == name).unwrap().origin.clone();
    assert!(of("username").ends_with("agent.d/10-user.toml:3"), "{}", of("username"));
    assert!(of("password").ends_with("agent.toml:5"));
    assert_eq!(of("project_name"), "$NPA__KEYSTONE__PROJECT_NAME");
    assert_eq!(password(&agent).user.to_string(), "else (domain Default)");
}

#[test]
fn when_nothing_is_enough_every_source_says_what_it_lacks() {
    assert_eq!(
        Case::new(&[]).lacks(),
        [
            "agent.toml [keystone]: nothing is set",
            "clouds.yaml: neither OS_CLOUD nor placement.cloud is set",
            "environment: nothing is set",
            "nova.conf [placement]: nova.config_files and nova.config_dirs name no file",
        ]
    );
    let case = Case::new(&[
        ("agent.toml", "[keystone]\nauth_url = 'http://k'\nusername = 'u'\n[placement]\ncloud = 'absent'"),
        (".config/openstack/clouds.yaml", CLOUDS),
        (
            "nova.conf",
            "[placement]\nauth_type = v3password\nusername = u\nproject_name = p\nproject_id = i\n",
        ),
    ]);
    assert_eq!(
        case.with(&[("OS_AUTH_URL", "nowhere"), ("OS_AUTH_TYPE", "v3oidcpassword")]).lacks(),
        [
            "agent.toml [keystone]: keystone.project_name or keystone.project_id is not set, keystone.password is \
             not set",
            "clouds.yaml: %/.config/openstack/clouds.yaml has no cloud \"absent\"",
            "environment: OS_AUTH_URL \"nowhere\": relative URL without a base, OS_AUTH_TYPE \"v3oidcpassword\" is \
             not known here: password, v3password, v3applicationcredential, token or v3token",
            "nova.conf [placement]: auth_url is not set, user_domain_name or user_domain_id is not set, password \
             is not set",
        ]
    );
}

#[test]
fn every_way_to_log_in_is_known_and_found_by_what_is_set() {
    let login = |text: &str| {
        let text = format!("[keystone]\nauth_url = 'http://k'\n{text}");
        Case::new(&[("agent.toml", text.as_str())]).keystone().method.to_string()
    };
    for (text, expected) in [
        ("user_id='u'\npassword='x'\nproject_id='p'", "user with id u for project with id p"),
        (
            "username='u'\nuser_domain_id='d'\npassword='x'\ndomain_name='D'",
            "user u (domain id d) for domain D",
        ),
        ("username='u'\npassword='x'\nsystem_scope='all'", "user u (domain Default) for the system"),
        (
            "application_credential_id='c'\napplication_credential_secret='x'",
            "the application credential with id c",
        ),
        (
            "application_credential_name='c'\nusername='u'\napplication_credential_secret='x'",
            "the application credential c of user u (domain Default)",
        ),
        ("token='x'\nproject_id='p'", "the given token for project with id p"),
    ] {
        assert_eq!(login(text), expected);
    }
}

#[test]
fn nova_may_point_to_another_section_and_use_older_names() {
    let text = "[DEFAULT]\nhost = k\n[placement]\nauth_section = shared\nregion_name = One\nusername = ignored\n\
        [shared]\nauth_plugin = password\nauth_url = http://$host/\nuser_name = u\npassword = pa$$word\n\
        tenant_name = p\ndefault_domain_id = default\n";
    let keystone = Case::new(&[("nova.conf", text)]).keystone();
    assert_eq!(keystone.method.to_string(), "user u (domain id default) for project p (domain id default)");
    assert_eq!(keystone.auth_url.as_str(), "http://k/");
    assert_eq!(password(&keystone).password.expose_secret(), "pa$word");
    assert_eq!(keystone.region.as_deref(), Some("One"));
}

#[test]
fn certificates_are_left_unchecked_only_by_an_explicit_word() {
    let insecure = format!("{NOVA}insecure = True\ncafile = /nova-ca.pem\n");
    let case = |agent: &str| Case::new(&[("nova.conf", &insecure), ("agent.toml", agent)]);
    let lack = &case("").lacks()[3];
    assert!(lack.contains("placement.insecure = true"), "{lack}");
    assert!(case("[placement]\ninsecure = true").keystone().insecure);
    let checked = case("[placement]\ninsecure = false\nca_file = '/ca.pem'").keystone();
    assert!(!checked.insecure);
    assert_eq!(checked.ca_file.as_deref(), Some(Path::new("/ca.pem")));
    assert!(!Case::new(&[("nova.conf", NOVA)]).keystone().insecure);
}

#[test]
fn agent_toml_wins_over_what_the_source_says_of_the_endpoint() {
    let agent = "[placement]\nregion = 'R'\ninterfaces = ['admin']\nendpoint = 'http://p'\n";
    let keystone = Case::new(&[("nova.conf", NOVA), ("agent.toml", agent)]).keystone();
    assert_eq!(keystone.region.as_deref(), Some("R"));
    assert_eq!(keystone.interfaces, [Interface::Admin]);
    assert_eq!(keystone.endpoint.unwrap().as_str(), "http://p/");
}

#[test]
fn a_cloud_of_several_regions_asks_which_and_takes_the_answer() {
    let regions = "clouds: {mine: {regions: [A, B], auth: {auth_url: http://k, username: u, password: p, project_name: q}}}";
    let files = [(".config/openstack/clouds.yaml", regions)];
    let lacks = Case::new(&files).with(&[("OS_CLOUD", "mine")]).lacks();
    assert!(lacks.iter().any(|lack| lack.contains("set placement.region")), "{lacks:?}");
    let answered = [files[0], ("agent.toml", "[placement]\nregion = 'B'\n")];
    let keystone = Case::new(&answered).with(&[("OS_CLOUD", "mine")]).keystone();
    assert_eq!(keystone.region.as_deref(), Some("B"));
}

#[test]
fn systemd_may_hold_the_secret_or_nova_conf() {
    let toml = AGENT.replace("password = 's3cret-of-agent'\n", "");
    let case = Case::new(&[("agent.toml", &toml), ("credentials/placement-password", "from-systemd\n")]);
    let keystone = case.with(&[("CREDENTIALS_DIRECTORY", "%/credentials")]).keystone();
    assert_eq!(password(&keystone).password.expose_secret(), "from-systemd");

    let case = Case::new(&[("agent.toml", ""), ("credentials/nova.conf", NOVA)]);
    let file = case.folder.path().join("agent.toml");
    let directory = case.filled("%/credentials");
    let settings = load(Some(&file), [("CREDENTIALS_DIRECTORY".to_owned(), directory)]).unwrap();
    assert!(matches!(settings.placement.credentials, Credentials::Keystone(k) if k.source == Source::Nova));
}

#[test]
fn what_cannot_be_read_says_why_and_shows_no_secret() {
    let lack = |files: &[(&str, &str)]| Case::new(files).with(&[("OS_CLOUD", "mine")]).lacks();
    let broken = lack(&[("nova.conf", "[placement]\npassword = hunter$two\n")]);
    assert!(broken[3].contains("nova.conf:2: password refers to $two"), "{}", broken[3]);
    let broken = lack(&[(".config/openstack/clouds.yaml", "clouds:\n  mine:\n    auth: [hunter2]\n")]);
    assert!(broken[1].contains("clouds.yaml: line 3"), "{}", broken[1]);
    assert!(!broken[1].contains("hunter2"), "{}", broken[1]);
    let profile = "clouds: {mine: {profile: rackspace, auth: {username: a}}}";
    let broken = lack(&[(".config/openstack/clouds.yaml", profile)]);
    assert!(broken[1].contains("uses a profile"), "{}", broken[1]);
}
