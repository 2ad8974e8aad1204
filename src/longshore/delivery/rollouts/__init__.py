"""How one container takes the place of another on a host, and how it goes back."""
