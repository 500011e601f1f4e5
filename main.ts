// The command line is built in the commits that follow.
