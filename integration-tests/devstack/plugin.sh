# shellcheck shell=bash disable=SC1091
# plugin.sh: what stack.sh, unstack.sh and clean.sh call, with a mode and a phase. README.md beside this file.
# Each phase may run again: what is right already is left as it is.

_XTRACE_NPA=$(set +o | grep xtrace)
set +o xtrace

source "$NPA_PLUGIN_DIR/lib/install.sh"
source "$NPA_PLUGIN_DIR/lib/configure.sh"
source "$NPA_PLUGIN_DIR/lib/service.sh"
source "$NPA_PLUGIN_DIR/lib/flavors.sh"

if is_service_enabled nvidia-placement-agent; then
    if [[ "$1" == "stack" && "$2" == "pre-install" ]]; then
        if is_service_enabled n-cpu; then
            npa_prepare
        fi

    elif [[ "$1" == "stack" && "$2" == "install" ]]; then
        if is_service_enabled n-cpu; then
            echo_summary "Installing nvidia-placement-agent"
            npa_install
        fi

    elif [[ "$1" == "stack" && "$2" == "post-config" ]]; then
        if is_service_enabled n-cpu; then
            echo_summary "Configuring nvidia-placement-agent"
            npa_configure_nova
            npa_configure
        fi

    elif [[ "$1" == "stack" && "$2" == "extra" ]]; then
        # Nova runs by now: nova-compute has made, or is about to make, the root provider.
        if is_service_enabled n-cpu; then
            echo_summary "Starting nvidia-placement-agent"
            npa_start
            npa_wait
        fi
        if is_service_enabled n-api; then
            npa_create_flavors
        fi

    elif [[ "$1" == "unstack" ]]; then
        # Placement and Nova still run: unstack.sh calls plugins first.
        if is_service_enabled n-cpu; then
            npa_stop
            npa_purge
            npa_restore_nova
        fi
        if is_service_enabled n-api; then
            npa_delete_flavors
        fi

    elif [[ "$1" == "clean" ]]; then
        # clean.sh has called unstack.sh before.
        npa_clean
    fi
fi

$_XTRACE_NPA
