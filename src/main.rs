//! The command `nvidia-placement-agent`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    nvidia_placement_agent::cli::main()
}
