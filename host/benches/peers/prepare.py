"""Writes the files that every side of the comparison reads: data, parameters, directions, an order.

All are raw numbers of four bytes: float32, or uint32 for labels and order. Parameters are flat, layer by
layer, weight (out x in) and then bias.
"""

import gzip
import pathlib
import sys

import numpy

WIDTHS = {"small": [784, 128, 10], "large": [784, 256, 256, 10], "tanh": [100, 25, 10],
          "maxout": [784, 240, 240, 10]}
PIECES = {"maxout": 5}


def idx(folder, name):
    """The numbers of an IDX file, plain or gzipped."""
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
    ranks = data[3]
    shape = numpy.frombuffer(data, ">u4", ranks, 4)
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * ranks).reshape(shape)


def layers(name):
    """(units, inputs) of each layer; all pieces of a maxout layer are units."""
    widths, pieces = WIDTHS[name], PIECES.get(name, 1)
    last = len(widths) - 2
    return [(widths[i + 1] * (1 if i == last else pieces), widths[i]) for i in range(last + 1)]


def glorot(name, random):
    """Uniform weights and zero biases, as one vector."""
    parts = []
    for units, inputs in layers(name):
        bound = (6.0 / (units + inputs)) ** 0.5
        parts += [random.uniform(-bound, bound, units * inputs), numpy.zeros(units)]
    return numpy.concatenate(parts).astype(numpy.float32)


def main(mnist, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(2015)
    images = idx(mnist, "train-images-idx3-ubyte")
    inputs = (images.reshape(len(images), -1) / 255.0).astype(numpy.float32)
    inputs.tofile(folder / "inputs")
    idx(mnist, "train-labels-idx1-ubyte").astype(numpy.uint32).tofile(folder / "labels")
    random.permutation(len(images)).astype(numpy.uint32).tofile(folder / "order")
    middle = images[:5000, 4:24, 4:24].reshape(5000, 10, 2, 10, 2).mean((2, 4)) / 255.0
    middle.reshape(5000, 100).astype(numpy.float32).tofile(folder / "pooled.inputs")
    for name in WIDTHS:
        theta = glorot(name, random)
        theta.tofile(folder / f"{name}.theta")
        for direction in "xy":
            vector = random.standard_normal(len(theta))
            vector *= numpy.linalg.norm(theta) / numpy.linalg.norm(vector)
            vector.astype(numpy.float32).tofile(folder / f"{name}.{direction}")


if __name__ == "__main__":
    main(*sys.argv[1:])
