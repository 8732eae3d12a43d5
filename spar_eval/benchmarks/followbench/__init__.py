"""FollowBench (Jiang et al., ACL 2024): instructions that gain one constraint a level, five levels.

Follows YJiangcm/FollowBench at 6278f4c and the paper (arXiv 2310.20410). The judge's prompt has our own wording.
"""
