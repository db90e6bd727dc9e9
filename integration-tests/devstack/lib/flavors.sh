# shellcheck shell=bash
# Flavors that ask for one VGPU and a trait: gpu.mig.1g is the one that documentation and examples use.

# npa_flavors yes|no : of NPA_FLAVORS those that Nova has (yes), or has not (no). One of the same name that asks for
# something else counts as not there.
function npa_flavors {
    local there flavor has
    there=$(_npa_openstack flavor list --all --long -f value -c Name -c Properties) || return 1
    for flavor in $NPA_FLAVORS; do
        has=$(awk -v name="${flavor%%=*}" -v trait="'trait:${flavor#*=}'" \
            '$1 == name && index($0, trait) { has = "yes" } END { print has ? has : "no" }' <<<"$there")
        if [[ "$has" == "$1" ]]; then
            echo "$flavor"
        fi
    done
}

function npa_create_flavors {
    local missing flavor
    missing=$(npa_flavors no)
    for flavor in $missing; do
        _npa_openstack flavor create --ram 8192 --vcpus 4 --disk 40 \
            --property resources:VGPU=1 --property "trait:${flavor#*=}=required" "${flavor%%=*}"
    done
}

# npa_delete_flavors : those of npa_create_flavors. With Nova gone already, they went with it.
function npa_delete_flavors {
    local there
    if there=$(npa_flavors yes) && [[ -n "$there" ]]; then
        # shellcheck disable=SC2046,SC2086 # a list of names
        _npa_openstack flavor delete $(printf '%s\n' $there | cut -d= -f1) || echo "flavors were not all deleted"
    fi
}
