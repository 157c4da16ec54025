"""Runs thalweg, JAX and PyTorch in turn on the same files, and prints the table of the README.

    python compare.py MNIST_FOLDER [--repeats N] [--rows NAME,NAME] [--sides NAME,NAME]

Every side runs a row once, then the next side, and so on: a ratio comes from runs next to each other. Both the
time on the clock and the time of all processors are printed, as the former shares the machine with whatever
else runs on it. An answer that differs by more than the tolerance ends the program. Rows that only show how the
time grows are run once by the peers. The last lines are the exponents of that growth, the peak memory of each side
after the first row, and the time until each side has started.
"""

import argparse
import importlib.metadata
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import prepare

HERE = pathlib.Path(__file__).parent
ROWS = {
    "plane-small": "plane 51×51, 784-128-10, 10,000 images",
    "plane-half": "the same, 5,000 images",
    "plane-quarter": "the same, 2,500 images",
    "trick-small": "the first plane, against its first layer restricted by hand in PyTorch",
    "plane-large": "plane 25×25, 784-256-256-10, 10,000 images",
    "line": "line, 50 points, 784-128-10, 60,000 images",
    "gradient-small": "gradient, 784-128-10, 10,000 images",
    "gradient-half": "the same, 5,000 images",
    "gradient-quarter": "the same, 2,500 images",
    "gradient-large": "gradient, 784-256-256-10, 10,000 images",
    "product-small": "Hessian–vector product, 784-128-10",
    "product-large": "Hessian–vector product, 784-256-256-10",
    "hessian-f64": "full Hessian, 100-25-10 tanh, 5,000 images, f64",
    "hessian-f32": "the same, f32",
    "hessian-half": "the same, f32, 2,500 images",
    "hessian-quarter": "the same, f32, 1,250 images",
    "lanczos": "40 steps of Lanczos, 784-128-10",
    "epoch-small": "epoch of SGD, batch 64, 784-128-10, 60,000 images",
    "epoch-maxout": "epoch of SGD, batch 64, maxout 784-240×5-240×5-10, 60,000 images",
}
# Three sizes, each half of the next.
GROWTH = {
    "plane": ("plane-quarter", "plane-half", "plane-small"),
    "gradient": ("gradient-quarter", "gradient-half", "gradient-small"),
    "full Hessian": ("hessian-quarter", "hessian-half", "hessian-f32"),
}
OWN = ("thalweg", "exact")
# Sums of 10,000 and more terms in single precision, each side in its own order.
TOLERANCE = 1e-3


class Side:
    """A process that answers names of rows, one a line."""

    def __init__(self, name, command):
        self.name = name
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=HERE)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            sys.exit(f"{self.name} ended at {line}")
        return None if answer == "none" else [float(part) for part in answer.split()]


def cargo(*arguments):
    """What cargo builds, and where it puts it."""
    built = subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True, cwd=HERE)
    metadata = subprocess.run(["cargo", "metadata", "--format-version=1", "--no-deps"], check=True,
                              capture_output=True, text=True, cwd=HERE)
    target = metadata.stdout.split('"target_directory":"')[1].split('"')[0]
    return built.stderr, pathlib.Path(target)


def programs():
    """The program of the rows, and thalweg itself."""
    printed, target = cargo("bench", "--package", "thalweg", "--bench", "rows", "--no-run")
    name = pathlib.Path(printed.rsplit("(", 1)[1].split(")")[0])
    cargo("build", "--release", "--package", "thalweg", "--bin", "thalweg")
    return str(HERE.parents[2] / name), str(target / "release" / "thalweg")


def machine():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def version(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1]


