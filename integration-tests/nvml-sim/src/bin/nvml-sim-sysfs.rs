//! Writes the sysfs tree of a host file: `nvml-sim-sysfs HOST_TOML FOLDER`. The folder must not be there.

use std::path::Path;
use std::process::ExitCode;

use nvidia_ml::host::Host;
use nvidia_ml::sysfs::Tree;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, folder] = arguments.as_slice() else {
        eprintln!("usage: nvml-sim-sysfs HOST_TOML FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(host), Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("nvml-sim-sysfs: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn write(file: &Path, folder: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let host = Host::parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    if folder.exists() {
        return Err(format!("{} is there already: name a folder that is not", folder.display()));
    }
    Tree::of(Some(&host)).write(folder).map_err(|error| format!("{}: {error}", folder.display()))
}
