"""The machine-readable door beside the protocols: health and metrics of the process."""
