#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# curl and our server: connections kept, HTTP/1.0, long bodies both ways, with a length and in chunks, after
# "100 Continue" or without waiting for it, ranges, codings, trailers, cookies, redirects, replies cut off, TLS.
#
# ctest: cost=5

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
need curl

mkdir root
head -c 20000000 /dev/urandom >big
cp big root/big.bin
seq 100000 >root/text.txt
gzip -k root/text.txt
start_site

# curl_says WANT FORMAT ARGUMENT...: what curl's -w prints.
curl_says()
{
    local want=$1 format=$2
    shift 2
    equal "$want" "$(curl -sS -w "$format" "$@" 2>&1)" "curl $*"
}

# -- connections --
curl_says "200 1:200 0:200 0:" '%{http_code} %{num_connects}:' -o /dev/null "$url/" -o /dev/null "$url/describe" \
    -o /dev/null "$url/files/text.txt"
curl_says "200 1:404 0:405 0:200 0:" '%{http_code} %{num_connects}:' -X POST -o /dev/null "$url/" -o /dev/null \
    "$url/none" -o /dev/null "$url/files/text.txt" -o /dev/null "$url/describe"
curl -sS -0 -o got "$url/chunks/300"
equal 300000 "$(wc -c <got)" "a reply without a length, HTTP/1.0"
curl -sS -0 -D head -o got "$url/files/big.bin"
same big got "a file, HTTP/1.0"
curl -sS -0 -H 'Connection: keep-alive' -D head -o got "$url/" -o got "$url/"
holds '^Connection: keep-alive' head
curl_says "200 1" '%{http_code} %{num_connects}' -H 'Connection: close' -o /dev/null "$url/"

# -- bodies that curl sends --
curl -sS -o got --data-binary @big "$url/echo"
same big got "a body with a length, after 100 Continue"
curl -sS -o got -H 'Expect:' --data-binary @big "$url/echo"
same big got "a body with a length, at once"
curl -sS -o got -H 'Transfer-Encoding: chunked' --data-binary @big "$url/echo"
same big got "a body in chunks"
curl -sS -o got -H 'Expect: 100-continue' -d small "$url/echo"
equal small "$(cat got)" "a small body after 100 Continue"
curl -sS -v -H 'Expect: 100-continue' -d small "$url/describe" >got 2>log
holds 'HTTP/1\.1 100 Continue' log
holds '^heard 5$' got
curl -sS -o got -T big "$url/echo"
same big got "-T"
curl -sS -o got -T - "$url/echo" <big
same big got "-T -"
curl -sS -T - "$url/describe" <big >got
holds '^PUT /describe$' got
holds '^length -1$' got
holds '^heard 20000000$' got
curl -sS -F file=@big -F field=value "$url/describe" >got
holds '^field Content-Type: multipart/form-data; boundary=' got
curl -sS -0 -H 'Expect:' --data-binary @big -o got "$url/echo"
same big got "a body by HTTP/1.0"
curl_says 417 '%{http_code}' -o /dev/null -H 'Expect: something-else' -d x "$url/echo"

# -- files --
tail -c +1001 big | head -c 1000000 >want
curl -sS -o got --range 1000-1000999 "$url/files/big.bin"
same want got "--range"
curl -sS --range 0-4,-5 "$url/files/big.bin" -D head -o got
holds '^HTTP/1\.1 206' head
holds '^Content-Type: multipart/byteranges; boundary=' head
curl_says 416 '%{http_code}' -o /dev/null --range 20000000- "$url/files/big.bin"
head -c 12345678 big >part
curl -sS -C - -o part "$url/files/big.bin"
same big part "-C -"
curl -sS --compressed -D head -o got "$url/files/text.txt"
same root/text.txt got "--compressed"
holds '^Content-Encoding: gzip' head
curl -sS -D head -o got "$url/files/text.txt"
same root/text.txt got "without --compressed"
grep -qi '^Content-Encoding' head && fail "a coding that nobody asked for"
curl -sS --etag-save tag -o got "$url/files/text.txt"
curl_says 304 '%{http_code}' --etag-compare tag -o got "$url/files/text.txt"
curl -sS -I -o head "$url/files/big.bin"
holds '^Content-Length: 20000000' head

# -- replies of other kinds --
curl -sS --raw -o got -H 'TE: trailers' "$url/chunks/3"
holds '^X-Count: 3' got
equal '1,"two words",-' "$(curl -sS -L -c jar "$url/cookies")" "cookies"
equal '1,-,-' "$(curl -sS -b jar "$url/show")" "cookies elsewhere"
curl_says "200 5" '%{http_code} %{num_redirects}' -o got -L "$url/redirect/302/5"
holds '^GET /describe\?arrived$' got
curl_says "200 2" '%{http_code} %{num_redirects}' -o got -L -d body "$url/redirect/307/2"
holds '^heard 4$' got
curl_says "200 1" '%{http_code} %{num_redirects}' -o got -L -d body "$url/redirect/303/1"
holds '^GET /describe\?arrived$' got
for length in 1 0; do # the server resets the connection, so that nobody takes it for the end
    curl -sS -o got "$url/cut/$length" 2>err
    case $? in 18 | 56) ;; *) fail "a reply that was cut off, length $length: $(cat err)" ;; esac
done
for status in 200 404 500 503; do curl_says $status '%{http_code}' -o /dev/null "$url/status/$status"; done
for status in 204 304; do curl_says "$status 0" '%{http_code} %{size_download}' -o /dev/null "$url/status/$status"; done

# -- many at a time --
for i in $(seq 200); do printf 'url=%s/files/text.txt\noutput=many.%s\n' "$url" "$i"; done >list
curl -sS --no-progress-meter -Z --parallel-max 50 -K list
for i in $(seq 200); do cmp -s root/text.txt "many.$i" || fail "one of many in parallel: $i"; done
end_site

# -- TLS --
make_certificate mine
start_site mine.pem mine.key
curl_says "200 1:200 0:" '%{http_code} %{num_connects}:' --cacert mine.pem -o got "$url/files/big.bin" -o got2 \
    "$url/files/text.txt"
same big got "TLS: a file"
curl -sS --cacert mine.pem --tls-max 1.2 -o got --data-binary @big "$url/echo"
same big got "TLS 1.2: a body both ways"
curl -sS --cacert mine.pem --tlsv1.3 -o got -T - "$url/echo" <big
same big got "TLS 1.3: a body in chunks, both ways"
curl -sS --cacert mine.pem -o got "$url/cut/0" 2>err
case $? in 18 | 56) ;; *) fail "TLS: a reply that was cut off: $(cat err)" ;; esac
curl -sS -o got "$url/" 2>err
equal 60 $? "TLS: a certificate that curl does not trust"
end_site

finish
