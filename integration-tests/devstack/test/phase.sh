#!/usr/bin/env bash
# phase.sh stack|unstack|clean : what stack.sh, unstack.sh and clean.sh do around a plugin, in their order, and nothing
# of what they do beside it. With DEVSTACK_DIR by DevStack's own functions; without by the stand-ins of this folder.
# test.sh prepares the scene: $SCENE/devstack (with local.conf), $SCENE/root, and the variables that are exported.
# shellcheck disable=SC1090,SC1091,SC2034,SC2154
set -o errexit
mode="$1"
root="$SCENE/root"

if [ -n "${DEVSTACK_DIR:-}" ]; then
  TOP_DIR="$SCENE/devstack" FILES="$SCENE/devstack/files"
  cd "$TOP_DIR"
  source "$TOP_DIR/functions"
  rm -f "$TOP_DIR/.localrc.auto"
  extract_localrc_section "$TOP_DIR/local.conf" "$TOP_DIR/localrc" "$TOP_DIR/.localrc.auto"
  source "$TOP_DIR/stackrc"
  GetDistro
  [ "$mode" != stack ] || fetch_plugins
  run_phase override_defaults
  for library in apache tls keystone nova placement; do source "$TOP_DIR/lib/$library"; done
else
  # What stackrc and lib/nova set, of what the plugin reads.
  SYSTEMCTL='systemctl --user' SYSTEMD_DIR="$UNITS" STACK_USER="$(id -un)" VIRT_DRIVER=libvirt
  DEST="$root/opt/stack" ENABLED_SERVICES=key,n-api,n-cpu,placement-api
  DATA_DIR="$DEST/data" DEVSTACK_VENV="$DEST/data/venv"
  source "$(dirname "${BASH_SOURCE[0]}")/stand-in.sh"
  source "$SCENE/localrc"
  GITDIR[nvidia-placement-agent]="$DEST/nvidia-placement-agent"
fi
# lib/nova names these outright.
NOVA_CONF_DIR="$root/etc/nova"
NOVA_CONF="$NOVA_CONF_DIR/nova.conf" NOVA_CPU_CONF="$NOVA_CONF_DIR/nova-cpu.conf" NOVA_FAKE_CONF="$NOVA_CONF_DIR/nova-fake.conf"

case "$mode" in
  stack)
    if [ -n "${DEVSTACK_DIR:-}" ]; then run_phase source; else load_plugin_settings; fi
    export OS_CLOUD=devstack-admin
    # Nova's own settings are there before post-config, and nova-compute's, a copy of them, before extra.
    run_phase stack pre-install
    run_phase stack install
    if [ ! -f "$NOVA_CONF" ]; then
      cp "$SCENE/nova.conf" "$NOVA_CONF"
      if [ -n "${DEVSTACK_DIR:-}" ]; then
        # The credentials as DevStack writes them, in place of the test's own.
        sed -i '/^\[placement\]/,/^\[/{/^\[placement\]/d;/^\[/!d}' "$NOVA_CONF"
        SERVICE_DOMAIN_NAME=Default SERVICE_PROJECT_NAME=service SERVICE_PASSWORD="$NPA_TEST_PASSWORD" \
          KEYSTONE_SERVICE_URI="$NPA_TEST_KEYSTONE_URL" configure_keystoneauth "$NOVA_CONF" npa placement
      fi
      cp "$NOVA_CONF" "$SCENE/nova.conf.before"
    fi
    run_phase stack post-config
    cp "$NOVA_CONF" "$NOVA_CPU_CONF"
    run_phase stack extra
    run_phase stack test-config
    ;;
  unstack)
    load_plugin_settings
    # unstack.sh reads openrc: another user than the one that stack.sh works as.
    export OS_USERNAME=demo OS_PROJECT_NAME=demo OS_PASSWORD=wrong OS_AUTH_TYPE=password OS_AUTH_URL=http://127.0.0.1:1/
    run_phase unstack
    ;;
  clean)
    load_plugin_settings
    run_phase clean
    ;;
esac
