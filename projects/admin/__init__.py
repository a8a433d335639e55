"""What the admin must find."""
