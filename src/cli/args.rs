//! What can be typed. Every verb's help has examples.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Span;
use crate::model::PciAddress;
use crate::planner::VgpuRule;

/// Keeps OpenStack Placement true about what NVIDIA GPUs are cut into.
///
/// Runs beside nova-compute on a GPU host: finds the MIG profiles that its GPUs are cut into, and publishes
/// them as VGPU inventories with CUSTOM_NVIDIA_<profile> traits on providers under the compute node's own.
#[derive(Debug, Parser)]
#[command(name = "nvidia-placement-agent", version, max_term_width = 100, arg_required_else_help = false)]
#[command(after_help = "\
Start with `discover` on a GPU host, `plan` to see what would be written,
`apply` to write it.

Exit codes: 0 done, 2 `plan --exit-code` has something to do, 64 wrong usage,
70 a fault of this program, 74 the result could not be written. Every error has
its own, 10 to 59, listed in docs/usage/messages.md beside its code (NPA…).")]
pub struct Cli {
    #[command(flatten)]
    pub(super) common: Common,

    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

#[derive(Debug, Args)]
pub(super) struct Common {
    /// The configuration file [default: /etc/nvidia-placement-agent/agent.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE", env = "NVIDIA_PLACEMENT_AGENT_CONFIG")]
    pub(super) config: Option<PathBuf>,

    /// Log more to standard error: -v what is done, -vv every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// For programs: one document with a `schema` field
    Json,
}

#[derive(Debug, Args)]
pub(super) struct FormatArg {
    /// How to print the result
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: Format,
}

/// What can be drawn, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Drawing {
    /// For people
    Table,
    /// For programs: one document with a `schema` field
    Json,
    /// A picture for a ticket: one file that needs nothing else
    Svg,
}

