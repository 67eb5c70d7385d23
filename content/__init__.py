"""Texts and packs: everything people read, and everything particular to a province, a year or a law."""
