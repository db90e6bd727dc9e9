//! Findings: severity, code, what was seen, what to do.

use std::fmt::Write;

use super::style::{BOLD, DIM, of_severity, painted};
use crate::model::Finding;

/// All findings, worst first; empty where there is none.
pub fn findings(all: &[Finding]) -> String {
    let mut sorted: Vec<&Finding> = all.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.code.severity()));
    let mut out = String::new();
    for finding in sorted {
        out.push('\n');
        out.push_str(&finding_lines(finding));
    }
    out
}

/// One finding in two lines.
pub fn finding_lines(finding: &Finding) -> String {
    let severity = finding.code.severity();
    let head = painted(of_severity(severity), format!("{severity} {}", finding.code));
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{head} {}: {}", painted(BOLD, &finding.subject), finding.seen);
    let _ = writeln!(out, "  {} {}", painted(DIM, "→"), finding.remedy);
    out
}
