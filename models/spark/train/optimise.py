"""The optimisers, and the weights they move beside those the networks run with."""

import torch

from networks import HALF


@torch.no_grad()
def orthogonal(m):
    """Matrices [n, rows, columns] with their singular values drawn to 1: five quintic Newton-Schulz steps."""
    m = m.to(torch.bfloat16 if HALF else torch.float32)
    m = m / (m.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = m @ m.mT
        m = torch.baddbmm(m, torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315), m, beta=3.4445)
    return m.float()


class Muon:
    """Momentum whose updates of weight matrices (a convolution is one too) are made orthogonal (Jordan et al., 2024),
    scaled to the size of AdamW's (Liu et al., "Muon is Scalable for LLM Training", 2025), so that rates mean the same."""

    def __init__(self, params, momentum=0.95, weight_decay=1e-3):
        self.momentum, self.weight_decay, self.moving = momentum, weight_decay, {}
        by_shape = {}
        for p in params:
            by_shape.setdefault(p.flatten(1).shape, []).append(p)
        self.groups = list(by_shape.items())

    @torch.no_grad()
    def step(self, rate):
        for (rows, columns), params in self.groups:
            now = []
            for p in params:
                kept = self.moving.setdefault(p, torch.zeros_like(p)).lerp_(p.grad, 1 - self.momentum)
                now.append(p.grad.lerp(kept, self.momentum).flatten(1))
            m = torch.stack(now)
            m = orthogonal(m) if rows <= columns else orthogonal(m.mT).mT
            for p, d in zip(params, m):
                p.mul_(1 - rate * self.weight_decay).add_(d.reshape(p.shape), alpha=-rate * 0.2 * max(rows, columns) ** 0.5)


class Trained:
    """The networks in bf16, as the matrix units want them, beside the f32 weights that the optimisers move and their
    running average. Each network's rate is multiplied by its part; only the first one's matrices are Muon's."""

    def __init__(self, networks, rates):
        self.live = [p for network in networks for p in network.parameters()]
        self.exact = [p.detach().float().clone().requires_grad_() for p in self.live]
        self.average = [p.detach().clone() for p in self.exact]
        inner = ["conv_in" not in name and "conv_out" not in name and p.dim() > 1
                 for name, p in networks[0].named_parameters()]
        first = len(inner)
        self.muon = Muon([p for p, is_inner in zip(self.exact, inner) if is_inner])
        groups = [{"params": [p for p, is_inner in zip(self.exact, inner) if not is_inner], "part": rates[0]}]
        for network, part in zip(networks[1:], rates[1:]):
            count = len(list(network.parameters()))
            groups.append({"params": self.exact[first:first + count], "part": part})
            first += count
        self.optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=1e-3, fused=True)
        for network in networks:
            network.to(torch.bfloat16 if HALF else torch.float32)
        self.steps = 0

    def step(self, loss, rate):
        for p in self.live:
            p.grad = None
        loss.backward()
        for p, q in zip(self.live, self.exact):
            q.grad = p.grad.float()
        torch.nn.utils.clip_grad_norm_(self.exact, 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["part"]
        self.optimiser.step()
        self.muon.step(rate)
        self.steps += 1
        decay = min(0.999, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            torch._foreach_copy_(self.live, self.exact)
            torch._foreach_lerp_(self.average, self.exact, 1 - decay)
