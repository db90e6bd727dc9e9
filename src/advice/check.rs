//! Whether a VGPU flavor would really get a GPU on this host, and if not, why: one line for everything that was
//! looked at. What failed is a line too, and what could not be looked at because of it.

mod agent;
mod compute;
mod flavors;
mod gpu;
mod nova;
mod service;
mod verdict;

use crate::model::{
    Decision, Finding, HostSnapshot, NovaView, ObservedTree, ProviderUuid, RootUuid, Severity, TraitName,
};
use crate::planner::{self, Policy};

pub use agent::AgentSeen;
pub use flavors::{Attached, Flavor};
pub use verdict::Verdict;

/// What each edge said. `None`: it was not asked, because of what came before.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Who logs in and where that was found, in words.
    pub credentials: Result<String, Finding>,
    /// Sources of credentials that come earlier and have something, but not enough.
    pub incomplete: Vec<String>,
    /// A token was given; where Placement is.
    pub login: Option<Result<String, Finding>>,
    /// The microversions that Placement speaks, in words.
    pub versions: Option<Result<String, Finding>>,
    /// The root and how it was found.
    pub root: Option<Result<(RootUuid, &'static str), Finding>>,
    /// The whole tree with its usages, and what was decided about it.
    pub placement: Option<Result<(ObservedTree, Decision), Finding>>,
    /// The scan.
    pub hardware: Result<HostSnapshot, Finding>,
    /// What Nova is told.
    pub nova: &'a NovaView,
    /// What the operator wants.
    pub policy: &'a Policy,
    /// The running agent.
    pub agent: AgentSeen,
}

impl Seen<'_> {
    fn tree(&self) -> Option<&ObservedTree> {
        self.decided().map(|(tree, _)| tree)
    }

    fn decided(&self) -> Option<&(ObservedTree, Decision)> {
        self.placement.as_ref().and_then(|asked| asked.as_ref().ok())
    }

    /// Whether Nova's scheduler takes this host for a compute node, where that is known.
    fn is_compute_node(&self) -> Option<bool> {
        self.tree().map(ObservedTree::is_compute_node)
    }
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Whether a flavor gets a GPU here, in one line.
    pub verdict: Verdict,
    /// The root provider, where it was read.
    pub root: Option<(ProviderUuid, String)>,
    /// What was looked at.
    pub subjects: Vec<Subject>,
    /// What a flavor would find, by the trait that it requires.
    pub flavors: Vec<Flavor>,
}

impl Report {
    /// The findings, in the order of the lines.
    pub fn findings(&self) -> Vec<Finding> {
        self.lines().filter_map(|line| line.finding.clone()).collect()
    }

    /// The worst of them.
    pub fn worst(&self) -> Option<Severity> {
        self.lines().filter_map(|line| line.finding.as_ref()).map(|finding| finding.code.severity()).max()
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.subjects.iter().flat_map(|subject| &subject.lines)
    }
}

/// One part of the way from a flavor to a GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What it is called.
    pub name: String,
    /// What was looked at.
    pub lines: Vec<Line>,
}

impl Subject {
    fn new(name: impl Into<String>, lines: Vec<Line>) -> Self {
        Subject { name: name.into(), lines }
    }
}

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Good,
    /// Could not be looked at.
    Unseen,
    /// See the finding.
    Found(Severity),
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What.
    pub what: &'static str,
    /// How it is.
    pub grade: Grade,
    /// What was seen.
    pub seen: String,
    /// The finding, where there is one.
    pub finding: Option<Finding>,
}

impl Line {
    fn good(what: &'static str, seen: impl ToString) -> Line {
        Line { what, grade: Grade::Good, seen: seen.to_string(), finding: None }
    }

    fn unseen(what: &'static str, why: impl ToString) -> Line {
        Line { what, grade: Grade::Unseen, seen: why.to_string(), finding: None }
    }

    /// Good to know, and nobody's fault.
    fn note(what: &'static str, seen: impl ToString) -> Line {
        Line { grade: Grade::Found(Severity::Info), ..Line::good(what, seen) }
    }

    fn found(what: &'static str, finding: Finding) -> Line {
        let (grade, seen) = (Grade::Found(finding.code.severity()), finding.seen.clone());
        Line { what, grade, seen, finding: Some(finding) }
    }
}

/// Judges what was seen.
pub fn check(seen: &Seen<'_>) -> Report {
    let mut findings = Findings(all_findings(seen));
    let flavors = flavors::flavors(seen);
    let verdict = verdict::verdict(seen, &flavors);
    let gpus = gpu::subjects(seen, &mut findings);
    let nova = nova::subject(seen, &mut findings);
    let compute = compute::subject(seen, &mut findings);
    let agent = agent::subject(seen);
    // What nobody claimed is the host's.
    let hardware = gpu::hardware(seen, findings.0);
    let mut subjects = vec![service::subject(seen), compute, nova, hardware];
    subjects.extend(gpus);
    subjects.extend([agent, flavors::subject(seen, &flavors, &verdict)]);
    subjects.retain(|subject| !subject.lines.is_empty());
    let root = seen.tree().map(|tree| (tree.root.provider(), tree.root_name().to_owned()));
    Report { verdict, root, subjects, flavors }
}

/// What the planner finds; without Placement, what it finds of the hardware and of Nova's configuration.
fn all_findings(seen: &Seen<'_>) -> Vec<Finding> {
    if let Some((_, decision)) = seen.decided() {
        return decision.findings.clone();
    }
    let hardware = seen.hardware.as_ref().map(|host| planner::hardware_findings(host, seen.policy));
    hardware.unwrap_or_default().into_iter().chain(seen.nova.problems.iter().cloned()).collect()
}

/// The planner's findings that no subject has yet.
struct Findings(Vec<Finding>);

impl Findings {
    /// Those that are this subject's.
    fn take(&mut self, mine: impl Fn(&Finding) -> bool) -> Vec<Finding> {
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(mine);
        self.0 = left;
        taken
    }
}

/// `CUSTOM_NVIDIA_1G5GB`, as a flavor asks for it.
fn asks(name: &TraitName) -> String {
    format!("resources:VGPU=1 and trait:{name}=required")
}

/// `1 function`, `2 functions`.
fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
