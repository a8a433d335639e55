"""The demo's bulletins: one for each quarter of the closed year, published when its reports and statistics were in."""
