# shellcheck shell=bash disable=SC2153
# What is installed, and how it goes again.

function _npa_run_cargo {
    [[ -z "$NPA_BINARY$NPA_PACKAGE" ]] ||
        [[ "$NPA_SIMULATED_GPUS" == "True" && -z "$NPA_SIM_DIR" ]]
}

# The program: where packages put it, or where npa_install does.
function npa_program {
    if [[ -n "$NPA_PACKAGE" ]]; then
        echo /usr/bin/nvidia-placement-agent
    else
        echo "$NPA_BIN_DIR/nvidia-placement-agent"
    fi
}

# npa_prepare: says early what is missing. A distribution's own cargo is mostly too old, its rustup is not.
function npa_prepare {
    local given
    for given in "$NPA_BINARY" "$NPA_PACKAGE" "$NPA_SIM_HOST"; do
        [[ -z "$given" || -r "$given" ]] || die $LINENO "nvidia-placement-agent: $given cannot be read"
    done
    if [[ -n "$NPA_BINARY" && -n "$NPA_PACKAGE" ]]; then
        die $LINENO "nvidia-placement-agent: set NPA_BINARY or NPA_PACKAGE, not both"
    fi
    _npa_run_cargo || return 0
    command -v cc >/dev/null || install_package gcc
    command -v cargo >/dev/null || command -v rustup >/dev/null || install_package rustup
    if ! cargo --version >/dev/null 2>&1; then
        # The rustup of some distributions brings no toolchain, that of others is only an installer.
        if command -v rustup-init >/dev/null; then
            rustup-init -y --no-modify-path --profile minimal
            PATH="$HOME/.cargo/bin:$PATH"
        else
            rustup toolchain install stable --profile minimal
        fi
    fi
    cargo --version >/dev/null ||
        die $LINENO "nvidia-placement-agent: no cargo: install Rust, or set NPA_BINARY (or NPA_PACKAGE) and NPA_SIM_DIR"
}

# _npa_cargo CARGO_ARGUMENT...
function _npa_cargo {
    (cd "$NPA_DIR" && cargo build --locked --profile "$NPA_CARGO_PROFILE" --target-dir "$NPA_TARGET_DIR" "$@")
}

# Where cargo puts what it builds: the profile dev is built into debug.
function _npa_built {
    echo "$NPA_TARGET_DIR/${NPA_CARGO_PROFILE/#dev/debug}"
}

# _npa_put MODE SOURCE TARGET : in one step, since the target may be running, and not at all where it is the same
function _npa_put {
    if ! cmp -s "$2" "$3"; then
        sudo install -D -m "$1" "$2" "$3.new"
        sudo mv "$3.new" "$3"
    fi
}

function npa_install {
    local sim=$NPA_SIM_DIR
    if [[ -n "$NPA_PACKAGE" ]]; then
        # DevStack runs the agent in a unit of its own: that of the package must not start beside it.
        sudo ln -sfn /dev/null /etc/systemd/system/nvidia-placement-agent.service
        install_package "$NPA_PACKAGE"
    elif [[ -n "$NPA_BINARY" ]]; then
        _npa_put 0755 "$NPA_BINARY" "$(npa_program)"
    else
        _npa_cargo
        _npa_put 0755 "$(_npa_built)/nvidia-placement-agent" "$(npa_program)"
    fi
    if [[ "$NPA_SIMULATED_GPUS" == "True" ]]; then
        if [[ -z "$sim" ]]; then
            _npa_cargo -p nvml-sim
            sim=$(_npa_built)
        fi
        npa_install_host "$sim"
    fi
}

# npa_install_host FOLDER_WITH_THE_SIMULATOR : the library finds its host beside itself
function npa_install_host {
    local host=$NPA_DATA_DIR/host
    sudo install -d -o "$STACK_USER" "$NPA_DATA_DIR" "$host"
    _npa_put 0644 "$1/libnvidia_ml.so" "$host/libnvidia-ml.so.1"
    if ! cmp -s "$NPA_SIM_HOST" "$host/host.toml" || [[ ! -e "$host/sys" ]]; then
        sudo rm -rf "$host/sys.new"
        sudo "$1/nvml-sim-sysfs" "$NPA_SIM_HOST" "$host/sys.new"
        sudo rm -rf "$host/sys"
        sudo mv "$host/sys.new" "$host/sys"
        _npa_put 0644 "$NPA_SIM_HOST" "$host/host.toml"
    fi
    sudo chown -R "$STACK_USER" "$host"
}

# npa_clean : what unstack leaves. Drop-ins that somebody added stay, and the folder with them.
function npa_clean {
    if [[ -n "$NPA_PACKAGE" ]]; then
        if is_package_installed nvidia-placement-agent; then
            uninstall_package nvidia-placement-agent
        fi
        sudo rm -f /etc/systemd/system/nvidia-placement-agent.service
    else
        sudo rm -f "$(npa_program)"
    fi
    sudo rm -f "$NPA_CONF_DIR/agent.toml" "$SYSTEMD_DIR/devstack@nvidia-placement-agent.service"
    if [[ -d "$NPA_CONF_DIR" ]]; then
        sudo rmdir --ignore-fail-on-non-empty "$NPA_CONF_DIR"
    fi
    sudo rm -rf "$NPA_DATA_DIR"
    $SYSTEMCTL daemon-reload
}
