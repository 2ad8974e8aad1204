"""Which images an environment runs: what it follows, what holds it, and what its hosts say."""
