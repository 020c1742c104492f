"""GPT-2 in eager PyTorch, as an ordinary user writes it: training steps, and sampling with kept keys and values.

Usage: transformer.py FOLDER THREADS. FOLDER/task.json says what there is (transformer/task.js writes it), and numbers are in files of
float32 beside it. Answers each line of stdin, a JSON object, with one of stdout:

  {"do": "check", "trimmed"}          loss and gradient norm before any step, and the responses that are sampled
  {"do": "train", "trimmed", "steps"} seconds of so many steps
  {"do": "sample"}                    seconds of one batch of responses
  {"do": "memory"}                    the peak of resident memory of this process, in MB

With `trimmed`, the last block computes what positions of the response need and nothing else.
"""
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = Linear(width, 3 * width), Linear(width, width)
        self.mlp.c_fc, self.mlp.c_proj = Linear(width, 4 * width), Linear(4 * width, width)

    def heads_of(self, x):
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def finish(self, x, attended):
        x = x + self.attn.c_proj(attended.transpose(1, 2).flatten(2))
        return x + self.mlp.c_proj(F.gelu(self.mlp.c_fc(self.ln_2(x)), approximate="tanh"))

    def forward(self, x, mask):
        """Returns keys and values as well."""
        q, k, v = (self.heads_of(part) for part in self.attn.c_attn(self.ln_1(x)).chunk(3, 2))
        return self.finish(x, attend(q, k, v, mask)), k, v

    def last(self, x, mask, first):
        """The block for positions from `first` on."""
        width = x.shape[2]
        y = self.ln_1(x)
        weight, bias = self.attn.c_attn.weight, self.attn.c_attn.bias
        q = F.linear(y[:, first:], weight[:, :width].t(), bias[:width])
        k, v = F.linear(y, weight[:, width:].t(), bias[width:]).chunk(2, 2)
        attended = attend(self.heads_of(q), self.heads_of(k), self.heads_of(v), mask[first:])
        return self.finish(x[:, first:], attended)


