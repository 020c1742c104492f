"""SGD of many chains at once with PyTorch, in float32.

Usage: torch_sgd.py step|blocked|cuda|cuda-graph TASK [THREADS [CHAINS]], CHAINS being those that share calls, default all.
`step` takes one step at a time. The others take blocks of steps: with the weights v before a block, <v, phi_k> of its steps
is one product of matrices, and a recursion over the inner products <phi_i, phi_k> makes the steps exact. Predictors 2 to d
take K = 8 steps at a time; predictors 1 and stop, whose matrices are small and calls therefore dear, 32.

On a graphics processor `cuda` calls one kernel after the other, and `cuda-graph` records those of 16 blocks once.
"""
import sys

import torch
from task import read_streams, serve

HEAD_BLOCK, LONG_BLOCK = 32, 8
SPAN = 16  # blocks that are recorded together

torch.set_grad_enabled(False)


class Weights:
    """v and the sums for the mean, [chains, 2 predictors, n], and the mask for the columns that not all predictors read."""

    def __init__(self, stream, device):
        self.v = torch.zeros(stream.chains, 2 * stream.predictors, stream.n, device=device)
        self.total = torch.zeros_like(self.v)
        common = min(n for n in stream.plain + stream.products if n > 0)
        self.ragged = self.v[:, :, common:]
        self.mask = torch.from_numpy(stream.mask())[:, common:].to(device)

    def reset(self):
        self.v.zero_()
        self.total.zero_()


class Stepwise:
    def __init__(self, stream):
        self.stream, self.weights = stream, Weights(stream, "cpu")
        self.rows = torch.from_numpy(stream.rows).split(1, 1)
        self.last, self.targets = columns(stream.last), columns(stream.targets)
        self.heights = columns(stream.heights()[:, :, None])

    def prepare(self, lam):
        self.slopes = columns(self.stream.slopes(lam))

    def train(self):
        weights, n = self.weights, self.stream.predictors
        weights.reset()
        e = torch.empty(self.stream.chains, 2 * n, 1)
        start = self.stream.boundary(1)
        for t, (u, last, y, slope) in enumerate(zip(self.rows, self.last, self.targets, self.slopes)):
            if t == start:
                torch.mul(weights.v, self.heights[t], out=weights.total)
            halves = torch.bmm(weights.v, u.transpose(1, 2))
            form = torch.addcmul(halves[:, :n], last, halves[:, n:])
            torch.mul(y, form.mul_(slope).sigmoid_(), out=e[:, :n])
            torch.mul(e[:, :n], last, out=e[:, n:])
            weights.v.baddbmm_(e, u)
            weights.ragged.mul_(weights.mask)
            if t >= start:
                weights.total.baddbmm_(e * self.heights[t], u)
        return weights.total.numpy()


def columns(x):
    """[chains, steps, n] as a [chains, n, 1] for each step."""
    return [step.unsqueeze(2).contiguous() for step in torch.from_numpy(x).unbind(1)]


