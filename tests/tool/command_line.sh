#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Help, version, and what is wrong: on the right stream, with the right exit status.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

run "$tool"
equal 2 "$status" "status without arguments"
equal '' "$(cat out)" "output without arguments"
holds '^Usage: nowait VERB' err

for word in --help -h help; do
    run "$tool" $word
    equal "0:" "$status:$(cat err)" "$word"
    holds '^Usage: nowait VERB' out
done

for verb in bench doctor get serve sum; do
    holds "^  $verb " out
done
for verb in bench doctor get serve sum; do
    run "$tool" $verb --help
    equal "0:" "$status:$(cat err)" "$verb --help"
    holds "^Usage: nowait $verb" out
    holds '^Exit status: 0 ' out
    cp out want
    run "$tool" help $verb
    same want out "help $verb"
    run "$tool" $verb --version
    holds '^nowait [0-9]+\.[0-9]+\.[0-9]+$' out
    run "$tool" $verb --no-such-option
    equal "2:" "$status:$(cat out)" "an unknown option of $verb"
    holds "^nowait $verb: unrecognized option '--no-such-option'" err
    holds "^Try 'nowait $verb --help'" err
done

run "$tool" --version
equal 0 "$status" "--version"
holds '^nowait [0-9]+\.[0-9]+\.[0-9]+$' out
run "$tool" no-such-verb
equal "2:" "$status:$(cat out)" "an unknown verb"
holds "^nowait: 'no-such-verb' is not a verb" err
for wrong in "bench" "bench no-such" "bench http a b" "bench http --requests=0" "bench files --rounds=0" "bench files --rounds=1x" "bench files a b" \
    "bench files --concurrency=-1" "bench files --files=99999999999999999999" "doctor a b" "sum -j"; do
    # shellcheck disable=SC2086
    run "$tool" $wrong
    equal "2:" "$status:$(cat out)" "$wrong"
    [ -s err ] || fail "no message: $wrong"
done

finish
