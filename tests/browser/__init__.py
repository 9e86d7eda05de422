"""People with two windows: everything here is clicked and typed in a real Chromium."""
