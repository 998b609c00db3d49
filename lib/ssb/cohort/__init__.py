"""Sample sets of many lesions: a list of them, work on several processes or machines, results that outlast an interruption."""
