#!/usr/bin/env bash
# engine.sh run OPTION... IMAGE ARGUMENT... : as much of `docker run` as the examples of etc/containers use, with chroot
# and mounts of its own in place of a container engine. $ROOTFS is the image, $HOST_ROOT the host that volumes are of.
# Needs root. Not what is isolated is shown by it, but what an image and its volumes have to hold.
set -euo pipefail
[ "$1" = run ] || { echo "engine.sh knows no $1" >&2; exit 1; }
shift
if [ -z "${INSIDE:-}" ]; then
  INSIDE=1 exec unshare --mount --propagation private "$0" run "$@"
fi
volumes=() environment=()
while [ $# -gt 0 ]; do
  case "$1" in
    --volume) volumes+=("$2"); shift 2 ;;
    --env) environment+=("$2"); shift 2 ;;
    --name | --restart | --network) shift 2 ;;
    --detach | --privileged) shift ;;
    -*) echo "engine.sh knows no $1" >&2; exit 1 ;;
    *) break ;;
  esac
done
shift # the image
# The rest of it is read-only, as with readOnlyRootFilesystem: what is to be mounted on is made before.
for volume in "${volumes[@]}"; do
  IFS=: read -r from to _ <<<"$volume"
  [ -e "$HOST_ROOT$from" ] || { echo "the host has no $from" >&2; exit 125; }
  if [ -d "$HOST_ROOT$from" ]; then mkdir -p "$ROOTFS$to"; else mkdir -p "$(dirname "$ROOTFS$to")" && touch "$ROOTFS$to"; fi
done
mount --bind "$ROOTFS" "$ROOTFS"
mount -o remount,bind,ro "$ROOTFS"
mount -t proc proc "$ROOTFS/proc"
for volume in "${volumes[@]}"; do
  IFS=: read -r from to mode <<<"$volume"
  mount --bind "$HOST_ROOT$from" "$ROOTFS$to"
  [ "$mode" != ro ] || mount -o remount,bind,ro "$ROOTFS$to"
done
# Of the Containerfile: its environment and its entry point.
mapfile -t image < <(sed -n 's/^ENV //p' "$CONTAINERFILE")
entry="$(sed -n 's/^ENTRYPOINT \["\(.*\)"\]$/\1/p' "$CONTAINERFILE")"
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${image[@]}" \
  ${environment[@]+"${environment[@]}"} chroot "$ROOTFS" "$entry" "$@"
