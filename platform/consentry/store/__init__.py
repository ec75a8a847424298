"""Where things are kept: ports that say what can be asked, and the SQL behind them.

`ports` is all that rooms above may import. `sql` and `memory` implement it and
are chosen by the roof alone. Methods are atomic and named for their intent.
"""
