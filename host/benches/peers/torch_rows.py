"""PyTorch's side of the comparison, and the first-layer trick written by hand in it."""

import numpy
import torch
from torch.nn.functional import cross_entropy

from prepare import PIECES
from serve import grid, serve, split


def cost(name, theta, x, labels):
    parts = split(name, theta)
    for place, (weight, bias) in enumerate(parts):
        x = torch.addmm(bias, x, weight.T)
        if place + 1 < len(parts):
            if name in PIECES:
                x = x.reshape(len(x), -1, PIECES[name]).max(2).values
            else:
                x = torch.tanh(x) if name == "tanh" else torch.relu(x)
    return cross_entropy(x, labels)


def trick(files, points, x, labels, theta, one, other):
    """Restricts the first layer by hand: three products, and each point combines them."""
    def plane():
        with torch.no_grad():
            vectors = [split("small", vector) for vector in (theta, one, other)]
            first = [torch.addmm(parts[0][1], x, parts[0][0].T) for parts in vectors]
            total = 0.0
            for a, b in points:
                hidden = torch.relu(first[0] + a * first[1] + b * first[2])
                weight, bias = (u + a * v + b * w for u, v, w in zip(*(parts[1] for parts in vectors)))
                total += float(cross_entropy(torch.addmm(bias, hidden, weight.T), labels))
            return total
    return plane


def work(files, row):
    kind, _, size = row.partition("-")
    by_hand = kind == "trick"
    name = {"line": "small", "lanczos": "small", "hessian": "tanh", "trick": "small"}.get(kind, size)
    if kind in ("hessian", "lanczos"):
        return None
    name = "small" if name in ("half", "quarter") else name
    count = (60000 if kind == "line" else 10000) // {"half": 2, "quarter": 4}.get(size, 1)
    x = torch.from_numpy(files.inputs(count))
    labels = torch.from_numpy(files.labels[:count].astype(numpy.int64))
    theta = torch.from_numpy(files.vector(f"{name}.theta"))
    one, other = (torch.from_numpy(files.vector(f"{name}.{d}")) for d in "xy")
    if kind in ("plane", "line", "trick"):
        points = grid(25 if name == "large" else 51) if kind != "line" else [(a, 0) for a in numpy.linspace(0, 1, 50)]
        if by_hand:
            return trick(files, points, x, labels, theta, one, other)

        def plane():
            with torch.no_grad():
                return sum(float(cost(name, theta + a * one + b * other, x, labels)) for a, b in points)
        return plane
    if kind in ("gradient", "product"):
        def gradient(graph=False):
            point = theta.clone().requires_grad_()
            return point, torch.autograd.grad(cost(name, point, x, labels), point, create_graph=graph)[0]
        if kind == "gradient":
            return lambda: float(gradient()[1].norm())
        point, slope = gradient(True)  # linearised once, as the other sides may be
        return lambda: float(torch.autograd.grad(slope, point, one, retain_graph=True)[0].norm())
    if kind == "epoch":
        order = torch.from_numpy(files.order(60000).astype(numpy.int64))
        images, targets = torch.from_numpy(files.inputs(60000)), torch.from_numpy(files.labels.astype(numpy.int64))

        def epoch():
            point = theta.clone().requires_grad_()
            for part in order.split(64):
                slope = torch.autograd.grad(cost(name, point, images[part], targets[part]), point)[0]
                with torch.no_grad():
                    point -= 0.05 * slope
            return float(point.detach().norm())
        return epoch
    return None


serve(work)
