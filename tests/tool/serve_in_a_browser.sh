#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A real browser looks at nowait serve: names of all kinds, sorting, folders, previews, a player that jumps,
# uploads through the form; and what came is what was sent.
#
# ctest: timeout=120

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
need chromium
need chromedriver
need python3

mkdir -p served/media served/photos
printf 'content\n' | tee served/'<img src=x onerror=alert(1)>.txt' served/'a#b?c%2F.txt' >served/$'bad\xffname'
printf 999999999 >served/file9.txt
printf 10 >served/file10.txt
echo secret >served/.hidden
python3 - <<'PYTHON'
import struct, wave, zlib
with wave.open("served/media/tone.wav", "wb") as wav:  # a minute, so that a jump is a range
    wav.setnchannels(1), wav.setsampwidth(2), wav.setframerate(22050)
    wav.writeframes(b"\0\1\0\2" * (22050 * 30))
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
with open("served/photos/red dot.png", "wb") as png:
    png.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)) +
              chunk(b"IDAT", zlib.compress(b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8)))) + chunk(b"IEND", b""))
PYTHON
head -c 3000000 /dev/urandom >'sent file.bin'

start_serve --upload --log=access.log served
address=$(sed -n 's|^  \(http.*token=.*\)$|\1|p' serve.out)
mkdir home
HOME=$PWD/home python3 "$(dirname "$0")/browser.py" "$address" 'sent file.bin' >browser.out 2>&1 ||
    fail "the browser: $(cat browser.out)"
same 'sent file.bin' 'served/media/sent file.bin' "what was uploaded"
same 'sent file.bin' 'served/sent file.bin' "what was uploaded with the token typed"
equal '' "$(find served -name '.upload*')" "what uploads leave"
holds '"GET /media/tone\.wav HTTP/1\.1" 206 ' access.log
holds '"POST /media/ HTTP/1\.1" 303 ' access.log

finish
