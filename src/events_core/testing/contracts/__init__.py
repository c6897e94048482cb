"""The promises of the ports as tests: subclass a suite, override its factory."""
