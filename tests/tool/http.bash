# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2120,SC2154
#
# What the tests of HTTP verbs share: peers that are started, and waited for until they can be talked to.
# Sourced after check.bash.

peers=()
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

end_peers()
{
    [ ${#peers[@]} -eq 0 ] || kill "${peers[@]}" 2>/dev/null
    peers=()
}
trap end_peers EXIT

# start_peer [CERT KEY]: http_peer.py; sets $url.
start_peer()
{
    need python3
    rm -f port
    python3 "$(dirname "$0")/http_peer.py" "$@" &
    peers+=($!)
    until [ -s port ]; do
        kill -0 $! || { echo "http_peer.py has ended" >&2; exit 1; }
        sleep 0.02
    done
    if [ $# -gt 0 ]; then url=https://127.0.0.1:$(cat port); else url=http://127.0.0.1:$(cat port); fi
}

# content SIZE [VERSION] >FILE: what http_peer.py sends.
content()
{
    python3 -c "import sys; sys.path.insert(0, '$(dirname "$0")'); sys.dont_write_bytecode = True
import http_peer; sys.stdout.buffer.write(http_peer.content($1, ${2-0}))"
}

# start_serve ARGUMENT...: nowait serve at a free port; sets $url and $serve_pid. What it prints: serve.out.
start_serve()
{
    : >serve.out
    "$tool" serve --listen=127.0.0.1:0 "$@" >serve.out 2>serve.err &
    serve_pid=$!
    peers+=("$serve_pid")
    until grep -q '://' serve.out; do
        kill -0 $serve_pid || { cat serve.err >&2; exit 1; }
        sleep 0.02
    done
    url=$(sed -n 's|^  \(https*://[^/]*\)/.*|\1|p' serve.out)
}

# make_certificate NAME: NAME.pem and NAME.key, for localhost and 127.0.0.1, signed by itself.
make_certificate()
{
    need openssl
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
        -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$1.key" -out "$1.pem" 2>openssl.err ||
        { cat openssl.err >&2; exit 1; }
}
