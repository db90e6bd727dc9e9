//! What an operator should know, worst first.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::badge;
use crate::model::{Code, Finding, Severity, Status};
use crate::report::words::{Grade, counted};

/// More of one kind are folded up.
const FEW: usize = 4;

pub(super) fn section(status: &Status) -> Markup {
    // What is to be done is the same for all of a group, so it is said once.
    let mut groups: BTreeMap<(std::cmp::Reverse<Severity>, Code, String), Vec<Finding>> = BTreeMap::new();
    for finding in status.all_findings() {
        let key = (std::cmp::Reverse(finding.code.severity()), finding.code, finding.remedy.clone());
        groups.entry(key).or_default().push(finding);
    }
    let (infos, wrong): (Vec<_>, Vec<_>) =
        groups.iter().partition(|((severity, ..), _)| severity.0 == Severity::Info);
    html! {
        h2 id="findings-h" { "Findings" }
        @if groups.is_empty() {
            p { "None: there is nothing that you should know." }
        }
        (list(&wrong))
        // What is only good to know must not hide what is wrong.
        @if infos.len() > FEW || !(wrong.is_empty() || infos.is_empty()) {
            details id="infos" {
                summary { (counted(infos.iter().map(|(_, all)| all.len()).sum(), "info")) ": good to know" }
                (list(&infos))
            }
        } @else { (list(&infos)) }
    }
}

/// What one code and one remedy are about.
type Group<'a> = (&'a (std::cmp::Reverse<Severity>, Code, String), &'a Vec<Finding>);

fn list(groups: &[Group<'_>]) -> Markup {
    html! {
        @if !groups.is_empty() {
            ul class="findings" {
                @for (number, ((_, code, remedy), all)) in groups.iter().enumerate() {
                    li { (group(number, *code, remedy, all)) }
                }
            }
        }
    }
}

fn group(number: usize, code: Code, remedy: &str, all: &[Finding]) -> Markup {
    let grade = match code.severity() {
        Severity::Info => Grade::Unknown,
        Severity::Warning => Grade::Poor,
        Severity::Error => Grade::Bad,
    };
    let list = html! {
        ul class="seen" {
            @for finding in all {
                li { strong { (finding.subject) } ": " (finding.seen) }
            }
        }
    };
    html! {
        h3 {
            (badge(grade, &code.severity().to_string()))
            " " a href=(format!("/messages#{}", code.as_str().to_lowercase())) { (code) }
        }
        @if all.len() > FEW {
            details id=(format!("finding-{number}-{code}")) {
                summary { (counted(all.len(), "time")) }
                (list)
            }
        } @else {
            (list)
        }
        p class="remedy" { span class="dim" { "What to do: " } (with_code(remedy)) }
    }
}

/// What stands between backquotes is to be typed.
fn with_code(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