impl Drawing {
    /// How failures are printed.
    pub(super) fn format(self) -> Format {
        match self {
            Drawing::Json => Format::Json,
            Drawing::Table | Drawing::Svg => Format::Table,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct DrawingArg {
    /// How to print the result
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: Drawing,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Show this host's GPUs: how they are cut, what still fits, what guests can get
    #[command(after_help = "\
Examples:
  nvidia-placement-agent discover                      # a line for each GPU
  nvidia-placement-agent discover --gpu 0000:41:00.0   # all about one, with what still fits, drawn
  nvidia-placement-agent discover --details            # the same for all of them
  nvidia-placement-agent discover --types              # every vGPU type, for devices.vgpu_types
  nvidia-placement-agent discover --format json | jq '.gpus[].instances'
  nvidia-placement-agent discover --details --format svg > gpus.svg   # a picture for a ticket
  nvidia-placement-agent discover --record my-host --anonymise   # for a bug report
  nvidia-placement-agent discover --replay my-host")]
    Discover(DiscoverArgs),

    /// Show what `apply` would write to Placement, for each provider, and why
    #[command(after_help = "\
Examples:
  nvidia-placement-agent plan
  nvidia-placement-agent plan --exit-code || echo 'something to do, or an error: see $?'
  nvidia-placement-agent plan --format json | jq .writes")]
    Plan(PlanArgs),

    /// Bring Placement in line with the hardware, once
    #[command(after_help = "\
Examples:
  nvidia-placement-agent apply
  nvidia-placement-agent apply --format json | jq .converged

Safe to interrupt and to run again: whatever was done is not done twice.")]
    Apply(ApplyArgs),

    /// Draw a compute node's providers as Placement has them
    #[command(after_help = "\
Examples:
  nvidia-placement-agent tree                          # this host
  nvidia-placement-agent tree cmp1.example.org         # another one, from anywhere
  nvidia-placement-agent tree --all                    # every compute node
  nvidia-placement-agent tree --watch                  # again every 2 seconds
  nvidia-placement-agent tree --long                   # with UUIDs and generations
  nvidia-placement-agent tree --format svg > tree.svg  # a picture for a ticket

Guests are shown by name where the credentials may ask Nova, else by the UUID of their allocation.")]
    Tree(TreeArgs),

    /// Print the commands that make flavors for what this host's GPUs give
    #[command(after_help = "\
Examples:
  nvidia-placement-agent flavors                       # one command for each kind, with what it is
  nvidia-placement-agent flavors --ram 16384 --vcpus 8 | sh
  nvidia-placement-agent flavors --board               # flavors that are bound to a board
  nvidia-placement-agent flavors --compare             # what the cloud's flavors get here, and which are missing
  nvidia-placement-agent flavors --format json | jq -r '.flavors[].command'

Memory and processors grow with the share of the GPU; they are where to begin, not a rule. Comments say what
a guest gets and how many there are, so the whole output can be given to a shell.")]
    Flavors(FlavorsArgs),

    /// Print what nova-compute on this host has to be told, so that it hands its vGPUs out
    #[command(
        name = "nova-config",
        after_help = "\
Examples:
  nvidia-placement-agent nova-config > /etc/nova/nova.conf.d/50-nvidia.conf
  nvidia-placement-agent nova-config --type '0000:41:00.0=GRID A100-10C'
  nvidia-placement-agent nova-config --type '1g.24gb=nvidia-1504' --type 'NVIDIA L40S-8Q'
  nvidia-placement-agent nova-config --format json | jq '.gpus[].functions'

Each GPU gives the type that its functions have, else the one of Nova's configuration, else the one of
devices.vgpu_types, else the only one there is; --type counts more than all of them. Findings go to standard error."
    )]
    NovaConfig(NovaConfigArgs),

    /// Compare what guests were allocated with the GPUs that they have
    #[command(after_help = "\
Examples:
  nvidia-placement-agent audit
  nvidia-placement-agent audit --format json | jq '.guests[] | select(.verdict != \"good\")'

Placement tells what was allocated, libvirt's files what is attached, NVML what
runs. Run it as root on the compute host: libvirt's files are root's.

Exit codes: 0 nothing worse than info, 3 warnings, 4 errors, as where a guest runs
without its GPU; 10 and above: it could not be done. Nothing is changed.")]
    Audit(AuditArgs),

    /// Take what is the agent's out of Placement, before a host or the agent goes
    #[command(after_help = "\
Examples:
  nvidia-placement-agent purge                 # what would be done
  nvidia-placement-agent purge --yes           # reserves, empties, withdraws traits
  nvidia-placement-agent purge --host cmp1.example.org --yes
  nvidia-placement-agent purge --delete --nova-compute-stopped --yes

Guests stay: what they hold is reserved and listed, and the exit code is 50 until
they are gone. Run it again then; nothing is done twice. Another host is purged
from anywhere, also when it is gone.

Stop the agent first (`systemctl disable --now nvidia-placement-agent`): it would
make everything again.

A running nova-compute that meets a deleted provider fails every update of its
resources, and no guest boots on its host: for 300 s, or, with [compute]
resource_provider_association_refresh = 0, until it is restarted. So --delete
wants your word that it is stopped, or that you will restart it. Empty providers
do no harm and may stay.")]
    Purge(PurgeArgs),

    /// Keep Placement in line with the hardware, until told to stop
    #[command(after_help = "\
Examples:
  nvidia-placement-agent run
  nvidia-placement-agent run -v                        # say each change and why

SIGTERM and SIGINT end it within a second, SIGHUP reads the configuration again: all of it, or,
if anything is wrong with it, nothing.")]
    Run,

    /// Show what the running agent does and waits for
    #[command(after_help = "\
Examples:
  nvidia-placement-agent status
  nvidia-placement-agent status --details              # each provider, and what was written lately
  nvidia-placement-agent status --format json | jq .converged")]
    Status(StatusArgs),

    /// Wait until the running agent has seen the GPUs settled, once since its start
    #[command(after_help = "\
Examples:
  nvidia-placement-agent wait-ready                    # for 3 minutes at most
  nvidia-placement-agent wait-ready --timeout 30s && systemctl start nova-compute

It waits for an agent that is not running yet, too. Exit codes: 0 settled, 14 no agent answered,
15 it has not settled in time.")]
    WaitReady(WaitArgs),

    /// Make the running agent close NVML until `resume`, as sriov-manage needs it
    #[command(after_help = "\
Examples:
  nvidia-placement-agent release && /usr/lib/nvidia/sriov-manage -e ALL; nvidia-placement-agent resume")]
    Release,

    /// Make the running agent scan again after `release`
    #[command(after_help = "\
Examples:
  nvidia-placement-agent resume")]
    Resume,

    /// Tell the running agent that a GPU was reset: what it remembers of its XID events is over
    #[command(after_help = "\
Examples:
  nvidia-placement-agent heal 0000:41:00.0

Needed only with drivers that do not tell by themselves that a GPU is well again.")]
    Heal(HealArgs),

    /// Show or check this agent's configuration; nothing is asked of Placement or the GPUs
    #[command(after_help = "\
Examples:
  nvidia-placement-agent config show                   # what is in force, and where it was set
  nvidia-placement-agent config check                  # exit code 0 when it is good
  nvidia-placement-agent --config new.toml config check --format json")]
    Config(ConfigArgs),
}

impl Verb {
    pub(super) fn format(&self) -> Format {
        match self {
            Verb::Discover(args) => args.format.format.format(),
            Verb::Plan(args) => args.format.format,
            Verb::Apply(args) => args.format.format,
            Verb::Flavors(args) => args.format.format,
            Verb::NovaConfig(args) => args.format.format,
            Verb::Tree(args) => args.format.format.format(),
            Verb::Purge(args) => args.format.format,
            Verb::Audit(args) => args.format.format,
            Verb::Status(args) => args.format.format,
            Verb::Run | Verb::WaitReady(_) | Verb::Release | Verb::Resume | Verb::Heal(_) => Format::Table,
            Verb::Config(args) => args.verb.format(),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    pub(super) verb: ConfigVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigVerb {
    /// Every option with its value and its place; secrets are not shown
    Show(ShowArgs),

    /// Read everything as the agent would, credentials included: 0 when it is good, 10 to 12 when not
    Check(FormatArg),
}

impl ConfigVerb {
    fn format(&self) -> Format {
        match self {
            ConfigVerb::Show(args) => args.format.format,
            ConfigVerb::Check(args) => args.format,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Also options that are not set and have no default
    #[arg(short, long)]
    pub(super) all: bool,

    #[command(flatten)]
    pub(super) format: FormatArg,
}

#[derive(Debug, Args)]
pub(super) struct HealArgs {
    /// The GPU, by PCI address
    #[arg(value_name = "GPU")]
    pub(super) gpu: PciAddress,
}

#[derive(Debug, Args)]
pub(super) struct DiscoverArgs {
    /// One GPU alone, by its PCI address, with its details
    #[arg(long, value_name = "ADDRESS")]
    pub(super) gpu: Option<PciAddress>,

    /// Each GPU with its slots drawn, what still fits, instances, guests and health
    #[arg(short, long)]
    pub(super) details: bool,

    /// With the details, list every GPU-instance profile, also those that do not fit
    #[arg(long)]
    pub(super) profiles: bool,

    /// Write what NVML answers into this folder, for a bug report; it must be empty or new
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    pub(super) record: Option<PathBuf>,

    /// With --record: replace UUIDs, serial numbers and this host's name, equal ones by equal ones
    #[arg(long, requires = "record", conflicts_with = "replay")]
    pub(super) anonymise: bool,

    /// Show the host that was recorded in this folder, not this one
    #[arg(long, value_name = "DIR")]
    pub(super) replay: Option<PathBuf>,
    /// With the details, list every vGPU type
    #[arg(long)]
    pub(super) types: bool,

    /// With the details, list every virtual function
    #[arg(long)]
    pub(super) vfs: bool,

    #[command(flatten)]
    pub(super) format: DrawingArg,
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Exit with 2 when there is something to do (0: nothing, 10 and above: an error)
    #[arg(long)]
    pub(super) exit_code: bool,

    #[command(flatten)]
    pub(super) format: FormatArg,
}

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    pub(super) format: FormatArg,
}

#[derive(Debug, Args)]
pub(super) struct TreeArgs {
    /// The compute node, by hypervisor hostname or by UUID [default: this host's]
    #[arg(value_name = "HOST")]
    pub(super) host: Option<String>,

    /// Every compute node of the deployment
    #[arg(long, conflicts_with = "host")]
    pub(super) all: bool,

    /// Draw it again every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) watch: Option<u64>,

    /// Add UUIDs, generations and the root's traits
    #[arg(short, long)]
    pub(super) long: bool,

    #[command(flatten)]
    pub(super) format: DrawingArg,
}

#[derive(Debug, Args)]
pub(super) struct FlavorsArgs {
    /// Memory of the guest in MiB [default: 8192, more with more GPU memory]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) ram: Option<u64>,

    /// Processors of the guest [default: 4 for each compute slice or eighth of the memory]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) vcpus: Option<u32>,

    /// Disk of the guest in GiB [default: 40]
    #[arg(long, value_name = "GIB")]
    pub(super) disk: Option<u32>,

    /// How to call them: gpu.mig.1g, or gpu.mig.1g.5gb, which is unique over boards
    #[arg(long, value_enum, default_value = "short")]
    pub(super) names: Names,

    /// Let each ask for its board, too
    #[arg(long)]
    pub(super) board: bool,

    /// Ask Nova for the cloud's flavors, and say what each gets on this host
    #[arg(long, conflicts_with = "replay")]
    pub(super) compare: bool,

    /// For the host that was recorded in this folder, not this one
    #[arg(long, value_name = "DIR")]
    pub(super) replay: Option<PathBuf>,

    #[command(flatten)]
    pub(super) format: FormatArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Names {
    /// As short as is unique on this host
    Short,
    /// With the memory
    Long,
}

#[derive(Debug, Args)]
pub(super) struct NovaConfigArgs {
    /// The vGPU type of a GPU or profile: TYPE, or WHERE=TYPE as in devices.vgpu_types; may be repeated
    #[arg(long = "type", value_name = "RULE")]
    pub(super) types: Vec<VgpuRule>,

    /// For the host that was recorded in this folder, not this one
    #[arg(long, value_name = "DIR")]
    pub(super) replay: Option<PathBuf>,

    #[command(flatten)]
    pub(super) format: FormatArg,
}

#[derive(Debug, Args)]
pub(super) struct WaitArgs {
    /// How long to wait, as in 30s or 1m 30s, up to 1h
    #[arg(long, value_name = "SPAN", default_value = "3m")]
    pub(super) timeout: Span,
}

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    pub(super) format: FormatArg,
}

#[derive(Debug, Args)]
pub(super) struct PurgeArgs {
    /// The compute node, by hypervisor hostname or by UUID [default: this host's]
    #[arg(long, value_name = "HOST")]
    pub(super) host: Option<String>,

    /// Do it; without, it is only shown
    #[arg(long)]
    pub(super) yes: bool,

    /// Delete what is empty, with one of the two words about nova-compute
    #[arg(long)]
    pub(super) delete: bool,

    /// Your word: nova-compute on that host is stopped, or the host is gone
    #[arg(long, requires = "delete", conflicts_with = "nova_compute_will_restart")]
    pub(super) nova_compute_stopped: bool,

    /// Your word: you will restart nova-compute on that host as soon as this is done
    #[arg(long, requires = "delete")]
    pub(super) nova_compute_will_restart: bool,

    #[command(flatten)]
    pub(super) format: FormatArg,
}

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Add each provider with its reason, and the last cycles with what they wrote
    #[arg(short, long)]
    pub(super) details: bool,

    #[command(flatten)]
    pub(super) format: FormatArg,
}
