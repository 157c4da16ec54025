"""JAX's side of the comparison."""

import jax
import jax.numpy as jnp
import numpy

from prepare import PIECES
from serve import grid, serve, split

jax.config.update("jax_enable_x64", True)


def cost(name, theta, x, labels):
    parts = split(name, theta)
    for place, (weight, bias) in enumerate(parts):
        x = x @ weight.T + bias
        if place + 1 < len(parts):
            if name in PIECES:
                x = x.reshape(len(x), -1, PIECES[name]).max(2)
            else:
                x = jnp.tanh(x) if name == "tanh" else jax.nn.relu(x)
    return -jnp.mean(jax.nn.log_softmax(x)[jnp.arange(len(labels)), labels])


def work(files, row):
    kind, _, size = row.partition("-")
    name = {"hessian": "tanh", "line": "small", "lanczos": "small"}.get(kind, size)
    name = "small" if name in ("half", "quarter") else name
    share = {"half": 2, "quarter": 4}.get(size, 1)
    count = {"line": 60000, "hessian": 5000}.get(kind, 10000) // share
    if kind == "trick":
        return None
    images = files.vector("pooled.inputs").reshape(-1, 100) if kind == "hessian" else files.inputs(count)
    dtype = jnp.float64 if row == "hessian-f64" else jnp.float32
    x, labels = jnp.asarray(images[:count], dtype), jnp.asarray(files.labels[:count])
    theta = jnp.asarray(files.vector(f"{name}.theta"), dtype)
    one = jnp.asarray(files.vector(f"{name}.x"), dtype)
    norm = jnp.linalg.norm
    if kind in ("plane", "line"):
        other = jnp.asarray(files.vector(f"{name}.y"))
        at = jax.jit(lambda a, b, x, labels: cost(name, theta + a * one + b * other, x, labels))
        points = grid(51 if name == "small" else 25) if kind == "plane" else [(a, 0) for a in numpy.linspace(0, 1, 50)]
        points = [(numpy.float32(a), numpy.float32(b)) for a, b in points]
        at(*points[0], x, labels).block_until_ready()
        return lambda: float(sum(at(a, b, x, labels) for a, b in points))
    if kind == "gradient":
        gradient = jax.jit(lambda theta, x, labels: jax.grad(lambda t: cost(name, t, x, labels))(theta))
        return lambda: float(norm(gradient(theta, x, labels)))
    product = jax.jit(
        lambda theta, v, x, labels: jax.jvp(jax.grad(lambda t: cost(name, t, x, labels)), (theta,), (v,))[1])
    if kind == "product":
        return lambda: float(norm(product(theta, one, x, labels)))
    if kind == "hessian":
        def rows(theta, x, labels):
            gradient = jax.grad(lambda t: cost(name, t, x, labels))
            block = jax.vmap(lambda v: jax.jvp(gradient, (theta,), (v,))[1])
            eye = jnp.eye(len(theta), dtype=dtype)
            blocks = jnp.pad(eye, ((0, -len(theta) % 64), (0, 0))).reshape(-1, 64, len(theta))
            return jax.lax.map(block, blocks)
        full = jax.jit(rows)
        return lambda: float(norm(full(theta, x, labels)))
    if kind == "lanczos":
        @jax.jit
        def step(v, basis, x, labels):
            w = product(theta, v, x, labels)
            alpha = v @ w
            for _ in range(2):
                w = w - basis.T @ (basis @ w)
            beta = norm(w)
            return w / beta, alpha, beta

        def lanczos():
            v = one / norm(one)
            basis, total = jnp.zeros((40, len(theta)), dtype), 0.0
            for index in range(40):
                basis = basis.at[index].set(v)
                v, alpha, beta = step(v, basis, x, labels)
                total += float(alpha) ** 2 + (2 * float(beta) ** 2 if index < 39 else 0)
            return total
        return lanczos
    if kind == "epoch":
        count = 60000
        order, images = files.order(count), files.inputs(count)

        @jax.jit
        def descend(theta, batch):
            x, labels = batch
            return theta - 0.05 * jax.grad(lambda t: cost(name, t, x, labels))(theta), None

        @jax.jit
        def many(theta, x, labels):
            return jax.lax.scan(descend, theta, (x, labels))[0]

        def epoch():
            whole = count // 64 * 64
            shape = images[order[:whole]].reshape(-1, 64, 784)
            out = many(theta, jnp.asarray(shape), jnp.asarray(files.labels[order[:whole]].reshape(-1, 64)))
            if whole < count:
                last = order[whole:]
                out = descend(out, (jnp.asarray(images[last]), jnp.asarray(files.labels[last])))[0]
            return float(norm(out))
        return epoch
    return None


serve(work)
