use super::*;

/// Files in order, each its own `NN.conf` of one directory.
fn config(files: &[&str]) -> Result<OsloConfig, OsloError> {
    let folder = tempfile::tempdir().unwrap();
    for (index, text) in files.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{index:02}.conf")), text).unwrap();
    }
    let directories = Some(vec![folder.path().to_owned()]);
    OsloConfig::read(&Search { files: Some(Vec::new()), directories, ..Search::default() })
}

fn value(files: &[&str], section: &str, key: &str) -> Option<String> {
    config(files).unwrap().get(&[(section, key)]).unwrap().map(|value| value.text)
}

fn refused(files: &[&str], section: &str, key: &str) -> String {
    config(files).unwrap().get(&[(section, key)]).unwrap_err().to_string()
}

#[test]
fn values_are_read_as_oslo_reads_them() {
    for (text, expected) in [
        ("key = a", "a"),
        ("key=a", "a"),
        ("key : a = b", "a = b"),
        ("key = a : b", "a : b"),
        ("key = \" a \"", " a "),
        ("key = 'a'", "a"),
        ("key = 'a\"", "'a\""),
        ("key = \"", ""),
        ("key = \\n\\\\", "\\n\\\\"),
        ("key = a # b ; c", "a # b ; c"),
        ("key = a\n  b\n\tc", "a\nb\nc"),
        ("key = a\n  # no comment", "a\n# no comment"),
        ("key = a\r\n  b\r\n", "a\nb"),
        ("key =", ""),
        ("key = a\nkey = b", "b"),
        ("key = $$a $ ${ \\$x $1", "$a $ ${ $x $1"),
    ] {
        assert_eq!(value(&[&format!("[s]\n{text}\n")], "s", "key").as_deref(), Some(expected), "{text:?}");
    }
}

#[test]
fn later_files_win_and_sections_have_no_case_but_default() {
    let files = ["[Placement]\nkey = a\nother = c", "[placement]\nkey = b\n[default]\nhost = x"];
    assert_eq!(value(&files, "PLACEMENT", "key").as_deref(), Some("b"));
    assert_eq!(value(&files, "placement", "other").as_deref(), Some("c"));
    assert_eq!(value(&files, "placement", "Key"), None);
    assert_eq!(value(&files, "DEFAULT", "host"), None);
}

#[test]
fn an_older_name_in_a_later_file_wins() {
    let names = [("s", "new"), ("s", "old")];
    let both = config(&["[s]\nnew = a\nold = b"]).unwrap();
    assert_eq!(both.get(&names).unwrap().unwrap().text, "a");
    let later = config(&["[s]\nnew = a", "[s]\nold = b\nold = c"]).unwrap();
    let found = later.get(&names).unwrap().unwrap();
    assert_eq!((found.text.as_str(), found.line), ("c", 3));
    assert!(found.file.ends_with("01.conf"));
    let all: Vec<String> = later.all(&names).unwrap().into_iter().map(|value| value.text).collect();
    assert_eq!(all, ["a", "b", "c"]);
}

#[test]
fn references_are_followed_in_the_group_and_then_in_default() {
    let text = "[DEFAULT]\nip = 10.0.0.1\nhost = cmp1\n[s]\nhost = cmp2\nown = $host\n\
                both = http://${ip}:$port/${t.opt}\n[t]\nopt = $ip\n[DEFAULT]\nport = 8778\n";
    assert_eq!(value(&[text], "s", "own").as_deref(), Some("cmp2"));
    assert_eq!(value(&[text], "s", "both").as_deref(), Some("http://10.0.0.1:8778/10.0.0.1"));
    let known = config(&[text]).unwrap().knowing("s", ["own"]);
    assert_eq!(known.get(&[("s", "own")]).unwrap().unwrap().text, "cmp1", "s has no option host");
    let unset = config(&["[DEFAULT]\nhost = a\n[s]\nown = $host"]).unwrap().knowing("s", ["own", "host"]);
    assert!(unset.get(&[("s", "own")]).is_err());
}

