# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# Servers for tests: waited for until they can be talked to, and ended at the exit. Ports are free ones, and no
# proxy of the caller's comes in between. Sourced after check.bash.

started=()
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY

end_started()
{
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null
    started=()
}
trap end_started EXIT

# until_there FILE PID: the program has written the file; it writes it in one piece.
until_there()
{
    until [ -s "$1" ]; do
        kill -0 "$2" 2>/dev/null || { echo "it has ended before $1 was there" >&2; exit 1; }
        sleep 0.02
    done
}

# start_serve ARGUMENT...: nowait serve at a free port; sets $url and $serve_pid. What it prints: serve.out.
start_serve()
{
    : >serve.out
    "$tool" serve --listen=127.0.0.1:0 "$@" >serve.out 2>serve.err &
    serve_pid=$!
    started+=("$serve_pid")
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
