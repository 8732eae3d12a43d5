from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from spar_data.constraints.ifeval.detect import detect


def test_detect_is_the_same_in_any_order_and_thread() -> None:
    texts = ["Guten Tag, wie geht es Ihnen heute?", "Bonjour tout le monde", "ok", "Привет, мир", "12", ""] * 5
    detect.cache_clear()
    alone = [detect(text) for text in texts]
    detect.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect, reversed(texts))) == alone[::-1]
    assert alone[:2] == ["de", "fr"]
    assert alone[4:6] == [None, None]
