"""What the peers in Python share: the samples, prepared before anything is timed, and the lines that they answer.

naive.c describes the file and the lines.
"""
import sys
import time

import numpy as np


class Stream:
    """The steps of the predictors that learn from the same samples, for all chains side by side.

    `rows` [chains, steps, n] holds the signs that are read; `last` [chains, steps, predictors] the factor of a predictor's
    product half, 0 if it has none; `targets` the signs to learn, and 0 after the last step of a chain, which then changes
    nothing. Predictor i has `plain[i]` weights of signs and `products[i]` of products.
    """

    def __init__(self, rows, last, targets, counts, plain, products, multiple):
        padding = ((0, 0), (0, -rows.shape[1] % multiple), (0, 0))
        self.rows, self.last, self.targets = (np.pad(x, padding).astype(np.float32) for x in (rows, last, targets))
        self.counts, self.plain, self.products = np.array(counts), plain, products
        self.multiple = multiple
        self.chains, self.steps, self.n = self.rows.shape
        self.predictors = len(plain)

    def part(self, start, end):
        """Chains start to end - 1, without the steps that none of them has."""
        steps = int(self.counts[start:end].max())
        parts = (x[start:end, :steps] for x in (self.rows, self.last, self.targets))
        return Stream(*parts, self.counts[start:end], self.plain, self.products, self.multiple)

    def mask(self):
        """[2 predictors, n]: 1 where there is a weight, first of all plain halves, then of all product halves."""
        return (np.arange(self.n) < np.array(self.plain + self.products)[:, None]).astype(np.float32)

    def boundary(self, multiple):
        """The last multiple of steps before which no chain adds to its mean."""
        return int((self.counts // 2).min()) // multiple * multiple

    def heights(self):
        """[chains, steps]: sum of 1/s over the steps s >= t whose weights enter the mean: the part of step t in the sum."""
        t = np.arange(1, self.steps + 1)
        shares = np.where((t > self.counts[:, None] // 2) & (t <= self.counts[:, None]), 1 / t, 0)
        return np.cumsum(shares[:, ::-1], 1)[:, ::-1].astype(np.float32)

    def slopes(self, lam):
        """-y / (lambda (t - 1)), so that e = y sigma(slope <v, phi>)."""
        t = np.arange(self.steps)
        scale = np.divide(1, lam * t, out=np.zeros(self.steps), where=t > 0)
        return (-self.targets * scale[:, None]).astype(np.float32)

    def weights(self, sums, lam):
        """The averaged weights of each predictor of each chain, from `sums` [chains, 2 predictors, n]."""
        for sum_of_chain, count in zip(sums, self.counts):
            halves = zip(sum_of_chain, sum_of_chain[self.predictors :], self.plain, self.products)
            yield [np.concatenate([v[:n], w[:m]]) / (lam * (count - count // 2)) for v, w, n, m in halves]


def read_streams(path, head_multiple, long_multiple):
    """The streams of predictors 1 and stop, and of predictors 2 to d. Steps are padded to the multiples."""
    with open(path, "rb") as file:
        d, samples, chains = np.fromfile(file, np.int32, 3).tolist()
        contexts = np.fromfile(file, np.int8, chains * samples * 2 * d).reshape(chains, samples, 2 * d)
        is_long = np.fromfile(file, np.uint8, chains * samples).reshape(chains, samples) == 1
    head_last = np.stack([np.zeros_like(is_long), contexts[:, :, d]], 2)
    head_targets = np.stack([contexts[:, :, d], np.where(is_long, 1, -1)], 2)
    head = Stream(
        contexts[:, :, : d + 1], head_last, head_targets, [samples] * chains, [d, d + 1], [0, d + 1], head_multiple
    )
    counts = is_long.sum(1).tolist()
    rows = np.zeros((chains, max(counts), 2 * d), np.int8)
    for chain in range(chains):
        rows[chain, : counts[chain]] = contexts[chain][is_long[chain]]
    plain, products = list(range(d + 1, 2 * d)), list(range(d, 2 * d - 1))
    return head, Stream(rows, rows[:, :, d:-1], rows[:, :, d + 1 :], counts, plain, products, long_multiple)


def serve(streams, prepare, train):
    """Answers the lines. `prepare(lam)` is not timed; `train()` gives the sums of both streams."""
    prepared = None
    for line in sys.stdin:
        command, lam, *file = line.split()
        lam = float(lam)
        if prepared != lam:
            prepare(lam)
            prepared = lam
        cpu, wall = time.process_time(), time.perf_counter()
        sums = train()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if command == "weights":
            chains = zip(*(stream.weights(s, lam) for stream, s in zip(streams, sums)))
            np.concatenate([w for halves in chains for half in halves for w in half]).astype(np.float64).tofile(file[0])
        print(f"{cpu:.9f} {wall:.9f}", flush=True)
