"""Has the C library give memory back: the daemon's threads would else keep what a large mail or a batch once took.

glibc gives each thread an arena of its own, and after the first large block that was freed it takes others of that size
from a heap, where they cannot be given back for as long as anything lies above them.
"""

import contextlib
import ctypes

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # malloc.h
ARENAS = 2
LARGE = 256 * 1024
"""Bytes: a block of so many is mapped by itself, and unmapped when it is free."""


def be_frugal() -> None:
    """For this process. On a system without glibc it does nothing."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_ARENA_MAX, ARENAS)
        library.mallopt(M_MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """What is free at the end of the heaps, after something that took much and is over."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
