"""One step of all long predictors at a time with NumPy or PyTorch, on one thread.

Usage: array_sgd.py numpy|torch TASK, with the files and lines of naive.c. Weights are kept in one matrix
[d - 1, 2, 2d], in which a mask gives each predictor its context.
"""
import sys
import time

import numpy as np

np.seterr(over="ignore")  # 1 / (1 + inf) is the 0 that is meant

if sys.argv[1] == "torch":
    import torch as xp

    xp.set_num_threads(1)
    xp.set_grad_enabled(False)
    array = xp.from_numpy
else:
    xp = np
    array = np.asarray

with open(sys.argv[2], "rb") as file:
    d, samples, long_count = np.fromfile(file, np.int32, 3).tolist()
    lam = float(np.fromfile(file, np.float64, 1)[0])
    contexts = np.fromfile(file, np.int8, 2 * d * samples).reshape(samples, 2 * d)
    is_long = np.fromfile(file, np.uint8, samples)


def masks(plain, products):
    """[predictors, 2, 2d]: 1 where a predictor has a weight."""
    j = np.arange(2 * d)
    halves = [j < np.array(count)[:, None] for count in (plain, products)]
    return array(np.stack(halves, 1).astype(np.float32))


def sgd(mask, last, rows, targets):
    """The averaged weights [predictors, 2, 2d] of SGD on rows [steps, 2d] with targets [steps, predictors]."""
    steps = len(rows)
    v = xp.zeros_like(mask)
    total = xp.zeros_like(mask)
    factors = xp.ones_like(mask[:, :, :1])
    for t in range(1, steps + 1):
        u = rows[t - 1]
        factors[:, 1, 0] = u[last]
        phi = mask * factors * u
        logit = (v * phi).sum(2).sum(1) / (lam * max(t - 1, 1))
        y = targets[t - 1]
        e = y / (1 + xp.exp(y * logit))
        v += e[:, None, None] * phi
        if t > steps // 2:
            total += v * (1.0 / t)
    return total / (lam * max(steps - steps // 2, 1))


head_mask = masks([d, d + 1], [0, d + 1])
long_mask = masks([d + i + 1 for i in range(d - 1)], [d + i for i in range(d - 1)])
head_last = array(np.array([d - 1, d]))
long_last = array(np.array([d + i for i in range(d - 1)]))
everything = contexts.astype(np.float32)
long_rows = everything[is_long == 1]
stop = np.where(is_long == 1, 1, -1).astype(np.float32)
head_targets = array(np.stack([everything[:, d], stop], 1))
head_rows, rows, targets = array(everything), array(long_rows), array(long_rows[:, d + 1 :].copy())

for line in sys.stdin:
    start = time.process_time()
    head = sgd(head_mask, head_last, head_rows, head_targets)
    later = sgd(long_mask, long_last, rows, targets)
    seconds = time.process_time() - start
    out = [f"{seconds:.9f}"]
    if line.startswith("weights"):
        for mask, weights in ((head_mask, head), (long_mask, later)):
            for i in range(len(mask)):
                out += [f"{float(w):.9g}" for w, m in zip(weights[i].reshape(-1), mask[i].reshape(-1)) if m]
    print(" ".join(out), flush=True)
