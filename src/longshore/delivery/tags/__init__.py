"""What an image is called, and which of its names move when."""
