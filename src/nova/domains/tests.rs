use std::fs;

use tempfile::TempDir;

use super::*;

const RUNNING: &str = include_str!("tests/mdev-running.xml");
const DEFINED: &str = include_str!("tests/mdev-defined.xml");
const FUNCTION: &str = include_str!("tests/vf-defined.xml");

/// Two folders as libvirt has them, with these files.
fn folders(defined: &[(&str, &str)], runs: &[(&str, &str)]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (name, files) in [("etc", defined), ("run", runs)] {
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        files.iter().for_each(|(name, text)| fs::write(path.join(name), text).unwrap());
        paths.push(path);
    }
    (folder, paths)
}

fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}

#[test]
fn what_runs_is_shown_as_it_runs_and_what_does_not_as_it_is_defined() {
    let (_folder, paths) = folders(
        &[
            ("instance-0000002a.xml", DEFINED),
            ("instance-0000002b.xml", FUNCTION),
            ("default.xml", "<network/>"),
        ],
        &[("instance-0000002a.xml", RUNNING), ("instance-0000002a.pid", "48213")],
    );
    fs::create_dir(paths[0].join("networks.xml")).unwrap();
    let domains = read_domains(&paths);
    assert!(domains.known && domains.problems.is_empty(), "{:?}", domains.problems);
    let [web, other] = [1, 2].map(|n| uuid(&format!("6e0d4e1c-1111-4000-8000-{n:012}")));
    assert_eq!(domains.all.keys().copied().collect::<Vec<_>>(), [web, other]);
    let expected = Domain {
        uuid: web,
        name: "instance-0000002a".to_owned(),
        server: Some("web-1".to_owned()),
        running: true,
        mediated: [uuid("4b20d080-1b54-4048-85b3-a6a62d165c01")].into(),
        functions: BTreeSet::new(),
    };
    assert_eq!(domains.all[&web], expected);
    let other = &domains.all[&other];
    assert_eq!((other.running, &other.server, other.mediated.len()), (false, &None, 0));
    let functions: Vec<String> = other.functions.iter().map(ToString::to_string).collect();
    assert_eq!(functions, ["0000:c1:00.4", "0001:17:1f.7"], "neither a network's nor its place in the guest");
    // The order of the folders is of no interest.
    assert_eq!(read_domains(&[paths[1].clone(), paths[0].clone()]).all[&web], expected);
}

#[test]
fn a_status_that_is_left_of_one_that_ended_is_not_running() {
    let ended = RUNNING.replace("state='running'", "state='shutoff'");
    assert!(!domain(&ended).unwrap().unwrap().running);
    let paused = RUNNING.replace("state='running'", "state='paused'");
    assert!(domain(&paused).unwrap().unwrap().running, "it keeps its devices");
}

#[test]
fn what_cannot_be_read_is_told_and_makes_the_whole_uncertain() {
    let (_folder, mut paths) =
        folders(&[("a.xml", DEFINED), ("b.xml", "<domain><uuid>x</uuid></domain>")], &[]);
    let domains = read_domains(&paths);
    assert_eq!((domains.known, domains.all.len(), domains.problems.len()), (false, 1, 1));
    assert!(domains.problems[0].subject.ends_with("b.xml"), "{:?}", domains.problems);
    for broken in ["", "<domain>", "<domstatus/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><domain/>", "\u{0}"] {
        assert!(domain(broken).is_err(), "{broken:?}");
    }
    paths.push("/nonexistent/qemu".into());
    let domains = read_domains(&paths);
    assert!(domains.problems.iter().any(|problem| problem.subject == "/nonexistent/qemu"));
    assert_eq!(
        read_domains(&paths[1..2]),
        Domains { known: true, ..Domains::default() },
        "no guest is no problem"
    );
}

#[test]
fn devices_that_make_no_sense_are_nobodys() {
    let odd = FUNCTION.replace("function='0x4'", "function='0x9'").replace("bus='0x17'", "bus='many'");
    assert!(domain(&odd).unwrap().unwrap().functions.is_empty());
    let odd = DEFINED.replace("uuid='4b20d080", "uuid='zzzz");
    assert!(domain(&odd).unwrap().unwrap().mediated.is_empty());
}
