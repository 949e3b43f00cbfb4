"""The network: a temporal convolution (Davies & Böck 2019) that says, at every frame, how likely a beat and a downbeat are.

It is causal, and remembers REACH steps and no more. A step is two frames of the features; each has likelihoods of its own.
"""

import torch
from torch import nn

import features

CHANNELS, BLOCKS, TAPS = 40, 8, 5
REACH = (TAPS - 1) * (2**BLOCKS - 1)
# Beat and downbeat of the older frame and of the newer; whether a groove plays.
OUTPUTS = 5


class Block(nn.Module):
    """A dilated convolution into the past, added to what it was made of."""

    def __init__(self, dilation):
        super().__init__()
        self.past = (TAPS - 1) * dilation
        self.conv = nn.Conv1d(CHANNELS, CHANNELS, TAPS, dilation=dilation)
        self.mix = nn.Conv1d(CHANNELS, CHANNELS, 1)

    def forward(self, x):
        y = nn.functional.elu(self.conv(nn.functional.pad(x, (self.past, 0))))
        y = nn.functional.dropout(y, 0.05, self.training)
        return x + self.mix(y)


class Ears(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter = nn.Conv1d(features.INPUTS, CHANNELS, 1)
        self.blocks = nn.ModuleList(Block(2**k) for k in range(BLOCKS))
        self.leave = nn.Conv1d(CHANNELS, OUTPUTS, 1)
        with torch.no_grad():
            self.leave.bias.fill_(-3.0)
            for block in self.blocks:
                block.mix.weight.mul_(0.3)

    def forward(self, x):
        """Logits [batch, steps, OUTPUTS] of inputs [batch, steps, INPUTS]."""
        x = nn.functional.elu(self.enter(x.transpose(1, 2)))
        for block in self.blocks:
            x = block(x)
        return self.leave(nn.functional.elu(x)).transpose(1, 2)