#[test]
fn what_is_not_known_is_refused_with_its_place() {
    for (text, parts) in [
        ("[s]\nkey = pa$word\n", &["00.conf:2: key refers to $word, which the files do not set"][..]),
        ("[s]\nkey = $host.example.org\nhost = a", &["$host.example.org"]),
        ("[DEFAULT]\na = b\n[s]\nkey = ${DEFAULT.a}", &["00.conf:4", "$DEFAULT.a"]),
        ("[s]\nkey = $a\na = $b\nb = $a", &["leads back to itself"]),
        ("[s]\nkey = $a\na = yes", &["may be no string"]),
        ("[s]\nkey = $a\na = x,y", &["may be no string"]),
        ("[s]\nkey = $a\na = 007", &["may be no string"]),
    ] {
        let error = refused(&[text], "s", "key");
        for part in parts {
            assert!(error.contains(part), "{text:?} should say {part:?}: {error}");
        }
    }
}

#[test]
fn references_that_double_with_every_line_are_refused() {
    let doubling = |leaf: &str| {
        let lines = (0..30).map(|line| format!("k{line} = ${{k{}}}${{k{}}}\n", line + 1, line + 1));
        format!("[s]\n{}k30 = {leaf}\n", lines.collect::<String>())
    };
    for leaf in ["", "ab"] {
        let error = refused(&[&doubling(leaf)], "s", "k0");
        assert!(error.contains("put together of too many others"), "{error}");
    }
    // Few references, and too long.
    let long = "x".repeat(600 << 10);
    assert!(refused(&[&format!("[s]\na = {long}\nb = $a$a\n")], "s", "b").contains("too long"));
    assert_eq!(value(&[&format!("[s]\na = {long}\nb = $a\n")], "s", "b"), Some(long));
}

#[test]
fn what_oslo_does_not_accept_is_refused_with_its_line() {
    for (text, place) in [
        ("key = a\n", "00.conf:1:"),
        ("[s\n", "00.conf:1:"),
        ("[s] # comment\n", "00.conf:1:"),
        ("\n[]\n", "00.conf:2:"),
        ("[s]\nkey\n", "00.conf:2:"),
        ("[s]\n= a\n", "00.conf:2:"),
        ("[s]\n  a\n", "00.conf:2:"),
        ("[s]\nkey = a\n\n  b\n", "00.conf:4:"),
        ("[s]\nkey = a\n# c\n  b\n", "00.conf:4:"),
        ("\u{feff}[s]\nkey = a\n", "00.conf:1:"),
    ] {
        let error = config(&[text]).unwrap_err();
        assert!(error.to_string().contains(place), "{text:?}: {error}");
        assert_eq!(error.code(), crate::model::Code::ConfigInvalid);
    }
}

#[test]
fn lists_and_booleans() {
    let text = "[s]\nlist = a, b ,,c,\nnone = ,\nyes = On\nno = 0\nbad = maybe\n";
    let config = config(&[text]).unwrap();
    assert_eq!(config.list(&[("s", "list")]).unwrap().unwrap(), ["a", "b", "", "c"]);
    assert_eq!(config.list(&[("s", "none")]).unwrap().unwrap(), Vec::<String>::new());
    assert_eq!(config.boolean(&[("s", "yes")]).unwrap(), Some(true));
    assert_eq!(config.boolean(&[("s", "no")]).unwrap(), Some(false));
    assert_eq!(config.boolean(&[("s", "absent")]).unwrap(), None);
    let error = config.boolean(&[("s", "bad")]).unwrap_err().to_string();
    assert!(error.contains(":6: bad should be true or false"), "{error}");
}

#[test]
fn nothing_shows_a_value() {
    let config = config(&["[s]\npassword = hunter2\n"]).unwrap();
    let value = config.get(&[("s", "password")]).unwrap();
    assert!(!format!("{config:?} {value:?}").contains("hunter2"));
}

#[test]
fn a_named_file_that_cannot_be_read_is_an_error() {
    let files = Some(vec![PathBuf::from("/nonexistent/nova.conf")]);
    let error = OsloConfig::read(&Search { files, ..Search::default() }).unwrap_err();
    assert_eq!(error.code(), crate::model::Code::ConfigUnreadable);
    assert!(error.to_string().contains("/nonexistent/nova.conf"), "{error}");
}
