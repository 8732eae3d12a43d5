"""LLMBar (arXiv 2310.07641): does a judge recognise which of two outputs follows the instruction?"""
