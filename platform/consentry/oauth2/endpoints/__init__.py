"""One file an endpoint, named as its metadata key without `_endpoint`."""
