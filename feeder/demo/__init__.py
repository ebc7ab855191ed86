"""The sample site: the work of an analyst who does not exist, printed by outlets that do not either."""
