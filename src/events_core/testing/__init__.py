"""What an embedder tests with: memory fakes, and the suites every adapter passes."""
