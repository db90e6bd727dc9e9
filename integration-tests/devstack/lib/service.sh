# shellcheck shell=bash
# The running agent: started, waited for, stopped, and what it published withdrawn.

# _npa ARGUMENT... : the program, as the user that the service runs as
function _npa {
    if [[ "$NPA_USER" == "$(id -un)" ]]; then
        "$(npa_program)" --config "$NPA_CONF_DIR/agent.toml" "$@"
    else
        sudo -u "$NPA_USER" "$(npa_program)" --config "$NPA_CONF_DIR/agent.toml" "$@"
    fi
}

# _npa_openstack ARGUMENT... : as the administrator, whatever the calling script has in its environment
function _npa_openstack {
    (
        local variable
        for variable in $(compgen -e OS_); do
            case "$variable" in
                OS_CACERT | OS_CLIENT_CONFIG_FILE) ;;
                *) unset "$variable" ;;
            esac
        done
        # unstack.sh has not put DevStack's environment into the path.
        PATH="$DEVSTACK_VENV/bin:$PATH" openstack --os-cloud "$NPA_OS_CLOUD" "$@"
    )
}

# Started anew even where it runs: the program or its configuration may be others.
function npa_start {
    local unit=$SYSTEMD_DIR/devstack@nvidia-placement-agent.service
    npa_stop
    # run_process keeps what is in the unit already. The folder is gone after a reboot, as it must be.
    mkdir -p "$SYSTEMD_DIR"
    iniset -sudo "$unit" Service RuntimeDirectory "$(basename "$NPA_RUN_DIR")"
    iniset -sudo "$unit" Service Restart on-failure
    run_process nvidia-placement-agent \
        "$(npa_program) --config $NPA_CONF_DIR/agent.toml run" "" "$NPA_USER"
}

# npa_wait : until Placement has what the hardware can give. That is so where `plan` finds nothing to do.
function npa_wait {
    local status=0 said end
    end=$((SECONDS + NPA_TIMEOUT))
    while true; do
        said=$(_npa plan --exit-code 2>&1) && status=0 || status=$?
        case "$status" in
            0) break ;;
            # The configuration is wrong: waiting does not help.
            1[0-9] | 64) break ;;
        esac
        [[ "$SECONDS" -lt "$end" ]] || break
        sleep 1
    done
    echo "$said"
    if [[ "$status" != 0 ]]; then
        die $LINENO "nvidia-placement-agent has not published: $(npa_program) status, journalctl -u devstack@nvidia-placement-agent"
    fi
    _npa tree
}

function npa_stop {
    stop_process nvidia-placement-agent
}

# npa_purge : nothing of the agent stays in Placement but what a guest holds, and the names of traits, which are
# everybody's. A compute node may leave a deployment whose Placement goes on elsewhere.
function npa_purge {
    local tree uuid
    if [[ ! -x "$(npa_program)" ]]; then
        return 0
    fi
    if "$(npa_program)" purge --help >/dev/null 2>&1; then
        # unstack.sh stops nova-compute next. 50: guests hold something.
        _npa purge --delete --nova-compute-will-restart --yes ||
            echo "nvidia-placement-agent: something stays in Placement, as said above"
        return 0
    fi
    # A program without the verb, as one of an earlier version.
    if ! tree=$(_npa tree --format json); then
        echo "nvidia-placement-agent: Placement was not asked, so nothing was removed from it"
        return 0
    fi
    for uuid in $(python3 "$NPA_PLUGIN_DIR/lib/own_providers.py" <<<"$tree"); do
        _npa_openstack resource provider delete "$uuid" ||
            echo "nvidia-placement-agent: the provider $uuid stays in Placement"
    done
}
