"""How fast: one file a question, each prints a ratio against its yardstick. Run by `make bench`."""
