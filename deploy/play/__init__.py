"""Playing a ledger: each row becomes the commands that people would have given, in time order across all rows."""
