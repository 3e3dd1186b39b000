"""What a contract does and what is wrong with it, from its bytecode and its source."""
