//! `check/v1`: whether a VGPU flavor gets a GPU on this host, and what was looked at.

use serde::Serialize;

use super::{FindingV1, findings};
use crate::advice::check::{Attached, Flavor, Grade, Line, Report, Subject};

/// The document.
#[derive(Debug, Serialize)]
pub struct Check {
    schema: &'static str,
    /// The worst finding: `ok`, `info`, `warning`, `error`.
    result: String,
    verdict: VerdictV1,
    /// Null where it could not be read.
    root: Option<RootV1>,
    subjects: Vec<SubjectV1>,
    flavors: Vec<FlavorV1>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
struct VerdictV1 {
    lands: bool,
    full: bool,
    text: String,
}

#[derive(Debug, Serialize)]
struct RootV1 {
    uuid: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct SubjectV1 {
    name: String,
    checks: Vec<CheckV1>,
}

#[derive(Debug, Serialize)]
struct CheckV1 {
    checked: &'static str,
    /// `ok`, `unseen`, `info`, `warning`, `error`.
    result: String,
    seen: String,
    /// Null where it is as it should be.
    code: Option<&'static str>,
    remedy: Option<String>,
}

#[derive(Debug, Serialize)]
struct FlavorV1 {
    /// Null: a flavor that requires none.
    r#trait: Option<String>,
    name: String,
    total: u32,
    free: u32,
    /// Free when the agent has written what is due.
    due: u32,
    /// `by-nova`, `by-others`, `without`, `fails`, `reserved`.
    attached: &'static str,
    /// Null where a device is attached.
    why: Option<String>,
}

impl Check {
    /// The document.
    pub fn new(report: &Report) -> Self {
        let root = |(uuid, name): &(crate::model::ProviderUuid, String)| RootV1 {
            uuid: uuid.to_string(),
            name: name.clone(),
        };
        Check {
            schema: "check/v1",
            result: report.worst().map_or_else(|| "ok".to_owned(), |worst| worst.to_string()),
            verdict: VerdictV1 {
                lands: report.verdict.lands,
                full: report.verdict.full,
                text: report.verdict.text.clone(),
            },
            root: report.root.as_ref().map(root),
            subjects: report.subjects.iter().map(SubjectV1::from).collect(),
            flavors: report.flavors.iter().map(FlavorV1::from).collect(),
            findings: findings(&report.findings()),
        }
    }
}

impl From<&Subject> for SubjectV1 {
    fn from(subject: &Subject) -> Self {
        SubjectV1 { name: subject.name.clone(), checks: subject.lines.iter().map(CheckV1::from).collect() }
    }
}

impl From<&Line> for CheckV1 {
    fn from(line: &Line) -> Self {
        CheckV1 {
            checked: line.what,
            result: match line.grade {
                Grade::Good => "ok".to_owned(),
                Grade::Unseen => "unseen".to_owned(),
                Grade::Found(severity) => severity.to_string(),
            },
            seen: line.seen.clone(),
            code: line.finding.as_ref().map(|finding| finding.code.as_str()),
            remedy: line.finding.as_ref().map(|finding| finding.remedy.clone()),
        }
    }
}

impl From<&Flavor> for FlavorV1 {
    fn from(flavor: &Flavor) -> Self {
        let (attached, why) = match &flavor.attached {
            Attached::ByNova => ("by-nova", None),
            Attached::ByOthers => ("by-others", None),
            Attached::Without(why) => ("without", Some(why)),
            Attached::Fails(why) => ("fails", Some(why)),
            Attached::Reserved(why) => ("reserved", Some(why)),
        };
        FlavorV1 {
            r#trait: flavor.name.as_ref().map(ToString::to_string),
            name: flavor.plain.clone(),
            total: flavor.total,
            free: flavor.free,
            due: flavor.due,
            attached,
            why: why.cloned(),
        }
    }
}
