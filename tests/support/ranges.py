#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# ranges.py PORT FILE TARGET COUNT SEED: asks for random ranges of a file on one connection, and compares what
# comes with the file's bytes. What a Range header means is found out here, from RFC 9110, 14, alone.

import random
import re
import socket
import sys

port, path, target, count, seed = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
data = open(path, "rb").read()
size = len(data)
rng = random.Random(seed)


def position():
    return rng.choice([0, 1, size - 1, size, size + 1, 2**31, 2**63 - 1, 2**63, 10**30,
                       rng.randrange(size), rng.randrange(size), rng.randrange(min(size, 50))])


def spec():
    kind = rng.randrange(10)
    if kind < 6:
        first = position()
        return f"{first}-{first + rng.choice([0, 1, 5, 1000, size]) if rng.random() < 0.8 else position()}"
    if kind < 8:
        return f"{position()}-"
    return f"-{position()}"


def mutate(text):
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice([" ", "-", ",", "=", "x", "\t", "+", "0", ".", "\u00e9"]) + text[at + rng.randrange(2):]


def header():
    text = rng.choice(["bytes", "bytes", "bytes", "Bytes", "lines"]) + "="
    text += rng.choice([",", ", ", " ,", ",,"]).join(spec() for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 5, 16, 17, 40])))
    while rng.random() < 0.15:
        text = mutate(text)
    return text.strip()


def wanted(text):
    """The ranges as [first, last], those outside left out; None: the header is to be ignored."""
    unit, equals, specs = text.partition("=")
    if not equals or unit.lower() != "bytes":
        return None
    found, any_spec = [], False
    for one in specs.split(","):
        one = one.strip(" \t")
        if not one:
            continue
        match = re.fullmatch(r"([0-9]*)-([0-9]*)", one, re.ASCII)
        if not match or one == "-":
            return None
        any_spec = True
        # Positions that no file has are all the same: RFC 9110, 14.1.2, lets recipients stop counting.
        first, last = (text and str(min(int(text), 2**63 - 1)) for text in match.groups())
        if not first:
            if int(last) > 0:
                found.append((max(0, size - int(last)), size - 1))
            continue
        if last and int(last) < int(first):
            return None
        if int(first) < size:
            found.append((int(first), min(int(last) if last else size - 1, size - 1)))
    return found if any_spec else None


def union(ranges):
    merged = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return merged


def overlap(ranges):
    ordered = sorted(ranges)
    return any(a[1] >= b[0] for a, b in zip(ordered, ordered[1:]))


def content_range(text):
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", text)
    assert match and int(match[3]) == size, text
    return int(match[1]), int(match[2])


def parts(body, boundary):
    """Of a multipart/byteranges body, by RFC 2046, 5.1.1."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    assert pieces[0] == b"" and pieces[-1] == b"--\r\n", "delimiters"
    found = []
    for piece in pieces[1:-1]:
        assert piece.startswith(b"\r\n")
        head, empty, content = piece[2:].partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        first, last = content_range(fields["Content-Range"])
        assert content == data[first:last + 1], "bytes of a part"
        found.append((first, last))
    return found


def read_reply(stream):
    status = int(stream.readline().split()[1])
    fields = {}
    while (line := stream.readline().decode().rstrip("\r\n")):
        name, value = line.split(": ", 1)
        assert name.lower() not in fields, name
        fields[name.lower()] = value
    return status, fields, stream.read(int(fields["content-length"]))


def check(text, status, fields, body):
    ranges = wanted(text)
    if status == 416:
        assert ranges == [] and fields["content-range"] == f"bytes */{size}"
    elif status == 200:
        assert body == data
        assert not ranges or len(ranges) > 16 or overlap(ranges), "the whole, and not its part"
    else:
        assert status == 206 and ranges
        kind = fields["content-type"]
        if kind.startswith("multipart/byteranges; boundary="):
            got = parts(body, kind.partition("boundary=")[2])
            assert len(got) > 1 and "content-range" not in fields
        else:
            got = [content_range(fields["content-range"])]
            assert body == data[got[0][0]:got[0][1] + 1]
        assert union(got) == union(ranges), (got, ranges)


connection = socket.create_connection(("127.0.0.1", port))
connection.settimeout(50)
stream = connection.makefile("rb")
seen = {200: 0, 206: 0, 416: 0}
for number in range(count):
    text = header()
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nRange: {text}\r\n\r\n".encode("latin-1"))
    status, fields, body = read_reply(stream)
    try:
        check(text, status, fields, body)
    except Exception as error:
        sys.exit(f"seed {seed}, request {number}, Range: {text!r}: {status} {fields}: {error!r}")
    seen[status] += 1
print(seen)
assert all(n > count // 50 for n in seen.values()), seen
