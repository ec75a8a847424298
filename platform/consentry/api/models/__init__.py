"""What the API reads and writes, one file for each kind of thing; the OpenAPI document is made
of it. Rules of values are those of `operations`: here is only the shape."""
