"""Row ids and random streams. Both depend on content and seed alone, not on order, threads or the clock."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def row_id(*content: str) -> str:
    """The id of a row: 16 hex digits, the 64-bit BLAKE2b hash of the content that defines the row.

    Among 10M rows, the probability that two different contents share an id is about 3 in a million.
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in content:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "little") + data)  # lengths: ("ab", "c") and ("a", "bc") differ
    return digest.hexdigest()


def rng(seed: int, *parts: str) -> random.Random:
    """A separate random stream for (seed, parts), e.g. `rng(seed, "evolve", row_id)`."""
    return random.Random(int(row_id(str(seed), *parts), 16))


def seeded_order(ids: Iterable[str], seed: int) -> NDArray[np.int64]:
    """The positions of `ids` in the seeded order.

    The order is that of a hash of id and seed: adding or removing rows never changes the relative order of the others.
    Equal ids keep their given order.
    """
    import numpy as np

    numbers = np.fromiter((int(i, 16) for i in ids), dtype=np.uint64)
    x = numbers ^ np.uint64(int(row_id(str(seed), "order"), 16))
    # the finaliser of splitmix64: a bijection of 64-bit integers that scatters neighbours
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.argsort(x ^ (x >> np.uint64(31)), kind="stable")
