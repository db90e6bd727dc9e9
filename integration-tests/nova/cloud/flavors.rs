//! The flavors that the agent prints, made in the cloud as a shell would make them; and what it says of those that
//! the cloud has.

use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Cloud, Scene};
use crate::agent::provider;
use crate::daemon::Setup;

/// Small guests: the cloud's hosts are.
const SMALL: [&str; 6] = ["--ram", "128", "--vcpus", "1", "--disk", "1"];

fn flavors(setup: &Setup, arguments: &[&str]) -> Output {
    let output = setup.command("flavors").args(SMALL).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The words of each command of a script, as a shell hands them to the program.
fn commands(script: &[u8]) -> Vec<Vec<String>> {
    let script = String::from_utf8(script.to_vec()).unwrap();
    let told = format!("set -eu\nopenstack() {{ printf '%s\\n' \"$@\" --; }}\n{script}");
    let output = Command::new("sh").args(["-c", &told]).output().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    let words = String::from_utf8(output.stdout).unwrap();
    let words: Vec<String> = words.lines().map(str::to_owned).collect();
    words.split(|word| word == "--").filter(|words| !words.is_empty()).map(<[String]>::to_vec).collect()
}

/// What `openstack flavor create` does with these words; the flavor's name and id.
async fn create(cloud: &Cloud, words: &[String]) -> (String, String) {
    let (mut flavor, mut specs) = (json!({}), serde_json::Map::new());
    let mut words = words.iter().map(String::as_str);
    assert_eq!((words.next(), words.next()), (Some("flavor"), Some("create")));
    while let Some(word) = words.next() {
        let mut number = || words.next().unwrap().parse::<u32>().unwrap();
        match word {
            "--ram" => flavor["ram"] = json!(number()),
            "--vcpus" => flavor["vcpus"] = json!(number()),
            "--disk" => flavor["disk"] = json!(number()),
            "--property" => {
                let (name, value) = words.next().unwrap().split_once('=').unwrap();
                specs.insert(name.to_owned(), json!(value));
            }
            name => flavor["name"] = json!(name),
        }
    }
    let made = cloud.nova.done(Method::POST, "/flavors", Some(json!({ "flavor": flavor }))).await;
    let id = made["flavor"]["id"].as_str().unwrap().to_owned();
    let path = format!("/flavors/{id}/os-extra_specs");
    cloud.nova.done(Method::POST, &path, Some(json!({ "extra_specs": specs }))).await;
    (flavor["name"].as_str().unwrap().to_owned(), id)
}

/// The cloud without the flavors of an earlier run.
async fn forget(cloud: &Cloud) {
    let all = cloud.nova.get("/flavors?is_public=None").await;
    for flavor in all["flavors"].as_array().unwrap() {
        if ["gpu.", "test.gpu."].iter().any(|start| flavor["name"].as_str().unwrap().starts_with(start)) {
            let path = format!("/flavors/{}", flavor["id"].as_str().unwrap());
            cloud.nova.done(Method::DELETE, &path, None).await;
        }
    }
}

/// As an administrator, who may see every flavor.
fn as_admin(setup: &mut Setup) {
    setup.set("keystone.username", "\"admin\"").set("keystone.project_name", "\"admin\"");
}

#[tokio::test]
async fn printed_flavors_land_on_the_kind_that_they_name() {
    let Scene { cloud, root, gpus: _gpus, setup, .. } =
        Scene::new("\"3g.20gb@0\", \"1g.5gb@4\", \"1g.5gb@5\"").await;
    forget(&cloud).await;
    let printed = commands(&flavors(&setup, &[]).stdout);
    let mut made = Vec::new();
    for words in &printed {
        made.push(create(&cloud, words).await);
    }
    let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["gpu.mig.1g", "gpu.mig.3g"]);
    for ((_, flavor), profile) in made.iter().zip([19, 9]) {
        let server = cloud.boot(flavor, None).await.unwrap();
        assert_eq!(cloud.givers(&server).await, [provider(&root, profile)]);
        cloud.delete(&server).await;
    }
    // Bound to a board, they land there as well; a board that nobody has is nowhere.
    let boards = commands(&flavors(&setup, &["--board"]).stdout);
    let (name, flavor) = create(&cloud, &boards[0]).await;
    assert_eq!(name, "gpu.mig.1g.a100-sxm4-40gb");
    let server = cloud.boot(&flavor, None).await.unwrap();
    assert_eq!(cloud.givers(&server).await, [provider(&root, 19)]);
    forget(&cloud).await;
}