class Linear(nn.Module):
    """Weights are [in, out], as in GPT-2."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return torch.addmm(self.bias, x.flatten(0, -2), self.weight).unflatten(0, x.shape[:-1])


def attend(q, k, v, mask=None):
    """mask: what is not seen, or None if all of it is."""
    scores = q @ k.transpose(2, 3) * q.shape[3] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(mask, float("-inf"))
    return scores.softmax(3) @ v


class Gpt2(nn.Module):
    def __init__(self, depth, width, heads, vocabulary, context):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.h = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.ln_f = nn.LayerNorm(width)
        self.register_buffer("mask", torch.ones(context, context, dtype=torch.bool).triu(1))

    def embed(self, tokens, first=0):
        return self.wte(tokens) + self.wpe.weight[first : first + tokens.shape[1]]

    def logits(self, x):
        return self.ln_f(x) @ self.wte.weight.t()

    def forward(self, tokens):
        mask = self.mask[: tokens.shape[1], : tokens.shape[1]]
        x = self.embed(tokens)
        for block in self.h:
            x, _, _ = block(x, mask)
        return self.logits(x)

    def trimmed(self, tokens, first):
        mask = self.mask[: tokens.shape[1], : tokens.shape[1]]
        x = self.embed(tokens)
        for block in self.h[:-1]:
            x, _, _ = block(x, mask)
        return self.logits(self.h[-1].last(x, mask, first))


class Task:
    def __init__(self, folder):
        with open(f"{folder}/task.json") as file:
            task = json.load(file)
        self.folder = folder
        self.prompt, self.response, self.stop = task["prompt"], task["response"], task["stop"]
        shape = task["shape"]
        self.vocabulary = shape["vocabulary"]
        self.model = Gpt2(*(shape[name] for name in ("depth", "width", "heads", "vocabulary", "context")))
        flat = self.numbers("parameters")
        state = {}
        for parameter in task["parameters"]:
            size = torch.Size(parameter["shape"])
            at = parameter["offset"]
            state[parameter["name"].removeprefix("transformer.")] = flat[at : at + size.numel()].reshape(size)
        missing, unexpected = self.model.load_state_dict(state, strict=False)
        assert missing == ["mask"] and unexpected == []
        self.tokens = self.numbers("tokens").long().reshape(-1, self.prompt + self.response - 1)
        self.targets = self.numbers("targets").long().reshape(-1, self.response)
        # Nothing is learnt from where a prompt is to be continued.
        self.labels = torch.full_like(self.tokens, -100)
        self.labels[:, self.prompt - 1 :] = self.targets
        self.prompts = self.numbers("prompts").long().reshape(-1, self.prompt)
        self.noise = self.numbers("noise").reshape(self.response, -1, self.vocabulary)
        decay = [p for p in self.model.parameters() if p.dim() > 1]
        rest = [p for p in self.model.parameters() if p.dim() == 1]
        groups = [{"params": decay, "weight_decay": task["weightDecay"]}, {"params": rest, "weight_decay": 0.0}]
        self.clip = task["clip"]
        self.optimiser = torch.optim.AdamW(
            groups, lr=task["learningRate"], betas=(task["beta1"], task["beta2"]), eps=task["epsilon"]
        )

    def numbers(self, name):
        with open(f"{self.folder}/{name}.f32", "rb") as file:
            return torch.frombuffer(bytearray(file.read()), dtype=torch.float32)

    def backward(self, trimmed):
        self.optimiser.zero_grad(set_to_none=True)
        if trimmed:
            logits, labels = self.model.trimmed(self.tokens, self.prompt - 1), self.targets
        else:
            logits, labels = self.model(self.tokens), self.labels
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        return loss.item(), norm.item()

    def train(self, steps, trimmed):
        for _ in range(steps):
            self.backward(trimmed)
            self.optimiser.step()

    @torch.inference_mode()
    def sample(self):
        """The keys and values of all tokens have their place before the first one; prompts are read in one pass."""
        model, count = self.model, self.prompts.shape[0]
        length = self.prompt + self.response - 1
        x = model.embed(self.prompts)
        mask = model.mask[: self.prompt, : self.prompt]
        caches = []
        for block in model.h:
            x, k, v = block(x, mask)
            cache = [torch.empty(count * block.heads, length, k.shape[3]) for _ in range(2)]
            for room, own in zip(cache, (k, v)):
                room[:, : self.prompt] = own.flatten(0, 1)
            caches.append(cache)
        x = x[:, -1:]
        responses = torch.empty(self.response, count, dtype=torch.long)
        stopped = torch.zeros(count, dtype=torch.bool)
        for t in range(self.response):
            token = (model.logits(x[:, 0]) + self.noise[t]).argmax(1)
            token = torch.where(stopped, self.stop, token)
            responses[t] = token
            stopped |= token == self.stop
            if t + 1 == self.response or stopped.all():
                break
            x = self.read(token, self.prompt + t, caches)
        return responses

    def read(self, token, at, caches):
        x = self.model.embed(token[:, None], at)
        for block, (keys, values) in zip(self.model.h, caches):
            qkv = block.attn.c_attn(block.ln_1(x)).unflatten(2, (3 * block.heads, -1))
            q, k, v = (part.flatten(0, 2) for part in qkv.chunk(3, 2))
            keys[:, at] = k
            values[:, at] = v
            scores = torch.bmm(q[:, None], keys[:, : at + 1].transpose(1, 2)).mul_(q.shape[1] ** -0.5)
            attended = torch.bmm(scores.softmax(2), values[:, : at + 1])
            x = block.finish(x, attended.unflatten(0, (-1, block.heads)))
        return x

    def answer(self, request):
        what = request["do"]
        if what == "check":
            loss, norm = self.backward(request["trimmed"])
            return {"loss": loss, "gradientNorm": norm, "responses": self.sample().flatten().tolist()}
        if what == "memory":
            return {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        start = time.perf_counter()
        if what == "train":
            self.train(request["steps"], request["trimmed"])
        else:
            self.sample()
        return {"seconds": time.perf_counter() - start}


torch.set_num_threads(int(sys.argv[2]))
task = Task(sys.argv[1])
for line in sys.stdin:
    print(json.dumps(task.answer(json.loads(line))), flush=True)
