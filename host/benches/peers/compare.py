"""Runs thalweg, JAX and PyTorch in turn on the same files, and prints the table of the README.

    python compare.py MNIST_FOLDER [--repeats N] [--rows NAME,NAME] [--thalweg PROGRAM]

Every side runs a row once, then the next side, and so on: a ratio comes from runs next to each other. Both the
time on the clock and the time of all processors are printed, as the former shares the machine with whatever
else runs on it. An answer that differs by more than the row's tolerance ends the program.
"""

import argparse
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import prepare

HERE = pathlib.Path(__file__).parent
ROWS = {
    "plane-small": "plane 51×51, 784-128-10, 10,000 images",
    "plane-half": "the same, 5,000 images",
    "plane-quarter": "the same, 2,500 images",
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
    "epoch-maxout": "SGD, batch 64, maxout 784-240×5-240×5-10, 7,680 images",
}
# Sums of 10,000 and more terms in single precision, each side in its own order.
TOLERANCE = 1e-3


class Side:
    def __init__(self, name, command):
        self.name = name
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=HERE)

    def run(self, row):
        self.process.stdin.write(row + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().strip()
        if not line:
            sys.exit(f"{self.name} ended at {row}")
        return None if line == "none" else [float(part) for part in line.split()]


def program():
    command = ["cargo", "bench", "--package", "thalweg", "--bench", "rows", "--no-run"]
    built = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE)
    name = built.stderr.rsplit("(", 1)[1].split(")")[0]
    return str(HERE.parents[2] / name) if not pathlib.Path(name).is_absolute() else name


def processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--thalweg", help="the program that `cargo bench --bench rows` builds")
    parser.add_argument("--sides", default="thalweg,exact,JAX,PyTorch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare.main(options.mnist, folder)
        thalweg = options.thalweg or program()
        commands = {"thalweg": [thalweg, folder], "exact": [thalweg, folder, "exact"],
                    "JAX": [sys.executable, "jax_rows.py", folder],
                    "PyTorch": [sys.executable, "torch_rows.py", folder]}
        sides = [Side(name, commands[name]) for name in options.sides.split(",")]
        threads = len(__import__("os").sched_getaffinity(0))
        print(f"{processor()}, {threads} processors; {platform.system()} {platform.machine()}; "
              f"jax 0.10.2, torch 2.15.0, best of {options.repeats}; seconds on the clock (of the processors)\n")
        print("| work | " + " | ".join(side.name for side in sides) + " | times faster than the best peer: median of pairs, least, most |")
        print("|---|" + "---|" * (len(sides) + 1))
        for row in options.rows.split(","):
            runs = {side.name: [] for side in sides}
            sides[0].run(row)
            for _ in range(options.repeats):
                for side in sides:
                    found = side.run(row)
                    if found:
                        runs[side.name].append(found)
            wanted = runs["thalweg"][0][2]
            for name, found in runs.items():
                for run in found:
                    if abs(run[2] / wanted - 1) > TOLERANCE:
                        sys.exit(f"{row}: {name} answers {run[2]}, thalweg {wanted}")
            peers = [found for name, found in runs.items() if name in ("JAX", "PyTorch") and found]
            ratios = [min(peer[index][0] for peer in peers) / runs["thalweg"][index][0]
                      for index in range(options.repeats)]
            work = [min(peer[index][1] for peer in peers) / max(runs["thalweg"][index][1], 0.01)
                    for index in range(options.repeats)]
            cells = [f"{min(run[0] for run in found):.4g} ({min(run[1] for run in found):.3g})" if found else "–"
                     for found in runs.values()]
            print(f"| {ROWS.get(row, row)} | " + " | ".join(cells)
                  + f" | {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}); "
                  f"{statistics.median(work):.1f} in processor time |", flush=True)


if __name__ == "__main__":
    main()
