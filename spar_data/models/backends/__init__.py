"""Backends, one file for each kind of model: `hf:PATH` is answered by `hf.py`, which declares a `BACKEND`.

A new backend is a new file here; nothing else has to know it. Files without a `BACKEND` are parts that several share.
"""
