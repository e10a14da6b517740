# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
#
# Starts web_peer.py, whose address is then in $url, and ends it at the exit. For the tests of the examples.

command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

fail() { echo "$*"; cat out err; exit 1; }

python3 "$(dirname "${BASH_SOURCE[0]}")/web_peer.py" &
peer=$!
trap 'kill $peer 2>/dev/null' EXIT
until [ -s port ]; do
    kill -0 $peer || { echo "web_peer.py has ended"; exit 1; }
    sleep 0.02
done
url=http://127.0.0.1:$(cat port)

# get PATH: the body of an answer.
get()
{
    exec 3<>"/dev/tcp/127.0.0.1/$(cat port)"
    printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3
    sed '1,/^\r$/d' <&3
    exec 3>&-
}
