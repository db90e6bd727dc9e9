use std::fmt;

use super::super::text::{causes, excerpt, scrub, shown};

#[derive(Debug)]
struct Layer(&'static str, Option<Box<Layer>>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Layer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_deref().map(|layer| layer as _)
    }
}

#[test]
fn every_cause_is_named_once() {
    let inner = Layer("connection refused", None);
    let middle = Layer("tcp connect: connection refused", Some(Box::new(inner)));
    let outer = Layer("error sending request", Some(Box::new(middle)));
    assert_eq!(causes(&outer), "error sending request: tcp connect: connection refused");
}

#[test]
fn an_excerpt_is_one_short_line() {
    assert_eq!(excerpt("<html>\n  <h1>Bad\tgateway</h1>\n"), "<html> <h1>Bad gateway</h1>");
    let long = excerpt(&"ä".repeat(300));
    assert_eq!(long.chars().count(), 201);
    assert!(long.ends_with('…'));
}

#[test]
fn secrets_are_taken_out() {
    assert_eq!(scrub("token gAAAAAB-xyz!".to_owned(), "gAAAAAB-xyz"), "token [redacted]!");
    assert_eq!(shown(&"https://user:geheim@h/placement".parse().unwrap()), "https://h/placement");
}