#[tokio::test]
async fn the_clouds_flavors_are_compared_with_the_host() {
    let Scene { cloud, gpus: _gpus, mut setup, .. } = Scene::new("\"3g.20gb@0\", \"1g.5gb@4\"").await;
    forget(&cloud).await;
    as_admin(&mut setup);
    let make = async |name: &str, specs: Value, public: bool| {
        let flavor =
            json!({ "name": name, "vcpus": 1, "ram": 128, "disk": 1, "os-flavor-access:is_public": public });
        let made = cloud.nova.done(Method::POST, "/flavors", Some(json!({ "flavor": flavor }))).await;
        let path = format!("/flavors/{}/os-extra_specs", made["flavor"]["id"].as_str().unwrap());
        cloud.nova.done(Method::POST, &path, Some(json!({ "extra_specs": specs }))).await;
    };
    let one = |name: &str, word: &str| json!({ "resources:VGPU": "1", format!("trait:{name}"): word });
    // One that somebody else's GPU has, one that Placement knows and nobody has, one that it has never heard of.
    let other = cloud.placement.make(&format!("other-{}", uuid::Uuid::new_v4()), None).await;
    cloud.placement.add_trait(&other, "CUSTOM_NVIDIA_2G20GB").await;
    cloud.placement.done(Method::PUT, "/traits/CUSTOM_NVIDIA_3G3GB", None).await;
    make("test.gpu.here", one("CUSTOM_NVIDIA_1G5GB", "required"), false).await;
    make("test.gpu.large", one("CUSTOM_NVIDIA_3G20GB", "required"), true).await;
    make("test.gpu.elsewhere", one("CUSTOM_NVIDIA_2G20GB", "required"), true).await;
    make("test.gpu.nobody", one("CUSTOM_NVIDIA_3G3GB", "required"), true).await;
    make("test.gpu.unheard", one("CUSTOM_NVIDIA_9G9999GB", "required"), true).await;
    make("test.gpu.forbids", one("CUSTOM_NVIDIA_3G20GB", "forbidden"), true).await;
    make("test.gpu.any", json!({ "resources:VGPU": "1" }), true).await;
    let groups = json!({ "resources1:VGPU": "1", "trait1:CUSTOM_NVIDIA_3G20GB": "required" });
    make("test.gpu.group", groups, true).await;
    make("test.gpu.none", json!({ "hw:cpu_policy": "shared" }), true).await;

    let document: Value =
        serde_json::from_slice(&flavors(&setup, &["--compare", "--format", "json"]).stdout).unwrap();
    let compared = document["compared"].as_array().unwrap();
    let ours = compared.iter().filter(|one| one["name"].as_str().unwrap().starts_with("test.gpu."));
    let said: Vec<(&str, &str)> =
        ours.map(|one| (&one["name"].as_str().unwrap()[9..], one["here"].as_str().unwrap())).collect();
    let expected = [
        ("any", "any"),
        ("elsewhere", "no"),
        ("forbids", "any"),
        ("group", "yes"),
        ("here", "yes"),
        ("large", "yes"),
        ("nobody", "nowhere"),
        ("unheard", "nowhere"),
    ];
    assert_eq!(said, expected);
    let small = &document["flavors"][0];
    assert!(small["exists_as"].as_array().unwrap().contains(&json!("test.gpu.here")), "{small}");
    let findings = document["findings"].as_array().unwrap();
    let about = |name: &str| {
        let subject = format!("flavor test.gpu.{name}");
        findings
            .iter()
            .find(|finding| finding["subject"] == subject.as_str())
            .map(|finding| finding["code"].clone())
    };
    assert_eq!(
        (about("nobody"), about("any"), about("here")),
        (Some(json!("NPA0802")), Some(json!("NPA0803")), None)
    );

    // The same for people: what is there already is not made again by a shell.
    let text = flavors(&setup, &["--compare"]).stdout;
    let names: Vec<String> = commands(&text).iter().map(|words| words.last().unwrap().clone()).collect();
    assert_eq!(names, [""; 0], "both kinds have a flavor");
    let printed = String::from_utf8(text).unwrap().replace("test.gpu.", "gpu.");
    let plain =
        |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let (printed, page): (Vec<String>, Vec<String>) =
        (plain(&printed), plain(include_str!("../../../docs/usage/commands.md")));
    let shown: Vec<_> = page.iter().filter(|line| line.starts_with("# gpu.")).collect();
    assert!(shown.len() > 3 && shown.iter().all(|line| printed.contains(line)), "{shown:#?} of {printed:#?}");
    forget(&cloud).await;
    cloud.placement.delete_provider(&other).await;
}
