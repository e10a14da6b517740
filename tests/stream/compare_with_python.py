#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Streams behave as Python's open(path, mode + "b"): random sequences of operations, run through both.

compare_with_python.py SCRIPT [--seed N] [--sequences N] [--replay FILE]

SCRIPT is the program built from script.c. It carries out whole batches of sequences; the same ones are then
run through Python on copies of the files, and each answer and the final bytes are compared. A sequence that
differs is cut down as far as it still differs, and printed in the form that --replay reads.

Where a call of the library has no counterpart, the counterpart is a sentence in Python's: to read exactly is to
read, and to go back when that gave less. One thing of Python's is not copied: between a write and the flush,
its append mode reports a position where nothing is written; here each write to such a file is flushed.

A sequence is "file OFFSET SIZE" (the file's content, from the pool) or "none", and then lines of a letter and
numbers:
  o MODE BUFFER PIECES FLAGS LIMIT PYTHON_BUFFER   open; flags: 1 direct, 2 line buffered,
                                                   4 by its descriptor, 8 no file but memory, 16 spooled
  r N   read     e N   read exactly       A LIMIT   read all    l   read a line    u BYTE LIMIT   read until
  p N   peek     k N   skip               w OFFSET SIZE   write from the pool      v OFFSET SIZE...   writev
  W FIRST COUNT   write lines             P VALUE WIDTH   printf                   s OFFSET WHENCE   seek
  C N   copy to another stream, 0: to the end     D OFFSET SIZE   copy from another stream
  t   tell       T SIZE   truncate, -1: at the position   f   flush   y   sync   c   close
  d   flush, and drop the file from the page cache
  ~ in front of a letter   under a deadline of some microseconds; once more when it has passed
  n   flush; how much is written          L   flush, and look at the file from outside
"""

import argparse
import errno
import io
import os
import random
import subprocess
import sys
import zlib

POOL_BYTES = 512 * 1024
BATCH = 200
DRIVER_SECONDS = 50
HURRIED = "relupAwstTfc"
LINES = [b"alpha\n", b"", b"beta", b"\n", b"gamma delta\r\n", b"epsilon\n", b"z", b"eta\n"]
NW_EINCOMPLETE = 4100

NW_BUFFERS = [0, 0, 0, 512, 4095, 4096, 4097, 8192, 65536]
TINY_BUFFERS = [1, 2, 3, 7, 16, 61]
TINY_MOST = 1500  # a sequence with such buffers has small files: each byte is a system call
PYTHON_BUFFERS = [-1, -1, 2, 17, 512, 4096]
MODES = ["r", "r", "r+", "r+", "r+", "r+", "w", "w+", "w+", "a", "a+", "a+", "x", "x+"]


def make_pool():
    """Bytes to write: lines of many lengths, with NULs, carriage returns and bytes beyond ASCII."""
    source = random.Random(1)
    pool = bytearray()
    while len(pool) < POOL_BYTES:
        length = int(2 ** source.uniform(0, source.choice([3, 7, 7, 7, 12, 16])))
        pool += source.randbytes(length).replace(b"\n", b"\0")
        pool += source.choice([b"\n", b"\n", b"\n", b"\r\n", b"\n\n"])
    return bytes(pool[:POOL_BYTES])


POOL = make_pool()


# -- making sequences ----------------------------------------------------------------------------------------


class Generator:
    """One random sequence. It guesses at sizes, so that most operations meet something."""

    def __init__(self, source):
        self.source = source
        self.lines = []
        self.size = 0
        self.buffer = 4096
        self.tiny = source.randrange(4) == 0
        self.aside = False
        self.may_read = self.may_write = True

    def amount(self):
        size = self.any_amount()
        return min(size, TINY_MOST) if self.tiny else size

    def any_amount(self):
        """A size: around the buffer's, around a page, or anything up to 100 KiB, small ones more often."""
        s = self.source
        kind = s.randrange(10)
        if kind < 3:
            return max(0, s.choice([1, 1, 2, 3]) * self.buffer + s.randint(-2, 2))
        if kind < 4:
            return s.choice([4095, 4096, 4097, 8191, 8192, 8193, 65536, 131071, 131072, 131073])
        if kind < 5:
            return s.choice([0, 1])
        return int(2 ** s.uniform(0, s.choice([4, 8, 13, 16.7])))

    def from_pool(self):
        size = min(self.amount(), POOL_BYTES)
        return self.source.randint(0, POOL_BYTES - size), size

    def position(self):
        s = self.source
        return s.choice([0, 1, self.buffer - 1, self.buffer, self.buffer + 1, s.randint(0, self.size + 1),
                         s.randint(0, self.size + 1), s.randint(0, self.size + 1), max(0, self.size - 1), self.size,
                         self.size + s.randint(0, TINY_MOST if self.tiny else 20000)])

    def open(self):
        s = self.source
        mode = s.choice(MODES)
        self.may_read = mode == "r" or "+" in mode
        self.may_write = mode != "r"
        given = mode.replace("+", s.choice(["+", "+", "+b", "b+", "t+", "+e"])) + s.choice(["", "b", "e"])
        given = given if given.count("b") < 2 and given.count("e") < 2 else mode
        if "b" in given and "t" in given:
            given = mode
        buffer = s.choice(TINY_BUFFERS if self.tiny else NW_BUFFERS)
        self.buffer = buffer or s.choice([4096, 65536, 131072])
        if mode[0] == "w":
            self.size = 0
        flags = (s.randrange(8) == 0) * 1 + (s.randrange(8) == 0) * 2 + (s.randrange(6) == 0) * 4
        self.aside = s.randrange(8) == 0
        if self.aside:
            given, flags, self.size, self.may_read, self.may_write = "w+", s.choice([8, 16]), 0, True, True
        limit = 0 if self.aside else s.choice([0, 0, 0, 0, 20, 1000, 5000])
        pieces = s.choice([0, 0, 0, 1, 2, 64])
        self.lines.append(f"o {given} {buffer} {pieces} {flags} {limit} {s.choice(PYTHON_BUFFERS)}")

    def read(self):
        s = self.source
        kind = s.randrange(20)
        if kind < 8:
            return f"r {self.amount()}"
        if kind < 13:
            return "l"
        if kind < 14:
            return f"A {s.choice([0, 0, self.amount() + 1])}"
        if kind < 16:
            return f"e {self.amount()}"
        if kind < 18:
            return f"p {self.amount()}"
        if kind < 19:
            return f"u {s.choice([0, 10, 65, 255])} {s.choice([1 << 20, self.amount() + 1])}"
        return s.choice([f"k {self.amount()}", f"C {s.choice([0, self.amount()])}"])

    def write(self):
        s = self.source
        kind = s.randrange(10)
        if kind < 7:
            offset, size = self.from_pool()
            self.size += size
            return f"{s.choice('wwwwwD') if size else 'w'} {offset} {size}"
        if kind < 8:
            offset, size = self.from_pool()
            cuts = sorted(s.randint(0, size) for _ in range(s.randrange(7)))
            sizes = [b - a for a, b in zip([0] + cuts, cuts + [size])]
            self.size += size
            return f"v {offset} " + " ".join(map(str, sizes))
        if kind < 9:
            first = s.randrange(len(LINES))
            return f"W {first} {s.randint(0, len(LINES) - first)}"
        return f"P {s.randint(0, 99999)} {s.choice([0, 3, 40, 300])}"

    def seek(self):
        s = self.source
        kind = s.randrange(20)
        if kind < 9:
            return f"s {self.position()} 0"
        if kind < 14:
            return f"s {s.choice([-1, 1, 1]) * self.amount()} 1"
        if kind < 18:
            return f"s {s.choice([0, 0, -1, -1, -1, 1]) * self.amount()} 2"
        if kind < 19 and not self.aside:
            return f"s {s.randint(0, self.size + 1)} {s.choice([3, 4])}"
        if self.aside:
            return "s -1 0"
        return s.choice(["s -1 0", "s 0 9", "s 0 -1", f"s {-(1 << 62)} 1", f"s {1 << 62} 0\ns 0 0"])

    def truncate(self):
        s = self.source
        if s.randrange(3) == 0:
            return "T -1"
        if self.may_write and s.randrange(12) == 0:
            return "T -5"
        self.size = self.position()
        return f"T {self.size}"

    def flush(self):
        if self.source.randrange(20) == 0:
            return "d"
        return self.source.choice(["f", "f", "L", "L", "n", "y" if self.source.randrange(9) == 0 else "f"])

    def operation(self):
        s = self.source
        can = [self.seek, self.flush] + [lambda: "t"] * 2
        can += [self.read] * (8 if self.may_read else s.randrange(2))
        can += [self.write] * (6 if self.may_write else s.randrange(2))
        can += [self.truncate] * (1 if self.may_write else s.randrange(2))
        self.lines += s.choice(can)().split("\n")

    def hurry(self, line):
        return "~" + line if line[0] in HURRIED and self.source.randrange(2) else line

    def sequence(self):
        s = self.source
        first = "none"
        if s.randrange(8):
            self.size = s.choice([0, 1, 50, s.randint(0, 5000), s.randint(0, 100000), s.randint(0, 100000)])
            self.size = min(self.size, TINY_MOST) if self.tiny else self.size
            first = f"file {s.randint(0, POOL_BYTES - self.size)} {self.size}"
        for _ in range(s.choice([1, 1, 1, 2, 3])):
            self.open()
            if s.randrange(25) == 0:
                self.lines.append("d")
            for _ in range(int(2 ** s.uniform(1, 6))):
                self.operation()
            self.lines.append("c")
        if s.randrange(4) == 0:
            self.lines = [self.hurry(line) for line in self.lines]
        return [first] + self.lines


# -- Python's side -------------------------------------------------------------------------------------------


class Difference(Exception):
    pass


class Reference:
    """Carries out one sequence with Python's open, and compares as it goes."""

    def __init__(self, path, answers):
        self.path = path  # of the file, and of the one that is open now
        self.now = path
        self.answers = answers
        self.file = None
        self.append = False
        self.written = 0
        self.limit = 0
        self.given = None  # what the library answered to this line

    def run(self, lines):
        for at, line in enumerate(lines):
            if at >= len(self.answers):
                raise Difference(f"{line!r} has no answer")
            words = line.lstrip("~").split()
            self.given = self.answers[at].split()
            expected = self.answer(words[0], words[1:])
            if self.given != expected:
                raise Difference(f"line {at + 2}, {line!r}: {' '.join(self.given)}; Python: {' '.join(expected)}")
        self.close()

    def answer(self, letter, arguments):
        """The answer as script.c prints it."""
        if self.file is None and letter not in "oc":
            return [str(-errno.EINVAL)]
        try:
            if letter == "o":
                result = self.open(*arguments)
            else:
                result = getattr(self, "do_" + letter)(*map(int, arguments))
        except io.UnsupportedOperation:
            result = -errno.EBADF
        except OSError as error:
            result = -error.errno
        except (ValueError, OverflowError):
            result = -errno.EINVAL
        if isinstance(result, bytes):
            return [str(len(result)), f"{zlib.crc32(result):08x}"]
        return [str(result)]

    def close(self):
        if self.file is not None:
            self.file.close()
        self.file = None

    def open(self, mode, _buffer, _pieces, flags, limit, buffering):
        self.close()
        mode = mode.translate({ord(letter): None for letter in "bte"}) + "b"
        self.now = self.path + ".aside" if int(flags) & 24 else self.path
        self.file = open(self.now, mode, buffering=int(buffering))
        self.append = mode[0] == "a"
        self.written = 0
        self.limit = int(limit) or 16 << 20
        return 0

    def unless(self, position, data, limit):
        """`data`, unless it is longer than the limit: then it was not taken."""
        if len(data) <= limit:
            return data
        self.file.seek(position)
        return -errno.EFBIG

    def do_r(self, size):
        return self.file.read(size)

    def do_e(self, size):
        position = self.file.tell()
        data = self.file.read(size)
        if len(data) == size:
            return data
        self.file.seek(position)
        return -NW_EINCOMPLETE

    def do_A(self, limit):
        position = self.file.tell()
        return self.unless(position, self.file.read(), limit or 1 << 60)

    def do_l(self):
        position = self.file.tell()
        return self.unless(position, self.file.readline(), self.limit)

    def do_u(self, byte, limit):
        position = self.file.tell()
        data = self.file.read(limit + 1)
        found = data.find(byte)
        self.file.seek(position)
        if found < 0 and len(data) > limit or found >= limit:
            return -errno.EFBIG
        return self.file.read(found + 1 if found >= 0 else len(data))

    def do_p(self, size):
        """All that is in the buffer, which Python need not know: at least what was asked for, and the truth."""
        position = self.file.tell()
        given = int(self.given[0])
        data = self.file.read(max(size, given))
        self.file.seek(position)
        if given > len(data) or given < min(size, len(data)):
            return data[:size]
        return data[:given]

    def do_k(self, size):
        return len(self.file.read(size))

    def write(self, data):
        count = self.file.write(data)
        if self.append:
            self.file.flush()
        self.written += count
        return count

    def do_w(self, offset, size):
        return self.write(POOL[offset:offset + size])

    do_D = do_w

    def do_C(self, size):
        return self.file.read(size or -1)

    def do_v(self, offset, *sizes):
        return self.write(POOL[offset:offset + sum(sizes)])

    def do_W(self, first, count):
        return self.write(b"".join(LINES[first:first + count]))

    def do_P(self, value, width):
        return self.write(b"%08d|%-*s|%x%%\n" % (value, width, b"ab", value))

    def do_s(self, offset, whence):
        try:
            return self.file.seek(offset, whence)
        except OSError:
            self.file.flush()  # else Python 3.11 loses its place when it has written before
            raise

    def do_t(self):
        return self.file.tell()

    def do_T(self, size):
        return self.file.truncate(None if size == -1 else size)

    def do_f(self):
        self.file.flush()
        return 0

    do_d = do_f

    def do_y(self):
        if not self.file.writable():
            raise io.UnsupportedOperation
        self.file.flush()
        return 0

    def do_n(self):
        self.file.flush()
        return self.written

    def do_L(self):
        self.file.flush()
        with open(self.now, "rb") as file:
            return file.read()

    def do_c(self):
        self.close()
        return 0


# -- running and comparing -----------------------------------------------------------------------------------


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


class Batch:
    """Some sequences, and the program that carries them out, which runs from the beginning."""

    def __init__(self, program, sequences, name, tasks):
        self.sequences = sequences
        self.name = name
        with open(f"{name}.script", "w", encoding="ascii") as script:
            for number, sequence in enumerate(sequences):
                self.prepare(number, sequence[0])
                script.write("\n".join([self.path("nw", number)] + sequence[1:]) + "\n\n")
        with open(f"{name}.answers", "wb") as answers:
            self.process = subprocess.Popen([program, "pool", f"{name}.script", str(tasks)], stdout=answers,
                                            stderr=subprocess.PIPE)

    def path(self, side, number):
        return f"{side}.{self.name}.{number}"

    def prepare(self, number, first):
        words = first.split()
        if words[0] == "file":
            offset, size = int(words[1]), int(words[2])
            for side in "nw", "py":
                with open(self.path(side, number), "wb") as file:
                    file.write(POOL[offset:offset + size])

    def compare(self, number, answers):
        """What is different, or None."""
        ours, theirs = self.path("nw", number), self.path("py", number)
        reference = Reference(theirs, answers)
        try:
            reference.run(self.sequences[number][1:])
        except Difference as difference:
            return str(difference)
        finally:
            reference.close()
        if content(ours) != content(theirs):
            return "the files differ at the end"
        return None

    def finish(self):
        """For each sequence what is different, or None. Or the one thing that is wrong with them all."""
        try:
            _, complaint = self.process.communicate(timeout=DRIVER_SECONDS)
            status = self.process.returncode
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, complaint = self.process.communicate()
            status = "too late"
        if status != 0:
            self.clean()
            return f"the program ended with {status}: {complaint.decode(errors='replace').strip()}"
        with open(f"{self.name}.answers", encoding="ascii") as file:
            answers = [part.split("\n") for part in file.read().split("\n\n")]
        found = [self.compare(number, answers[number]) for number in range(len(self.sequences))]
        self.clean()
        return found

    def clean(self):
        names = [f"{self.name}.script", f"{self.name}.answers"]
        names += [self.path(side, number) for side in ("nw", "py") for number in range(len(self.sequences))]
        names += [self.path("py", number) + ".aside" for number in range(len(self.sequences))]
        for name in names:
            if os.path.exists(name):
                os.unlink(name)


def check_one(program, sequence):
    found = Batch(program, [sequence], "one", 1).finish()
    return found if isinstance(found, str) else found[0]


def shrink(program, sequence):
    """Leave out lines, many at a time at first, as long as it still differs."""
    step = len(sequence) // 2
    while step >= 1:
        at = 1
        while at < len(sequence):
            shorter = sequence[:at] + sequence[at + step:]
            if check_one(program, shorter):
                sequence = shorter
            else:
                at += step
        step //= 2
    return sequence


def report(program, sequence, difference):
    again = check_one(program, sequence)
    if again:
        sequence = shrink(program, sequence)
        difference = check_one(program, sequence)
    else:
        print("alone it does not differ; the whole sequence:")
    print(f"different: {difference}")
    print("\n".join(sequence))
    print("(put these lines into a file, and: compare_with_python.py SCRIPT --replay FILE)")


def finish_batch(program, batch):
    """Is everything the same? If not, say what is not."""
    found = batch.finish()
    if isinstance(found, str):
        print(found)
        found = [check_one(program, sequence) for sequence in batch.sequences]
    for sequence, difference in zip(batch.sequences, found):
        if difference:
            report(program, sequence, difference)
            return False
    return not isinstance(batch.process.returncode, str) and batch.process.returncode == 0


def run(program, seed, count):
    source = random.Random(seed)
    waiting = None
    for first in range(0, count, BATCH):
        sequences = [Generator(source).sequence() for _ in range(min(BATCH, count - first))]
        batch = Batch(program, sequences, f"b{first}", source.choice([1, 3, 16]))
        if waiting and not finish_batch(program, waiting):
            batch.process.kill()
            batch.finish()
            return False
        waiting = batch
    return finish_batch(program, waiting)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=os.environ.get("SEED"))
    parser.add_argument("--sequences", type=int, default=3000)
    parser.add_argument("--replay")
    options = parser.parse_args()
    with open("pool", "wb") as file:
        file.write(POOL)
    if options.replay:
        with open(options.replay, encoding="ascii") as file:
            difference = check_one(options.program, file.read().split("\n\n")[0].strip().split("\n"))
        print(difference or "the same")
        return 1 if difference else 0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"{options.sequences} sequences, --seed {seed}", flush=True)
    return 0 if run(options.program, seed, options.sequences) else 1


sys.exit(main())
