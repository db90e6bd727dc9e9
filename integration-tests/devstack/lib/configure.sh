# shellcheck shell=bash
# agent.toml, and the little that Nova has to know.

# The files that nova-compute of this host is started with. Of several with the fake driver, the first one's.
function _npa_nova_files {
    if [[ "$VIRT_DRIVER" == "fake" ]]; then
        echo "\"$NOVA_CPU_CONF\", \"${NOVA_FAKE_CONF}-1\""
    else
        echo "\"$NOVA_CPU_CONF\""
    fi
}

# What only simulated GPUs need.
function _npa_simulated_toml {
    cat <<TOML

[hardware]
nvml_library = "$NPA_DATA_DIR/host/libnvidia-ml.so.1"
sysfs = "$NPA_DATA_DIR/host/sys"
# Cut the simulated GPUs by editing it.
wake_on_change = ["$NPA_DATA_DIR/host/host.toml"]
TOML
}

function _npa_agent_toml {
    cat <<TOML
# Written by DevStack. Options of your own go into agent.d/*.toml beside this file: they win.

[placement]
# Not what openrc puts into the environment: that is another user in each script.
credentials = "nova"

[nova]
config_files = [$(_npa_nova_files)]

[own]
attachable = "$NPA_ATTACHABLE"

[run]
directory = "$NPA_RUN_DIR"
TOML
    if [[ "$NPA_SIMULATED_GPUS" == "True" ]]; then
        _npa_simulated_toml
    fi
}

function npa_configure {
    local new
    new=$(mktemp)
    _npa_agent_toml >"$new"
    sudo install -d -o "$STACK_USER" "$NPA_CONF_DIR"
    _npa_put 0644 "$new" "$NPA_CONF_DIR/agent.toml"
    rm -f "$new"
}

# _npa_nova_set SECTION OPTION VALUE : in nova.conf, of which DevStack makes nova-cpu.conf. Values of others stay.
function _npa_nova_set {
    if ! ini_has_option "$NOVA_CONF" "$1" "$2"; then
        iniset "$NOVA_CONF" "$1" "$2" "$3"
    fi
}

# _npa_nova_unset SECTION OPTION VALUE : what _npa_nova_set has set, with the section if nothing else is in it
function _npa_nova_unset {
    local file
    for file in "$NOVA_CONF" "$NOVA_CPU_CONF"; do
        if [[ -f "$file" && "$(iniget "$file" "$1" "$2")" == "$3" ]]; then
            inidelete "$file" "$1" "$2"
            # The section, where the end of the file or another section follows, and the empty line that iniset made.
            sed -i -z -E "s/\n\n\[$1\]\n+(\n\[|$)/\n\1/" "$file"
        fi
    done
}

function npa_configure_nova {
    _npa_nova_set compute resource_provider_association_refresh "$NPA_NOVA_REFRESH"
    if [[ -n "$NPA_MDEV_TYPES" ]]; then
        iniset "$NOVA_CONF" devices enabled_mdev_types "$NPA_MDEV_TYPES"
    fi
}

function npa_restore_nova {
    if [[ -n "$NPA_MDEV_TYPES" ]]; then
        _npa_nova_unset devices enabled_mdev_types "$NPA_MDEV_TYPES"
    fi
    _npa_nova_unset compute resource_provider_association_refresh "$NPA_NOVA_REFRESH"
}
