//! The documentation and the program belong together: links lead somewhere, commands can be typed, and what is
//! made from the code is as the code is.

mod commands;
mod links;
mod log;
mod logged;
mod reference;

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page, by its path from the root of the repository.
struct Page {
    path: PathBuf,
    text: String,
}

/// Everything that people read: the pages on top, those of `docs`, and each README.
fn pages() -> Vec<Page> {
    let mut paths = Vec::new();
    collect(root(), &mut paths);
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        Page { path: path.strip_prefix(root()).unwrap().to_owned(), text }
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        let hidden =
            name.starts_with('.') || ["target", "corpus", "artifacts", "node_modules"].contains(&name);
        if path.is_symlink() {
            // What it leads to is found where it is.
            continue;
        }
        if path.is_dir() && !hidden {
            collect(&path, pages);
        } else if name.ends_with(".md") {
            pages.push(path);
        }
    }
}

/// The lines of code blocks with their numbers, each with whether its block is of this language.
fn code<'a>(text: &'a str, languages: &'a [&str]) -> impl Iterator<Item = (usize, &'a str)> {
    let mut inside: Option<bool> = None;
    text.lines().enumerate().filter_map(move |(number, line)| {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            inside = match inside {
                None => Some(languages.contains(&language.trim())),
                Some(_) => None,
            };
            return None;
        }
        (inside == Some(true)).then_some((number + 1, line))
    })
}
