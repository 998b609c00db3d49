"""Which image a reader should annotate next: how much its samples disagree, kept on the disk, and the orders that follow from it."""
