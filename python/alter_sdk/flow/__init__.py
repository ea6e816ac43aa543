"""How calls go: each written once, over a shell that sends and waits, for async and sync alike."""