class Blocked:
    """The data of a block are rows [chains, K, n], and [K, chains, predictors] for what belongs to predictors."""

    def __init__(self, stream, block, device="cpu"):
        self.stream, self.block, self.device = stream, block, device
        self.weights = Weights(stream, device)
        self.first, self.second = torch.triu_indices(block, block, 1, device=device)
        shape = (stream.chains, block, 2 * stream.predictors)
        self.halves, self.e, self.e_mean = (torch.empty(shape, device=device) for _ in range(3))
        self.margin, self.share = (torch.empty(block, shape[0], shape[2] // 2, device=device) for _ in range(2))
        rows = torch.from_numpy(stream.rows).unflatten(1, (-1, block)).transpose(0, 1)
        heights = torch.from_numpy(stream.heights()).unflatten(1, (-1, block)).transpose(0, 1).unsqueeze(3)
        self.fixed = [rows.contiguous().to(device), heights.contiguous().to(device)]
        self.fixed += [self.blocks(x) for x in (stream.last, stream.targets)]

    def blocks(self, x):
        """[chains, steps, predictors] as [blocks, K, chains, predictors]."""
        return torch.from_numpy(x).unflatten(1, (-1, self.block)).permute(1, 2, 0, 3).contiguous().to(self.device)

    def prepare(self, lam):
        self.data = [*self.fixed, self.blocks(self.stream.slopes(lam))]
        self.parts = list(zip(*(x.unbind(0) for x in self.data)))

    def train(self):
        self.weights.reset()
        start = self.stream.boundary(self.block) // self.block
        for b, part in enumerate(self.parts):
            if b == start:
                self.begin_mean(b)
            self.train_block(*part, mean=b >= start)
        return self.weights.total.cpu().numpy()

    def begin_mean(self, b):
        torch.mul(self.weights.v, self.data[1][b][:, :1], out=self.weights.total)

    def train_block(self, rows, heights, last, targets, slopes, mean):
        v, n = self.weights.v, self.stream.predictors
        torch.bmm(rows, v.transpose(1, 2), out=self.halves)
        plain, product = self.halves.transpose(0, 1).split(n, 2)
        torch.addcmul(plain, last, product, out=self.margin).mul_(slopes)
        self.recursion(self.gram(rows, last).mul_(slopes[self.second]).mul_(targets[self.first]))
        plain, product = self.e.transpose(0, 1).split(n, 2)
        torch.mul(torch.mul(self.share, targets, out=plain), last, out=product)
        v.baddbmm_(self.e.transpose(1, 2), rows)
        self.weights.ragged.mul_(self.weights.mask)
        if mean:
            torch.mul(self.e, heights, out=self.e_mean)
            self.weights.total.baddbmm_(self.e_mean.transpose(1, 2), rows)

    def gram(self, rows, last):
        """<phi_i, phi_k> [pairs i < k, chains, predictors] of the steps of a block."""
        head = last.shape[2] == 2
        signs = rows[:, :, : rows.shape[2] - 1 if head else rows.shape[2] // 2]
        base = torch.bmm(signs, signs.transpose(1, 2))[:, self.first, self.second].t().unsqueeze(2)
        both = last[self.first] * last[self.second]
        if head:  # stop reads one sign more; for predictor 1, without products, `both` is 0
            return (base + both).mul_(both + 1)
        return torch.cumsum(both, 2).add_(base).mul_(both + 1).sub_(1)

    def recursion(self, products):
        """sigma of the margins, one after the other: each changes the later ones."""
        at = 0
        for k in range(self.block):
            torch.sigmoid(self.margin[k], out=self.share[k])
            later = self.block - 1 - k
            if later > 0:
                self.margin[k + 1 :].addcmul_(products[at : at + later], self.share[k])
            at += later


class Recorded(Blocked):
    """The kernels of SPAN blocks as one CUDA graph, which reads the data from tensors of its own."""

    def __init__(self, stream, block):
        super().__init__(stream, block, "cuda")
        self.graphs = None

    def prepare(self, lam):
        super().prepare(lam)
        if self.graphs is None:
            self.inputs = [x[:SPAN].clone() for x in self.data]
            self.graphs = [self.record(mean) for mean in (False, True)]

    def span(self, mean):
        for part in zip(*self.inputs):
            self.train_block(*part, mean=mean)

    def record(self, mean):
        side = torch.cuda.Stream()  # kernels must have run once, on another stream, before they are recorded
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self.span(mean)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.span(mean)
        return graph

    def train(self):
        self.weights.reset()
        start = self.stream.boundary(self.block * SPAN) // self.block
        for b in range(0, len(self.parts), SPAN):
            if b == start:
                self.begin_mean(b)
            for own, x in zip(self.inputs, self.data):
                own.copy_(x[b : b + SPAN])
            self.graphs[b >= start].replay()
        return self.weights.total.cpu().numpy()


def trainer_of(mode, stream, block):
    if mode == "step":
        return Stepwise(stream)
    if mode == "cuda-graph":
        return Recorded(stream, block)
    return Blocked(stream, block, "cuda" if mode == "cuda" else "cpu")


def main(mode, path, threads="1", shared="0"):
    torch.set_num_threads(int(threads))
    blocks = (1, 1) if mode == "step" else (HEAD_BLOCK, LONG_BLOCK)
    span = SPAN if mode == "cuda-graph" else 1
    head, later = read_streams(path, *(block * span for block in blocks))
    size = int(shared) or head.chains
    parts = [[stream.part(i, i + size) for i in range(0, head.chains, size)] for stream in (head, later)]
    trainers = [[trainer_of(mode, x, block) for x in stream] for stream, block in zip(parts, blocks)]
    serve(
        (head, later),
        lambda lam: [trainer.prepare(lam) for stream in trainers for trainer in stream],
        lambda: [[sums for trainer in stream for sums in trainer.train()] for stream in trainers],
    )


main(*sys.argv[1:])
