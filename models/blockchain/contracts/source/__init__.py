"""What Solidity source says, from 0.4 to 0.8, whole or broken."""