def seconds(command):
    """The time of a whole process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def spread(ratios):
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def measure(row, sides, repeats):
    """Runs of each side in turn: seconds, processor-seconds, answer, and operations where they are counted."""
    runs = {side.name: [] for side in sides}
    growth = row.endswith(("-half", "-quarter"))
    for side in sides:
        if side.name in OWN:
            side.ask(row)  # the peers compile before they are timed
    for turn in range(repeats):
        for side in sides:
            if turn > 0 and side.name not in OWN and (growth or not runs[side.name]):
                continue
            found = side.ask(row)
            if found:
                runs[side.name].append(found)
    wanted = next(found[0][2] for found in runs.values() if found)
    for name, found in runs.items():
        for run in found:
            if not abs(run[2] / wanted - 1) <= TOLERANCE:
                sys.exit(f"{row}: {name} answers {run[2]}, {sides[0].name} {wanted}")
    return runs


def line(row, runs, peak):
    """A row of the table."""
    cells = [f"{min(run[0] for run in found):.4g} ({min(run[1] for run in found):.3g})" if found else "–"
             for found in runs.values()]
    ratios, share = "–", "–"
    own = runs.get("thalweg", [])
    peers = [found for name, found in runs.items() if name not in OWN and found]
    if own and peers:
        pairs = range(min(len(found) for found in [own, *peers]))
        ratios = spread([min(peer[turn][0] for peer in peers) / own[turn][0] for turn in pairs])
        work = [min(peer[turn][1] for peer in peers) / max(own[turn][1], 0.01) for turn in pairs]
        ratios += f"; {statistics.median(work):.1f} in processor time"
    if own:
        rate = max(run[3] / run[0] for run in own)
        share = f"{100 * rate / peak[1 if row == 'hessian-f64' else 0]:.0f} %"
    return f"| {ROWS.get(row, row)} | " + " | ".join([*cells, ratios, share]) + " |"


def exponent(times):
    """The slope of log seconds over log size, at sizes that double."""
    x = [math.log(2) * place for place in range(len(times))]
    y = [math.log(value) for value in times]
    return statistics.linear_regression(x, y).slope


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--sides", default="thalweg,exact,JAX,PyTorch")
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        prepare.main(options.mnist, folder)
        rows, thalweg = programs()
        python = sys.executable
        commands = {"thalweg": [rows, folder, "fast"], "exact": [rows, folder, "exact"],
                    "JAX": [python, "jax_rows.py", folder], "PyTorch": [python, "torch_rows.py", folder]}
        names = options.sides.split(",")
        peer = {"JAX": "jax", "PyTorch": "torch"}
        versions = [f"thalweg {version([thalweg, '--version'])} by rustc {version(['rustc', '--version'])}"]
        versions += [f"{peer[name]} {importlib.metadata.version(peer[name])}" for name in names if name in peer]
        threads = len(os.sched_getaffinity(0))
        probe = Side("thalweg", commands["thalweg"])
        peak = probe.ask("peak")
        probe.process.kill()
        print(f"{machine()}, {threads} processors, {platform.system()} {platform.machine()}; "
              f"{', '.join(versions)}; Python {platform.python_version()}.")
        print(f"Peak of all threads, fused: {peak[0] / 1e9:.0f} GFLOP/s in single, {peak[1] / 1e9:.0f} in double precision.")
        print(f"All sides with all threads, in turn, {options.repeats} turns (peers once where only growth is shown); "
              "answers compared. Best seconds on the clock, in brackets of all processors; the ratios are of "
              "neighbouring runs, to the faster peer: median (least–most). The share is of "
              "products and combinations, as if no pixel were 0.\n")
        print("| work | " + " | ".join(names) + " | times faster than the best peer | share of peak |")
        print("|---|" + "---|" * (len(names) + 2), flush=True)
        sides = [Side(name, commands[name]) for name in names]
        times, memory = {}, {}
        for row in options.rows.split(","):
            runs = measure(row, sides, options.repeats)
            print(line(row, runs, peak), flush=True)
            times[row] = {name: min(run[0] for run in found) for name, found in runs.items() if found}
            if row == "plane-small" and not memory:
                # the first row: each process has done nothing else
                memory = {side.name: side.ask("memory")[0] for side in sides}
        print("\nSeconds grow with the number of examples to the power of:\n")
        print("| work | " + " | ".join(names) + " |\n|---|" + "--:|" * len(names))
        for work, three in GROWTH.items():
            if all(row in times for row in three):
                of = lambda name: [times[row].get(name) for row in three]
                cells = [f"{exponent(of(name)):.2f}" if all(of(name)) else "–" for name in names]
                print(f"| {work} | " + " | ".join(cells) + " |")
        if memory:
            cells = [f"{memory[name] / 1e6:.0f} MB" for name in names]
            print(f"\n| | {' | '.join(names)} |\n|---|{'--:|' * len(names)}\n"
                  f"| peak memory of a process after the first plane | {' | '.join(cells)} |")
        starts = {"`thalweg --version`": [thalweg, "--version"]}
        starts |= {f"`import {peer[name]}`": [python, "-c", f"import {peer[name]}"] for name in names if name in peer}
        taken = {name: [] for name in starts}
        for _ in range(options.repeats + 1):
            for name, command in starts.items():
                taken[name].append(seconds(command))
        print("\nStart, seconds of a whole process after a first: "
              + ", ".join(f"{name} {statistics.median(found[1:]):.4f}" for name, found in taken.items()) + ".")
        print(f"\nThe comparison took {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
