//! Every relative link leads to a file that is there, and to a heading that is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::{Page, pages, root};

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    assert!(pages.len() > 20, "only {} pages", pages.len());
    let wrong = broken(&pages);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_site_has_every_page_and_links_to_nothing_outside_of_itself() {
    let pages = pages();
    let summary = &pages.iter().find(|page| page.path == Path::new("docs/SUMMARY.md")).unwrap().text;
    let docs =
        pages.iter().filter(|page| page.path.starts_with("docs") && !page.path.ends_with("SUMMARY.md"));
    for page in docs {
        let inside = page.path.strip_prefix("docs").unwrap().display().to_string();
        assert!(summary.contains(&format!("({inside})")), "{inside} is missing in docs/SUMMARY.md");
        for (line, target) in targets(&page.text) {
            let path = resolve(&page.path, target.split('#').next().unwrap());
            let outside = !target.contains("://") && !path.starts_with("docs");
            assert!(!outside, "{}:{line}: {target} would lead out of the site", page.path.display());
        }
    }
}

fn broken(pages: &[Page]) -> Vec<String> {
    let anchors: BTreeMap<&Path, BTreeSet<String>> =
        pages.iter().map(|page| (page.path.as_path(), anchors(&page.text))).collect();
    let mut wrong = Vec::new();
    for page in pages {
        for (line, target) in targets(&page.text) {
            let here = format!("{}:{line}: {target}", page.path.display());
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            if path.contains("://") {
                continue;
            }
            let path = if path.is_empty() { page.path.clone() } else { resolve(&page.path, path) };
            if !root().join(&path).exists() {
                wrong.push(format!("{here}: no such file"));
            } else if !anchor.is_empty()
                && !anchors.get(path.as_path()).is_some_and(|known| known.contains(anchor))
            {
                wrong.push(format!("{here}: no such heading"));
            }
        }
    }
    wrong
}

/// The targets of `[text](target)`, outside of code.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        if code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let before = line.get(..at).unwrap_or_default();
            let inside_code = before.matches('`').count() % 2 == 1 && !before.ends_with('`');
            let rest = line.get(at + 2..).unwrap_or_default();
            if let Some(end) = rest.find(')').filter(|_| !inside_code) {
                found.push((number + 1, &rest[..end]));
            }
        }
    }
    found
}

fn resolve(from: &Path, to: &str) -> PathBuf {
    let mut path = from.parent().unwrap().to_owned();
    for part in Path::new(to).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

/// As GitHub and mdBook make them of headings; and those that are written out.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut code = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
        }
        if let Some(id) = line.split("<a id=\"").nth(1).and_then(|rest| rest.split('"').next()) {
            found.insert(id.to_owned());
        }
        let heading = line.trim_start_matches('#');
        if code || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let slug: String = heading
            .trim()
            .to_lowercase()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
                _ => None,
            })
            .collect();
        found.insert(slug);
    }
    found
}

#[test]
fn broken_links_are_found() {
    let page = |path: &str, text: &str| Page { path: path.into(), text: text.to_owned() };
    let links =
        "[a](README.md#try-it) [b](nosuch.md) `[c](x)` [d](docs/SUMMARY.md#nosuch) [e](https://e.org)";
    let pages = [
        page("README.md", &format!("# Top\n\n## Try it\n{links}\n```\n[f](y)\n```\n")),
        page("docs/SUMMARY.md", ""),
    ];
    let wrong = broken(&pages);
    assert_eq!(wrong.len(), 2, "{wrong:#?}");
    assert!(wrong[0].starts_with("README.md:4: nosuch.md") && wrong[1].ends_with("no such heading"));
    assert!(anchors("## `[own]`, `[devices]`: what is published").contains("own-devices-what-is-published"));
}
