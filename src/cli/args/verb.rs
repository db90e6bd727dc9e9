//! The commands, each with examples in its help.

use clap::Subcommand;

use super::{
    ApplyArgs, AuditArgs, CheckArgs, ConfigArgs, DiscoverArgs, ExplainArgs, FlavorsArgs, Format, HealArgs,
    NovaConfigArgs, PlanArgs, PurgeArgs, StatusArgs, TreeArgs, WaitArgs,
};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
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

    /// Find out whether a VGPU flavor would really get a GPU on this host, and if not, why
    #[command(after_help = "\
Examples:
  nvidia-placement-agent check
  nvidia-placement-agent check --problems              # only what is not as it should be
  nvidia-placement-agent check --format json | jq '.flavors[] | {trait, free, attached}'
  nvidia-placement-agent check >/dev/null || echo 'warnings (3) or errors (4)'

Looks at credentials, Placement, the compute node, Nova's configuration, each GPU and the running agent. \
What cannot be reached is a line of the report, and the rest is looked at all the same. Writes nothing.

Exit codes: 0 nothing worse than an info, 3 warnings, 4 errors.")]
    Check(CheckArgs),

    /// Show how a GPU, function or provider came to be what Placement says, step by step, with every reason
    #[command(after_help = "\
Examples:
  nvidia-placement-agent explain 0000:41:00.0          # a GPU and all its providers
  nvidia-placement-agent explain 0000:41:00.4          # a virtual function
  nvidia-placement-agent explain GPU-2b9a6e0e          # by NVML's UUID, or how it begins
  nvidia-placement-agent explain cmp1.example.org:nvidia:0000:41:00.0:20b0:mig-19
  nvidia-placement-agent explain cmp1.example.org_pci_0000_41_00_4
  nvidia-placement-agent explain 0000:41:00.0 --format json | jq '.providers[].account'

With a name that nothing has, it says what there is. Without Placement it tells what the hardware and Nova's \
configuration tell. Writes nothing.")]
    Explain(ExplainArgs),

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
  nvidia-placement-agent flavors --compare             # what the cloud's flavors get here
  nvidia-placement-agent flavors --format json | jq -r '.flavors[].command'

Memory and processors grow with the share of the GPU; they are where to begin, not a rule. Comments say what \
a guest gets and how many there are, so the whole output can be given to a shell.")]
    Flavors(FlavorsArgs),

    /// Print what nova-compute on this host has to be told, so that it hands its vGPUs out
    #[command(
        name = "nova-config",
        after_help = "\
Examples:
  nvidia-placement-agent nova-config > 50-nvidia.conf    # read it, then into /etc/nova/nova.conf.d
  nvidia-placement-agent nova-config --type '0000:41:00.0=GRID A100-10C'
  nvidia-placement-agent nova-config --type '1g.24gb=nvidia-1504' --type 'NVIDIA L40S-8Q'
  nvidia-placement-agent nova-config --format json | jq '.gpus[].functions'

Each GPU gives the type that its functions have, else the one of Nova's configuration, else the one of \
devices.vgpu_types, else the only one there is; --type counts more than all of them. Findings go to standard \
error."
    )]
    NovaConfig(NovaConfigArgs),

    /// Compare what guests were allocated with the GPUs that they have
    #[command(after_help = "\
Examples:
  nvidia-placement-agent audit
  nvidia-placement-agent audit --format json | jq '.guests[] | select(.verdict != \"good\")'

Placement tells what was allocated, libvirt's files what is attached, NVML what runs. \
Run it as root on the compute host: libvirt's files are root's.

Exit codes: 0 nothing worse than info, 3 warnings, 4 errors, as where a guest runs \
without its GPU; 10 and above: it could not be done. Nothing is changed.")]
    Audit(AuditArgs),

    /// Take what is the agent's out of Placement, before a host or the agent goes
    #[command(after_help = "\
Examples:
  nvidia-placement-agent purge                 # what would be done
  nvidia-placement-agent purge --yes           # reserves, empties, withdraws traits
  nvidia-placement-agent purge --host cmp1.example.org --yes
  nvidia-placement-agent purge --delete --nova-compute-stopped --yes

Guests stay: what they hold is reserved and listed, and the exit code is 50 until they are gone. Run it again \
then; nothing is done twice. Another host is purged from anywhere, also when it is gone.

Stop the agent first (`systemctl disable --now nvidia-placement-agent`): it would make everything again.

A running nova-compute that meets a deleted provider fails every update of its resources, and no guest boots on \
its host: for 300 s, or, with [compute]resource_provider_association_refresh = 0, until it is restarted. So \
--delete wants your word that it is stopped, or that you will restart it. Empty providers do no harm and may stay.")]
    Purge(PurgeArgs),

    /// Keep Placement in line with the hardware, until told to stop
    #[command(after_help = "\
Examples:
  nvidia-placement-agent run
  nvidia-placement-agent run -v                        # say each change and why

SIGTERM and SIGINT end it within a second, SIGHUP reads the configuration again: all of it, or, if \
anything is wrong with it, nothing.")]
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
  nvidia-placement-agent wait-ready --timeout 30s; systemctl start nova-compute

It waits for an agent that is not running yet, too. Exit codes: 0 settled, 14 no agent answered, 15 it \
has not settled in time.")]
    WaitReady(WaitArgs),

    /// Make the running agent close NVML until `resume`, as sriov-manage needs it
    #[command(after_help = "\
Examples:
  nvidia-placement-agent release && /usr/lib/nvidia/sriov-manage -e ALL
  nvidia-placement-agent resume")]
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
    pub(in crate::cli) fn format(&self) -> Format {
        match self {
            Verb::Discover(args) => args.format.format.format(),
            Verb::Plan(args) => args.format.format,
            Verb::Check(args) => args.format.format,
            Verb::Explain(args) => args.format.format,
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
