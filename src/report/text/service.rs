//! What the running agent is at, in one line: the `Status:` of `systemctl status`.

use std::collections::BTreeSet;

use crate::report::json::Status;
use crate::report::words::counted;

/// More than this is a tale, not a line.
const MOST: usize = 240;

/// One line without the seconds that pass, so that it changes only when something does.
pub fn service_line(status: &Status) -> String {
    let mut line = sentence(status).replace(char::is_control, " ");
    if let Some((cut, _)) = line.char_indices().nth(MOST) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

fn sentence(status: &Status) -> String {
    let error = status.findings.iter().find(|finding| finding.severity == "error");
    if let Some(stuck) = &status.stuck {
        return format!("A call into the driver does not return: {}", stuck.call);
    }
    if status.released {
        return "Released: NVML is closed until `nvidia-placement-agent resume`".to_owned();
    }
    if !status.scanned {
        return "Starting: scanning the GPUs".to_owned();
    }
    if status.cycles == 0 {
        return "Starting: the GPUs are scanned, asking Placement".to_owned();
    }
    match error {
        Some(finding) if finding.code == "NPA0301" => {
            format!("Waiting for nova-compute to make this host's root provider ({})", finding.code)
        }
        Some(finding) => {
            format!("Not as it should be: {} {}: {}", finding.code, finding.subject, finding.seen)
        }
        None if status.settling => format!("Waiting until what was seen has settled: {}", providers(status)),
        None if status.converged => format!("Converged: {}", providers(status)),
        None => "Not as it should be: see `nvidia-placement-agent status`".to_owned(),
    }
}

fn providers(status: &Status) -> String {
    let devices: BTreeSet<&str> = status.providers.iter().map(|provider| provider.device.as_str()).collect();
    let own = match status.providers.len() {
        0 => None,
        own => Some(format!("{} on {}", counted(own, "provider"), counted(devices.len(), "GPU"))),
    };
    let of_nova = match status.decorated {
        0 => None,
        theirs => Some(format!("traits on {} of Nova's", counted(theirs, "provider"))),
    };
    let all: Vec<String> = own.into_iter().chain(of_nova).collect();
    if all.is_empty() { "nothing to publish".to_owned() } else { all.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;

    fn status(change: impl FnOnce(&mut Status)) -> String {
        let mut status = Status::new(&model::Status::default(), model::Moment::default());
        change(&mut status);
        service_line(&status)
    }

    fn finding(code: &str, seen: &str) -> crate::report::json::StatusFinding {
        let [severity, subject, remedy] = ["error", "Placement", "wait"].map(str::to_owned);
        crate::report::json::StatusFinding {
            code: code.to_owned(),
            seen: seen.to_owned(),
            severity,
            subject,
            remedy,
        }
    }

    #[test]
    fn a_person_sees_what_it_waits_for() {
        assert_eq!(status(|_| {}), "Starting: scanning the GPUs");
        let running = |status: &mut Status| (status.scanned, status.cycles) = (true, 1);
        let with = |code: &str, seen: &str| {
            status(|status| {
                running(status);
                status.findings.push(finding(code, seen));
            })
        };
        assert_eq!(
            with("NPA0301", "no such provider"),
            "Waiting for nova-compute to make this host's root provider (NPA0301)"
        );
        assert_eq!(
            with("NPA0401", "refused\nby it"),
            "Not as it should be: NPA0401 Placement: refused by it"
        );
        assert_eq!(with("NPA0401", &"x".repeat(1000)).chars().count(), MOST + 1);
        let converged = status(|status| {
            running(status);
            (status.converged, status.decorated) = (true, 2);
        });
        assert_eq!(converged, "Converged: traits on 2 providers of Nova's");
    }
}
