"""Charts: frames in, a matplotlib figure out, drawn once at print size without global state."""
