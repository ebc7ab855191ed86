"""The content of an issue: its period, its items, its size, its words."""
