#!/bin/sh
# As in the official image: each template becomes a file of conf.d, with only variables that are set filled in.
set -e
templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
filter=${NGINX_ENVSUBST_FILTER:-}
[ -d "$templates" ] || exit 0
defined=$(env | cut -d= -f1 | grep -E "$filter" | sed 's/.*/${&}/' | tr '\n' ' ')
if [ ! -w "$output" ]; then
    echo "$0: ERROR: $templates exists, but $output is not writable" >&2
    exit 0
fi
find "$templates" -follow -type f -name "*$suffix" | while read -r template; do
    relative=${template#"$templates/"}
    target=$output/${relative%"$suffix"}
    mkdir -p "$(dirname "$target")"
    envsubst "$defined" <"$template" >"$target"
done
