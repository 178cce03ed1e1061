"""Proof, at any moment, that the shop's promises hold: queries over the read-only schema `audit`, which migrations make."""
