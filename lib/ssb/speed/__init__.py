"""What an answer costs, in time and memory, beside other ways to get one."""
