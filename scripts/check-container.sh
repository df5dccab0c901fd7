#!/usr/bin/env bash
# Builds the image and checks it as docker-compose.yml runs it, on a Debian machine without Docker
# and without an image registry: root, podman, runc and debootstrap are enough.
#   scripts/check-container.sh [base|image|sandbox|service]…   (default: all, in this order)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

base_image=localhost/cardpress-base:bookworm
image=localhost/cardpress:check
work=${TMPDIR:-/tmp}/cardpress-container
api_name=cardpress-check-api
podman=(podman --runtime "$(command -v runc)")
# podman asks for limits that a virtual machine's root may not grant.
limits=(--ulimit nofile=8192:8192 --ulimit nproc=8192:8192)
# The same confinement as in docker-compose.yml.
confined=(
  "${limits[@]}"
  --user 10001:10001 --read-only --cap-drop ALL --security-opt no-new-privileges
  --security-opt "seccomp=$PWD/deploy/seccomp-chromium.json" --pids-limit 512
  --tmpfs /tmp:size=1g,mode=1777
)

if [ "$(id -u)" != 0 ]; then
  echo 'check-container: root is needed' >&2
  exit 1
fi
for tool in podman runc debootstrap; do
  command -v "$tool" >/dev/null || {
    echo "check-container: $tool is missing: apt-get install podman runc debootstrap" >&2
    exit 1
  }
done

# What node:24-bookworm-slim holds: Debian, Node, npm. Node 24 comes from npm's package `node`.
base() {
  mkdir -p "$work"
  [ -d "$work/root/usr" ] || debootstrap --variant=minbase bookworm "$work/root" >"$work/debootstrap.log"
  cp -a /etc/apt/sources.list.d/. "$work/root/etc/apt/sources.list.d/"
  [ ! -s /etc/apt/sources.list ] || cp /etc/apt/sources.list "$work/root/etc/apt/sources.list"
  local node_dir npm_dir
  node_dir=$(dirname "$(readlink -f "$(command -v node)")")
  npm_dir=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$work/root/usr/local/lib/node_modules/npm"
  cp "$node_dir/node" "$work/root/usr/local/bin/node"
  cp -a "$npm_dir/." "$work/root/usr/local/lib/node_modules/npm/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm"
  # A network with a certificate authority of its own has it inside the image as well.
  local change=()
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    cp "$NODE_EXTRA_CA_CERTS" "$work/root/etc/extra-ca.crt"
    change=(--change 'ENV NODE_EXTRA_CA_CERTS=/etc/extra-ca.crt')
  fi
  tar -C "$work/root" -c . | "${podman[@]}" import "${change[@]}" - "$base_image" >/dev/null
  "${podman[@]}" run --rm --network none "${limits[@]}" "$base_image" node --version
}

image() {
  "${podman[@]}" build --network host --format docker \
    --build-arg "BASE_IMAGE=$base_image" --tag "$image" .
  "${podman[@]}" image inspect --format 'image: {{.Size}} bytes' "$image"
}

# Chromium starts as the ordinary user, its helpers are in namespaces of their own under a system
# call filter, and what the profile forbids is forbidden.
sandbox() {
  "${podman[@]}" run --rm -i --network none "${confined[@]}" "$image" \
    node --input-type=module - <scripts/check-sandbox.mjs
}

service() {
  "${podman[@]}" rm --force --volumes --ignore "$api_name" >/dev/null
  trap '"${podman[@]}" rm --force --volumes --ignore "$api_name" >/dev/null' EXIT
  "${podman[@]}" run --detach --name "$api_name" --network host "${confined[@]}" --memory 2g \
    --env HOST=127.0.0.1 --env PORT=3900 "$image" >/dev/null
  local attempt
  for attempt in $(seq 60); do
    if "${podman[@]}" exec "$api_name" node deploy/healthcheck.mjs; then
      "${podman[@]}" logs "$api_name" 2>&1 | tail -n 20
      return 0
    fi
    [ "$("${podman[@]}" inspect --format '{{.State.Running}}' "$api_name")" = true ] || break
    sleep 1
  done
  echo "check-container: the service is not healthy (attempt $attempt); its log:" >&2
  "${podman[@]}" logs "$api_name" >&2
  return 1
}

steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(base image sandbox service)
for step in "${steps[@]}"; do
  printf '== %s\n' "$step"
  "$step"
done
