# shellcheck shell=bash
# The configuration of Nova and Glance. Sourced by up.sh. $1 is the directory it goes to; what differs between two
# starts (ports, the database's socket) is in variables of start.sh.

conf_login() { # USER : how a service logs in to Keystone
  cat <<CONF
auth_type = password
auth_url = $KEYSTONE_URL
username = $1
password = $NPA_TEST_PASSWORD
user_domain_name = Default
project_name = service
project_domain_name = Default
region_name = RegionOne
CONF
}

database_url() { echo "postgresql+psycopg2://npa@/$1?host=$POSTGRES/socket"; } # NAME

conf_glance() { # DIRECTORY
  mkdir -p "$1"/{images,staging,tasks}
  cat >"$1/glance-api.conf" <<CONF
[DEFAULT]
enabled_backends = file:file
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = $1/images
[os_glance_staging_store]
filesystem_store_datadir = $1/staging
[os_glance_tasks_store]
filesystem_store_datadir = $1/tasks
[database]
connection = $(database_url glance)
[paste_deploy]
flavor = keystone
config_file = $VENV/etc/glance/glance-api-paste.ini
[keystone_authtoken]
$(conf_login glance)
www_authenticate_uri = $KEYSTONE_URL
[oslo_policy]
enforce_scope = True
enforce_new_defaults = True
CONF
}

# The intervals are short, so that tests see many of nova-compute's periodic updates (every 5 s instead of 60 s).
# What nova-compute caches of Placement keeps Nova's default of 300 s: that is what tests are about.
conf_nova() { # DIRECTORY
  mkdir -p "$1/locks"
  cp "$VENV/etc/nova/api-paste.ini" "$1/"
  cat >"$1/nova.conf" <<CONF
[DEFAULT]
my_ip = 127.0.0.1
state_path = $1
transport_url = ${RABBITMQ_URL:-rabbit://guest:guest@127.0.0.1:1/}
compute_driver = fake.FakeDriverWithoutFakeNodes
enabled_apis = osapi_compute
update_resources_interval = 5
report_interval = 5
service_down_time = 30
heal_instance_info_cache_interval = -1
sync_power_state_interval = -1
graceful_shutdown_timeout = 3
default_log_levels = nova.scheduler.client.report=DEBUG,nova.compute.resource_tracker=DEBUG,oslo.messaging=INFO,keystonemiddleware=WARNING
[api]
auth_strategy = keystone
[wsgi]
api_paste_config = $1/api-paste.ini
[api_database]
connection = $(database_url nova_api)
[database]
connection = $(database_url nova)
[keystone_authtoken]
$(conf_login nova)
www_authenticate_uri = $KEYSTONE_URL
[service_user]
send_service_user_token = true
$(conf_login nova)
[placement]
$(conf_login nova)
[glance]
$(conf_login nova)
endpoint_override = ${GLANCE_URL:-}
[neutron]
$(conf_login nova)
endpoint_override = ${NEUTRON_URL:-}
[oslo_concurrency]
lock_path = $1/locks
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 2
[filter_scheduler]
available_filters = nova.scheduler.filters.all_filters
enabled_filters = ComputeFilter,ComputeCapabilitiesFilter,ImagePropertiesFilter
[workarounds]
disable_rootwrap = true
[vnc]
enabled = false
[oslo_messaging_rabbit]
rabbit_quorum_queue = false
[oslo_policy]
enforce_scope = True
enforce_new_defaults = True
CONF
}
