"""What runtime bytecode alone says."""
