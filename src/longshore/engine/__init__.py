"""Docker Engine, through its API: images that are there, and containers that run."""
