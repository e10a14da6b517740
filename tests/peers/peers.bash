# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2120,SC2154
#
# What these tests share: a test gets the server (site), the client (ask) and the tool, and starts programs of
# others, each waited for until it can be talked to, and ended at the exit. Ports are free ones.

export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../tool/check.bash
. "$here/../tool/check.bash"
site=$1 ask=$2 tool=$3
PATH=$PATH:/usr/sbin:/usr/local/sbin
# shellcheck source-path=SCRIPTDIR source=../support/servers.bash
. "$here/../support/servers.bash"

# start_site [CERTIFICATE KEY]: sets $url and $site_pid.
start_site()
{
    rm -f address
    "$site" "$@" &
    site_pid=$!
    started+=("$site_pid")
    until_there address $site_pid
    url=$(cat address)
}

# end_site: asks it to end; it ends well.
end_site()
{
    kill -TERM "$site_pid"
    wait "$site_pid"
    equal 0 $? "how the server ended"
}

# A Python that has these modules is $python; without one the test is skipped.
need_python()
{
    local candidate
    for candidate in python3 /usr/bin/python3; do
        python=$candidate
        "$python" -c "import ${1-sys}" 2>/dev/null && return
    done
    echo "skipped: there is no Python with ${1-sys}"
    exit 77
}

# start_python FILE ARGUMENT...: a server in Python, which writes its port to ./port; sets $port.
start_python()
{
    rm -f port
    "$python" "$@" &
    started+=($!)
    until_there port $!
    port=$(cat port)
}

# answers WANT ARGUMENT...: ask prints these lines.
answers()
{
    local want=$1
    shift
    run "$ask" "$@"
    [ "$(cat out)" = "$want" ] && return
    fail "ask $*: not '$want':"
    cat out err >&2
}
