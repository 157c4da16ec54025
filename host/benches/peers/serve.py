"""Answers names of rows on standard input with `seconds processor-seconds answer`, and `memory`, as `rows.rs` does."""

import pathlib
import sys
import time

import numpy

from prepare import layers


class Files:
    """The files of the comparison; only what is asked for is read."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.labels = numpy.fromfile(self.folder / "labels", numpy.uint32).astype(numpy.int32)

    def inputs(self, count):
        return self.vector("inputs", count * 784).reshape(-1, 784)

    def vector(self, name, count=-1):
        return numpy.fromfile(self.folder / name, numpy.float32, count)

    def order(self, count):
        order = numpy.fromfile(self.folder / "order", numpy.uint32)
        return order[order < count]


def split(name, theta):
    """The weights and biases in a flat vector."""
    parts, start = [], 0
    for units, inputs in layers(name):
        weight = theta[start:start + units * inputs].reshape(units, inputs)
        start += units * inputs
        parts.append((weight, theta[start:start + units]))
        start += units
    return parts


def grid(side):
    """The points of a plane, x first."""
    return [(x, y) for y in numpy.linspace(-1, 1, side) for x in numpy.linspace(-1, 1, side)]


def memory():
    """The most memory that this process has had, in bytes."""
    for line in open("/proc/self/status", encoding="utf-8"):
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    return 0


def serve(work):
    """`work` makes a function of no arguments from the name of a row, or answers None."""
    files = Files(sys.argv[1])
    known = (None, None)
    for line in sys.stdin:
        name = line.strip()
        if name == "memory":
            print(memory(), flush=True)
            continue
        if known[0] != name:
            known = (name, work(files, name))
            if known[1] is not None and not name.startswith(("plane", "line", "epoch-maxout")):
                known[1]()  # compiled before it is timed; the long rows compile within a hundredth of theirs
        if known[1] is None:
            print("none", flush=True)
            continue
        started, before = time.perf_counter(), time.process_time()
        answer = known[1]()
        print(time.perf_counter() - started, time.process_time() - before, answer, flush=True)
