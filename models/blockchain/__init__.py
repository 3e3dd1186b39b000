"""Thinking about chains: contracts, MEV, wallets, graphs."""
