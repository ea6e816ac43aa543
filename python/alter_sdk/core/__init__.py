"""What the SDK knows without input and output: pure functions and values, the same for async and sync."""
