#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait serve, asked by curl, wget and Python: files, ranges, pages that no name breaks, what is not served, TLS,
# the log, the end.
#
# ctest: cost=5

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
need curl
need python3

mkdir -p root/sub/deeper root/site outside
head -c 300000 /dev/urandom >root/big.bin
echo small >root/small.txt
echo secret >root/.hidden
echo outside >outside/file
echo '<h1>index</h1>' >root/site/index.html
ln -s ../outside/file root/escape
ln -s ../outside root/escapes
ln -s small.txt root/inside
ln -s sub root/insides
mkfifo root/fifo
names=('<script>alert(1)<' "'\"onload=x" 'a%2Fb' 'sp ace' '#?&;=+' $'new\nline' $'bad\xff\xfe' 'javascript:alert(1)' '~ü€' '&amp;' '\back')
for name in "${names[@]}"; do printf 'content of %s' "$name" >"root/sub/$name"; done

start_serve --log=access.log root

# -- files --
curl -sS -o got -D head "$url/big.bin"
same root/big.bin got "a file"
holds '^X-Content-Type-Options: nosniff' head
holds '^ETag: ' head
curl -sS -r 1000-1999 "$url/big.bin" >got
tail -c +1001 root/big.bin | head -c 1000 >want
same want got "a range"
curl -sS -r -100 "$url/big.bin" >got
tail -c 100 root/big.bin >want
same want got "a suffix"
head -c 100000 root/big.bin >part
curl -sS -C - -o part "$url/big.bin"
same root/big.bin part "curl goes on"
equal 304 "$(curl -sS -o got -w '%{http_code}' -z root/big.bin "$url/big.bin")" "a file that has not changed"
equal small "$(curl -sS "$url/inside")" "a link inside"
equal '<h1>index</h1>' "$(curl -sS "$url/site/")" "an index file"
equal 301 "$(curl -sS -o got -w '%{http_code}' "$url/sub" | sed s/30[1278]/301/)" "a directory without its slash"

# -- what is not served --
code() { curl -sS --path-as-is -o got -w '%{http_code}' "$@"; }
for path in /.hidden /none /escape /escapes/file /../outside/file /%2e%2e/outside/file /sub/..%2f..%2foutside/file /fifo; do
    status=$(code "$url$path")
    [[ $status == 4?? ]] || fail "$path: $status"
    grep -q outside got && fail "$path: was served"
done
equal 405 "$(code -X DELETE "$url/small.txt")" "DELETE"
equal 405 "$(code -T root/small.txt "$url/new.txt")" "PUT without --upload"
equal 405 "$(code -F file=@root/small.txt "$url/sub/")" "POST without --upload"
[ ! -e root/new.txt ] || fail "PUT without --upload has written"

# -- pages --
curl -sS -D head -o page "$url/"
holds "^Content-Security-Policy: default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; " head
holds '^Content-Type: text/html; charset=utf-8' head
for shown in 'big\.bin' sub/ site/ inside insides/; do holds "<b>$shown</b>" page; done
for hidden in hidden escape fifo '\.\.'; do
    grep -q "<b>[^<]*$hidden" page && fail "the page shows $hidden"
done
curl -sS -o page "$url/sub/"
grep -qi '<script' page && fail "a name became a script"
cat >links.py <<'PYTHON'
"""Every link of a page leads to the file whose name stands there; what goes into the page stays text."""
import html.parser, sys, urllib.parse, urllib.request
class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.href = self.text = None
        self.links = []
    def handle_starttag(self, tag, attributes):
        allowed = {"a", "article", "b", "circle", "div", "footer", "header", "h1", "html", "i", "link", "main", "meta",
                   "nav", "p", "path", "style", "svg", "symbol", "table", "tbody", "td", "th", "thead", "time",
                   "title", "tr", "use", "small", "span", "ul", "li", "img"}
        assert tag in allowed, tag
        for name, value in attributes:
            assert not name.startswith("on") and "javascript:" not in (value or ""), (name, value)
        if tag == "a":
            self.href, self.text = dict(attributes)["href"], ""
        self.named = tag == "b"
    def handle_data(self, data):
        if self.href is not None and self.named:
            self.text += data
    def handle_endtag(self, tag):
        self.named = False
        if tag == "a":
            self.links.append((self.href, self.text))
            self.href = None
base = sys.argv[1]
page = Page()
page.feed(urllib.request.urlopen(base).read().decode("utf-8"))
seen = 0
for href, text in page.links:
    url = urllib.parse.urljoin(base, href)
    assert url.startswith("http://127.0.0.1:"), url
    if "?" in href or href.startswith((".", "/")) or href.endswith("/"):
        continue
    name = urllib.parse.unquote_to_bytes(href)
    body = urllib.request.urlopen(url).read()
    assert body == b"content of " + name, (name, body)
    shown = "".join("\ufffd" if c < " " else c for c in name.decode("utf-8", "replace"))
    assert text == shown, (text, shown)
    seen += 1
