"""Socket files and FIFO files: making, replacing and removing them."""
