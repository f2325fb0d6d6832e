#!/usr/bin/env bash
# The part "image" of scripts/test: builds the Dockerfile as it is, without a daemon and without a
# registry, and lets the operator out of that image do a reset on the rig whose environment it is
# called with. The base image is made by debootstrap from the mirror of this machine.
set -euo pipefail

# Building needs chroot and mount.
if ((EUID != 0)); then exec sudo --preserve-env env "PATH=${PATH}" "${BASH_SOURCE[0]}" "$@"; fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "${root}"

suite=trixie
base_image=debian:${suite}-slim
image=offset-reset-operator
user=65532:65532
most_unpacked=25000000
most_compressed=12000000
cache=${XDG_CACHE_HOME:-$HOME/.cache}/offset-reset-operator
export PYTHONDONTWRITEBYTECODE=1

say() { printf 'image: %s\n' "$*"; }
die() { say "$*" >&2; exit 1; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/offset-reset-operator-image.XXXXXX")
operator_pid=

# A store of our own: whatever else is on this machine is left alone.
buildah() { command buildah --root "${folder}/store" --runroot "${folder}/run" --storage-driver vfs "$@"; }

stop_all() {
  local code=$?
  if [[ -n ${operator_pid} ]]; then
    kill -9 "${operator_pid}" 2>/dev/null || true
    say "the operator's last lines:"
    tail -n 20 "${folder}/operator.log"
  fi
  [[ ! -d ${folder}/store ]] || buildah rm --all >/dev/null 2>&1 || true
  rm -rf --one-file-system "${folder}"
  exit "${code}"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

wait_for() { # what, a command that succeeds when it is there
  local what=$1
  shift
  for _ in $(seq 600); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  die "${what}: not within a minute"
}

expect() { # what, expected, actual
  [[ $2 == "$3" ]] || die "$1: expected \"$2\", found \"$3\""
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# --- Building ------------------------------------------------------------------------------------

install_tools() {
  local tool missing=()
  for tool in buildah debootstrap; do
    type -P "${tool}" >/dev/null || missing+=("${tool}")  # not the function above
  done
  ((${#missing[@]})) || return 0
  say "Debian packages: installing ${missing[*]}"
  apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=5 update || say "going on with apt's lists that are there"
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    -o Acquire::Retries=5 -o Dpkg::Use-Pty=0 install --no-install-recommends "${missing[@]}"
}

# Leaves in $base the path of an archive with the base image's files, made once a month.
make_base() {
  local mirror key
  # shellcheck disable=SC2016  # The format is apt's, not the shell's.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Identifier: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
  key=$(printf '%s\n' "${suite}" "${mirror}" "$(date -u +%Y-%m)" | sha256sum | cut -c1-12)
  base=${cache}/image-base-${key}.tar
  [[ ! -f ${base} ]] || return 0
  say "${base_image}: making it from this machine's mirror"
  mkdir -p "${cache}"
  if ! debootstrap --variant=minbase "${suite}" "${folder}/base" "${mirror}" >"${folder}/log" 2>&1; then
    tail -n 20 "${folder}/log" >&2
    die "debootstrap failed"
  fi
  rm -f "${folder}/base/var/cache/apt/archives/"*.deb
  tar -C "${folder}/base" -cf "${base}.part" .
  rm -rf "${folder}/base" "${cache}"/image-base-*.tar
  mv "${base}.part" "${base}"
}

import_base() {
  local container
  container=$(buildah from scratch)
  buildah add -q "${container}" "${base}" / >/dev/null
  buildah commit -q --rm "${container}" "${base_image}" >/dev/null
}

build() {
  local began=${SECONDS}
  say "building the Dockerfile (some ten minutes the first time, more on a busy machine)"
  mkdir -p "${cache}/image-ccache"
  if ! buildah bud --isolation chroot --pull-never --volume "${cache}/image-ccache:/ccache" \
    --tag "${image}" . >"${folder}/log" 2>&1; then
    tail -n 60 "${folder}/log" >&2
    die "the Dockerfile does not build"
  fi
  say "built in $((SECONDS - began)) s"
}

# --- What is in it -------------------------------------------------------------------------------

fact() { buildah inspect --type image --format "$1" "${image}"; }
label() { fact "{{index .OCIv1.Config.Labels \"org.opencontainers.image.$1\"}}"; }

check_configuration() {
  local version
  version=$(sed -n 's/^ *VERSION \([0-9.]*\)$/\1/p' CMakeLists.txt)
  expect "user" "${user}" "$(fact '{{.OCIv1.Config.User}}')"
  expect "entrypoint" "[/offset-reset-operator]" "$(fact '{{.OCIv1.Config.Entrypoint}}')"
  expect "label title" "offset-reset-operator" "$(label title)"
  expect "label version" "${version}" "$(label version)"
  expect "label licenses" "Apache-2.0" "$(label licenses)"
  [[ -n $(label description) ]] || die "label description: missing"
  expect "--version" "offset-reset-operator ${version}" "$(in_image --version | cut -d' ' -f1,2)"
  say "user, entrypoint, labels and --version are as they should be"
}

check_files() {
  expect "programs, next to libraries" "/offset-reset-operator" \
    "$(find "${files}" -type f -perm /111 ! -name '*.so*' -printf '/%P\n')"
  expect "set-user-id files" "" "$(find "${files}" -perm /6000 -type f)"
  local public
  public=$(grep -c 'BEGIN CERTIFICATE' "${files}/etc/ssl/certs/ca-certificates.crt")
  ((public > 50)) || die "certificates of public authorities: only ${public}"
  say "no shell, no other program; certificates of ${public} authorities"
}

check_size() {
  local unpacked compressed
  unpacked=$(du --apparent-size --block-size=1 --summarize "${files}" | cut -f1)
  buildah push -q --compression-format gzip "${image}" "oci:${folder}/oci"
  compressed=$(du --apparent-size --block-size=1 --summarize "${folder}/oci/blobs" | cut -f1)
  say "$((unpacked / 1000)) kB unpacked, $((compressed / 1000)) kB compressed"
  ((unpacked <= most_unpacked)) || die "that is more than $((most_unpacked / 1000)) kB unpacked"
  ((compressed <= most_compressed)) || die "that is more than $((most_compressed / 1000)) kB compressed"
}

# --- A reset -------------------------------------------------------------------------------------

# As in a pod: its own root filesystem, read-only, the user of the image, none of our environment.
# To be called in a subshell, which it replaces: then its pid is that of the operator.
in_image() {
  # shellcheck disable=SC2016  # Expanded by the inner shell.
  exec unshare --mount bash -c '
    mount --bind "$1" "$1"
    mount -o remount,bind,ro "$1"
    exec env -i "KUBECONFIG=/kubeconfig" \
      "$(command -v chroot)" --userspec="$2" --groups= "$1" /offset-reset-operator "${@:3}"' \
    in_image "${files}" "${user}" "$@"
}

check_reset() {
  local health python
  health=127.0.0.1:$(free_port)
  python=$(scripts/setup --python)
  "${python}" scripts/lib/demo_kafka.py "${KAFKA_BOOTSTRAP}" prepare >/dev/null
  kubectl config view --raw --flatten >"${files}/kubeconfig"
  chmod 444 "${files}/kubeconfig"
  in_image --metrics-bind-address 0 --health-probe-bind-address "${health}" \
    >"${folder}/operator.log" 2>&1 &
  operator_pid=$!
  wait_for "the operator to be ready" curl -fsS "http://${health}/readyz"
  expect "the process's user" "${user%:*}" "$(awk '/^Uid:/ { print $2 }' "/proc/${operator_pid}/status")"

  kubectl apply -f - <<YAML
apiVersion: offsetreset.io/v1alpha1
kind: OffsetReset
metadata: {name: out-of-the-image}
spec:
  bootstrapServers: ${KAFKA_BOOTSTRAP}
  groupId: orders-consumer
  topic: orders
  to: {offset: 10}
YAML
  kubectl wait --for=condition=Succeeded --timeout=60s ofr/out-of-the-image
  expect "committed offsets" "orders/0: 10 orders/1: 10 orders/2: 10" \
    "$("${python}" scripts/lib/demo_kafka.py "${KAFKA_BOOTSTRAP}" committed | xargs)"
  kubectl delete ofr/out-of-the-image --wait=false >/dev/null

  kill -TERM "${operator_pid}"
  local code=0
  wait "${operator_pid}" || code=$?
  operator_pid=
  expect "exit code after SIGTERM" 0 "${code}"
  say "the operator out of the image did a reset"
}

install_tools
make_base
import_base
build
container=$(buildah from --pull-never "${image}")
files=${folder}/files
cp -a "$(buildah mount "${container}")" "${files}"
chmod 755 "${folder}" "${files}"
check_size
check_files
check_configuration
check_reset