assert seen == int(sys.argv[2]), seen
PYTHON
python3 links.py "$url/sub/" ${#names[@]} || fail "links of the page"
python3 links.py "$url/sub/?view=grid" ${#names[@]} || fail "links of the grid"

order() { curl -sS "$url/?$1" | grep -o '<b>[^<]*</b>' | sed 's/<[^>]*>//g' | tr '\n' ' '; }
for i in 1 2 10; do head -c $((i * 10)) /dev/zero >"root/f$i"; touch -d "200$((3 - i % 3))-01-01" "root/f$i"; done
equal "insides/ site/ sub/ big.bin f1 f2 f10 inside small.txt " "$(order '')" "by name"
equal "sub/ site/ insides/ small.txt inside f10 f2 f1 big.bin " "$(order 'sort=name&order=desc')" "by name, descending"
equal "insides/ site/ sub/ inside small.txt f1 f2 f10 big.bin " "$(order 'sort=size')" "by size"
equal "insides/ site/ sub/ big.bin f10 f2 f1 inside small.txt " "$(order 'sort=size&order=desc')" "by size, descending"
equal "f2 f1 f10" "$(order 'sort=time' | tr ' ' '\n' | grep '^f' | xargs)" "by time"
equal "insides/ site/ sub/ big.bin f1 f2 f10 inside small.txt " "$(order 'sort=%22%3E&order=%00')" "by nonsense"
curl -sS "$url/?format=json" >list.json
python3 - <<'PYTHON' || fail "the list as JSON"
import json
entries = {entry["name"]: entry for entry in json.load(open("list.json"))}
assert entries["big.bin"]["size"] == 300000 and entries["sub"]["type"] == "directory", entries
assert ".hidden" not in entries and "escape" not in entries
PYTHON
curl -sS -I "$url/" >./head
holds '^HTTP/1\.1 200' head

# -- the peers --
python3 - "$url" <<'PYTHON' || fail "Python's urllib"
import sys, urllib.request
assert urllib.request.urlopen(sys.argv[1] + "/big.bin").read() == open("root/big.bin", "rb").read()
PYTHON
if command -v wget >/dev/null; then
    wget -q -r -np -nH -P mirror "$url/sub/deeper/" "$url/big.bin"
    same root/big.bin mirror/big.bin "wget"
fi
"$tool" get -q -n 3 -O fetched "$url/big.bin" "$url/small.txt"
same root/big.bin fetched/big.bin "nowait get"

# -- many entries --
mkdir root/many
(cd root/many && seq -f 'file%.0f' 10000 | xargs touch)
curl -sS "$url/many/" >page
equal 10000 "$(grep -c '<b>file[0-9]*</b>' page)" "entries of a large directory"
holds '10000 files' page
equal "file1 file2 file10000" "$(grep -o '<b>file[0-9]*' page | sed 's/<b>//' | sed -n '1p;2p;$p' | xargs)" "their order"

# -- the log, the end --
holds '^127\.0\.0\.1 - - \[.*\] "GET /small\.txt HTTP/1\.1" 200 6 ' access.log
mv access.log access.old
kill -HUP "$serve_pid"
until [ -e access.log ] && grep -q again access.log; do curl -sS -o got "$url/none?again"; done
kill -TERM "$serve_pid"
wait "$serve_pid"
equal "0:" "$?:$(cat serve.err)" "status after SIGTERM"

# -- options --
start_serve --hidden --follow --no-index --cors --cache-control=no-store root
equal secret "$(curl -sS "$url/.hidden")" "--hidden"
equal outside "$(curl -sS "$url/escapes/file")" "--follow"
curl -sS "$url/site/" | grep -q 'index.html' || fail "--no-index"
curl -sS -D head -o got "$url/small.txt"
holds '^Access-Control-Allow-Origin: \*' head
holds '^Cache-Control: no-store' head
start_serve --no-list --loops=2 root
equal "404 small" "$(code "$url/sub/") $(curl -sS "$url/small.txt")" "--no-list, --loops"
kill -TERM "$serve_pid"
wait "$serve_pid"
equal 0 $? "status after SIGTERM with several loops"

# -- TLS --
make_certificate mine
start_serve --tls=mine.pem --key=mine.key root
equal https "${url%%:*}" "the address with --tls"
equal small "$(curl -sS --cacert mine.pem "${url/127.0.0.1/localhost}/small.txt")" "--tls"
run "$tool" get -q --cacert mine.pem -o tls "$url/big.bin"
equal "0:" "$status:$(cat err)" "nowait get over TLS"
same root/big.bin tls "nowait get over TLS"
run "$tool" get -q --retries=0 -o untrusted "$url/big.bin"
equal 7 "$status" "nowait get without the authority"
run "$tool" get -q -k -o insecure "$url/big.bin"
equal 0 "$status" "nowait get -k"
start_serve --tls-self-signed root
equal small "$(curl -sS -k "$url/small.txt")" "--tls-self-signed"
openssl s_client -connect "${url#https://}" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 |
    sed 's/.*=//; s/://g' | tr A-F a-f >want
sed -n 's/^Certificate (SHA-256): //p' serve.out | tr -d ' ' >got
same want got "the fingerprint"

# -- what cannot be --
for wrong in "none" "root/big.bin" "--tls=mine.key root" "--tls=none root" "--listen=127.0.0.1:${url##*:} root" \
    "--listen=nowhere root" "--log=/none/log root"; do
    # shellcheck disable=SC2086
    run "$tool" serve $wrong
    equal "1:" "$status:$(cat out)" "serve $wrong"
    [ -s err ] || fail "no message: serve $wrong"
done
for wrong in "a b" "--key=x" "--tls=x --tls-self-signed" "--overwrite" "--upload-token=short" \
    "--upload-token=with;semicolon" "--loops=0" "--log-size=x"; do
    # shellcheck disable=SC2086
    run "$tool" serve $wrong
    equal "2:" "$status:$(cat out)" "serve $wrong"
done

finish
