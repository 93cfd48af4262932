"""``metakit site``: the lessons as a folder of static files that play in a browser with no server behind them."""
