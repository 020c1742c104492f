"""SGD of many chains at once with NumPy, in float32.

Usage: numpy_sgd.py step|blocked TASK. `blocked` takes K = 8 steps at a time: with the weights v before the block, <v, phi_k>
of its steps is one product of matrices, and a recursion over the inner products <phi_i, phi_k> makes the steps exact.
"""
import sys

import numpy as np
from task import read_streams, serve

np.seterr(over="ignore")  # 1 / (1 + inf) is the 0 that is meant
K = 8


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def pieces(x, size):
    """[chains, steps, ...] as a list of contiguous [chains, size, ...]."""
    return [np.ascontiguousarray(x[:, i : i + size]) for i in range(0, x.shape[1], size)]


def gram(rows, last):
    """<phi_i, phi_k> [chains, steps, steps, predictors] of the steps of a block."""
    head = last.shape[2] == 2
    signs = rows[:, :, : rows.shape[2] - 1 if head else rows.shape[2] // 2]
    base = (signs @ signs.transpose(0, 2, 1))[..., None]
    both = last[:, :, None] * last[:, None]
    if head:  # stop reads one sign more; for predictor 1, without products, `both` is 0
        return (1 + both) * (base + both)
    return (1 + both) * (np.cumsum(both, 3) + base) - 1


class Trainer:
    def __init__(self, stream, block):
        self.stream, self.block = stream, block
        self.mask = stream.mask()
        self.rows, self.last, self.targets = (pieces(x, block) for x in (stream.rows, stream.last, stream.targets))
        self.heights = pieces(stream.heights()[:, :, None], block)

    def prepare(self, lam):
        self.slopes = pieces(self.stream.slopes(lam), self.block)

    def train(self):
        shape = (self.stream.chains, 2 * self.stream.predictors, self.stream.n)
        v, total, change = np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.empty(shape, np.float32)
        start = self.stream.boundary(self.block) // self.block
        for b, (rows, last) in enumerate(zip(self.rows, self.last)):
            if b == start:
                np.multiply(v, self.heights[b][:, :1], out=total)
            e = self.errors(v, b)
            e = np.concatenate([e, e * last], 2)
            v += np.multiply(np.matmul(e.transpose(0, 2, 1), rows, out=change), self.mask, out=change)
            if b >= start:
                total += np.matmul((e * self.heights[b]).transpose(0, 2, 1), rows, out=change)
        return total

    def errors(self, v, b):
        """e = y sigma(-y logit) [chains, steps, predictors] of block b."""
        rows, last, targets, slopes = self.rows[b], self.last[b], self.targets[b], self.slopes[b]
        halves = rows @ v.transpose(0, 2, 1)
        forms = halves[:, :, : last.shape[2]] + last * halves[:, :, last.shape[2] :]
        if self.block == 1:
            return targets * sigmoid(slopes * forms)
        products = gram(rows, last)
        e = np.empty_like(forms)
        for k in range(self.block):
            e[:, k] = targets[:, k] * sigmoid(slopes[:, k] * forms[:, k])
            forms[:, k + 1 :] += e[:, k, None] * products[:, k, k + 1 :]
        return e


block = {"step": 1, "blocked": K}[sys.argv[1]]
streams = read_streams(sys.argv[2], block, block)
trainers = [Trainer(stream, block) for stream in streams]
serve(
    streams,
    lambda lam: [trainer.prepare(lam) for trainer in trainers],
    lambda: [trainer.train() for trainer in trainers],
)
